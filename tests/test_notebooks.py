"""Notebooks are kept without outputs, one question a cell with its reading below, and fail loudly."""

import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def code_of(cell):
    return "".join(cell["source"])


@pytest.fixture(scope="module")
def runner():
    spec = importlib.util.spec_from_file_location("run_notebooks", ROOT / "notebooks" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
class TestStored:
    def test_no_outputs_and_no_counts_are_kept(self, path):
        for cell in cells(path):
            if cell["cell_type"] == "code":
                assert cell["outputs"] == []
                assert cell["execution_count"] is None

    def test_metadata_names_no_machine(self, path):
        document = json.loads(path.read_text(encoding="utf-8"))
        assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
        assert document["metadata"] == {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        assert all(cell["metadata"] == {} for cell in document["cells"])

    def test_cells_have_names_of_their_own(self, path):
        names = [cell["id"] for cell in cells(path)]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in names)

    def test_every_code_cell_compiles(self, path):
        for cell in cells(path):
            if cell["cell_type"] == "code":
                ast.parse(code_of(cell), filename=f"{path.name}: {cell['id']}")

    def test_every_code_cell_is_followed_by_its_reading(self, path):
        stored = cells(path)
        for cell, below in zip(stored, [*stored[1:], None], strict=True):
            if cell["cell_type"] == "code":
                assert below is not None, cell["id"]
                assert below["cell_type"] == "markdown", cell["id"]

    def test_no_cell_holds_an_absolute_path(self, path):
        for cell in cells(path):
            assert not re.search(r"""["'(](?:/|[A-Z]:\\)\w""", code_of(cell)), cell["id"]

    @pytest.mark.slow
    def test_it_runs_from_the_root_as_from_its_folder(self, path, runner, tmp_path):
        runner.copy_of_study(ROOT, tmp_path)
        assert runner.execute(path, tmp_path) == ""


def test_a_failing_cell_is_named_with_its_error(runner, tmp_path, capsys):
    nbformat = pytest.importorskip("nbformat")
    document = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import sys; interpreter = sys.executable", id="fine"),
            nbformat.v4.new_code_cell("raise ValueError(interpreter)", id="broken"),
        ]
    )
    nbformat.write(document, tmp_path / "broken.ipynb")
    assert runner.main([str(tmp_path / "broken.ipynb")]) == 1
    said = capsys.readouterr().err
    assert "broken.ipynb: failed in cell 1 (broken)" in said
    assert f"ValueError: {runner.sys.executable}" in said, "not the interpreter of this environment"

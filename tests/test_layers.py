"""Imports point left only, and nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "survey"

#: From left to right; names in one set do not import each other, except within a group below.
LAYERS = (
    {"errors"},
    {"core", "stats"},
    {"prepare", "analyse", "scale", "report", "exchange"},
    {"simulate", "plan"},
    {"study", "pipeline", "writing"},
    {"answer"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
#: Names that make up one layer together, and may import each other.
TOGETHER = ({"study", "pipeline", "writing"},)
#: What a layer may not see although it lies to the left.
UNSEEN = {"report": {"stats"}}
FACADE = "__init__"
HEAVY = ("babel", "duckdb", "jinja2", "matplotlib", "numpy", "pandas", "pyarrow", "pydantic", "rich", "scipy", "yaml")


def imported(source: str) -> Iterator[str]:
    """First name below `survey` of every import, wherever it stands in the file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("survey."))


def rank(name: str) -> int:
    return next(at for at, layer in enumerate(LAYERS) if name in layer)


def allowed(importer: str, target: str) -> bool:
    if importer == target:
        return True
    if any(importer in group and target in group for group in TOGETHER):
        return True
    return rank(target) < rank(importer) and target not in UNSEEN.get(importer, set())


def modules() -> list[tuple[str, Path]]:
    """(name below `survey`, file) of every module but the package itself."""
    files = sorted(PACKAGE.rglob("*.py"))
    named = [(path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path) for path in files]
    return [(name, path) for name, path in named if name != FACADE]


def test_every_module_belongs_to_a_layer():
    known = set().union(*LAYERS)
    assert {name for name, _ in modules()} <= known


def test_imports_point_left():
    wrong = [
        f"{path.relative_to(PACKAGE)} imports survey.{target}"
        for name, path in modules()
        for target in imported(path.read_text(encoding="utf-8"))
        if not allowed(name, target)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("importer", "target"),
    [("core", "prepare"), ("stats", "core"), ("core", "stats"), ("report", "stats"), ("report", "analyse"),
     ("prepare", "analyse"), ("analyse", "study"), ("study", "cli"), ("writing", "cli"), ("errors", "core")],
)  # fmt: skip
def test_an_import_to_the_right_is_caught(importer, target):
    assert not allowed(importer, target)
    assert list(imported(f"def late():\n    from survey.{target} import x")) == [target]


def test_an_import_through_the_package_is_seen():
    assert list(imported("from survey import simulate")) == ["simulate"]


def loaded_by(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('\\n' + ' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in run.stdout.splitlines()[-1].split()}


def test_importing_survey_loads_nothing_heavy():
    assert loaded_by("import survey").isdisjoint({*HEAVY, "typer"})


def test_help_loads_nothing_heavy():
    loaded = loaded_by(
        "from survey.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0"
    )
    assert loaded.isdisjoint(HEAVY)

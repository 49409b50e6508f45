"""What changed between two runs, in words and as data; and what a new wave leaves alone."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

import small_study
from survey.commands import app
from survey.core import estimates
from survey.errors import InputError
from survey.pipeline import diff_words
from survey.pipeline.diff import TOLERANCE, diff
from survey.study import Study
from survey.writing import encode

ROOT = Path(__file__).parents[1]
FEW = "seed: 7\nanalyses: [describe, indicators, compare]\n"

ROW = {"wave": "w", "analysis": "indicators", "measure": "open", "estimand": "mean", "estimate": 3.0, "n": 50}


def written(folder: Path, *rows: dict[str, object]) -> Path:
    """A folder of reports whose estimates are these rows."""
    folder.mkdir(parents=True)
    table = estimates.table(pd.DataFrame([ROW | row for row in rows]))
    (folder / "estimates.parquet").write_bytes(encode.parquet(table))
    return folder


def compared(tmp_path: Path, before: list[dict[str, object]], after: list[dict[str, object]]):
    return diff(written(tmp_path / "a", *before), written(tmp_path / "b", *after))


def test_equal_estimates_have_no_difference(tmp_path):
    found = compared(tmp_path, [{}], [{"estimate": 3.0 * (1 + TOLERANCE / 2)}])
    assert (len(found.rows), found.compared) == (0, 1)
    assert diff_words.lines(found) == ["nothing changed: 1 estimates are the same"]


def test_a_value_beyond_rounding_is_a_difference(tmp_path):
    found = compared(tmp_path, [{}], [{"estimate": 3.0 + 1e-9, "n": 51}])
    assert list(found.rows["column"]) == ["estimate", "n"]
    assert diff_words.lines(found)[1] == "w indicators open: 1 estimate with another value"


def test_an_estimate_that_comes_or_goes_is_named(tmp_path):
    found = compared(tmp_path, [{}, {"by": "sex", "by_level": "1"}], [{}, {"by": "sex", "by_level": "2"}])
    assert sorted(found.rows["kind"]) == ["added", "removed"]
    assert "1 estimate added, 1 estimate removed" in diff_words.lines(found)[1]


def test_a_value_that_appears_is_a_difference(tmp_path):
    found = compared(tmp_path, [{"std_error": None}], [{"std_error": 0.1}])
    assert list(found.rows["column"]) == ["std_error"]


def test_a_hidden_cell_shows_its_status_and_nothing_else(tmp_path):
    hidden = {"status": "suppressed", "estimate": None, "n": None}
    found = compared(tmp_path, [{"estimate": 3.25, "n": 9}], [hidden])
    assert list(found.rows["column"]) == ["status"]
    document = json.dumps(diff_words.plain(found))
    assert "3.25" not in document
    assert "suppressed" in document


def test_a_verdict_that_changed_is_said(tmp_path):
    claim = {"analysis": "claims", "measure": "C75", "estimand": "proportion"}
    found = compared(tmp_path, [claim | {"note": "undecided"}], [claim | {"note": "supported"}])
    said = diff_words.lines(found)
    assert "w claims C75: 1 verdict changed" in said
    assert "  proportion: undecided before, supported now" in said


def test_a_test_that_crosses_its_level_is_a_verdict(tmp_path):
    test = {"analysis": "compare", "estimand": "design_ws", "by": "sex", "estimate": None}
    found = compared(tmp_path, [test | {"p_adjusted": 0.04}], [test | {"p_adjusted": 0.06}])
    assert "  design_ws, sex: significant before, not significant now" in diff_words.lines(found)


def test_two_waves_are_not_two_runs(tmp_path):
    with pytest.raises(InputError, match=r"expected two runs of one wave.*reports/trend"):
        compared(tmp_path, [{}], [{"wave": "v"}])


def test_a_folder_without_estimates_is_refused(tmp_path):
    with pytest.raises(InputError, match="no estimates"):
        diff(tmp_path, tmp_path)


def test_a_cut_file_is_refused(tmp_path):
    folders = written(tmp_path / "a", {}), written(tmp_path / "b", {})
    place = folders[1] / "estimates.parquet"
    place.write_bytes(place.read_bytes()[:100])
    with pytest.raises(InputError, match="truncated or corrupt"):
        diff(*folders)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = small_study.write(tmp_path_factory.mktemp("diff") / "s")
    place = folder / "study.yaml"
    place.write_text(place.read_text().replace("seed: 7\n", FEW))
    estimated(folder)
    return folder


def estimated(folder: Path) -> set[str]:
    """What preparing and estimating the study wrote."""
    study = Study.load(folder)
    return {*study.prepare().written, *study.estimate().written}


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def test_a_changed_answer_is_traced_to_its_file(finished, folder):
    place = folder / "data/raw/2025/responses.csv"
    place.write_text(place.read_text().replace("r000,1,1,1.0,1,", "r000,1,1,1.0,2,"))
    estimated(folder)
    found = diff(finished, folder)
    assert found.causes == {"2025": ("data/raw/2025/responses.csv changed",)}
    assert set(found.rows["wave"]) == {"2025"}
    assert set(found.rows["kind"]) <= {"value", "status"}
    assert any(line.startswith("2025 describe sex: ") for line in diff_words.lines(found))


def test_two_waves_folders_of_one_study_are_found_by_name(finished, folder):
    found = diff(finished / "reports/2025", folder / "reports/2025")
    assert (len(found.rows), found.compared > 100) == (0, True)


def test_a_fourth_wave_touches_only_what_depends_on_it(finished, folder):
    before = {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    raw = folder / "data/raw/2026/responses.csv"
    raw.parent.mkdir()
    raw.write_text(small_study.rows(4))
    place = folder / "study.yaml"
    place.write_text(
        place.read_text().replace("design:\n", '  "2026": {source: data/raw/2026/responses.csv}\ndesign:\n', 1)
    )
    written = estimated(folder)
    mine = ("data/processed/2026/", "reports/2026/", "reports/trend/")
    # The other waves' manifests name the study file, which has a new entry; nothing that they made is made again.
    assert {w for w in written if not w.startswith(mine)} == {f"reports/{w}/manifest.json" for w in ("2024", "2025")}
    same = [p for p in before if p.name not in ("manifest.json", "study.yaml") and "trend" not in p.parts]
    assert all(p.read_bytes() == before[p] for p in same)
    assert diff(finished / "reports/2024", folder / "reports/2024").rows.empty


def test_the_example_workflow_runs_commands_that_exist():
    text = (ROOT / "docs/ci-example/survey.yml").read_text(encoding="utf-8")
    steps = yaml.safe_load(text)["jobs"]["report"]["steps"]
    scripts = "\n".join(step.get("run", "") for step in steps)
    verbs = {command.name or command.callback.__name__ for command in app.registered_commands if not command.hidden}
    named = re.findall(r"^survey (\w+)", scripts, re.MULTILINE)
    assert set(named) <= verbs
    assert {"check", "diff", "status"} <= set(named)
    assert "make report" in scripts
    assert "://" not in text
    assert "data/processed" not in str([step["with"] for step in steps if "upload" in step.get("uses", "")])

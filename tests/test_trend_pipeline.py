"""The trend is a set of its own: made from all waves, the same bytes again, stale when a wave changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

import small_study
from same_numbers import (
    assert_print_says_what_the_page_says,
    assert_sheets_say_what_the_page_says,
    in_folder,
)
from survey.study import Study

FILES = {"estimates.parquet", "estimates.csv", "suppressed.csv", "facts.json", "manifest.json", "report.en.html"}
KEPT = "analyses: [indicators, trend]\n"


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def write(folder: Path) -> Path:
    """The small study in one language with two analyses."""
    small_study.write(folder)
    change(folder, "study.yaml", "languages: [id, en]", "languages: [en]")
    with (folder / "study.yaml").open("a", encoding="utf-8") as file:
        file.write(KEPT)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((folder / "reports/trend").rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = write(tmp_path_factory.mktemp("trend"))
    Study.load(folder).run()
    return folder


def test_the_trend_gives_the_same_numbers_in_every_format(finished):
    files = in_folder(finished / "reports/trend", "en")
    assert assert_print_says_what_the_page_says(files, "en") >= 3
    assert assert_sheets_say_what_the_page_says(files, "en") >= 3


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "study"))


def test_a_run_makes_the_trend_after_the_waves(finished):
    made = contents(finished)
    assert set(made) >= FILES
    table = pd.read_parquet(finished / "reports/trend/estimates.parquet")
    moved = table[table["contrast"].eq("2025 - 2024").fillna(False)]
    assert set(moved["wave"]) == {"2025"}
    assert {"difference", "difference_score100", "comparable", "rate"} <= set(moved["estimand"])
    own = table[table["contrast"].isna() & table["wave"].eq("2024")]
    wave = pd.read_parquet(finished / "reports/2024/estimates.parquet")
    both = [t[t["estimand"].eq("score100") & t["by"].isna()]["estimate"].tolist() for t in (own, wave)]
    assert both[0] == both[1]


def test_its_manifest_names_the_waves_files(finished):
    inputs = json.loads((finished / "reports/trend/manifest.json").read_bytes())["inputs"]
    assert {f"reports/{w}/estimates.parquet" for w in ("2024", "2025")} <= set(inputs)


def test_its_report_says_what_changed_and_where_the_data_come_from(finished):
    text = (finished / "reports/trend/report.en.html").read_text(encoding="utf-8")
    assert "What changed" in text
    assert "2025 - 2024" in text
    assert "data/raw/2024/responses.csv" in text
    assert "data/raw/2025/responses.csv" in text
    assert "Synthetic data" in text  # one of the waves is


def test_the_same_study_elsewhere_gives_the_same_bytes(finished, tmp_path):
    other = Study.load(write(tmp_path / "other"))
    other.prepare()
    other.estimate()
    here, there = contents(finished), contents(other.folder)
    assert {name: here[name] for name in there if name != "manifest.json"} == {
        name: data for name, data in there.items() if name != "manifest.json"
    }
    assert Study.load(finished).run().written == ()


def test_a_wave_that_changes_makes_the_trend_again(folder):
    before = contents(folder)
    change(folder, "data/raw/2025/responses.csv", "r000,1,1,1.0,1,3", "r000,1,1,1.0,1,4")
    study = Study.load(folder)
    study.prepare(["2025"])
    assert set(contents(folder)) == {"manifest.json"}  # what rested on the wave as it was is gone
    study.estimate(["2025"])
    assert contents(folder)["estimates.parquet"] != before["estimates.parquet"]


def test_a_trend_without_one_of_its_waves_is_left_out_and_said(tmp_path):
    study = Study.load(write(tmp_path / "study"))
    study.prepare(["2025"])
    outcome = study.estimate(["2025"])
    assert any("the trend over waves is not made" in note for note in outcome.notes)
    assert not (study.folder / "reports/trend").exists()


def test_a_study_of_one_wave_has_no_trend(tmp_path):
    folder = write(tmp_path / "study")
    first = '  "2024": {source: data/raw/2024/responses.csv, collected: [2024-08-01, 2024-08-20]}\n'
    change(folder, "study.yaml", first, "")
    study = Study.load(folder)
    study.prepare()
    assert study.estimate().notes == ()
    assert study.trend_stages() == ()
    assert not (folder / "reports/trend").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("study.yaml", "seed: 7", "seed: 7\ncomposition: [sexx]", "Did you mean 'sex'"),
        ("study.yaml", "seed: 7", "seed: 7\ncomposition: [resp]", "puts each respondent into one group"),
        ("study.yaml", "seed: 7", "seed: 7\ncompositon: [sex]", "Did you mean 'composition'"),
        ("instrument.yaml", "- name: sex", '- changed: {"2052": x}\n    name: sex', "Did you mean '2025'"),
        ("instrument.yaml", "- name: sex", '- chnged: {"2025": x}\n    name: sex', "Did you mean 'changed'"),
    ],
)
def test_names_that_are_unknown_are_refused_with_the_nearest(tmp_path, file, old, new, said):
    from survey.errors import SchemaError

    folder = write(tmp_path / "study")
    change(folder, file, old, new)
    with pytest.raises(SchemaError, match=said.replace("'", ".")):
        Study.load(folder)

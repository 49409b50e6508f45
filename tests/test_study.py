"""What a run writes, when it writes it again, and what it never touches."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import small_study
import survey
from survey.errors import InputError, OutputError, Problem, SchemaError, SurveyError
from survey.report import document
from survey.study import Study

PREPARED = {"responses.parquet", "audit.parquet", "audit.csv", "quality.csv", "facts.json"}
REPORTED = {"estimates.parquet", "estimates.csv", "suppressed.csv", "facts.json", "manifest.json"}
KEY = "a long secret that is in no file"


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def outputs(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(folder).items() if name.startswith(("data/processed", "reports"))}


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A study after `run`; copied by the tests that change it."""
    folder = small_study.write(tmp_path_factory.mktemp("study"))
    Study.load(folder).run()
    return folder


@pytest.fixture
def folder(finished, tmp_path, monkeypatch) -> Path:
    monkeypatch.delenv("SURVEY_KEY", raising=False)
    return Path(shutil.copytree(finished, tmp_path / "study"))


def test_a_run_leaves_the_files_of_the_contract(finished):
    for wave in ("2024", "2025"):
        names = {p.name for p in (finished / "data/processed" / wave).iterdir()}
        assert names == PREPARED
        there = {p.name for p in (finished / "reports" / wave).iterdir()}
        reports = {f"report.{language}.{kind}" for language in ("id", "en") for kind in ("html", "pdf", "docx")}
        briefs = {f"brief.{language}.{kind}" for language in ("id", "en") for kind in ("html", "pdf")}
        tables = {f"tables.{language}.xlsx" for language in ("id", "en")}
        assert REPORTED | reports | briefs | tables | {"figures"} == there
    assert not [p for p in finished.iterdir() if p.name.startswith(".")]


def test_the_manifest_names_inputs_and_outputs_with_their_sha256(finished):
    import hashlib

    document = json.loads((finished / "reports/2025/manifest.json").read_bytes())
    assert set(document["inputs"]) == {"study.yaml", "instrument.yaml", "data/raw/2025/responses.csv"}
    for name, sha in {**document["inputs"], **document["outputs"]}.items():
        assert hashlib.sha256((finished / name).read_bytes()).hexdigest() == sha
    in_the_set = {name for name in outputs(finished) if "/2025/" in name} - {"reports/2025/manifest.json"}
    assert set(document["outputs"]) == in_the_set
    assert document["seed"] == 7
    assert document["settings"]["groups"] == ["sex"]
    assert [wave["name"] for wave in document["settings"]["waves"]] == ["2025"]
    assert {"survey", "python", "pandas", "numpy"} <= set(document["versions"])


def test_a_second_run_writes_nothing(folder):
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    outcome = Study.load(folder).run()
    assert outcome.written == ()
    assert "reports/2025/report.id.html" in outcome.outputs
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_stage_by_stage_gives_the_files_of_a_run_in_one_go(folder, tmp_path):
    study, out = Study.load(folder), tmp_path / "out"
    study.prepare(out=out)
    study.estimate(out=out)
    study.report(languages=["en"], out=out)
    study.report(languages=["id"], out=out)
    assert tree(out) == outputs(folder)


def test_the_same_bytes_in_another_process_folder_time_zone_locale_and_hash_seed(folder, tmp_path):
    elsewhere = Path(shutil.copytree(folder, tmp_path / "somewhere/else"))
    settings = {"TZ": "Asia/Jakarta", "LC_ALL": "C", "PYTHONHASHSEED": "77", "HOME": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-m", "survey", "run", "../..", "--out", "../../../out"],
        cwd=elsewhere / "data/raw",
        env={**os.environ, **settings},
        check=True,
        capture_output=True,
    )
    assert tree(tmp_path / "somewhere/out") == outputs(folder)


def test_a_wave_that_is_added_leaves_the_others_alone(folder):
    before = outputs(folder)
    change(folder, "study.yaml", "design:\n", '  "2026": {source: data/raw/2025/responses.csv}\ndesign:\n')
    written = Study.load(folder).run().written
    again = {name for name in written if "/2026/" not in name}
    of_waves = {name for name in again if "/trend/" not in name}
    assert of_waves == {"reports/2024/manifest.json", "reports/2025/manifest.json"}  # the new sha256 of study.yaml
    assert again - of_waves  # the trend rests on all waves
    kept = {n: d for n, d in before.items() if "manifest" not in n and "/trend/" not in n}
    assert {n: d for n, d in outputs(folder).items() if n in kept} == kept


def test_a_change_of_one_waves_data_makes_that_wave_again(folder):
    change(folder, "data/raw/2025/responses.csv", "r000,1,1,1.0,1,3", "r000,1,1,1.0,1,4")
    written = Study.load(folder).run().written
    assert "data/processed/2025/responses.parquet" in written
    assert not [name for name in written if "/2024/" in name]


def test_only_reports_of_the_wave_that_changed_and_of_the_trend_are_drawn_again(folder, monkeypatch):
    drawn = []
    compose = document.compose

    def noted(release, language):
        drawn.append((release.wave.name, language))
        return compose(release, language)

    monkeypatch.setattr(document, "compose", noted)
    change(folder, "data/raw/2025/responses.csv", "r000,1,1,1.0,1,3", "r000,1,1,1.0,1,4")
    Study.load(folder).run()
    assert drawn == [("2025", "id"), ("2025", "en"), ("trend", "id"), ("trend", "en")]
    Study.load(folder).report()
    assert len(drawn) == 4


def test_a_report_that_cannot_be_finished_leaves_earlier_outputs_untouched(folder, monkeypatch):
    before = outputs(folder)
    files = document.Composed.files

    def failing(composed):
        if composed.page.t.language == "en":
            raise OutputError(Problem(composed.page.release.wave.name, found="no room"))
        return files(composed)

    monkeypatch.setattr(document.Composed, "files", failing)
    change(folder, "study.yaml", "Small Survey", "Little Survey")
    with pytest.raises(OutputError, match="2024: found no room"):
        Study.load(folder).report()
    assert outputs(folder) == before


def test_a_change_of_release_rules_does_not_prepare_again(folder):
    change(folder, "study.yaml", "seed: 7", "seed: 7\nrelease: {min_n: 60}")
    written = Study.load(folder).run().written
    assert "reports/2025/estimates.csv" in written
    assert not [name for name in written if name.startswith("data/")]


@pytest.mark.parametrize("damage", [Path.unlink, lambda p: p.write_bytes(b"tampered")])
@pytest.mark.parametrize("name", ["data/processed/2025/responses.parquet", "reports/2025/report.id.html"])
def test_an_output_that_is_missing_or_tampered_with_is_made_again(folder, damage, name):
    before = outputs(folder)
    damage(folder / name)
    assert Study.load(folder).run().written == (name, "reports/2025/manifest.json")
    assert outputs(folder) == before


def test_a_report_never_lies_beside_answers_of_another_run(folder):
    change(folder, "data/raw/2025/responses.csv", "r000,1,1,1.0,1,3", "r000,1,1,1.0,1,4")
    Study.load(folder).prepare(["2025"])
    left = {name for name in outputs(folder) if name.startswith("reports/2025")}
    assert left == {"reports/2025/manifest.json"}
    assert [s.state for s in Study.load(folder).status(["2025"])] == ["up to date", *["missing"] * 6]  # the trend, too


def test_status_says_why(folder):
    change(folder, "data/raw/2025/responses.csv", "r000,1,1,1.0,1,3", "r000,1,1,1.0,1,4")
    state = Study.load(folder).status(["2025"])[0]
    assert (state.state, state.reasons) == ("out of date", ("data/raw/2025/responses.csv changed",))
    assert {s.state for s in Study.load(folder).status(["2024"])} == {"up to date"}


def test_a_stage_that_reads_older_files_says_so(folder):
    change(folder, "data/raw/2025/responses.csv", "r000,1,1,1.0,1,3", "r000,1,1,1.0,1,4")
    notes = Study.load(folder).estimate(["2025"]).notes
    assert notes == ("wave 2025: the files of `survey prepare` are out of date (data/raw/2025/responses.csv changed)",)


def test_out_reads_earlier_stages_from_the_study(folder, tmp_path):
    Study.load(folder).report(["2025"], ["id"], out=tmp_path / "out")
    made = tree(tmp_path / "out")
    assert made["reports/2025/report.id.html"] == (folder / "reports/2025/report.id.html").read_bytes()
    assert not [name for name in made if name.startswith("data/")]


def test_a_stage_without_the_one_before_says_what_to_run(tmp_path):
    study = Study.load(small_study.write(tmp_path / "s"))
    with pytest.raises(InputError, match=r"data/processed/2024/facts.json.*Run `survey prepare` first") as caught:
        study.estimate()
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="Run `survey estimate` first"):
        study.report()
    assert outputs(study.folder) == {}


def test_problems_of_all_waves_come_at_once_and_nothing_is_touched(folder):
    before = outputs(folder)
    for wave in ("2024", "2025"):
        change(folder, f"data/raw/{wave}/responses.csv", "r001,1,1,1.5", "r001,1,1,-1")
    with pytest.raises(SurveyError) as caught:
        Study.load(folder).run()
    assert {p.file for p in caught.value.problems} == {f"data/raw/{w}/responses.csv" for w in ("2024", "2025")}
    assert outputs(folder) == before


def test_ids_follow_the_key_and_the_key_is_in_no_file(folder, monkeypatch):
    rows = pd.read_parquet(folder / "data/processed/2025/responses.parquet")["id"]
    monkeypatch.setenv("SURVEY_KEY", KEY)
    study = Study.load(folder)
    assert "SURVEY_KEY changed" in study.status(["2025"])[0].reasons
    study.run(["2025"])
    keyed = pd.read_parquet(folder / "data/processed/2025/responses.parquet")["id"]
    assert keyed.str.fullmatch("[0-9a-f]{16}").all()
    assert not rows.astype(str).str.fullmatch("[0-9a-f]{16}").any()
    assert not [name for name, data in outputs(folder).items() if KEY.encode() in data]


def test_an_input_inside_the_outputs_is_refused(folder):
    (folder / "reports/2025/mine.csv").write_text(small_study.rows(1))
    change(folder, "study.yaml", "data/raw/2025/responses.csv", "reports/2025/mine.csv")
    with pytest.raises(OutputError, match="an input inside a folder this run writes"):
        Study.load(folder).run()


def test_what_a_killed_run_left_is_cleaned_and_made_again(folder):
    before = outputs(folder)
    (folder / ".staging-9/reports").mkdir(parents=True)
    (folder / "reports/2025/manifest.json").unlink()
    (folder / "reports/2025/estimates.csv").write_text("half of another generation")
    Study.load(folder).run()
    assert outputs(folder) == before
    assert not (folder / ".staging-9").exists()


def test_a_wave_is_read_for_a_notebook_without_writing(folder, tmp_path):
    fresh = small_study.write(tmp_path / "fresh")
    made, stored = survey.load(fresh).wave("2025"), survey.load(folder / "study.yaml").wave("2025")
    assert outputs(fresh) == {}
    pd.testing.assert_frame_equal(made.frame, stored.frame)
    assert made.design.n_psu == stored.design.n_psu == 12


def test_a_release_is_read_for_a_notebook_without_writing(folder):
    before = outputs(folder)
    released = Study.load(folder).release("2025")
    assert released.wave.name == "2025"
    stored = pd.read_parquet(folder / "reports/2025/estimates.parquet")
    pd.testing.assert_frame_equal(released.estimates, stored.astype(released.estimates.dtypes.to_dict()))
    assert outputs(folder) == before


def test_a_release_over_waves_is_read_for_a_notebook_without_writing(folder):
    before = outputs(folder)
    stored = pd.read_parquet(folder / "reports/trend/estimates.parquet")
    released = Study.load(folder).trend_release()
    assert released.wave.name == "trend"
    pd.testing.assert_frame_equal(released.estimates, stored.astype(released.estimates.dtypes.to_dict()))
    assert outputs(folder) == before


def test_a_release_over_waves_is_made_in_memory_where_it_is_not_on_disk(folder, tmp_path):
    fresh = small_study.write(tmp_path / "fresh")
    made, stored = Study.load(fresh).trend_release(), Study.load(folder).trend_release()
    assert outputs(fresh) == {}
    pd.testing.assert_frame_equal(made.estimates, stored.estimates)


def test_a_study_without_a_trend_says_what_one_takes(folder):
    change(folder, "study.yaml", "seed: 7", "seed: 7\nanalyses: [indicators]")
    with pytest.raises(
        SchemaError, match=r"found no trend; expected two waves and an analysis over them.*trend or targets"
    ):
        Study.load(folder).trend_release()


def test_unknown_waves_and_languages_are_refused_with_the_nearest(folder):
    study = Study.load(folder)
    with pytest.raises(SchemaError, match=r"no wave named '2052'.*Did you mean '20"):
        study.run(["2052"])
    with pytest.raises(SchemaError, match=r"no language named 'fr'.*one of en, id"):
        study.report(languages=["fr"])


def test_problems_of_study_and_instrument_come_at_once(folder):
    change(folder, "study.yaml", "groups:", "gruops:")
    change(folder, "instrument.yaml", "role: id", "rolle: id")
    with pytest.raises(SchemaError) as caught:
        Study.load(folder)
    assert {p.file for p in caught.value.problems} == {"study.yaml", "instrument.yaml"}


def test_a_study_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SchemaError, match=r"no study.yaml in this folder.*survey new DIR"):
        Study.load(tmp_path)
    (tmp_path / "study.yaml").write_text("format: 1\n")
    with pytest.raises(SchemaError, match=r"no such folder or file.*Did you mean 'study.yaml'"):
        Study.load(tmp_path / "studi.yaml")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p.write_bytes(b"format: 1\nstudy: \xff\n"), "study.yaml, row 2: found bytes that are not UTF-8"),
        (lambda p: os.mkfifo(p), "found no regular file"),
        (lambda p: p.symlink_to("/dev/zero"), "found no regular file"),
    ],
)
def test_a_study_file_that_is_no_text_is_refused(tmp_path, make, said):
    make(tmp_path / "study.yaml")
    with pytest.raises(SchemaError, match=said):
        Study.load(tmp_path)


def test_check_finds_unused_columns_and_writes_nothing(folder):
    before = tree(folder)
    found = Study.load(folder).check()
    assert found.problems == ()
    assert dict(found.unused) == {"2024": ("note",), "2025": ("note",)}
    assert tree(folder) == before


def test_check_finds_every_problem(folder):
    change(folder, "study.yaml", "seed: 7", "seed: 7\nanalyses: [descibe]")
    for wave in ("2024", "2025"):
        change(folder, f"data/raw/{wave}/responses.csv", "r001,1,1,1.5", "r001,1,1,-1")
    problems = Study.load(folder).check().problems
    assert {p.file for p in problems} == {
        "study.yaml", "data/raw/2024/responses.csv", "data/raw/2025/responses.csv",
    }  # fmt: skip
    assert "Did you mean 'describe'?" in str(problems[0])


def test_long_work_says_which_analysis_is_under_way(folder, tmp_path):
    told: list[str] = []
    Study.load(folder).estimate(["2025"], tmp_path / "out", told.append)
    counted = [said for said in told if said.startswith("2025: indicators (")]
    assert len(counted) == 1
    number, total = counted[0].partition("(")[2].rstrip(")").split(" of ")
    assert 1 <= int(number) <= int(total)

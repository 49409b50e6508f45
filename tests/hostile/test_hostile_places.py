"""Folders, disks, locks and command lines that do not allow what was asked: a message, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hostile.hostile_study import RAW, THREE_ROWS, table
from hostile.refusal import At, as_process, snapshot
from survey.writing.lock import LOCK
from survey.writing.staging import STAGING

LOCKING = """
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
os.pwrite(lock, b"process 4242 on elsewhere", 0)
print("held", flush=True)
sys.stdin.read()
"""
#: Bytes; less than the smallest figure of a report.
FILE_LIMIT = 4096
#: Seconds in which a refusal must come where reading would never end.
PATIENCE = 4


def fresh(study) -> None:
    """Give the run something to write: an answer that differs."""
    study.write(table().put("usul", {3: "kalimat baru"}))


def refused(study, arguments, found: str, hint: str = "", file: Path | str | None = None) -> None:
    """Assert that a command refuses with one problem, and that every file is as it was."""
    before = snapshot(study.folder)
    ended = study.command([*arguments, "--json"])
    study.is_refusal(ended)
    (problem,) = ended.problems
    assert found in problem["found"].lower()
    assert hint in problem["hint"]
    assert file is None or problem["file"] == str(file)
    assert snapshot(study.folder) == before


def test_a_study_that_is_not_there_offers_the_nearest(study):
    place = study.folder.with_name("studi")
    refused(study, ["run", str(place)], "no such folder or file", "'study'", place)


def test_a_folder_without_a_study_is_refused(study):
    refused(
        study, ["run", str(study.folder / "data")], "no study.yaml in this folder", "survey new", study.folder / "data"
    )


def test_a_study_file_that_is_a_folder_is_refused(study):
    study.place("study.yaml").unlink()
    study.place("study.yaml").mkdir()
    refused(study, ["run", str(study.folder)], "no regular file", file="study.yaml")


def test_a_data_file_in_the_place_of_a_study_file_is_refused(study):
    ended = study.command(["run", str(study.place()), "--json"])
    study.is_refusal(ended)


@pytest.mark.parametrize(("option", "name", "near"), [("--wave", "2052", "'2025'"), ("--lang", "enn", "'en'")])
def test_a_wave_or_language_that_is_none_offers_the_nearest(study, option, name, near):
    refused(study, ["run", str(study.folder), option, name], f"named '{name}'", near, "study.yaml")


def test_an_output_folder_that_is_a_file_is_refused(study, tmp_path):
    (tmp_path / "file").write_text("x")
    refused(study, ["run", str(study.folder), "--out", str(tmp_path / "file")], "not a directory", "A file stands")
    assert (tmp_path / "file").read_text() == "x"


def test_an_output_folder_below_a_file_is_refused(study, tmp_path):
    (tmp_path / "file").write_text("x")
    refused(
        study, ["run", str(study.folder), "--out", str(tmp_path / "file/below")], "not a directory", "A file stands"
    )


def test_a_folder_in_the_place_of_an_output_is_refused(study, tmp_path):
    place = tmp_path / "out/reports/2025/manifest.json"
    place.mkdir(parents=True)
    refused(study, ["run", str(study.folder), "--out", str(tmp_path / "out")], "is a directory", "A folder stands")
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["reports", "2025", "manifest.json"]


def test_a_source_inside_an_output_folder_is_refused(study):
    path = "data/processed/2025/responses.csv"
    study.edit("study.yaml", (f"source: {RAW}", f"source: {path}"))
    study.write(table(), path)
    study.refuses(At("an input inside a folder this run writes", file=path, hint="--out"), also_check=False)


@pytest.fixture
def read_only(study, monkeypatch):
    """The study's folder on a file system that cannot be written."""

    def guarded(call, writes):
        def refuse(path, *rest, **more):
            if str(path).startswith(str(study.folder)) and writes(*rest):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
            return call(path, *rest, **more)

        return refuse

    opening = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    monkeypatch.setattr(os, "open", guarded(os.open, lambda flags=0, *_: flags & opening))
    for name in ("mkdir", "replace", "rename", "unlink", "rmdir", "chmod"):
        monkeypatch.setattr(os, name, guarded(getattr(os, name), lambda *_: True))
    return study


def test_a_read_only_folder_is_refused(read_only):
    read_only.place().touch()
    refused(read_only, ["run", str(read_only.folder)], "read-only file system", "--out", read_only.folder)


def failing(number: int, after: int = 0):
    """A system call that fails, from the call after the first `after` ones."""
    calls = []

    def fail(*_, **__):
        calls.append(1)
        if len(calls) > after:
            raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("after", [0, 3])
def test_a_disk_that_is_full_when_files_are_synced_loses_nothing(study, monkeypatch, after):
    fresh(study)
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC, after))
    refused(study, ["run", str(study.folder)], "no space left on device", "Free some space", study.folder)


def test_a_disk_that_is_full_while_files_are_written_loses_nothing(study, monkeypatch):
    fresh(study)
    monkeypatch.setattr("survey.writing.staging._write", failing(errno.ENOSPC, 2))
    refused(study, ["run", str(study.folder)], "no space left on device", "Earlier outputs are untouched", study.folder)


def test_a_disk_that_is_full_when_files_move_in_loses_nothing(study, monkeypatch):
    fresh(study)
    monkeypatch.setattr(os, "replace", failing(errno.ENOSPC))
    refused(study, ["run", str(study.folder)], "no space left on device", "Free some space", study.folder)


def test_a_file_larger_than_the_system_allows_loses_nothing(study):
    fresh(study)
    before = snapshot(study.folder)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))

    ended = as_process(["run", str(study.folder), "--json"], preexec_fn=limit)
    study.is_refusal(ended)
    assert "ulimit -f" in ended.problems[0]["hint"]
    assert snapshot(study.folder) == before


def test_a_folder_that_another_run_holds_is_refused_with_its_holder(study):
    fresh(study)
    command = [sys.executable, "-c", LOCKING, str(study.folder / LOCK)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        refused(
            study,
            ["run", str(study.folder)],
            "in use by another run (process 4242 on elsewhere)",
            "--out",
            study.folder,
        )
        holder.stdin.close()
    assert study.command(["run", str(study.folder), "--json"]).status == 0
    assert not list(study.folder.glob(f"{STAGING}*"))


@pytest.mark.parametrize("verb", ["draft", "withdraw", "export"])
def test_a_verb_of_a_later_version_says_so(study, verb):
    refused(study, [verb, str(study.folder), "--to", "sav"], "not in this version")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        pytest.param(["rnu", "--json"], "no such command 'rnu'", id="verb"),
        pytest.param(["run", "--json", "--wav", "2025"], "no such option: --wav", id="option"),
        pytest.param(["run", "--json", "a", "b"], "unexpected extra argument", id="argument"),
        pytest.param(["run", "--json", "--wave"], "requires an argument", id="value"),
        pytest.param(["simulate", "--json", "--seed", "tujuh"], "invalid value for '--seed'", id="number"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_refused(study, arguments, found):
    ended = study.command(arguments)
    study.is_refusal(ended)
    assert found in ended.problems[0]["found"].lower()


def test_simulating_a_wave_of_real_data_is_refused(study):
    refused(study, ["simulate", str(study.folder), "--wave", "2023"], "not synthetic", file="study.yaml")


def test_estimating_what_was_not_prepared_says_what_to_run_first(study, tmp_path):
    study.place("data/processed/2025/responses.parquet").unlink()
    refused(study, ["estimate", str(study.folder)], "no such file", "survey prepare")


@pytest.mark.parametrize(
    ("verb", "path", "before"),
    [
        ("estimate", "data/processed/2025/responses.parquet", "prepare"),
        ("estimate", "data/processed/2025/facts.json", "prepare"),
        ("report", "reports/2025/estimates.parquet", "estimate"),
        ("report", "reports/2025/facts.json", "estimate"),
        ("report", "reports/2025/suppressed.csv", "estimate"),
    ],
)
def test_a_file_of_an_earlier_stage_that_was_cut_is_refused(study, verb, path, before):
    study.write(study.place(path).read_bytes()[:-50], path)
    refused(study, [verb, str(study.folder)], "", f"survey {before}", path)


def test_a_file_of_an_earlier_stage_that_is_whole_but_another_is_refused_where_it_cannot_be_used(study):
    path = "reports/2025/facts.json"
    study.edit(path, ('"column": "check"', '"column": "chock"'))
    refused(study, ["report", str(study.folder)], "a truncated or corrupt file", "survey estimate", path)


def test_a_new_study_in_a_folder_that_is_not_empty_is_refused(study):
    refused(study, ["new", str(study.folder)], "a folder that is not empty", file=study.folder)


@pytest.fixture
def patience():
    """Ends the test where a refusal does not come in time."""

    def late(*_):
        pytest.fail("the program hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("patience")
def test_a_pipe_in_the_place_of_the_source_is_not_opened(study):
    study.place().unlink()
    os.mkfifo(study.place())
    study.refuses(At("not a regular file"))


def test_a_manifest_that_names_files_elsewhere_removes_none_of_them(study, tmp_path):
    (tmp_path / "precious.txt").write_text("x")
    place = study.place("reports/2025/manifest.json")
    manifest = json.loads(place.read_text())
    manifest["outputs"]["../precious.txt"] = "0" * 64
    manifest["stages"]["prepare"]["outputs"].append("../precious.txt")
    place.write_text(json.dumps(manifest))
    assert study.command(["run", str(study.folder), "--json"]).status == 0
    assert (tmp_path / "precious.txt").exists()


def test_an_output_folder_that_leads_elsewhere_is_refused(study, tmp_path):
    fresh(study)
    (tmp_path / "elsewhere").mkdir()
    study.place("reports/2025").rename(tmp_path / "elsewhere/2025")
    study.place("reports/2025").symlink_to(tmp_path / "elsewhere/2025")
    refused(study, ["run", str(study.folder)], "outside the output folder", "--out", "reports/2025/manifest.json")


def test_a_key_that_is_no_text_is_used_or_refused_and_no_fault(study):
    ended = as_process(["run", str(study.folder), "--json"], env={**os.environb, b"SURVEY_KEY": b"\xff\xfe"})
    assert ended.status in (0, 2), ended.err


def test_a_refusal_as_a_user_sees_it_is_one_line_a_problem_and_nothing_else(study):
    study.write(table().put("puas", dict.fromkeys(THREE_ROWS, "6")).put("jk", dict.fromkeys(THREE_ROWS, "9")))
    before = snapshot(study.folder)
    ended = as_process(["run", str(study.folder)])
    assert (ended.status, ended.out) == (2, "")
    first, second = ended.err.splitlines()
    assert first.startswith(
        f"survey: {RAW}, row {THREE_ROWS[0]}, jk: found 3 of 58 answers (5%) with unknown code: '9'"
    )
    assert second.startswith(f"survey: {RAW}, row {THREE_ROWS[0]}, puas: found 3 of 58 answers (5%)")
    assert snapshot(study.folder) == before

"""The command line: exit status, JSON, messages, and what it never prints."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import small_study
from survey.cli import main
from survey.study import Study

LATER = ("draft", "withdraw")


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    folder = small_study.write(tmp_path_factory.mktemp("cli"))
    Study.load(folder).run()
    return folder


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "study"))


@pytest.fixture
def call(capsys):
    """Run one command line in this process: (exit status, standard output, standard error)."""

    def run(*argv: object) -> tuple[int, str, str]:
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with pytest.raises(SystemExit) as end:
                main([str(a) for a in argv])
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def spawn(*argv: object, **options) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "survey", *map(str, argv)]
    # Tests that run in the background inherit an ignored SIGINT, which the program rightly leaves ignored.
    options.setdefault("preexec_fn", lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_run_says_what_it_wrote(call, tmp_path):
    folder = small_study.write(tmp_path / "s")
    status, out, err = call("run", folder, "--wave", "2025", "--lang", "id")
    assert status == 0
    assert "the trend over waves is not made: data/processed/2024/responses.parquet is missing" in err
    lines = out.splitlines()
    assert lines[0].startswith(f"wrote {folder}/data/processed/2025: audit.csv")
    assert (folder / "reports/2025/report.id.html").exists()
    assert not list(folder.glob("reports/*/report.en.html"))
    assert not (folder / "reports/2024").exists()


def test_a_run_with_nothing_to_do_says_so(call, folder):
    assert call("run", folder) == (0, "everything is up to date; nothing was written\n", "")


def test_json_lists_outputs_relative_to_the_output_folder(call, folder):
    status, out, _ = call("run", folder, "--json")
    answer = json.loads(out)
    assert (status, answer["status"], answer["problems"], answer["written"]) == (0, 0, [], [])
    assert all((folder / name).is_file() for name in answer["outputs"])
    assert "reports/2025/manifest.json" in answer["outputs"]


def test_the_stages_are_verbs(call, finished, tmp_path):
    for verb in ("prepare", "estimate", "report"):
        assert call(verb, finished, "--out", tmp_path)[0] == 0
    expected = {name: data for name, data in tree(finished).items() if name.startswith(("data/processed", "reports"))}
    assert tree(tmp_path) == expected


def test_bad_input_is_status_two_with_every_problem_and_no_traceback(call, folder):
    path = folder / "data/raw/2025/responses.csv"
    path.write_text(path.read_text().replace("r001,1,1,1.5", "r001,1,1,-1"))
    before = tree(folder)
    for verb in ("run", "check"):
        status, out, err = call(verb, folder, "--json")
        answer = json.loads(out)
        assert (status, answer["status"]) == (2, 2)
        assert set(answer["problems"][0]) == {"file", "row", "column", "found", "expected", "hint"}
        assert answer["problems"][0]["file"] == "data/raw/2025/responses.csv"
        assert "Traceback" not in err
        assert err.startswith("survey: data/raw/2025/responses.csv")
    assert tree(folder) == before


def test_check_lists_columns_that_no_question_names(call, folder):
    status, out, err = call("check", folder)
    assert (status, err) == (0, "")
    assert "2025: 96 of 96 records are kept" in out
    assert "2025: no question names 1 columns: note" in out


def test_check_prints_the_schemas(call):
    status, out, _ = call("check", "--json-schema")
    assert status == 0
    assert set(json.loads(out)) == {"study", "instrument"}


def test_analyses_say_what_they_answer(call):
    status, out, _ = call("analyses")
    assert status == 0
    assert "What did people answer" in out
    listed = json.loads(call("analyses", "--json")[1])["analyses"]
    assert {"name", "question", "method", "assumptions", "source", "needs_rows"} == set(listed[0])


def test_status_is_one_line_a_stage(call, folder):
    (folder / "reports/2025/report.en.html").unlink()
    status, out, _ = call("status", folder)
    assert status == 0
    assert "2024 prepare     up to date" in out
    assert "2025 report.en   out of date: reports/2025/report.en.html is missing or was changed" in out
    states = json.loads(call("status", folder, "--json")[1])["stages"]
    assert {"wave", "stage", "state", "reasons"} == set(states[0])


@pytest.mark.parametrize("verb", LATER)
def test_what_comes_later_says_so(call, verb):
    assert call(verb, "a", "--to", "b") == (2, "", f"survey: survey {verb}: not in this version\n")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("run", "--wve", "1"), "No such option: --wve"),
        (("rnu",), "No such command 'rnu'"),
        (("new",), "Missing argument 'DIR'"),
        (("run", "nowhere"), "no such folder or file"),
    ],
)
def test_a_wrong_command_line_is_status_two(call, argv, said):
    status, out, err = call(*argv)
    assert (status, out) == (2, "")
    assert said in err
    assert json.loads(call(*argv, "--json")[1])["status"] == 2


def test_without_arguments_the_help_is_shown(call):
    assert call()[:2] == call("--help")[:2]
    assert call("-h")[0] == 0


def test_a_fault_of_the_program_is_status_one_with_its_traceback(call, folder, monkeypatch):
    def fault(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(Study, "run", fault)
    status, out, err = call("run", folder, "--json")
    assert status == 1
    assert "Traceback" in err
    assert json.loads(out)["status"] == 1


def test_a_held_folder_is_status_two(call, folder):
    with (folder / ".survey.lock").open("w") as held:
        held.write("process 4711 on there")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        status, _, err = call("run", folder)
    assert status == 2
    assert "in use by another run (process 4711 on there)" in err


def test_an_output_that_is_a_file_is_status_two(call, finished, tmp_path):
    (tmp_path / "out").write_text("a file")
    status, _, err = call("run", finished, "--out", tmp_path / "out")
    assert status == 2
    assert "not a directory" in err
    assert (tmp_path / "out").read_text() == "a file"


def test_a_limit_of_file_size_is_status_two_and_keeps_earlier_outputs(folder):
    with (folder / "data/raw/2025/responses.csv").open("a") as file:
        file.write("r999,1,1,1.0,1,3,3,x\n")
    before = tree(folder)
    limit = (9000, 9000)
    run = spawn("run", folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
    _, err = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "file too large" in err
    assert "Traceback" not in err
    assert tree(folder) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_by_the_signal_and_leaves_no_litter(tmp_path, number):
    folder = small_study.write(tmp_path / "s")
    run = spawn("run", folder)
    while not (folder / ".survey.lock").exists() and run.poll() is None:
        time.sleep(0.005)
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    assert run.returncode == -number
    assert err == "survey: interrupted; every output is whole\n"
    assert not list(folder.glob(".staging-*"))
    assert not list(folder.glob("reports/*"))


def test_a_reader_that_leaves_early_is_no_fault(finished):
    run = subprocess.run(
        f"{sys.executable} -m survey analyses | head -n 1; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_an_answer_that_cannot_be_written_is_status_two(finished):
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "survey", "status", str(finished)], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert run.returncode == 2
    assert run.stderr.startswith("survey: standard output: found no space left on device")


def test_a_message_that_cannot_be_written_keeps_the_status():
    with open("/dev/full", "w") as full:
        run = subprocess.run([sys.executable, "-m", "survey", "run", "nowhere"], stderr=full)
    assert run.returncode == 2


def test_nothing_steers_the_terminal(call, tmp_path):
    _, _, err = call("run", tmp_path / "a\x1b[31mb")
    assert "\x1b" not in err
    assert "a\\x1b[31mb" in err


def test_a_terminal_without_letters_is_no_fault(folder):
    path = folder / "study.yaml"
    path.write_text(path.read_text().replace("groups: [sex]", "groups: [sexé]"), encoding="utf-8")
    run = spawn("run", folder, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    _, err = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "sex\\xe9" in err


def test_data_of_a_real_wave_are_never_overwritten(call, folder):
    before = tree(folder)
    status, _, err = call("simulate", folder, "--wave", "2024")
    assert status == 2
    assert "waves.2024.synthetic" in err
    assert tree(folder) == before


def test_a_new_study_runs(call, tmp_path):
    status, out, _ = call("new", tmp_path / "mine")
    assert status == 0
    assert f"next: survey run {tmp_path / 'mine'}" in out
    assert call("run", tmp_path / "mine", "--lang", "en")[0] == 0
    assert list((tmp_path / "mine/reports").glob("*/report.en.html"))


def test_a_new_study_is_not_made_over_files(call, folder):
    before = tree(folder)
    status, _, err = call("new", folder)
    assert status == 2
    assert "a folder that is not empty" in err
    assert tree(folder) == before

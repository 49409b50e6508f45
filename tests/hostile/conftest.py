"""The broken studies' common start: one good run, copied for every test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hostile import hostile_study
from hostile.refusal import Ended, HostileStudy, as_process, in_process


@pytest.fixture(scope="session")
def good_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The right study with the outputs of a run."""
    folder = hostile_study.write(tmp_path_factory.mktemp("hostile") / "good")
    ended: Ended = as_process(["run", str(folder), "--json"])
    assert ended.status == 0, ended
    return folder


@pytest.fixture
def study(good_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> HostileStudy:
    """A study to be broken, with the outputs that must survive."""
    return HostileStudy(shutil.copytree(good_run, tmp_path / "study"), in_process(capsys))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cases of hostile input ran."""
    ran = {
        report.nodeid
        for outcome in ("passed", "failed", "xfailed", "xpassed")
        for report in terminalreporter.stats.get(outcome, [])
        if "hostile/" in report.nodeid
    }
    if ran:
        terminalreporter.write_line(f"{len(ran)} cases of hostile input")

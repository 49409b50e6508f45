"""What a refusal must be, whatever caused it: said where and why, and nothing else happened."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hostile import hostile_study
from hostile.hostile_study import RAW, Table, private_cells
from survey.cli import main

KEYS = {"file", "row", "column", "found", "expected", "hint"}
SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The problems that ``--json`` lists."""
        return list(json.loads(self.out)["problems"])


@dataclass(frozen=True)
class At:
    """A problem that must be listed: its place in full (a range: one of its rows), words that its parts contain."""

    found: str
    row: int | range | None = None
    column: str | None = None
    expected: str = ""
    hint: str = ""
    file: str = RAW

    def is_said_by(self, problem: dict[str, Any]) -> bool:
        place = (self.file, self.column) == (problem["file"], problem["column"])
        row = problem["row"] in self.row if isinstance(self.row, range) else problem["row"] == self.row
        return place and row and all(getattr(self, part) in problem[part] for part in ("found", "expected", "hint"))


@dataclass
class HostileStudy:
    """The study of `hostile_study` after a good run, about to be broken."""

    folder: Path
    command: Callable[[Sequence[str]], Ended] = field(repr=False)
    private: set[str] = field(default_factory=private_cells, repr=False)

    def place(self, name: str = RAW) -> Path:
        return self.folder / name

    def write(self, content: str | bytes | Table, name: str = RAW) -> None:
        """A file's content in place of what it was."""
        text = content.text() if isinstance(content, Table) else content
        self.place(name).write_bytes(text.encode() if isinstance(text, str) else text)

    def edit(self, file: str, *changes: tuple[str, str]) -> None:
        """Texts of a file replaced; each must occur exactly once."""
        text = self.place(file).read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
            text = text.replace(old, new)
        self.write(text, file)

    def design(self, text: str) -> None:
        """Another ``design`` in study.yaml, in flow style."""
        self.edit("study.yaml", ("design:\n  weight: bobot\n  stratum: kec\n  psu: rt\n", f"design: {text}\n"))

    def source(self, name: str, more: str = "") -> str:
        """The source of `WAVE` under another file name, with further keys of the wave."""
        path = f"data/raw/{hostile_study.WAVE}/{name}"
        self.edit("study.yaml", (f"source: {RAW},", f"source: {path},{more}"))
        return path

    def line(self, file: str, text: str) -> int:
        """The only line of a file that holds a text, from 1."""
        lines = self.place(file).read_text(encoding="utf-8").splitlines()
        found = [number for number, line in enumerate(lines, start=1) if text in line]
        assert len(found) == 1, f"{text!r} stands in lines {found} of {file}"
        return found[0]

    def refuses(self, *wanted: At, also_check: bool = True, more: bool = False, options: Sequence[str] = ()) -> None:
        """Assert that `run`, and `check` before it, refuse the study with exactly these problems.

        Parameters
        ----------
        also_check : whether the problem lies in what `check` reads.
        more : whether other problems may be listed too, as consequences.
        """
        __tracebackhide__ = True
        before = snapshot(self.folder)
        verbs = [["check"], ["run", *options]] if also_check else [["run", *options]]
        for verb, *given in verbs:
            ended = self.command([verb, str(self.folder), *given, "--json"])
            self.is_refusal(ended)
            unsaid = [at for at in wanted if not any(at.is_said_by(problem) for problem in ended.problems)]
            assert not unsaid, f"survey {verb} says\n{json.dumps(ended.problems, indent=1)}"
            assert more or len(ended.problems) == len(wanted), ended.problems
            assert all(problem["expected"] or problem["hint"] for problem in ended.problems)
        assert snapshot(self.folder) == before

    def is_refusal(self, ended: Ended) -> None:
        """Assert what holds for every refusal: status, form, and no private cell."""
        __tracebackhide__ = True
        assert ended.status == 2, ended
        told = json.loads(ended.out)
        assert told["status"] == 2
        assert told["outputs"] == []
        assert ended.problems
        for problem in ended.problems:
            assert set(problem) == KEYS
            assert problem["found"], problem
        assert "Traceback" not in ended.err
        assert all(line.startswith("survey: ") for line in ended.err.splitlines()), ended.err
        said = ended.out + ended.err
        shown = [cell for cell in self.private if cell in said]
        assert not shown, said


def snapshot(folder: Path) -> dict[str, str]:
    """Every path below a folder, with the sha256 of each file."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file() and not path.is_symlink()
        else "no regular file"
        for path in sorted(folder.rglob("*"))
    }


def in_process(capsys: pytest.CaptureFixture[str]) -> Callable[[Sequence[str]], Ended]:
    """A function that runs one command line in this process, by the program's own entry."""

    def command(arguments: Sequence[str]) -> Ended:
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        capsys.readouterr()
        try:
            with mock.patch.dict(os.environ, {"SURVEY_KEY": ""}), pytest.raises(SystemExit) as end:
                main(list(arguments))
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return Ended(int(end.value.code or 0), *capsys.readouterr())

    return command


def as_process(arguments: Sequence[str], **options: Any) -> Ended:
    """One command line run as a user runs it."""
    run = subprocess.run(
        [sys.executable, "-m", "survey", *arguments],
        capture_output=True, text=True, timeout=SECONDS, check=False, **options,
    )  # fmt: skip
    return Ended(run.returncode, run.stdout, run.stderr)

"""Every error this package raises on purpose, and the one shape of a problem.

A problem says where it is, what was found, what was expected and what to do next. Whoever reads a
file collects all its problems and raises once. Add an error class only if a caller must tell it
apart from the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in what the user gave.

    Attributes
    ----------
    file : file as the user named it, or empty
    row : line of a YAML file, row of a spreadsheet (header = 1), case of a .sav, from 1
    column : column of a data file, or path of a key such as ``waves.2025.source``
    """

    file: str = ""
    row: int | None = None
    column: str | None = None
    found: str = ""
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        parts = [self.file, f"row {self.row}" if self.row is not None else "", self.column or ""]
        where = ", ".join(p for p in parts if p)
        said = [f"found {self.found}" if self.found else "", f"expected {self.expected}" if self.expected else ""]
        body = "; ".join(p for p in said if p)
        return ". ".join(p for p in (": ".join(p for p in (where, body) if p), self.hint) if p)


class SurveyError(Exception):
    """Something the user gave is wrong; the message says how to put it right. Exit status 2."""

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = (Problem(found=problems),)
            self.problems: tuple[Problem, ...] = problems
            super().__init__(problems[0].found)
            return
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class SchemaError(SurveyError):
    """study.yaml, instrument.yaml or a file they name does not say what it must."""


class InputError(SurveyError):
    """A data file cannot be read, or its answers contradict the instrument."""


class DesignError(SurveyError):
    """The sampling design cannot support the estimate asked of it."""


class ConvergenceError(SurveyError):
    """An iterative method stopped before it reached its tolerance."""


class OutputError(SurveyError):
    """The output folder cannot be written: read-only, full, or in use by another run."""


def nearest(name: str, known: Collection[str], n: int = 3) -> str:
    """The sentence that offers the names nearest to one that does not exist; empty if none is near."""
    near = get_close_matches(str(name), [str(k) for k in known], n=n)
    return f"Did you mean {', '.join(map(repr, near))}?" if near else ""


def unknown_name(kind: str, name: str, known: Collection[str], where: str = "") -> Problem:
    """The problem of a name that does not exist, with the nearest ones that do."""
    listed = ", ".join(sorted(map(str, known))[:8])
    return Problem(
        file=where,
        found=f"no {kind} named {str(name)!r}",
        expected=f"one of {listed}{' …' if len(known) > 8 else ''}",
        hint=nearest(name, known),
    )

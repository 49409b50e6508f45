"""What a reader is given (`Source`) and what it gives back (`Table`); the limits every file obeys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from survey.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 200 * 10**6
MAX_COLUMNS = 2_000
MAX_CELL = 10**6
MAX_CELLS = 100 * 10**6
#: Problems of one kind that are listed one by one; the rest are counted.
LISTED = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a source: its name within the folder and its bytes."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A data file, or a folder of Parquet files, with what study.yaml says about reading it.

    Attributes
    ----------
    file : name to print in messages.
    format : one of `readers.READERS`, already decided.
    """

    file: str
    format: str
    parts: tuple[Part, ...]
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def content(self) -> bytes:
        """Bytes of the only file, or of the first."""
        return self.parts[0].content

    def problem(
        self, found: str, expected: str = "", hint: str = "", row: int | None = None, column: str | None = None
    ) -> Problem:
        """A problem of this file."""
        return Problem(file=self.file, row=row, column=column, found=found, expected=expected, hint=hint)

    def refusal(
        self, found: str, expected: str = "", hint: str = "", row: int | None = None, column: str | None = None
    ) -> InputError:
        """The error that refuses this file for one problem."""
        return InputError(self.problem(found, expected, hint, row, column))

    def listed(self, problems: Iterable[Problem], what: str) -> list[Problem]:
        """The first problems of one kind, followed by one that counts them all if there are more."""
        every = list(problems)
        if len(every) <= LISTED:
            return every
        return [*every[:LISTED], self.problem(f"{len(every)} {what} in all; the first {LISTED} are listed")]

    def unreadable(self, column: str, rows: Iterable[int], expected: str) -> list[Problem]:
        """Problems of the rows of a column whose value no text can stand for; the value is not shown."""
        every = [self.problem("an unreadable value", expected, row=int(row), column=column) for row in rows]
        return self.listed(every, f"unreadable values in {column}")


@dataclass(frozen=True)
class Table:
    """What a reader found: `core.wave.Raw` without the file's name and hash.

    Attributes
    ----------
    frame : (records, columns) text of dtype ``str``; missing where a cell is empty.
    rows : source row of each record.
    """

    frame: pd.DataFrame = field(repr=False)
    rows: pd.Index = field(repr=False)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    missing: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    decisions: Mapping[str, str] = field(default_factory=dict)

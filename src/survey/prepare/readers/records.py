"""Records of delimited text by RFC 4180: how many there are, how long each is, where quoting breaks.

This is the first of two counts; the parser that makes the columns is the second.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO, StringIO, TextIOWrapper

import numpy as np
from numpy.typing import NDArray

from survey.errors import InputError, Problem
from survey.prepare.readers.source import MAX_CELL, Source

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 10**6
#: Delimiters that whole lines within one cell must hold before they count as swallowed records:
#: fewer occur in answers that people write.
_SWALLOWED = 3


@dataclass(frozen=True)
class Scan:
    """Shape of the records, blank lines included.

    Attributes
    ----------
    lengths : (lines,) fields in each record; 0 for a blank line.
    header_at : position of the header among the records.
    """

    lengths: NDArray[np.int64] = field(repr=False)
    header_at: int
    header: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def blank(self) -> NDArray[np.bool_]:
        """(lines,) whether a line is blank."""
        return np.equal(self.lengths, 0)


def detect(content: bytes) -> str | None:
    """The delimiter whose field counts agree best with the header's; None for a single column."""
    sample = content[:_SAMPLE].decode("utf-8", errors="ignore")  # a character may be cut at the end
    scores = {delimiter: _agreement(sample, delimiter, len(content) > _SAMPLE) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best][1] > 1 else None


def _agreement(sample: str, delimiter: str, cut: bool) -> tuple[float, int]:
    """Share of records as long as the header, and the header's fields; (-1, 1) for a single column."""
    with _large_cells():
        try:
            lengths = [len(r) for r in csv.reader(StringIO(sample, newline=""), delimiter=delimiter) if r]
        except csv.Error:
            return -1.0, 1
    if not lengths or lengths[0] == 1:
        return -1.0, 1
    body = lengths[1:-1] if cut else lengths[1:]
    return (Counter(body)[lengths[0]] / len(body) if body else 1.0), lengths[0]


def scan(source: Source, content: bytes, delimiter: str) -> Scan:
    """The shape of every record.

    `problems` lists rows with too many or too few fields, and quoted cells that seem to have
    swallowed whole records because a quote was never closed.

    Raises
    ------
    InputError
        If quoting breaks, with the row where the last quote opened; if there is no record.
    """
    lengths: list[int] = []
    header: tuple[str, ...] = ()
    suspects: list[Problem] = []
    reader = csv.reader(TextIOWrapper(BytesIO(content), "utf-8", newline=""), delimiter=delimiter, strict=True)
    line = 0
    with _large_cells():
        try:
            for record in reader:
                lengths.append(0 if _is_blank(record, header) else len(record))
                header = header or (tuple(record) if lengths[-1] else ())
                if reader.line_num - line > 2:
                    suspects += _swallowed(source, record, header, delimiter, len(lengths))
                line = reader.line_num
        except csv.Error as error:
            raise _broken(source, str(error), len(lengths) + 1, line + 1, reader.line_num) from None
    if not header:
        raise source.refusal("no record", "a header row and answers")
    found = np.array(lengths, dtype=np.int64)
    return Scan(found, int(np.argmax(found > 0)), header, (*suspects, *_ragged(source, found, len(header), delimiter)))


@contextmanager
def _large_cells() -> Iterator[None]:
    before = csv.field_size_limit(MAX_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _is_blank(record: Sequence[str], header: Sequence[str]) -> bool:
    """In a single column ``""`` is an empty answer and a line of spaces an answer of spaces."""
    return not record or (len(record) == 1 and len(header) != 1 and not record[0].strip())


def _swallowed(source: Source, record: Sequence[str], header: Sequence[str], delimiter: str, row: int) -> list[Problem]:
    problems = []
    for column, cell in enumerate(record):
        whole = re.split(r"\r\n|\r|\n", cell)[1:-1]
        if not whole or any(line.count(delimiter) != len(header) - 1 for line in whole):
            continue
        if len(whole) * (len(header) - 1) >= _SWALLOWED:
            problems.append(
                source.problem(
                    f"a quoted cell in which {len(whole)} lines read as whole records",
                    "a closing quote before the end of the line",
                    "Close the quote that opens in this row; if the line breaks are meant, replace them by spaces.",
                    row=row,
                    column=header[column] if column < len(header) else None,
                )
            )
    return problems


def _broken(source: Source, error: str, row: int, first: int, last: int) -> InputError:
    lines = f"line {first}" if last <= first else f"lines {first} to {last}"
    if "field limit" in error:
        found = f"a cell of more than {MAX_CELL} characters ({lines})"
        return source.refusal(found, "cells of at most 1 MB", "A quote may have been left open in this row.", row=row)
    if "end of data" in error:
        found = f"a quote that is never closed; it swallows {lines}"
        return source.refusal(
            found, "a closing quote", "Close the quote that opens in this row, or remove it.", row=row
        )
    hint = "Double the quotes that belong to the text, or close the quote that opens in this row."
    return source.refusal(f"text after a closing quote ({lines})", "a delimiter after a closing quote", hint, row=row)


def _ragged(source: Source, lengths: NDArray[np.int64], width: int, delimiter: str) -> list[Problem]:
    hint = f"Quote cells that hold the delimiter {delimiter!r}, or declare the `delimiter`."
    rows = np.flatnonzero((lengths != width) & (lengths > 0))
    found = (
        source.problem(f"{lengths[r]} fields", f"{width} fields, as the header has", hint, row=int(r) + 1) for r in rows
    )
    return source.listed(found, "rows with another number of fields than the header")

"""A table of the page as columns of single facts, as a sheet, a filter and a sort need them.

Headings between rows, intervals, bases and marks become columns of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.report.blocks import Cell, Line, Table
from survey.report.locale import Numeral, Probability, Span

if TYPE_CHECKING:
    from survey.report.page import Page

#: Characters that Excel takes in a table's heading.
LONGEST_HEADING = 255


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet and its cells, one a row."""

    heading: str
    cells: tuple[str, ...]


def columns(page: Page, table: Table) -> list[Column]:
    """The table with one fact a cell: headings between rows, intervals, bases and marks are columns of their own."""
    headed = list(_under_headings(table.lines))
    width = len(table.columns) - 1
    rows = [(*line.cells, *[Cell()] * (width - len(line.cells))) for _, line in headed]
    made = [Column(table.columns[0], tuple(line.header for _, line in headed))]
    if any(heading for heading, _ in headed):
        made.insert(0, Column(page.t("Part"), tuple(heading for heading, _ in headed)))
    for k, name in enumerate(table.columns[1:]):
        made += _spread(page, name, [row[k] for row in rows])
    return list(_named_apart(made))


def _under_headings(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """Rows with cells, each with the last heading above it."""
    heading = ""
    for line in lines:
        if line.cells:
            yield heading, line
        else:
            heading = line.header


def _spread(page: Page, name: str, cells: Sequence[Cell]) -> Iterator[Column]:
    """One column of a page as columns of single facts, only those that occur."""
    t = page.t
    if any(isinstance(cell.text, Span) for cell in cells):
        yield from _ends(page, name, [cell.text for cell in cells])
    else:
        yield Column(name, tuple(_words(cell) or cell.mark for cell in cells))
    marks = tuple(cell.mark if cell.text else "" for cell in cells)
    if any(marks):
        yield Column(t("{name}: mark", name=name), marks)
    asides = tuple(_below(cell) if isinstance(cell.text, Numeral) else "" for cell in cells)
    if any(asides):
        yield Column(t("{name}: in words", name=name), asides)
    spans = [_detail(cell, Span) for cell in cells]
    if any(spans):
        yield from _ends(page, t("{name}: {level} interval", name=name, level=page.confidence), spans)
    counts = tuple(_detail(cell, Numeral) for cell in cells)
    if any(counts):
        yield Column(t("{name}: respondents (n)", name=name), counts)
    chances = [_detail(cell, Probability) for cell in cells]
    if any(chances):
        values = tuple(p.value if isinstance(p, Probability) else p for p in chances)
        yield Column(t("{name}: adjusted p", name=name), values)


def _ends(page: Page, name: str, spans: Sequence[str]) -> Iterator[Column]:
    names = page.t("{name}, lower end", name=name), page.t("{name}, upper end", name=name)
    for k, heading in enumerate(names):
        yield Column(heading, tuple(span.ends[k] if isinstance(span, Span) else span for span in spans))


def _words(cell: Cell) -> str:
    """A number by itself, so that it stays one; else the text of a cell with the words below it."""
    below = _below(cell)
    return f"{cell.text}; {below}" if below and not isinstance(cell.text, Numeral) else cell.text


def _below(cell: Cell) -> str:
    """The words below the text of a cell; numbers below it have columns of their own."""
    return "; ".join(d for d in cell.details if not isinstance(d, Span | Numeral | Probability))


def _detail(cell: Cell, kind: type[str]) -> str:
    return next((d for d in cell.details if isinstance(d, kind)), "")


def _named_apart(made: Sequence[Column]) -> Iterator[Column]:
    """Excel repairs a table whose headings are empty, too long, or equal but for their capitals."""
    seen: dict[str, int] = {}
    for column in made:
        name = column.heading[: LONGEST_HEADING - 5].strip() or "–"
        seen[name.casefold()] = times = seen.get(name.casefold(), 0) + 1
        yield Column(name if times == 1 else f"{name} ({times})", column.cells)

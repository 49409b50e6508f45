"""What a report is made of, before it is a page: sections, sentences, tables, figures.

Text in blocks is plain text in the reader's language; the template escapes all of it. A new kind of
block is a class here and a branch in ``templates/blocks.html.j2``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Sentence:
    """A statement and the released rows it rests on, as places in the estimates table from 0."""

    text: str
    rows: tuple[int, ...] = ()

    @property
    def lines(self) -> str:
        """Lines of estimates.csv that hold those rows; the header is line 1."""
        return " ".join(str(r + 2) for r in self.rows)


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    kind: ClassVar[str] = "prose"
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences below one another."""

    kind: ClassVar[str] = "bullets"
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Names and what they stand for."""

    kind: ClassVar[str] = "terms"
    pairs: tuple[tuple[str, str], ...]
    tiles: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    A number or an interval is a `locale.Numeral` or a `locale.Span`, so that a sheet can hold it as numbers.

    Attributes
    ----------
    details : smaller lines below the text, such as the interval and the base.
    mark : sign that the table's legend explains, such as ``[c]``.
    """

    text: str = ""
    details: tuple[str, ...] = ()
    mark: str = ""
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; one without cells is a heading over the rows below it."""

    header: str
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column heads its rows.

    Attributes
    ----------
    legend : what the marks in its cells mean, only those that occur.
    folded : whether a reader opens it first: the numbers behind a figure.
    """

    kind: ClassVar[str] = "table"
    name: str
    caption: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    legend: tuple[str, ...] = ()
    folded: bool = False

    @property
    def words(self) -> frozenset[int]:
        """Columns that hold words, not numbers; the column of row headings is 0."""
        first = next((line.cells for line in self.lines if line.cells), ())
        return frozenset(k for k, cell in enumerate(first, start=1) if not cell.numeric)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, what it shows in words, and the table that holds its numbers.

    Attributes
    ----------
    own_table : whether the table is printed with the picture; False where it follows as a block of its own.
    """

    kind: ClassVar[str] = "figure"
    name: str
    caption: str
    alt: str
    svg: bytes
    table: Table
    own_table: bool = True


@dataclass(frozen=True, slots=True)
class Box:
    """A short aside in a frame, with its own heading."""

    kind: ClassVar[str] = "box"
    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that a reader opens by their title."""

    kind: ClassVar[str] = "fold"
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it; sections nest.

    Attributes
    ----------
    appendix : whether readers look things up in it, so that it is not printed.
    """

    kind: ClassVar[str] = "section"
    name: str
    title: str
    blocks: tuple[Block, ...]
    appendix: bool = False


@dataclass(frozen=True, slots=True)
class Omitted:
    """A section that the release cannot fill, and why."""

    title: str
    reason: str


Block = Prose | Bullets | Terms | Table | Figure | Box | Fold | Section


def tables(blocks: Iterable[Block]) -> Iterator[tuple[str, Table]]:
    """Every table under the title of its chapter, in the order in which pages number them."""
    for block in blocks:
        chapter = block.title if isinstance(block, Box | Section) else ""
        yield from ((chapter, table) for table in _tables(block))


def table_numbers(blocks: Iterable[Block]) -> dict[str, int]:
    """The number of each table of a report by its name: the same in every format."""
    return {table.name: k for k, (_, table) in enumerate(tables(blocks), start=1)}


def _tables(block: Block) -> Iterator[Table]:
    if isinstance(block, Table):
        yield block
    elif isinstance(block, Figure) and block.own_table:
        yield block.table
    elif isinstance(block, Box | Fold | Section):
        for inner in block.blocks:
            yield from _tables(inner)


def figures(blocks: Iterable[Block]) -> Iterator[Figure]:
    """Every figure of the blocks and of what they hold, in reading order."""
    for block in blocks:
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Box | Fold | Section):
            yield from figures(block.blocks)

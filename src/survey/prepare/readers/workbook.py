"""Excel workbooks (xlsx): one sheet, its cells as text, its rows numbered as the spreadsheet shows them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from survey.errors import InputError, Problem, nearest
from survey.prepare.readers import archive, cells, header
from survey.prepare.readers.source import MAX_COLUMNS, Source, Table

Row = tuple[Any, ...]

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")


def read(source: Source) -> Table:
    """Every cell of the data sheet as text: dates as ISO, logical values as 1 and 0, errors as ``#REF!``.

    The first row that is not empty is the header. Empty rows are no records; they are counted.

    Raises
    ------
    InputError
        If it is not clear which sheet is meant, a formula has no stored value, or cells are merged.
    """
    sheet = _chosen(source, archive.sheets(source))
    rows = _rows(source, sheet.name)
    filled = [i for i, row in enumerate(rows) if any(cell not in (None, "") for cell in row)]
    if len(filled) < 2:
        raise source.refusal(f"a sheet {sheet.name!r} without records", "a header row and answers")
    width = max(_width(rows[i]) for i in filled)
    head = header.read(source, _texts(rows[filled[0]][:width], width), filled[0] + 1)
    if width > MAX_COLUMNS:
        raise InputError(head.problems)
    columns = _columns(rows, filled[1:], width)
    numbers = np.array(filled[1:], dtype=np.int64) + 1
    problems = [*head.problems, *_merged(source, sheet, filled[-1] + 1, width), *_uncomputed(source, sheet)]
    for name, column in zip(head.names, columns, strict=True):
        problems += source.unreadable(name, numbers[list(column.unreadable)], "text, a number or a date")
    if problems:
        raise InputError(problems)
    return Table(
        pd.DataFrame({name: column.cells for name, column in zip(head.names, columns, strict=True)}),
        pd.Index(numbers),
        decisions={
            "sheet": sheet.name,
            "records": str(len(numbers)),
            "blank_rows": str(filled[-1] + 1 - len(filled)),
            "trailing_rows": str(len(rows) - 1 - filled[-1]),
            "logical_values": "1 and 0",
            **head.decisions,
        },
    )


def _chosen(source: Source, sheets: Sequence[archive.Sheet]) -> archive.Sheet:
    """The sheet that study.yaml names, else the only visible one with data."""
    names = [s.name for s in sheets]
    if source.sheet is not None:
        if source.sheet not in names:
            found, expected = f"no sheet named {source.sheet!r}", f"one of {', '.join(map(repr, names))}"
            raise source.refusal(found, expected, nearest(source.sheet, names), column="sheet")
        return sheets[names.index(source.sheet)]
    visible = [s for s in sheets if s.has_data and not s.hidden]
    if len(visible) == 1:
        return visible[0]
    hidden = [s.name for s in sheets if s.has_data and s.hidden]
    if not visible:
        found = f"data on hidden sheets only ({', '.join(map(repr, hidden))})" if hidden else "no sheet with data"
        raise source.refusal(
            found, "one visible sheet with data", "Declare the `sheet`." if hidden else "", column="sheet"
        )
    found = f"{len(visible)} sheets with data: {', '.join(repr(s.name) for s in visible)}"
    raise source.refusal(found, "one", "Declare which is meant by `sheet`.", column="sheet")


def _rows(source: Source, sheet: str, data_only: bool = True) -> list[Row]:
    """Rows of a sheet from the first, empty ones included, each as long as its last cell.

    `data_only`: stored results of formulas; otherwise the formulas.
    """
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that hold no answer
            content = BytesIO(source.content)
            book = openpyxl.load_workbook(content, read_only=True, data_only=data_only, keep_links=False)
            worksheet = book[sheet]
            worksheet.reset_dimensions()  # some exporters declare too small a range, and cells beyond it would be lost
            return list(worksheet.iter_rows(values_only=True))
    except Exception as error:  # openpyxl raises whatever its parsing stumbles over
        found = f"a workbook that cannot be read ({type(error).__name__})"
        raise source.refusal(found, "an Excel workbook", "Save it again in a spreadsheet.") from error


def _width(row: Row) -> int:
    return max((i for i, cell in enumerate(row, start=1) if cell not in (None, "")), default=0)


def _texts(row: Row, width: int) -> list[str | None]:
    written = [None if cell is None else cells.text(cell) for cell in row]
    return written + [None] * (width - len(written))


def _columns(rows: Sequence[Row], records: Sequence[int], width: int) -> list[cells.Written]:
    grid = np.full((len(records), width), None, dtype=object)
    for i, record in enumerate(records):
        row = rows[record][:width]
        grid[i, : len(row)] = row
    return [cells.written(grid[:, j]) for j in range(width)]


def _merged(source: Source, sheet: archive.Sheet, last: int, width: int) -> list[Problem]:
    from openpyxl.utils.cell import range_boundaries

    ranges = [m.decode() for m in _MERGED.findall(sheet.xml)]
    inside = [r for r in ranges if (b := range_boundaries(r))[1] <= last and b[0] <= width]
    return source.listed(
        (
            source.problem(f"merged cells {r} on sheet {sheet.name!r}", "one answer a cell", "Unmerge them.")
            for r in inside
        ),
        "merged ranges",
    )


def _uncomputed(source: Source, sheet: archive.Sheet) -> list[Problem]:
    """Formulas whose result was never stored: reading them as empty would lose answers."""
    if not _FORMULA.search(sheet.xml):
        return []
    pairs = zip(_rows(source, sheet.name), _rows(source, sheet.name, data_only=False), strict=True)
    return source.listed(_formulas(source, sheet.name, pairs), "formulas without a stored value")


def _formulas(source: Source, sheet: str, pairs: Iterable[tuple[Row, Row]]) -> Iterator[Problem]:
    from openpyxl.utils.cell import get_column_letter

    for row, (values, formulas) in enumerate(pairs, start=1):
        for column, (value, formula) in enumerate(zip(values, formulas, strict=False), start=1):
            if value is None and formula is not None:
                yield source.problem(
                    f"a formula without a stored value on sheet {sheet!r}, cell {get_column_letter(column)}{row}",
                    "values",
                    "Open and save the file in a spreadsheet, or paste values.",
                    row=row,
                    column=get_column_letter(column),
                )

"""Population margins: what the sample is shown beside, and what calibration meets.

A margin is the rows of margins.csv that share a `margin` name. Its categories are codes; a label
is accepted when it names exactly one code.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from survey.core.instrument import Instrument, Variable
from survey.errors import Problem, SchemaError, nearest

REQUIRED = ("margin", "dim1", "kategori1", "dim2", "kategori2", "jumlah", "status")
UNSOURCED = "unsourced"


@dataclass(frozen=True, slots=True)
class Margin:
    """Population totals of one variable, or of the crossing of two.

    Attributes
    ----------
    dims : names of one or two variables
    totals : keys of the categories, one a dim → total; NaN where the file leaves it blank
    rows : the same keys → row of the file
    """

    name: str
    dims: tuple[str, ...]
    totals: Mapping[tuple[str, ...], float]
    rows: Mapping[tuple[str, ...], int]
    status: str
    basis: str
    source: str
    period: str

    @property
    def total(self) -> float:
        """Sum over the categories; NaN when one is blank."""
        return float(sum(self.totals.values()))

    @property
    def shares_given(self) -> bool:
        """Whether the file gives shares (summing to 1 or 100) instead of counts."""
        return bool(np.isclose(self.total, 1, atol=1e-6) or np.isclose(self.total, 100, atol=1e-3))


def read(text: str, file: str, instrument: Instrument) -> tuple[Margin, ...]:
    """Margins of a file's text, in its order.

    Rows whose dims the instrument does not have are left out: a margins file may serve several
    studies.

    Raises
    ------
    SchemaError
        All rows that are wrong at once: a missing column, an unknown or repeated category, a number
        that is none.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [c for c in REQUIRED if c not in (reader.fieldnames or ())]
    if missing:
        raise SchemaError(
            Problem(file, 1, c, "no such column", f"columns {', '.join(REQUIRED)}", nearest(c, reader.fieldnames or ()))
            for c in missing
        )
    found: dict[str, list[tuple[int, dict[str, str], tuple[str, ...]]]] = {}
    problems: list[Problem] = []
    for row, line in enumerate(reader, start=2):
        cells = {k: (v or "").strip() for k, v in line.items() if k is not None}
        dims = tuple(cells[d] for d in ("dim1", "dim2") if cells[d])
        if not dims or not all(instrument.has(d) for d in dims):
            continue
        keys = _keys(cells, dims, instrument, file, row, problems)
        if keys is not None:
            found.setdefault(cells["margin"], []).append((row, cells, keys))
    margins = [_margin(name, rows, file, problems) for name, rows in found.items()]
    if problems:
        raise SchemaError(problems)
    return tuple(margins)


def _keys(
    cells: Mapping[str, str],
    dims: tuple[str, ...],
    instrument: Instrument,
    file: str,
    row: int,
    problems: list[Problem],
) -> tuple[str, ...] | None:
    keys = []
    for at, dim in enumerate(dims, start=1):
        written = cells[f"kategori{at}"]
        key = category(instrument.variable(dim), written)
        if key is None:
            known = [v.key for v in instrument.variable(dim).levels]
            problems.append(
                Problem(
                    file,
                    row,
                    f"kategori{at}",
                    repr(written),
                    f"a code of {dim}: {', '.join(known[:8])}{' …' if len(known) > 8 else ''}",
                    nearest(written, known),
                )  # fmt: skip
            )
            return None
        keys.append(key)
    return tuple(keys)


def category(variable: Variable, written: str) -> str | None:
    """Key of the level that a code or an unambiguous label names; None if there is none."""
    keys = [v.key for v in variable.levels]
    if written in keys:
        return written
    named = {v.key for v in variable.levels if written.casefold() in {t.casefold() for t in v.label.texts.values()}}
    return named.pop() if len(named) == 1 else None


def _margin(
    name: str, rows: list[tuple[int, dict[str, str], tuple[str, ...]]], file: str, problems: list[Problem]
) -> Margin:
    totals: dict[tuple[str, ...], float] = {}
    at: dict[tuple[str, ...], int] = {}
    first = rows[0][1]
    dims = tuple(first[d] for d in ("dim1", "dim2") if first[d])
    for row, cells, keys in rows:
        if tuple(cells[d] for d in ("dim1", "dim2") if cells[d]) != dims:
            problems.append(Problem(file, row, "dim1", f"other dimensions in margin {name!r}", " and ".join(dims)))
        elif keys in totals:
            problems.append(Problem(file, row, "kategori1", f"{' × '.join(keys)} again", "each category once a margin"))
        totals[keys], at[keys] = _number(cells["jumlah"], file, row, problems), row
    status = UNSOURCED if any(c["status"] == UNSOURCED for _, c, _ in rows) else first["status"]
    return Margin(
        name, dims, totals, at, status, first.get("basis", ""), first.get("sumber", ""), first.get("periode", "")
    )


def _number(written: str, file: str, row: int, problems: list[Problem]) -> float:
    if not written:
        return float("nan")
    try:
        number = float(written)
    except ValueError:
        number = float("inf")
    if not np.isfinite(number) or number < 0:
        problems.append(Problem(file, row, "jumlah", repr(written), "a plain number, 0 or more", "Write 1058127."))
    return number

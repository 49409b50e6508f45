"""Population margins: what the sample is shown beside, and what calibration meets.

A margin is the rows of margins.csv that share a `margin` name. Its categories are codes; a label
is accepted when it names exactly one code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from survey.core.instrument import Instrument
from survey.core.variables import Variable
from survey.core.wave import Raw
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
    unsourced : keys of the categories whose number has no source
    """

    name: str
    dims: tuple[str, ...]
    totals: Mapping[tuple[str, ...], float]
    rows: Mapping[tuple[str, ...], int]
    status: str
    basis: str
    source: str
    period: str
    unsourced: frozenset[tuple[str, ...]] = frozenset()

    @property
    def total(self) -> float:
        """Sum over the categories; NaN when one is blank."""
        return float(sum(self.totals.values()))

    @property
    def shares_given(self) -> bool:
        """Whether the file gives shares (summing to 1 or 100) instead of counts."""
        return bool(np.isclose(self.total, 1, atol=1e-6) or np.isclose(self.total, 100, atol=1e-3))


def read(raw: Raw, instrument: Instrument) -> tuple[Margin, ...]:
    """Margins of a table as `prepare.ingest.table` reads it, in its order.

    Rows whose dims the instrument does not have are left out: a margins file may serve several
    studies.

    Raises
    ------
    SchemaError
        All rows that are wrong at once: a missing column, an unknown or repeated category, a number
        that is none.
    """
    known = [str(c) for c in raw.frame.columns]
    if missing := [c for c in REQUIRED if c not in known]:
        expected = f"columns {', '.join(REQUIRED)}"
        raise SchemaError(Problem(raw.file, 1, c, "no such column", expected, nearest(c, known)) for c in missing)
    found: dict[str, list[tuple[int, dict[str, str], tuple[str, ...]]]] = {}
    problems: list[Problem] = []
    for row, line in zip(raw.rows, raw.frame.fillna("").to_dict("records"), strict=True):
        cells = {str(k): str(v).strip() for k, v in line.items()}
        dims = tuple(cells[d] for d in ("dim1", "dim2") if cells[d])
        if not dims or not all(instrument.has(d) for d in dims):
            continue
        keys = _keys(cells, dims, instrument, raw.file, int(row), problems)
        if keys is not None:
            found.setdefault(cells["margin"], []).append((int(row), cells, keys))
    margins = [_margin(name, rows, raw.file, problems) for name, rows in found.items()]
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
            expected = f"a code of {dim}: {', '.join(known[:8])}{' …' if len(known) > 8 else ''}"
            problems.append(Problem(file, row, f"kategori{at}", repr(written), expected, nearest(written, known)))
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
    unsourced = frozenset(keys for _, cells, keys in rows if cells["status"] == UNSOURCED)
    status = UNSOURCED if unsourced else first["status"]
    basis, source, period = (first.get(c, "") for c in ("basis", "sumber", "periode"))
    return Margin(name, dims, totals, at, status, basis, source, period, unsourced)


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

"""The queries: one GROUP BY gives a row for all respondents who are alike, and its sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from ibis.expr.types import Table, Value

from survey.core.design import Codes
from survey.core.wave import BASE_WEIGHT, WEIGHT
from survey.scale.layout import Layout
from survey.scale.sums import exact
from survey.stats.counted import Cells, Patterns, Sums

Arrays = Mapping[str, np.ndarray]

#: Columns of a result beside its keys: sampling place, crossing of the margins, and sums of 1, of the
#: weights, of their squares and of the base weights.
PLACE, KEY, N, W, SQUARE, D = "__place", "__key", "__n", "__w", "__square", "__d"


def arrays(table: Table) -> Arrays:
    """The columns of a small table."""
    found = table.to_pyarrow()
    return {name: found[name].to_numpy() for name in found.column_names}


def by_unit(table: Table, layout: Layout, keys: Sequence[str], columns: Sequence[str], decimals: int) -> Arrays:
    """Respondents, weights and sums of columns by sampling unit and `keys`."""
    place, sums = {PLACE: table[layout.place]}, {N: None, W: table[WEIGHT]}
    return arrays(_grouped(table, place, keys, columns, sums, decimals))


def by_pattern(table: Table, layout: Layout, keys: Sequence[str], columns: Sequence[str], decimals: int) -> Arrays:
    """Base weights and base-weighted sums of columns by crossing of the margins and `keys`."""
    return arrays(_grouped(table, {KEY: layout.key(table)}, keys, columns, {D: table[BASE_WEIGHT]}, decimals))


def by_stratum(table: Table, layout: Layout, keys: Sequence[str]) -> Arrays:
    """Respondents, weights and their squares by stratum, crossing of the margins and `keys`."""
    weight, place = table[WEIGHT], {PLACE: table[layout.place]}
    sums = {N: None, W: weight, SQUARE: weight * weight}
    if layout.calibrated:
        place |= {KEY: layout.key(table)}
        sums |= {D: table[BASE_WEIGHT]}
    return arrays(_grouped(table, place, keys, (), sums, layout.decimals()))


def _grouped(
    table: Table,
    place: Mapping[str, Value],
    keys: Sequence[str],
    columns: Sequence[str],
    weights: Mapping[str, Value | None],
    decimals: int,
) -> Table:
    """Sums of each weight, None for 1, and of its product with each column, by the names of both; rows in order."""
    sums = {name: table.count() if weight is None else exact(weight, decimals) for name, weight in weights.items()}
    for name, weight in weights.items():
        for column in columns:
            value = table[column].cast("float64")
            sums[f"{name}{column}"] = exact(value if weight is None else value * weight, decimals)
    return table.group_by(**place, **{key: table[key] for key in keys}).agg(**sums).order_by([*place, *keys])


def units(found: Arrays, domain: Codes, level: Codes | None, columns: Sequence[str]) -> Cells:
    """Cells from the result of `by_unit`."""
    n, w = _sums(found, N, columns), _sums(found, W, columns)
    return Cells(found[PLACE].astype(np.intp), domain, level, n, w)


def patterns(found: Arrays, layout: Layout, domain: Codes, level: Codes | None, columns: Sequence[str]) -> Patterns:
    """Cells by crossing of the margins from the result of `by_pattern`."""
    return Patterns(layout.pattern(found[KEY]), domain, level, _sums(found, D, columns))


def strata(
    found: Arrays, layout: Layout, domain: Codes, level: Codes | None, columns: Sequence[str]
) -> tuple[Cells, Patterns | None]:
    """Cells of either kind from the result of `by_stratum`, where `columns` are among the keys."""
    x = np.column_stack([found[c] for c in columns]).astype(np.float64) if columns else None

    def sums(name: str) -> Sums:
        one = found[name].astype(np.float64)
        return Sums(one, None if x is None else x * one[:, None])

    pattern = layout.pattern(found[KEY]) if layout.calibrated else None
    place = found[PLACE].astype(np.intp)
    cells = Cells(place, domain, level, sums(N), sums(W), found[SQUARE], pattern)
    return cells, None if pattern is None else Patterns(pattern, domain, level, sums(D))


def _sums(found: Arrays, name: str, columns: Sequence[str]) -> Sums:
    each = np.column_stack([found[f"{name}{c}"] for c in columns]).astype(np.float64) if columns else None
    return Sums(found[name].astype(np.float64), each)

"""Respondents → weighted sums by sampling unit × domain × column, once.

Everything design-based lives on these sums. A column is one level of an answer (`level_tally`) or
any number a respondent has (`column_tally`); outside its domain a respondent counts zero and is
never dropped, so the design stays the whole sample's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.crossings import Crossing
from survey.stats.products import Columns, Deviations, Given, Grouping, Levels, Partition, sums_by_part
from survey.stats.rowwise import columns_by_row, levels_by_row
from survey.stats.sampling import Sampling
from survey.stats.tallied import Tally, joined

#: The sums of variables tallied together take up no more than so many columns of respondents do, or than `HELD`.
HELD_COLUMNS = 16
HELD = 2**20


def level_tally(level: Ints, levels: int, groupings: Sequence[Grouping], sampling: Sampling) -> Tally:
    """Sums of the indicator of each level.

    Parameters
    ----------
    level : (n,) code of each respondent's answer, 0..levels−1; −1 without a valid answer
    """
    return next(level_tallies([Grouping(level, levels)], groupings, sampling))


def level_tallies(variables: Iterable[Grouping], groupings: Sequence[Grouping], sampling: Sampling) -> Iterator[Tally]:
    """Sums of the indicator of each level, a tally for each variable, as many in one pass as memory allows.

    Parameters
    ----------
    variables : codes as in `level_tally`
    """
    if _row_by_row(sampling):
        for v in variables:
            yield joined([levels_by_row(v.code, v.size, g, sampling) for g in groupings])
        return
    crossings = tuple(Crossing.all_of(groupings))
    for together in _batches(variables, _levels_held(groupings, sampling)):
        unit, margin = _sums(Levels(together), groupings, sampling)
        total, start = unit.sum(axis=1), 0
        for v in together:
            count = np.concatenate([crossing.count(v) for crossing in crossings])
            of_v = slice(start, start + v.size)
            t, m = total[:, of_v], None if margin is None else margin[..., of_v]
            u = np.ascontiguousarray(unit[..., of_v])  # each estimator goes through it again
            held = u @ np.ones(v.size) != 0
            yield _from_units(count.sum(axis=1), t.sum(axis=1), count, t, held, u, m, sampling)
            start += v.size


def number_tallies(
    numbers: Sequence[Floats], centres: Sequence[float], groupings: Sequence[Grouping], sampling: Sampling
) -> Iterator[Tally]:
    """Sums of 1, y − centre and (y − centre)², a tally for each number y, (n,), NaN where it is missing.

    These are the columns of `influence.column_mean`.
    """
    if _row_by_row(sampling):
        for y, centre in zip(numbers, centres, strict=True):
            apart = np.where(np.isfinite(y), y - centre, 0.0)
            columns = np.column_stack([np.ones(len(y)), apart, apart**2])
            yield column_tally(columns, np.isfinite(y), groupings, sampling)
        return
    apart_from = Deviations(numbers, centres)
    unit, margin = _sums(apart_from, groupings, sampling)
    count = _counts(apart_from, groupings)
    for at in range(0, apart_from.size, 3):
        c, m = count[:, at : at + 3], None if margin is None else margin[..., at : at + 3]
        u = np.ascontiguousarray(unit[..., at : at + 3])
        total = u.sum(axis=1)
        yield _from_units(c[:, 0], total[:, 0], c, total, u[..., 0] != 0, u, m, sampling)


def column_tally(columns: Floats, valid: np.ndarray, groupings: Sequence[Grouping], sampling: Sampling) -> Tally:
    """Sums of numeric columns, (n, K); rows that are not `valid`, (n,) bool, count zero."""
    if _row_by_row(sampling):
        return joined([columns_by_row(columns, valid, g, sampling) for g in groupings])
    given = Given(columns, valid)
    unit, margin = _sums(given, groupings, sampling)
    count, total = _counts(given, groupings), unit.sum(axis=1)
    of_margins = None if margin is None else margin[..., 1:]
    held, rest = unit[..., 0] != 0, np.ascontiguousarray(unit[..., 1:])
    return _from_units(count[:, 0], total[:, 0], count[:, 1:], total[:, 1:], held, rest, of_margins, sampling)


def _row_by_row(sampling: Sampling) -> bool:
    """Whether respondents carry the variance themselves, so that sums by unit are of no use."""
    return sampling.replicates is not None or (sampling.elementwise and sampling.projection is None)


def _sums(columns: Columns, groupings: Sequence[Grouping], s: Sampling) -> tuple[Floats, Floats | None]:
    """Weighted sums by finest unit, (D, U, K), and base-weighted sums by margin category, (D, M, K)."""
    unit, p = sums_by_part(Partition.of(s.unit, s.n_units), s.weight, groupings, columns), s.projection
    if p is None:
        return unit, None
    by_pattern = sums_by_part(Partition.of(p.pattern, len(p.dummies)), p.base, groupings, columns)
    return unit, np.matmul(p.dummies.T, by_pattern)


def _counts(columns: Columns, groupings: Sequence[Grouping]) -> Floats:
    """Unweighted sums, (D, K)."""
    n = len(groupings[0].code)
    return sums_by_part(Partition.whole(n), np.ones(n), groupings, columns)[:, 0]


def _levels_held(groupings: Sequence[Grouping], s: Sampling) -> int:
    """Levels whose sums are held at a time."""
    parts = s.n_units if s.projection is None else max(s.n_units, len(s.projection.dummies))
    return max(HELD, HELD_COLUMNS * len(s.weight)) // (parts * sum(g.size for g in groupings))


def _batches(variables: Iterable[Grouping], levels: int) -> Iterator[list[Grouping]]:
    """Variables of so many levels together, or one that has more."""
    batch: list[Grouping] = []
    for v in variables:
        if batch and sum(b.size for b in batch) + v.size > levels:
            yield batch
            batch = []
        batch.append(v)
    if batch:
        yield batch


def _from_units(
    n: Floats, size: Floats, count: Floats, total: Floats, held: Bools, unit: Floats, margin: Floats | None, s: Sampling
) -> Tally:
    """The tally whose finest units are `held` where a valid answer of the domain lies in them, (D, U)."""
    in_psu = _any_by(held, s.stages[0].unit, s.n_psu)
    in_stratum = _any_by(in_psu, s.stratum_of_psu, s.n_strata)
    return Tally(n.astype(np.intp), in_stratum, None if s.elementwise else in_psu, size, count, total, unit, margin)


def _any_by(held: Bools, index: Ints, size: int) -> Bools:
    """Whether any of the columns of `held`, (D, m), with the same index holds, (D, size)."""
    cell = np.arange(len(held))[:, None] * size + index
    return np.asarray(np.bincount(cell[held], minlength=len(held) * size).reshape(-1, size) > 0)

"""Respondents → weighted sums by sampling unit × domain × column, once.

Everything design-based lives on these sums. A column is one level of an answer (`level_tally`) or
any number a respondent has (`column_tally`); outside its domain a respondent counts zero and is
never dropped, so the design stays the whole sample's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints, weighted_sums
from survey.stats.crossings import Crossing
from survey.stats.products import Columns, Deviations, Given, Levels, Partition, sums_by_part
from survey.stats.products import Grouping as Grouping
from survey.stats.replicate import Replicates
from survey.stats.sampling import Sampling

#: The sums of variables tallied together take up no more than so many columns of respondents do, or than `HELD`.
HELD_COLUMNS = 16
HELD = 2**20


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over the D domains of all groupings, in order, and K columns.

    Attributes
    ----------
    n : (D,) int, respondents with a valid answer
    in_stratum : (D, H) bool, whether the stratum holds one of them
    in_psu : (D, P) bool, whether the PSU does; None where every respondent is a PSU
    size : (D,) float, their weights' sum
    count : (D, K) float, unweighted sums
    total : (D, K) float, weighted sums
    unit : (D, U, K) float, weighted sums by finest unit; None where every respondent is a PSU
    margin : (D, M, K) float, base-weighted sums by margin category; None without calibration
    elements : sums that take the place of `unit` where every respondent is a PSU
    replicate : (R, D, K) float, sums by each replicate weight; they take the place of both
    in_pattern : (D, C) bool, patterns of replicate weights that hold a valid answer; weights : they
    """

    n: Ints
    in_stratum: Bools = field(repr=False)
    in_psu: Bools | None = field(repr=False)
    size: Floats
    count: Floats
    total: Floats
    unit: Floats | None = field(repr=False)
    margin: Floats | None = field(repr=False)
    elements: tuple[Elements, ...] = field(default=(), repr=False)
    replicate: Floats | None = field(default=None, repr=False)
    in_pattern: Bools | None = field(default=None, repr=False)
    weights: Replicates | None = field(default=None, repr=False)

    @property
    def df(self) -> Ints:
        """(D,) degrees of freedom of each domain: PSUs minus strata that hold a valid answer.

        With replicate weights: the rank of those of the domain, less one.
        """
        if self.weights is not None:
            return np.array([self.df_together(np.array([d])) for d in range(len(self.n))], dtype=np.intp)
        psus = self.n if self.in_psu is None else self.in_psu.sum(axis=1)
        found: Ints = psus - self.in_stratum.sum(axis=1)
        return found

    def df_together(self, domains: Ints | slice = slice(None)) -> int:
        """Degrees of freedom of several domains taken together."""
        if self.weights is not None and self.in_pattern is not None:
            return self.weights.df(np.asarray(self.in_pattern[domains].any(axis=0)))
        psus = self.n[domains].sum() if self.in_psu is None else self.in_psu[domains].any(axis=0).sum()
        return int(psus - self.in_stratum[domains].any(axis=0).sum())

    def separate(self, sizes: Sequence[int]) -> list[Tally]:
        """The tallies of consecutive groupings, from the number of domains of each: undoes `joined`."""
        ends = np.cumsum(sizes).tolist()
        return [self._part(slice(end - size, end), at) for at, (end, size) in enumerate(zip(ends, sizes, strict=True))]

    def _part(self, domains: slice, grouping: int) -> Tally:
        def of(sums: Any) -> Any:
            return None if sums is None else sums[domains]

        return Tally(
            self.n[domains],
            self.in_stratum[domains],
            of(self.in_psu),
            self.size[domains],
            self.count[domains],
            self.total[domains],
            of(self.unit),
            of(self.margin),
            self.elements[grouping : grouping + 1],
            None if self.replicate is None else self.replicate[:, domains],
            of(self.in_pattern),
            self.weights,
        )


@dataclass(frozen=True, slots=True)
class Elements:
    """Respondents of one grouping as their own PSUs, or cells of respondents who are alike.

    Attributes
    ----------
    cell : (r,) int, stratum × domain
    weight : (r,) float, summed over the cell
    level : (r,) int, column that is 1; None where `columns` holds numbers
    columns : (r, K) float or None
    squared : (r,) float, squares of the weights summed over the cell; None: the squares of `weight`
    pattern : (r,) int, crossing of the margins; None without calibration
    """

    cell: Ints
    weight: Floats
    level: Ints | None
    columns: Floats | None
    domains: int
    squared: Floats | None = None
    pattern: Ints | None = None

    @property
    def square(self) -> Floats:
        """(r,) squares of the weights, summed over each cell."""
        return self.weight**2 if self.squared is None else self.squared


class ByValue(NamedTuple):
    """A number tallied by value: the K values, ascending, and their sums."""

    value: Floats
    tally: Tally


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
            yield joined([_levels_by_row(v.code, v.size, g, sampling) for g in groupings])
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
        return joined([_columns_by_row(columns, valid, g, sampling) for g in groupings])
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


def _levels_by_row(level: Ints, k: int, grouping: Grouping, s: Sampling) -> Tally:
    used = np.flatnonzero((level >= 0) & (grouping.code >= 0))
    d, domain, answer, w = grouping.size, _wide(grouping.code[used]), _wide(level[used]), s.weight[used]
    cell = domain * k + answer
    count = np.bincount(cell, minlength=d * k).reshape(d, k).astype(float)
    total = weighted_sums(cell, w, d * k).reshape(d, k)
    tally = _begun(used, domain, d, s, total.sum(axis=1), count, total)
    if s.replicates is not None:
        return replace(tally, replicate=_by_replicate(cell, s.replicates.weight[used], d * k).reshape(-1, d, k))
    return replace(tally, elements=(Elements(s.stratum[used] * d + domain, w, answer, None, d),))


def _wide(code: Ints) -> Ints:
    """Codes in whose type a cell's number has room."""
    return code.astype(np.intp, copy=False)


def _columns_by_row(columns: Floats, valid: np.ndarray, grouping: Grouping, s: Sampling) -> Tally:
    used = np.flatnonzero(valid & (grouping.code >= 0))
    d, domain, x, w = grouping.size, _wide(grouping.code[used]), columns[used], s.weight[used]

    def sums(weights: Floats) -> Floats:
        return np.stack([weighted_sums(domain, column, d) for column in weights.T], axis=-1)

    tally = _begun(used, domain, d, s, weighted_sums(domain, w, d), sums(x), sums(x * w[:, None]))
    if s.replicates is None:
        return replace(tally, elements=(Elements(s.stratum[used] * d + domain, w, None, x, d),))
    weights = s.replicates.weight[used]
    each = [_by_replicate(domain, weights * column[:, None], d) for column in x.T]
    return replace(tally, replicate=np.stack(each, axis=-1))


def _begun(used: Ints, domain: Ints, d: int, s: Sampling, size: Floats, count: Floats, total: Floats) -> Tally:
    """What a tally holds whatever carries its variance."""
    n, in_stratum, in_psu = _presence(used, domain, d, s)
    if s.replicates is None:
        return Tally(n, in_stratum, in_psu, size, count, total, None, None)
    patterns = len(s.replicates.rows)
    held = _held(domain * patterns + s.replicates.pattern[used], d, patterns)
    return Tally(n, in_stratum, in_psu, size, count, total, None, None, in_pattern=held, weights=s.replicates)


def _by_replicate(cell: Ints, weight: Floats, cells: int) -> Floats:
    """Sums of replicate weights, (r, R), by cell: (R, cells)."""
    out = np.zeros((cells, weight.shape[1]))
    if len(cell):
        order = np.argsort(cell, kind="stable")
        present, first = np.unique(cell[order], return_index=True)
        out[present] = np.add.reduceat(weight[order], first, axis=0)
    return out.T


def _presence(used: Ints, domain: Ints, d: int, s: Sampling) -> tuple[Ints, Bools, Bools | None]:
    """Respondents of each domain, the strata and the PSUs that hold them."""
    n = np.bincount(domain, minlength=d)
    in_stratum = _held(domain * s.n_strata + s.stratum[used], d, s.n_strata)
    return n, in_stratum, None if s.elementwise else _held(domain * s.n_psu + s.psu[used], d, s.n_psu)


def _held(cell: Ints, d: int, size: int) -> Bools:
    return np.asarray(np.bincount(cell, minlength=d * size).reshape(d, size) > 0)


def joined(parts: Sequence[Tally]) -> Tally:
    """The tally of several groupings, their domains in order."""

    def stack(name: str) -> Any:
        return np.concatenate([getattr(p, name) for p in parts])

    return Tally(
        stack("n"),
        stack("in_stratum"),
        None if parts[0].in_psu is None else stack("in_psu"),
        stack("size"),
        stack("count"),
        stack("total"),
        None if parts[0].unit is None else stack("unit"),
        None if parts[0].margin is None else stack("margin"),
        tuple(e for p in parts for e in p.elements),
        None if parts[0].replicate is None else np.concatenate([_known(p.replicate) for p in parts], axis=1),
        None if parts[0].in_pattern is None else stack("in_pattern"),
        parts[0].weights,
    )


def _known(sums: Floats | None) -> Floats:
    assert sums is not None
    return sums

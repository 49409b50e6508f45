"""Respondents → weighted sums by sampling unit × domain × column, once.

Everything design-based lives on these sums. A column is one level of an answer (`level_tally`) or
any number a respondent has (`column_tally`); outside its domain a respondent counts zero and is
never dropped, so the design stays the whole sample's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints, weighted_sums
from survey.stats.replicate import Replicates
from survey.stats.sampling import Sampling


@dataclass(frozen=True, slots=True)
class Grouping:
    """Disjoint domains: (n,) code of each respondent's domain, −1 for none; and how many there are."""

    code: Ints = field(repr=False)
    size: int


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
    by_grouping = _levels_by_row if _row_by_row(sampling) else _levels_by_unit
    return joined([by_grouping(level, levels, g, sampling) for g in groupings])


def column_tally(columns: Floats, valid: np.ndarray, groupings: Sequence[Grouping], sampling: Sampling) -> Tally:
    """Sums of numeric columns, (n, K); rows that are not `valid`, (n,) bool, count zero."""
    by_grouping = _columns_by_row if _row_by_row(sampling) else _columns_by_unit
    return joined([by_grouping(columns, valid, g, sampling) for g in groupings])


def _row_by_row(sampling: Sampling) -> bool:
    """Whether respondents carry the variance themselves, so that sums by unit are of no use."""
    return sampling.replicates is not None or (sampling.elementwise and sampling.projection is None)


def _levels_by_unit(level: Ints, k: int, grouping: Grouping, s: Sampling) -> Tally:
    def sums(place: Ints | int, places: int, weight: Floats | None) -> Floats:
        # The first domain and the first level take those without one: cheaper than picking rows first.
        step = places * (k + 1)
        cell = grouping.code * step + (place * (k + 1) + (step + 1)) + level
        found = np.bincount(cell, weight, (grouping.size + 1) * step).reshape(-1, places, k + 1)
        return np.ascontiguousarray(found[1:, :, 1:], dtype=float)

    count, unit, p = sums(0, 1, None)[:, 0], sums(s.unit, s.n_units, s.weight), s.projection
    margin = None if p is None else np.matmul(p.dummies.T, sums(p.pattern, len(p.dummies), p.base))
    total = unit.sum(axis=1)
    return _from_units(count.sum(axis=1), total.sum(axis=1), count, total, unit @ np.ones(k) != 0, unit, margin, s)


def _columns_by_unit(columns: Floats, valid: np.ndarray, grouping: Grouping, s: Sampling) -> Tally:
    x = np.vstack([valid, np.where(valid[:, None], columns, 0.0).T])

    def sums(place: Ints | int, places: int, weight: Floats) -> Floats:
        cell, cells = (grouping.code + 1) * places + place, (grouping.size + 1) * places
        each = [weighted_sums(cell, column * weight, cells).reshape(-1, places)[1:] for column in x]
        return np.stack(each, axis=-1)

    count, unit, p = sums(0, 1, np.ones(1))[:, 0], sums(s.unit, s.n_units, s.weight), s.projection
    margin = None if p is None else np.matmul(p.dummies.T, sums(p.pattern, len(p.dummies), p.base)[..., 1:])
    total, held = unit.sum(axis=1), unit[..., 0] != 0
    return _from_units(count[:, 0], total[:, 0], count[:, 1:], total[:, 1:], held, unit[..., 1:], margin, s)


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
    d, domain, answer, w = grouping.size, grouping.code[used], level[used], s.weight[used]
    cell = domain * k + answer
    count = np.bincount(cell, minlength=d * k).reshape(d, k).astype(float)
    total = weighted_sums(cell, w, d * k).reshape(d, k)
    tally = _begun(used, domain, d, s, total.sum(axis=1), count, total)
    if s.replicates is not None:
        return replace(tally, replicate=_by_replicate(cell, s.replicates.weight[used], d * k).reshape(-1, d, k))
    return replace(tally, elements=(Elements(s.stratum[used] * d + domain, w, answer, None, d),))


def _columns_by_row(columns: Floats, valid: np.ndarray, grouping: Grouping, s: Sampling) -> Tally:
    used = np.flatnonzero(valid & (grouping.code >= 0))
    d, domain, x, w = grouping.size, grouping.code[used], columns[used], s.weight[used]

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

"""Respondents → weighted sums by sampling unit × domain × column, once.

Everything design-based lives on these sums. A column is one level of an answer (`level_tally`) or
any number a respondent has (`column_tally`); outside its domain a respondent counts zero and is
never dropped, so the design stays the whole sample's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from survey.stats.sampling import Bools, Floats, Ints, Sampling, weighted_sums


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

    @property
    def df(self) -> Ints:
        """(D,) degrees of freedom of each domain: PSUs minus strata that hold a valid answer."""
        psus = self.n if self.in_psu is None else self.in_psu.sum(axis=1)
        found: Ints = psus - self.in_stratum.sum(axis=1)
        return found

    def df_together(self, domains: Ints | slice = slice(None)) -> int:
        """Degrees of freedom of several domains taken together."""
        psus = self.n[domains].sum() if self.in_psu is None else self.in_psu[domains].any(axis=0).sum()
        return int(psus - self.in_stratum[domains].any(axis=0).sum())


@dataclass(frozen=True, slots=True)
class Elements:
    """Respondents of one grouping as their own PSUs.

    Attributes
    ----------
    cell : (r,) int, stratum × domain
    weight : (r,) float
    level : (r,) int, column that is 1; None where `columns` holds numbers
    columns : (r, K) float or None
    """

    cell: Ints
    weight: Floats
    level: Ints | None
    columns: Floats | None
    domains: int


def level_tally(level: Ints, levels: int, groupings: Sequence[Grouping], sampling: Sampling) -> Tally:
    """Sums of the indicator of each level.

    Parameters
    ----------
    level : (n,) code of each respondent's answer, 0..levels−1; −1 without a valid answer
    """
    parts = [_levels_by_grouping(level, levels, g, sampling) for g in groupings]
    return _joined(parts)


def column_tally(columns: Floats, valid: np.ndarray, groupings: Sequence[Grouping], sampling: Sampling) -> Tally:
    """Sums of numeric columns, (n, K); rows that are not `valid`, (n,) bool, count zero."""
    return _joined([_columns_by_grouping(columns, valid, g, sampling) for g in groupings])


def _levels_by_grouping(level: Ints, k: int, grouping: Grouping, s: Sampling) -> Tally:
    used = np.flatnonzero((level >= 0) & (grouping.code >= 0))
    d, domain, answer, w = grouping.size, grouping.code[used], level[used], s.weight[used]
    cell = domain * k + answer
    count = np.bincount(cell, minlength=d * k).reshape(d, k).astype(float)
    total = weighted_sums(cell, w, d * k).reshape(d, k)
    unit = margin = None
    elements: tuple[Elements, ...] = ()
    if s.elementwise and s.projection is None:
        elements = (Elements(s.stratum[used] * d + domain, w, answer, None, d),)
    else:
        sums = weighted_sums((domain * s.n_units + s.unit[used]) * k + answer, w, d * s.n_units * k)
        unit = sums.reshape(d, s.n_units, k)
    if s.projection is not None:
        p = s.projection
        c = len(p.dummies)
        by_pattern = weighted_sums((domain * c + p.pattern[used]) * k + answer, p.base[used], d * c * k)
        margin = np.matmul(p.dummies.T, by_pattern.reshape(d, c, k))
    present = _presence(used, domain, d, s)
    return Tally(*present, total.sum(axis=1), count, total, unit, margin, elements)


def _columns_by_grouping(columns: Floats, valid: np.ndarray, grouping: Grouping, s: Sampling) -> Tally:
    used = np.flatnonzero(valid & (grouping.code >= 0))
    d, domain, x, w = grouping.size, grouping.code[used], columns[used], s.weight[used]
    k = x.shape[1]

    def sums(index: Ints, weight: Floats | None, size: int) -> Floats:
        each = [weighted_sums(index, x[:, j] if weight is None else weight * x[:, j], size) for j in range(k)]
        return np.stack(each, axis=-1)

    unit = margin = None
    elements: tuple[Elements, ...] = ()
    if s.elementwise and s.projection is None:
        elements = (Elements(s.stratum[used] * d + domain, w, None, x, d),)
    else:
        unit = sums(domain * s.n_units + s.unit[used], w, d * s.n_units).reshape(d, s.n_units, k)
    if s.projection is not None:
        p = s.projection
        c = len(p.dummies)
        by_pattern = sums(domain * c + p.pattern[used], p.base[used], d * c).reshape(d, c, k)
        margin = np.matmul(p.dummies.T, by_pattern)
    present = _presence(used, domain, d, s)
    size = weighted_sums(domain, w, d)
    return Tally(*present, size, sums(domain, None, d), sums(domain, w, d), unit, margin, elements)


def _presence(used: Ints, domain: Ints, d: int, s: Sampling) -> tuple[Ints, Bools, Bools | None]:
    """Respondents of each domain, the strata and the PSUs that hold them."""
    n = np.bincount(domain, minlength=d)
    in_stratum = _held(domain * s.n_strata + s.stratum[used], d, s.n_strata)
    return n, in_stratum, None if s.elementwise else _held(domain * s.n_psu + s.psu[used], d, s.n_psu)


def _held(cell: Ints, d: int, size: int) -> Bools:
    return np.asarray(np.bincount(cell, minlength=d * size).reshape(d, size) > 0)


def _joined(parts: Sequence[Tally]) -> Tally:
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
    )

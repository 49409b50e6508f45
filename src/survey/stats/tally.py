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

from survey.stats.sampling import Floats, Ints, Sampling, weighted_sums


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
    psus, strata : (D,) int, of the first stage, that hold one of them
    inflation : (D,) float, those strata over those with an error of their own (lonely PSUs: average)
    size : (D,) float, their weights' sum
    count : (D, K) float, unweighted sums
    total : (D, K) float, weighted sums
    unit : (D, U, K) float, weighted sums by finest unit; None where every respondent is a PSU
    margin : (D, M, K) float, base-weighted sums by margin category; None without calibration
    elements : sums that take the place of `unit` where every respondent is a PSU
    """

    n: Ints
    psus: Ints
    strata: Ints
    inflation: Floats
    size: Floats
    count: Floats
    total: Floats
    unit: Floats | None = field(repr=False)
    margin: Floats | None = field(repr=False)
    elements: tuple[Elements, ...] = field(default=(), repr=False)


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


def _presence(used: Ints, domain: Ints, d: int, s: Sampling) -> tuple[Ints, Ints, Ints, Floats]:
    """Respondents, PSUs and strata of each domain, and the inflation for strata without an error."""
    n = np.bincount(domain, minlength=d)
    in_stratum = np.bincount(s.stratum[used] * d + domain, minlength=s.n_strata * d).reshape(-1, d) > 0
    strata = in_stratum.sum(axis=0)
    inflation = _inflation(in_stratum, s)
    if s.elementwise:
        return n, n, strata, inflation
    in_psu = np.bincount(s.psu[used] * d + domain, minlength=s.n_psu * d).reshape(-1, d) > 0
    return n, in_psu.sum(axis=0), strata, inflation


def _inflation(in_stratum: np.ndarray, s: Sampling) -> Floats:
    # Calibration ties every stratum to every domain, so none leaves the average.
    counted = np.ones_like(in_stratum) if s.projection is not None else in_stratum
    strata, lone = counted.sum(axis=0), (counted & s.averaged[:, None]).sum(axis=0)
    found: Floats = np.divide(strata, strata - lone, out=np.ones(len(strata)), where=strata > lone)
    return found


def _joined(parts: Sequence[Tally]) -> Tally:
    def stack(name: str) -> Any:
        return np.concatenate([getattr(p, name) for p in parts])

    return Tally(
        stack("n"),
        stack("psus"),
        stack("strata"),
        stack("inflation"),
        stack("size"),
        stack("count"),
        stack("total"),
        None if parts[0].unit is None else stack("unit"),
        None if parts[0].margin is None else stack("margin"),
        tuple(e for p in parts for e in p.elements),
    )

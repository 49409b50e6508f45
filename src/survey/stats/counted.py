"""Tallies and samplings from respondents that were counted elsewhere, such as by a database.

A query gives one row for all respondents who are alike in everything that a tally tells apart. From
these rows come the same records as from the respondents themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints, margin_dummies, weighted_sums
from survey.stats.sampling import Lonely, Projection, Sampling, StageUnits, factors, inverse_of, sampling
from survey.stats.tallied import Elements, Tally


@dataclass(frozen=True, slots=True)
class Sums:
    """One sum over the respondents of r cells: of 1, of their weights, or of their base weights.

    Attributes
    ----------
    one : (r,) float; columns : (r, K) float, the same sum of each column; None where cells have levels
    """

    one: Floats
    columns: Floats | None = None

    def by(self, index: Ints, size: int, level: Ints | None, k: int) -> Floats:
        """The sum of each column, (size, K), over the cells of one index."""
        if level is not None:
            return weighted_sums(index * k + level, self.one, size * k).reshape(size, k)
        assert self.columns is not None
        return np.stack([weighted_sums(index, column, size) for column in self.columns.T], axis=-1)


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of respondents who are alike in one grouping, r of them.

    Attributes
    ----------
    place : (r,) int, finest sampling unit; stratum where every respondent is a PSU
    domain : (r,) int; level : (r,) int, column that is 1, or None where the sums have columns
    n, weight : sums of 1 and of the weights
    squared : (r,) float, squares of the weights; pattern : (r,) int, crossing of the margins; where
        every respondent is a PSU
    """

    place: Ints
    domain: Ints
    level: Ints | None
    n: Sums
    weight: Sums
    squared: Floats | None = None
    pattern: Ints | None = None


@dataclass(frozen=True, slots=True)
class Patterns:
    """The same respondents by crossing of the margins in place of sampling unit; base weights summed."""

    pattern: Ints
    domain: Ints
    level: Ints | None
    base: Sums


def tally(cells: Cells, domains: int, k: int, s: Sampling, patterns: Patterns | None = None) -> Tally:
    """Sums over the domains of one grouping and K columns, as `tally.level_tally` makes them."""
    c, level = cells, cells.level
    n = weighted_sums(c.domain, c.n.one, domains).round().astype(np.intp)
    stratum = c.place if s.elementwise else s.stratum[c.place]
    found = Tally(
        n,
        _held(c.domain, stratum, domains, s.n_strata),
        None if s.elementwise else _held(c.domain, s.psu[c.place], domains, s.n_psu),
        weighted_sums(c.domain, c.weight.one, domains),
        c.n.by(c.domain, domains, level, k),
        c.weight.by(c.domain, domains, level, k),
        unit=None,
        margin=None,
    )
    if s.elementwise:
        found = replace(found, elements=(_elements(c, domains),))
    else:
        unit = c.weight.by(c.domain * s.n_units + c.place, domains * s.n_units, level, k)
        found = replace(found, unit=unit.reshape(domains, s.n_units, k))
    if patterns is None or s.projection is None:
        return found
    dummies = s.projection.dummies
    base = patterns.base.by(
        patterns.domain * len(dummies) + patterns.pattern, domains * len(dummies), patterns.level, k
    )
    return replace(found, margin=np.matmul(dummies.T, base.reshape(domains, len(dummies), k)))


def _held(domain: Ints, place: Ints, domains: int, places: int) -> Bools:
    return np.asarray(np.bincount(domain * places + place, minlength=domains * places).reshape(domains, places) > 0)


def _elements(c: Cells, domains: int) -> Elements:
    x = None if c.n.columns is None else c.n.columns / c.n.one[:, None]
    return Elements(c.place * domains + c.domain, c.weight.one, c.level, x, domains, c.squared, c.pattern)


@dataclass(frozen=True, slots=True)
class Margins:
    """The C crossings of all margins that anyone lies in.

    Attributes
    ----------
    codes : (C,) int a margin; base : (C,) float, base weights summed over each crossing
    """

    codes: Sequence[Ints] = field(repr=False)
    base: Floats = field(repr=False)

    def projection(self, unit_sums: Floats, weight: Floats | None = None, square: Floats | None = None) -> Projection:
        """What calibration leaves of a linearised value."""
        _, dummies = margin_dummies(self.codes)
        nobody, none = np.zeros(0, dtype=np.intp), np.zeros(0)
        return Projection(nobody, dummies, none, inverse_of(dummies, self.base), unit_sums, weight, square)


def units(n: Ints, weight: Floats, stages: Sequence[tuple[Ints, Ints, Floats]], lonely: Lonely) -> Sampling:
    """The sampling of respondents counted by finest unit, one row a unit in the units' order.

    Parameters
    ----------
    n, weight : (U,) respondents and their weights; stages : as `sampling.sampling` takes them
    """
    made = sampling(weight, stages, lonely)
    return replace(made, elementwise=False, members=_members(made, n))


def _members(s: Sampling, n: Ints) -> Ints:
    return weighted_sums(s.stratum, n.astype(np.float64), s.n_strata).astype(np.intp)


def strata(n: Ints, weight: Floats, size: Floats, lonely: Lonely) -> Sampling:
    """The sampling of respondents who are each a PSU, counted by stratum.

    Parameters
    ----------
    n, weight : (H,) respondents and their weights; size : (H,) units in the population, inf with replacement
    """
    h = np.arange(len(n), dtype=np.intp)
    stage = StageUnits(h, h, *factors(n, size, np.ones(len(n)), lonely, last=True))
    averaged = (n == 1) & (lonely == "average")
    return Sampling(weight, h, h, h, h, (stage,), n, averaged, elementwise=True)


def calibrated(s: Sampling, margins: Margins, unit: Ints, pattern: Ints, weight: Floats) -> Sampling:
    """A sampling of units that remembers its calibration.

    Parameters
    ----------
    unit, pattern, weight : (r,) weights summed over each finest unit and crossing of the margins
    """
    _, dummies = margin_dummies(margins.codes)
    sums = np.stack([weighted_sums(unit, weight * d[pattern], s.n_units) for d in dummies.T], axis=1)
    return replace(s, projection=margins.projection(sums))


def calibrated_strata(
    s: Sampling, margins: Margins, stratum: Ints, pattern: Ints, weight: Floats, square: Floats
) -> Sampling:
    """The same where every respondent is a PSU; `square` sums the squares of the weights."""
    shape = (s.n_strata, len(margins.base))
    index = stratum * shape[1] + pattern
    by_cell = [weighted_sums(index, w, shape[0] * shape[1]).reshape(shape) for w in (weight, square)]
    return replace(s, projection=margins.projection(np.zeros((0, 0)), *by_cell))

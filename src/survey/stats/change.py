"""Change between two samples of one population: drawn apart, or sharing sampling units.

Samples that share nothing add their variances. Where they share units, what a unit moves one estimate by
is set against what it moves the other by, and the variance is that of these differences between units.

References
----------
Kish, L. (1965). Survey Sampling. Wiley, §12.4.
Berger, Y. G. (2004). Variance estimation for measures of change in probability sampling. Canadian Journal
of Statistics 32, 451-467.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.contrasts import t_tails
from survey.stats.sampling import Lonely, StageUnits, factors
from survey.stats.variance import centred


@dataclass(frozen=True, slots=True)
class Change:
    """Later minus earlier, with its error; arrays of any one shape."""

    difference: Floats
    std_error: Floats
    df: Floats

    @property
    def statistic(self) -> Floats:
        """Difference in standard errors; NaN where there is no error."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.std_error > 0, self.difference / self.std_error, np.nan)

    @property
    def p_value(self) -> Floats:
        """Two-sided p of no change."""
        return t_tails(self.statistic, self.df)


def independent(later: tuple[Floats, Floats, Floats], earlier: tuple[Floats, Floats, Floats]) -> Change:
    """Change between samples drawn apart, from the estimate, error and df of each: errors add, and df."""
    (y2, e2, d2), (y1, e1, d1) = later, earlier
    return Change(y2 - y1, np.sqrt(e2**2 + e1**2), d2 + d1)


@dataclass(frozen=True, slots=True)
class SharedUnits:
    """The first-stage units of two samples taken together, U of them in H strata.

    Attributes
    ----------
    later, earlier : (P,) int, which of the U units each unit of a sample is
    stratum : (U,) int
    stage : the U units in the form of the variance formula, drawn with replacement
    """

    later: Ints = field(repr=False)
    earlier: Ints = field(repr=False)
    stratum: Ints = field(repr=False)
    stage: StageUnits = field(repr=False)

    @property
    def size(self) -> int:
        """Units of either sample, U."""
        return len(self.stratum)

    @property
    def shared(self) -> int:
        """Units that both samples hold."""
        return len(np.intersect1d(self.later, self.earlier))

    def variance(self, later: Floats, earlier: Floats) -> Floats:
        """Variance of the differences, (D, m), from each sample's linearised totals by unit, (D, P, m)."""
        moved = _placed(later, self.later, self.size) - _placed(earlier, self.earlier, self.size)
        e = centred(moved, self.stage)
        found: Floats = np.einsum("dum,dum->dm", e, e)
        return found

    def df(self, later: Bools, earlier: Bools) -> Floats:
        """(D,) distinct units less strata that hold an answer, from each sample's units that do, (D, P)."""
        held = np.zeros((len(later), self.size), dtype=bool)
        held[:, self.later] |= later
        held[:, self.earlier] |= earlier
        strata = np.stack([np.bincount(self.stratum, row, int(self.stratum.max()) + 1) > 0 for row in held])
        return np.asarray(held.sum(axis=1) - strata.sum(axis=1), dtype=np.float64)


def shared_units(later: tuple[Ints, Ints], earlier: tuple[Ints, Ints], lonely: Lonely = "fail") -> SharedUnits:
    """The units of two samples, matched by identity.

    Parameters
    ----------
    later, earlier : identity of the stratum and of the unit, (P,) each, of a sample's first-stage units; the
        same numbers in both samples where they are the same; units are nested in strata
    """
    pairs = np.vstack([np.column_stack(later), np.column_stack(earlier)])
    units, place = np.unique(pairs, axis=0, return_inverse=True)
    place = place.reshape(-1).astype(np.intp)
    stratum = np.unique(units[:, 0], return_inverse=True)[1].reshape(-1).astype(np.intp)
    m = np.bincount(stratum)[stratum]
    size, first = np.full(len(units), np.inf), np.ones(len(units))
    stage = StageUnits(np.arange(len(units)), stratum, *factors(m, size, first, lonely, True))
    split = len(later[0])
    return SharedUnits(place[:split], place[split:], stratum, stage)


def _placed(totals: Floats, place: Ints, size: int) -> Floats:
    out = np.zeros((totals.shape[0], size, totals.shape[2]))
    out[:, place] = totals
    return out

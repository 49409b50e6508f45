"""Bootstrap of the sampling units, for statistics whose distribution is not normal.

Units are drawn anew in every stratum (Rao and Wu 1988). What is made of the draws depends on the statistic.
One that must be computed anew takes the weights of `psu_bootstrap`: those of a replicate meet the calibration
totals again by one linear step, to which raking and logit calibration are equal in large samples; finite
population factors play no part, so that errors are on the safe side. What is picked or ranked among linear
estimates takes the deviations of `Bootstrap`: every stage is drawn, and their variance is the design's.

References
----------
Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. JASA 83, 231-241.
"""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Floats, Ints, weighted_sums
from survey.stats.group_sums import Linear
from survey.stats.products import Grouping
from survey.stats.replicate import rao_wu
from survey.stats.sampling import Projection, Sampling, StageUnits
from survey.stats.tallied import Tally
from survey.stats.tally import column_tally
from survey.stats.variance import centred, unit_totals

#: With so many sampling units the bootstrap is normal, and its multipliers would fill the memory.
MANY_UNITS = 5_000


def psu_bootstrap(sampling: Sampling, number: int, seed: int) -> Floats:
    """Weights of `number` bootstrap samples, (R, n); 0 in units that were not drawn.

    A unit that is alone in its stratum stays in every sample.
    """
    return reweighted(sampling, drawn_units(sampling.stratum_of_psu, number, seed))


def drawn_units(stratum_of_unit: Ints, number: int, seed: int | np.random.Generator) -> Floats:
    """Multipliers of the units' weights, (R, P); 1 for a unit that is alone in its stratum."""
    drawn = np.ones((number, len(stratum_of_unit)))
    several = np.bincount(stratum_of_unit)[stratum_of_unit] > 1
    if several.any():
        stratum = np.unique(stratum_of_unit[several], return_inverse=True)[1]
        drawn[:, several] = rao_wu(stratum, number, seed)
    return drawn


def reweighted(sampling: Sampling, drawn: Floats) -> Floats:
    """Weights of bootstrap samples, (R, n), from multipliers of the first-stage units, (R, P)."""
    factor = drawn[:, sampling.psu]
    weight = factor * sampling.weight
    if (p := sampling.projection) is None:
        return weight
    return np.asarray(weight * np.maximum(_factors(weight, factor, sampling, p), 0), dtype=np.float64)


def _factors(weight: Floats, factor: Floats, sampling: Sampling, p: Projection) -> Floats:
    """What each weight is multiplied with so that a replicate meets the margins, (R, n)."""
    cells = len(p.dummies)
    base = np.stack([weighted_sums(p.pattern, f * p.base, cells) for f in factor])
    reached = np.stack([weighted_sums(p.pattern, w, cells) for w in weight]) @ p.dummies
    wanted = weighted_sums(p.pattern, sampling.weight, cells) @ p.dummies
    cross = np.einsum("cm,rc,ck->rmk", p.dummies, base, p.dummies, optimize=True)
    slope = np.einsum("rmk,rk->rm", np.linalg.pinv(cross, hermitian=True), wanted - reached)
    step = slope @ p.dummies.T
    found: Floats = 1 + step[:, p.pattern] * (p.base / sampling.weight)
    return found


def percentiles(again: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentile interval of statistics from their replicates, (R, m)."""
    low, high = np.quantile(again, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


class Bootstrap:
    """Draws of any linear estimates of one sample, from the same resampled units.

    Where replicate weights carry the variance, or the units are very many, it draws normal deviations alone.
    """

    def __init__(self, sampling: Sampling, number: int, rng: np.random.Generator) -> None:
        self.sampling, self.number, self._rng = sampling, number, rng
        few = sampling.replicates is None and sum(len(s.factor) for s in sampling.stages) <= MANY_UNITS
        self._drawn = [_multipliers(stage, number, rng) for stage in sampling.stages] if few else []

    def draws_units_of(self, tally: Tally) -> bool:
        """Whether `of_units` can be had of a tally's estimates."""
        return bool(self._drawn) and tally.unit is not None

    def of_units(self, totals: Floats, variance: Floats) -> Floats:
        """Deviations of m estimates from the sample's, (number, m), with their design variance, (m,).

        Parameters
        ----------
        totals : (U, m) linearised totals of the finest units, calibration's part taken off
        """
        parts = [centred(totals[None], stage)[0] for stage in self.sampling.stages]
        drawn: Floats = np.sum([f @ e for f, e in zip(self._drawn, parts, strict=True)], axis=0)
        squares: Floats = np.sum([(e**2).sum(axis=0) for e in parts], axis=0)
        # Where lonely units take the average of the others' errors the units alone show too little.
        return drawn * np.sqrt(np.divide(variance, squares, out=np.ones_like(squares), where=squares > 0))

    def normal(self, covariance: Floats) -> Floats:
        """Normal deviations with a covariance, (m, m): (number, m)."""
        zero = np.zeros(len(covariance))
        drawn: Floats = self._rng.multivariate_normal(zero, covariance, size=self.number, method="eigh")
        return drawn

    def deviations(self, estimates: Linear, covariance: Floats) -> Floats:
        """Deviations of estimates whose linearised values are known by respondent, (number, m)."""
        if not self._drawn:
            return self.normal(covariance)
        return self.of_units(_totals(estimates, self.sampling), np.diagonal(covariance))


def _multipliers(stage: StageUnits, number: int, rng: np.random.Generator) -> Floats:
    """What centred, scaled unit totals are multiplied with, (number, M), mean square 1; a lone unit has a random sign.

    Rao and Wu draw n − 1 of n units, which by itself gives the variance of a stage with the factor n / (n − 1).
    """
    n = np.bincount(stage.stratum)[stage.stratum]
    out = drawn_units(stage.stratum, number, rng) * np.sqrt((n - 1) / n)
    lone = np.flatnonzero(n == 1)
    out[:, lone] = rng.choice([-1.0, 1.0], size=(number, len(lone)))
    return out


def _totals(estimates: Linear, sampling: Sampling) -> Floats:
    """Linearised totals of the finest units, (U, m)."""
    if sampling.elementwise and sampling.projection is None:
        totals = np.zeros((sampling.n_units, estimates.influence.shape[1]))
        totals[sampling.unit] = estimates.influence
        return totals
    everyone = Grouping(np.zeros(len(estimates.used), dtype=np.intp), 1)
    columns = estimates.influence / sampling.weight[:, None]
    tally = column_tally(columns, np.ones(len(columns), dtype=bool), [everyone], sampling)
    found: Floats = unit_totals(tally, np.eye(columns.shape[1])[None], sampling)[0]
    return found

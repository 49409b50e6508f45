"""Gaps between groups: the largest of them, their variance without noise, shortfalls.

The best and the worst group of a sample are picked because they lie far apart, so that their distance
is too large on average and its usual error too small. Everything here picks again in every draw.

References
----------
Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. JASA 83, 231-241.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from survey.stats.arrays import Floats
from survey.stats.group_sums import Linear
from survey.stats.inequality import Statistic, group_means, mean
from survey.stats.interval import t_quantile
from survey.stats.regression import Estimated
from survey.stats.sampling import Sampling, StageUnits
from survey.stats.tally import Grouping, column_tally
from survey.stats.variance import centred, unit_totals

#: With so many sampling units the bootstrap is normal, and its multipliers would fill the memory.
MANY_UNITS = 5_000


def multipliers(stage: StageUnits, number: int, rng: np.random.Generator) -> Floats:
    """Rao and Wu's bootstrap as multipliers of centred, scaled unit totals: (number, M), mean square 1.

    n − 1 of a stratum's n units are drawn with replacement; a lone unit has a random sign.
    """
    out = np.zeros((number, len(stage.stratum)))
    for h in np.unique(stage.stratum):
        of_h = np.flatnonzero(stage.stratum == h)
        n = len(of_h)
        if n == 1:
            out[:, of_h] = rng.choice([-1.0, 1.0], size=(number, 1))
        else:
            out[:, of_h] = rng.multinomial(n - 1, np.full(n, 1 / n), size=number) * np.sqrt(n / (n - 1))
    return out


class Bootstrap:
    """Draws of any estimates of one sample, from the same resampled units."""

    def __init__(self, sampling: Sampling, number: int, rng: np.random.Generator) -> None:
        self.sampling, self.number, self._rng = sampling, number, rng
        few = sampling.replicates is None and sum(len(s.factor) for s in sampling.stages) <= MANY_UNITS
        self._factors = [multipliers(stage, number, rng) for stage in sampling.stages] if few else []

    def deviations(self, estimates: Linear, covariance: Floats) -> Floats:
        """Deviations of the m estimates from the sample's, (number, m), with their design variance.

        From unit totals of the linearised values, calibration's part taken off; normal draws where
        replicate weights carry the variance or the units are very many.
        """
        if not self._factors:
            zero = np.zeros(len(covariance))
            return self._rng.multivariate_normal(zero, covariance, size=self.number, method="eigh")
        parts = [centred(_totals(estimates, self.sampling), stage)[0] for stage in self.sampling.stages]
        drawn: Floats = np.sum([f @ e for f, e in zip(self._factors, parts, strict=True)], axis=0)
        squares: Floats = np.sum([(e**2).sum(axis=0) for e in parts], axis=0)
        # Where lonely units take the average of the others' errors the units alone show too little.
        return drawn * np.sqrt(
            np.divide(np.diagonal(covariance), squares, out=np.ones_like(squares), where=squares > 0)
        )


def _totals(estimates: Linear, sampling: Sampling) -> Floats:
    if sampling.elementwise and sampling.projection is None:
        totals = np.zeros((1, sampling.n_units, estimates.influence.shape[1]))
        totals[0, sampling.unit] = estimates.influence
        return totals
    everyone = Grouping(np.zeros(len(estimates.used), dtype=np.intp), 1)
    columns = estimates.influence / sampling.weight[:, None]
    tally = column_tally(columns, np.ones(len(columns), dtype=bool), [everyone], sampling)
    return unit_totals(tally, np.eye(columns.shape[1])[None], sampling)


@dataclass(frozen=True, slots=True)
class Extremes:
    """The gap between the groups with the highest and the lowest mean.

    Attributes
    ----------
    high, low : which groups
    gap : as it is in the sample; corrected : less the bootstrap's estimate of its bias, at least 0
    std_error : of the gap, over draws that pick again
    conf_low, conf_high : all gaps that the simultaneous intervals of every pair of groups allow
    """

    high: int
    low: int
    gap: float
    corrected: float
    std_error: float
    conf_low: float
    conf_high: float


def extremes(groups: Estimated, deviations: Floats, level: float) -> Extremes:
    """The largest gap between two of G group means, its bias and its interval.

    Intervals from the draws' own quantiles miss a gap of zero; that of the largest standardised
    deviation over all pairs covers whichever pair is the true one.

    Parameters
    ----------
    deviations : (R, G) bootstrap draws less the means
    """
    m, v = groups.estimate, groups.covariance
    a, b = np.triu_indices(len(m), 1)
    error = np.sqrt(np.maximum(v[a, a] + v[b, b] - 2 * v[a, b], 0))
    drawn = np.ptp(m + deviations, axis=1)
    gap, apart = float(np.ptp(m)), np.abs(m[a] - m[b])
    known = error > 0
    largest = np.max(np.abs(deviations[:, a] - deviations[:, b])[:, known] / error[known], axis=1, initial=0.0)
    few = float(t_quantile(np.array(groups.df), level)) / float(ndtri((1 + level) / 2))  # errors are estimates too
    half = float(np.quantile(largest, level)) * few * error
    return Extremes(
        int(np.argmax(m)), int(np.argmin(m)), gap, max(2 * gap - float(drawn.mean()), 0.0), float(drawn.std(ddof=1)),
        max(float((apart - half).max()), 0.0), float((apart + half).max()),
    )  # fmt: skip


def between_variance(mean: Floats, covariance: Floats, share: Floats) -> tuple[float, float]:
    """Variance of group means around their share-weighted mean: as it is, and without sampling noise (≥ 0).

    Noise adds tr(A·V) on average, with A = diag(p) − p·p′ and V the means' covariance.
    """
    quadratic = np.diag(share) - np.outer(share, share)
    found = float(mean @ quadratic @ mean)
    return found, max(found - float(np.trace(quadratic @ covariance)), 0.0)


def from_population(weight: Floats, total: Floats, groups: int) -> Statistic:
    """Mean of each of the first `groups` groups less the mean of everyone, m = `groups`."""
    each, everyone = group_means(weight[..., :groups], total[..., :groups]), mean(weight, total)
    by_weight, by_total = _padded(each.by_weight, weight), _padded(each.by_total, weight)
    return Statistic(each.estimate - everyone.estimate, by_weight - everyone.by_weight, by_total - everyone.by_total)


def shortfall(weight: Floats, total: Floats, groups: int) -> Statistic:
    """Sum over each group's people of how far they are below the mean of everyone, m = `groups`."""
    everyone, size, of_group = mean(weight, total), weight[..., :groups], np.eye(groups, weight.shape[-1])
    middle = everyone.estimate
    by_weight = of_group * middle[..., None] + size[..., None] * everyone.by_weight
    by_total = size[..., None] * everyone.by_total - of_group
    return Statistic(middle * size - total[..., :groups], by_weight, by_total)


def people(weight: Floats, total: Floats, groups: int) -> Statistic:
    """Weight of each of the first `groups` groups, m = `groups`."""
    of_group = np.broadcast_to(np.eye(groups, weight.shape[-1]), (*weight.shape[:-1], groups, weight.shape[-1]))
    return Statistic(weight[..., :groups], of_group, np.zeros_like(of_group))


def _padded(derivative: Floats, weight: Floats) -> Floats:
    """Derivatives by the groups that are left out: zero."""
    missing = weight.shape[-1] - derivative.shape[-1]
    return np.pad(derivative, [(0, 0)] * (derivative.ndim - 1) + [(0, missing)])

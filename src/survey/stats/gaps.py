"""Gaps between groups: the largest of them, their variance without noise, shortfalls.

The best and the worst group of a sample are picked because they lie far apart, so that their distance
is too large on average and its usual error too small. Everything here picks again in every draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from survey.stats.arrays import Floats
from survey.stats.inequality import Statistic, group_means, mean
from survey.stats.interval import t_quantile
from survey.stats.regression import Estimated


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

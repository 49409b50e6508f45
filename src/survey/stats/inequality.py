"""Measures of inequality as functions of group sums, with their derivatives.

Each measure is a function of the groups' weights W and weighted answers Y, (…, G), so that the error of
its ranks is part of its error: `group_sums.linear` turns the derivatives into linearised values. Groups
run from the worst off to the best off; with the distinct values of an answer as groups the same
functions measure inequality between persons. A new measure is one function that returns a `Statistic`.

References
----------
O'Donnell, O., van Doorslaer, E., Wagstaff, A. and Lindelow, M. (2008). Analyzing Health Equity Using
Household Survey Data. World Bank, ch. 8.
Erreygers, G. (2009). Correcting the concentration index. Journal of Health Economics 28, 504-515.
Wagstaff, A. (2005). The bounds of the concentration index when the variable of interest is binary.
Health Economics 14, 429-432.
Mackenbach, J. P. and Kunst, A. E. (1997). Measuring the magnitude of socio-economic inequalities in
health. Social Science & Medicine 44, 757-771.
Theil, H. (1967). Economics and Information Theory. North-Holland.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.stats.arrays import Floats


@dataclass(frozen=True, slots=True)
class Statistic:
    """m functions of group sums and their derivatives; leading axes run over replicates.

    Attributes
    ----------
    estimate : (…, m) float
    by_weight, by_total : (…, m, G) float
    """

    estimate: Floats
    by_weight: Floats
    by_total: Floats


def group_means(weight: Floats, total: Floats) -> Statistic:
    """Mean of each group, m = G."""
    mean, each = total / weight, np.eye(weight.shape[-1])
    return Statistic(mean, each * (-mean / weight)[..., None, :], each * (1 / weight)[..., None, :])


def mean(weight: Floats, total: Floats) -> Statistic:
    """Mean of everyone, m = 1."""
    size = weight.sum(axis=-1, keepdims=True)
    found: Floats = total.sum(axis=-1, keepdims=True) / size
    same = np.ones_like(weight)
    return _one(found[..., 0], -same * found / size, same / size)


def covariance_with_rank(weight: Floats, total: Floats) -> Statistic:
    """Covariance of the answer with the group's weighted mid-rank, which runs from 0 to 1."""
    size, whole = weight.sum(axis=-1, keepdims=True), total.sum(axis=-1, keepdims=True)
    rank = np.cumsum(weight, axis=-1) - weight / 2  # times the weight of all
    above = whole - np.cumsum(total, axis=-1) + total / 2
    joint = (rank * total).sum(axis=-1, keepdims=True)
    found = joint / size**2 - whole / (2 * size)
    by_weight = above / size**2 - 2 * joint / size**3 + whole / (2 * size**2)
    return _one(found[..., 0], by_weight, rank / size**2 - 1 / (2 * size))


def rank_variance(weight: Floats, total: Floats) -> Statistic:
    """Variance of the groups' weighted mid-rank; it does not hang on the answers."""
    size = weight.sum(axis=-1, keepdims=True)
    rank = np.cumsum(weight, axis=-1) - weight / 2
    squares = (weight * rank**2).sum(axis=-1, keepdims=True)
    moved = weight * rank  # by a weight, each rank above it moves fully and its own by half
    later = moved.sum(axis=-1, keepdims=True) - np.cumsum(moved, axis=-1)
    by_weight = (rank**2 + moved + 2 * later) / size**3 - 3 * squares / size**4
    return _one((squares / size**3 - 0.25)[..., 0], by_weight, np.zeros_like(total))


def slope_index(weight: Floats, total: Floats) -> Statistic:
    """Slope of the answer on the mid-rank: the difference between the top and the bottom of the order."""
    joint, spread = covariance_with_rank(weight, total), rank_variance(weight, total)
    found = joint.estimate / spread.estimate
    return _combined(found, (joint, 1 / spread.estimate), (spread, -found / spread.estimate))


def relative_index(weight: Floats, total: Floats) -> Statistic:
    """Logarithm of the fitted answer at the top of the order over that at the bottom.

    NaN where the fitted answer is not positive at both ends.
    """
    slope, middle = slope_index(weight, total), mean(weight, total)
    top, bottom = middle.estimate + slope.estimate / 2, middle.estimate - slope.estimate / 2
    usable = (top > 0) & (bottom > 0)
    top, bottom = np.where(usable, top, np.nan), np.where(usable, bottom, np.nan)
    return _combined(np.log(top / bottom), (slope, (1 / top + 1 / bottom) / 2), (middle, 1 / top - 1 / bottom))


def concentration_index(weight: Floats, total: Floats) -> Statistic:
    """Twice the covariance with the rank over the mean; with distinct values as groups the Gini index."""
    joint, middle = covariance_with_rank(weight, total), mean(weight, total)
    m, c = middle.estimate, joint.estimate
    return _combined(2 * c / m, (joint, 2 / m), (middle, -2 * c / m**2))


def erreygers_index(weight: Floats, total: Floats, low: float, high: float) -> Statistic:
    """Eight times the covariance with the rank over the width of the answer's scale."""
    joint = covariance_with_rank(weight, total)
    factor = 8 / (high - low)
    return Statistic(factor * joint.estimate, factor * joint.by_weight, factor * joint.by_total)


def wagstaff_index(weight: Floats, total: Floats, low: float, high: float) -> Statistic:
    """Concentration index over the largest it could be, given the mean and the scale's ends."""
    joint, middle = covariance_with_rank(weight, total), mean(weight, total)
    c, below, above = joint.estimate, middle.estimate - low, high - middle.estimate
    largest = below * above / (2 * (high - low))
    return _combined(c / largest, (joint, 1 / largest), (middle, c / largest * (1 / above - 1 / below)))


def theil_index(weight: Floats, total: Floats) -> Statistic:
    """Theil's T between groups; with distinct values as groups, of persons. A mean of 0 adds nothing."""
    size, whole = weight.sum(axis=-1, keepdims=True), total.sum(axis=-1, keepdims=True)
    held = total > 0
    each = np.divide(total, weight, out=np.ones_like(total), where=held)
    log = np.log(each)
    level = (total * log).sum(axis=-1, keepdims=True) / whole
    found = level - np.log(whole / size)
    by_weight = 1 / size - np.where(held, each, 0.0) / whole
    return _one(found[..., 0], by_weight, np.where(held, (log - level) / whole, 0.0))


def _one(estimate: Floats, by_weight: Floats, by_total: Floats) -> Statistic:
    return Statistic(estimate[..., None], by_weight[..., None, :], by_total[..., None, :])


def _combined(estimate: Floats, *parts: tuple[Statistic, Floats]) -> Statistic:
    """A function of other statistics from its derivative by each."""
    by_weight: Floats = np.sum([slope[..., None] * s.by_weight for s, slope in parts], axis=0)
    by_total: Floats = np.sum([slope[..., None] * s.by_total for s, slope in parts], axis=0)
    return Statistic(estimate, by_weight, by_total)

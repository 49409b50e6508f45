"""Effect sizes under the design: ratio and odds ratio of two groups, standardised difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.stats.arrays import Floats, Ints
from survey.stats.contrasts import GroupMeans
from survey.stats.interval import t_quantile


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio with its error and interval on the log scale.

    Attributes
    ----------
    estimate : the ratio; log_error : standard error of its logarithm
    low, high : interval, back on the ratio's scale
    """

    estimate: float
    log_error: float
    low: float
    high: float


def ratio_of_means(means: GroupMeans, first: int, second: int, df: float, level: float) -> Ratio:
    """Mean of one group over another's; positions among the groups of `means`.

    NaN where a mean is not positive: a ratio needs a scale that begins at zero.
    """
    m = means.mean[[first, second]]
    return _on_log_scale(np.log(m) if (m > 0).all() else np.full(2, np.nan), 1 / m, means, first, second, df, level)


def odds_ratio(shares: GroupMeans, first: int, second: int, df: float, level: float) -> Ratio:
    """Odds of one group over another's, from the groups' shares; NaN where a share is 0 or 1.

    R: the coefficient of a one-way ``svyglm(family = quasibinomial)``, exponentiated.
    """
    p = shares.mean[[first, second]]
    inside = ((p > 0) & (p < 1)).all()
    log = np.log(p / (1 - p)) if inside else np.full(2, np.nan)
    slope = 1 / (p * (1 - p)) if inside else np.full(2, np.nan)
    return _on_log_scale(log, slope, shares, first, second, df, level)


def _on_log_scale(
    log: Floats, slope: Floats, means: GroupMeans, first: int, second: int, df: float, level: float
) -> Ratio:
    """Difference of two logarithms, by the delta method, and back."""
    gradient = np.array([slope[0], -slope[1]])
    pair = np.ix_([first, second], [first, second])
    error = float(np.sqrt(max(float(gradient @ means.covariance[pair] @ gradient), 0.0)))
    difference = float(log[0] - log[1])
    half = float(t_quantile(np.array(float(df)), level)) * error
    low, middle, high = np.exp([difference - half, difference, difference + half])
    return Ratio(float(middle), error, float(low), float(high))


def pooled_deviation(total: Floats, score: Floats, n: Floats, groups: Floats) -> float:
    """Standard deviation within `groups`, pooled by their weight.

    Parameters
    ----------
    total : (D, K) weighted sums by level; score : (K,); n : (D,) respondents; groups : positions
    """
    t, size = total[groups], total[groups].sum(axis=1)
    mean = t @ score / size
    within = (t * (score[None, :] - mean[:, None]) ** 2).sum(axis=1) / size * n[groups] / (n[groups] - 1)
    return float(np.sqrt((size * within).sum() / size.sum()))


def d_design(difference: float, low: float, high: float, deviation: float) -> tuple[float, float, float]:
    """Weighted difference in pooled standard deviations, with the interval of the difference on that scale."""
    return difference / deviation, low / deviation, high / deviation


def deviations(total: Floats, score: Floats, n: Floats, first: Ints, second: Ints) -> Floats:
    """`pooled_deviation` of each pair of groups, (m,); NaN where a group has fewer than two respondents."""
    size = total.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total @ score / size
        within = (total * (score[None, :] - mean[:, None]) ** 2).sum(axis=1) / size * n / np.where(n > 1, n - 1, np.nan)
        both = size[first] * within[first] + size[second] * within[second]
        return np.asarray(np.sqrt(both / (size[first] + size[second])), dtype=np.float64)


def log_odds_ratios(shares: GroupMeans, first: Ints, second: Ints) -> tuple[Floats, Floats]:
    """Logarithm of the odds of one group over another's, and its error; NaN where a share is 0 or 1.

    Parameters
    ----------
    first, second : (m,) positions among the groups of `shares`
    """
    p = np.where((shares.mean > 0) & (shares.mean < 1), shares.mean, np.nan)
    log, slope, v = np.log(p / (1 - p)), 1 / (p * (1 - p)), shares.covariance
    a, b = slope[first], slope[second]
    squared = a**2 * v[first, first] + b**2 * v[second, second] - 2 * a * b * v[first, second]
    return log[first] - log[second], np.sqrt(np.maximum(squared, 0))

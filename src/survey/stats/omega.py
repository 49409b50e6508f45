"""How much of a sum score is one thing: omega of one factor, omega of a general factor, and what they rest on.

Ordinal alpha is `reliability.alpha` of polychoric correlations; weighted alpha that of `weighted_covariance`.

References
----------
McDonald, R. P. (1999). Test theory: a unified treatment. Erlbaum.
Schmid, J. and Leiman, J. M. (1957). The development of hierarchical factor solutions. Psychometrika 22, 53-61.
"""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Floats
from survey.stats.cfa import cfa
from survey.stats.efa import exploratory

#: Fewer items leave a one-factor model unidentified.
LEAST_ITEMS = 3


def omega_total(covariance: Floats, n: int) -> float:
    """(Σλ)² / ((Σλ)² + Σθ) of one factor by maximum likelihood; NaN where it is not estimable.

    Not estimable: fewer than three items, no optimum, or a negative θ (a Heywood case).

    Parameters
    ----------
    covariance : (k, k), divisor n − 1; n : complete cases
    """
    if len(covariance) < LEAST_ITEMS:
        return float("nan")
    model = cfa(covariance, n, np.ones((len(covariance), 1), dtype=bool))
    if not model.admissible:
        return float("nan")
    common = float(model.loading.sum()) ** 2
    return common / (common + float(model.unique.sum()))


def omega_if_dropped(covariance: Floats, n: int) -> Floats:
    """`omega_total` of the other items, without each in turn, (k,)."""
    everyone = np.arange(len(covariance))
    rest = [np.delete(everyone, j) for j in everyone]
    return np.array([omega_total(covariance[np.ix_(kept, kept)], n) for kept in rest])


def omega_hierarchical(correlation: Floats, factors: int = 3) -> float:
    """Share of the variance of the standardised sum that a general factor carries. R: ``psych::omega``, omega_h.

    Schmid–Leiman: the general factor is that of the correlations of `factors` oblique ones, by minimum residuals.
    NaN where a factor cannot be extracted, or with fewer items than `factors` + 1.
    """
    if len(correlation) <= factors or not np.isfinite(correlation).all():
        return float("nan")
    first = exploratory(correlation, factors)
    if not first.converged:
        return float("nan")
    second = exploratory(first.factor_correlation, 1)
    general = first.loading @ second.loading[:, 0]
    return float(general.sum()) ** 2 / float(correlation.sum())


def average_correlation(correlation: Floats) -> float:
    """Mean correlation of two items; NaN for fewer than two."""
    k = len(correlation)
    return float((correlation.sum() - np.trace(correlation)) / (k * (k - 1))) if k > 1 else float("nan")


def weighted_covariance(items: Floats, weight: Floats) -> Floats:
    """Covariance of the complete cases under their weights, (k, k), divisor Σw; NaN without one.

    Parameters
    ----------
    items : (n, k) answers, already reverse-scored; NaN where missing
    weight : (n,), not negative
    """
    held = np.isfinite(items).all(axis=1)
    x, w = items[held], weight[held]
    if not w.sum() > 0:
        return np.full((items.shape[1],) * 2, np.nan)
    deviation = x - w @ x / w.sum()
    found: Floats = (deviation * w[:, None]).T @ deviation / w.sum()
    return found

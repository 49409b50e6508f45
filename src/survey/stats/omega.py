"""How much of a sum score is one thing: omega of one factor, omega of a general factor, and what they rest on.

Ordinal alpha is `reliability.alpha` of polychoric correlations; weighted alpha that of `weighted_covariance`.

References
----------
McDonald, R. P. (1999). Test theory: a unified treatment. Erlbaum.
Schmid, J. and Leiman, J. M. (1957). The development of hierarchical factor solutions. Psychometrika 22, 53-61.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.stats.arrays import Floats
from survey.stats.efa import exploratory
from survey.stats.one_factor import one_factor

#: Fewer items leave a one-factor model unidentified.
LEAST_ITEMS = 3


@dataclass(frozen=True, slots=True)
class General:
    """A general factor behind special ones.

    Attributes
    ----------
    omega : share of the variance of the standardised sum that it carries: hierarchical omega
    admissible : False where it takes all of a special factor: the items hold fewer of them, and programs then differ
        in the first digit
    """

    omega: float
    admissible: bool


def omega_totals(covariances: Sequence[Floats]) -> Floats:
    """(Σλ)² / ((Σλ)² + Σθ) of one factor by maximum likelihood, for each of b covariances, (b,).

    NaN where it is not estimable: fewer than three items, no optimum, or a negative θ (a Heywood case).

    Parameters
    ----------
    covariances : (k, k) each, k as it comes; any divisor
    """
    found, sizes = np.full(len(covariances), np.nan), np.array([len(c) for c in covariances], dtype=int)
    for k in np.unique(sizes[sizes >= LEAST_ITEMS]):
        at = np.flatnonzero(sizes == k)
        model = one_factor(np.stack([covariances[i] for i in at.tolist()]))
        common = model.loading.sum(axis=1) ** 2
        found[at] = np.where(model.admissible, common / (common + model.unique.sum(axis=1)), np.nan)
    return found


def omega_total(covariance: Floats) -> float:
    """`omega_totals` of one covariance."""
    return float(omega_totals([covariance])[0])


def without_each(covariance: Floats) -> list[Floats]:
    """The k covariances of all items but one."""
    everyone = np.arange(len(covariance))
    return [covariance[np.ix_(kept, kept)] for kept in (np.delete(everyone, j) for j in everyone)]


def general_factor(correlation: Floats, factors: int = 3) -> General:
    """Schmid–Leiman: the general factor is that of the correlations of `factors` oblique ones, by minimum residuals.

    NaN where no rotation is stable, or with fewer items than `factors` + 1. R: ``psych::omega``, omega_h.
    """
    if len(correlation) <= factors or not np.isfinite(correlation).all():
        return General(float("nan"), False)
    first = exploratory(correlation, factors)
    if not first.converged:
        return General(float("nan"), False)
    second = exploratory(first.factor_correlation, 1)
    general = first.loading @ second.loading[:, 0]
    return General(float(general.sum()) ** 2 / float(correlation.sum()), second.admissible)


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

"""Confidence intervals from estimates, standard errors and degrees of freedom.

Quantiles of t come from `scipy.special`, which imports ten times faster than `scipy.stats`.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, stdtrit

from survey.stats.arrays import Floats


def t_quantile(df: Floats, level: float) -> Floats:
    """Half-width of a two-sided interval in standard errors; NaN where df < 1."""
    # A table repeats few df over many cells, and the quantile costs a search each.
    each, at = np.unique(np.where(df >= 1, df, np.nan), return_inverse=True)
    return np.asarray(stdtrit(each, (1 + level) / 2), dtype=np.float64)[at.reshape(np.shape(df))]


def wald(estimate: Floats, se: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    """Estimate minus and plus t standard errors."""
    half = t_quantile(df, level) * se
    return estimate - half, estimate + half


def logit(p: Floats, se: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    """Wald on the log-odds scale and back, for shares inside (0, 1); NaN at 0 and 1.

    R: ``svyciprop(method = "xlogit", df = df)``.
    """
    inside = np.where((p > 0) & (p < 1), p, np.nan)
    x, s = np.log(inside / (1 - inside)), se / (inside * (1 - inside))
    low, high = wald(x, s, df, level)
    return 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))


def clopper_pearson(k: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Exact binomial interval of k successes in n trials."""
    a = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, a), 0.0)
        high = np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 1 - a), 1.0)
    return low, high

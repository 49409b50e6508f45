"""Many tests at once: adjusted p-values, adjusted interval levels, equivalence."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from survey.stats.arrays import Floats

Method = Literal["holm", "fdr_bh", "none"]


def adjusted(p: Floats, method: Method) -> Floats:
    """p-values adjusted over one family; NaN is not of the family and stays. R: ``p.adjust``.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Statist. 6, 65-70.
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57, 289-300.
    """
    out = p.astype(float).copy()
    known = np.flatnonzero(np.isfinite(p))
    m = len(known)
    if method == "none" or m == 0:
        return out
    order = known[np.argsort(p[known], kind="stable")]
    rank = np.arange(1, m + 1)
    if method == "holm":
        out[order] = np.minimum(np.maximum.accumulate((m - rank + 1) * p[order]), 1)
    else:
        out[order] = np.minimum(np.minimum.accumulate((m / rank * p[order])[::-1])[::-1], 1)
    return out


def bonferroni_level(conf_level: float, family: int) -> float:
    """Level of one interval so that a family of them covers together with `conf_level` or more."""
    return 1 - (1 - conf_level) / max(family, 1)


def equivalence(difference: Floats, se: Floats, df: Floats, bound: float) -> Floats:
    """p of two one-sided tests that |difference| < bound (TOST).

    References
    ----------
    Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure. J. Pharmacokinet.
    Biopharm. 15, 657-680.
    """
    lower = stdtr(df, -(difference + bound) / se)
    upper = stdtr(df, (difference - bound) / se)
    return np.asarray(np.maximum(lower, upper), dtype=np.float64)


def equivalence_power(se: float, df: float, bound: float, true: float = 0.0, alpha: float = 0.05) -> float:
    """Probability that TOST finds equivalence, for a difference `true`, by the t approximation."""
    t = float(stdtrit(df, 1 - alpha))
    high, low = (bound - true) / se - t, -(bound + true) / se + t
    return max(float(stdtr(df, high) - stdtr(df, low)), 0.0)


def detectable(se: Floats, df: Floats, alpha: float = 0.05, power: float = 0.8) -> Floats:
    """Smallest distance from a value that a one-sided t test at this error finds with `power`, by the t approximation.

    References
    ----------
    Bloom, H. S. (1995). Minimum detectable effects. Evaluation Review 19, 547-556.
    """
    return np.asarray((stdtrit(df, 1 - alpha) + stdtrit(df, power)) * se, dtype=np.float64)

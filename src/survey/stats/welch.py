"""Unweighted comparison of means from counts: Welch's analysis of variance and Hedges' g.

C is the (G, K) counts of G groups at K levels with numbers `score`, (K,). Apart from `classical`, which
needs heavy libraries, because these are printed for every wave.

References
----------
Welch, B. L. (1951). On the comparison of several mean values. Biometrika 38, 330-336.
Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size. J. Educ. Stat. 6, 107-128.
Steiger, J. H. and Fouladi, R. T. (1997). Noncentrality interval estimation and the evaluation of
statistical models. In: What If There Were No Significance Tests? Erlbaum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, nctdtr, nctdtrinc

from survey.stats.arrays import Floats, Ints
from survey.stats.contrasts import NOT_TESTABLE, Test, f_tail

#: Step of the numerical derivative that polishes a noncentrality, and how often it is polished.
STEP, POLISHES = 1e-4, 3


@dataclass(frozen=True, slots=True)
class Moments:
    """Size, mean and variance (n − 1) of each group, (G,); NaN where a group is too small."""

    n: Floats
    mean: Floats
    variance: Floats


def moments(count: Floats, score: Floats) -> Moments:
    """Moments of the groups' scores."""
    n = count.sum(axis=1)
    mean = np.divide(count @ score, n, out=np.full(len(n), np.nan), where=n > 0)
    squares = (count * (score[None, :] - np.nan_to_num(mean)[:, None]) ** 2).sum(axis=1)
    return Moments(n, mean, np.divide(squares, n - 1, out=np.full(len(n), np.nan), where=n > 1))


def welch_anova(m: Moments) -> Test:
    """Welch's F test that all means are equal. R: ``oneway.test``.

    Groups of fewer than two, or without variation, leave no test.
    """
    held = m.n > 0
    n, mean, variance = m.n[held], m.mean[held], m.variance[held]
    k = len(n)
    if k < 2 or not (variance > 0).all():
        return NOT_TESTABLE
    weight = n / variance
    middle = float(weight @ mean / weight.sum())
    unequal = float(((1 - weight / weight.sum()) ** 2 / (n - 1)).sum())
    between = float(weight @ (mean - middle) ** 2) / (k - 1)
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * unequal)
    df2 = (k**2 - 1) / (3 * unequal)
    return Test(statistic, float(k - 1), df2, f_tail(statistic, k - 1, df2))


@dataclass(frozen=True, slots=True)
class Hedges:
    """Hedges' g of pairs of groups, (m,) each.

    Attributes
    ----------
    g : mean difference a − b in pooled standard deviations, corrected for small samples
    error : √(1/n₁ + 1/n₂); df : n₁ + n₂ − 2: what `hedges_interval` needs
    """

    g: Floats
    error: Floats
    df: Floats


def hedges(m: Moments, first: Ints, second: Ints) -> Hedges:
    """Hedges' g with the exact gamma correction. R: ``effectsize::hedges_g``."""
    n1, n2 = m.n[first], m.n[second]
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where((n1 > 1) & (n2 > 1), n1 + n2 - 2, np.nan)
        pooled = ((n1 - 1) * m.variance[first] + (n2 - 1) * m.variance[second]) / df
        d = (m.mean[first] - m.mean[second]) / np.sqrt(np.where(pooled > 0, pooled, np.nan))
        return Hedges(d * small_sample(df), np.sqrt(1 / n1 + 1 / n2), df)


def small_sample(df: Floats) -> Floats:
    """Hedges' correction J = Γ(ν/2) / (√(ν/2) Γ((ν − 1)/2))."""
    found: Floats = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    return found


def hedges_interval(g: Floats, error: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    """Ends of the noncentral-t interval, both times J."""
    j = small_sample(df)
    t, p = g / j / error, (1 + level) / 2
    # The upper end by symmetry: the library loses digits where the probability is small.
    return noncentrality(t, df, p) * error * j, -noncentrality(-t, df, p) * error * j


def noncentrality(t: Floats, df: Floats, p: float) -> Floats:
    """Noncentrality at which `t` is the quantile `p`."""
    found: Floats = np.asarray(nctdtrinc(df, p, t), dtype=np.float64)
    # The library's root is good to six digits only.
    for _ in range(POLISHES):
        slope = (nctdtr(df, found + STEP, t) - nctdtr(df, found - STEP, t)) / (2 * STEP)
        move = np.divide(nctdtr(df, found, t) - p, slope, out=np.zeros_like(found), where=np.abs(slope) > 1e-12)
        found = found - np.clip(np.nan_to_num(move), -0.1, 0.1)
    return found

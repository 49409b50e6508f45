"""Sample sizes by the usual formulas, and the power of a gap between groups to be announced.

Announcing takes two tests: the omnibus test of the grouping and the test of the pair, each at its own
level after adjustment. What is computed is the probability of both.

References
----------
Cochran, W. G. (1977). Sampling Techniques, 3rd ed. Wiley, §4.4.
Krejcie, R. V. and Morgan, D. W. (1970). Determining sample size for research activities. Educational and
Psychological Measurement 30, 607-610.
Tejada, J. J. and Punzalan, J. R. B. (2012). On the misuse of Slovin's formula. The Philippine Statistician
61(1), 129-136.
Korn, E. L. and Graubard, B. I. (1999). Analysis of Health Surveys. Wiley, §5.2 (degrees of freedom).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, fdtri, ndtr, ndtri, stdtrit

from survey.stats.arrays import Floats

#: Upper 5 per cent of χ² with one degree of freedom, to as many digits as Krejcie and Morgan print.
CHI_SQUARED = 3.841
#: Nodes over the estimated error and over the estimate; twice as many change the power by less than 1e-4.
ERRORS, ESTIMATES = 256, 24
#: Beyond so many standard errors a normal variable does not go.
FAR = 8.5
MOST_NONCENTRAL = 60.0


def slovin(population: float, margin: float) -> float:
    """Slovin's sample size: a share of one half at 95 % in a simple random sample, with 2 for 1.96."""
    return population / (1 + population * margin**2)


def krejcie_morgan(population: float, margin: float = 0.05) -> float:
    """Krejcie and Morgan's sample size for a share of one half at 95 %; their table rounds to the nearest."""
    spread = CHI_SQUARED * 0.25
    return spread * population / (margin**2 * (population - 1) + spread)


def cochran(margin: float, conf_level: float = 0.95, share: float = 0.5, population: float = float("inf")) -> float:
    """Cochran's sample size for a share, with the finite population correction where there is a population."""
    size = float(ndtri((1 + conf_level) / 2)) ** 2 * share * (1 - share) / margin**2
    return size / (1 + (size - 1) / population)


def design_effect(kish: float, take: float, icc: float) -> float:
    """Variance over that of a simple random sample: unequal weights, then `take` respondents a sampling unit."""
    return kish * (1 + (take - 1) * icc)


def margin_of_share(effective_n: float, df: float, conf_level: float = 0.95, share: float = 0.5) -> float:
    """Half-width of the t interval of a share."""
    if df < 1 or effective_n <= 0:
        return float("nan")
    return float(stdtrit(df, (1 + conf_level) / 2)) * float(np.sqrt(share * (1 - share) / effective_n))


def t_power(noncentrality: float, df: float, alpha: float) -> float:
    """Power of a two-sided t test; `noncentrality` is the true difference in standard errors."""
    # Not by `nctdtr`, which is NaN for some large noncentralities.
    cut = float(stdtrit(df, 1 - alpha / 2)) * _relative_errors(df)
    return float((ndtr(noncentrality - cut) + ndtr(-noncentrality - cut)).mean())


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a pair of groups must pass to be announced.

    Attributes
    ----------
    alpha, df : level of the pair's t test after adjustment, and its degrees of freedom
    groups, alpha_omnibus, df_omnibus : number of groups compared, level of the test over all of them, and
        degrees of freedom of the design; the working Wald test multiplies these by groups − 1
    """

    alpha: float
    df: float
    groups: int
    alpha_omnibus: float
    df_omnibus: float


@lru_cache(maxsize=4096)
def announced(noncentrality: float, test: Announcement) -> float:
    """Probability that both tests reject, for a true difference of so many standard errors.

    The other groups lie between the two, at their weighted mean: of all cases with this difference the one
    in which the omnibus test rejects least often. The estimated error is shared by both tests.
    """
    if test.groups <= 2:
        return t_power(noncentrality, test.df, min(test.alpha, test.alpha_omnibus))
    scale = _relative_errors(test.df)
    pair = float(stdtrit(test.df, 1 - test.alpha / 2)) * scale
    span = test.groups - 1
    omnibus = np.sqrt(span * float(fdtri(span, span * test.df_omnibus, 1 - test.alpha_omnibus))) * scale
    found = np.zeros_like(scale)
    for side in (1.0, -1.0):
        # Beyond `omnibus` the pair alone carries the omnibus test; between, the other groups' noise must help.
        found += ndtr(side * noncentrality - np.maximum(pair, omnibus))
        found += _helped(side * noncentrality, pair, omnibus, span - 1)
    return float(found.mean())


def _relative_errors(df: float) -> Floats:
    """Estimated over true standard error at the middle of equally likely classes."""
    at = (np.arange(ERRORS) + 0.5) / ERRORS
    return np.asarray(np.sqrt(chdtri(df, at) / df), dtype=np.float64)


@lru_cache(maxsize=1)
def _legendre() -> tuple[Floats, Floats]:
    node, weight = np.polynomial.legendre.leggauss(ESTIMATES)
    return node, weight


def _helped(noncentrality: float, low: Floats, high: Floats, others: int) -> Floats:
    """Probability that the estimate lies between and the other groups' χ² makes up for the rest."""
    node, weight = _legendre()
    start = np.clip(low, noncentrality - FAR, noncentrality + FAR)
    end = np.maximum(np.clip(high, noncentrality - FAR, noncentrality + FAR), start)
    if (start == end).all():
        return np.zeros_like(start)
    half = (end - start) / 2
    z = start[:, None] + half[:, None] * (node + 1)
    density = np.exp(-((z - noncentrality) ** 2) / 2) / np.sqrt(2 * np.pi)
    enough = chdtrc(others, np.maximum(high[:, None] ** 2 - z**2, 0))
    return np.asarray(half * ((density * enough) @ weight), dtype=np.float64)


@lru_cache(maxsize=4096)
def noncentrality(test: Announcement, power: float) -> float:
    """The true difference in standard errors that is announced with this probability; NaN without df."""
    if not (test.df >= 1 and test.df_omnibus >= 1 and test.groups >= 2):
        return float("nan")
    if announced(MOST_NONCENTRAL, test) < power:
        return float("inf")
    return float(brentq(lambda nc: announced(nc, test) - power, 0.0, MOST_NONCENTRAL, xtol=1e-6))


@lru_cache(maxsize=4096)
def t_noncentrality(df: float, alpha: float, power: float) -> float:
    """The true difference in standard errors that a two-sided t test finds with this probability; NaN without df."""
    if df < 1:
        return float("nan")
    if t_power(MOST_NONCENTRAL, df, alpha) < power:
        return float("inf")
    return float(brentq(lambda nc: t_power(nc, df, alpha) - power, 0.0, MOST_NONCENTRAL, xtol=1e-6))

"""Estimates held against a number: how likely they would be if the truth lay on the other side of it.

Shares are tested on the log-odds scale, where their intervals are, so that a p-value below α and an
interval that leaves the number out are the same statement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from survey.stats import interval
from survey.stats.arrays import Bools, Floats


@dataclass(frozen=True, slots=True)
class Measured:
    """Estimates of one number in D domains, ready to be held against what somebody has said about it.

    Attributes
    ----------
    estimate, std_error, df, n : (D,) float, NaN where there is none
    share : whether they are shares, whose intervals and tests are those of log-odds
    """

    estimate: Floats
    std_error: Floats
    df: Floats
    n: Floats
    share: bool = False

    @property
    def known(self) -> Bools:
        """(D,) whether there is an estimate."""
        return np.isfinite(self.estimate)

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """Intervals of a level; exact ones where everyone or nobody is in a share."""
        if not self.share:
            return interval.wald(self.estimate, self.std_error, self.df, level)
        low, high = interval.logit(self.estimate, self.std_error, self.df, level)
        edge = (self.estimate < 1e-12) | (self.estimate > 1 - 1e-12)
        exact = interval.clopper_pearson(np.where(edge, np.round(self.estimate * self.n), 0.0), self.n, level)
        return np.where(edge, exact[0], low), np.where(edge, exact[1], high)

    def against(self, value: float) -> Sides:
        """One-sided tests against a number."""
        if self.share:
            return sides_of_share(self.estimate, self.std_error, self.df, self.n, value)
        return sides_of_mean(self.estimate, self.std_error, self.df, value)


@dataclass(frozen=True, slots=True)
class Sides:
    """One-sided p-values of estimates against a number.

    Attributes
    ----------
    statistic : t; NaN for a share of 0 or 1
    below, above : p of the alternatives that the truth is less, that it is more; NaN without an error
    """

    statistic: Floats
    below: Floats
    above: Floats

    @property
    def two_sided(self) -> Floats:
        """p of the alternative that the truth is another."""
        found: Floats = np.minimum(2 * np.minimum(self.below, self.above), 1.0)
        return found


def sides_of_mean(estimate: Floats, se: Floats, df: Floats, value: float) -> Sides:
    """t tests of a mean, or of anything whose interval is the estimate ± t errors."""
    usable = np.where(df >= 1, df, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (estimate - value) / se
    below, above = (np.asarray(stdtr(usable, x), dtype=np.float64) for x in (t, -t))
    return Sides(t, below, above)


def sides_of_share(p: Floats, se: Floats, df: Floats, n: Floats, value: float) -> Sides:
    """t tests of a share on the log-odds scale; exact binomial on n where everyone or nobody is in it.

    Parameters
    ----------
    value : inside (0, 1); from outside it no share can lie on the other side
    """
    if not 0 < value < 1:
        nothing, all_of_it = np.zeros(p.shape), np.ones(p.shape)
        below, above = (all_of_it, nothing) if value <= 0 else (nothing, all_of_it)
        return Sides(np.full(p.shape, np.nan), below, above)
    none, everyone = p < 1e-12, p > 1 - 1e-12
    inside = np.where(none | everyone, np.nan, p)
    logit = np.log(inside / (1 - inside))
    found = sides_of_mean(logit, se / (inside * (1 - inside)), df, float(np.log(value / (1 - value))))
    below = np.where(none, (1 - value) ** n, np.where(everyone, 1.0, found.below))
    above = np.where(everyone, value**n, np.where(none, 1.0, found.above))
    return Sides(found.statistic, below, above)

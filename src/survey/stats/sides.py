"""Estimates held against a number: how likely they would be if the truth lay on the other side of it.

Shares are tested on the log-odds scale, where their intervals are, so that a p-value below α and an
interval that leaves the number out are the same statement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from survey.stats.arrays import Floats


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

"""Weighted quantiles and their Woodruff intervals.

Rule ``math`` (R survey: ``svyquantile(qrule = "math")``): the smallest value whose cumulated weight
reaches p·W. Rule ``school``: the same, but where it meets p·W exactly, the mean of that value and the
next. Sums within 1e-9·W count as equal, so that multiplying all weights changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey.stats.arrays import Floats, Ints

TIE = 1e-9
Rule = Literal["school", "math"]


def quantile(total: Floats, score: Floats, p: Floats, rule: Rule = "school") -> Floats:
    """Quantiles of domains from weighted sums by value.

    Parameters
    ----------
    total : (D, K) weighted sums at each value; score : (K,) values, ascending
    p : (D, Q) probabilities; NaN or outside [0, 1] gives NaN

    Returns
    -------
    (D, Q) float; NaN in a domain without weight.
    """
    if not score.size:
        return np.full(p.shape, np.nan)
    size = total.sum(axis=1)
    goal = p * size[:, None]
    cumulated = np.cumsum(total, axis=1)
    tie = TIE * size[:, None, None]
    reached = cumulated[:, :, None] >= goal[:, None, :] - tie
    # A value without weight repeats the sum before it: the first that reaches the goal has weight.
    at = np.argmax(reached & (total > 0)[:, :, None], axis=1)
    found = score[at]
    if rule == "school":
        exact = np.abs(np.take_along_axis(cumulated, at, axis=1) - goal) <= tie[:, 0]
        later = (total > 0)[:, :, None] & (np.arange(total.shape[1])[None, :, None] > at[:, None, :])
        following = np.where(later.any(axis=1), np.argmax(later, axis=1), at)
        found = np.where(exact, (found + score[following]) / 2, found)
    usable = (size[:, None] > 0) & (p >= 0) & (p <= 1)
    return np.where(usable, found, np.nan)


def at_most(total: Floats, score: Floats, q: Floats) -> Floats:
    """(D, K, Q) bool as float: whether each value is at most the domain's quantile."""
    return (score[None, :, None] <= q[:, None, :]).astype(float)


@dataclass(frozen=True, slots=True)
class Ordered:
    """Answers sorted by domain, then value, for quantiles of numbers with many values.

    Attributes
    ----------
    value, cumulated : (r,) float, the weights cumulated within the domain
    first : (D + 1,) int, where each domain starts
    """

    value: Floats
    cumulated: Floats
    first: Ints

    @classmethod
    def of(cls, value: Floats, weight: Floats, domain: Ints, domains: int) -> Ordered:
        """From rows already sorted by domain, then value."""
        first = np.searchsorted(domain, np.arange(domains + 1))
        running = np.cumsum(weight)
        before = np.concatenate([[0.0], running])[first[:-1]]
        return cls(value, running - np.repeat(before, np.diff(first)), first)

    def at(self, p: Floats, rule: Rule = "school") -> Floats:
        """Quantiles at p, (D, Q); NaN where p is outside [0, 1] or a domain is empty."""
        out = np.full(p.shape, np.nan)
        for d, (a, b) in enumerate(zip(self.first[:-1], self.first[1:], strict=True)):
            if a < b:
                out[d] = _at(self.value[a:b], self.cumulated[a:b], p[d], rule)
        return out


def _at(value: Floats, cumulated: Floats, p: Floats, rule: Rule) -> Floats:
    goal, tie = p * cumulated[-1], TIE * cumulated[-1]
    usable = (p >= 0) & (p <= 1)
    at = np.minimum(np.searchsorted(cumulated, np.where(usable, goal, 0) - tie), len(value) - 1)
    exact = (np.abs(cumulated[at] - goal) <= tie) & (rule == "school")
    following = np.minimum(at + 1, len(value) - 1)
    return np.where(usable, np.where(exact, (value[at] + value[following]) / 2, value[at]), np.nan)

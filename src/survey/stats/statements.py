"""Statements put to the test: of a value, of a side, of the largest. Whoever judges one judges it here.

References
----------
Schuirmann, D. J. (1987). J. Pharmacokinet. Biopharm. 15, 657-680 (a value within bounds).
Berger, R. L. (1982). Multiparameter hypothesis testing. Technometrics 24, 295-300 (intersection-union).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.multiplicity import Method
from survey.stats.sampling import Sampling
from survey.stats.sides import Measured, Sides
from survey.stats.verdicts import Verdict, joint_verdict, own_verdicts, value_verdict
from survey.stats.within import differences, joint_means

Direction = Literal["below", "above"]
NOT_TESTABLE = "not_testable"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a test says in each of D domains.

    Attributes
    ----------
    words : (D,) object, a verdict; ``not_testable`` where there is no estimate
    p_value, p_adjusted : (D,) of the side that the statement names; of a value unadjusted, that it is another
    statistic : (D,) t; NaN of several measures
    """

    words: np.ndarray
    p_value: Floats
    p_adjusted: Floats
    statistic: Floats


@dataclass(frozen=True, slots=True)
class Statement:
    """A number is `value`, give or take `equivalence`; or, where that is None, on one side of it.

    Attributes
    ----------
    adjust : of several measures, how each one's own verdict is adjusted
    """

    value: float
    alpha: float
    direction: Direction | None = None
    equivalence: float | None = None
    adjust: Method = "holm"

    def of_one(self, found: Measured) -> Judged:
        """The verdict on one measure for itself."""
        sides = found.against(self.value)
        if self.equivalence is not None:
            blank = np.full(len(found.estimate), np.nan)
            return Judged(_said(self._value_words(found), found.known), sides.two_sided, blank, sides.statistic)
        supporting, opposing = self._for_and_against(sides)
        pairs = zip(supporting[:, None], opposing[:, None], strict=True)
        words = [joint_verdict(p, q, self.alpha) for p, q in pairs]
        return Judged(_said(words, found.known), supporting, supporting, sides.statistic)

    def of_each(self, found: Sequence[Measured]) -> list[Judged]:
        """The verdict on each of k measures for itself; on sides adjusted over the measures."""
        if self.equivalence is not None:
            return [self.of_one(m) for m in found]
        supporting, opposing = self._all_sides(found)
        own = [own_verdicts(p, q, self.alpha, self.adjust) for p, q in zip(supporting.T, opposing.T, strict=True)]
        return [
            Judged(
                _said([words[k] for words, _ in own], m.known),
                supporting[k],
                np.array([adjusted[k] for _, adjusted in own]),
                m.against(self.value).statistic,
            )
            for k, m in enumerate(found)
        ]

    def of_all(self, found: Sequence[Measured]) -> Judged:
        """The verdict on k measures together: all of them, or one that is not; the largest p of any."""
        known, blank = np.all([m.known for m in found], axis=0), np.full(len(found[0].estimate), np.nan)
        if self.equivalence is not None:
            each = zip(*(self._value_words(m) for m in found), strict=True)
            together = [_together(words) for words in each]
        else:
            pairs = zip(*(each.T for each in self._all_sides(found)), strict=True)
            together = [joint_verdict(p, q, self.alpha) for p, q in pairs]
        p: Floats = np.max([self.supporting(m) for m in found], axis=0)
        return Judged(_said(together, known), p, blank, blank)

    def supporting(self, found: Measured) -> Floats:
        """p that speaks for the statement: that the truth lies within the bounds, or on the side named."""
        if self.equivalence is not None:
            return self.within(found)
        return self._for_and_against(found.against(self.value))[0]

    def within(self, found: Measured) -> Floats:
        """p of two one-sided tests that the truth lies within the bounds."""
        bound = self.equivalence or 0.0
        above, below = found.against(self.value - bound).above, found.against(self.value + bound).below
        return np.asarray(np.maximum(above, below), dtype=np.float64)

    def _for_and_against(self, sides: Sides) -> tuple[Floats, Floats]:
        """p that speaks for the statement, p that speaks against it."""
        return (sides.below, sides.above) if self.direction == "below" else (sides.above, sides.below)

    def _all_sides(self, found: Sequence[Measured]) -> tuple[Floats, Floats]:
        """The same of k measures, (k, D) each."""
        both = [self._for_and_against(m.against(self.value)) for m in found]
        return np.stack([p for p, _ in both]), np.stack([q for _, q in both])

    def _value_words(self, found: Measured) -> list[Verdict]:
        narrow, wide = found.interval(1 - 2 * self.alpha), found.interval(1 - self.alpha)
        ends, bound = zip(*narrow, *wide, strict=True), self.equivalence or 0.0
        return [value_verdict((float(a), float(b)), (float(c), float(d)), self.value, bound) for a, b, c, d in ends]


def _said(words: Sequence[Verdict], known: Bools) -> np.ndarray:
    return np.where(known, np.array(words, dtype=object), NOT_TESTABLE)


def _together(words: Sequence[Verdict]) -> Verdict:
    if set(words) == {"supported"}:
        return "supported"
    return "contradicted" if "contradicted" in words else "undecided"


@dataclass(frozen=True, slots=True)
class Lead:
    """One measure less each of k others that the same respondents answered.

    Attributes
    ----------
    difference, std_error : (k,) float, NaN where there is none
    supporting, opposing : (k,) one-sided p that the difference is above, below 0
    df : of all answers together
    """

    difference: Floats
    std_error: Floats
    supporting: Floats
    opposing: Floats
    df: float

    @classmethod
    def of(cls, y: Floats, own: int, sampling: Sampling, domain: Bools) -> Lead:
        """The lead of column `own` of `y`, (n, k + 1), NaN where an answer is missing, in a domain, (n,) bool."""
        rest: Ints = np.flatnonzero(np.arange(y.shape[1]) != own)
        answered = (np.isfinite(y) & domain[:, None]).any()
        means = joint_means(y, sampling, domain) if answered else None
        if means is None or len(means.group) < y.shape[1] or means.df < 1:
            blank = np.full(len(rest), np.nan)
            return cls(blank, blank, blank, blank, float("nan"))
        found = differences(means, np.full(len(rest), own), rest)
        half, up = found.p_value / 2, found.difference > 0
        supporting, opposing = np.where(up, half, 1 - half), np.where(up, 1 - half, half)
        return cls(found.difference, found.std_error, supporting, opposing, float(means.df))

    @property
    def known(self) -> bool:
        """Whether every difference has an error."""
        return bool(np.isfinite(self.supporting).all())

    def of_each(self, alpha: float, adjust: Method) -> Judged:
        """The verdict on each difference for itself, adjusted over them."""
        words, adjusted = own_verdicts(self.supporting, self.opposing, alpha, adjust)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = self.difference / self.std_error
        return Judged(_said(words, np.isfinite(self.supporting)), self.supporting, adjusted, t)

    def of_all(self, alpha: float, adjust: Method) -> tuple[str, float]:
        """The verdict that the measure is larger than every other, and the largest adjusted p."""
        adjusted = self.of_each(alpha, adjust).p_adjusted
        joint = joint_verdict(adjusted, self.opposing, alpha) if self.known else NOT_TESTABLE
        return joint, float(np.max(adjusted))

"""Items of a factor analysis: complete answers as patterns, their correlations, and what forbids a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from survey.analyse.evaluation import NO_ANSWERS
from survey.analyse.items import MOST_LEVELS
from survey.core import estimates
from survey.stats.arrays import Floats
from survey.stats.patterns import Patterns, patterns
from survey.stats.polychoric import OrdinalMoments, moments

#: Complete cases below which nothing is tried, and below which what is found is called imprecise.
LEAST, FIRM = 50, 200
#: Fewer items fit any one factor perfectly, or hold none.
LEAST_ITEMS = 3

FEW = "fewer than 50 respondents answered every question"
FEW_FOR_ALL = "fewer than 200 respondents answered every question of all indicators"
FEW_ITEMS = "fewer than three questions: no factor model"
NUMBERS = "a question with more than ten different answers is a number, not an ordinal scale"
CONSTANT = "all who answered every question gave the same answer to one of them"
NO_OPTIMUM = "the factor model has no solution for these answers"
IMPROPER = "improper solution: a question is explained by more than all of its variance, or factors coincide"

Record = dict[str, Any]


@dataclass(frozen=True)
class Items:
    """The complete answers to k ordinal items.

    Attributes
    ----------
    measure : indicator, or None for the items of all indicators together
    answers : (n, k) reverse-scored, complete cases only
    """

    measure: str | None
    names: tuple[str, ...]
    answers: Floats = field(repr=False)

    @classmethod
    def of(cls, measure: str | None, names: Sequence[str], answers: Floats) -> Items:
        """The complete cases of (n, k) answers."""
        return cls(measure, tuple(names), answers[np.isfinite(answers).all(axis=1)])

    @property
    def n(self) -> int:
        """Complete cases."""
        return len(self.answers)

    @cached_property
    def patterns(self) -> Patterns:
        """Distinct answers with their counts; all that follows is a function of them."""
        return patterns(self.answers)

    @cached_property
    def moments(self) -> OrdinalMoments:
        """Polychoric correlations with their covariance."""
        return moments(self.patterns).correlations

    @cached_property
    def correlation(self) -> Floats:
        """(k, k) polychoric correlations."""
        return self.moments.matrix

    @cached_property
    def forbidden(self) -> str | None:
        """Why there is no factor analysis; None where there is one."""
        if not self.n:
            return NO_ANSWERS
        if self.n < (FIRM if self.measure is None else LEAST):
            return FEW_FOR_ALL if self.measure is None else FEW
        if len(self.names) < LEAST_ITEMS:
            return FEW_ITEMS
        levels = self.patterns.categories
        return NUMBERS if levels.max() > MOST_LEVELS else CONSTANT if levels.min() < 2 else None

    def row(self, estimand: str, value: float, method: str, unit: str, **more: Any) -> Record:
        """One row; without a value it says that there is no solution."""
        base = {"measure": self.measure, "estimand": estimand, "n": self.n, "method": method, "unit": unit} | more
        if not np.isfinite(value):
            return base | {"status": estimates.NOT_ESTIMABLE, "note": more.get("note") or NO_OPTIMUM}
        status = more.get("status") or (estimates.IMPRECISE if self.n < FIRM else estimates.OK)
        return base | {"estimate": float(value), "status": status}

    def nothing(self, estimand: str, why: str, **more: Any) -> Record:
        """A row that says why there is no estimate."""
        base = {"measure": self.measure, "estimand": estimand, "n": self.n, "status": estimates.NOT_ESTIMABLE}
        return base | {"note": why, "method": "unweighted, complete cases", "unit": "coefficient"} | more

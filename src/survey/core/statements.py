"""What has been said of a city and its residents: published claims, and sentences of a theory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from survey.core.words import Words


@dataclass(frozen=True, slots=True)
class Reading:
    """Something else that a statement may mean: another measure, or another answer, in words."""

    measure: str
    answer: str | None
    text: Words


@dataclass(frozen=True, slots=True)
class Claim:
    """A published statement and the measure that tests it.

    Attributes
    ----------
    readings : what else the statement may mean, each with a verdict of its own.
    answer : code whose share is meant; None: yes, of a yes/no variable.
    largest : of `measures`, the one that the statement puts first.
    word : what it calls its indicators, to be held against every rule that gives means a word.
    not_testable : why the survey cannot speak to the statement; the measures are shown beside it.
    """

    id: str
    text: Words
    source: Words
    measures: tuple[str, ...]
    estimand: str
    value: float | None = None
    equivalence: float | None = None
    direction: Literal["below", "above"] | None = None
    adjust: Literal["holm", "fdr_bh", "none"] | None = None
    readings: tuple[Reading, ...] = ()
    answer: str | None = None
    largest: str | None = None
    word: Literal["poor", "good"] | None = None
    not_testable: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class GroupTest:
    """What a theory predicts of one measure: of its mean, of the gap of two groups, or of two such gaps.

    Attributes
    ----------
    groups : two levels of `by`: the gap is the first less the second.
    levels : two levels of `across`: the prediction is of the gap in the first less the gap in the second.
    direction : side of `value` that is predicted; None: the number is shown, nothing is tested.
    """

    measure: str
    by: str | None = None
    groups: tuple[str, str] | None = None
    across: str | None = None
    levels: tuple[str, str] | None = None
    direction: Literal["below", "above"] | None = None
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Proposition:
    """A sentence of a theory, what it predicts of the survey, and what else would explain the same result."""

    id: str
    text: Words
    predicts: Words
    rival: Words
    source: Words
    test: GroupTest | None = None
    not_testable: Words = field(default_factory=Words)

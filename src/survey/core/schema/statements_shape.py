"""The keys `claims` and `propositions` of study.yaml: statements, and what tests them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from survey.core.schema.shape import Identifier, Name, Shape, Text


class ReadingShape(Shape):
    """Something else that a statement may mean."""

    measure: Name
    """Question, indicator or derived variable that tests it."""
    answer: Name | None = None
    """Code whose share is meant; default: yes."""
    text: Text
    """What the statement says when it is read so."""


class ClaimShape(Shape):
    """A published statement and the measure that tests it."""

    id: Identifier
    """Name of the claim in the estimates."""
    text: Text
    """The statement."""
    source: Text = Field(default_factory=dict)
    """Who published it, where and when."""
    measure: Name | None = None
    """Question, indicator or derived variable that tests it."""
    measures: list[Name] | None = None
    """Several of them, all of which must agree."""
    readings: list[ReadingShape] = Field(default_factory=list)
    """What else the statement may mean; each reading has a verdict of its own."""
    estimand: Name
    """Estimand that the statement is about: proportion, mean, score100, top2, dont_know …"""
    answer: Name | None = None
    """Code whose share is meant, of a question with more answers than yes and no."""
    value: float | None = None
    """The value the statement names; left out where `largest` or `not_testable` says what it is about."""
    equivalence: Annotated[float, Field(gt=0)] | None = None
    """Half-width of what still counts as that value."""
    direction: Literal["below", "above"] | None = None
    """The side of the value that the statement names."""
    largest: Name | None = None
    """Of `measures`, the one that the statement puts first: its estimate is larger than that of every other."""
    word: Literal["poor", "good"] | None = None
    """What the statement calls its indicators: it is then held against every rule that gives means a word."""
    not_testable: Text = Field(default_factory=dict)
    """Why no survey of residents could show it; the measures are then shown beside the statement."""
    adjust: Literal["holm", "fdr_bh", "none"] | None = None
    """Adjustment over its measures; default: the study's."""
    note: Text = Field(default_factory=dict)
    """Remarks for readers of the file."""


class PropositionTestShape(Shape):
    """What a theory predicts of one measure: of its mean, of the gap of two groups, or of two such gaps."""

    measure: Name
    """Indicator, number, scale with numeric codes, or yes/no variable."""
    by: Name | None = None
    """Variable whose two groups are compared."""
    groups: Annotated[list[Name], Field(min_length=2, max_length=2)] | None = None
    """Two of its levels: the gap is the first less the second."""
    across: Name | None = None
    """Variable in two of whose levels the gap is compared."""
    levels: Annotated[list[Name], Field(min_length=2, max_length=2)] | None = None
    """Those two: the gap in the first less the gap in the second."""
    direction: Literal["below", "above"] | None = None
    """Side of `value` that the theory predicts; left out: the number is shown and nothing is tested."""
    value: float = 0.0
    """What the mean, the gap or the difference of gaps is held against."""


class PropositionShape(Shape):
    """A sentence of a theory, tested as far as the survey can."""

    id: Identifier
    """Name of the proposition in the estimates."""
    text: Text
    """What the theory says."""
    predicts: Text
    """What should be found if it holds."""
    rival: Text = Field(default_factory=dict)
    """What else would explain the same result."""
    source: Text = Field(default_factory=dict)
    """Where the theory is set out."""
    test: PropositionTestShape | None = None
    """The measure and the groups that speak to it."""
    not_testable: Text = Field(default_factory=dict)
    """Why the survey cannot test it."""
    note: Text = Field(default_factory=dict)
    """Remarks for readers of the file."""

"""The keys of instrument.yaml. What a field's text says is what an editor shows beside the key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from survey.core.schema.divide_shape import BarriersShape, FunnelShape, LadderStageShape
from survey.core.schema.missing_shape import MissingKindShape
from survey.core.schema.question_shape import DefaultsShape, QuestionShape, ScaleShape
from survey.core.schema.roadmap_shape import FrameShape
from survey.core.schema.shape import (
    Condition,
    Formula,
    Identifier,
    Key,
    LevelShape,
    Name,
    Shape,
    Text,
    Worded,
    list_or_words,
)


class ModuleShape(Shape):
    """A heading of the questionnaire and its questions."""

    id: Identifier
    """Name of the module."""
    title: Text
    """The heading."""
    intro: Text = Field(default_factory=dict)
    """Read out before the first question."""
    note: Text = Field(default_factory=dict)
    """Remarks for readers of the file."""
    defaults: DefaultsShape = Field(default_factory=DefaultsShape)
    """Keys of every question here that does not state its own."""
    questions: list[QuestionShape]
    """Its questions, in order."""


class FacetShape(Worded):
    """One facet of an indicator: a list of items, or items and words."""

    model_config = ConfigDict(json_schema_extra=list_or_words("items"))

    items: Annotated[list[Name], Field(min_length=1)]
    """Items of the indicator that belong to it."""

    @model_validator(mode="before")
    @classmethod
    def _plain_list(cls, value: Any) -> Any:
        return {"items": value} if isinstance(value, list) else value


class IndicatorShape(Worded):
    """A score over items, with its label in language keys."""

    items: Annotated[list[Name], Field(min_length=1)]
    """Questions that measure it."""
    min_valid: Annotated[float, Field(gt=0)] | None = None
    """Items that must be answered: a count, or a share up to 1; default: the study's."""
    facets: dict[Key, FacetShape] = Field(default_factory=dict)
    """Facet: its items, and its label in language keys; tested, not scored."""
    label: Text = Field(default_factory=dict)
    """Label, where it is not given in language keys."""
    note: Text = Field(default_factory=dict)
    """What a reader of its scores should know."""


class DerivedShape(Worded):
    """A variable computed from others, with its label in language keys.

    `from` a name with `codes` regroups the codes of that variable; `from` an expression with `codes`
    names the values that the expression yields; with `breaks` and `labels` it cuts a number.
    """

    name: Annotated[str, Field(pattern=r"^[\w.\-]+$")]
    """Name everywhere downstream."""
    source: Formula = Field(alias="from")
    """Expression over questions, indicators and derived variables."""
    type: Literal["ordinal", "nominal", "binary", "integer", "number", "date", "text", "multi"] | None = None
    """Default: binary for a condition, number for arithmetic, ordinal for breaks, the source's for a name."""
    breaks: list[float] = Field(default_factory=list)
    """Lower ends of left-closed intervals; the last is open, below the first is not applicable."""
    labels: list[Name] = Field(default_factory=list)
    """Level of each interval; words for it may stand under `codes`."""
    codes: dict[Key, LevelShape] = Field(default_factory=dict)
    """Level: label. When `from` is a name, the level says which codes it holds: "3", "0-2", "<=1945",
    "65+" of a numeric source (of numeric codes also "1,4-6"), the code itself of a text source, or the codes
    listed under `of`."""
    role: Literal["stakeholder"] | None = None
    """stakeholder: which stakeholder of the city a respondent is, read from other answers (an occupation); scores
    are set side by side by it. One question or derived variable has this role."""
    label: Text = Field(default_factory=dict)
    """Label, where it is not given in language keys."""
    text: Text = Field(default_factory=dict)
    """What it measures, in a sentence."""
    unit: Name | None = None
    """Unit of a number."""
    claim: Name | None = None
    """Claim that it tests, for readers."""
    note: Text = Field(default_factory=dict)
    """Remarks for readers of the file."""


class CheckShape(Shape):
    """A rule that answers should obey."""

    id: Identifier
    """Name of the check in quality.csv."""
    severity: Literal["error", "warning"]
    """error: stops the run and names the rows; warning: counted."""
    rule: Condition
    """What must hold; unknown counts as held."""
    label: Text = Field(default_factory=dict)
    """What the rule says, in words."""
    text: Text = Field(default_factory=dict)
    """The same as `label`."""
    title: Text = Field(default_factory=dict)
    """The same as `label`."""
    note: Text = Field(default_factory=dict)
    """Remarks for readers of the file."""


class InstrumentShape(Shape):
    """instrument.yaml: questions, response scales, indicators, derived variables, checks."""

    format: Literal[1] = 1
    """Version of this file's format."""
    title: Text = Field(default_factory=dict)
    """Title of the questionnaire."""
    version: Name | None = None
    """Version of the questionnaire."""
    note: Text = Field(default_factory=dict)
    """Remarks for readers of the file."""
    missing: dict[Key, MissingKindShape] = Field(default_factory=dict)
    """Negative code: kind of missing and its words; default: -6 blank … -9 refused."""
    scales: dict[Key, ScaleShape] = Field(default_factory=dict)
    """Response scales by name."""
    modules: list[ModuleShape] | None = None
    """Questions under headings."""
    questions: list[QuestionShape] | None = None
    """Questions without headings."""
    indicators: dict[Key, IndicatorShape] = Field(default_factory=dict)
    """Scores over items, by name."""
    derived: list[DerivedShape] = Field(default_factory=list)
    """Variables computed from others."""
    checks: list[CheckShape] = Field(default_factory=list)
    """Rules that answers should obey."""
    ladder: list[LadderStageShape] = Field(default_factory=list)
    """Stages of digital access in order: who is lost at each, among those who passed all before."""
    funnels: dict[Key, FunnelShape] = Field(default_factory=dict)
    """Steps towards the use of services, by the name of the funnel."""
    user_status: Name | None = None
    """Variable that tells the unaware, the aware and the users apart: each indicator is shown by it."""
    gaps: dict[Key, Literal["share", "amount"]] = Field(default_factory=dict)
    """Measures beside the indicators whose gaps are measured: a binary variable as share, a number with a
    true zero (a count, rupiah) as amount."""
    barriers: BarriersShape | None = None
    """Obstacles to be compared with one another, and the question on reasons of non-use."""
    frames: dict[Key, FrameShape] = Field(default_factory=dict)
    """Sets of dimensions in which a smart city is described, by name; study.yaml says which one is read."""

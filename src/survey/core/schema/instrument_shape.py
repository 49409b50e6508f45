"""The keys of instrument.yaml. What a field's text says is what an editor shows beside the key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from survey.core.codes import code_text
from survey.core.instrument import MISSING_KINDS, QuestionType
from survey.core.schema.qualitative_shape import ThemeShape
from survey.core.schema.roadmap_shape import FrameShape
from survey.core.schema.shape import (
    Code,
    Condition,
    Formula,
    Identifier,
    Key,
    Levels,
    LevelShape,
    Name,
    Names,
    Shape,
    Text,
    Worded,
    list_or_words,
    refusal,
)
from survey.errors import nearest

#: What the four negative codes mean where a study does not say otherwise.
DEFAULT_KINDS = {-6: "blank", -7: "not_applicable", -8: "dont_know", -9: "refused"}

Role = Literal[
    "id", "wave", "consent", "weight", "stratum", "psu", "fpc", "interviewer", "duration", "date", "mode",
    "disposition", "open", "identifier", "geography", "demographic", "outcome", "stakeholder",
]  # fmt: skip


def _column(value: Any) -> Any:
    if isinstance(value, dict):
        return {code_text(wave): None if name is None else _column_name(name, wave) for wave, name in value.items()}
    return {"": None if value is None else _column_name(value)}


def _column_name(value: Any, *at: Any) -> str:
    if isinstance(value, bool | dict | list) or value is None:
        raise refusal("the name of a column, one a wave, or null where it was not asked", at=at)
    return code_text(value)


def _missing(value: Any) -> Any:
    """Wave (``""``: every wave) → source text → kind; a mapping inside the mapping belongs to a wave."""
    if not isinstance(value, dict):
        raise refusal("source code: kind of missing")
    every = {code_text(code): _kind(kind, code) for code, kind in value.items() if not isinstance(kind, dict)}
    waves = {
        code_text(wave): every | {code_text(code): _kind(kind, wave, code) for code, kind in kinds.items()}
        for wave, kinds in value.items()
        if isinstance(kinds, dict)
    }
    return ({"": every} if every or not waves else {}) | waves


def _kind(value: Any, *at: Any) -> str:
    kind = DEFAULT_KINDS.get(value) if isinstance(value, int) else value
    if kind not in MISSING_KINDS:
        raise refusal(f"one of {', '.join(MISSING_KINDS)}", hint=nearest(str(value), MISSING_KINDS), at=at)
    return str(kind)


_WORD = {"type": ["string", "number"]}
_WAVE_COLUMNS = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}
_KINDS = {"enum": [*MISSING_KINDS, *DEFAULT_KINDS]}
Column = Annotated[
    dict[str, str | None],
    BeforeValidator(_column),
    WithJsonSchema({"anyOf": [_WORD, {"type": "null"}, _WAVE_COLUMNS]}),
]
Missing = Annotated[
    dict[str, dict[str, str]],
    BeforeValidator(_missing),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"anyOf": [_KINDS, {"type": "object", "additionalProperties": _KINDS}]},
        }
    ),
]


class MissingKindShape(Worded):
    """One kind of missing answer."""

    key: Literal["blank", "not_applicable", "dont_know", "refused"]
    """Which kind it is."""


class ScaleShape(Shape):
    """A response scale that questions share."""

    type: Literal["ordinal", "nominal"] | None = None
    """Whether the codes have an order; default: nominal."""
    codes: Levels
    """Code: label, in order. A code is a number or a text."""
    synonyms: dict[Key, Code] = Field(default_factory=dict)
    """Text seen in exports: code."""
    note: Text = Field(default_factory=dict)
    """Where the scale comes from."""


class PdpShape(Shape):
    """Class of personal data (Law 27 of 2022)."""

    class_: Literal["umum", "spesifik"] | None = Field(default=None, alias="class")
    """General (umum) or specific (spesifik) personal data."""
    pasal: Any = None
    """Article of the law."""
    release: Name | None = None
    """What may be released of it, in words."""


class DefaultsShape(Shape):
    """What every question of a module has unless it says otherwise."""

    type: QuestionType | None = None
    """Default: the type of the scale; nominal for codes, text, number or date by role."""
    scale: Name | None = None
    """Name of a response scale."""
    codes: Levels | None = None
    """Code: label, in order, for a scale of its own."""
    synonyms: dict[Key, Code] = Field(default_factory=dict)
    """Text seen in exports: code; goes before the scale's."""
    codelist: Annotated[str, Field(pattern=r"^.+#.+$")] | None = None
    """`file.csv#column`: codes from a column of a CSV."""
    codelist_label: Name | None = None
    """Column of that CSV with the labels; default: the codes."""
    codelist_where: dict[Key, Code] = Field(default_factory=dict)
    """Column: value that a row of that CSV must have."""
    codelist_alias: Names = Field(default_factory=list)
    """Columns of that CSV with other spellings, separated by semicolons."""
    reverse: bool = False
    """Scored reversed inside its indicator, never in its own table."""
    recode: dict[Key, dict[Key, Code]] = Field(default_factory=dict)
    """Wave: {source code: code}, where a wave differs."""
    missing: Missing = Field(default_factory=dict)
    """Source code or text: kind of missing; or wave: {source code: kind}."""
    ask_if: Condition | None = None
    """Who is asked; false: not applicable."""
    min: float | None = None
    """Smallest valid number."""
    max: float | None = None
    """Largest valid number."""
    role: Role | None = None
    """What the question is to the study."""
    pdp: PdpShape | None = None
    """Class of personal data."""
    separator: Annotated[str, Field(min_length=1)] | None = None
    """Multi-response in one cell: what stands between the codes."""
    columns: dict[Key, Name] = Field(default_factory=dict)
    """Multi-response in one column an option: code: source column."""
    selected: Name | None = None
    """Multi-response in columns: the cell that says chosen; default: 1, true, yes or the option itself."""
    formats: Names = Field(default_factory=list)
    """Date formats, such as %d/%m/%Y, in the order they are tried."""
    number_format: Name | None = None
    """Language whose way of writing numbers the cells use."""
    unit: Name | None = None
    """Unit of a number."""
    required: bool = False
    """Whether a blank cell is reported."""
    unique: bool = False
    """Whether two respondents may not share an answer."""
    pattern: str | None = None
    """Regular expression that the text matches in full."""
    max_length: Annotated[int, Field(gt=0)] | None = None
    """Longest text."""
    stage: Name | None = None
    """Stage of digital access (van Dijk): motivational, material, skills, usage."""
    facet: Name | None = None
    """Facet of its indicator."""
    dimension: Name | None = None
    """Dimension of the smart city."""
    service: Name | None = None
    """City service that it asks about."""
    indicator: Name | None = None
    """Indicator that it belongs to, for readers; `indicators` decides."""
    claim: Name | None = None
    """Claim that it tests, for readers; `claims` in study.yaml decides."""
    base: Name | None = None
    """Who is asked, in a word."""
    optional: bool = False
    """Whether the respondent was told that it may be skipped."""
    gate: bool = False
    """Whether other questions depend on it."""
    intro: Text = Field(default_factory=dict)
    """Read out before the question."""
    note: Text = Field(default_factory=dict)
    """Remarks for readers of the file."""


class QuestionShape(DefaultsShape):
    """One question."""

    name: Annotated[str, Field(pattern=r"^[\w.\-]+$")]
    """Name everywhere downstream."""
    text: Text = Field(default_factory=dict)
    """The question as asked."""
    label: Text = Field(default_factory=dict)
    """Short text for tables; default: `text`."""
    column: Column = Field(default_factory=dict)
    """Source column; default: `name`; or one a wave; null: not asked."""
    changed: dict[Key, Text] = Field(default_factory=dict)
    """Wave from which the question is worded otherwise: what changed. Answers before and after are not compared."""
    keywords: dict[Key, ThemeShape] = Field(default_factory=dict)
    """Of an open question: themes by which its answers are counted."""


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


class LadderStageShape(Worded):
    """One stage of access, with its label in language keys."""

    stage: Identifier
    """Name of the stage; where questions have a `stage`, theirs."""
    passed: Condition
    """Who has passed it, whatever they passed before; unknown leaves the base."""


class FunnelStepShape(Worded):
    """One step towards the use of a service, with its label in language keys."""

    step: Identifier
    """Name of the step."""
    least: Code = Field(alias="from")
    """Code of the scale from which on the step is taken."""


class FunnelShape(Shape):
    """The steps of the services that are asked for on one response scale."""

    scale: Name
    """Name of the response scale; each question on it is a service."""
    steps: Annotated[list[FunnelStepShape], Field(min_length=2)]
    """Steps in order, such as aware, tried, uses now."""


class BarriersShape(Shape):
    """Obstacles that residents are asked to judge, and reasons for staying away."""

    items: Annotated[list[Name], Field(min_length=2)]
    """Questions on one scale with numeric codes; a higher answer means a greater obstacle."""
    by: Name | None = None
    """Variable by whose levels they are shown, such as whether the respondent is a user."""
    reasons: Names = Field(default_factory=list)
    """Question on why a service is not used, or several; shown over all groups."""


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

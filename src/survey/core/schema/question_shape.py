"""The keys of a question and of the response scale that it shares with others."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from survey.core.codes import code_text
from survey.core.questions import QuestionType
from survey.core.schema.missing_shape import Missing
from survey.core.schema.qualitative_shape import ThemeShape
from survey.core.schema.shape import Code, Condition, Key, Levels, Name, Names, Shape, Text, refusal

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


_WORD = {"type": ["string", "number"]}
_WAVE_COLUMNS = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}
Column = Annotated[
    dict[str, str | None],
    BeforeValidator(_column),
    WithJsonSchema({"anyOf": [_WORD, {"type": "null"}, _WAVE_COLUMNS]}),
]


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

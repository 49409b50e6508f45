"""The keys `qualitative` and `documents` of study.yaml, and `keywords` of a question."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from survey.core.schema.shape import FileName, Key, Name, Names, Shape, Text, Worded


def _files(value: Any) -> Any:
    return value if isinstance(value, list) else [] if value is None else [value]


_NAME = {"type": "string"}
FileNames = Annotated[
    list[FileName],
    BeforeValidator(_files),
    WithJsonSchema({"anyOf": [_NAME, {"type": "array", "items": _NAME}]}),
]


def _names_or_mapping(schema: dict[str, Any]) -> None:
    mapping = dict(schema)
    schema.clear()
    schema["anyOf"] = [_NAME, {"type": "array", "items": _NAME}, mapping]


class LinkShape(Shape):
    """The measures that a code, or a published statement, is set beside: their names, or these keys."""

    model_config = ConfigDict(json_schema_extra=_names_or_mapping)

    measures: Annotated[Names, Field(min_length=1)]
    """Questions, derived variables of two levels, or indicators."""
    says: Literal["positive", "negative", "mixed"] | None = None
    """positive: what is said points to high values of the measures; left out: nothing is inferred."""
    middle: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """Value that parts high from low; default: the middle of the scale, 0.5 of a share."""
    statement: Text = Field(default_factory=dict)
    """A published sentence that is quoted in place of interviews."""
    source: Text = Field(default_factory=dict)
    """Where the statement stands."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"measures": value}


class QualitativeShape(Shape):
    """Coded interviews."""

    codebook: FileNames = Field(default_factory=list)
    """Codebook (.qdc), or several, which are read as one."""
    coded: FileName
    """Coded documents (.qdpx), or a CSV: document stage year code coder start end text."""
    wave: Name | None = None
    """Wave with whose numbers they are shown; default: the last."""
    links: dict[Key, LinkShape] = Field(default_factory=dict)
    """Code of the codebook, or a name for a statement: the questions or indicators it is set beside."""
    quotations: Annotated[int, Field(ge=0, le=5)] = 2
    """Most passages that are quoted for a code; 0: none."""
    by: Name | None = None
    """Group in whose levels the joint display repeats its numbers."""


class RuleShape(Shape):
    """A law, a regulation or a plan."""

    title: Text
    """What it is called."""
    level: Literal["national", "province", "city"]
    """Who made it."""
    year: int | None = None
    """Year in which it was made; null: it does not exist as far as the source knows."""
    source: Text = Field(default_factory=dict)
    """Where that can be read."""


class RelationShape(Shape):
    """A relation of two parties, as a source states it."""

    between: Annotated[list[Text], Field(min_length=2, max_length=2)]
    """The two parties."""
    kind: Literal["formal", "informal"]
    """Whether it is laid down."""
    about: Text = Field(default_factory=dict)
    """What it is about."""
    source: Text = Field(default_factory=dict)
    """Where that can be read."""


class DocumentsShape(Shape):
    """Rules and relations that were read, not surveyed; printed as they stand."""

    launch: int | None = None
    """Year from which the lag of a rule is counted."""
    rules: list[RuleShape] = Field(default_factory=list)
    """Rules in the order in which they are printed."""
    relations: list[RelationShape] = Field(default_factory=list)
    """Relations in the order in which they are printed."""


class ThemeShape(Worded):
    """A theme of open answers: its label in language keys and the words that point to it."""

    terms: Annotated[Names, Field(min_length=1, alias="words")]
    """Words or phrases; each is looked for from the start of a word, so `aplikasi` finds `aplikasinya`."""

"""Questions and the answers that they offer.

A new property of a question is a field here and a key in `core.schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from survey.core.codes import Code, code_text
from survey.core.expression import Expression
from survey.core.words import Words

QuestionType = Literal["ordinal", "nominal", "integer", "number", "date", "text", "multi"]

#: Roles whose questions describe the fieldwork, not the respondent: never a measure of an analysis.
PARADATA_ROLES = frozenset(
    {"id", "wave", "consent", "weight", "stratum", "psu", "fpc", "interviewer", "identifier", "open", "date"}
)


@dataclass(frozen=True, slots=True)
class Level:
    """One answer of a response scale, or one level of a derived variable."""

    code: Code
    label: Words
    abbr: str | None = None
    exclusive: bool = False

    @property
    def key(self) -> str:
        """The code as text."""
        return code_text(self.code)

    @property
    def value(self) -> float | None:
        """The code as a number; None for codes that are text."""
        return float(self.code) if isinstance(self.code, int | float) else None


@dataclass(frozen=True, slots=True)
class ResponseScale:
    """The answers a question offers, in order.

    Attributes
    ----------
    synonyms : text seen in exports → key of a level.
    """

    levels: tuple[Level, ...]
    ordinal: bool
    synonyms: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None


#: The level of open answers in which no theme was found.
NO_THEME = "none"


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of open answers and the words, or beginnings of words, that point to it."""

    name: str
    label: Words
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the questionnaire.

    Attributes
    ----------
    column : source column by wave; the key ``""`` serves waves that are not named;
        None: the wave did not ask it.
    columns : for `multi` with one column an option: key of the option → source column.
    recode : wave → source code as text → key of a level.
    missing : wave (``""`` for every wave) → source text → missing kind.
    minimum, maximum : inclusive range of a number.
    changed : wave from which the wording differs → what changed.
    keywords : themes by which open answers are counted.
    extra : keys the schema knows and no module reads (notes, release hints), kept for exports.
    """

    name: str
    text: Words
    label: Words
    type: QuestionType
    scale: ResponseScale | None = None
    column: Mapping[str, str | None] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    selected: str | None = None
    separator: str | None = None
    reverse: bool = False
    recode: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ask_if: Expression | None = None
    minimum: float | None = None
    maximum: float | None = None
    role: str | None = None
    pdp: str | None = None
    required: bool = False
    unique: bool = False
    pattern: str | None = None
    formats: tuple[str, ...] = ()
    number_format: str | None = None
    unit: str | None = None
    module: str | None = None
    stage: str | None = None
    changed: Mapping[str, Words] = field(default_factory=dict)
    keywords: tuple[Theme, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)

    def column_in(self, wave: str) -> str | None:
        """Source column of this question in `wave`; None where the wave did not ask it."""
        if wave in self.column:
            return self.column[wave]
        return self.column.get("", None if self.column else self.name)

    def missing_in(self, wave: str) -> Mapping[str, str]:
        """Source text → missing kind, for `wave`."""
        return self.missing.get(wave, self.missing.get("", {}))

    @property
    def levels(self) -> tuple[Level, ...]:
        """The answers offered; empty for numbers, dates and text."""
        return self.scale.levels if self.scale else ()

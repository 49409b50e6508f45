"""What was asked: questions, response scales, indicators, derived variables, checks.

Frozen records without arithmetic or files; `core.schema` makes them from YAML. A new property of a
question is a field here and a key in `core.schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from survey.core.codes import Code, code_text
from survey.core.divide import DivideSpec
from survey.core.expression import Expression
from survey.core.missing import MissingKind
from survey.core.roadmap import Frame
from survey.core.words import Words
from survey.errors import SurveyError, unknown_name

QuestionType = Literal["ordinal", "nominal", "integer", "number", "date", "text", "multi"]
VariableType = Literal["ordinal", "nominal", "binary", "integer", "number", "date", "text", "multi"]

#: Role of the variable that tells which stakeholder a respondent is; an instrument has one at most.
STAKEHOLDER = "stakeholder"

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


@dataclass(frozen=True, slots=True)
class Derived:
    """A variable computed from others: an expression, breaks of a number, or a regrouping of codes.

    Attributes
    ----------
    source : expression; a bare name where `breaks` or `regroup` are given.
    breaks, labels : left-closed intervals, the last open; as many labels as breaks.
    regroup : each level, its key as written (``"0-2"``), holds answers to one source.
    members : level key → keys of the source's levels that it holds; for coded sources.
    ranges : level key → lowest and highest number it holds, infinite where open; for numbers.
    role : `STAKEHOLDER`, or none.
    """

    name: str
    label: Words
    type: VariableType
    source: Expression
    breaks: tuple[float, ...] = ()
    levels: tuple[Level, ...] = ()
    regroup: bool = False
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    role: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facet:
    """Items of an indicator that may measure a thing of their own."""

    name: str
    label: Words
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A score over items that are meant to measure one thing.

    Attributes
    ----------
    min_valid : a count of valid items when ≥ 1 and integer, else a share of the items.
    facets : a hypothesis to be tested, not scores.
    """

    name: str
    label: Words
    items: tuple[str, ...]
    min_valid: float
    facets: tuple[Facet, ...] = ()
    note: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that answers should obey. `error` stops the run, `warning` is counted."""

    id: str
    severity: Literal["error", "warning"]
    rule: Expression
    label: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Module:
    """A heading of the questionnaire and the questions under it."""

    id: str
    title: Words
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Barriers:
    """Obstacles that the questionnaire names, and why people stay away.

    Attributes
    ----------
    items : statements on one response scale, higher meaning a greater obstacle.
    by : variable that they are shown by, such as whether the respondent is a user.
    reasons : questions, as a rule several answers each, on why a service is not used.
    """

    items: tuple[str, ...]
    by: str | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """What an analysis must know of a question or a derived variable, whichever it is."""

    name: str
    label: Words
    text: Words
    type: VariableType
    levels: tuple[Level, ...]
    role: str | None
    pdp: str | None
    minimum: float | None
    maximum: float | None
    derived: bool
    unit: str | None = None

    @property
    def numeric(self) -> bool:
        """Whether a mean makes sense: a number, or an ordinal scale whose codes are all numbers."""
        if self.type in ("integer", "number"):
            return True
        return self.type == "ordinal" and bool(self.levels) and all(v.value is not None for v in self.levels)


@dataclass(frozen=True)
class Instrument:
    """The questionnaire and everything computed from it, in its own order."""

    questions: tuple[Question, ...]
    indicators: tuple[Indicator, ...] = ()
    derived: tuple[Derived, ...] = ()
    checks: tuple[Check, ...] = ()
    missing: tuple[MissingKind, ...] = ()
    modules: tuple[Module, ...] = ()
    languages: tuple[str, ...] = ()
    divide: DivideSpec = field(default_factory=DivideSpec)
    frames: tuple[Frame, ...] = ()
    barriers: Barriers | None = None

    @cached_property
    def _questions(self) -> dict[str, Question]:
        return {q.name: q for q in self.questions}

    @cached_property
    def _variables(self) -> dict[str, Variable]:
        found: dict[str, Variable] = {}
        for q in self.questions:
            found[q.name] = Variable(
                q.name, q.label, q.text, q.type, q.levels, q.role, q.pdp, q.minimum, q.maximum, False, q.unit
            )
        for d in self.derived:
            sources = [found[n] for n in d.source.names if n in found]
            # What is computed from sensitive answers is as sensitive as they are.
            pdp = "spesifik" if any(s.pdp == "spesifik" for s in sources) else None
            role = "geography" if d.regroup and any(s.role == "geography" for s in sources) else d.role
            found[d.name] = Variable(d.name, d.label, d.label, d.type, d.levels, role, pdp, None, None, True)
        return found

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Questions, then derived variables, in the instrument's order."""
        return tuple(self._variables.values())

    def has(self, name: str) -> bool:
        """Whether a question or derived variable has this name."""
        return name in self._variables

    def question(self, name: str) -> Question:
        """The question of that name, or an error that offers the nearest names."""
        if name not in self._questions:
            raise SurveyError(unknown_name("question", name, self._questions))
        return self._questions[name]

    def variable(self, name: str) -> Variable:
        """The question or derived variable of that name, or an error that offers the nearest names."""
        if name not in self._variables:
            raise SurveyError(unknown_name("question or derived variable", name, self._variables))
        return self._variables[name]

    def indicator(self, name: str) -> Indicator:
        """The indicator of that name, or an error that offers the nearest names."""
        known = {i.name: i for i in self.indicators}
        if name not in known:
            raise SurveyError(unknown_name("indicator", name, known))
        return known[name]

    def frame(self, name: str | None) -> Frame | None:
        """The frame of dimensions of that name; None where the instrument declares none."""
        return next((f for f in self.frames if f.name == name), None)

    def by_role(self, role: str) -> tuple[Question, ...]:
        """Questions of one role, in order."""
        return tuple(q for q in self.questions if q.role == role)

    @property
    def stakeholder(self) -> Variable | None:
        """The question or derived variable that tells which stakeholder a respondent is; None where none does."""
        return next((v for v in self.variables if v.role == STAKEHOLDER), None)

    def sources(self, name: str) -> tuple[Question, ...]:
        """The questions that a derived variable is computed from, directly or through others, in their order."""
        wanted, made = {name}, {d.name: d.source.names for d in self.derived}
        for d in reversed(self.derived):
            wanted |= set(made[d.name]) if d.name in wanted else set()
        return tuple(q for q in self.questions if q.name in wanted)

    def item_range(self, indicator: Indicator) -> tuple[float, float] | None:
        """Lowest and highest code of an indicator's items, or their declared range; None if unknown."""
        low, high = [], []
        for q in map(self.question, indicator.items):
            values = [v.value for v in q.levels if v.value is not None]
            if values:
                low.append(min(values))
                high.append(max(values))
            elif q.minimum is not None and q.maximum is not None:
                low.append(q.minimum)
                high.append(q.maximum)
            else:
                return None
        return min(low), max(high)

"""The instrument: questions and derived variables, indicators, checks, and where to find each.

Frozen records without arithmetic or files; `core.schema` makes them from YAML.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from survey.core.divide import DivideSpec
from survey.core.expression import Expression
from survey.core.missing import MissingKind
from survey.core.questions import Question
from survey.core.roadmap import Frame
from survey.core.variables import STAKEHOLDER, Derived, Variable
from survey.core.words import Words
from survey.errors import SurveyError, unknown_name


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

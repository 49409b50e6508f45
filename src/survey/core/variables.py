"""Variables that are computed from answers, and what an analysis must know of a variable, computed or asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from survey.core.expression import Expression
from survey.core.questions import Level
from survey.core.words import Words

#: Role of the variable that tells which stakeholder a respondent is; an instrument has one at most.
STAKEHOLDER = "stakeholder"

VariableType = Literal["ordinal", "nominal", "binary", "integer", "number", "date", "text", "multi"]


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

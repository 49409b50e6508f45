"""What a study says of its interviews and documents: which files, what they are set beside, which rules exist.

Frozen records; `core.schema` makes them from YAML, `core.interviews` holds what the files contain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from survey.core.words import Words

#: Where what is said points to, on the scale of the measure it is set beside.
Says = Literal["positive", "negative", "mixed"]
#: What interviews and number say together (Fetters, Curry and Creswell 2013); or no direction was declared.
MetaInference = Literal["confirm", "expand", "discord", "undeclared"]


@dataclass(frozen=True, slots=True)
class Link:
    """A code, or a published statement, and the measures it is set beside.

    Attributes
    ----------
    says : ``positive``: towards high values of the measures; None: no direction is declared.
    middle : value that parts high from low; None: the middle of the measure's scale, 0.5 of a share.
    statement, source : words quoted in place of interviews, and where they stand; empty for a code.
    """

    code: str
    measures: tuple[str, ...]
    says: Says | None = None
    middle: float | None = None
    statement: Words = field(default_factory=Words)
    source: Words = field(default_factory=Words)

    def beside(self, low: float | None, high: float | None, middle: float | None) -> MetaInference:
        """What is said beside a number with this interval; None where there is none.

        They confirm or contradict each other only where the whole interval lies on one side of the middle and
        the interviews point to one side. Otherwise each says what the other does not.
        """
        if self.says is None:
            return "undeclared"
        if self.says == "mixed" or low is None or high is None or middle is None or low <= middle <= high:
            return "expand"
        return "confirm" if (low > middle) == (self.says == "positive") else "discord"


@dataclass(frozen=True, slots=True)
class QualitativeSpec:
    """Coded interviews beside the survey. Paths are as written, relative to the study's folder.

    Attributes
    ----------
    wave : the wave with whose numbers they are shown; None: the last.
    quotations : most passages that are quoted for a code.
    by : group in whose levels the joint display repeats its numbers; None: everyone only.
    """

    coded: str
    codebooks: tuple[str, ...] = ()
    wave: str | None = None
    links: tuple[Link, ...] = ()
    quotations: int = 2
    by: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that is read, each once."""
        return tuple(dict.fromkeys((*self.codebooks, self.coded)))


@dataclass(frozen=True, slots=True)
class Rule:
    """A law, a regulation or a plan; `year` None: it does not exist, as far as `source` knows."""

    title: Words
    level: Literal["national", "province", "city"]
    year: int | None = None
    source: Words = field(default_factory=Words)

    def lag(self, launch: int | None) -> int | None:
        """Years from the launch to the rule, negative for a rule that was there before."""
        return None if launch is None or self.year is None else self.year - launch


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of two parties, as a source states it."""

    between: tuple[Words, Words]
    kind: Literal["formal", "informal"]
    about: Words = field(default_factory=Words)
    source: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class DocumentsSpec:
    """Rules and relations that were read, not surveyed; `launch` is the year from which lags are counted."""

    launch: int | None = None
    rules: tuple[Rule, ...] = ()
    relations: tuple[Relation, ...] = ()

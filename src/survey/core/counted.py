"""What respondents are counted by, said in names: conditions on an answer and numbers made of them.

An analysis names its columns and the domains it wants; where the respondents lie (in memory, in
Parquet under DuckDB, on a Spark cluster) decides how they are summed. A new condition is a record
here and one line in each of those places.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

#: Names of the variables whose crossing makes domains; empty for everyone.
Breakdown = tuple[str, ...]

#: Up to so many distinct values a number is tallied by value; beyond, its quantiles need a sort.
MANY_VALUES = 400


@dataclass(frozen=True, slots=True)
class Answered:
    """There is a valid answer, or a score."""

    name: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """The answer is one of these levels, by position in the instrument's order."""

    name: str
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The option with this key was ticked in a multi-response question."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The question applied to the respondent."""

    name: str


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no answer, for this reason: one of `missing.MISSING_KINDS`."""

    name: str
    kind: str


Condition = Answered | OneOf | Chosen | Asked | Missing


@dataclass(frozen=True, slots=True)
class HowMany:
    """The number of these conditions that hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """1 where at least one of these conditions holds, else 0."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Deviation:
    """A power of a number's distance from a centre; 0 where it has no value."""

    name: str
    centre: float
    power: int


Column = HowMany | AnyOf | Deviation


def each(*conditions: Condition) -> tuple[AnyOf, ...]:
    """One column a condition."""
    return tuple(AnyOf((c,)) for c in conditions)


def breakdowns(groups: Sequence[str], cross: Sequence[tuple[str, str]], held: Container[str]) -> tuple[Breakdown, ...]:
    """Everyone, then each group, then each crossing, of the variables that a wave holds."""
    wanted: list[Breakdown] = [(), *((name,) for name in groups), *cross]
    return tuple(b for b in wanted if all(name in held for name in b))

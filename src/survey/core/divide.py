"""What instrument.yaml declares of the digital divide: the ladder, the funnels of services, what gaps are measured of.

Services and stages change with the city, so they are configuration; `analyse.divide` reads nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from survey.core.expression import Expression
from survey.core.words import Words

#: What a measure's numbers mean: a share of people, or an amount with a true zero. Indicators are scores, without one.
Amount = Literal["share", "amount"]


@dataclass(frozen=True, slots=True)
class LadderStage:
    """One stage of access and the condition that a respondent who has passed it meets."""

    name: str
    label: Words
    passed: Expression


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step towards the use of a service: taken by whoever answers this level of the scale or a later one."""

    name: str
    label: Words
    least: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps of every service that is asked for on one response scale."""

    name: str
    scale: str
    steps: tuple[FunnelStep, ...]


@dataclass(frozen=True, slots=True)
class DivideSpec:
    """All that a questionnaire declares of the divide.

    Attributes
    ----------
    ladder : stages in order; each is climbed by those who took all before.
    user_status : variable that keeps the unaware, the aware and the users apart.
    gaps : measures beside the indicators, and what their numbers mean.
    """

    ladder: tuple[LadderStage, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    user_status: str | None = None
    gaps: Mapping[str, Amount] = field(default_factory=dict)

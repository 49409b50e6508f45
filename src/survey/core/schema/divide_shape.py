"""The keys of who is left behind: stages of access, steps towards a service, obstacles and reasons."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from survey.core.schema.shape import Code, Condition, Identifier, Name, Names, Shape, Worded


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

"""The shape of targets, initiatives and maturity in study.yaml, and of the frames of dimensions in instrument.yaml."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from survey.core.roadmap import Axis, Cell, Side
from survey.core.schema.shape import Identifier, Key, Name, Names, Shape, Text, Worded, list_or_words, refusal

Estimand = Literal["score100", "mean", "top2", "proportion", "dont_know"]
Sides: TypeAlias = Annotated[list[Side], Field(min_length=2, max_length=2)]


def _one_frame(value: Any) -> Any:
    if isinstance(value, list):
        hint = "Frames share dimensions: a mean over several counts some twice. The crosswalk shows the others."
        raise refusal("the name of one frame", f"a list of {len(value)}", hint)
    return value


FrameName: TypeAlias = Annotated[Name, BeforeValidator(_one_frame), WithJsonSchema({"type": "string"})]


class TargetShape(Shape):
    """A value the city has set itself, by horizon."""

    measure: Name
    """Question, indicator, derived variable, or dimension of the study's frame."""
    estimand: Estimand
    """Estimand that the values are in."""
    level: Name | None = None
    """Answer whose proportion is meant; default: yes, for a yes/no variable."""
    horizon: Annotated[dict[Key, int], Field(min_length=1)]
    """Name of a horizon: year, at whose end the value is due."""
    values: list[float]
    """One value a horizon, in the same order."""
    direction: Literal["up", "down"] | None = None
    """Whether the value is reached from below or from above; default: down where the values fall, else up."""
    drift_sd: Annotated[float, Field(gt=0)] | None = None
    """Standard deviation of a wave's true value around a straight line over time, in the units of the values:
    declared, it allows a probability from two waves."""
    example: bool = False
    """The values are illustrations, and every output says so."""
    note: Text = Field(default_factory=dict)
    """Where the values come from."""


class PlanDocumentShape(Shape):
    """A planning document."""

    name: Text
    """Its name, such as RPJMD 2025–2029."""
    reference: Text = Field(default_factory=dict)
    """Place in it: mission, programme, indicator, page."""


class InitiativeShape(Shape):
    """Something the city will do, and the measure by which residents would notice."""

    id: Identifier
    """Name of the initiative in the estimates."""
    title: Text
    """What is done."""
    dimension: Name
    """Dimension of the study's frame."""
    horizon: Key
    """When: a horizon of the targets, such as short, or a year."""
    owner: Text = Field(default_factory=dict)
    """Office that answers for it."""
    indicator: Name
    """Question, indicator, derived variable or dimension that it should move."""
    estimand: Estimand = "score100"
    """Estimand of the indicator."""
    target: float | None = None
    """Value of the indicator that is aimed at."""
    funding: Text = Field(default_factory=dict)
    """Where the money comes from."""
    documents: list[PlanDocumentShape] = Field(default_factory=list)
    """Planning documents that it answers to."""
    example: bool = False
    """The entry is an illustration, and every output says so."""


class MaturityShape(Shape):
    """Placement of the city, and of each group, by readiness and performance."""

    readiness: Annotated[Names, Field(min_length=1)]
    """Measures whose mean, in points of 100, is readiness; a dimension of the frame stands for its own."""
    performance: Annotated[Names, Field(min_length=1)]
    """Measures whose mean, in points of 100, is performance."""
    cuts: dict[Axis, Annotated[float, Field(gt=0, lt=100)]]
    """Points of 100 from which readiness and performance count as above."""
    cells: dict[Cell, Sides]
    """Cell: sides of readiness and of performance, such as [above, below]; each pair of sides once."""
    example: bool = False
    """The rule is an illustration, and every output says so."""


class DimensionShape(Worded):
    """One dimension: a list of measures, or measures and words."""

    model_config = ConfigDict(json_schema_extra=list_or_words("measures"))

    measures: Names = Field(default_factory=list)
    """Questions, indicators or derived variables that speak of it; none where nobody was asked."""

    @model_validator(mode="before")
    @classmethod
    def _plain_list(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"measures": value}


class FrameShape(Worded):
    """A set of dimensions in which a smart city is described."""

    dimensions: Annotated[dict[Key, DimensionShape], Field(min_length=2)]
    """Name of a dimension: its measures."""
    crosswalk: dict[Key, dict[Key, Names]] = Field(default_factory=dict)
    """Other frame: {dimension of this one: dimensions of the other that it answers to}."""

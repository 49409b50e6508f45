"""What a city declares of its plans: frames of dimensions, initiatives with horizons, the rule of maturity.

Frames stand in instrument.yaml, because they say what questions ask about; the frame that the study reads by,
its initiatives and its rule stand in study.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from survey.core.words import Words

#: The two axes of the maturity rule, and the side of an axis's cut.
Axis = Literal["readiness", "performance"]
Side = Literal["below", "above"]
Cell = Literal["initial", "developing", "managed", "optimized"]
AXES: tuple[Axis, Axis] = ("readiness", "performance")
CELLS: tuple[Cell, ...] = ("initial", "developing", "managed", "optimized")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension of a frame and the measures that speak of it; none where nobody was asked about it."""

    name: str
    label: Words
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A set of dimensions in which a smart city is described.

    Attributes
    ----------
    crosswalk : another frame → dimension of this one → the other's dimensions that it answers to
    """

    name: str
    label: Words
    dimensions: tuple[Dimension, ...]
    crosswalk: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def dimension(self, name: str) -> Dimension | None:
        """The dimension of that name; None where the frame has none."""
        return next((d for d in self.dimensions if d.name == name), None)


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A planning document and the place in it that an initiative answers to."""

    name: Words
    reference: Words


@dataclass(frozen=True, slots=True)
class Initiative:
    """Something the city will do, and the measure by which residents would notice.

    Attributes
    ----------
    target : value of the indicator in its estimand; None where none is set
    example : the entry is an illustration, and every output says so
    """

    id: str
    title: Words
    dimension: str
    horizon: str
    owner: Words
    indicator: str
    estimand: str
    target: float | None
    funding: Words
    documents: tuple[PlanDocument, ...]
    example: bool = False


@dataclass(frozen=True, slots=True)
class MaturityRule:
    """Placement by readiness and performance, each the mean of its measures in points of 100.

    Attributes
    ----------
    cells : cell → sides of readiness and performance; a mean at the cut lies above it
    """

    readiness: tuple[str, ...]
    performance: tuple[str, ...]
    cuts: Mapping[Axis, float]
    cells: Mapping[Cell, tuple[Side, Side]]
    example: bool = False

    def measures(self, axis: Axis) -> tuple[str, ...]:
        """The measures of an axis."""
        return self.readiness if axis == "readiness" else self.performance

    def cell(self, sides: tuple[Side, Side]) -> Cell:
        """The cell on these sides of the two cuts."""
        return next(cell for cell, of_cell in self.cells.items() if of_cell == sides)


def measures_of(names: tuple[str, ...], frame: Frame | None) -> tuple[str, ...]:
    """Measures, a dimension of the frame standing for its own; each once, in order."""
    found = [(frame.dimension(name) if frame else None, name) for name in names]
    every = [m for dimension, name in found for m in (dimension.measures if dimension else (name,))]
    return tuple(dict.fromkeys(every))

"""The keys of what is modelled: gaps split by covariates, regressions, indirect associations, areas, types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from survey.core.schema.shape import FileName, Name, Names, Shape


class DecomposeShape(Shape):
    """A gap between two groups, split by what the groups differ in."""

    measure: Annotated[Names, Field(min_length=1)]
    """Indicator, number or yes/no variable, or a list of them."""
    by: Name
    """Variable whose two groups are compared."""
    groups: Annotated[list[Name], Field(min_length=2, max_length=2)] | None = None
    """Two of its levels; default: the first and the last."""
    covariates: Annotated[Names, Field(min_length=1, alias="with")]
    """Variables by which the gap is split."""


class ModelShape(Shape):
    """Measures regressed on covariates."""

    measure: Annotated[Names, Field(min_length=1)]
    """Indicator, question or derived variable, or a list of them, each with a model of its own."""
    covariates: Annotated[Names, Field(min_length=1, alias="on")]
    """Variables that the measure is regressed on."""
    type: Literal["linear", "logistic", "ordinal"] | None = None
    """Kind of model; default: linear for numbers and indicators, ordinal for scales, logistic for two levels."""


class IndirectShape(Shape):
    """Three variables in a declared order, for an indirect association."""

    source: Name = Field(alias="from")
    """First variable, such as education."""
    through: Name
    """Indicator or number between them, such as digital skills."""
    target: Name = Field(alias="to")
    """Indicator or number at the end."""
    covariates: Names = Field(default_factory=list, alias="with")
    """Variables held fixed in both regressions."""


class AreasShape(Shape):
    """Small areas to be estimated by an area-level model."""

    by: Name
    """Question whose codes are the areas."""
    within: Name
    """Question or derived variable of the larger areas in which they lie: the stratum, as a rule."""
    covariates: FileName | None = None
    """CSV of known area totals: a column named as `by` with the codes, every other column a number."""


class TypesShape(Shape):
    """Types of respondents by latent class analysis."""

    items: Annotated[list[Name], Field(min_length=3)]
    """Questions or derived variables with levels, three or more, whose answers make the types."""
    classes: Annotated[list[Annotated[int, Field(ge=2, le=12)]], Field(min_length=2, max_length=2)] = Field(
        default_factory=lambda: [2, 6]
    )
    """Fewest and most classes that are tried."""

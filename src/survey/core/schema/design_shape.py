"""The keys of how the sample was drawn and what its weights are calibrated to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from survey.core.schema.shape import Name, Names, Shape, Text


def _margins(value: Any) -> Any:
    if isinstance(value, str):
        return [[value]]
    return [v if isinstance(v, list) else [v] for v in value] if isinstance(value, list) else value


Margins = Annotated[
    list[Annotated[list[Name], Field(min_length=1, max_length=2)]],
    BeforeValidator(_margins),
    Field(min_length=1),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 2}]},
        }
    ),
]


class ReplicatesShape(Shape):
    """Replicate weights: supplied with the data, or made from strata and sampling units."""

    type: Literal["bootstrap", "jk1", "jkn", "brr", "fay"]
    """How the replicates were made."""
    columns: Name | None = None
    """Regular expression that the names of the replicate columns match in full; left out: replicates are made."""
    number: Annotated[int, Field(ge=2, le=10000)] = 500
    """How many bootstrap replicates are made; the other types know theirs."""
    scale: Annotated[float, Field(gt=0)] | None = None
    """Factor of the sum of squared deviations; default by type."""
    rscales: list[float] | None = None
    """Factor of each replicate; required for jkn."""
    rho: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Fay's rho."""
    combined: bool = True
    """Whether the columns are whole weights; false: multipliers of the weight."""
    mse: bool = False
    """Deviations from the full-sample estimate instead of the replicates' mean."""


class CalibrateShape(Shape):
    """Calibration of the weights to the margins file."""

    to: Margins
    """Margins: one question, or a list of two for a cross-classification."""
    method: Literal["rake", "linear", "logit", "poststratify"] = "rake"
    """Distance that the calibrated weights minimise."""
    bounds: Annotated[list[Annotated[float, Field(ge=0, allow_inf_nan=True)]], Field(min_length=2, max_length=2)] | (
        None
    ) = None
    """Lowest and highest ratio of new to old weight."""


class DesignShape(Shape):
    """How the sample was drawn; names are questions or columns of the file."""

    sampling: Literal["probability", "nonprobability"] = "probability"
    """A nonprobability sample carries no standard errors."""
    method: Text = Field(default_factory=dict)
    """Words for the methodology note."""
    weight: Name | None = None
    """Column of weights; null: every weight is 1."""
    stratum: Names = Field(default_factory=list)
    """Stratum column, or a list, one a stage, outermost first."""
    psu: Names = Field(default_factory=list)
    """Sampling unit column, or a list, one a stage; numbers are read within their stratum."""
    fpc: Names = Field(default_factory=list)
    """Column with the number of units in the population, or a list, one a stage."""
    lonely_psu: Literal["fail", "adjust", "average", "certainty"] = "fail"
    """What to do with a stratum of one PSU, in the meanings of R's survey package."""
    overlap: Literal["none", "psu", "persons"] = "none"
    """What two waves share, for the errors of change."""
    replicates: ReplicatesShape | None = None
    """Replicate weights: supplied with the data, or made from strata and sampling units."""
    calibrate: CalibrateShape | None = None
    """Calibration to the margins; null: none."""
    trim: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=2, max_length=2)] | None = None
    """Smallest and largest weight after calibration; what is cut is shared equally by the other respondents."""

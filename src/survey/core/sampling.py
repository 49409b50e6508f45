"""How the sample was drawn, in names of questions or of columns: strata, units, replicates, calibration.

The arrays that these names stand for are in `core.design`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from survey.core.words import Words

LonelyPsu = Literal["fail", "adjust", "average", "certainty"]
Overlap = Literal["none", "psu", "persons"]


@dataclass(frozen=True, slots=True)
class CalibrationSpec:
    """What the weights are calibrated to: names of variables, one tuple a margin."""

    to: tuple[tuple[str, ...], ...]
    method: Literal["rake", "linear", "logit", "poststratify"] = "rake"
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ReplicateSpec:
    """Replicate weights: supplied with the data, or made from strata and units.

    Attributes
    ----------
    columns : regular expression of the columns that hold them; None: they are made.
    number : of bootstrap replicates that are made; the other types know theirs.
    """

    type: Literal["bootstrap", "jk1", "jkn", "brr", "fay"]
    columns: str | None = None
    number: int = 500
    scale: float | None = None
    rscales: tuple[float, ...] = ()
    rho: float = 0.0
    combined: bool = True
    mse: bool = False


@dataclass(frozen=True, slots=True)
class DesignSpec:
    """How the sample was drawn, in names of questions or of columns of the file.

    Attributes
    ----------
    strata, psus, fpcs : one name a stage, outermost first; empty where the stage has none.
    trim : smallest and largest final weight; what is cut is shared by the others.
    overlap_stated : whether the study says what its waves share, or `overlap` is the default.
    """

    sampling: Literal["probability", "nonprobability"] = "probability"
    method: Words = field(default_factory=Words)
    weight: str | None = None
    strata: tuple[str, ...] = ()
    psus: tuple[str, ...] = ()
    fpcs: tuple[str, ...] = ()
    lonely_psu: LonelyPsu = "fail"
    overlap: Overlap = "none"
    replicates: ReplicateSpec | None = None
    calibrate: CalibrationSpec | None = None
    trim: tuple[float, float] | None = None
    overlap_stated: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every name the design reads, in order, each once."""
        names = [self.weight, *self.strata, *self.psus, *self.fpcs]
        return tuple(dict.fromkeys(n for n in names if n is not None))

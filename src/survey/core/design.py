"""How the sample was drawn: weights, stages of strata and units, calibration.

Arrays aligned with a wave's rows. `prepare.weight` makes a `Design`; `stats` reads its arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from survey.core.sampling import LonelyPsu, Overlap

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of sampling.

    Attributes
    ----------
    stratum, unit : (n,) int
        Codes from 0. Units are unique across strata and nested in the units of the stage before.
    size : (n,) float
        Number of units in the population of the respondent's stratum (stage 1) or unit of the
        stage before; ``inf`` where sampling is with replacement.
    """

    stratum: Codes = field(repr=False)
    unit: Codes = field(repr=False)
    size: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What calibration fixed; without it standard errors after raking are wrong.

    Attributes
    ----------
    margins : one (n,) int array a margin, category of each respondent from 0.
    categories : number of categories of each margin.
    base_weight : (n,) float, weights before calibration.
    """

    margins: tuple[Codes, ...] = field(repr=False)
    categories: tuple[int, ...]
    base_weight: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReplicateWeights:
    """Weights that carry the variance in place of strata and units.

    Attributes
    ----------
    weight : (n, R) float, whole weights of each replicate, calibrated like the final weight.
    rscales : (R,) float, or empty for 1.
    """

    weight: Floats = field(repr=False)
    type: Literal["bootstrap", "jk1", "jkn", "brr", "fay"]
    scale: float | None = None
    rscales: tuple[float, ...] = ()
    rho: float = 0.0
    mse: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Which strata and sampling units of the first stage respondents lie in, by numbers that all waves share.

    Attributes
    ----------
    stratum, unit : (n,) int64, equal in two waves where the file names them alike; units within their stratum;
        `unit` is None where respondents are the units
    """

    stratum: NDArray[np.int64] = field(repr=False)
    unit: NDArray[np.int64] | None = field(repr=False)


@dataclass(frozen=True)
class Design:
    """Sampling design of one wave, aligned row by row with its frame.

    Attributes
    ----------
    weight : (n,) float
        Final weight: population units one respondent stands for. Positive.
    stages : outermost first; never empty. Without declared PSUs every respondent is one.
    weighted : whether the study gave weights or calibrates; False: every weight is 1.
    probability : False for samples that carry no standard errors.
    places : None where the study names neither strata nor units, or respondents are counted outside memory.
    """

    weight: Floats = field(repr=False)
    stages: tuple[Stage, ...] = field(repr=False)
    lonely_psu: LonelyPsu = "fail"
    overlap: Overlap = "none"
    weighted: bool = True
    probability: bool = True
    calibration: Calibration | None = field(default=None, repr=False)
    replicates: ReplicateWeights | None = field(default=None, repr=False)
    places: Places | None = field(default=None, repr=False)

    @property
    def n(self) -> int:
        """Respondents."""
        return len(self.weight)

    @property
    def stratum(self) -> Codes:
        """First-stage stratum of each respondent."""
        return self.stages[0].stratum

    @property
    def psu(self) -> Codes:
        """Primary sampling unit of each respondent."""
        return self.stages[0].unit

    @cached_property
    def n_psu(self) -> int:
        """Primary sampling units of the whole design, those without a domain member included."""
        return int(self.psu.max()) + 1 if self.n else 0

    @cached_property
    def n_strata(self) -> int:
        """First-stage strata."""
        return int(self.stratum.max()) + 1 if self.n else 0

    @cached_property
    def stratum_of_psu(self) -> Codes:
        """(n_psu,) stratum of each PSU."""
        out = np.zeros(self.n_psu, dtype=np.intp)
        out[self.psu] = self.stratum
        return out

    @cached_property
    def elementwise(self) -> bool:
        """Whether every respondent is a primary sampling unit."""
        return self.n_psu == self.n

    def df(self, domain: NDArray[np.bool_]) -> int:
        """Degrees of freedom of a domain: its PSUs minus its strata.

        PSUs without a member of the domain say nothing about it (Korn and Graubard 1999,
        section 5.2), so the count belongs to the domain, not to the design.
        """
        return int(np.unique(self.psu[domain]).size - np.unique(self.stratum[domain]).size)

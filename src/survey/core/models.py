"""What a study has modelled: gaps split by covariates, regressions, small areas, types of respondents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A gap between two groups and the covariates that it is split by.

    Attributes
    ----------
    groups : two levels of `by`; None: its first and its last
    """

    measures: tuple[str, ...]
    by: str
    groups: tuple[str, str] | None
    covariates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Measures regressed on covariates; `type` None: as the measure's type asks."""

    measures: tuple[str, ...]
    covariates: tuple[str, ...]
    type: Literal["linear", "logistic", "ordinal"] | None = None


@dataclass(frozen=True, slots=True)
class IndirectSpec:
    """An order of three variables that the study declares: from `source` through `through` to `target`."""

    source: str
    through: str
    target: str
    covariates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AreasSpec:
    """Small areas to be estimated by a model.

    Attributes
    ----------
    by : variable whose levels are the areas; within : variable of the larger areas that hold them
    covariates : file of area totals; columns : its covariates' names
    totals : area → one number a covariate; empty without a file
    """

    by: str
    within: str
    covariates: str | None = None
    columns: tuple[str, ...] = ()
    totals: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypesSpec:
    """Latent classes: the items whose answers make types of respondents, and how few and how many are tried."""

    items: tuple[str, ...]
    classes: tuple[int, int] = (2, 6)

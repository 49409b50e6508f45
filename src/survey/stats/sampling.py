"""The sample as arithmetic sees it: units of every stage, their factors, and what calibration fixed.

`core.design.Design` says how the sample was drawn; a `Sampling` is the same in the form that the
variance formula multiplies with. Made once a wave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from survey.errors import DesignError
from survey.stats.arrays import Bools, Floats, Ints, margin_dummies, weighted_sums
from survey.stats.replicate import Replicates

Lonely = Literal["fail", "adjust", "average", "certainty"]


@dataclass(frozen=True, slots=True)
class StageUnits:
    """One stage of sampling, over its M units.

    Attributes
    ----------
    unit : (U,) int, unit of this stage in which each of the finest units lies
    stratum : (M,) int, stratum (first stage) or unit of the stage before
    centred : (M,) float, 1; 0 where the unit is alone in its stratum and is not centred
    factor : (M,) float, sampling fractions of the stages before × (1 − f) × m / (m − 1)
    """

    unit: Ints
    stratum: Ints
    centred: Floats
    factor: Floats


@dataclass(frozen=True, slots=True)
class Projection:
    """What calibration leaves of a linearised value: its residual from the margins' dummies.

    Attributes
    ----------
    pattern : (n,) int, crossing of all margins a respondent lies in
    dummies : (C, M) float, the margins' indicator columns, one row a pattern
    base : (n,) float, weights before calibration
    inverse : (M, M) float, generalised inverse of the dummies' base-weighted cross-product
    unit_sums : (U, M) float, calibrated-weighted sums of the dummies over each finest unit
    weight, square : (H, C) float, calibrated weights and their squares summed by stratum and pattern;
        None unless elements take the place of units
    """

    pattern: Ints
    dummies: Floats
    base: Floats
    inverse: Floats
    unit_sums: Floats
    weight: Floats | None = None
    square: Floats | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """A sample of n respondents in U finest units.

    Attributes
    ----------
    weight : (n,) float
    unit : (n,) int, finest unit of each respondent
    psu, stratum : (n,) int, of the first stage
    stratum_of_psu : (P,) int
    stages : outermost first; a later stage is here only where the stage before has an fpc
    members : (H,) int, respondents of each stratum
    averaged : (H,) bool, strata with one PSU whose error is taken as the average of the others'
    elementwise : whether each respondent is the only member of their PSU and there is one stage
    projection : what calibration fixed; replicates : weights that carry the variance instead
    """

    weight: Floats = field(repr=False)
    unit: Ints = field(repr=False)
    psu: Ints = field(repr=False)
    stratum: Ints = field(repr=False)
    stratum_of_psu: Ints = field(repr=False)
    stages: tuple[StageUnits, ...] = field(repr=False)
    members: Ints = field(repr=False)
    averaged: Bools = field(repr=False)
    elementwise: bool
    projection: Projection | None = field(default=None, repr=False)
    replicates: Replicates | None = field(default=None, repr=False)

    @property
    def n_units(self) -> int:
        """Finest units, U."""
        return len(self.stages[-1].factor)

    @property
    def n_psu(self) -> int:
        """Primary sampling units, P."""
        return len(self.stages[0].factor)

    @property
    def n_strata(self) -> int:
        """First-stage strata, H."""
        return int(self.stratum_of_psu.max()) + 1


def sampling(
    weight: Floats,
    stages: Sequence[tuple[Ints, Ints, Floats]],
    lonely: Lonely = "fail",
    margins: Sequence[Ints] = (),
    base: Floats | None = None,
) -> Sampling:
    """The sample in the form that the variance formula needs.

    Parameters
    ----------
    weight : (n,) final weights, positive
    stages : (stratum, unit, size) a stage, each (n,); units coded from 0, nested and unique across
        strata; size = units in the population of the stratum, ``inf`` with replacement
    margins : codes of the margins that the weights were calibrated to; `base` the weights before

    Raises
    ------
    DesignError
        A stratum with one unit under ``lonely="fail"``; a stratum sampled whole without a further
        stage; more units in the sample than in the population.
    """
    used = stages_with_error(stages)
    finest = used[-1][1]
    units, fraction = [], np.ones(len(weight))
    for depth, (stratum, unit, size) in enumerate(used):
        last = depth == len(used) - 1
        units.append(_stage(stratum, unit, size, fraction, finest, lonely, last))
        fraction = fraction * _sampled_fraction(stratum, unit, size)
    stratum, psu, size = used[0]
    stratum_of_psu = np.zeros(len(units[0].factor), dtype=np.intp)
    stratum_of_psu[psu] = stratum
    averaged = (np.bincount(stratum_of_psu) == 1) & (lonely == "average")
    elementwise = len(used) == 1 and len(stratum_of_psu) == len(weight)
    members = np.bincount(stratum)
    out = Sampling(weight, finest, psu, stratum, stratum_of_psu, tuple(units), members, averaged, elementwise)
    if not margins:
        return out
    return _with_projection(out, margins, weight if base is None else base)


def stages_with_error(stages: Sequence[tuple[Ints, Ints, Floats]]) -> list[tuple[Ints, Ints, Floats]]:
    """The stages that the variance formula reads, outermost first."""
    # Without an fpc the first stage's units carry the whole error (sampling with replacement), so
    # the stages below a stage without an fpc add nothing.
    used = [stages[0]]
    for stage in stages[1:]:
        if not np.isfinite(used[-1][2]).any():
            break
        used.append(stage)
    return used


def _sampled_fraction(stratum: Ints, unit: Ints, size: Floats) -> Floats:
    sampled = _units_per_stratum(stratum, unit)
    return np.where(np.isfinite(size), sampled[stratum] / size, 0.0)


def _units_per_stratum(stratum: Ints, unit: Ints) -> Ints:
    of_unit = np.zeros(int(unit.max()) + 1, dtype=np.intp)
    of_unit[unit] = stratum
    return np.bincount(of_unit, minlength=int(stratum.max()) + 1)


def _stage(
    stratum: Ints, unit: Ints, size: Floats, fraction: Floats, finest: Ints, lonely: Lonely, last: bool
) -> StageUnits:
    m_units, of_finest = int(unit.max()) + 1, np.zeros(int(finest.max()) + 1, dtype=np.intp)
    of_finest[finest] = unit
    first = np.zeros(m_units, dtype=np.intp)
    first[unit[::-1]] = np.arange(len(unit))[::-1]
    h = stratum[first]
    return StageUnits(of_finest, h, *factors(np.bincount(h)[h], size[first], fraction[first], lonely, last))


def factors(m: Ints, size: Floats, before: Floats, lonely: Lonely, last: bool) -> tuple[Floats, Floats]:
    """`centred` and `factor` of a stage's units, see `StageUnits`.

    Parameters
    ----------
    m : units in the sample of each one's stratum; size : in the population
    before : sampling fraction of the stages before; last : whether no further stage has an error

    Raises
    ------
    DesignError
        See `sampling`.
    """
    if (m > size).any():
        raise DesignError("the fpc is smaller than the number of units in the sample. Give the population's count.")
    remaining = np.where(np.isfinite(size), 1 - m / size, 1.0)
    if last and ((remaining <= 0) & (before > 0)).any() and len(m):
        _refuse_census(before, remaining)
    alone = (m == 1) & (remaining > 0)
    if alone.any() and lonely == "fail":
        raise DesignError(
            f"{int(alone.sum())} stratum(s) hold a single sampling unit, so their error cannot be estimated. "
            "Merge strata, or set lonely_psu to adjust, average or certainty."
        )
    factor = before * remaining * np.where(m > 1, m / np.maximum(m - 1, 1), 1.0)
    if lonely in ("certainty", "average"):
        factor = np.where(m == 1, 0.0, factor)
    return (m > 1).astype(float), factor


def _refuse_census(before: Floats, remaining: Floats) -> None:
    if (before == 1.0).all():
        whole = int((remaining <= 0).sum())
        raise DesignError(
            f"the fpc says that {whole} sampling unit(s) are all there are in their stratum, and no further stage is "
            "declared: their standard error would be 0. Declare the next stage, or make these units strata."
        )


def _with_projection(s: Sampling, margins: Sequence[Ints], base: Floats) -> Sampling:
    pattern, dummies = margin_dummies(margins)
    inverse = inverse_of(dummies, weighted_sums(pattern, base, len(dummies)))
    sums = np.stack([weighted_sums(s.unit, s.weight * d[pattern], s.n_units) for d in dummies.T], axis=1)
    return replace(s, projection=Projection(pattern, dummies, base, inverse, sums))


def inverse_of(dummies: Floats, base: Floats) -> Floats:
    """Generalised inverse of the dummies' cross-product, (M, M), from base weights summed by pattern, (C,)."""
    cross = (dummies * base[:, None]).T @ dummies
    return np.asarray(np.linalg.pinv(cross, hermitian=True), dtype=np.float64)

"""Areas below the design: too few respondents each to stand alone, so a model lends them strength.

What is shown follows from how many people answered: an area with fewer than `SHOWN` has no value in
the table at all, only the third it falls into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from survey.analyse.domains import group_levels
from survey.analyse.inference import Inference
from survey.analyse.lines import with_complements
from survey.analyse.measures import level_codes, numbers
from survey.core import estimates
from survey.core.instrument import Indicator
from survey.core.models import AreasSpec
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.smallarea import Direct, FayHerriot, fay_herriot, smoothed

#: Areas that must hold `LEAST` respondents in `UNITS` sampling units before a model is fitted.
AREAS, LEAST, UNITS = 20, 5, 2
#: Areas with fewer respondents are shown as thirds; the study's `min_n` where that is larger.
SHOWN = 10
METHOD = "Fay-Herriot model by REML, smoothed variances; Prasad-Rao error, normal interval"
AREA_IS_UNIT = "the area is the sampling unit: its own sampling error cannot be known"
NO_UNITS = "replicate weights name no sampling units, so an area's cannot be counted"
FEW_AREAS = "fewer than 20 areas hold 5 respondents in 2 sampling units"
MANY_COVARIATES = "as many covariates or larger areas as areas with respondents"
NO_DIFFERENCE = "no area difference found beyond covariates"
SYNTHETIC = "no usable answers from this area: the covariates' value alone"
THIRD_ONLY = "too few respondents for a value: shown as a third only"
NO_LARGER = "its larger area has no area with respondents"

Record = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """The areas and how they lie in the larger ones.

    Attributes
    ----------
    keys : of the A areas
    code : (n,) int, area of each respondent, −1 for none
    within : (A,) int, larger area of each area, −1 where unknown; larger : how many there are
    covariates : (A, K) float of known totals, standardised; None: the larger areas' means serve
    """

    keys: tuple[str, ...]
    code: Ints = field(repr=False)
    within: Ints = field(repr=False)
    larger: int
    covariates: Floats | None = field(repr=False)

    def design(self, modelled: Bools) -> tuple[Floats, Bools]:
        """Regression columns of every area, (A, K), and which areas they serve, (A,)."""
        if self.covariates is not None:
            return np.column_stack([np.ones(len(self.keys)), self.covariates]), np.ones(len(self.keys), dtype=bool)
        held = np.unique(self.within[modelled])
        columns = (self.within[:, None] == held).astype(float)
        return columns, columns.any(axis=1)


def modelled(inf: Inference, spec: AreasSpec) -> pd.DataFrame:
    """Model estimates of every area for each indicator, or the reason why there are none.

    `area_variance` is what differs between areas beyond the covariates, `eblup` an area's estimate with
    its error, `shrinkage` the part of it that the model lends, `rank_class` its third, 1 the highest.
    """
    places = _places(inf, spec)
    records = [
        {"measure": indicator.name, "by": spec.by} | record
        for indicator in inf.instrument.indicators
        if inf.respondents.holds(indicator.name)
        for record in _of_indicator(inf, indicator, places)
    ]
    common = {"wave": inf.respondents.name, "analysis": "areas", "method": METHOD}
    return estimates.table(pd.DataFrame(records).assign(**common) if records else {})


def _places(inf: Inference, spec: AreasSpec) -> Places:
    keys, larger = (group_levels(inf.instrument, name) for name in (spec.by, spec.within))
    code, inside = level_codes(inf.wave, spec.by), level_codes(inf.wave, spec.within)
    both = (code >= 0) & (inside >= 0)
    count = np.bincount(code[both] * len(larger) + inside[both], minlength=len(keys) * len(larger))
    count = count.reshape(len(keys), len(larger))
    # An area that nobody was drawn in: official codes begin with the code of the larger area.
    begins = np.array([[key.startswith(other) for other in larger] for key in keys])
    by_code = np.where(begins.sum(axis=1) == 1, begins.argmax(axis=1), -1)
    within = np.where(count.any(axis=1), count.argmax(axis=1), by_code)
    return Places(keys, code, within, len(larger), _covariates(keys, spec.totals))


def _covariates(keys: tuple[str, ...], totals: Mapping[str, tuple[float, ...]]) -> Floats | None:
    if not totals:
        return None
    x = np.array([totals[key] for key in keys])
    spread = x.std(axis=0)
    found: Floats = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return found


def _of_indicator(inf: Inference, indicator: Indicator, places: Places) -> Iterator[Record]:
    s, y = inf.sampling, numbers(inf.wave, indicator.name)
    stratum = np.where(places.within >= 0, places.within, places.larger)
    direct = smoothed(y, s.weight, places.code, s.psu, stratum)
    used = (direct.n >= LEAST) & np.isfinite(direct.variance) & (direct.variance > 0)
    x, served = places.design(used)
    base = {"estimand": "area_variance", "unit": "scale points squared", "n": int(direct.n.sum())}
    if why := _refusal(inf, direct, used, x):
        yield base | {"status": estimates.NOT_ESTIMABLE, "note": why}
        return
    fit = fay_herriot(direct.mean[used], direct.variance[used], x[used])
    variance = {"estimate": fit.sigma2, "std_error": fit.sigma2_error, "deff": direct.deff}
    yield base | variance | {"note": None if fit.sigma2 > 0 else NO_DIFFERENCE}
    yield from _of_areas(inf, indicator, places, _Predicted.of(fit, direct, used, x, served))


def _refusal(inf: Inference, direct: Direct, used: Bools, x: Floats) -> str | None:
    if inf.sampling.replicates is not None:
        return NO_UNITS
    if direct.psus.max(initial=0) < UNITS:
        return AREA_IS_UNIT
    if ((direct.n >= LEAST) & (direct.psus >= UNITS)).sum() < AREAS:
        return FEW_AREAS
    return MANY_COVARIATES if used.sum() <= x.shape[1] else None


@dataclass(frozen=True)
class _Predicted:
    """Every area's value and error.

    Attributes
    ----------
    kept : gamma; 0 where the area's own answers play no part
    n : respondents with an answer; used : whether they are in the model
    differ : whether areas differ at all beyond the covariates
    """

    value: Floats
    error: Floats
    kept: Floats
    n: Ints
    used: Bools
    differ: bool

    @classmethod
    def of(cls, fit: FayHerriot, direct: Direct, used: Bools, x: Floats, served: Bools) -> _Predicted:
        value, mse = fit.synthetic(x)
        kept = np.zeros(len(value))
        value[used], mse[used], kept[used] = fit.eblup, fit.mse, fit.gamma
        value[~served] = np.nan
        return cls(value, np.sqrt(mse), kept, direct.n, used, fit.sigma2 > 0)


def _of_areas(inf: Inference, indicator: Indicator, places: Places, found: _Predicted) -> Iterator[Record]:
    shown = _shown(inf, places, found)
    third = _thirds(found.value)
    ends = inf.instrument.item_range(indicator)
    half = ndtri((1 + inf.conf_level) / 2) * found.error
    for a, key in enumerate(places.keys):
        if shown[a]:
            wide = ends is not None and half[a] > 0.10 * (ends[1] - ends[0])
            low, high = found.value[a] - half[a], found.value[a] + half[a]
            n = {"by_level": key, "n": int(found.n[a])}
            yield n | {
                "estimand": "eblup", "unit": "scale points", "estimate": found.value[a], "std_error": found.error[a],
                "conf_low": low, "conf_high": high, "conf_level": inf.conf_level,
                "status": estimates.IMPRECISE if wide else estimates.OK,
            }  # fmt: skip
            yield n | {"estimand": "shrinkage", "unit": "proportion", "estimate": 1 - found.kept[a]}
        # Without its base: a third is the model's word on the area, not that of its few respondents.
        row = {"by_level": key, "estimand": "rank_class", "unit": "third of the areas, 1 is highest"}
        if not found.differ or not np.isfinite(found.value[a]):
            note = NO_LARGER if not np.isfinite(found.value[a]) else NO_DIFFERENCE
            yield row | {"status": estimates.NOT_ESTIMABLE, "note": note}
        else:
            why = None if shown[a] else THIRD_ONLY if found.used[a] else SYNTHETIC
            yield row | {"estimate": float(third[a]), "note": why}


def _shown(inf: Inference, places: Places, found: _Predicted) -> Bools:
    """Areas whose value is printed: enough people, and no other area's to be had by subtraction."""
    n, least = found.n, max(SHOWN, inf.study.release.min_n)
    few = (n > 0) & ((n < least) | ~found.used)
    lines = [np.arange(len(n)), *(np.flatnonzero(places.within == h) for h in range(places.larger))]
    hidden = with_complements([line for line in lines if len(line) > 1], n.astype(float), few)
    shown: Bools = found.used & (n >= least) & ~hidden
    return shown


def _thirds(value: Floats) -> Ints:
    """1, 2 or 3 by which third of the areas a value lies in, 1 the highest; equal values lie in one."""
    low, high = np.nanquantile(value, [1 / 3, 2 / 3])
    found: Ints = np.where(value > high, 1, np.where(value < low, 3, 2)).astype(np.intp)
    return found

"""Where two or three groups meet: how much they tell together beyond what each tells alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import ndtri

from survey.analyse.domains import group_levels, grouping
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.measures import numbers
from survey.analyse.regressors import Record, held, table, with_units
from survey.core import estimates
from survey.core.instrument import Indicator
from survey.errors import DesignError
from survey.stats.area_model import StrataModel, strata_model
from survey.stats.arrays import Bools, Ints
from survey.stats.smallarea import Direct, smoothed

NO_GROUPS = "Fewer than two groups to cross: the study declares no `intersections` and too few `groups`."
NO_PROBABILITY = "A model of intersections needs the sampling variances of a probability sample."
NOT_HELD = "The wave does not hold every group that is to be crossed."
FEW_STRATA = "too few strata for their main effects, or sampling variances that cannot be had"
NO_DIFFERENCE = "no difference between strata found"
ONLY_MODELLED = "too few respondents: in the model, not shown"
#: Strata with fewer respondents lend to the model and are not shown; the study's `min_n` where that is larger.
SHOWN = 10
METHOD = "MAIHDA: area model of stratum means by REML, smoothed design variances"
SHRUNKEN = f"{METHOD}; main effects and shrunken deviation, Prasad-Rao error, normal interval"
#: Between the levels that a stratum is made of.
TIMES = " × "


def intersections(inf: Inference) -> pd.DataFrame:
    """How much of each indicator's variance lies between the strata of a crossing, and their shrunken means.

    `vpc` is the share of variance between strata, `pcv` the part of it that the groups' main effects take
    up, `vpc_main` the share that they leave. Per stratum (`level`, its levels joined by ×; `n_level` its
    respondents): `shrunken_mean`, `interaction` (beyond the main effects), `shrinkage`.
    """
    if not inf.probability:
        raise NotApplicable(NO_PROBABILITY)
    with_units(inf)
    crossed = inf.study.intersections or inf.study.groups[:3]
    if len(crossed) < 2:
        raise NotApplicable(NO_GROUPS)
    if not held(inf, crossed):
        raise NotApplicable(NOT_HELD)
    stratum = grouping(inf.wave, crossed)
    keys = list(product(*(group_levels(inf.instrument, name) for name in crossed)))
    sizes = [len(group_levels(inf.instrument, name)) for name in crossed]
    levels = np.stack(np.unravel_index(np.arange(len(keys)), sizes), axis=1)
    records = [
        {"measure": indicator.name, "unit": "proportion", "method": METHOD} | row
        for indicator in inf.instrument.indicators
        if inf.respondents.holds(indicator.name)
        for row in _of_indicator(inf, indicator, stratum.code, [TIMES.join(key) for key in keys], levels)
    ]
    return table(inf, "intersections", records)


def _of_indicator(inf: Inference, indicator: Indicator, code: Ints, keys: list[str], levels: Ints) -> Iterator[Record]:
    s, y = inf.sampling, numbers(inf.wave, indicator.name)
    direct = smoothed(y, s.weight, code, s.psu, np.zeros(len(keys), dtype=np.intp))
    used = np.isfinite(y) & (code >= 0)
    base: Record = {"n": int(used.sum()), "weighted_n": float(s.weight[used].sum())}
    try:
        model = strata_model(direct, levels)
    except DesignError:
        yield base | {"estimand": "vpc", "status": estimates.NOT_ESTIMABLE, "note": FEW_STRATA}
        return
    yield from _of_model(base, model, direct)
    yield from _of_strata(inf, indicator, base, model, direct, keys)


def _of_model(base: Record, model: StrataModel, direct: Direct) -> Iterator[Record]:
    none = None if model.null.sigma2 > 0 else NO_DIFFERENCE
    yield base | {"estimand": "vpc", "estimate": model.vpc, "deff": direct.deff, "note": none}
    if none is None:
        yield base | {"estimand": "pcv", "estimate": model.pcv}
    else:
        yield base | {"estimand": "pcv", "status": estimates.NOT_ESTIMABLE, "note": none}
    yield base | {"estimand": "vpc_main", "estimate": model.vpc_main}
    row = base | {"estimand": "stratum_variance", "unit": "scale points squared"}
    yield row | {"estimate": model.null.sigma2, "std_error": model.null.sigma2_error}


def _of_strata(
    inf: Inference, indicator: Indicator, base: Record, model: StrataModel, direct: Direct, keys: list[str]
) -> Iterator[Record]:
    shown = _shown(direct.n, max(SHOWN, inf.study.release.min_n))
    quantile = float(ndtri((1 + inf.conf_level) / 2))
    ends = inf.instrument.item_range(indicator)
    for at, a in enumerate(np.flatnonzero(model.used).tolist()):
        row = base | {"level": keys[a], "unit": "scale points", "method": SHRUNKEN, "estimand": "shrunken_mean"}
        if not shown[a]:
            yield row | {"status": estimates.NOT_ESTIMABLE, "note": ONLY_MODELLED}
            continue
        row |= {"n_level": int(direct.n[a])}
        value, error = float(model.main.eblup[at]), float(np.sqrt(model.main.mse[at]))
        half = quantile * error
        wide = ends is not None and half > 0.10 * (ends[1] - ends[0])
        yield row | {
            "estimate": value, "std_error": error, "conf_low": value - half, "conf_high": value + half,
            "conf_level": inf.conf_level, "status": estimates.IMPRECISE if wide else estimates.OK,
        }  # fmt: skip
        yield row | {"estimand": "interaction", "estimate": value - float(model.fitted[at])}
        shrinkage = 1 - float(model.main.gamma[at])
        yield row | {"estimand": "shrinkage", "unit": "proportion", "estimate": shrinkage}


def _shown(n: Ints, least: int) -> Bools:
    """Strata whose value is printed; where one alone would be hidden the next-smallest is hidden too."""
    few = (n > 0) & (n < least)
    if few.sum() == 1:
        others = np.flatnonzero((n > 0) & ~few)
        few[others[np.argmin(n[others])]] = True
    shown: Bools = (n > 0) & ~few
    return shown

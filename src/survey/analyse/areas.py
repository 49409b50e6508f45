"""Areas: direct estimates of the large ones with ranks that say how sure they are, a model for the small ones."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from survey.analyse import small_areas
from survey.analyse.evaluation import Evaluated
from survey.analyse.inference import Inference, NotApplicable, evaluate
from survey.analyse.rows import Rows
from survey.core import estimates
from survey.core.counted import Answered, AnyOf, Deviation
from survey.core.instrument import Indicator
from survey.stats import influence, ranks_of_areas
from survey.stats.arrays import Floats
from survey.stats.resampling import Bootstrap
from survey.stats.tallied import Tally
from survey.stats.variance import Estimator, joint_covariance, unit_totals

NO_AREAS = "The study groups by no geography and declares no `areas`."
NO_PROBABILITY = "Ranks and models of areas need a probability sample."
#: Bootstrap replicates: the 95 % point of the largest difference is found to about 0.05 standard errors.
REPLICATES = 2000
BOOTSTRAP = "joint rank interval: all pairs of areas, PSU bootstrap, t of each pair's units; 1 is highest"
DRAWS = "joint rank interval: all pairs of areas, normal draws of the design's covariance; 1 is highest"


def areas(inf: Inference) -> pd.DataFrame:
    """Mean and rank of every area of each geographic group, and the model of the study's small areas.

    Ranks carry intervals that hold for all areas of a group together. See `small_areas.modelled` for
    the areas of the study key ``areas``.
    """
    if not inf.probability:
        raise NotApplicable(NO_PROBABILITY)
    spec = inf.study.areas
    geographies = [
        (at, by[0])
        for at, by in enumerate(inf.respondents.breakdowns)
        if len(by) == 1 and inf.instrument.variable(by[0]).role == "geography" and (spec is None or by[0] != spec.by)
    ]
    if not geographies and spec is None:
        raise NotApplicable(NO_AREAS)
    rows = Rows(inf, "areas")
    bootstrap = Bootstrap(inf.sampling, REPLICATES, inf.random("areas"))
    for indicator in inf.instrument.indicators:
        if inf.respondents.holds(indicator.name):
            for at, by in geographies:
                _ranked(inf, rows, indicator, at, by, bootstrap)
    return estimates.concat([rows.table(), *([small_areas.modelled(inf, spec)] if spec else [])])


def _ranked(inf: Inference, rows: Rows, indicator: Indicator, at: int, by: str, bootstrap: Bootstrap) -> None:
    tally, estimator = _mean(inf, indicator, at)
    ends = inf.instrument.item_range(indicator)
    found = evaluate(inf, tally, estimator, "mean", None if ends is None else ends[1] - ends[0])
    of_group = np.flatnonzero((inf.names.by == by) & pd.isna(inf.names.by2))
    names = inf.names.part(int(of_group[0]), len(of_group))
    rows.add(indicator.name, "mean", found, tally, unit="scale points", names=names)
    known = np.flatnonzero(np.isfinite(found.std_error[:, 0]))
    deviation = _deviations(inf, tally, estimator, found, bootstrap)[:, known]
    ranks = ranks_of_areas.joint_ranks(found.estimate[known, 0], deviation, found.df[known, 0], inf.conf_level)
    rank, low, high = (_spread(x, known, len(of_group)) for x in (ranks.rank, ranks.low, ranks.high))
    nan = np.full_like(rank, np.nan)
    status = np.where(np.isfinite(rank), estimates.OK, estimates.NOT_ESTIMABLE).astype(object)
    ranked = Evaluated(rank, nan, low, high, found.df, nan, status, found.note, found.method)
    method = BOOTSTRAP if bootstrap.draws_units_of(tally) else DRAWS
    rows.add(indicator.name, "rank", ranked, tally, unit=f"rank of {len(known)}", names=names, method=method)


def _mean(inf: Inference, indicator: Indicator, at: int) -> tuple[Tally, Estimator]:
    """Sums of an indicator's score by area, and its mean."""
    by_value = inf.respondents.by_value(indicator.name, at)
    if by_value is not None:
        return by_value.tally, partial(influence.level_mean, score=by_value.value)
    name, centre = indicator.name, inf.respondents.middle(indicator.name)
    answered = AnyOf((Answered(name),))
    tally = inf.respondents.columns((answered, Deviation(name, centre, 1), Deviation(name, centre, 2)), answered, at)
    return tally, partial(influence.column_mean, centre=centre)


def _deviations(inf: Inference, tally: Tally, estimator: Estimator, found: Evaluated, bootstrap: Bootstrap) -> Floats:
    """(R, D) bootstrapped means less the estimates: linearised, so that calibration is in them."""
    if not bootstrap.draws_units_of(tally):
        return bootstrap.normal(_covariance(inf, tally, estimator))
    totals = unit_totals(tally, estimator(tally.total).value, inf.sampling)[:, :, 0].T
    return bootstrap.of_units(totals, np.nan_to_num(found.std_error[:, 0]) ** 2)


def _covariance(inf: Inference, tally: Tally, estimator: Estimator) -> Floats:
    """(D, D) of the areas' means."""
    lin, s = estimator(tally.total), inf.sampling
    if tally.replicate is not None and s.replicates is not None:
        again = np.stack([estimator(total).estimate[:, 0] for total in tally.replicate])
        return s.replicates.covariance(np.nan_to_num(again), np.nan_to_num(lin.estimate[:, 0]))
    each = lin.value * np.eye(len(lin.value))[:, None, :]
    return joint_covariance(tally, each, s)


def _spread(values: np.ndarray, at: np.ndarray, size: int) -> Floats:
    """A column of `size` with `values` at some places and NaN elsewhere."""
    out = np.full((size, 1), np.nan)
    out[at, 0] = values
    return out

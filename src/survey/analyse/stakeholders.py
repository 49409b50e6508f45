"""How far stakeholders (government, society, academia, business) see the same city: gaps between their scores."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from survey.analyse.domains import group_levels
from survey.analyse.evaluation import NO_ANSWERS
from survey.analyse.goals import HUNDRED, in_points
from survey.analyse.inference import Inference, NotApplicable, evaluate
from survey.analyse.linear_rows import Base, Key, LinearRows, Value
from survey.analyse.respondents import InMemory
from survey.analyse.rows import Rows
from survey.analyse.series import Series
from survey.core import estimates
from survey.core.roadmap import measures_of
from survey.stats.arrays import Floats
from survey.stats.variance import joint_covariance

NO_QUESTION = "No question and no derived variable has the role stakeholder."
NOT_HELD = "The wave did not ask which stakeholder a respondent is."
IN_PARTS = "Where answers are counted in parts, the stakeholder question must be one of the groups."
NO_MEASURE = "The wave holds no dimension and no indicator."
METHOD = "difference of two stakeholders' scores"


def stakeholders(inf: Inference) -> pd.DataFrame:
    """`score100` of every dimension and indicator by stakeholder, and the `gap` between every two of them.

    Stakeholders are told apart by the one variable of that role. Where it is derived from another answer they are
    groups of one sample, not samples of their own. The gaps are one family of tests.
    """
    who = inf.instrument.stakeholder
    if who is None:
        raise NotApplicable(NO_QUESTION)
    if not inf.respondents.holds(who.name):
        raise NotApplicable(NOT_HELD)
    own, at = _grouped(inf, who.name)
    rows, gaps = Rows(own, "stakeholders"), LinearRows(own, "stakeholders")
    measures = _measures(own)
    if not measures:
        raise NotApplicable(NO_MEASURE)
    for name, parts in measures:
        series = in_points(own, name, parts, at)
        found = evaluate(own, series.tally, series.estimator, "mean", 100.0, series.with_deff)
        start = np.flatnonzero((own.names.by == who.name) & pd.isna(own.names.by2))[0]
        names = own.names.part(int(start), len(series.tally.n))
        rows.add(name, "score100", found, series.tally, unit=HUNDRED, names=names)
        _pairs(own, gaps, who.name, series)
    return estimates.concat([rows.table(), gaps.table()])


def _grouped(inf: Inference, name: str) -> tuple[Inference, int]:
    """An inference that breaks down by `name`, and where it does."""
    if (name,) in inf.respondents.breakdowns:
        return inf, inf.respondents.breakdowns.index((name,))
    if not isinstance(inf.respondents, InMemory):
        raise NotApplicable(IN_PARTS)
    return Inference.within(inf.study, InMemory.of(inf.wave, (name,))), 1


def _measures(inf: Inference) -> list[tuple[str, tuple[str, ...]]]:
    """Dimensions of the frame, then indicators, with the measures that make them up."""
    frame = inf.instrument.frame(inf.study.frame)
    named = [d.name for d in frame.dimensions] if frame else []
    named += [i.name for i in inf.instrument.indicators if inf.instrument.item_range(i) is not None]
    every = [(name, measures_of((name,), frame)) for name in named]
    return [(name, parts) for name, parts in every if parts and all(map(inf.respondents.holds, parts))]


def _pairs(inf: Inference, rows: LinearRows, by: str, series: Series) -> None:
    tally, keys = series.tally, group_levels(inf.instrument, by)
    lin = series.estimator(tally.total)
    covariance = _covariance(inf, series) if inf.probability else np.full((len(keys),) * 2, np.nan)
    for a, b in combinations(range(len(keys)), 2):
        key: Key = {"measure": series.measure, "estimand": "gap", "by": by, "contrast": f"{keys[a]} - {keys[b]}"}
        base = Base(float(tally.n[a] + tally.n[b]), float(tally.size[a] + tally.size[b]))
        if not (tally.n[a] and tally.n[b]):
            rows.refuse(key, NO_ANSWERS, METHOD, base, HUNDRED)
            continue
        error = float(np.sqrt(max(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b], 0.0)))
        df = tally.df_together(np.array([a, b]))
        gap = float(lin.estimate[a, 0] - lin.estimate[b, 0])
        rows.add(key, Value(gap, error, df), base, HUNDRED, tested=True)


def _covariance(inf: Inference, series: Series) -> Floats:
    """(G, G) of the groups' scores."""
    tally, s = series.tally, inf.sampling
    lin = series.estimator(tally.total)
    if tally.replicate is not None and s.replicates is not None:
        again = np.stack([series.estimator(total).estimate[:, 0] for total in tally.replicate])
        return s.replicates.covariance(np.nan_to_num(again), np.nan_to_num(lin.estimate[:, 0]))
    each = lin.value * np.eye(len(lin.value))[:, None, :]
    return joint_covariance(tally, each, s)

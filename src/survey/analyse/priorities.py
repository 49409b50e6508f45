"""Priorities: how far each group is behind, times how many people that concerns.

A gap of a small group and a smaller gap of a large one may leave the same number of points missing; what
is missing in all, the burden, is a weighted total with an exact design-based error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from survey.analyse.evaluation import NO_ANSWERS
from survey.analyse.gap_measures import GapMeasure, gap_measures, splits
from survey.analyse.gaps import DRAWS, NO_ENDS, TOO_FEW, Cell, against_everyone
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.linear_rows import Base, Key, LinearRows, Value
from survey.core import estimates
from survey.stats import gaps as stats
from survey.stats.arrays import Floats, Ints
from survey.stats.contrasts import GroupMeans, working_wald
from survey.stats.group_sums import Linear
from survey.stats.ranks_of_areas import joint_ranks
from survey.stats.resampling import Bootstrap

NO_INDICATORS = "The wave holds no indicator."
NO_GROUPS = "The study declares no groups that this wave holds."
CERTAIN, UNCERTAIN, AHEAD = "behind, certain after adjustment", "behind, not certain", "not behind"
OVERLAP = "rank intervals overlap: no single rank"
POINTS, BURDEN = "points of 100", "points of 100 × persons"
GAP_METHOD = "mean of everyone less that of the group"
BURDEN_METHOD = "weighted total of the points that the group lacks"
TEST_METHOD = "working Wald with Rao-Scott correction"
#: Digits of the largest burden below which burdens are the same.
SAME_DIGITS = 9
RANK_METHOD = "joint rank intervals, PSU bootstrap"


@dataclass(frozen=True)
class Group:
    """One level of one grouping on one indicator, with its burden."""

    key: Key
    base: Base
    df: int
    burden: float
    influence: Floats = field(repr=False)
    replicate: Floats | None = field(repr=False)


def priorities(inf: Inference) -> pd.DataFrame:
    """`gap`, `people`, `burden` of each group on each indicator, and `rank` of those certainly behind.

    `gap`: the mean of everyone less that of the group, in points of 100, with `note` saying whether it is
    certain: omnibus test (`design_ws`) and gap both below α after adjustment, and the adjusted interval
    above 0. `rank`: of the burden, 1 the largest; its interval is joint over all groups ranked.
    """
    measures = [m for m in gap_measures(inf) if m.kind == "score"]
    if not measures:
        raise NotApplicable(NO_INDICATORS)
    if not any(len(by) == 1 for by in inf.respondents.breakdowns):
        raise NotApplicable(NO_GROUPS)
    rows, bootstrap = LinearRows(inf, "priorities"), Bootstrap(inf.sampling, DRAWS, inf.random("priorities"))
    groups = [group for m in measures for group in _measure(inf, rows, m, bootstrap)]
    table = judged(rows.table(), 1 - inf.conf_level) if inf.probability else rows.table()
    return estimates.concat([table, _ranks(inf, table, groups, bootstrap)])


def _measure(inf: Inference, rows: LinearRows, measure: GapMeasure, bootstrap: Bootstrap) -> Iterator[Group]:
    if measure.ends is None:
        rows.refuse({"measure": measure.name, "estimand": "gap"}, NO_ENDS, GAP_METHOD, None, POINTS)
        return
    low, high = measure.ends
    of_100 = replace(measure, y=(measure.y - low) / (high - low) * 100)
    for split in splits(inf, measure):
        cell = Cell(inf, of_100, split, bootstrap)
        if inf.probability:
            _omnibus(rows, cell)
        yield from _groups(rows, cell)


def _omnibus(rows: LinearRows, cell: Cell) -> None:
    key: Key = {**cell.key, "estimand": "design_ws"}
    if len(cell.compared) < 2:
        rows.refuse(key, TOO_FEW, TEST_METHOD, cell.whole, "F")
        return
    _, e = cell.means
    size = cell.size[cell.compared]
    test = working_wald(GroupMeans(cell.compared, e.estimate, e.covariance, size, int(e.df)))
    rows.add_test(key, test, cell.whole, TEST_METHOD, TOO_FEW)


def _groups(rows: LinearRows, cell: Cell) -> Iterator[Group]:
    inf, held = cell.inf, np.flatnonzero(cell.n)
    gap, people, burden = (
        against_everyone(cell, held, f) for f in (stats.from_population, stats.people, stats.shortfall)
    )
    errors = [found.under(inf.sampling, cell.df).std_error for found in (gap, people, burden)]
    persons = "weighted persons" if inf.respondents.weighted else "respondents"
    for g, level in enumerate(cell.split.keys):
        key: Key = {**cell.key, "by_level": level}
        base = Base(float(cell.n[g]), float(cell.size[g]))
        if not cell.n[g]:
            rows.refuse({**key, "estimand": "gap"}, NO_ANSWERS, GAP_METHOD, base, POINTS)
            continue
        at, df = int(np.searchsorted(held, g)), int(cell.presence.each[g])
        values = [float(found.estimate[at]) for found in (gap, people, burden)]
        error = [float(e[at]) for e in errors]
        rows.add({**key, "estimand": "gap"}, Value(-values[0], error[0], df), base, POINTS, tested=True)
        rows.add({**key, "estimand": "people"}, Value(values[1], error[1], df, fixed=True), base, persons)
        rows.add({**key, "estimand": "burden"}, Value(values[2], error[2], df), base, BURDEN, method=BURDEN_METHOD)
        again = None if burden.replicate is None else burden.replicate[:, at]
        yield Group(key, base, df, values[2], burden.influence[:, at], again)


def judged(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """The table with a note on each gap: certain, not certain, or none."""
    omnibus = table[table["estimand"].eq("design_ws")].set_index(["measure", "by"])["p_adjusted"]
    gap = table["estimand"].eq("gap") & table["estimate"].notna()
    of_test = omnibus.reindex(pd.MultiIndex.from_frame(table.loc[gap, ["measure", "by"]])).to_numpy(float)
    rows = table[gap]
    certain = (of_test < alpha) & (rows["p_adjusted"] < alpha) & (rows["conf_low_adjusted"] > 0)
    note = np.where(certain, CERTAIN, np.where(rows["estimate"] > 0, UNCERTAIN, AHEAD))
    notes = table["note"].mask(gap, pd.Series(note, index=rows.index, dtype="string").reindex(table.index))
    return table.assign(note=notes.astype("string"))


def _ranks(inf: Inference, table: pd.DataFrame, groups: list[Group], bootstrap: Bootstrap) -> pd.DataFrame:
    """Ranks of the burdens of the groups certainly behind."""
    sure = table[table["note"].eq(CERTAIN).fillna(False)]
    named = set(zip(sure["measure"], sure["by"], sure["by_level"], strict=True))
    ranked = [g for g in groups if (g.key["measure"], g.key["by"], g.key["by_level"]) in named]
    if not ranked:
        return estimates.table({})
    burden, df = np.array([g.burden for g in ranked]), np.array([g.df for g in ranked], dtype=float)
    # Two groupings may hold the same people: their burdens differ by rounding alone, and so does its error.
    unit = np.abs(burden).max()
    deviations = _deviations(inf, ranked, bootstrap) / unit
    found = joint_ranks(np.round(burden / unit, SAME_DIGITS), deviations, df, inf.conf_level)
    return _rank_rows(inf, ranked, found.rank, found.low, found.high)


def _deviations(inf: Inference, ranked: list[Group], bootstrap: Bootstrap) -> Floats:
    influence = np.column_stack([g.influence for g in ranked])
    each = [g.replicate for g in ranked if g.replicate is not None]
    joint = Linear(
        np.array([g.burden for g in ranked]),
        influence,
        np.ones(len(influence), dtype=bool),
        np.column_stack(each) if each else None,
    )
    return bootstrap.deviations(joint, joint.under(inf.sampling).covariance)


def _rank_rows(inf: Inference, ranked: list[Group], rank: Ints, low: Ints, high: Ints) -> pd.DataFrame:
    single = low == high
    keys = pd.DataFrame([g.key for g in ranked])
    return estimates.table(
        keys.assign(
            wave=inf.respondents.name,
            analysis="priorities",
            estimand="rank",
            unit="rank",
            method=RANK_METHOD,
            estimate=np.where(single, rank.astype(float), np.nan),
            conf_low=low.astype(float),
            conf_high=high.astype(float),
            conf_level=inf.conf_level,
            n=[g.base.n for g in ranked],
            weighted_n=[g.base.weighted_n for g in ranked],
            note=pd.Series(OVERLAP, index=keys.index, dtype="string").mask(single),
            status=np.where(single, estimates.OK, estimates.IMPRECISE),
        )
    )

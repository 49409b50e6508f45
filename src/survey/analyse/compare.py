"""Every indicator × every grouping: which groups differ, by how much, and how sure that is.

`design_ws` is the verdict; the other tests stand beside it. Tests, differences and effect sizes of one
indicator and one grouping come from one tally, so that none disagrees with another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from survey.analyse import classical
from survey.analyse.evaluation import ROUNDING
from survey.analyse.families import (
    UNWEIGHTED,
    FamilyRows,
    Split,
    reasons,
    scattered,
    splits,
    tested,
    two,
    whole,
)
from survey.analyse.inference import Inference, NotApplicable, variance_method
from survey.analyse.measures import numbers
from survey.analyse.respondents import InMemory
from survey.core.study import ALL_INDICATORS
from survey.stats import contrasts, effects, influence, ranks, welch
from survey.stats.arrays import Floats, Ints
from survey.stats.contrasts import GroupMeans
from survey.stats.groups import part
from survey.stats.multiplicity import equivalence
from survey.stats.tallied import Tally
from survey.stats.tally import level_tally

NO_INDICATORS = "The wave holds no indicator."
#: Values of a score beyond which its sums by sampling unit take too much room.
MOST_VALUES = 10_000
MANY_VALUES = "this indicator has too many different values to be counted by value"
POINTS = "scale points"


@dataclass(frozen=True)
class Cell:
    """One indicator in one grouping: the K values of its score, ascending, and their tally over the groups."""

    measure: str
    split: Split
    value: Floats = field(repr=False)
    tally: Tally = field(repr=False)

    @cached_property
    def key(self) -> dict[str, str]:
        """The key columns that all rows of the cell share."""
        return {"measure": self.measure, "by": self.split.name}

    @cached_property
    def pair_key(self) -> dict[str, object]:
        """Key and base of one row a pair."""
        pairs = self.split.pairs
        return {
            **self.key,
            "contrast": self.split.contrasts,
            "note": reasons(self.tally, *pairs),
            **two(self.tally, *pairs),
        }


def compare(inf: Inference) -> pd.DataFrame:
    """Tests, differences and effect sizes of each indicator over each grouping, one family an estimand.

    A nonprobability sample has no design tests and no error of a difference; it gets the classical battery.
    """
    groupings = splits(inf)
    named = [i.name for i in inf.instrument.indicators if inf.respondents.holds(i.name)]
    if not named:
        raise NotApplicable(NO_INDICATORS)
    rows = FamilyRows(inf, "compare")
    by_design = inf.probability and inf.study.method != "classical"
    for name in named:
        for cell in _cells(inf, name, groupings, rows):
            means = contrasts.group_means(cell.tally, cell.value, inf.sampling) if inf.probability else None
            if means is not None and by_design:
                _design_tests(inf, rows, cell, means)
            _differences(inf, rows, cell, means, by_design)
            _unweighted(rows, cell)
            if not by_design or inf.study.method == "both":
                classical.battery(rows, cell.key, cell.pair_key, cell.split, cell.value, cell.tally)
                if means is not None:
                    classical.error_factor(rows, cell.key, cell.value, cell.tally, means)
    return rows.table()


def _cells(inf: Inference, name: str, groupings: list[Split], rows: FamilyRows) -> Iterator[Cell]:
    counted = inf.respondents.by_value(name)
    for split in groupings:
        if counted is not None:
            yield Cell(name, split, counted.value, part(counted.tally, split.start, len(split.keys)))
        elif (cell := _of_many_values(inf, name, split)) is not None:
            yield cell
        else:
            key = {"measure": name, "by": split.name, "estimand": "design_ws"}
            rows.add(key | {"note": MANY_VALUES, "unit": "F", "method": variance_method(inf)})


def _of_many_values(inf: Inference, name: str, split: Split) -> Cell | None:
    """The cell of a score with so many values that only memory, one grouping at a time, holds their sums."""
    if not isinstance(inf.respondents, InMemory):
        return None
    number = numbers(inf.wave, name)
    known = np.isfinite(number)
    value, code = np.unique(number[known], return_inverse=True)
    if len(value) > MOST_VALUES:
        return None
    codes = np.full(len(number), -1, dtype=np.intp)
    codes[known] = code
    return Cell(name, split, value, level_tally(codes, len(value), [inf.groupings[split.at]], inf.sampling))


def _design_tests(inf: Inference, rows: FamilyRows, cell: Cell, means: GroupMeans) -> None:
    base: dict[str, object] = {**cell.key, **whole(cell.tally), "unit": "F"}
    how = variance_method(inf)
    rank = contrasts.rank_scores(cell.tally, np.arange(len(cell.value)))
    for estimand, test, words in (
        ("design_ws", contrasts.working_wald(means), "working Wald test with Rao-Scott correction"),
        ("design_f", contrasts.wald(means), "Wald test"),
        (
            "design_rank",
            contrasts.wald(contrasts.group_means(cell.tally, rank, inf.sampling)),
            "Wald test of weighted mid-ranks",
        ),
    ):
        rows.add(base | {"estimand": estimand, "method": f"{words}; {how}"} | tested(test))
    if cell.split.ordered and len(cell.split.keys) > 2:
        _trend(rows, cell, means, how)


def _trend(rows: FamilyRows, cell: Cell, means: GroupMeans, how: str) -> None:
    found = cell.key | whole(cell.tally) | {"estimand": "linear_trend", "unit": f"{POINTS} a step"}
    found["method"] = f"slope of the group means over the ordered groups, each group counting once; {how}"
    if len(means.group) > 2:
        slope, error, test = contrasts.linear(means, contrasts.steps(means.group))
        known = error > ROUNDING * abs(slope)
        found |= {"estimate": slope if known else np.nan, "std_error": error, "statistic": test.statistic}
        found |= {"p_value": test.p_value, "df": float(means.df)}
    rows.add(found)


def _differences(inf: Inference, rows: FamilyRows, cell: Cell, means: GroupMeans | None, by_design: bool) -> None:
    first, second = cell.split.pairs
    base = cell.pair_key | {"estimand": "difference", "unit": POINTS}
    if means is None:
        mean = influence.level_mean(cell.tally.total, cell.value).estimate[:, 0]
        rows.add(base | {"estimate": mean[first] - mean[second], "method": "nonprobability sample: no standard error"})
        return
    found = contrasts.pairs(cell.tally, means)
    at, size = cell.split.place(found.first, found.second), len(first)
    known = (found.df >= 1) & (found.std_error > ROUNDING * np.ptp(cell.value))
    estimate, error, df, p = (
        scattered(np.where(known, x, np.nan), at, size)
        for x in (found.difference, found.std_error, found.df, found.p_value)
    )
    how = f"{variance_method(inf)}, t interval"
    with np.errstate(divide="ignore", invalid="ignore"):
        rows.add(
            base
            | {
                "estimate": estimate,
                "std_error": error,
                "df": df,
                "statistic": estimate / error,
                "p_value": p,
                "method": how,
            }
        )
        if by_design:
            _standardised(rows, cell, estimate, error, df, how)
            _equivalence(inf, rows, cell, estimate, error, df)


def _standardised(rows: FamilyRows, cell: Cell, estimate: Floats, error: Floats, df: Floats, how: str) -> None:
    s = effects.deviations(cell.tally.total, cell.value, cell.tally.n.astype(float), *cell.split.pairs)
    s = np.where(s > 0, s, np.nan)
    found = {"estimate": estimate / s, "std_error": error / s, "df": df, "unit": "standard deviations"}
    words = f"weighted difference in pooled weighted standard deviations; {how}"
    rows.add(cell.pair_key | {"estimand": "d_design", "method": words} | found)


def _equivalence(inf: Inference, rows: FamilyRows, cell: Cell, estimate: Floats, error: Floats, df: Floats) -> None:
    declared = inf.study.smallest_effect
    bound = declared.get(cell.measure, declared.get(ALL_INDICATORS))
    if bound is None:
        return
    p = equivalence(estimate, error, df, bound)
    words = f"two one-sided t tests within {bound:g} scale points either way; interval of 1 - 2 alpha"
    found = {"estimate": estimate, "std_error": error, "df": df, "p_value": p, "unit": POINTS, "method": words}
    rows.add(cell.pair_key | {"estimand": "equivalence"} | found)


def _unweighted(rows: FamilyRows, cell: Cell) -> None:
    count, first, second = cell.tally.count, *cell.split.pairs
    base = cell.key | whole(cell.tally)
    kruskal, m = ranks.kruskal(count), welch.moments(count, cell.value)
    found = {"statistic": kruskal.statistic, "df": kruskal.df, "p_value": kruskal.p_value, "unit": "chi-squared"}
    words = f"{UNWEIGHTED}: Kruskal-Wallis, corrected for ties"
    rows.add(base | found | {"estimand": "kruskal", "method": words})
    words = f"{UNWEIGHTED}: Welch's analysis of variance"
    rows.add(base | tested(welch.welch_anova(m)) | {"estimand": "anova_welch", "unit": "F", "method": words})
    for estimand, share, words in (
        ("epsilon2", kruskal.epsilon2, "H / (n - 1) of Kruskal-Wallis"),
        ("eta2", ranks.explained_share(count, cell.value), "sum of squares between groups over total"),
    ):
        rows.add(
            base | {"estimand": estimand, "estimate": share, "unit": "proportion", "method": f"{UNWEIGHTED}: {words}"}
        )
    _effect_sizes(rows, cell, m, first, second)


def _effect_sizes(rows: FamilyRows, cell: Cell, m: welch.Moments, first: Ints, second: Ints) -> None:
    g = welch.hedges(m, first, second)
    words = f"{UNWEIGHTED}: pooled standard deviation, exact correction, noncentral t interval"
    found = {"estimate": g.g, "scale_error": g.error, "df": g.df, "unit": "standard deviations", "method": words}
    rows.add(cell.pair_key | {"estimand": "hedges_g"} | found)
    pairs = ranks.rank_pairs(cell.tally.count)
    at, size = cell.split.place(pairs.first, pairs.second), len(first)
    words = f"{UNWEIGHTED}: P(a > b) - P(a < b), interval on the atanh scale"
    found = {"estimate": scattered(pairs.delta, at, size), "scale_error": ranks.delta_error(m.n[first], m.n[second])}
    rows.add(
        cell.pair_key | found | {"estimand": "cliffs_delta", "unit": "difference of probabilities", "method": words}
    )

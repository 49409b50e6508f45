"""Scores of the indicators, and don't-know answers as a finding of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from survey.analyse.describe import around_the_middle
from survey.analyse.evaluation import Evaluated
from survey.analyse.inference import Inference, evaluate
from survey.analyse.measures import described
from survey.analyse.rows import Rows
from survey.core.counted import Answered, AnyOf, Asked, HowMany, Missing, OneOf, each
from survey.core.instrument import Indicator
from survey.core.missing import DONT_KNOW
from survey.core.questions import Question
from survey.stats import influence
from survey.stats.tallied import Tally
from survey.stats.variance import Estimator


def indicators(inf: Inference, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Mean score in scale points, `score100` and `top2` of each indicator, for every domain of `inf`.

    `top2` is the mean over the items, after reverse-scoring, of the share of the two highest codes,
    each item on its own base.
    """
    rows = Rows(inf, "indicators")
    for indicator in _wanted(inf, measures):
        if inf.respondents.holds(indicator.name):
            _scores(inf, rows, indicator)
            _top2(inf, rows, indicator)
    return rows.table()


def dont_know(inf: Inference, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Don't-know answers among those asked: everyone to whom the question applies.

    Of an indicator: don't-know answers of its items over the items asked, a ratio of weighted sums.
    """
    rows = Rows(inf, "dont_know")
    asked = [v.name for v in described(inf.instrument) if not v.derived]
    wanted = asked if measures is None else filter(inf.instrument.has, measures)
    held = [name for name in wanted if inf.respondents.holds(name)]
    conditions = [(Asked(name), Missing(name, DONT_KNOW)) for name in held]
    for name, tally in zip(held, inf.respondents.splits(conditions), strict=True):
        _dont_know_question(inf, rows, name, tally)
    for indicator in _wanted(inf, measures):
        if items := _held(inf, indicator):
            _dont_know_indicator(inf, rows, indicator, items)
    return rows.table()


def _wanted(inf: Inference, measures: Sequence[str] | None) -> list[Indicator]:
    return [i for i in inf.instrument.indicators if measures is None or i.name in measures]


def _held(inf: Inference, indicator: Indicator) -> list[str]:
    """Items of an indicator that the wave asked."""
    return [item for item in indicator.items if inf.respondents.holds(item)]


def _scores(inf: Inference, rows: Rows, indicator: Indicator) -> None:
    ends = inf.instrument.item_range(indicator)
    span = None if ends is None else ends[1] - ends[0]
    by_value = inf.respondents.by_value(indicator.name)
    if by_value is not None:
        tally = by_value.tally
        estimator: Estimator = partial(influence.level_mean, score=by_value.value)
    else:
        tally, centre = around_the_middle(inf, indicator.name)
        estimator = partial(influence.column_mean, centre=centre)
    found = evaluate(inf, tally, estimator, "mean", span)
    rows.add(indicator.name, "mean", found, tally, unit="scale points")
    if ends is not None and span:
        rows.add(indicator.name, "score100", _rescaled(found, ends[0], 100 / span), tally, unit="points of 100")


def _rescaled(found: Evaluated, low: float, factor: float) -> Evaluated:
    return Evaluated(
        (found.estimate - low) * factor,
        found.std_error * factor,
        (found.low - low) * factor,
        (found.high - low) * factor,
        found.df,
        found.deff,
        found.status,
        found.note,
        found.method,
    )


def _top2(inf: Inference, rows: Rows, indicator: Indicator) -> None:
    items = _held(inf, indicator)
    tops = [_top_levels(inf.instrument.question(item)) for item in items]
    if any(top is None for top in tops):
        return
    answered = [Answered(item) for item in items]
    pairs = [(a, OneOf(a.name, top)) for a, top in zip(answered, tops, strict=True) if top is not None]
    tally = inf.respondents.columns(each(*(c for pair in pairs for c in pair)), AnyOf(tuple(answered)))
    estimator = partial(influence.mean_of_shares, pairs=len(pairs))
    found = evaluate(inf, tally, estimator, "share", with_deff=False)
    rows.add(indicator.name, "top2", found, tally, unit="proportion")


def _top_levels(question: Question) -> tuple[int, ...] | None:
    """Positions of the two highest codes after reverse-scoring; None where codes have no such order."""
    values = [v.value for v in question.levels]
    if len(values) < 3 or None in values:
        return None
    order = np.argsort(np.array(values, float))
    return tuple((order[:2] if question.reverse else order[-2:]).tolist())


def _dont_know_question(inf: Inference, rows: Rows, name: str, tally: Tally) -> None:
    found = evaluate(inf, tally, partial(influence.share_of, chosen=np.array([False, True])), "share")
    rows.add(name, "proportion", found, tally, n_level=tally.count[:, 1], unit="proportion")


def _dont_know_indicator(inf: Inference, rows: Rows, indicator: Indicator, items: Sequence[str]) -> None:
    asked, unknown = tuple(map(Asked, items)), tuple(Missing(item, DONT_KNOW) for item in items)
    columns = (HowMany(asked), HowMany(unknown), AnyOf(asked), AnyOf(unknown))
    tally = inf.respondents.columns(columns, AnyOf(asked))
    found = evaluate(inf, tally, partial(influence.ratio, above=1, below=0), "share", with_deff=False)
    rows.add(indicator.name, "proportion", found, tally, unit="proportion", n_level=tally.count[:, 3])

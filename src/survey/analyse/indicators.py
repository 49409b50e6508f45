"""Scores of the indicators, and don't-know answers as a finding of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from survey.analyse.inference import Evaluated, Inference, Rows, evaluate
from survey.analyse.measures import Levels, described, numbers
from survey.core.instrument import DONT_KNOW, NOT_APPLICABLE, Indicator
from survey.stats import influence
from survey.stats.arrays import Floats
from survey.stats.tally import column_tally, level_tally
from survey.stats.variance import Estimator


def indicators(inf: Inference, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Mean score in scale points, `score100` and `top2` of each indicator, for every domain of `inf`.

    `top2` is the mean over the items, after reverse-scoring, of the share of the two highest codes,
    each item on its own base.
    """
    rows = Rows(inf, "indicators")
    for indicator in _wanted(inf, measures):
        if indicator.name in inf.wave.frame:
            _scores(inf, rows, indicator)
            _top2(inf, rows, indicator)
    return rows.table()


def dont_know(inf: Inference, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Don't-know answers among those asked: everyone to whom the question applies.

    Of an indicator: don't-know answers of its items over the items asked, a ratio of weighted sums.
    """
    rows = Rows(inf, "dont_know")
    instrument = inf.wave.instrument
    asked = [v.name for v in described(instrument) if not v.derived]
    for name in asked if measures is None else [m for m in measures if instrument.has(m)]:
        if name in inf.wave.frame:
            _dont_know_question(inf, rows, name)
    for indicator in _wanted(inf, measures):
        if any(item in inf.wave.frame for item in indicator.items):
            _dont_know_indicator(inf, rows, indicator)
    return rows.table()


def _wanted(inf: Inference, measures: Sequence[str] | None) -> list[Indicator]:
    return [i for i in inf.wave.instrument.indicators if measures is None or i.name in measures]


def _scores(inf: Inference, rows: Rows, indicator: Indicator) -> None:
    score, ends = inf.wave.answers(indicator.name), inf.wave.instrument.item_range(indicator)
    span = None if ends is None else ends[1] - ends[0]
    answers = numbers(score)
    if isinstance(answers, Levels):
        assert answers.score is not None
        tally = level_tally(answers.code, len(answers.score), inf.groupings, inf.sampling)
        estimator: Estimator = partial(influence.level_mean, score=answers.score)
    else:
        valid = np.asarray(np.isfinite(answers.value))
        centre = float(answers.value[valid].mean())
        y = np.where(valid, answers.value - centre, 0.0)
        tally = column_tally(np.column_stack([valid, y, y**2]), valid, inf.groupings, inf.sampling)
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
    columns = [_answered_and_top(inf, item) for item in indicator.items if item in inf.wave.frame]
    if any(c is None for c in columns):
        return
    x = np.column_stack([c for pair in columns if pair is not None for c in pair])
    valid = np.asarray(x[:, 0::2].any(axis=1))
    tally = column_tally(x, valid, inf.groupings, inf.sampling)
    estimator = partial(influence.mean_of_shares, pairs=len(columns))
    found = evaluate(inf, tally, estimator, "share", with_deff=False)
    rows.add(indicator.name, "top2", found, tally, unit="proportion")


def _answered_and_top(inf: Inference, item: str) -> tuple[Floats, Floats] | None:
    question = inf.wave.instrument.question(item)
    values = [v.value for v in question.levels]
    if len(values) < 3 or None in values:
        return None
    order = np.argsort(np.array(values, float))
    top = order[:2] if question.reverse else order[-2:]
    code = inf.wave.answers(item).cat.codes.to_numpy()
    return (code >= 0).astype(float), np.isin(code, top).astype(float)


def _asked_and_dont_know(inf: Inference, name: str) -> tuple[np.ndarray, np.ndarray]:
    kind = inf.wave.missing(name)
    asked = ~kind.eq(NOT_APPLICABLE).fillna(False).to_numpy(bool)
    return asked, kind.eq(DONT_KNOW).fillna(False).to_numpy(bool)


def _dont_know_question(inf: Inference, rows: Rows, name: str) -> None:
    asked, unknown = _asked_and_dont_know(inf, name)
    tally = level_tally(np.where(asked, unknown.astype(np.intp), -1), 2, inf.groupings, inf.sampling)
    found = evaluate(inf, tally, partial(influence.share_of, chosen=np.array([False, True])), "share")
    rows.add(name, "proportion", found, tally, n_level=tally.count[:, 1], unit="proportion")


def _dont_know_indicator(inf: Inference, rows: Rows, indicator: Indicator) -> None:
    pairs = [_asked_and_dont_know(inf, item) for item in indicator.items if item in inf.wave.frame]
    asked = np.sum([a for a, _ in pairs], axis=0, dtype=float)
    unknown = np.sum([u for _, u in pairs], axis=0, dtype=float)
    valid = np.asarray(asked > 0)
    columns = np.column_stack([asked, unknown, valid.astype(float), (unknown > 0).astype(float)])
    tally = column_tally(columns, valid, inf.groupings, inf.sampling)
    found = evaluate(inf, tally, partial(influence.ratio, above=1, below=0), "share", with_deff=False)
    rows.add(indicator.name, "proportion", found, tally, unit="proportion", n_level=tally.count[:, 3])

"""What people answered: shares, means, quantiles and totals of every question, overall and by group."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from survey.analyse import quantiles
from survey.analyse.inference import Inference, Rows, evaluate
from survey.analyse.measures import Levels, Numbers, Options, described, measure
from survey.core.instrument import Variable
from survey.stats import influence
from survey.stats.arrays import Floats
from survey.stats.tally import Tally, column_tally, level_tally
from survey.stats.variance import Estimator


def describe(inf: Inference, measures: Sequence[str] | None = None) -> pd.DataFrame:
    """Estimates of questions and derived variables by their type, for every domain of `inf`.

    Levels of an answer have `proportion` and `total`; numbers and ordinal scales with numeric codes
    `mean`, `median`, `quantile`; numbers `total`; ordinal scales of three or more levels `top2`.

    Parameters
    ----------
    measures : names; all that the instrument describes when None

    Returns
    -------
    pandas.DataFrame
        Estimates table. Missing answers of every kind leave the base. A domain without answers is a
        row with status ``not_estimable``.
    """
    wanted = described(inf.wave.instrument) if measures is None else map(inf.wave.instrument.variable, measures)
    rows = Rows(inf, "describe")
    for variable in wanted:
        if inf.wave.asked(variable):
            _describe_one(inf, rows, variable)
    table = rows.table()
    return table[table["by"].ne(table["measure"]).fillna(True)].reset_index(drop=True)


def _describe_one(inf: Inference, rows: Rows, variable: Variable) -> None:
    answers = measure(inf.wave, variable)
    if isinstance(answers, Options):
        _options(inf, rows, variable, answers)
    elif isinstance(answers, Numbers):
        _numbers(inf, rows, variable, answers.value)
    else:
        _levels(inf, rows, variable, answers)


def _levels(inf: Inference, rows: Rows, variable: Variable, answers: Levels) -> None:
    size = len(answers.keys) or (0 if answers.score is None else len(answers.score))
    tally = level_tally(answers.code, size, inf.groupings, inf.sampling)
    if answers.keys:
        _distribution(inf, rows, variable, tally, answers.keys)
    if answers.score is not None:
        _mean(inf, rows, variable, tally, answers.score)
        quantiles.add(inf, rows, variable, answers.code, answers.score, tally)
        if not answers.keys:
            _sum(inf, rows, variable, tally, answers.score)
    if variable.type == "ordinal" and size >= 3:
        _top2(inf, rows, variable, tally, answers)


def _distribution(inf: Inference, rows: Rows, variable: Variable, tally: Tally, keys: Sequence[str]) -> None:
    found = evaluate(inf, tally, influence.shares, "share")
    rows.add(variable.name, "proportion", found, tally, level=keys, n_level=tally.count, unit="proportion")
    _persons(inf, rows, variable, tally, influence.totals, keys, tally.count)


def _persons(
    inf: Inference,
    rows: Rows,
    variable: Variable,
    tally: Tally,
    estimator: Estimator,
    keys: Sequence[str],
    count: Floats,
) -> None:
    found = evaluate(inf, tally, estimator, "total")
    unit = "weighted persons" if inf.wave.design.weighted else "respondents"
    rows.add(variable.name, "total", found, tally, level=keys, n_level=count, unit=unit, method=_total_method(inf))


def _mean(inf: Inference, rows: Rows, variable: Variable, tally: Tally, score: Floats) -> None:
    found = evaluate(inf, tally, partial(influence.level_mean, score=score), "mean", scale_span(variable))
    rows.add(variable.name, "mean", found, tally, unit=_unit(variable))


def _sum(inf: Inference, rows: Rows, variable: Variable, tally: Tally, score: Floats) -> None:
    found = evaluate(inf, tally, partial(influence.weighted_sum, score=score), "total")
    rows.add(variable.name, "total", found, tally, unit=_unit(variable), method=_total_method(inf))


def _top2(inf: Inference, rows: Rows, variable: Variable, tally: Tally, answers: Levels) -> None:
    order = np.arange(len(answers.keys)) if answers.score is None else np.argsort(answers.score)
    chosen = np.zeros(len(answers.keys), dtype=bool)
    chosen[order[-2:]] = True
    found = evaluate(inf, tally, partial(influence.share_of, chosen=chosen), "share")
    count = tally.count[:, chosen].sum(axis=1)
    rows.add(variable.name, "top2", found, tally, n_level=count, unit="proportion")


def _options(inf: Inference, rows: Rows, variable: Variable, answers: Options) -> None:
    valid = np.asarray(np.isfinite(answers.chosen).all(axis=1))
    columns = np.column_stack([np.ones(len(valid)), answers.chosen])
    tally = column_tally(columns, valid, inf.groupings, inf.sampling)
    found = evaluate(inf, tally, influence.option_shares, "share")
    count = tally.count[:, 1:]
    rows.add(variable.name, "proportion", found, tally, level=answers.keys, n_level=count, unit="proportion")
    _persons(inf, rows, variable, tally, influence.option_totals, answers.keys, count)


def _numbers(inf: Inference, rows: Rows, variable: Variable, value: Floats) -> None:
    valid = np.isfinite(value)
    centre = float(np.mean(value[valid])) if valid.any() else 0.0
    y = np.where(valid, value - centre, 0.0)
    tally = column_tally(np.column_stack([valid, y, y**2]), valid, inf.groupings, inf.sampling)
    found = evaluate(inf, tally, partial(influence.column_mean, centre=centre), "mean", scale_span(variable))
    rows.add(variable.name, "mean", found, tally, unit=_unit(variable))
    total = evaluate(inf, tally, partial(influence.column_sum, centre=centre), "total")
    rows.add(variable.name, "total", total, tally, unit=_unit(variable), method=_total_method(inf))
    quantiles.add_sorted(inf, rows, variable, value)


def scale_span(variable: Variable) -> float | None:
    """Width of a variable's scale: between its extreme codes, or its declared range; None if unknown."""
    values = [v.value for v in variable.levels if v.value is not None]
    if values:
        return max(values) - min(values)
    if variable.minimum is not None and variable.maximum is not None:
        return variable.maximum - variable.minimum
    return None


def _unit(variable: Variable) -> str:
    return variable.unit or ("scale points" if variable.levels else "")


def _total_method(inf: Inference) -> str | None:
    return None if inf.wave.design.weighted else "sum over the sample: no weights were given"

"""What people answered: shares, means, quantiles and totals of every question, overall and by group."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from survey.analyse import quantiles
from survey.analyse.inference import Inference, evaluate
from survey.analyse.measures import described, scores, top_two
from survey.analyse.rows import Rows
from survey.core.counted import Answered, AnyOf, Chosen, Deviation, each
from survey.core.variables import Variable
from survey.stats import influence
from survey.stats.arrays import Bools, Floats
from survey.stats.tallied import Tally
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
    wanted = described(inf.instrument) if measures is None else map(inf.instrument.variable, measures)
    rows, held = Rows(inf, "describe"), [v for v in wanted if inf.respondents.holds(v.name)]
    tallies = inf.respondents.levels_of([v.name for v in held if _coded(v)])
    for variable in held:
        if _coded(variable):
            _levels(inf, rows, variable, next(tallies))
        else:
            _describe_one(inf, rows, variable)
    table = rows.table()
    return table[table["by"].ne(table["measure"]).fillna(True)].reset_index(drop=True)


def _coded(variable: Variable) -> bool:
    """Whether each respondent is at one of the variable's levels."""
    return bool(variable.levels) and variable.type != "multi"


def _describe_one(inf: Inference, rows: Rows, variable: Variable) -> None:
    if variable.type == "multi":
        _options(inf, rows, variable)
    elif (found := inf.respondents.by_value(variable.name)) is not None:
        _values(inf, rows, variable, found.tally, found.value)
    else:
        _numbers(inf, rows, variable)


def _levels(inf: Inference, rows: Rows, variable: Variable, tally: Tally) -> None:
    score = scores(variable)
    _distribution(inf, rows, variable, tally, [v.key for v in variable.levels])
    if score is not None:
        _mean(inf, rows, variable, tally, score)
        quantiles.add(inf, rows, variable, score, tally)
    top = top_two(variable)
    if top is not None:
        _top2(inf, rows, variable, tally, top)


def _values(inf: Inference, rows: Rows, variable: Variable, tally: Tally, value: Floats) -> None:
    _mean(inf, rows, variable, tally, value)
    quantiles.add(inf, rows, variable, value, tally)
    found = evaluate(inf, tally, partial(influence.weighted_sum, score=value), "total")
    rows.add(variable.name, "total", found, tally, unit=_unit(variable), method=_total_method(inf))


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
    unit = "weighted persons" if inf.respondents.weighted else "respondents"
    rows.add(variable.name, "total", found, tally, level=keys, n_level=count, unit=unit, method=_total_method(inf))


def _mean(inf: Inference, rows: Rows, variable: Variable, tally: Tally, score: Floats) -> None:
    found = evaluate(inf, tally, partial(influence.level_mean, score=score), "mean", scale_span(variable))
    rows.add(variable.name, "mean", found, tally, unit=_unit(variable))


def _top2(inf: Inference, rows: Rows, variable: Variable, tally: Tally, chosen: Bools) -> None:
    found = evaluate(inf, tally, partial(influence.share_of, chosen=chosen), "share")
    count = tally.count[:, chosen].sum(axis=1)
    rows.add(variable.name, "top2", found, tally, n_level=count, unit="proportion")


def _options(inf: Inference, rows: Rows, variable: Variable) -> None:
    keys, answered = [v.key for v in variable.levels], Answered(variable.name)
    columns = each(answered, *(Chosen(variable.name, key) for key in keys))
    tally = inf.respondents.columns(columns, AnyOf((answered,)))
    found = evaluate(inf, tally, influence.option_shares, "share")
    count = tally.count[:, 1:]
    rows.add(variable.name, "proportion", found, tally, level=keys, n_level=count, unit="proportion")
    _persons(inf, rows, variable, tally, influence.option_totals, keys, count)


def _numbers(inf: Inference, rows: Rows, variable: Variable) -> None:
    tally, centre = around_the_middle(inf, variable.name)
    found = evaluate(inf, tally, partial(influence.column_mean, centre=centre), "mean", scale_span(variable))
    rows.add(variable.name, "mean", found, tally, unit=_unit(variable))
    total = evaluate(inf, tally, partial(influence.column_sum, centre=centre), "total")
    rows.add(variable.name, "total", total, tally, unit=_unit(variable), method=_total_method(inf))
    quantiles.add_sorted(inf, rows, variable)


def around_the_middle(inf: Inference, name: str) -> tuple[Tally, float]:
    """Sums of 1, y − centre and (y − centre)² of a number with many values, and the centre."""
    centre, answered = inf.respondents.middle(name), AnyOf((Answered(name),))
    columns = (answered, Deviation(name, centre, 1), Deviation(name, centre, 2))
    return inf.respondents.columns(columns, answered), centre


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
    return None if inf.respondents.weighted else "sum over the sample: no weights were given"

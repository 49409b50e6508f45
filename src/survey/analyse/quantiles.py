"""Median and quartiles with Woodruff intervals: rows of `describe`.

The share of answers at or below the estimated quantile, F, has a design-based error; F ± t errors of
it, inverted by the same rule, are the interval's ends (R: ``svyquantile(interval.type = "mean")``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from survey.analyse.domains import DomainNames
from survey.analyse.evaluation import NO_ANSWERS, ONE_UNIT, Evaluated
from survey.analyse.inference import Inference
from survey.analyse.rows import Rows
from survey.core import estimates
from survey.core.variables import Variable
from survey.stats import influence, interval, quantile
from survey.stats.arrays import Floats
from survey.stats.tallied import Tally
from survey.stats.variance import Estimator, estimated

PROBABILITIES = (0.25, 0.5, 0.75)
ESTIMANDS = ("quantile", "median", "quantile")
LEVELS = ("0.25", None, "0.75")

Inverse = Callable[[Floats], Floats]


def add(inf: Inference, rows: Rows, variable: Variable, score: Floats, tally: Tally) -> None:
    """Append median and quartiles of an answer with few values, from its tally."""
    order = np.argsort(score)
    total, value = tally.total[:, order], score[order]

    def inverse(p: Floats) -> Floats:
        return quantile.quantile(total, value, p, inf.study.quantile_rule)

    p = np.tile(PROBABILITIES, (len(tally.n), 1))
    q = inverse(p)
    below = np.zeros((len(tally.n), len(score), len(PROBABILITIES)))
    below[:, order, :] = quantile.at_most(total, value, q)
    share, se = _share_below(inf, tally, partial(influence.shares_below, below=below))
    _append(inf, rows, variable, tally, q, se, share, inverse, None)


def add_sorted(inf: Inference, rows: Rows, variable: Variable) -> None:
    """Append median and quartiles of a number with many values: one sort a breakdown."""
    start, rule = 0, inf.study.quantile_rule
    for at in range(len(inf.respondents.breakdowns)):
        ordered = inf.respondents.ordered(variable.name, at)
        size = len(ordered.first) - 1
        q = ordered.at(np.tile(PROBABILITIES, (size, 1)), rule)
        tally = inf.respondents.up_to(variable.name, q, at)
        share, se = _share_below(inf, tally, influence.option_shares)
        _append(inf, rows, variable, tally, q, se, share, partial(ordered.at, rule=rule), inf.names.part(start, size))
        start += size


def _share_below(inf: Inference, tally: Tally, estimator: Estimator) -> tuple[Floats, Floats]:
    """Share of answers at or below each quantile and its error; NaN without a probability sample."""
    if not inf.probability:
        share = estimator(tally.total).estimate
        return np.nan_to_num(share), np.full(share.shape, np.nan)
    lin, squared = estimated(tally, estimator, inf.sampling)
    return np.nan_to_num(lin.estimate), np.sqrt(np.maximum(squared, 0))


def _append(
    inf: Inference,
    rows: Rows,
    variable: Variable,
    tally: Tally,
    q: Floats,
    se: Floats,
    share: Floats,
    inverse: Inverse,
    names: DomainNames | None,
) -> None:
    found = _woodruff(inf, variable, tally, q, se, share, inverse)
    woodruff = f"Woodruff interval, rule {inf.study.quantile_rule}"
    method = woodruff if inf.probability else "nonprobability sample: no standard error"
    unit = variable.unit or ("scale points" if variable.levels else "")
    rows.add(variable.name, ESTIMANDS, found, tally, level=LEVELS, unit=unit, names=names, method=method)


def _woodruff(
    inf: Inference, variable: Variable, tally: Tally, q: Floats, se: Floats, share: Floats, inverse: Inverse
) -> Evaluated:
    n = np.broadcast_to(tally.n[:, None], q.shape)
    df = np.broadcast_to(tally.df[:, None].astype(float), q.shape)
    t = interval.t_quantile(df, inf.conf_level)
    low, high = inverse(share - t * se), inverse(share + t * se)
    blank = (n == 0) | ((df < 1) & inf.probability)
    note = np.full(q.shape, None, dtype=object)
    note[blank] = ONE_UNIT
    note[n == 0] = NO_ANSWERS
    width = high - low
    flag = _imprecise(variable, n, df, width) if inf.probability else n < 30
    status = np.where(blank, estimates.NOT_ESTIMABLE, np.where(flag, estimates.IMPRECISE, estimates.OK))
    value, error, low, high = (np.where(blank, np.nan, x) for x in (q, width / (2 * t), low, high))
    shown_df = np.where(blank, np.nan, df) if inf.probability else np.full(q.shape, np.nan)
    nan = np.full(q.shape, np.nan)
    none = np.full(q.shape, None, dtype=object)  # `_append` names the method
    return Evaluated(value, error, low, high, shown_df, nan, status.astype(object), note, none)


def _imprecise(variable: Variable, n: np.ndarray, df: Floats, width: Floats) -> np.ndarray:
    values = [v.value for v in variable.levels if v.value is not None]
    ends = (min(values), max(values)) if values else (variable.minimum, variable.maximum)
    flag: np.ndarray = (n < 30) | (df < 8)
    if ends[0] is not None and ends[1] is not None:
        flag = flag | (width / 2 > 0.10 * (ends[1] - ends[0]))
    return flag

"""Rows of tests and contrasts: their intervals, and what belongs to one family adjusted together.

An analysis adds blocks of rows, columns at a time. When all are there, the rows of one estimand are one
family: their p-values are adjusted and their intervals widened over all groups and measures at once,
before anything is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import ndtri

from survey.analyse.domains import group_levels
from survey.analyse.evaluation import NO_ANSWERS, NO_ERROR, ONE_UNIT
from survey.analyse.inference import Inference, NotApplicable
from survey.core import estimates
from survey.stats import interval, welch
from survey.stats.arrays import Floats, Ints
from survey.stats.contrasts import Test
from survey.stats.multiplicity import adjusted, bonferroni_level
from survey.stats.tallied import Tally

NO_GROUPS = "The study declares no groups that this wave holds."
NO_TEST = "too few groups or sampling units for this test"
UNWEIGHTED = "unweighted"

_TEXT = ("measure", "level", "estimand", "by", "contrast", "unit", "method", "note")
_NUMBERS = ("estimate", "std_error", "df", "df2", "statistic", "p_value", "n", "n_level", "weighted_n")


def _log(estimate: Floats, error: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    low, high = interval.wald(np.log(estimate), error, df, level)
    return np.exp(low), np.exp(high)


def _dominance(estimate: Floats, error: Floats, df: Floats, level: float) -> tuple[Floats, Floats]:
    half = ndtri((1 + level) / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):  # atanh of ±1 is infinite, and its tanh is ±1 again
        middle = np.arctanh(estimate)
    return np.tanh(middle - half), np.tanh(middle + half)


#: How an interval follows from an estimate, its error on the interval's own scale, and its df.
INTERVALS: Mapping[str, Callable[[Floats, Floats, Floats, float], tuple[Floats, Floats]]] = {
    "difference": interval.wald,
    "d_design": interval.wald,
    "linear_trend": interval.wald,
    "equivalence": interval.wald,
    "welch_t": interval.wald,
    "odds_ratio": _log,
    "cliffs_delta": _dominance,
    "hedges_g": welch.hedges_interval,
}
#: Two one-sided tests at α are read off an interval of 1 − 2α; it is not widened.
ONE_SIDED = "equivalence"


@dataclass(frozen=True, slots=True)
class Split:
    """One grouping of the study: its place among the breakdowns, its name, its levels, its first domain."""

    at: int
    name: str
    keys: tuple[str, ...]
    start: int
    ordered: bool

    @property
    def pairs(self) -> tuple[Ints, Ints]:
        """Every two levels, a before b."""
        first, second = np.triu_indices(len(self.keys), 1)
        return first, second

    @property
    def contrasts(self) -> list[str]:
        """Names of the pairs, ``a - b``."""
        return [f"{self.keys[a]} - {self.keys[b]}" for a, b in zip(*self.pairs, strict=True)]

    def place(self, first: Ints, second: Ints) -> Ints:
        """Positions among `pairs` of some of them."""
        found: Ints = first * len(self.keys) - first * (first + 1) // 2 + second - first - 1
        return found


def splits(inf: Inference) -> list[Split]:
    """The groupings of one variable.

    Raises
    ------
    NotApplicable
        If there is none.
    """
    found, start = [], 0
    for at, names in enumerate(inf.respondents.breakdowns):
        levels = [group_levels(inf.instrument, name) for name in names]
        if len(names) == 1:
            ordered = inf.instrument.variable(names[0]).type == "ordinal"
            found.append(Split(at, names[0], levels[0], start, ordered))
        start += len(list(product(*levels)))
    if not found:
        raise NotApplicable(NO_GROUPS)
    return found


class FamilyRows:
    """Columns of an estimates table of tests and contrasts under construction."""

    def __init__(self, inf: Inference, analysis: str) -> None:
        self._inf, self._analysis = inf, analysis
        self._parts: list[dict[str, np.ndarray]] = []

    def add(self, columns: Mapping[str, object]) -> None:
        """Append rows; single values are repeated, columns left out are empty.

        Beside columns of the estimates table, `scale_error` is the error on the scale of the interval,
        see `INTERVALS`; left out where it is `std_error` itself.
        """
        arrays = {name: np.atleast_1d(np.asarray(value, dtype=object)) for name, value in columns.items()}
        size = max(len(a) for a in arrays.values())
        given = {name: np.broadcast_to(a, size) for name, a in arrays.items()}
        text = {name: given.get(name, np.full(size, None)) for name in _TEXT}
        blank = np.full(size, np.nan)
        numbers = {name: given.get(name, blank).astype(float) for name in _NUMBERS}
        error = given.get("scale_error", numbers["std_error"]).astype(float)
        self._parts.append({**text, **numbers, "scale_error": error})

    def table(self) -> pd.DataFrame:
        """The estimates table of everything added, adjusted family by family."""
        if not self._parts:
            return estimates.table({})
        columns = {name: np.concatenate([p[name] for p in self._parts]) for name in self._parts[0]}
        error = columns.pop("scale_error")
        usable = np.isfinite(columns["estimate"]) | np.isfinite(columns["statistic"])
        for name in ("estimate", "std_error", "df", "df2", "statistic", "p_value"):
            columns[name] = np.where(usable, columns[name], np.nan)
        columns["status"] = np.where(usable, estimates.OK, estimates.NOT_ESTIMABLE)
        reason = np.where(pd.isna(columns["note"]), NO_TEST, columns["note"]).astype(object)
        reason[usable] = None
        columns["note"] = reason
        columns |= self._families(columns, np.where(usable, error, np.nan))
        columns["wave"] = np.full(len(usable), self._inf.respondents.name, dtype=object)
        columns["analysis"] = np.full(len(usable), self._analysis, dtype=object)
        return estimates.table(columns)

    def _families(self, columns: Mapping[str, np.ndarray], error: Floats) -> dict[str, Floats]:
        names = ("p_adjusted", "conf_low", "conf_high", "conf_low_adjusted", "conf_high_adjusted", "conf_level")
        out = {name: np.full(len(error), np.nan) for name in names}
        level = self._inf.conf_level
        for estimand in dict.fromkeys(columns["estimand"]):
            family = np.flatnonzero(columns["estimand"] == estimand)
            out["p_adjusted"][family] = adjusted(columns["p_value"][family], self._inf.study.adjust)
            if estimand not in INTERVALS:
                continue
            ends = INTERVALS[estimand]
            found = (columns["estimate"][family], error[family], columns["df"][family])
            own = 2 * level - 1 if estimand == ONE_SIDED else level
            out["conf_low"][family], out["conf_high"][family] = ends(*found, own)
            if estimand != ONE_SIDED:
                wide = bonferroni_level(level, int(np.isfinite(out["conf_low"][family]).sum()))
                out["conf_low_adjusted"][family], out["conf_high_adjusted"][family] = ends(*found, wide)
            out["conf_level"][family] = np.where(np.isfinite(out["conf_low"][family]), own, np.nan)
        return out


def tested(test: Test) -> dict[str, float]:
    """A test's columns of the estimates table; endless df of a denominator stay out of it."""
    df2 = test.df2 if np.isfinite(test.df2) else float("nan")
    return {"statistic": test.statistic, "df": test.df, "df2": df2, "p_value": test.p_value}


def whole(tally: Tally) -> dict[str, float]:
    """Base of a test over all groups."""
    return {"n": float(tally.n.sum()), "weighted_n": float(tally.size.sum())}


def two(tally: Tally, first: Ints, second: Ints) -> dict[str, Floats]:
    """Bases of pairs: respondents of both, and of the first as `n_level`: disclosure control asks for each."""
    n = tally.n.astype(float)
    weighted = tally.size[first] + tally.size[second]
    return {"n": n[first] + n[second], "n_level": n[first], "weighted_n": weighted}


def reasons(tally: Tally, first: Ints, second: Ints) -> np.ndarray:
    """Why a pair would have no estimate."""
    empty = (tally.n[first] == 0) | (tally.n[second] == 0)
    alone = (tally.df[first] < 1) | (tally.df[second] < 1)
    found: np.ndarray = np.where(empty, NO_ANSWERS, np.where(alone, ONE_UNIT, NO_ERROR)).astype(object)
    return found


def scattered(values: Floats, at: Ints, size: int) -> Floats:
    """`values` at positions `at` of `size`; NaN elsewhere."""
    out = np.full(size, np.nan)
    out[at] = values
    return out

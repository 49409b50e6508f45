"""Rows of estimates whose error is a t error on their own or on the logarithmic scale, adjusted by family.

What `rows.Rows` is to tallies this is to `stats.group_sums`: one row at a time, because gaps, indices and
shortfalls are few and unlike one another. The tests of one estimand are one family.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from survey.analyse.evaluation import NO_ERROR, ONE_UNIT, ROUNDING
from survey.analyse.inference import Inference, variance_method
from survey.core import estimates
from survey.stats.arrays import Floats
from survey.stats.contrasts import Test, t_tails
from survey.stats.interval import wald
from survey.stats.multiplicity import adjusted, bonferroni_level

NO_ERROR_OF_SAMPLE = "nonprobability sample: no standard error"
NO_VALUE = "the answers do not vary, or a mean is not positive"
#: Below so many respondents or degrees of freedom an estimate is called imprecise.
LEAST_N, LEAST_DF = 30, 8

Key = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Value:
    """An estimate with its error.

    Attributes
    ----------
    estimate, std_error : on the scale of `scale`: the logarithm where that is ``log``
    fixed : whether an error of 0 is the truth, as calibration makes it
    """

    estimate: float
    std_error: float
    df: float
    scale: Literal["plain", "log"] = "plain"
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """Whom an estimate rests on."""

    n: float
    weighted_n: float
    n_level: float | None = None


class LinearRows:
    """Records of an estimates table under construction."""

    def __init__(self, inf: Inference, analysis: str) -> None:
        self._inf = inf
        self._common = {"wave": inf.respondents.name, "analysis": analysis}
        self._records: list[dict[str, Any]] = []

    def add(
        self, key: Key, value: Value, base: Base, unit: str, *, tested: bool = False,
        note: str | None = None, method: str | None = None,
    ) -> None:  # fmt: skip
        """One estimate; `tested`: against no gap, in the family of its estimand."""
        why = self._reason(value)
        record: dict[str, Any] = {"unit": unit, "method": self._method(value, method), "note": why or note}
        if why is None:
            record |= self._numbers(value, tested)
        record["status"] = self._status(why, value, base)
        self._append(key, record, base)

    def _status(self, why: str | None, value: Value, base: Base) -> str:
        if why is not None:
            return estimates.NOT_ESTIMABLE
        few = base.n < LEAST_N or (self._inf.probability and value.df < LEAST_DF)
        return estimates.IMPRECISE if few else estimates.OK

    def add_interval(
        self, key: Key, estimate: float, error: float, ends: tuple[float, float], base: Base, unit: str, method: str,
        df: float, note: str | None = None,
    ) -> None:  # fmt: skip
        """One estimate whose interval is not its estimate ± t errors."""
        record = {
            "estimate": estimate, "std_error": error, "conf_low": ends[0], "conf_high": ends[1], "df": df,
            "unit": unit, "method": method, "note": note, "conf_level": self._inf.conf_level,
            "status": estimates.IMPRECISE if base.n < LEAST_N or df < LEAST_DF else estimates.OK,
        }  # fmt: skip
        self._append(key, record, base)

    def add_plain(self, key: Key, estimate: float, base: Base, unit: str, method: str, note: str | None = None) -> None:
        """One number without an error of its own."""
        of = method if self._inf.probability else NO_ERROR_OF_SAMPLE
        status = estimates.IMPRECISE if base.n < LEAST_N else estimates.OK
        self._append(key, {"estimate": estimate, "unit": unit, "method": of, "note": note, "status": status}, base)

    def add_test(self, key: Key, test: Test, base: Base, method: str, note: str) -> None:
        """One F test; `note`: why it could not be made, where it could not."""
        if not np.isfinite(test.p_value):
            self.refuse(key, note, method, base, "F")
            return
        numbers = {"statistic": test.statistic, "df": test.df, "df2": test.df2, "p_value": test.p_value}
        self._append(key, numbers | {"unit": "F", "method": method, "tested": True}, base)

    def refuse(self, key: Key, note: str, method: str, base: Base | None, unit: str) -> None:
        """One row without a value, and why."""
        record = {"status": estimates.NOT_ESTIMABLE, "note": note, "method": method, "unit": unit}
        self._append(key, record, base)

    def table(self) -> pd.DataFrame:
        """The estimates table of everything added, its tests adjusted by estimand."""
        if not self._records:
            return estimates.table({})
        frame = pd.DataFrame(self._records)
        for column in ("p_value", "test_estimate", "test_error", "df", "log"):
            if column not in frame:
                frame[column] = np.nan
        frame[["p_adjusted", "conf_low_adjusted", "conf_high_adjusted"]] = np.nan
        for at in frame[frame["p_value"].notna()].groupby("estimand", sort=False).indices.values():
            family = frame.index[frame["p_value"].notna()][at]
            p = frame.loc[family, "p_value"].to_numpy(float)
            frame.loc[family, "p_adjusted"] = adjusted(p, self._inf.study.adjust)
            self._widen(frame, family)
        known = frame.drop(columns=[c for c in ("test_estimate", "test_error", "log", "tested") if c in frame])
        return estimates.table(known.assign(**self._common))

    def _widen(self, frame: pd.DataFrame, family: pd.Index) -> None:
        """Bonferroni intervals over a family."""
        columns = frame.loc[family, ["test_estimate", "test_error", "df", "log"]].to_numpy(float)
        level = bonferroni_level(self._inf.conf_level, len(family))
        low, high = wald(columns[:, 0], columns[:, 1], columns[:, 2], level)
        log = columns[:, 3] == 1
        with np.errstate(over="ignore"):
            frame.loc[family, "conf_low_adjusted"] = np.where(log, np.exp(np.where(log, low, 0)), low)
            frame.loc[family, "conf_high_adjusted"] = np.where(log, np.exp(np.where(log, high, 0)), high)

    def _reason(self, value: Value) -> str | None:
        if not np.isfinite(value.estimate):
            return NO_VALUE
        if not self._inf.probability:
            return None
        if value.df < 1:
            return ONE_UNIT
        if not value.fixed and value.std_error <= ROUNDING * max(abs(value.estimate), ROUNDING):
            return NO_ERROR
        return None

    def _method(self, value: Value, method: str | None) -> str:
        if not self._inf.probability:
            return NO_ERROR_OF_SAMPLE
        ends = "t interval of the logarithm" if value.scale == "log" else "t interval"
        return f"{method or variance_method(self._inf)}, {ends}"

    def _numbers(self, value: Value, tested: bool) -> dict[str, Any]:
        e, se, log = value.estimate, value.std_error, value.scale == "log"
        shown = float(np.exp(e)) if log else e
        if not self._inf.probability:
            return {"estimate": shown}
        low, high = wald(_one(e), _one(se), _one(value.df), self._inf.conf_level)
        ends = (np.exp(low), np.exp(high)) if log else (low, high)
        numbers = {
            "estimate": shown, "std_error": shown * se if log else se, "df": value.df,
            "conf_low": float(ends[0][0]), "conf_high": float(ends[1][0]), "conf_level": self._inf.conf_level,
        }  # fmt: skip
        if not tested or se <= 0:
            return numbers
        t = e / se
        test = {"statistic": t, "p_value": float(t_tails(_one(t), _one(value.df))[0])}
        return numbers | test | {"test_estimate": e, "test_error": se, "log": float(log)}

    def _append(self, key: Key, record: dict[str, Any], base: Base | None) -> None:
        whom = {} if base is None else {"n": base.n, "weighted_n": base.weighted_n, "n_level": base.n_level}
        self._records.append({**key, **record, **whom})


def _one(number: float) -> Floats:
    return np.array([number], dtype=float)

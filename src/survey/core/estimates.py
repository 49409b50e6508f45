"""The estimates table, the one shape every analysis returns, and the release made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from survey.core.instrument import Instrument
from survey.core.release import ReleasePolicy
from survey.core.study import StudySpec, WaveSpec
from survey.errors import SurveyError

KEY = {
    "wave": "string", "analysis": "string", "measure": "string", "level": "string",
    "estimand": "string", "population": "string",
    "by": "string", "by_level": "string", "by2": "string", "by2_level": "string",
    "contrast": "string",
}  # fmt: skip
VALUE = {
    "estimate": "float64", "std_error": "float64", "conf_low": "float64", "conf_high": "float64",
    "conf_low_adjusted": "float64", "conf_high_adjusted": "float64", "conf_level": "float64",
    "df": "float64", "df2": "float64", "statistic": "float64",
    "p_value": "float64", "p_adjusted": "float64", "deff": "float64",
}  # fmt: skip
BASE = {"n": "Int64", "n_level": "Int64", "weighted_n": "float64"}
HOW = {"unit": "string", "method": "string", "status": "string", "note": "string"}
COLUMNS = KEY | VALUE | BASE | HOW

OK, IMPRECISE, NOT_ESTIMABLE, SUPPRESSED = "ok", "imprecise", "not_estimable", "suppressed"
STATUS = (OK, IMPRECISE, NOT_ESTIMABLE, SUPPRESSED)


def table(columns: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
    """An estimates table from columns; those left out are missing, unknown ones an error."""
    given = {str(c): values for c, values in columns.items()}
    if extra := [c for c in given if c not in COLUMNS]:
        raise SurveyError(f"estimates: unknown column(s) {extra}. Columns are {list(COLUMNS)}.")
    index = columns.index if isinstance(columns, pd.DataFrame) else None
    rows = pd.DataFrame(given, index=index).index
    typed = {c: _typed(given.get(c), dtype, rows) for c, dtype in COLUMNS.items()}
    typed["status"] = typed["status"].fillna(OK)
    return pd.DataFrame(typed, index=rows)


def _typed(values: Any, dtype: Any, rows: pd.Index) -> pd.Series:
    if values is None:
        return pd.Series(pd.NA if dtype != "float64" else float("nan"), index=rows, dtype=dtype)
    return pd.Series(values, index=rows).astype(dtype)


def concat(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several estimates tables below one another, checked once."""
    parts = [t for t in tables if len(t)]
    return check(pd.concat(parts, ignore_index=True) if parts else table({}))


def check(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` if it keeps the contract of the estimates table, or say how it breaks it."""
    if list(frame.columns) != list(COLUMNS):
        raise SurveyError(f"estimates: columns are {list(frame.columns)}, the contract's are {list(COLUMNS)}.")
    repeated = frame.duplicated(list(KEY))
    if repeated.any():
        first = frame.loc[repeated, list(KEY)].iloc[0].dropna().to_dict()
        raise SurveyError(f"estimates: {int(repeated.sum())} row(s) repeat a key; the first is {first}.")
    if bad := set(frame["status"].dropna().unique()) - set(STATUS):
        raise SurveyError(f"estimates: unknown status {sorted(bad)}. Known: {list(STATUS)}.")
    return frame


@dataclass(frozen=True)
class Release:
    """What may leave the house: everything a report sees. Only `analyse.disclosure` makes one.

    Attributes
    ----------
    estimates : estimates table after disclosure control; hidden rows keep key, method and status.
    suppressed : one row a hidden row: its key and the rule that hid it.
    facts : small named tables about the wave: cleaning counts, sample against margins, quality.
    """

    wave: WaveSpec
    instrument: Instrument = field(repr=False)
    study: StudySpec = field(repr=False)
    policy: ReleasePolicy
    estimates: pd.DataFrame = field(repr=False)
    suppressed: pd.DataFrame = field(repr=False)
    facts: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)

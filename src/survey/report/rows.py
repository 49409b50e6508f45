"""The released estimates, found by their key.

A report asks for thousands of single rows; one pass over the table makes each of them one look.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import pandas as pd

from survey.core.estimates import IMPRECISE, OK

_KEY = ["analysis", "estimand", "measure", "by", "by2", "population"]
_HELD = [
    "estimand", "level", "by_level", "by2_level", "estimate", "conf_low", "conf_high", "df", "deff", "n", "n_level",
    "unit", "method", "status", "note", "contrast", "statistic", "p_value", "p_adjusted", "conf_low_adjusted",
    "conf_high_adjusted", "wave",
]  # fmt: skip


class Row(NamedTuple):
    """One released estimate. `position` is its place in the table, from 0; missing cells are None."""

    position: int
    estimand: str
    level: str | None
    by_level: str | None
    by2_level: str | None
    estimate: float | None
    low: float | None
    high: float | None
    df: float | None
    deff: float | None
    n: int | None
    n_level: int | None
    unit: str | None
    method: str | None
    status: str
    note: str | None
    contrast: str | None
    statistic: float | None
    p_value: float | None
    p_adjusted: float | None
    adjusted_low: float | None
    adjusted_high: float | None
    wave: str | None

    @property
    def shown(self) -> bool:
        """Whether there is a value to print."""
        return self.status in (OK, IMPRECISE) and self.estimate is not None

    @property
    def firm(self) -> bool:
        """Whether a sentence may rest on it: shown, precise enough, with an interval."""
        return self.status == OK and self.estimate is not None and self.low is not None and self.high is not None


class Rows:
    """Look-up of released rows by analysis, estimand, measure and grouping."""

    def __init__(self, estimates: pd.DataFrame) -> None:
        self._columns = [_values(estimates[c]) for c in _HELD]
        self._places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, key in enumerate(zip(*(_values(estimates[c], "") for c in _KEY), strict=True)):
            self._places[key].append(place)

    def find(
        self, analysis: str, estimand: str, measure: str, by: str = "", by2: str = "", population: str = ""
    ) -> list[Row]:
        """Rows of one table, in its order; empty where the study did not ask for it."""
        places = self._places.get((analysis, estimand, measure, by, by2, population), ())
        return [Row(place, *(column[place] for column in self._columns)) for place in places]

    def any(self, analysis: str, estimand: str = "") -> bool:
        """Whether the release holds rows of an analysis, or of one of its estimands."""
        return any(key[0] == analysis and estimand in ("", key[1]) for key in self._places)

    def overall(self, analysis: str, estimand: str, measure: str, level: str | None = None) -> Row | None:
        """The row about everyone, or None."""
        return next((r for r in self.find(analysis, estimand, measure) if r.level == level), None)


def _values(column: pd.Series, missing: str | None = None) -> list[Any]:
    return column.to_numpy(dtype=object, na_value=missing).tolist()  # type: ignore[arg-type]

"""The released estimates, found by their key.

A report asks for thousands of single rows; one pass over the table makes each of them one look.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import pandas as pd

from survey.core.estimates import IMPRECISE, NOT_ESTIMABLE, OK, SUPPRESSED

_KEY = ["analysis", "estimand", "measure", "by", "by2", "population"]
_HELD = [
    "estimand", "level", "by_level", "by2_level", "estimate", "conf_low", "conf_high", "df", "deff", "n", "n_level",
    "unit", "method", "status", "note",
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
        keys = zip(*(estimates[c].fillna("").tolist() for c in _KEY), strict=True)
        held = (estimates[c].astype(object).where(estimates[c].notna(), None).tolist() for c in _HELD)
        self._found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for position, (key, values) in enumerate(zip(keys, zip(*held, strict=True), strict=True)):
            self._found[key].append(Row(position, *values))

    def find(self, analysis: str, estimand: str, measure: str, by: str = "", by2: str = "") -> list[Row]:
        """Rows of one table, in its order; empty where the study did not ask for it."""
        return self._found.get((analysis, estimand, measure, by, by2, ""), [])

    def overall(self, analysis: str, estimand: str, measure: str, level: str | None = None) -> Row | None:
        """The row about everyone, or None."""
        return next((r for r in self.find(analysis, estimand, measure) if r.level == level), None)


__all__ = ["IMPRECISE", "NOT_ESTIMABLE", "OK", "SUPPRESSED", "Row", "Rows"]

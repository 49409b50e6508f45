"""Estimates of everyone and of each group, ready to be held against what somebody has said about them.

They are those of `describe`, `indicators` and `dont_know`, so that a verdict never rests on another number
than the tables show.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.analyse.describe import describe
from survey.analyse.indicators import dont_know, indicators
from survey.analyse.inference import Inference
from survey.stats import interval
from survey.stats.arrays import Floats
from survey.stats.sides import Sides, sides_of_mean, sides_of_share

#: What tells the domains of an estimates table apart, crossings left out.
DOMAIN = ["by", "by_level"]
SHARE = "proportion"
YES = "1"


@dataclass(frozen=True)
class OfMeasure:
    """One measure's estimates, one row a domain.

    Attributes
    ----------
    rows : of the estimates table
    """

    measure: str
    rows: pd.DataFrame = field(repr=False)

    @property
    def share(self) -> bool:
        """Whether the estimates are shares, whose intervals are those of log-odds."""
        return bool(self.rows["unit"].eq(SHARE).any())

    def column(self, name: str) -> Floats:
        """A column as numbers, (D,)."""
        return self.rows[name].to_numpy(dtype=float, na_value=np.nan)

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """Intervals of another level than the study's, by the same method."""
        estimate, se, df, n = (self.column(c) for c in ("estimate", "std_error", "df", "n"))
        if not self.share:
            return interval.wald(estimate, se, df, level)
        low, high = interval.logit(estimate, se, df, level)
        edge = (estimate < 1e-12) | (estimate > 1 - 1e-12)
        exact = interval.clopper_pearson(np.where(edge, np.round(estimate * n), 0.0), n, level)
        return np.where(edge, exact[0], low), np.where(edge, exact[1], high)

    def against(self, value: float) -> Sides:
        """One-sided tests against a number."""
        estimate, se, df, n = (self.column(c) for c in ("estimate", "std_error", "df", "n"))
        return sides_of_share(estimate, se, df, n, value) if self.share else sides_of_mean(estimate, se, df, value)


@dataclass(frozen=True)
class Ledger:
    """All estimates of a wave that statements are about."""

    inf: Inference = field(repr=False)
    table: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, inf: Inference, measures: Sequence[str], estimands: Collection[str]) -> Ledger:
        """Those estimates of some measures, over everyone and each group."""
        named = list(dict.fromkeys(measures))
        variables = [name for name in named if inf.instrument.has(name)]
        parts = [describe(inf, variables), indicators(inf, named)]
        if "dont_know" in estimands:
            parts.append(dont_know(inf, named).assign(estimand="dont_know"))
        table = pd.concat(parts, ignore_index=True)
        return cls(inf, table[table["by2"].isna() & table["estimand"].isin(estimands)])

    def tested(self, measure: str, estimand: str, answer: str | None = None) -> OfMeasure | None:
        """The estimates of one measure; None where the wave has none such.

        Parameters
        ----------
        answer : code whose share is meant; None: yes
        """
        rows = self.table[self.table["measure"].eq(measure) & self.table["estimand"].eq(estimand)]
        if estimand == SHARE:
            rows = rows[rows["level"].eq(answer or YES).fillna(False)]
        elif estimand == "quantile":
            rows = rows[rows["level"].eq(answer or "0.5").fillna(False)]
        if self.inf.instrument.has(measure) and self._sensitive(measure):
            rows = rows[rows["by"].isna()]
        return OfMeasure(measure, rows.reset_index(drop=True)) if len(rows) else None

    def _sensitive(self, measure: str) -> bool:
        """Whether small cells of a measure are hidden, which only `describe` knows how to do."""
        variable = self.inf.instrument.variable(measure)
        return variable.pdp == "spesifik" or variable.role == "geography"

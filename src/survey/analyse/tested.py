"""Estimates of everyone and of each group, ready to be held against what somebody has said about them.

They are those of `describe`, `indicators` and `dont_know`, so that a verdict never rests on another number
than the tables show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.analyse.describe import describe
from survey.analyse.indicators import dont_know, indicators
from survey.analyse.inference import Inference
from survey.analyse.quantities import YES, Quantity
from survey.stats.arrays import Floats
from survey.stats.sides import Measured

#: What tells the domains of an estimates table apart, crossings left out.
DOMAIN = ["by", "by_level"]
SHARE = "proportion"


@dataclass(frozen=True)
class OfMeasure:
    """One measure's estimates, one row a domain.

    Attributes
    ----------
    rows : of the estimates table
    """

    measure: str
    rows: pd.DataFrame = field(repr=False)

    def column(self, name: str) -> Floats:
        """A column as numbers, (D,)."""
        return self.rows[name].to_numpy(dtype=float, na_value=np.nan)

    @property
    def figures(self) -> Measured:
        """What a statement about the measure is held against."""
        share = bool(self.rows["unit"].eq(SHARE).any())
        return Measured(self.column("estimate"), self.column("std_error"), self.column("df"), self.column("n"), share)


@dataclass(frozen=True)
class Ledger:
    """All estimates of a wave that statements are about."""

    inf: Inference = field(repr=False)
    table: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, inf: Inference, wanted: Sequence[Quantity]) -> Ledger:
        """Estimates of some quantities, over everyone and each group."""
        named, estimands = list(dict.fromkeys(q.measure for q in wanted)), {q.estimand for q in wanted}
        variables = [name for name in named if inf.instrument.has(name)]
        parts = [describe(inf, variables), indicators(inf, named)]
        if "dont_know" in estimands:
            parts.append(dont_know(inf, named).assign(estimand="dont_know"))
        table = pd.concat(parts, ignore_index=True)
        return cls(inf, table[table["by2"].isna() & table["estimand"].isin(estimands)])

    def tested(self, quantity: Quantity) -> OfMeasure | None:
        """The estimates of a quantity; None where the wave has none such."""
        measure, estimand, answer = quantity
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

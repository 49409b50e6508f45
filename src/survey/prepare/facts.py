"""Small tables about a wave's weights that the report prints beside the estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.core.design import Floats
from survey.core.instrument import Instrument
from survey.prepare.margins import Margin


@dataclass(frozen=True, slots=True)
class Counted:
    """Respondents of a wave, each or those who are alike in all margins, for the tables.

    Attributes
    ----------
    frame : variables of the margins, at least.
    n : respondents of each row; base, weight : sums of their weights before and after calibration.
    """

    frame: pd.DataFrame = field(repr=False)
    instrument: Instrument = field(repr=False)
    n: Floats = field(repr=False)
    base: Floats = field(repr=False)
    weight: Floats = field(repr=False)


def margins_table(sample: Counted, margins: Sequence[Margin], calibrated: Sequence[str]) -> pd.DataFrame:
    """Sample beside population: one row a category of each margin whose variables the wave holds.

    Columns: margin, dim1, level1, dim2, level2, n, unweighted, weighted (before calibration),
    calibrated, target (shares, 0–1, of those with an answer), used (met by calibration), basis,
    source, period, status.
    """
    parts = [_margin_rows(sample, m, m.name in calibrated) for m in margins if set(m.dims) <= set(sample.frame)]
    columns = [
        "margin", "dim1", "level1", "dim2", "level2", "n", "unweighted", "weighted", "calibrated", "target",
        "used", "basis", "source", "period", "status",
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _margin_rows(sample: Counted, margin: Margin, used: bool) -> pd.DataFrame:
    codes = [sample.frame[d].cat.codes.to_numpy() for d in margin.dims]
    places = [{v.key: i for i, v in enumerate(sample.instrument.variable(d).levels)} for d in margin.dims]
    known = np.all([c >= 0 for c in codes], axis=0)

    def share(weight: Floats, keys: tuple[str, ...]) -> float:
        inside = np.all([c == p[k] for c, p, k in zip(codes, places, keys, strict=True)], axis=0)
        return float(weight[inside].sum() / weight[known].sum()) if known.any() else float("nan")

    total = sum(v for v in margin.totals.values() if np.isfinite(v))
    rows = []
    for keys, value in margin.totals.items():
        inside = np.all([c == p[k] for c, p, k in zip(codes, places, keys, strict=True)], axis=0)
        rows.append(
            {
                "margin": margin.name,
                "dim1": margin.dims[0],
                "level1": keys[0],
                "dim2": margin.dims[1] if len(keys) > 1 else None,
                "level2": keys[1] if len(keys) > 1 else None,
                "n": int(sample.n[inside].sum()),
                "unweighted": share(sample.n, keys),
                "weighted": share(sample.base, keys),
                "calibrated": share(sample.weight, keys),
                "target": value / total if total and np.isfinite(value) else float("nan"),
                "used": used,
                "basis": margin.basis,
                "source": margin.source,
                "period": margin.period,
                "status": margin.status,
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True, slots=True)
class WeightSums:
    """What the figures about weights need of them; adds up over parts of the respondents."""

    n: int
    total: float
    squares: float
    smallest: float
    largest: float
    ratio_smallest: float
    ratio_largest: float

    @classmethod
    def of(cls, weight: Floats, base: Floats) -> WeightSums:
        """Those of some respondents' final weights and base weights."""
        ratio = weight / base
        ends = (weight.min(), weight.max(), ratio.min(), ratio.max())
        return cls(len(weight), float(weight.sum()), float((weight**2).sum()), *map(float, ends))

    def __add__(self, other: WeightSums) -> WeightSums:
        return WeightSums(
            self.n + other.n,
            self.total + other.total,
            self.squares + other.squares,
            min(self.smallest, other.smallest),
            max(self.largest, other.largest),
            min(self.ratio_smallest, other.ratio_smallest),
            max(self.ratio_largest, other.ratio_largest),
        )


def weights_table(sums: WeightSums, steps: int, strata: int, psus: int) -> pd.DataFrame:
    """Figures about the weights and the design: columns name, value."""
    deff = sums.n * sums.squares / sums.total**2
    return pd.DataFrame(
        [
            ("n", sums.n),
            ("sum", sums.total),
            ("kish_deff", deff),
            ("effective_n", sums.n / deff),
            ("min", sums.smallest),
            ("max", sums.largest),
            ("ratio_min", sums.ratio_smallest),
            ("ratio_max", sums.ratio_largest),
            ("calibration_steps", steps),
            ("strata", strata),
            ("psus", psus),
            ("df", psus - strata),
        ],
        columns=["name", "value"],
    )

"""Small tables about a wave's weights that the report prints beside the estimates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from survey.core.design import Design, Floats
from survey.core.wave import Wave
from survey.prepare.margins import Margin
from survey.stats.calibrate import kish_deff


def margins_table(wave: Wave, margins: Sequence[Margin], base: Floats, calibrated: Sequence[str]) -> pd.DataFrame:
    """Sample beside population: one row a category of each margin whose variables the wave holds.

    Columns: margin, dim1, level1, dim2, level2, n, unweighted, weighted (before calibration),
    calibrated, target (shares, 0–1, of those with an answer), used (met by calibration), basis,
    source, period, status.
    """
    parts = [_margin_rows(wave, m, base, m.name in calibrated) for m in margins if set(m.dims) <= set(wave.frame)]
    columns = [
        "margin", "dim1", "level1", "dim2", "level2", "n", "unweighted", "weighted", "calibrated", "target",
        "used", "basis", "source", "period", "status",
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _margin_rows(wave: Wave, margin: Margin, base: Floats, used: bool) -> pd.DataFrame:
    codes = [wave.frame[d].cat.codes.to_numpy() for d in margin.dims]
    places = [{v.key: i for i, v in enumerate(wave.instrument.variable(d).levels)} for d in margin.dims]
    known = np.all([c >= 0 for c in codes], axis=0)

    def share(weight: Floats, keys: tuple[str, ...]) -> float:
        inside = np.all([c == p[k] for c, p, k in zip(codes, places, keys, strict=True)], axis=0)
        return float(weight[inside].sum() / weight[known].sum()) if known.any() else float("nan")

    total = sum(v for v in margin.totals.values() if np.isfinite(v))
    ones = np.ones(len(wave.frame))
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
                "n": int(inside.sum()),
                "unweighted": share(ones, keys),
                "weighted": share(base, keys),
                "calibrated": share(wave.design.weight, keys),
                "target": value / total if total and np.isfinite(value) else float("nan"),
                "used": used,
                "basis": margin.basis,
                "source": margin.source,
                "period": margin.period,
                "status": margin.status,
            }
        )
    return pd.DataFrame(rows)


def weights_table(design: Design, base: Floats, steps: int) -> pd.DataFrame:
    """Figures about the weights and the design: columns name, value."""
    deff = kish_deff(design.weight)
    ratio = design.weight / base
    return pd.DataFrame(
        [
            ("n", design.n),
            ("sum", float(design.weight.sum())),
            ("kish_deff", deff),
            ("effective_n", design.n / deff),
            ("min", float(design.weight.min())),
            ("max", float(design.weight.max())),
            ("ratio_min", float(ratio.min())),
            ("ratio_max", float(ratio.max())),
            ("calibration_steps", steps),
            ("strata", design.n_strata),
            ("psus", design.n_psu),
            ("df", design.df(np.ones(design.n, dtype=bool))),
        ],
        columns=["name", "value"],
    )

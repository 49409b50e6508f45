"""What a planned sample can see of the way to each declared target."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from survey.core.study import Target
from survey.plan.basis import Basis, Measured, Size
from survey.stats.power import design_effect, t_noncentrality, t_power

#: Shares and numbers of an indicator that a target may be set in.
UNITS = ("score100", "mean", "proportion")
MOST = 1e6


def targets(basis: Basis, size: Size) -> pd.DataFrame:
    """One row a target and horizon: the gap from the last wave, the power to see it, the sizes that would see it.

    The change is tested between the last wave and the planned one, independent samples of one design; the
    level is shared by the declared targets (Bonferroni's, the first step of Holm).
    """
    known = {m.name: m for m in basis.measures}
    declared = [t for t in basis.study.targets if t.measure in known and t.estimand in UNITS]
    if basis.wave is None or not declared:
        return pd.DataFrame()
    alpha = (1 - basis.study.conf_level) / (len(declared) if basis.study.adjust != "none" else 1)
    rows = [row for t in declared for row in _rows(basis, size, t, known[t.measure], alpha)]
    return pd.DataFrame(rows)


def _rows(basis: Basis, size: Size, target: Target, measure: Measured, alpha: float) -> list[dict[str, object]]:
    factor = 100 / measure.span if target.estimand == "score100" else 1.0
    baseline = factor * (measure.mean - measure.low) if target.estimand == "score100" else measure.mean
    rows = []
    for (horizon, year), value in zip(target.horizon.items(), target.values, strict=True):
        gap = value - baseline
        row: dict[str, object] = {
            "measure": target.measure,
            "estimand": target.estimand,
            "horizon": horizon,
            "year": year,
        }
        row |= {"baseline": baseline, "target": value, "gap": gap, "example": "example" if target.example else ""}
        error, df = _change(basis, size, measure, factor)
        for power in (0.80, 0.95):
            row[f"smallest at {power:.0%}"] = t_noncentrality(round(df, 2), alpha, power) * error
        row["power"] = t_power(abs(gap) / error, df, alpha) if df >= 1 and np.isfinite(gap) else np.nan
        row["n for 80%"] = _needed(basis, size, measure, factor, abs(gap), alpha, 0.80)
        row["n for 95%"] = _needed(basis, size, measure, factor, abs(gap), alpha, 0.95)
        rows.append(row)
    return rows


def _change(basis: Basis, size: Size, measure: Measured, factor: float) -> tuple[float, float]:
    """Standard error of the change from the last wave, and its degrees of freedom."""
    squared = [
        design_effect(basis.kish, each.take, measure.likeness.icc) / (each.n * measure.answered)
        for each in (basis.size, size)
    ]
    df = basis.size.psus + size.psus - 2 * basis.strata
    return factor * measure.likeness.std_dev * float(np.sqrt(sum(squared))), df


def _needed(
    basis: Basis, size: Size, measure: Measured, factor: float, gap: float, alpha: float, power: float
) -> float:
    """Respondents, as many a sampling unit as planned, that see the gap; NaN where none do."""
    if not gap > 0:
        return float("nan")
    lacks = partial(_lacks, basis, size.take, measure, factor, gap, alpha, power)
    least = max(2 * basis.strata * size.take, 10.0)
    if lacks(MOST) > 0:
        return float("nan")
    return least if lacks(least) <= 0 else float(brentq(lacks, least, MOST, xtol=0.5))


def _lacks(
    basis: Basis, take: float, measure: Measured, factor: float, gap: float, alpha: float, power: float, n: float
) -> float:
    error, df = _change(basis, Size(n, n / take), measure, factor)
    return power - t_power(min(gap / error, 37.0), df, alpha)

"""What sample size a rule asks for, and what margins of error a planned sample has, as a whole and in each group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey.plan.basis import Basis, Size
from survey.stats.clusters import clustering
from survey.stats.power import cochran, design_effect, krejcie_morgan, margin_of_share, slovin


def by_rule(margin: float, conf_level: float, population: float | None) -> pd.DataFrame:
    """Sample sizes of the usual formulas, each with what it assumes."""
    sampled = "a simple random sample"
    rows: list[tuple[str, float, str]] = []
    if population:
        rows.append(
            ("Slovin", slovin(population, margin), f"{sampled}, a share of .5, at 95 % with z = 2, margin {margin:g}")
        )
        told = f"{sampled}, a share of .5, at 95 % with chi-squared 3.841, margin {margin:g}"
        rows.append(("Krejcie-Morgan", krejcie_morgan(population, margin), told))
        told = f"{sampled}, a share of .5, at {100 * conf_level:g} %, margin {margin:g}, finite population"
        rows.append(("Cochran", cochran(margin, conf_level, population=population), told))
    told = f"{sampled}, a share of .5, at {100 * conf_level:g} %, margin {margin:g}, endless population"
    rows.append(("Cochran, endless", cochran(margin, conf_level), told))
    return pd.DataFrame([{"rule": rule, "n": round(n), "exactly": n, "assumes": assumes} for rule, n, assumes in rows])


def typical_icc(basis: Basis) -> tuple[float, float, float]:
    """Median over the indicators of the intraclass correlation and of the ends of its interval."""
    found = np.array([(m.likeness.icc, m.likeness.low, m.likeness.high) for m in basis.measures]).reshape(-1, 3)
    if not len(found):
        return 0.0, 0.0, 0.0
    icc, low, high = np.nanmedian(found, axis=0)
    return float(icc), float(low), float(high)


def whole(basis: Basis, size: Size) -> pd.DataFrame:
    """The planned sample in one row a value of the intraclass correlation: median, and the ends of its interval."""
    rows, df = [], size.psus - basis.strata
    for name, icc in zip(("median", "lower end", "upper end"), typical_icc(basis), strict=True):
        deff = design_effect(basis.kish, size.take, icc)
        effective = size.n / deff
        row = {"ICC": name, "icc": icc, "n": round(size.n), "psus": round(size.psus), "take": size.take}
        row |= {"kish": basis.kish, "deff": deff, "effective n": effective, "df": df}
        rows.append(row | {"margin at .5": margin_of_share(effective, df, basis.study.conf_level)})
    return pd.DataFrame(rows)


def likenesses(basis: Basis, size: Size) -> pd.DataFrame:
    """One row a measure: how alike respondents of one sampling unit are, and the design effect that follows."""
    rows = []
    for m in basis.measures:
        alike = m.likeness
        row: dict[str, object] = {"measure": m.name, "std dev": alike.std_dev}
        row |= {"icc": alike.icc, "icc low": alike.low, "icc high": alike.high}
        for name, icc in (("deff", alike.icc), ("deff low", alike.low), ("deff high", alike.high)):
            row[name] = design_effect(basis.kish, size.take, icc)
        rows.append(row)
    return pd.DataFrame(rows)


def by_group(basis: Basis, size: Size) -> pd.DataFrame:
    """One row a group: respondents, effective respondents, and margins of error of a share and of a typical score."""
    rows, icc = [], typical_icc(basis)[0]
    spreads = [m.likeness.std_dev for m in basis.measures]
    spread = float(np.nanmedian(spreads)) if spreads else float("nan")
    for grouped in basis.groupings:
        clusters = clustering(grouped.mixing, size.psus, size.take)
        n = size.n * grouped.mixing.share
        for k, key in enumerate(grouped.keys):
            effective, df = 0.0, float(clusters.df[k])
            if n[k] > 0:
                effective = 1 / float(grouped.kish[k] / n[k] + icc * basis.kish * clusters.mean[k])
            margin = margin_of_share(effective, df, basis.study.conf_level)
            row: dict[str, object] = {"by": grouped.by, "level": key, "label": _label(basis, grouped.by, key)}
            row |= {"n": n[k], "deff": n[k] / effective if effective else np.nan, "effective n": effective, "df": df}
            rows.append(row | {"margin at .5": margin, "margin of a mean": 2 * spread * margin})
    return pd.DataFrame(rows)


def _label(basis: Basis, by: str, key: str) -> str:
    levels = basis.instrument.variable(by).levels
    return next((level.label.in_language("en") for level in levels if level.key == key), "")

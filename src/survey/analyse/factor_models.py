"""Confirmatory models of ordinal items as rows: fit, loadings, variance extracted, how factors differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from scipy.special import ndtri

from survey.analyse.ordinal_items import IMPROPER, Items, Record
from survey.core import estimates
from survey.stats.arrays import Bools, Floats
from survey.stats.constructs import composite_reliability, variance_extracted
from survey.stats.fit import RMSEA_LEVEL
from survey.stats.nested import factor_errors
from survey.stats.ordinal_cfa import ordinal_cfa
from survey.stats.ordinal_model import OrdinalFit

#: Names of the models, in `level`.
ONE, FACETS, TOGETHER = "one_factor", "facets", "indicators"
METHOD = "ordinal factor model by DWLS, chi-square scaled and shifted, unweighted, complete cases"
WALD = f"{METHOD}; normal interval of robust errors"
SATURATED = "three questions fit one factor whatever they measure: nothing is tested"


def one_factor(items: Items) -> Iterator[Record]:
    """Rows of the model that an indicator's score rests on."""
    pattern = np.ones((len(items.names), 1), dtype=bool)
    model = ordinal_cfa(items.moments, pattern)
    yield from model_rows(items, ONE, [items.measure or ""], pattern, model)


def model_rows(
    items: Items,
    name: str,
    factors: Sequence[str],
    pattern: Bools,
    model: OrdinalFit,
    conf_level: float = 0.95,
) -> Iterator[Record]:
    """All rows of a fitted model; `name` is its `level`, `pattern` (k, m) its factors' items."""
    flag = {"status": estimates.IMPRECISE, "note": IMPROPER} if model.converged and not model.admissible else {}
    yield from _fit(items, name, model, flag)
    loading = model.loading[0]
    for i, f in np.argwhere(pattern).tolist():
        place = {"level": items.names[i], "contrast": factors[f], **flag}
        yield items.row("loading", loading[i, f], METHOD, "loading", **place)
    parts = {"ave": variance_extracted(loading, pattern), "cr": composite_reliability(loading, pattern)}
    for estimand, values in parts.items():
        for owner, value in zip(factors, values.tolist(), strict=True):
            yield items.row(estimand, value, METHOD, "coefficient", level=None if name == ONE else owner, **flag)
    found, error = model.factor_correlation[0], factor_errors(model)
    yield from pair_rows(items, "factor_correlation", factors, found, WALD, error, conf_level, flag)


def pair_rows(
    items: Items,
    estimand: str,
    factors: Sequence[str],
    value: Floats,
    method: str,
    error: Floats | None = None,
    conf_level: float = 0.95,
    flag: Record | None = None,
) -> Iterator[Record]:
    """A row for every two factors, from the upper half of (m, m) values."""
    for a, b in combinations(range(len(factors)), 2):
        more: Record = {"contrast": f"{factors[a]} - {factors[b]}"} | (flag or {})
        if error is not None and np.isfinite(error[a, b]):
            half = ndtri((1 + conf_level) / 2) * error[a, b]
            more |= {"std_error": error[a, b], "conf_level": conf_level}
            more |= {"conf_low": value[a, b] - half, "conf_high": value[a, b] + half}
        yield items.row(estimand, value[a, b], method, "correlation", **more)


def _fit(items: Items, name: str, model: OrdinalFit, flag: Record) -> Iterator[Record]:
    fit = model.fit
    if not model.converged:
        yield from (items.row(e, np.nan, METHOD, "index", level=name) for e in ("chi2", "cfi", "tli", "rmsea", "srmr"))
        return
    if fit.chi2.df == 0:
        yield from (items.nothing(e, SATURATED, level=name) for e in ("chi2", "cfi", "tli", "rmsea", "srmr"))
        return
    base = {"measure": items.measure, "n": items.n, "method": METHOD, "level": name}
    test = {"statistic": fit.chi2.statistic, "df": fit.chi2.df, "p_value": fit.chi2.p_value}
    yield base | {"estimand": "chi2", "unit": "test"} | test | flag
    yield items.row("cfi", fit.cfi, METHOD, "index", level=name, **flag)
    yield items.row("tli", fit.tli, METHOD, "index", level=name, **flag)
    bounds = {"conf_low": fit.rmsea_low, "conf_high": fit.rmsea_high, "conf_level": RMSEA_LEVEL}
    yield items.row("rmsea", fit.rmsea, METHOD, "index", level=name, **bounds, **flag)
    yield items.row("srmr", fit.srmr, METHOD, "index", level=name, **flag)

"""Weighted sums and a design → estimates with error, interval, df and status, by the contract's exact meanings.

What an analysis asks of a wave goes through `inference.evaluate`; who takes the respondents as drawn or weighted
otherwise comes here with that sampling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey.core import estimates
from survey.stats import interval
from survey.stats.arrays import Floats
from survey.stats.influence import Linearised
from survey.stats.sampling import Sampling
from survey.stats.tallied import Tally
from survey.stats.variance import Estimator, estimated, variance

Kind = Literal["mean", "share", "total"]

#: Errors below this part of the answers' spread are rounding: the estimate has no sampling error.
ROUNDING = 1e-10

_STATUS = np.array([estimates.OK, estimates.IMPRECISE, estimates.NOT_ESTIMABLE], dtype=object)
NO_ANSWERS = "no answers in this group"
ONE_UNIT = "fewer than two sampling units a stratum hold an answer"
NO_ERROR = "the standard error is zero although answers vary"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Estimates of D domains × m estimands with their uncertainty; NaN where there is none."""

    estimate: Floats
    std_error: Floats
    low: Floats
    high: Floats
    df: Floats
    deff: Floats
    status: np.ndarray
    note: np.ndarray
    method: np.ndarray


def with_error(
    tally: Tally,
    estimator: Estimator,
    kind: Kind,
    sampling: Sampling,
    conf_level: float,
    span: float | None = None,
    with_deff: bool = True,
) -> Evaluated:
    """Estimates of a probability sample.

    Parameters
    ----------
    estimator, kind, span : as of `inference.evaluate`
    """
    lin, squared = estimated(tally, estimator, sampling)
    shape = lin.estimate.shape
    n = np.broadcast_to(tally.n[:, None].astype(float), shape)
    df = np.broadcast_to(tally.df[:, None].astype(float), shape)
    se = np.sqrt(np.maximum(squared, 0))
    varies = lin.spread > ROUNDING * np.maximum(np.abs(np.nan_to_num(lin.estimate)), 1e-300)
    no_error = varies & (se <= ROUNDING * lin.spread)
    se = np.where(no_error | ((kind != "total") & ~varies), 0.0, se)
    se = np.where((kind == "total") & (lin.estimate == 0), np.nan, se)
    if (no_error & (df >= 1)).any():
        no_error &= ~_fixed(tally, lin, sampling)
    note = np.full(shape, None, dtype=object)
    note[no_error] = NO_ERROR
    note[df < 1] = ONE_UNIT
    note[n == 0] = NO_ANSWERS
    blank = (n == 0) | (df < 1) | no_error
    found = _intervals(lin.estimate, se, df, n, kind, conf_level, variance_method(sampling))
    deff = _deff(found[0], lin.spread, n) if with_deff and kind != "total" else np.full(shape, np.nan)
    status = np.where(blank, 2, _imprecise(kind, found, df, n, deff, span).astype(int))
    value, error, low, high, df, deff = (np.where(blank, np.nan, x) for x in (lin.estimate, *found[:3], df, deff))
    return Evaluated(value, error, low, high, df, deff, _STATUS[status], note, found[3])


def without_error(tally: Tally, estimator: Estimator, kind: Kind) -> Evaluated:
    """Estimates of a sample that says nothing of how far chance reaches."""
    lin = estimator(tally.total)
    shape = lin.estimate.shape
    nan = np.full(shape, np.nan)
    n = np.broadcast_to(tally.n[:, None], shape)
    status = np.where(n == 0, 2, ((n < 30) & (kind != "total")).astype(int))
    note = np.full(shape, None, dtype=object)
    note[n == 0] = NO_ANSWERS
    method = np.full(shape, "nonprobability sample: no standard error", dtype=object)
    value = np.where(n == 0, np.nan, lin.estimate)
    return Evaluated(value, nan, nan, nan, nan, nan, _STATUS[status], note, method)


def _fixed(tally: Tally, lin: Linearised, sampling: Sampling) -> np.ndarray:
    """Where calibration or stratification fixes a value, so that an error of 0 is the truth."""
    if sampling.replicates is not None:
        return np.zeros(lin.estimate.shape, dtype=bool)
    if sampling.projection is not None:
        uncalibrated = np.sqrt(np.maximum(variance(tally, lin.value, sampling, calibrated=False), 0))
        return uncalibrated > ROUNDING * lin.spread
    constant = np.array([_constant_in_strata(tally, d, sampling) for d in range(len(tally.n))])
    return np.broadcast_to(constant[:, None], lin.estimate.shape)


def _constant_in_strata(tally: Tally, domain: int, s: Sampling) -> bool:
    if tally.unit is not None:
        stratum = np.zeros(s.n_units, dtype=np.intp)
        stratum[s.unit] = s.stratum
        sums = np.zeros((s.n_strata, tally.unit.shape[2]))
        np.add.at(sums, stratum, tally.unit[domain])
        return bool(((sums > 0).sum(axis=1) <= 1).all())
    for e in tally.elements:
        if domain < e.domains:
            if e.level is None:
                return False
            mine = e.cell % e.domains == domain
            pairs = np.unique(np.stack([e.cell[mine], e.level[mine]]), axis=1)
            return bool(len(np.unique(pairs[0])) == pairs.shape[1])
        domain -= e.domains
    return False


def _intervals(
    estimate: Floats, se: Floats, df: Floats, n: Floats, kind: Kind, level: float, base: str
) -> tuple[Floats, Floats, Floats, np.ndarray]:
    if kind != "share":
        low, high = interval.wald(estimate, se, df, level)
        return se, low, high, np.full(estimate.shape, f"{base}, t interval", dtype=object)
    p = np.clip(estimate, 0, 1)
    p = np.where(np.abs(p) < 1e-12, 0.0, np.where(np.abs(1 - p) < 1e-12, 1.0, p))
    low, high = interval.logit(p, se, df, level)
    edge = (p == 0) | (p == 1)
    exact_low, exact_high = interval.clopper_pearson(np.where(edge, p * n, 0), n, level)
    method = np.where(edge, "Clopper-Pearson interval on n", f"{base}, logit interval").astype(object)
    return (
        np.where(edge, np.nan, se),
        np.where(edge, exact_low, low),
        np.where(edge, exact_high, high),
        method,
    )


def variance_method(sampling: Sampling) -> str:
    """How standard errors come about under this sampling, for the column `method`."""
    if sampling.replicates is not None:
        return f"{sampling.replicates.size} replicate weights"
    return "Taylor linearisation" + (", calibrated" if sampling.projection is not None else "")


def _deff(se: Floats, spread: Floats, n: Floats) -> Floats:
    simple = np.divide(spread**2, n - 1, out=np.full_like(se, np.nan), where=n > 1)
    return np.divide(se**2, simple, out=np.full_like(se, np.nan), where=simple > 0)


def _imprecise(
    kind: Kind,
    found: tuple[Floats, Floats, Floats, np.ndarray],
    df: Floats,
    n: Floats,
    deff: Floats,
    span: float | None,
) -> np.ndarray:
    se, low, high, _ = found
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "total":
            middle = np.abs(low + high) / 2
            return np.asarray(se > 0.25 * middle)
        if kind == "share":
            effective = np.where(deff > 0, n / deff, n)
            return (effective < 30) | (high - low > 0.30)
        wide = (high - low) / 2 > 0.10 * span if span is not None else np.zeros(n.shape, dtype=bool)
    return (n < 30) | (df < 8) | wide

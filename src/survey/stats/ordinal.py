"""Proportional-odds (cumulative logit) regression with a design-based covariance, and the test of its odds.

`statsmodels` fits no ordinal model with weights, so the weighted likelihood is maximised here by
Newton steps with analytic derivatives. It is concave in slopes and thresholds together (Burridge
1981), so the optimum is the only one. Letters: K levels, θ thresholds, η = xβ, P(y ≤ k) = F(θₖ − η).

References
----------
McCullagh, P. (1980). Regression models for ordinal data. JRSS B 42, 109-142.
Burridge, J. (1981). A note on maximum likelihood estimation for regression models using grouped data. JRSS B 43, 41-45.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from survey.errors import DesignError, Problem
from survey.stats.covariates import Covariates, covariates
from survey.stats.regression import (
    MAX_STEPS,
    TOLERANCE,
    Estimated,
    Regression,
    complete,
    refuse_constant,
    refuse_growth,
)
from survey.stats.sampling import Bools, Floats, Ints, Sampling, weighted_sums
from survey.stats.variance import covariance_of_rows


def ordinal(y: Floats, x: Floats, domain: Bools, sampling: Sampling) -> Regression:
    """Cumulative logit over a domain: slopes, then thresholds. R: ``svyolr(y ~ x)``.

    A positive slope moves answers upwards.

    Parameters
    ----------
    y : (n,) float, levels 0..K−1; x : (n, p) float, without an intercept
        Rows where `y` or `x` is missing leave the domain.

    Raises
    ------
    DesignError
        See `covariates`; also when the answers do not vary or nobody chose a level below the highest.
    ConvergenceError
        The covariates separate the answers: some slopes have no finite value.
    """
    used = complete(y, x, domain)
    c = covariates(x, used, sampling)
    level = y[c.rows].astype(np.intp)
    refuse_constant(y[c.rows])
    share = weighted_sums(level, c.weight, int(level.max()) + 1)
    _refuse_empty(share)
    start = np.concatenate([np.zeros(c.z.shape[1]), logit(np.cumsum(share)[:-1] / share.sum())])
    found, steps = _maximised(level, c, start)
    back = _back(c, len(share) - 1)
    influence = np.zeros((len(used), len(start)))
    influence[c.rows] = found.at.score @ np.linalg.solve(found.at.information, back.T)
    covariance = covariance_of_rows(influence, sampling, used)
    coefficients = Estimated(back @ found.parameter, covariance, c.df)
    return Regression("cumulative", coefficients, influence, used, len(level), found.at.log_likelihood, steps)


def _refuse_empty(share: Floats) -> None:
    empty = np.flatnonzero(share == 0)
    if len(empty):
        raise DesignError(
            [
                Problem(found=f"no answer at level {k}, counted from 0", hint="Merge it with a level beside it.")
                for k in empty
            ]
        )


def _back(c: Covariates, thresholds: int) -> Floats:
    """From parameters of the standardised covariates to those of the covariates as given."""
    p = len(c.scale)
    found = np.eye(p + thresholds)
    found[np.arange(p), np.arange(p)] = 1 / c.scale
    found[p:, :p] = c.centre / c.scale
    return found


@dataclass(frozen=True, slots=True)
class _Derivatives:
    """Weighted log-likelihood, (r, q) scores of the respondents, (q, q) information."""

    log_likelihood: float
    score: Floats
    information: Floats


@dataclass(frozen=True, slots=True)
class _Optimum:
    parameter: Floats
    at: _Derivatives


def _maximised(level: Ints, c: Covariates, start: Floats) -> tuple[_Optimum, int]:
    p = c.z.shape[1]
    parameter, at = start, _derivatives(level, c, start)
    step = start
    for steps in range(1, MAX_STEPS + 1):
        step = np.linalg.solve(at.information, at.score.sum(axis=0))
        parameter, at = _ascended(level, c, parameter, at, step)
        if np.abs(step).max() <= TOLERANCE * max(1.0, float(np.abs(parameter).max())):
            return _Optimum(parameter, at), steps
    refuse_growth(step[:p], MAX_STEPS)
    raise AssertionError("refuse_growth raises")


def _ascended(level: Ints, c: Covariates, parameter: Floats, at: _Derivatives, step: Floats) -> tuple[Floats, _Derivatives]:
    """The Newton step, halved until the likelihood does not fall."""
    slack = TOLERANCE * abs(at.log_likelihood)
    for _ in range(MAX_STEPS):
        tried = parameter + step
        if (np.diff(tried[c.z.shape[1] :]) > 0).all():
            found = _derivatives(level, c, tried)
            if found.log_likelihood >= at.log_likelihood - slack:
                return tried, found
        step = step / 2
    return parameter, at


def _derivatives(level: Ints, c: Covariates, parameter: Floats) -> _Derivatives:
    p, row = c.z.shape[1], np.arange(len(level))
    threshold = np.concatenate([[-np.inf], parameter[p:], [np.inf]])
    eta = c.z @ parameter[:p]
    upper, lower = threshold[level + 1] - eta, threshold[level] - eta
    f_upper, f_lower = expit(upper), expit(lower)
    # F(u) − F(l) without cancellation, whichever tail both are in.
    inside = -np.expm1(lower - upper)
    share = f_upper * expit(-lower) * inside
    d_upper = expit(-upper) / (expit(-lower) * inside)  # f(u) / share
    d_lower = f_lower / (f_upper * inside)
    density_upper, density_lower = f_upper * expit(-upper), f_lower * expit(-lower)
    by_threshold = np.zeros((2, len(level), len(threshold)))
    by_threshold[:, row, level + 1] = d_upper, density_upper
    by_threshold[:, row, level] = -d_lower, density_lower
    score_theta, cross = by_threshold[0, :, 1:-1], by_threshold[1, :, 1:-1]
    score = np.hstack([c.z * (f_upper + f_lower - 1)[:, None], score_theta]) * c.weight[:, None]
    slopes = (c.z * (c.weight * (density_upper + density_lower))[:, None]).T @ c.z
    mixed = -(c.z * c.weight[:, None]).T @ cross
    thetas = _threshold_information(level, c.weight, f_upper, f_lower, d_upper, d_lower, len(threshold))
    information = np.block([[slopes, mixed], [mixed.T, thetas]])
    return _Derivatives(float(c.weight @ np.log(share)), score, information)


def _threshold_information(
    level: Ints, weight: Floats, f_upper: Floats, f_lower: Floats, d_upper: Floats, d_lower: Floats, size: int
) -> Floats:
    own = weighted_sums(level + 1, weight * d_upper * (d_upper + 2 * f_upper - 1), size)
    own += weighted_sums(level, weight * d_lower * (d_lower + 1 - 2 * f_lower), size)
    beside = weighted_sums(level, -weight * d_upper * d_lower, size)[1:-1]
    found: Floats = np.diag(own[1:-1]) + np.diag(beside[1:], 1) + np.diag(beside[1:], -1)
    return found

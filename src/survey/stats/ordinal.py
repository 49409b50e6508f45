"""Proportional-odds (cumulative logit) regression with a design-based covariance.

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
from survey.stats.arrays import Bools, Floats, Ints, weighted_sums
from survey.stats.covariates import Covariates, covariates
from survey.stats.regression import (
    MAX_STEPS,
    TOLERANCE,
    Estimated,
    Regression,
    complete,
    not_converged,
    varying,
)
from survey.stats.sampling import Sampling
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
    c = covariates(x, complete(y, x, domain), sampling)
    level = varying(y[c.rows]).astype(np.intp)
    share = weighted_sums(level, c.weight, int(level.max()) + 1)
    _refuse_empty(share)
    start = np.concatenate([np.zeros(c.z.shape[1]), logit(np.cumsum(share)[:-1] / share.sum())])
    parameter, point, steps = _maximised(level, c, start)
    back = _back(c, len(share) - 1)
    influence = np.zeros((len(c.used), len(start)))
    influence[c.rows] = _scores(level, c, point) @ np.linalg.solve(_information(level, c, point), back.T)
    coefficients = Estimated(back @ parameter, covariance_of_rows(influence, sampling, c.used), c.df)
    return Regression("cumulative", coefficients, influence, c.used, len(level), point.log_likelihood, steps)


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
class _Point:
    """What the likelihood says of each respondent at some parameter, (r,) each.

    Attributes
    ----------
    upper, lower : F(θ − η) at the thresholds above and below the answer
    by_upper, by_lower : derivative of the log-likelihood by those thresholds, the second times −1
    """

    log_likelihood: float
    upper: Floats
    lower: Floats
    by_upper: Floats
    by_lower: Floats


def _maximised(level: Ints, c: Covariates, start: Floats) -> tuple[Floats, _Point, int]:
    p = c.z.shape[1]
    parameter, point, step = start, _point(level, c, start), start
    for steps in range(1, MAX_STEPS + 1):
        step = np.asarray(np.linalg.solve(_information(level, c, point), _gradient(level, c, point)), dtype=np.float64)
        parameter, point = _ascended(level, c, parameter, point, step)
        if np.abs(step).max() <= TOLERANCE * max(1.0, float(np.abs(parameter).max())):
            return parameter, point, steps
    raise not_converged(step[:p])


def _ascended(level: Ints, c: Covariates, parameter: Floats, point: _Point, step: Floats) -> tuple[Floats, _Point]:
    """The Newton step, halved until thresholds ascend and the likelihood does not fall."""
    slack = TOLERANCE * abs(point.log_likelihood)
    for _ in range(MAX_STEPS):
        tried = parameter + step
        if (np.diff(tried[c.z.shape[1] :]) > 0).all():
            found = _point(level, c, tried)
            if found.log_likelihood >= point.log_likelihood - slack:
                return tried, found
        step = step / 2
    return parameter, point


def _point(level: Ints, c: Covariates, parameter: Floats) -> _Point:
    p = c.z.shape[1]
    threshold = np.concatenate([[-np.inf], parameter[p:], [np.inf]])
    eta = c.z @ parameter[:p]
    above, below = threshold[level + 1] - eta, threshold[level] - eta
    upper, lower, over = expit(above), expit(below), expit(-below)
    # F(a) − F(b) = F(a) F(−b) (1 − exp(b − a)): no cancellation, whichever tail both are in.
    inside = -np.expm1(below - above)
    log_likelihood = float(c.weight @ np.log(upper * over * inside))
    return _Point(log_likelihood, upper, lower, expit(-above) / (over * inside), lower / (upper * inside))


def _gradient(level: Ints, c: Covariates, at: _Point) -> Floats:
    levels = int(level.max()) + 1
    thresholds = weighted_sums(level + 1, c.weight * at.by_upper, levels + 1)
    thresholds -= weighted_sums(level, c.weight * at.by_lower, levels + 1)
    return np.concatenate([(c.weight * (at.upper + at.lower - 1)) @ c.z, thresholds[1:-1]])


def _scores(level: Ints, c: Covariates, at: _Point) -> Floats:
    """Weighted scores of the respondents, (r, q); their sum is the gradient."""
    row, thresholds = np.arange(len(level)), np.zeros((len(level), int(level.max()) + 2))
    thresholds[row, level + 1] = at.by_upper
    thresholds[row, level] = -at.by_lower
    return np.hstack([c.z * (at.upper + at.lower - 1)[:, None], thresholds[:, 1:-1]]) * c.weight[:, None]


def _information(level: Ints, c: Covariates, at: _Point) -> Floats:
    row, size = np.arange(len(level)), int(level.max()) + 2
    upper, lower = c.weight * at.upper * (1 - at.upper), c.weight * at.lower * (1 - at.lower)
    densities = np.zeros((len(level), size))
    densities[row, level + 1], densities[row, level] = upper, lower
    slopes = (c.z * (upper + lower)[:, None]).T @ c.z
    mixed = -(c.z.T @ densities)[:, 1:-1]
    own = weighted_sums(level + 1, c.weight * at.by_upper * (at.by_upper + 2 * at.upper - 1), size)
    own += weighted_sums(level, c.weight * at.by_lower * (at.by_lower + 1 - 2 * at.lower), size)
    beside = weighted_sums(level, -c.weight * at.by_upper * at.by_lower, size)[1:-2]
    thresholds = np.diag(own[1:-1]) + np.diag(beside, 1) + np.diag(beside, -1)
    found: Floats = np.block([[slopes, mixed], [mixed.T, thresholds]])
    return found

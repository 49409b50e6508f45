"""Whether one slope holds at every threshold of an ordinal answer, tested under the design.

The score test needs the proportional model only, so that a level which a group never chose does no
harm; Brant's test fits a logit a threshold and shows how the slopes change. Letters: K levels,
r respondents used, q = (K − 2)·p equalities of p slopes.

References
----------
Peterson, B. and Harrell, F. (1990). Partial proportional odds models for ordinal response variables.
Applied Statistics 39, 205-217.
Brant, R. (1990). Assessing proportionality in the proportional odds model for ordinal logistic
regression. Biometrics 46, 1171-1178.
Rao, J. N. K., Scott, A. J. and Skinner, C. J. (1998). Quasi-score tests with survey data. Statistica
Sinica 8, 1059-1070.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from survey.errors import ConvergenceError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.contrasts import NOT_TESTABLE, Test, f_tail
from survey.stats.covariates import covariates
from survey.stats.regression import Estimated, Regression, complete, logistic
from survey.stats.sampling import Sampling
from survey.stats.variance import covariance_of_rows


@dataclass(frozen=True, slots=True)
class Brant:
    """How slopes change along the thresholds, and two tests that they do not.

    Attributes
    ----------
    slopes : (K − 1)·p, of the logits of y > 0, y > 1 …, p slopes each
    differences : q, slopes of y > 1, y > 2 … minus those of y > 0
    working : with Rao and Scott's second-order correction, the test that holds its level with few PSUs
    wald : `df2` = design df − q; not testable where that is below 1
    """

    slopes: Estimated
    differences: Estimated
    working: Test
    wald: Test


def score_test(fit: Regression, y: Floats, x: Floats, sampling: Sampling) -> Test:
    """Score test of proportional odds with Rao and Scott's second-order correction.

    Parameters
    ----------
    fit : `ordinal` of the same `y`, (n,) levels 0..K−1, and `x`, (n, p); not testable with K = 2
    """
    p = x.shape[1]
    theta = fit.coefficients.estimate[p:]
    if not p or len(theta) < 2:
        return NOT_TESTABLE
    c = covariates(x, fit.used, sampling)
    rows = c.rows
    below = theta - (x[rows] @ fit.coefficients.estimate[:p])[:, None]
    columns = np.column_stack([np.ones(len(rows)), c.z])
    score = _threshold_scores(below, y[rows].astype(np.intp))
    information = _information(below, columns, c.weight)
    efficient = _efficient(information, len(theta), p)
    value = np.zeros((len(y), efficient.shape[1]))
    value[rows] = (score[:, :, None] * (columns * c.weight[:, None])[:, None, :]).reshape(len(rows), -1) @ efficient
    estimated = Estimated(value.sum(axis=0), covariance_of_rows(value, sampling, fit.used), c.df)
    return _working(estimated, efficient.T @ information @ efficient, c.design_df)


def _threshold_scores(below: Floats, level: Ints) -> Floats:
    """Derivative of each respondent's log-likelihood by each θₖ − η, (r, K − 1)."""
    share, density = _shares(below)
    row, score = np.arange(len(level)), np.zeros((len(level), below.shape[1] + 2))
    score[row, level + 1] = density[row, level + 1] / share[row, level]
    score[row, level] = -density[row, level] / share[row, level]
    return score[:, 1:-1]


def _shares(below: Floats) -> tuple[Floats, Floats]:
    """Share of each level, (r, K), and density at each threshold with the two at infinity, (r, K + 1)."""
    edge = np.full((len(below), 1), np.inf)
    bounds = np.hstack([-edge, below, edge])
    with np.errstate(invalid="ignore"):
        share = expit(bounds[:, 1:]) * expit(-bounds[:, :-1]) * -np.expm1(bounds[:, :-1] - bounds[:, 1:])
    return share, expit(bounds) * expit(-bounds)


def _information(below: Floats, columns: Floats, weight: Floats) -> Floats:
    """Expected information of intercept and slopes of each threshold, all free; thresholds slowest."""
    share, density = _shares(below)
    k, m = below.shape[1], columns.shape[1]
    found = np.zeros((k, m, k, m))
    for j in range(k):
        own = density[:, j + 1] ** 2 * (1 / share[:, j] + 1 / share[:, j + 1])
        found[j, :, j, :] = (columns * (weight * own)[:, None]).T @ columns
        if j + 1 < k:
            beside = -density[:, j + 1] * density[:, j + 2] / share[:, j + 1]
            found[j, :, j + 1, :] = (columns * (weight * beside)[:, None]).T @ columns
            found[j + 1, :, j, :] = found[j, :, j + 1, :].T
    return found.reshape(k * m, k * m)


def _efficient(information: Floats, k: int, p: int) -> Floats:
    """From scores of all thresholds' slopes to those of the later ones' excess, cleared of what the null fits."""
    intercept, slope = np.eye(p + 1)[:, :1], np.eye(p + 1)[:, 1:]
    null = np.hstack([np.kron(np.eye(k), intercept), np.kron(np.ones((k, 1)), slope)])
    excess = np.kron(np.eye(k)[:, 1:], slope)
    fitted = np.linalg.solve(null.T @ information @ null, null.T @ information @ excess)
    return np.asarray(excess - null @ fitted, dtype=np.float64)


def brant(y: Floats, x: Floats, domain: Bools, sampling: Sampling) -> Brant:
    """Slopes of one logit a threshold, and tests that they are equal.

    Parameters
    ----------
    y : (n,) float, levels 0..K−1, K ≥ 3; x : (n, p) float, without an intercept

    Raises
    ------
    DesignError, ConvergenceError
        One of the logits cannot be fitted, see `logistic`; the score test then still can.
    """
    used = complete(y, x, domain)
    levels = int(y[used].max(initial=0.0)) + 1
    fits = [_above(k, y, x, used, sampling) for k in range(levels - 1)]
    p, df = x.shape[1], fits[0].coefficients.df
    z = np.hstack([fit.influence[:, 1:] for fit in fits])
    estimate = np.concatenate([fit.coefficients.estimate[1:] for fit in fits])
    slopes = Estimated(estimate, covariance_of_rows(z, sampling, used), df)
    equal = np.hstack([-np.tile(np.eye(p), (levels - 2, 1)), np.eye((levels - 2) * p)])
    differences, design_df = slopes.contrast(equal), df + p
    simple = equal @ ((z[used] / sampling.weight[used, None]).T @ z[used]) @ equal.T
    wald = replace(differences, df=design_df - len(equal)).wald() if design_df > len(equal) else NOT_TESTABLE
    return Brant(slopes, differences, _working(differences, simple, design_df), wald)


def _above(k: int, y: Floats, x: Floats, used: Bools, sampling: Sampling) -> Regression:
    try:
        return logistic((y > k).astype(float), x, used, sampling)
    except ConvergenceError as error:
        at = f"no separation of the answers above level {k}, counted from 0"
        raise ConvergenceError([replace(problem, expected=at) for problem in error.problems]) from error


def _working(values: Estimated, simple: Floats, design_df: float) -> Test:
    """F test that values are 0 by `simple`, any multiple of their covariance under simple random sampling."""
    size = np.sqrt(np.diagonal(simple))
    if not len(size) or not (size > 0).all():
        return NOT_TESTABLE
    scaled, v = simple / np.outer(size, size), values.covariance / np.outer(size, size)
    if np.linalg.matrix_rank(scaled, hermitian=True) < len(size):
        return NOT_TESTABLE
    delta, value = np.linalg.solve(scaled, v), values.estimate / size
    trace, trace2 = float(np.trace(delta)), float((delta * delta.T).sum())
    statistic, df = float(value @ np.linalg.solve(scaled, value)) / trace, trace**2 / trace2
    return Test(statistic, df, df * design_df, f_tail(statistic, df, df * design_df))

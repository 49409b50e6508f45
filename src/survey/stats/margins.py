"""Predicted margins: what a regression expects of everyone if one covariate had a given value.

The answers expected of each respondent of the domain, covariates as they are but for those set, are
averaged with the weights (marginal standardisation). Their error holds that of the coefficients and
that of the covariates' own distribution, through the one variance formula.

References
----------
Graubard, B. and Korn, E. (1999). Predictive margins with survey data. Biometrics 55, 652-659.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import expit

from survey.stats.arrays import Floats
from survey.stats.regression import Estimated, Family, Regression
from survey.stats.sampling import Sampling
from survey.stats.variance import covariance_of_rows


def setting(x: Floats, columns: Sequence[int], value: Sequence[float]) -> Floats:
    """Covariates with some columns set to one value for everyone."""
    found = x.copy()
    found[:, columns] = value
    return found


def predicted_margins(fit: Regression, settings: Iterable[Floats], sampling: Sampling) -> Estimated:
    """Average answer expected under each setting of the covariates.

    Of a cumulative logit the share of each of the K levels: settings × levels, levels fastest.

    Parameters
    ----------
    settings : (n, p) covariates each, see `setting`; interactions are the caller's to set
    """
    rows = np.flatnonzero(fit.used)
    share = sampling.weight[rows] / sampling.weight[rows].sum()
    margins, values = [], []
    for x in settings:
        expected, gradient = _expected(fit.family, fit.coefficients.estimate, x[rows], share)
        margin = share @ expected
        value = fit.influence @ gradient
        value[rows] += share[:, None] * (expected - margin)
        margins.append(margin)
        values.append(value)
    covariance = covariance_of_rows(np.hstack(values), sampling, fit.used)
    return Estimated(np.concatenate(margins), covariance, fit.coefficients.df)


def mean_scores(margins: Estimated, score: Floats) -> Estimated:
    """Average score expected under each setting, from the margins of a cumulative logit's K levels."""
    settings = len(margins.estimate) // len(score)
    return margins.contrast(np.kron(np.eye(settings), score[None, :]).astype(np.float64))


def differences(margins: Estimated, reference: int = 0) -> Estimated:
    """Each margin minus that of the reference, which is left out."""
    weight = np.eye(len(margins.estimate))
    weight[:, reference] -= 1
    return margins.contrast(np.delete(weight, reference, axis=0))


def _expected(family: Family, coefficient: Floats, x: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Expected answers, (r, m), and the derivative of their average by each coefficient, (q, m)."""
    if family == "cumulative":
        return _levels(coefficient, x, share)
    eta = coefficient[0] + x @ coefficient[1:]
    if family == "gaussian":
        expected, slope = eta, share
    else:
        expected = expit(eta)
        slope = share * expected * (1 - expected)
    gradient = np.concatenate([[slope.sum()], slope @ x])
    return expected[:, None], gradient[:, None]


def _levels(coefficient: Floats, x: Floats, share: Floats) -> tuple[Floats, Floats]:
    p = x.shape[1]
    below = coefficient[p:] - (x @ coefficient[:p])[:, None]
    edge = np.ones((len(x), 1))
    expected = np.diff(np.hstack([0 * edge, expit(below), edge]), axis=1)
    density = share[:, None] * expit(below) * expit(-below)
    # By threshold first; a level is the difference of the two thresholds beside it.
    by_threshold = np.vstack([-x.T @ density, np.diag(density.sum(axis=0))])
    none = np.zeros((len(by_threshold), 1))
    return expected, np.diff(np.hstack([none, by_threshold, none]), axis=1)

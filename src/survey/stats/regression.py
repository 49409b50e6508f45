"""Linear and logistic regression with a design-based covariance.

Coefficients maximise the weighted (pseudo) likelihood, by `statsmodels`; their covariance is that of
the linearised values, through the one variance formula, or that of the coefficients fitted again under
each replicate weight. A model added here gives `Regression` its linearised values and has domains,
stages, calibration and predicted margins.

References
----------
Binder, D. (1983). On the variances of asymptotically normal estimators from complex surveys.
International Statistical Review 51, 279-292.
Lumley, T. and Scott, A. (2017). Fitting regression models to survey data. Statistical Science 32, 265-278.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.special import expit

from survey.errors import ConvergenceError, DesignError, Problem
from survey.stats import interval
from survey.stats.arrays import Bools, Floats
from survey.stats.contrasts import NOT_TESTABLE, Test, f_tail, t_tails
from survey.stats.covariates import Covariates, covariates
from survey.stats.sampling import Sampling
from survey.stats.variance import covariance_of_rows

Fitted = Literal["gaussian", "binomial"]
Family = Fitted | Literal["cumulative"]

#: A fit has converged when a step changes no standardised coefficient by more than this part of it
#: (or of 1). Newton's error is squared at each step: what is left is rounding.
TOLERANCE = 1e-9
MAX_STEPS = 30
#: Coefficients that still grow by this part of the fastest (or of 1) after `MAX_STEPS` have no finite optimum.
GROWING = 0.01


@dataclass(frozen=True, slots=True)
class Estimated:
    """m estimates, their design covariance and the degrees of freedom of their tests.

    Attributes
    ----------
    estimate : (m,) float
    covariance : (m, m) float
    """

    estimate: Floats
    covariance: Floats = field(repr=False)
    df: float

    @property
    def std_error(self) -> Floats:
        """(m,) float."""
        found: Floats = np.sqrt(np.maximum(np.diagonal(self.covariance), 0))
        return found

    @property
    def statistic(self) -> Floats:
        """t of each estimate against 0; NaN without an error."""
        se = self.std_error
        return np.divide(self.estimate, se, out=np.full_like(se, np.nan), where=se > 0)

    @property
    def p_value(self) -> Floats:
        """Two-sided p of each t, right below 1e-16."""
        return t_tails(self.statistic, np.asarray(self.df))

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """Estimates minus and plus t standard errors."""
        return interval.wald(self.estimate, self.std_error, np.asarray(self.df), level)

    def at(self, index: Sequence[int]) -> Estimated:
        """Some of the estimates."""
        return Estimated(self.estimate[index], self.covariance[np.ix_(index, index)], self.df)

    def contrast(self, weight: Floats) -> Estimated:
        """Linear combinations, one for each row of `weight`, (q, m)."""
        return Estimated(weight @ self.estimate, weight @ self.covariance @ weight.T, self.df)

    def wald(self) -> Test:
        """Wald test that all estimates are 0. R: ``regTermTest(method = "Wald")``.

        Not testable where the covariance is singular.
        """
        t, se, q = self.statistic, self.std_error, len(self.estimate)
        if not q or not np.isfinite(t).all():
            return NOT_TESTABLE
        correlation = self.covariance / np.outer(se, se)
        if np.linalg.matrix_rank(correlation, hermitian=True) < q:
            return NOT_TESTABLE
        f = float(t @ np.linalg.solve(correlation, t)) / q
        return Test(f, float(q), self.df, f_tail(f, q, self.df))


@dataclass(frozen=True, slots=True)
class Regression:
    """A fitted regression.

    Attributes
    ----------
    coefficients : intercept, then slopes; of a cumulative logit: slopes, then thresholds
    influence : (n, m) float, weighted linearised values of the coefficients; 0 outside `used`
    used : (n,) bool, respondents of the domain with an answer and every covariate
    log_likelihood : at the optimum, with the weights scaled to mean 1
    steps : iterations until no coefficient moved
    """

    family: Family
    coefficients: Estimated
    influence: Floats = field(repr=False)
    used: Bools = field(repr=False)
    n: int
    log_likelihood: float
    steps: int


def linear(y: Floats, x: Floats, domain: Bools, sampling: Sampling) -> Regression:
    """Weighted least squares over a domain. R: ``svyglm(y ~ x)``.

    Parameters
    ----------
    y : (n,) float; x : (n, p) float, without an intercept, which is always fitted
        Rows where `y` or `x` is missing leave the domain.

    Raises
    ------
    DesignError
        See `covariates`; also when the answers do not vary.
    """
    c = covariates(x, complete(y, x, domain), sampling)
    answer = varying(y[c.rows])
    coefficient, steps = _maximised(answer, c, "gaussian")
    residual = answer - _with_intercept(c.z) @ coefficient
    n, variance = len(answer), float(c.weight @ residual**2) / len(answer)
    with np.errstate(divide="ignore"):
        log_likelihood = -n / 2 * float(np.log(2 * np.pi * variance) + 1)
    return _regression("gaussian", answer, coefficient, c, sampling, log_likelihood, steps)


def logistic(y: Floats, x: Floats, domain: Bools, sampling: Sampling) -> Regression:
    """Logit of the share of ones over a domain. R: ``svyglm(y ~ x, family = quasibinomial())``.

    Parameters
    ----------
    y : (n,) float, 0 and 1; x : (n, p) float, without an intercept, which is always fitted
        Rows where `y` or `x` is missing leave the domain.

    Raises
    ------
    DesignError
        See `covariates`; also when the answers do not vary.
    ConvergenceError
        The covariates separate the answers: some coefficients have no finite value.
    """
    c = covariates(x, complete(y, x, domain), sampling)
    answer = varying(y[c.rows])
    coefficient, steps = _maximised(answer, c, "binomial")
    eta = _with_intercept(c.z) @ coefficient
    log_likelihood = float(c.weight @ (answer * eta - np.logaddexp(0, eta)))
    return _regression("binomial", answer, coefficient, c, sampling, log_likelihood, steps)


def complete(y: Floats, x: Floats, domain: Bools) -> Bools:
    """(n,) bool, respondents of the domain with an answer and every covariate."""
    found: Bools = domain & np.isfinite(y) & np.isfinite(x).all(axis=1)
    return found


def varying(answer: Floats) -> Floats:
    """The answers, where there is something to explain.

    Raises
    ------
    DesignError
        Everyone answered the same.
    """
    if answer.min() == answer.max():
        raise DesignError("every respondent of the domain gave the same answer: there is nothing to explain")
    return answer


def not_converged(step: Floats) -> ConvergenceError:
    """Why a fit has not converged, from the last step of its p standardised slopes."""
    size = np.abs(step)
    growing = np.flatnonzero(size > GROWING * size.max(initial=1.0))
    if not len(growing):
        return ConvergenceError(f"the regression did not converge in {MAX_STEPS} steps")
    return ConvergenceError(
        [
            Problem(
                column=str(j),
                found="a covariate that separates the answers: its coefficient grows without bound",
                hint="Merge its levels with others or leave it out.",
            )
            for j in growing
        ]
    )


def _with_intercept(z: Floats) -> Floats:
    return np.column_stack([np.ones(len(z)), z])


def _maximised(answer: Floats, c: Covariates, family: Fitted) -> tuple[Floats, int]:
    """Intercept and slopes of the standardised covariates, and the steps they took."""
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    kind = {"gaussian": families.Gaussian, "binomial": families.Binomial}[family]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separation and non-convergence are refused below, with their columns
        model = GLM(answer, _with_intercept(c.z), family=kind, var_weights=c.weight)
        fit = model.fit(maxiter=MAX_STEPS, tol_criterion="params", atol=TOLERANCE, rtol=TOLERANCE)
    history = fit.fit_history["params"]
    if not fit.converged:
        raise not_converged(np.asarray(history[-1] - history[-2])[1:])
    return np.asarray(fit.params, dtype=np.float64), int(fit.fit_history["iteration"])


def _expected(family: Fitted, eta: Floats) -> tuple[Floats, Floats]:
    """Expected answers and their derivative by the linear predictor, (r,) each."""
    if family == "gaussian":
        return eta, np.ones_like(eta)
    share = expit(eta)
    return share, share * (1 - share)


def _regression(
    family: Fitted,
    answer: Floats,
    coefficient: Floats,
    c: Covariates,
    sampling: Sampling,
    log_likelihood: float,
    steps: int,
) -> Regression:
    x = _with_intercept(c.z)
    expected, slope = _expected(family, x @ coefficient)
    bread = np.linalg.inv((x * (c.weight * slope)[:, None]).T @ x)
    back = np.diag(np.concatenate([[1.0], 1 / c.scale]))  # from standardised covariates to those given
    back[0, 1:] = -c.centre / c.scale
    influence = np.zeros((len(c.used), len(coefficient)))
    influence[c.rows] = (x * (c.weight * (answer - expected))[:, None]) @ (back @ bread).T
    estimate: Floats = back @ coefficient
    if (r := sampling.replicates) is None:
        covariance = covariance_of_rows(influence, sampling, c.used)
    else:
        covariance = r.covariance(_again(family, answer, x, r.weight[c.rows], coefficient) @ back.T, estimate)
    found = Estimated(estimate, covariance, c.df)
    return Regression(family, found, influence, c.used, len(c.rows), log_likelihood, steps)


def _again(family: Fitted, answer: Floats, x: Floats, weight: Floats, coefficient: Floats) -> Floats:
    """Coefficients under each replicate weight, (R, m), from the weights of the respondents used, (r, R)."""
    found = np.empty((weight.shape[1], len(coefficient)))
    for at, w in enumerate(weight.T):
        found[at] = _newton(family, answer, x, w / w.mean() if w.any() else w, coefficient)
    return found


def _newton(family: Fitted, answer: Floats, x: Floats, weight: Floats, start: Floats) -> Floats:
    """The optimum near `start`, which is that of weights much like these."""
    found = start
    for _ in range(MAX_STEPS):
        expected, slope = _expected(family, x @ found)
        curvature = (x * (weight * slope)[:, None]).T @ x
        if np.linalg.matrix_rank(curvature, hermitian=True) < len(start):
            break
        step = np.linalg.solve(curvature, x.T @ (weight * (answer - expected)))
        found = found + step
        if (np.abs(step) <= TOLERANCE * np.maximum(np.abs(found), 1)).all():
            return found
    raise ConvergenceError(
        Problem(
            found="a replicate weight under which the covariates cannot be told apart or separate the answers",
            hint="Merge small levels of the covariates, or use replicates that keep every unit, as Fay's do.",
        )
    )

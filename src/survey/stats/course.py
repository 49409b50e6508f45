"""The course of one estimate over several occasions: a straight line with its lack of fit, and control limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from survey.stats.arrays import Bools, Floats

#: Mean of the range of two normal values in standard deviations (d₂ of control charts).
RANGE_OF_TWO = 2 / np.sqrt(np.pi)
#: Standard deviations that a value may lie from the centre of a control chart (Shewhart 1931).
LIMIT = 3.0


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through K estimates.

    Attributes
    ----------
    slope, std_error : a unit of time
    q, df, p_value : chi-squared of what the line leaves, on K − 2 df
    """

    slope: float
    std_error: float
    q: float
    df: int
    p_value: float


def line(time: Floats, estimate: Floats, covariance: Floats) -> Line:
    """The line that fits estimates best whose sampling covariance, (K, K), is known.

    With a diagonal covariance: weighted least squares, weights 1 / variance. R: ``lm(weights = 1 / v)`` with
    errors that are not scaled by the residuals.

    References
    ----------
    Hedges, L. V. and Olkin, I. (1985). Statistical Methods for Meta-Analysis. Academic Press, ch. 8.
    """
    x = np.column_stack([np.ones(len(time)), time - time.mean()])
    weight = np.linalg.inv(covariance)
    of_fit = np.linalg.inv(x.T @ weight @ x)
    beta = of_fit @ x.T @ weight @ estimate
    rest = estimate - x @ beta
    q, df = float(rest @ weight @ rest), len(time) - 2
    return Line(float(beta[1]), float(np.sqrt(of_fit[1, 1])), q, df, float(chdtrc(df, q)) if df else float("nan"))


def out_of_control(estimate: Floats) -> Bools:
    """Which of K consecutive values lie beyond three standard deviations of the values before them, (K,) bool.

    The standard deviation is the mean moving range of the values before over d₂; the first two are never out.

    References
    ----------
    Montgomery, D. C. (2013). Introduction to Statistical Quality Control, 7th ed., §6.4.
    """
    out = np.zeros(len(estimate), dtype=bool)
    for k in range(2, len(estimate)):
        before = estimate[:k]
        spread = np.abs(np.diff(before)).mean() / RANGE_OF_TWO
        out[k] = abs(estimate[k] - before.mean()) > LIMIT * spread
    return out

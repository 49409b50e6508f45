"""Whether a value is in reach: the pace that it needs, the pace observed, and what chance and drift leave open.

Time is in years. Estimates of K occasions have a known sampling covariance; what a straight line leaves beyond it
is drift, a true value's own deviation from the line.

References
----------
Hedges, L. V. and Olkin, I. (1985). Statistical Methods for Meta-Analysis. Academic Press, ch. 8.
DerSimonian, R. and Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials 7, 177-188.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from survey.stats.arrays import Floats
from survey.stats.course import line

#: Power at which a change counts as one that a sample would see.
POWER = 0.8
#: Occasions from which the deviation from a line tells of drift.
FEWEST_WITH_DRIFT = 4
#: How far a line is drawn on: to so many times the time observed, from the first occasion.
REACH = 2.0


@dataclass(frozen=True, slots=True)
class Course:
    """K estimates of one measure: time in years, values, (K, K) sampling covariance, df of all together."""

    time: Floats
    estimate: Floats
    covariance: Floats = field(repr=False)
    df: float

    @property
    def span(self) -> float:
        """Years from the first occasion to the last."""
        return float(self.time[-1] - self.time[0])

    def reaches(self, horizon: float) -> bool:
        """Whether a line may be drawn on to `horizon`."""
        return self.span > 0 and horizon - self.time[0] <= REACH * self.span + 1e-9


@dataclass(frozen=True, slots=True)
class Pace:
    """A yearly pace, or a margin of one, with its error."""

    estimate: float
    std_error: float


def observed_pace(course: Course) -> Pace:
    """Slope of the straight line through the estimates, weighted by their covariance.

    Where the line leaves more than chance does, its error grows by √(Q / df), as that of one through 3 or more
    occasions must (Birge's ratio); never below the error that sampling alone gives.
    """
    slope, found = _slope(course), line(course.time, course.estimate, course.covariance)
    error = float(np.sqrt(slope @ course.covariance @ slope))
    return Pace(float(slope @ course.estimate), error * _lack(found.q, found.df))


def margin(course: Course, target: float, horizon: float) -> Pace:
    """Observed pace less the pace that leads from the last estimate to `target` at `horizon`.

    Both hang on the last estimate, so that their errors are no independent ones.
    """
    years = horizon - course.time[-1]
    weight = _slope(course)
    found = line(course.time, course.estimate, course.covariance)
    weight[-1] += 1 / years
    error = float(np.sqrt(weight @ course.covariance @ weight))
    return Pace(float(weight @ course.estimate) - target / years, error * _lack(found.q, found.df))


def _slope(course: Course) -> Floats:
    """(K,) weights of the estimates in the slope of the line."""
    x = np.column_stack([np.ones(len(course.time)), course.time - course.time.mean()])
    weight = np.linalg.inv(course.covariance)
    found: Floats = np.linalg.solve(x.T @ weight @ x, x.T @ weight)[1]
    return found


def _lack(q: float, df: int) -> float:
    return float(np.sqrt(max(1.0, q / df))) if df else 1.0


def drift_of(course: Course) -> float:
    """Standard deviation of true values around the line, by moments: (Q − df) over its slope in the variance.

    Raises
    ------
    ValueError
        Fewer than three occasions: a line through two leaves nothing.
    """
    if len(course.time) < 3:
        raise ValueError("two occasions tell nothing of drift")
    x = np.column_stack([np.ones(len(course.time)), course.time - course.time.mean()])
    weight = np.linalg.inv(course.covariance)
    left = weight - weight @ x @ np.linalg.solve(x.T @ weight @ x, x.T @ weight)
    q, df = float(course.estimate @ left @ course.estimate), len(course.time) - 2
    return float(np.sqrt(max(0.0, q - df) / np.trace(left)))


def probability(
    course: Course, target: float, horizon: float, drift_sd: float | None, draws: int, rng: np.random.Generator
) -> float:
    """Probability that the true value at `horizon` is at least `target`, if the straight line goes on.

    Simulated: sampling errors and drift of the past move the line, drift moves the value at the horizon.

    Parameters
    ----------
    drift_sd : declared; None: estimated, with tails of Student's t on K − 2 df, from four occasions on

    Raises
    ------
    ValueError
        A horizon out of reach, or too few occasions without a declared drift.
    """
    if not course.reaches(horizon):
        raise ValueError("the horizon is beyond twice the time observed")
    if drift_sd is None and len(course.time) < FEWEST_WITH_DRIFT:
        raise ValueError("too few occasions to tell drift from a line")
    drift = drift_of(course) if drift_sd is None else drift_sd
    spread = course.covariance + drift**2 * np.eye(len(course.time))
    x = np.column_stack([np.ones(len(course.time)), course.time - horizon])
    weight = np.linalg.inv(spread)
    of_fit = np.linalg.inv(x.T @ weight @ x)
    at_horizon = float((of_fit @ x.T @ weight @ course.estimate)[0])
    moved = np.sqrt(of_fit[0, 0]) * rng.standard_normal(draws) + drift * rng.standard_normal(draws)
    if drift_sd is None:
        df = len(course.time) - 2
        moved *= np.sqrt(df / rng.chisquare(df, draws))
    return float((at_horizon + moved >= target).mean())


def sample_size(n: float, std_error: float, gap: float, conf_level: float) -> float:
    """Answers that the next sample needs to see a change of `gap` from this one with power `POWER`.

    This sample's n and error carry its design effect and spread to the next; NaN where its own error alone already
    hides the change.
    """
    in_errors = float(ndtri((1 + conf_level) / 2) + ndtri(POWER))
    left = (gap / in_errors) ** 2 - std_error**2
    return float(np.ceil(n * std_error**2 / left)) if left > 0 else float("nan")

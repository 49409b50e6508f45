"""Weights that agree with known population totals.

Respondents in the same cell of all margins get the same ratio of new to old weight, so the
equations are solved over cells, not over respondents: their cost does not depend on n.

References
----------
Deville, J.-C. and Särndal, C.-E. (1992). Calibration estimators in survey sampling. JASA 87, 376-382.
Deming, W. and Stephan, F. (1940). On a least squares adjustment of a sampled frequency table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey.errors import ConvergenceError, Problem
from survey.stats.arrays import Floats, Ints, margin_dummies, weighted_sums

Method = Literal["rake", "linear", "logit", "poststratify"]
TOLERANCE = 1e-10
MAX_STEPS = 500


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Result of calibration.

    Attributes
    ----------
    weight : (n,) float
    ratio : (n,) float, new weight over old
    steps : iterations until every margin was within `TOLERANCE` of its target
    """

    weight: Floats
    ratio: Floats
    steps: int


def calibrate(
    weight: Floats,
    margins: Sequence[Ints],
    targets: Sequence[Floats],
    method: Method = "rake",
    bounds: tuple[float, float] | None = None,
    names: Sequence[str] = (),
) -> Calibrated:
    """Weights nearest to the given ones, by the distance of `method`, that meet all targets.

    Parameters
    ----------
    weight : (n,) base weights, positive
    margins : one (n,) int array a margin: category from 0, no missing
    targets : one float array a margin: population totals in the order of the codes; same sum
    bounds : limits of new over old weight; required by ``logit``
    names : of the margins, for messages

    Raises
    ------
    ConvergenceError
        Naming the margin furthest from its target: they contradict each other, or the bounds are
        too narrow. R: ``survey::calibrate(epsilon = 1e-12)``.
    """
    pattern, x = margin_dummies(margins)
    d = weighted_sums(pattern, weight, len(x))
    goal = np.concatenate([np.asarray(t, float) for t in targets])
    ratio, steps, gap = _solve(d, x, goal, _distance(method, bounds))
    if np.abs(gap).max() > TOLERANCE * goal.sum():
        _refuse(gap, targets, names, method, bounds)
    of_respondent = ratio[pattern]
    return Calibrated(weight * of_respondent, of_respondent, steps)


def _distance(method: Method, bounds: tuple[float, float] | None) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Ratio of new to old weight and its derivative as functions of the linear predictor."""
    low, high = bounds or (-np.inf, np.inf)

    def truncated(g: Floats, slope: Floats) -> tuple[Floats, Floats]:
        return np.clip(g, low, high), np.where((g > low) & (g < high), slope, 0.0)

    def raking(u: Floats) -> tuple[Floats, Floats]:
        g = np.exp(np.clip(u, -50, 50))
        return truncated(g, g)

    def linear(u: Floats) -> tuple[Floats, Floats]:
        return truncated(1 + u, np.ones_like(u))

    def logit(u: Floats) -> tuple[Floats, Floats]:
        a = (high - low) / ((1 - low) * (high - 1))
        e = np.exp(np.clip(a * u, -50, 50))
        bottom = (high - 1) + (1 - low) * e
        g = (low * (high - 1) + high * (1 - low) * e) / bottom
        return g, a * e * (high - 1) * (1 - low) * (high - low) / bottom**2

    return {"rake": raking, "poststratify": raking, "linear": linear, "logit": logit}[method]


def _solve(
    d: Floats, x: Floats, goal: Floats, distance: Callable[[Floats], tuple[Floats, Floats]]
) -> tuple[Floats, int, Floats]:
    beta = np.zeros(x.shape[1])
    ratio, slope = distance(x @ beta)
    gap = goal - x.T @ (d * ratio)
    for step in range(1, MAX_STEPS + 1):
        if np.abs(gap).max() <= 0.1 * TOLERANCE * goal.sum():
            return ratio, step - 1, gap
        direction = np.linalg.pinv((x * (d * slope)[:, None]).T @ x, hermitian=True) @ gap
        found = _line_search(beta, direction, gap, d, x, goal, distance)
        if found is None:
            return ratio, step, gap
        beta, ratio, slope, gap = found
    return ratio, MAX_STEPS, gap


def _line_search(
    beta: Floats,
    direction: Floats,
    gap: Floats,
    d: Floats,
    x: Floats,
    goal: Floats,
    distance: Callable[[Floats], tuple[Floats, Floats]],
) -> tuple[Floats, Floats, Floats, Floats] | None:
    # Halving keeps Newton from overshooting where bounds have flattened the dual function.
    for halving in range(40):
        trial = beta + direction * 0.5**halving
        ratio, slope = distance(x @ trial)
        left = goal - x.T @ (d * ratio)
        if np.linalg.norm(left) < np.linalg.norm(gap):
            return trial, ratio, slope, left
    return None


def _refuse(
    gap: Floats, targets: Sequence[Floats], names: Sequence[str], method: str, bounds: tuple[float, float] | None
) -> None:
    # The margins, not the weights, decide convergence: margins that contradict each other leave
    # every cycle's last weights unchanged and would pass for solved.
    starts = np.cumsum([0, *(len(t) for t in targets)])
    worst = [float(np.abs(gap[a:b]).max() / t.sum()) for a, b, t in zip(starts[:-1], starts[1:], targets, strict=True)]
    at = int(np.argmax(worst))
    name = names[at] if names else str(at + 1)
    limit = f" within bounds {bounds[0]:g} to {bounds[1]:g}" if bounds else ""
    hint = (
        "The margins contradict each other, a category is too small, or the bounds are too narrow: merge small "
        "categories, widen the bounds, or drop a margin."
    )
    found = f"calibration ({method}{limit}) that leaves margin {name} {worst[at]:.2%} of its total from its target"
    raise ConvergenceError(Problem(found=found, expected="every margin met to 1e-10 of its total", hint=hint))


def kish_deff(weight: Floats) -> float:
    """Kish's design effect of unequal weighting: n Σw² / (Σw)²."""
    return float(len(weight) * (weight**2).sum() / weight.sum() ** 2)


def trim(weight: Floats, low: float, high: float) -> Floats:
    """Weights inside [low, high] with the total kept: what is cut is shared equally by the others.

    Repeated until nothing is left to cut. R: ``survey::trimWeights(strict = TRUE)``.
    """
    w, goal = np.clip(weight, low, high), float(weight.sum())
    for _ in range(MAX_STEPS):
        free = (w > low) & (w < high)
        cut = goal - float(w.sum())
        if abs(cut) <= TOLERANCE * goal or not free.any():
            break
        w = np.clip(np.where(free, w + cut / free.sum(), w), low, high)
    return w

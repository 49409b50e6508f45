"""The Oaxaca–Blinder decomposition of a difference of two shares, by logit.

The whole is that of Fairlie and of Yun alike: mean predictions under the groups' own and their common
coefficients. By covariate it is Yun's here, whose weights are those of the linear index; Fairlie's is in
`fairlie`. The common coefficients are those of a logit with the group's own dummy, which predictions
hold at its mean, so that neither group is the standard. Letters as in `decomposition`.

References
----------
Fairlie, R. (2005). An extension of the Blinder-Oaxaca decomposition technique to logit and probit models.
J. Economic and Social Measurement 30, 305-316.
Yun, M.-S. (2004). Decomposing differences in the first moment. Economics Letters 82, 275-280.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from survey.errors import ConvergenceError, DesignError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.decomposition import Decomposed, Design, Value, decomposed, inverse, means
from survey.stats.sampling import Sampling

MAX_STEPS = 30
#: Newton's last step, over the size of the coefficients.
TOLERANCE = 1e-10
#: A logit this far out has no finite optimum: the covariates separate the answers.
SEPARATED = 20.0


def yun(y: Floats, design: Design, group: Ints, sampling: Sampling) -> Decomposed:
    """Decomposition of the difference of two groups' shares, whole and by covariate.

    `explained` and `unexplained` are given by covariate, the three-fold parts as a whole. Where a group
    has no logit of its own, see `decomposition.oaxaca`.

    Parameters
    ----------
    y : (n,) float, 0 and 1, NaN where missing
    group : (n,) int, 0 for group a, 1 for group b, −1 for neither

    Raises
    ------
    DesignError
        See `decomposition.oaxaca`.
    ConvergenceError
        The covariates separate the answers.
    """
    used, x, answer = complete(y, design, group)
    normal, weight = design.normalised(), sampling.weight
    a, b = (np.where(used & (group == g), weight, 0.0) for g in (0, 1))
    columns = np.column_stack([np.ones(len(y)), design.columns])
    columns = np.where(used[:, None], columns, 0.0)
    common = _common(answer, x, (group == 0) & used, a + b)
    share_a, share_b = _mean(answer, a), _mean(answer, b)
    met_a, met_b = _expected(x, a, common), _expected(x, b, common)
    mean_a, mean_b = means(columns, a), means(columns, b)
    c = common.through(normal.T)
    gap = share_a - share_b
    whole = {"gap": gap, "mean_a": share_a, "mean_b": share_b}
    parts = {"explained": _apportioned(met_a - met_b, (mean_a - mean_b) * c)}
    if (own := _own(answer, x, a, b)) is not None:
        endowments, coefficients = _expected(x, a, own[1]) - share_b, _expected(x, b, own[0]) - share_b
        whole |= {"endowments": endowments, "coefficients": coefficients}
        whole["interaction"] = gap - endowments - coefficients
        of_a, of_b = (v.through(normal.T) for v in own)
        above = _apportioned(share_a - met_a, mean_a * (of_a - c))
        parts["unexplained"] = above + _apportioned(met_b - share_b, mean_b * (c - of_b))
    return decomposed(whole, parts, design, used, group, sampling)


def complete(y: Floats, design: Design, group: Ints) -> tuple[Bools, Floats, Floats]:
    """Who is used, their intercept and free columns, and their answers; 0 for the others."""
    used = (group >= 0) & np.isfinite(y) & np.isfinite(design.columns).all(axis=1)
    x = np.column_stack([np.ones(len(y)), design.columns[:, design.free]])
    return used, np.where(used[:, None], x, 0.0), np.where(used, y, 0.0)


def newton(answer: Floats, x: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Logit coefficients, (p,), and the inverse of their information, (p, p).

    Raises
    ------
    DesignError
        A covariate does not vary among those with weight.
    ConvergenceError
        The covariates separate the answers.
    """
    found = np.zeros(x.shape[1])
    for _ in range(MAX_STEPS):
        share = expit(x @ found)
        bread = inverse((x * (weight * share * (1 - share))[:, None]).T @ x)
        step = bread @ (x.T @ (weight * (answer - share)))
        found = found + step
        if (np.abs(x @ found) > SEPARATED).any():
            break
        if (np.abs(step) <= TOLERANCE * np.maximum(1, np.abs(found))).all():
            return found, bread
    raise ConvergenceError("the covariates separate the answers: their coefficients grow without bound")


def _own(answer: Floats, x: Floats, a: Floats, b: Floats) -> tuple[Value, Value] | None:
    """Coefficients of each group; None where one of them has none."""
    try:
        return _coefficients(answer, x, a), _coefficients(answer, x, b)
    except (ConvergenceError, DesignError):
        return None


def _coefficients(answer: Floats, x: Floats, weight: Floats) -> Value:
    rows = weight > 0
    coefficient, bread = newton(answer[rows], x[rows], weight[rows])
    return Value(coefficient, (x * (weight * (answer - expit(x @ coefficient)))[:, None]) @ bread)


def _common(answer: Floats, x: Floats, first: Bools, weight: Floats) -> Value:
    """Coefficients common to both groups, the group's own held at its mean and put to the intercept."""
    fitted = _coefficients(answer, np.column_stack([x, first]), weight)
    p = x.shape[1]
    keep = fitted.through(np.eye(p + 1)[:, :p])
    shift = fitted.through(np.eye(p + 1)[:, p:]) * _mean(first.astype(float), weight)
    return keep + shift.through(np.eye(p)[:1])


def _mean(y: Floats, weight: Floats) -> Value:
    return means(y[:, None], weight)


def _expected(x: Floats, weight: Floats, coefficient: Value) -> Value:
    """Mean share that coefficients expect of those with weight, (1,)."""
    expected = expit(x @ coefficient.estimate)
    gradient = (weight * expected * (1 - expected) / weight.sum()) @ x
    return _mean(expected, weight) + Value(np.zeros(1), coefficient.z @ gradient[:, None])


def _apportioned(whole: Value, index: Value) -> Value:
    """A whole, (1,), in proportion to the columns of an index, (m,)."""
    spread = np.ones((1, len(index.estimate)))
    return whole.through(spread) * (index / index.total.through(spread))

"""Exploratory factor analysis: factors extracted by minimum residuals or maximum likelihood, rotated obliquely.

References
----------
Jöreskog, K. G. (1977). Factor analysis by least-squares and maximum-likelihood methods. In: Statistical
methods for digital computers, vol. 3. Wiley.
Jennrich, R. I. (2002). A simple general method for oblique rotation. Psychometrika 67, 7-20.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from survey.stats.arrays import Floats

Extraction = Literal["minres", "ml"]

#: Least unique variance that an extraction tries, as in R's factanal and psych.
FLOOR = 0.005
#: Unit in which unique variances are searched. Five items do not identify three factors: of the many optima the
#: search then finds the one that lies in its way, and with R's start and R's unit that is the one that R prints.
UNIT = 0.01
#: Length of the rotation's projected gradient at its optimum.
TOLERANCE = 1e-6
MAX_TURNS = 2000


@dataclass(frozen=True, slots=True)
class Exploratory:
    """m factors of p items, the one that explains most first, its loadings summing to a positive number.

    Attributes
    ----------
    loading : (p, m) float, pattern of the standardised items
    factor_correlation : (m, m) float
    unique : (p,) float
    residual : root mean square of the correlations left over
    admissible : False where a unique variance lies at its floor: a Heywood case
    converged : whether extraction and rotation reached an optimum
    """

    loading: Floats
    factor_correlation: Floats
    unique: Floats = field(repr=False)
    residual: float
    admissible: bool
    converged: bool


def exploratory(correlation: Floats, factors: int, extraction: Extraction = "minres") -> Exploratory:
    """Oblimin-rotated (quartimin) factors of a correlation matrix, (p, p). R: ``psych::fa``."""
    from scipy.optimize import minimize

    def discrepancy(step: Floats) -> tuple[float, Floats]:
        value, slope = _DISCREPANCY[extraction](step * UNIT, correlation, factors)
        return value, slope * UNIT

    found = minimize(
        discrepancy,
        _start(correlation) / UNIT,
        jac=True,
        method="L-BFGS-B",
        bounds=[(FLOOR / UNIT, 1 / UNIT)] * len(correlation),
        options={"maxcor": 5, "ftol": 1e-15, "gtol": 1e-12, "maxiter": 2000},
    )
    unrotated = _upright(_LOADING[extraction](found.x * UNIT, correlation, factors))
    loading, phi, turned = rotated(unrotated)
    left = (correlation - loading @ phi @ loading.T)[np.tril_indices(len(loading), -1)]
    return Exploratory(
        loading,
        phi,
        1 - np.einsum("pi,ij,pj->p", loading, phi, loading),
        float(np.sqrt((left**2).mean())) if len(left) else 0.0,
        bool((found.x * UNIT > FLOOR + 1e-9).all()),
        bool(turned and np.isfinite(found.fun)),
    )


def rotated(loading: Floats) -> tuple[Floats, Floats, bool]:
    """Pattern and factor correlations at the optimum of the quartimin criterion, and whether it was reached.

    Gradient projection from the unrotated axes, which is where R starts: clusters of exactly equal loadings are a
    saddle that it does not leave. R: ``GPArotation::oblimin``.
    """
    m = loading.shape[1]
    axes, step = np.eye(m), 1.0
    value, gradient = _quartimin(loading, axes)
    for _ in range(MAX_TURNS if m > 1 else 0):
        projected = gradient - axes * (axes * gradient).sum(axis=0)
        size = float((projected**2).sum())
        if size <= TOLERANCE**2:
            return *_ordered(loading @ np.linalg.inv(axes).T, axes.T @ axes), True
        step *= 2
        for _ in range(20):
            tried = axes - step * projected
            tried /= np.sqrt((tried**2).sum(axis=0))
            found, slope = _quartimin(loading, tried)
            if found < value - step * size / 2:
                break
            step /= 2
        axes, value, gradient = tried, found, slope
    return *_ordered(loading @ np.linalg.inv(axes).T, axes.T @ axes), m == 1


def _quartimin(unrotated: Floats, axes: Floats) -> tuple[float, Floats]:
    """Criterion and its derivative by the axes."""
    inverse = np.linalg.inv(axes)
    loading = unrotated @ inverse.T
    square = loading**2
    others = square.sum(axis=1, keepdims=True) - square
    return float((square * others).sum()) / 4, -(loading.T @ (loading * others) @ inverse).T


def _ordered(loading: Floats, phi: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(-np.einsum("pi,pj,ji->i", loading, loading, phi), kind="stable")
    sign = np.where(loading[:, order].sum(axis=0) < 0, -1.0, 1.0)
    return loading[:, order] * sign, phi[np.ix_(order, order)] * np.outer(sign, sign)


def _upright(loading: Floats) -> Floats:
    found: Floats = loading * np.where(loading.sum(axis=0) < 0, -1.0, 1.0)
    return found


def _start(correlation: Floats) -> Floats:
    """Unique variances left by the regression on all other items."""
    found: Floats = np.clip(1 / np.diagonal(np.linalg.pinv(correlation, hermitian=True)), FLOOR, 1.0)
    return found


def _least_squares(unique: Floats, correlation: Floats, factors: int) -> tuple[float, Floats]:
    values, axes = np.linalg.eigh(correlation - np.diag(unique))
    left = values.copy()
    left[-factors:] = np.minimum(left[-factors:], 0)  # a factor explains no negative variance
    return float(left @ left) / 2, -(axes**2) @ left


def _likelihood(unique: Floats, correlation: Floats, factors: int) -> tuple[float, Floats]:
    root = np.sqrt(unique)
    values, axes = np.linalg.eigh(correlation / np.outer(root, root))
    left = np.maximum(values, 1e-12)
    left[-factors:] = np.minimum(left[-factors:], 1)
    return float((left - np.log(left) - 1).sum()), (axes**2) @ (1 - left) / unique


def _least_squares_loading(unique: Floats, correlation: Floats, factors: int) -> Floats:
    values, vectors = np.linalg.eigh(correlation - np.diag(unique))
    found: Floats = vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(values[::-1][:factors], 0))
    return found


def _likelihood_loading(unique: Floats, correlation: Floats, factors: int) -> Floats:
    root = np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
    found: Floats = root[:, None] * vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(values[::-1][:factors] - 1, 0))
    return found


_DISCREPANCY: dict[Extraction, Callable[[Floats, Floats, int], tuple[float, Floats]]] = {
    "minres": _least_squares,
    "ml": _likelihood,
}
_LOADING: dict[Extraction, Callable[[Floats, Floats, int], Floats]] = {
    "minres": _least_squares_loading,
    "ml": _likelihood_loading,
}

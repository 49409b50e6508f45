"""Indirect association along three variables in a given order: the product of two coefficients.

One cross-section cannot tell in which order the variables belong, nor what they share unmeasured; the
order is the caller's. Letters: m the variable between, y the last; least squares of m on the first
variable and of y on m and the first, the same covariates in both.

References
----------
Baron, R. and Kenny, D. (1986). The moderator-mediator variable distinction. J. Personality and Social
Psychology 51, 1173-1182.
Imai, K., Keele, L. and Yamamoto, T. (2010). Identification, inference and sensitivity analysis for causal
mediation effects. Statistical Science 25, 51-71.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.errors import DesignError
from survey.stats.arrays import Floats


@dataclass(frozen=True, slots=True)
class Indirect:
    """Associations under B sets of weights, of C contrasts of the first variable.

    Attributes
    ----------
    first : (B, C) float, of m; second : (B,) float, slope of y on m
    indirect : (B, C) float, `first` × `second`; direct : (B, C) float, of y at equal m
    sensitivity : (B,) float, correlation of the two residuals at which `indirect` would vanish
    """

    first: Floats
    second: Floats
    indirect: Floats
    direct: Floats
    sensitivity: Floats

    @property
    def total(self) -> Floats:
        """(B, C) float, of y whatever m."""
        found: Floats = self.indirect + self.direct
        return found


def indirect(m: Floats, y: Floats, x: Floats, contrast: Floats, weights: Floats) -> Indirect:
    """Products of coefficients under each set of weights, from weighted cross-products alone.

    Parameters
    ----------
    m, y : (r,) float; x : (r, p) float with the intercept, all finite
    contrast : (C, p) float, of the coefficients of `x`
    weights : (B, r) float

    Raises
    ------
    DesignError
        A column of `x` is the sum of others under some set of weights, or m does not vary.
    """
    z = np.column_stack([x, m, y])
    p, q = x.shape[1], z.shape[1]
    cross = (weights @ (z[:, :, None] * z[:, None, :]).reshape(len(z), -1)).reshape(-1, q, q)
    on_x = _solved(cross[:, :p, :p], cross[:, :p, p:])  # (B, p, 2): of m and of y on x
    rest = cross[:, p:, p:] - np.swapaxes(cross[:, :p, p:], 1, 2) @ on_x
    if not (rest[:, 0, 0] > 0).all():
        raise DesignError("the variable between does not vary beyond the others")
    slope = rest[:, 0, 1] / rest[:, 0, 0]
    first = on_x[:, :, 0] @ contrast.T
    total = on_x[:, :, 1] @ contrast.T
    product = first * slope[:, None]
    correlation = rest[:, 0, 1] / np.sqrt(rest[:, 0, 0] * rest[:, 1, 1])
    return Indirect(first, slope, product, total - product, correlation)


def _solved(a: Floats, b: Floats) -> Floats:
    size = np.sqrt(np.diagonal(a, axis1=1, axis2=2))
    if not (size > 0).all():
        raise DesignError("a covariate does not vary")
    scaled = a / (size[:, :, None] * size[:, None, :])
    if (np.linalg.matrix_rank(scaled, hermitian=True) < a.shape[1]).any():
        raise DesignError("a covariate is the sum of others")
    return np.asarray(np.linalg.solve(scaled, b / size[:, :, None]) / size[:, :, None], dtype=np.float64)

"""Factor models of ordinal items in one or several groups, fitted to thresholds and polychoric correlations.

Behind each item lies a normal variable with mean ν + λ′κ, common variance λ′Φλ and a scale δ = 1 / its
standard deviation; the item's thresholds τ cut it. A model says which of these are free, which are equal
in all groups and which are fixed (`Layout`); estimates minimise the residuals weighted by the inverse of
their sampling variances (DWLS), and the statistic is corrected in mean and variance (WLSMV).

References
----------
Muthén, B., du Toit, S. and Spisic, D. (1997). Robust inference using weighted least squares and quadratic
estimating equations in latent variable modeling with categorical and continuous outcomes.
Asparouhov, T. and Muthén, B. (2010). Simple second order chi-square correction. Mplus technical appendix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from survey.stats.arrays import Floats, Ints
from survey.stats.fit import ChiSquare, Fit, fit
from survey.stats.polychoric import OrdinalMoments

#: A model array with a batch of parameter vectors before its own axes; complex where a derivative is taken.
Batch: TypeAlias = NDArray[np.complex128] | Floats

#: Step into the complex plane: the derivative is exact to rounding, since nothing is subtracted.
STEP = 1e-30
#: Relative size at which steps, gradient and gain count as none.
TOLERANCE = 1e-12
#: Evaluations after which a search is given up; a model that the items know takes ten.
MAX_STEPS = 300


@dataclass(frozen=True, slots=True)
class Cells:
    """A model array over G groups: `index` of the parameter that fills each cell, −1 where `fixed` holds it."""

    index: Ints
    fixed: Floats

    def filled(self, parameter: Batch) -> Batch:
        """(b, …) arrays of b parameter vectors, (b, q)."""
        return np.where(self.index >= 0, parameter[:, np.maximum(self.index, 0)], self.fixed)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a model says about G groups, p items, m factors, t thresholds.

    Attributes
    ----------
    loading : (G, p, m); factor_covariance : (G, m, m); factor_mean : (G, m)
    intercept, scale : (G, p); threshold : (G, t)
    unit_residual : residual variances are 1 and `scale` follows from them
    start : (q,) float, where the search begins
    """

    loading: Cells
    factor_covariance: Cells
    factor_mean: Cells
    intercept: Cells
    scale: Cells
    threshold: Cells
    unit_residual: bool
    start: Floats


@dataclass(frozen=True, slots=True)
class OrdinalFit:
    """A fitted model of ordinal items.

    Attributes
    ----------
    parameter, std_error : (q,) float, robust errors
    loading : (G, p, m) float, standardised by the items' and the factors' standard deviations
    factor_correlation : (G, m, m) float; factor_mean : (G, m) float, in the units of the model
    fit : robust indices; chi2 scaled and shifted
    uncorrected : the weighted residual sum of squares before the correction
    admissible : whether no residual variance is negative and no factor covariance matrix is indefinite
    converged : whether an optimum was found; without one every figure is NaN
    """

    parameter: Floats = field(repr=False)
    std_error: Floats = field(repr=False)
    loading: Floats
    factor_correlation: Floats
    factor_mean: Floats
    fit: Fit
    uncorrected: ChiSquare
    admissible: bool
    converged: bool


def fitted(groups: Sequence[OrdinalMoments], layout: Layout, nothing: ChiSquare | None = None) -> OrdinalFit:
    """Estimates and robust fit of a model. R: ``lavaan::cfa(estimator = "WLSMV")``.

    Parameters
    ----------
    groups : moments of each group, the same items with the same categories in all
    nothing : what `unrelated` finds of the groups, where several models are fitted to them
    """
    from scipy.optimize import least_squares

    observed = np.stack([np.concatenate([g.threshold, g.correlation]) for g in groups])
    variance = np.stack([np.diagonal(g.covariance) for g in groups])
    if not (np.isfinite(observed).all() and np.isfinite(variance).all() and (variance > 0).all()):
        return _without_optimum(groups, layout)
    root = np.sqrt(_sizes(groups)[:, None] / variance)

    def residual(parameter: Floats) -> Floats:
        return cast(Floats, (root * (implied(layout, parameter[None], groups[0])[0] - observed)).ravel())

    def weighted_slopes(parameter: Floats) -> Floats:
        return cast(Floats, (root[..., None] * slopes(layout, parameter, groups[0])).reshape(root.size, -1))

    found = least_squares(
        residual,
        layout.start,
        weighted_slopes,
        method="lm",
        xtol=TOLERANCE,
        ftol=TOLERANCE,
        gtol=TOLERANCE,
        max_nfev=MAX_STEPS,
    )
    if found.status <= 0:
        return _without_optimum(groups, layout)
    left = residual(found.x).reshape(root.shape) / root
    return _described(groups, layout, found.x, left, nothing or unrelated(groups))


def unrelated(groups: Sequence[OrdinalMoments]) -> ChiSquare:
    """Robust test of the model whose items are unrelated in every group, thresholds free."""
    observed = np.stack([g.correlation for g in groups])
    return _robust([_correlations(g) for g in groups], np.zeros((*observed.shape, 0)), observed)[1]


def implied(layout: Layout, parameter: Batch, like: OrdinalMoments) -> Batch:
    """Thresholds and correlations that a model implies, (b, G, t + r), for b parameter vectors, (b, q)."""
    loading = layout.loading.filled(parameter)
    common = loading @ layout.factor_covariance.filled(parameter) @ np.swapaxes(loading, -1, -2)
    scale = layout.scale.filled(parameter)
    if layout.unit_residual:
        scale = (1 + np.einsum("bgii->bgi", common)) ** -0.5
    mean = layout.intercept.filled(parameter) + (loading @ layout.factor_mean.filled(parameter)[..., None])[..., 0]
    threshold = scale[..., like.item] * (layout.threshold.filled(parameter) - mean[..., like.item])
    correlation = common[..., like.first, like.second] * scale[..., like.first] * scale[..., like.second]
    return np.concatenate([threshold, correlation], axis=-1)


def slopes(layout: Layout, parameter: Floats, like: OrdinalMoments) -> Floats:
    """Derivative of the implied moments by each parameter, (G, t + r, q)."""
    stepped = parameter + 1j * STEP * np.eye(len(parameter))
    found: Floats = np.imag(implied(layout, stepped, like)) / STEP
    return np.moveaxis(found, 0, -1)


def _sizes(groups: Sequence[OrdinalMoments]) -> Floats:
    """What each group's discrepancy is multiplied by: n − 1."""
    return np.array([g.n - 1 for g in groups])


def _described(
    groups: Sequence[OrdinalMoments], layout: Layout, parameter: Floats, residual: Floats, nothing: ChiSquare
) -> OrdinalFit:
    test, model, covariance = _robust(groups, slopes(layout, parameter, groups[0]), residual)
    r = len(groups[0].correlation)
    sizes, n = _sizes(groups), np.array([g.n for g in groups])
    at = parameter[None]
    phi, mean = layout.factor_covariance.filled(at)[0], layout.factor_mean.filled(at)[0]
    spread = np.sqrt(np.einsum("gii->gi", phi))
    loading, scale = layout.loading.filled(at)[0], layout.scale.filled(at)[0]
    common = np.einsum("gif,gfh,gih->gi", loading, phi, loading)
    if layout.unit_residual:
        scale = (1 + common) ** -0.5
    p = loading.shape[1]
    srmr = np.sqrt((residual[:, -r:] ** 2).sum(axis=1) / (p * (p + 1) / 2))
    return OrdinalFit(
        parameter,
        np.sqrt(np.diagonal(covariance)),
        loading * spread[:, None, :] * scale[..., None],
        phi / (spread[:, :, None] * spread[:, None, :]),
        mean,
        fit(model, nothing, float(sizes.sum()), float(n @ srmr / n.sum()), len(groups)),
        test,
        bool((common * scale**2 < 1).all() and (np.linalg.eigvalsh(phi)[:, 0] > 0).all()),
        True,
    )


def _correlations(moments: OrdinalMoments) -> OrdinalMoments:
    """The moments without the thresholds."""
    t = len(moments.threshold)
    return OrdinalMoments(
        moments.n,
        moments.item[:0],
        moments.threshold[:0],
        moments.first,
        moments.second,
        moments.correlation,
        moments.covariance[t:, t:],
    )


def _robust(groups: Sequence[OrdinalMoments], slope: Floats, residual: Floats) -> tuple[ChiSquare, ChiSquare, Floats]:
    """Uncorrected test, test scaled and shifted to its mean and variance, sandwich covariance of the parameters."""
    q, moments = slope.shape[2], residual.size
    bread, meat, square = np.zeros((q, q)), np.zeros((q, q)), np.zeros((q, q))
    statistic = trace = 0.0
    for g, size, d, e in zip(groups, _sizes(groups), slope, residual, strict=True):
        deviation = np.sqrt(np.diagonal(g.covariance))
        related = g.covariance / np.outer(deviation, deviation)  # W½ΓW½ in Muthén's letters
        scaled = np.sqrt(size) * d / deviation[:, None]
        turned = related @ scaled
        bread += scaled.T @ scaled
        meat += scaled.T @ turned
        square += turned.T @ turned
        statistic += float(size * (e / deviation) @ (e / deviation))
        trace += float((related**2).sum())
    inverse = _inverse(bread)
    df, mixed = moments - q, inverse @ meat
    first = moments - float(np.trace(mixed))
    second = trace - 2 * float((inverse * square).sum()) + float((mixed * mixed.T).sum())
    factor = np.sqrt(df / second) if df > 0 else 0.0
    corrected = statistic * factor + df - factor * first
    return ChiSquare(statistic, df), ChiSquare(float(corrected), df), mixed @ inverse


def _inverse(symmetric: Floats) -> Floats:
    """The inverse, or the pseudo-inverse of a matrix that has none: a model that is not identified."""
    try:
        return np.asarray(np.linalg.inv(symmetric), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(symmetric, hermitian=True), dtype=np.float64)


def _without_optimum(groups: Sequence[OrdinalMoments], layout: Layout) -> OrdinalFit:
    none, count = float("nan"), len(layout.start)
    df = len(groups) * (len(groups[0].threshold) + len(groups[0].correlation)) - count
    nowhere = ChiSquare(none, df)
    return OrdinalFit(
        np.full(count, np.nan),
        np.full(count, np.nan),
        np.full(layout.loading.fixed.shape, np.nan),
        np.full(layout.factor_covariance.fixed.shape, np.nan),
        np.full(layout.factor_mean.fixed.shape, np.nan),
        Fit(nowhere, none, none, none, none, none, none),
        nowhere,
        False,
        False,
    )

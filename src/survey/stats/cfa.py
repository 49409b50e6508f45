"""Confirmatory factor analysis of continuous items, by maximum likelihood on their covariance.

Which item may load on which factor is given, factors are correlated, their variances are 1, unique
parts are uncorrelated: Σ = ΛΦΛ′ + Θ. Fitted by Fisher scoring, whose steps end where the likelihood's
gradient is 0. Variances are not kept positive: an optimum with a negative one is a finding (a Heywood
case, `admissible` false), not something to hide. Ordinal items: `ordinal_cfa`.

References
----------
Jöreskog, K. G. (1969). A general approach to confirmatory maximum likelihood factor analysis.
Psychometrika 34, 183-202.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.fit import ChiSquare, Fit, fit

#: No parameter of the standardised items moves by more than this at the optimum.
TOLERANCE = 1e-10
MAX_STEPS = 500
MAX_HALVINGS = 30
#: By which a step may raise the discrepancy.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class FactorModel:
    """A fitted model of p items and m factors with variance 1.

    Attributes
    ----------
    loading : (p, m) float, of the items in their own units; 0 where the pattern has none
    std_error : (p, m) float, of the loadings
    standardised : (p, m) float, of the items with variance 1
    factor_correlation : (m, m) float
    unique : (p,) float, variances that the factors leave, in the units of `loading` squared
    admissible : whether no such variance is negative and no factor correlation beyond ±1
    converged : whether an optimum was found; without one every figure is NaN
    """

    loading: Floats
    std_error: Floats = field(repr=False)
    standardised: Floats
    factor_correlation: Floats
    unique: Floats = field(repr=False)
    fit: Fit
    admissible: bool
    converged: bool


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where each of the q = l + c + p parameters stands: loadings, factor correlations, unique variances."""

    item: Ints
    factor: Ints
    first: Ints
    second: Ints
    p: int
    m: int

    def parts(self, parameter: Floats) -> tuple[Floats, Floats, Floats]:
        """Λ (p, m), Φ (m, m), diagonal of Θ (p,)."""
        loading, phi = np.zeros((self.p, self.m)), np.eye(self.m)
        free = len(self.item)
        loading[self.item, self.factor] = parameter[:free]
        phi[self.first, self.second] = phi[self.second, self.first] = parameter[free : free + len(self.first)]
        return loading, phi, parameter[-self.p :]

    def implied(self, parameter: Floats) -> Floats:
        """Σ, (p, p)."""
        loading, phi, unique = self.parts(parameter)
        found: Floats = loading @ phi @ loading.T + np.diag(unique)
        return found

    def slopes(self, parameter: Floats) -> Floats:
        """dΣ by each parameter, (q, p, p)."""
        loading, phi, _ = self.parts(parameter)
        free, pairs = len(self.item), len(self.first)
        half = np.zeros((free + pairs + self.p, self.p, self.p))
        half[np.arange(free), self.item] = (loading @ phi)[:, self.factor].T
        half[free : free + pairs] = np.einsum("ic,jc->cij", loading[:, self.first], loading[:, self.second])
        half[-self.p :][np.arange(self.p), np.arange(self.p), np.arange(self.p)] = 0.5
        return half + half.transpose(0, 2, 1)


def cfa(covariance: Floats, n: int, pattern: Bools) -> FactorModel:
    """Maximum-likelihood estimates and fit. R: ``lavaan::cfa(std.lv = TRUE)``.

    Parameters
    ----------
    covariance : (p, p), divisor n − 1; n : complete cases
    pattern : (p, m), which factor each item may load on; every factor needs an item that loads on it alone
    """
    sample = covariance * (n - 1) / n
    scale = np.sqrt(np.diagonal(sample))
    layout = _layout(pattern)
    q = len(layout.item) + len(layout.first) + layout.p
    df = layout.p * (layout.p + 1) // 2 - q
    if df < 0 or not _positive(sample):
        return _without_optimum(pattern)
    found = _maximised(sample / np.outer(scale, scale), layout)
    return _without_optimum(pattern) if found is None else _described(found, layout, scale, sample, n, df)


def _positive(matrix: Floats) -> bool:
    return bool(np.isfinite(matrix).all() and np.linalg.eigvalsh(matrix)[0] > 0)


def _layout(pattern: Bools) -> _Layout:
    item, factor = np.nonzero(pattern)
    first, second = np.triu_indices(pattern.shape[1], 1)
    return _Layout(item, factor, first, second, *pattern.shape)


def _start(sample: Floats, layout: _Layout) -> Floats:
    pattern = np.zeros((layout.p, layout.m), dtype=bool)
    pattern[layout.item, layout.factor] = True
    loading = first_components(sample, pattern)
    shared = np.minimum((loading**2).sum(axis=1), 0.8)
    return np.concatenate([loading[layout.item, layout.factor], np.full(len(layout.first), 0.3), 1 - shared])


def first_components(correlation: Floats, pattern: Bools) -> Floats:
    """Rough loadings, (p, m): each factor's own items on their first component. Where a search begins."""
    found = np.zeros(pattern.shape)
    for f, items in enumerate(pattern.T):
        values, vectors = np.linalg.eigh(np.nan_to_num(correlation[np.ix_(items, items)]))
        upright = vectors[:, -1] * (-1.0 if vectors[:, -1].sum() < 0 else 1.0)
        found[items, f] = 0.8 * np.sqrt(values[-1]) * upright
    return found


def _discrepancy(sample: Floats, implied: Floats) -> float:
    """Maximum-likelihood discrepancy F; infinite where Σ is not positive definite."""
    sign, log_determinant = np.linalg.slogdet(implied)
    if sign <= 0 or np.linalg.eigvalsh(implied)[0] <= 0:
        return float("inf")
    own = float(np.linalg.slogdet(sample)[1])
    return float(log_determinant + np.trace(np.linalg.solve(implied, sample)) - own - len(sample))


def _maximised(sample: Floats, layout: _Layout) -> Floats | None:
    parameter = _start(sample, layout)
    value = _discrepancy(sample, layout.implied(parameter))
    for _ in range(MAX_STEPS):
        gradient, information = _scoring(sample, layout, parameter)
        step = np.linalg.lstsq(information, gradient)[0]
        if np.abs(step).max() <= TOLERANCE:
            return parameter
        for halving in range(MAX_HALVINGS):
            tried = parameter + step / 2**halving
            found = _discrepancy(sample, layout.implied(tried))
            if found <= value + ROUNDING:
                break
        else:
            return None
        parameter, value = tried, found
    return None


def _scoring(sample: Floats, layout: _Layout, parameter: Floats) -> tuple[Floats, Floats]:
    """Gradient of −F/2 and the expected information a respondent, (q,) and (q, q)."""
    inverse = np.linalg.inv(layout.implied(parameter))
    relative = inverse @ layout.slopes(parameter)
    misfit = inverse @ (sample @ inverse) - inverse
    gradient = np.einsum("qij,ji->q", layout.slopes(parameter), misfit) / 2
    q, p, _ = relative.shape
    information = relative.reshape(q, -1) @ relative.transpose(0, 2, 1).reshape(q, p * p).T / 2
    return gradient, information


def _described(parameter: Floats, layout: _Layout, scale: Floats, sample: Floats, n: int, df: int) -> FactorModel:
    loading, phi, unique = layout.parts(parameter)
    standard = sample / np.outer(scale, scale)
    _, information = _scoring(standard, layout, parameter)
    error = np.zeros_like(loading)
    variance = np.diagonal(np.linalg.pinv(information, hermitian=True)) / n
    error[layout.item, layout.factor] = np.sqrt(variance[: len(layout.item)])
    # ML reproduces the items' variances, so the scale of the sample is that of the model.
    residual = np.tril(standard - layout.implied(parameter))
    pairs = len(scale) * (len(scale) + 1) / 2
    unrelated = ChiSquare(-n * float(np.linalg.slogdet(standard)[1]), len(scale) * (len(scale) - 1) // 2)
    model = ChiSquare(max(n * _discrepancy(standard, layout.implied(parameter)), 0.0), df)
    return FactorModel(
        loading * scale[:, None],
        error * scale[:, None],
        loading,
        phi,
        unique * scale**2,
        fit(model, unrelated, n, float(np.sqrt((residual**2).sum() / pairs))),
        bool((unique > 0).all()) and _positive(phi),
        True,
    )


def _without_optimum(pattern: Bools) -> FactorModel:
    p, m = pattern.shape
    nowhere, none = np.full((p, m), np.nan), float("nan")
    indices = Fit(ChiSquare(none, 0), none, none, none, none, none, none)
    return FactorModel(nowhere, nowhere, nowhere, np.full((m, m), np.nan), np.full(p, np.nan), indices, False, False)

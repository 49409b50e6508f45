"""One factor of continuous items by maximum likelihood, for many covariances at once: Σ = λλ′ + Θ.

A survey asks for one such model in every group, and without each item in turn: hundreds of small
problems whose derivatives have a closed form. Patterns, errors and fit of a single model: `cfa`.

References
----------
Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika 32, 443-482.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.cfa import ROUNDING, TOLERANCE

#: Steps by the expected information, which find the way; those after them by the observed one, which arrive.
SCORING = 10
MAX_STEPS = 60
MAX_HALVINGS = 12
#: A unique variance of a standardised item below this does not come back: there is no optimum.
LOST = -4.0
#: Part of the mean information that is added on its diagonal, so that a flat direction has a step.
RIDGE = 1e-14


@dataclass(frozen=True, slots=True)
class OneFactor:
    """b models of k items whose factor has variance 1; NaN without an optimum.

    Attributes
    ----------
    loading, unique : (b, k) float, in the units of the items, and in those squared
    admissible : (b,) bool, whether there is an optimum and no unique variance is negative
    """

    loading: Floats
    unique: Floats
    admissible: Bools


def one_factor(covariance: Floats) -> OneFactor:
    """Estimates for each of (b, k, k) covariances of k ≥ 3 items; any divisor. R: ``lavaan::cfa``, one factor.

    A covariance with missing cells, or one that is not positive definite, has no optimum.
    """
    b, k, _ = covariance.shape
    loading, unique = np.full((b, k), np.nan), np.full((b, k), np.nan)
    spread = np.sqrt(np.maximum(np.einsum("bii->bi", np.nan_to_num(covariance)), 0))
    known = np.flatnonzero(np.isfinite(covariance).all(axis=(1, 2)) & (spread > 0).all(axis=1))
    sample = covariance[known] / (spread[known, :, None] * spread[known, None, :])
    held = np.linalg.eigvalsh(sample)[:, 0] > 0 if len(known) else np.zeros(0, dtype=bool)
    known, found = known[held], _maximised(sample[held])
    loading[known], unique[known] = found[:, :k] * spread[known], found[:, k:] * spread[known] ** 2
    return OneFactor(loading, unique, np.nan_to_num(unique, nan=-1.0).min(axis=1) > 0)


def _maximised(sample: Floats) -> Floats:
    """(b, 2k) loadings, then unique variances of standardised items; NaN without an optimum."""
    parameter = _start(sample)
    value = _discrepancy(sample, parameter)
    left: Ints = np.arange(len(sample))
    for taken in range(MAX_STEPS):
        if not len(left):
            return parameter
        step = _step(sample[left], parameter[left], taken >= SCORING)
        going = ~(np.abs(step).max(axis=1) <= TOLERANCE)
        left, step = left[going], step[going]
        parameter[left], value[left] = _downhill(sample[left], parameter[left], value[left], step)
        left = left[np.isfinite(value[left])]
    parameter[left] = np.nan
    return parameter


def _start(sample: Floats) -> Floats:
    """First components."""
    values, vectors = np.linalg.eigh(sample)
    upright = vectors[..., -1] * np.where(vectors[..., -1].sum(axis=1) < 0, -1.0, 1.0)[:, None]
    loading = 0.8 * np.sqrt(values[:, -1:]) * upright
    found: Floats = np.concatenate([loading, 1 - np.minimum(loading**2, 0.8)], axis=1)
    return found


def _inverse(parameter: Floats) -> tuple[Floats, Floats, Floats]:
    """Θ⁻¹ (b, k), Θ⁻¹λ (b, k), 1 + λ′Θ⁻¹λ (b,): what Σ⁻¹ and |Σ| are made of."""
    k = parameter.shape[1] // 2
    precision = 1 / parameter[:, k:]
    pulled = parameter[:, :k] * precision
    return precision, pulled, 1 + (parameter[:, :k] * pulled).sum(axis=1)


def _discrepancy(sample: Floats, parameter: Floats) -> Floats:
    """log |Σ| + tr Σ⁻¹S, (b,); infinite where Σ is not positive definite."""
    precision, pulled, ratio = _inverse(parameter)
    # Of a matrix of rank one and a diagonal with one negative cell the sign of the determinant tells.
    held = ((precision < 0).sum(axis=1) <= 1) & (ratio * np.prod(np.sign(precision), axis=1) > 0)
    size = np.log(np.abs(ratio)) - np.log(np.abs(precision)).sum(axis=1)
    own = (precision * np.einsum("bii->bi", sample)).sum(axis=1)
    shared = (pulled * (sample @ pulled[..., None])[..., 0]).sum(axis=1) / ratio
    lost = parameter[:, precision.shape[1] :].min(axis=1) < LOST
    found: Floats = np.where(held & ~lost, size + own - shared, np.inf)
    return found


def _step(sample: Floats, parameter: Floats, observed: bool) -> Floats:
    """The step (b, 2k) that the information and the gradient of −F/2 ask for; Σ's inverse is V, V S V is W."""
    k = sample.shape[1]
    loading, (precision, pulled, ratio) = parameter[:, :k], _inverse(parameter)
    v = -(pulled / ratio[:, None])[:, :, None] * pulled[:, None, :]
    v[:, np.arange(k), np.arange(k)] += precision
    w = v @ sample @ v
    misfit = w - v
    gradient = np.concatenate([(misfit @ loading[..., None])[..., 0], np.einsum("bii->bi", misfit) / 2], axis=1)
    expected = _information(loading, v, v)
    if observed:
        exact = _information(loading, v, w)
        exact[:, :k, :k] -= misfit
        convex = np.linalg.eigvalsh(exact)[:, 0] > 0
        expected[convex] = exact[convex]
    diagonal = np.einsum("bii->bi", expected)
    diagonal += RIDGE * np.abs(diagonal).mean(axis=1, keepdims=True)
    found: Floats = np.linalg.solve(expected, gradient[..., None])[..., 0]
    return found


def _information(loading: Floats, v: Floats, w: Floats) -> Floats:
    """(b, 2k, 2k) tr(A V B W) − tr(A V B V) / 2 of the derivatives A, B of Σ: expected where W is V."""
    k = loading.shape[1]
    by_v, by_w = (v @ loading[..., None])[..., 0], (w @ loading[..., None])[..., 0]
    q, r = ((loading * by).sum(axis=1)[:, None, None] for by in (by_v, by_w))
    mixed = by_v[:, :, None] * by_w[:, None, :]
    found = np.empty((len(v), 2 * k, 2 * k))
    found[:, :k, :k] = mixed + mixed.transpose(0, 2, 1) - by_v[:, :, None] * by_v[:, None, :] + q * (w - v) + r * v
    found[:, :k, k:] = w * by_v[:, None, :] + v * (by_w - by_v)[:, None, :]
    found[:, k:, :k] = found[:, :k, k:].transpose(0, 2, 1)
    found[:, k:, k:] = v * w - v**2 / 2
    return found


def _downhill(sample: Floats, parameter: Floats, value: Floats, step: Floats) -> tuple[Floats, Floats]:
    """The first halving of each step that does not raise the discrepancy, and it; NaN where none does."""
    found, reached = np.full_like(parameter, np.nan), np.full_like(value, np.nan)
    left: Ints = np.arange(len(sample))
    for halving in range(MAX_HALVINGS):
        if not len(left):
            break
        tried = parameter[left] + step[left] / 2**halving
        there = _discrepancy(sample[left], tried)
        falls = there <= value[left] + ROUNDING
        found[left[falls]], reached[left[falls]] = tried[falls], there[falls]
        left = left[~falls]
    return found, reached

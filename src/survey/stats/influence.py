"""Estimates over domains with their linearised values: how much a respondent moves each estimate.

Add an estimator here and it has a design-based error, because `variance.variance` takes whatever
these functions return. Letters: T weighted sums (D, K), W the domain's weight (D,), m estimates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.stats.arrays import Floats


@dataclass(frozen=True, slots=True)
class Linearised:
    """Estimates and their linearised values.

    Attributes
    ----------
    estimate : (D, m) float; NaN in a domain without answers
    value : (D, K, m) float
        Linearised value per unit of weight at each column; 0 in a domain without answers.
    spread : (D, m) float
        Weighted standard deviation of the linearised values times the domain's weight: 0 where
        answers do not vary.
    """

    estimate: Floats
    value: Floats
    spread: Floats


def _per(weight: Floats) -> Floats:
    return np.divide(1.0, weight, out=np.zeros_like(weight), where=weight > 0)


def _blank(estimate: Floats, weight: Floats) -> Floats:
    return np.where(weight[:, None] > 0, estimate, np.nan)


def shares(total: Floats) -> Linearised:
    """Share of each level of a domain, (D, K), from the levels' weighted sums."""
    size = total.sum(axis=1)
    p = total * _per(size)[:, None]
    value = (np.eye(total.shape[1]) - p[:, None, :]) * _per(size)[:, None, None]
    return Linearised(_blank(p, size), value, np.sqrt(p * np.maximum(1 - p, 0)))


def share_of(total: Floats, chosen: np.ndarray) -> Linearised:
    """Share of the levels marked in `chosen`, (K,) bool, as one estimate, (D, 1)."""
    size = total.sum(axis=1)
    p = (total[:, chosen].sum(axis=1) * _per(size))[:, None]
    value = (chosen.astype(float)[None, :, None] - p[:, None, :]) * _per(size)[:, None, None]
    return Linearised(_blank(p, size), value, np.sqrt(p * np.maximum(1 - p, 0)))


def shares_below(total: Floats, below: Floats) -> Linearised:
    """Share of the levels marked in `below`, (D, K, Q) of 0 and 1, in each domain, (D, Q)."""
    size = total.sum(axis=1)
    p = np.einsum("dk,dkq->dq", total, below) * _per(size)[:, None]
    value = (below - p[:, None, :]) * _per(size)[:, None, None]
    return Linearised(_blank(p, size), value, np.sqrt(p * np.maximum(1 - p, 0)))


def level_mean(total: Floats, score: Floats) -> Linearised:
    """Mean of the levels' scores, (K,), over a domain, (D, 1)."""
    size = total.sum(axis=1)
    mean = total @ score * _per(size)
    deviation = score[None, :] - mean[:, None]
    variance = (total * deviation**2).sum(axis=1) * _per(size)
    value = (deviation * _per(size)[:, None])[:, :, None]
    return Linearised(_blank(mean[:, None], size), value, np.sqrt(variance)[:, None])


def column_mean(total: Floats, centre: float) -> Linearised:
    """Mean of a number y, (D, 1), from the weighted sums of the columns 1, y − centre, (y − centre)².

    `centre` is any number near the mean; it keeps the variance from being lost to cancellation.
    """
    size = total[:, 0]
    mean = total[:, 1] * _per(size)
    variance = np.maximum(total[:, 2] * _per(size) - mean**2, 0)
    value = np.zeros((*total.shape, 1))
    value[:, 0, 0] = -mean * _per(size)
    value[:, 1, 0] = _per(size)
    return Linearised(_blank((mean + centre)[:, None], size), value, np.sqrt(variance)[:, None])


def totals(total: Floats) -> Linearised:
    """Weighted sum of each column, (D, K)."""
    d, k = total.shape
    value = np.broadcast_to(np.eye(k), (d, k, k)).copy()
    return Linearised(total.copy(), value, np.abs(total))


def weighted_sum(total: Floats, score: Floats) -> Linearised:
    """Weighted sum of the levels' scores, (K,), over a domain, (D, 1)."""
    value = np.broadcast_to(score[:, None], (*total.shape, 1)).copy()
    return Linearised((total @ score)[:, None], value, (total @ np.abs(score))[:, None])


def column_sum(total: Floats, centre: float) -> Linearised:
    """Weighted sum of a number y, (D, 1), from the columns of `column_mean`."""
    value = np.zeros((*total.shape, 1))
    value[:, 0, 0] = centre
    value[:, 1, 0] = 1.0
    found = (centre * total[:, 0] + total[:, 1])[:, None]
    return Linearised(found, value, np.abs(found) + np.sqrt(total[:, 2:3] * total[:, :1]))


def option_shares(total: Floats) -> Linearised:
    """Share choosing each option, (D, K − 1), from the columns answered, option 1, option 2 …"""
    size, k = total[:, 0], total.shape[1] - 1
    p = total[:, 1:] * _per(size)[:, None]
    value = np.zeros((len(total), k + 1, k))
    value[:, 0, :] = -p * _per(size)[:, None]
    value[:, 1:, :] = np.eye(k) * _per(size)[:, None, None]
    return Linearised(_blank(p, size), value, np.sqrt(p * np.maximum(1 - p, 0)))


def option_totals(total: Floats) -> Linearised:
    """Weighted sum of each option, (D, K − 1), from the columns of `option_shares`."""
    k = total.shape[1] - 1
    value = np.zeros((len(total), k + 1, k))
    value[:, 1:, :] = np.eye(k)
    return Linearised(total[:, 1:].copy(), value, np.abs(total[:, 1:]))


def ratio(total: Floats, above: int, below: int) -> Linearised:
    """Ratio of the weighted sums of two columns, (D, 1)."""
    size = total[:, below]
    r = total[:, above] * _per(size)
    value = np.zeros((*total.shape, 1))
    value[:, above, 0] = _per(size)
    value[:, below, 0] = -r * _per(size)
    return Linearised(_blank(r[:, None], size), value, np.sqrt(np.abs(r * (1 - r)))[:, None])


def mean_of_shares(total: Floats, pairs: int) -> Linearised:
    """Mean over items of each item's share on its own base, (D, 1).

    Columns come in pairs: answered, chosen. Items without an answer in a domain leave the mean.
    """
    answered, chosen = total[:, 0 : 2 * pairs : 2], total[:, 1 : 2 * pairs : 2]
    used = (answered > 0).sum(axis=1).astype(float)
    each = np.divide(chosen, answered, out=np.zeros_like(chosen), where=answered > 0)
    mean = each.sum(axis=1) * _per(used)
    weight = np.divide(1.0, answered, out=np.zeros_like(answered), where=answered > 0) * _per(used)[:, None]
    value = np.zeros((*total.shape, 1))
    value[:, 0 : 2 * pairs : 2, 0] = -each * weight
    value[:, 1 : 2 * pairs : 2, 0] = weight
    return Linearised(_blank(mean[:, None], used), value, np.sqrt(mean * np.maximum(1 - mean, 0))[:, None])

"""Kitagawa's two components of a change: who is asked about, and what they answer.

The mean of a sample is taken apart by a main-effects model of several characteristics; with one of them
the model holds every group's own mean, and the components are Kitagawa's. Symmetric form: each difference
in composition is weighed by the mean of both samples' rates, and the other way round.

References
----------
Kitagawa, E. M. (1955). Components of a difference between two rates. JASA 50, 1168-1194.
Preston, S. H., Heuveline, P. and Guillot, M. (2001). Demography. Blackwell, §2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from survey.stats.arrays import Floats, Ints, crossing, weighted_sums


@dataclass(frozen=True, slots=True)
class Components:
    """A change of a mean and its parts, over R sets of weights.

    Attributes
    ----------
    change, rate : (R,) float
    composition : (R, V) float, the part of each characteristic
    """

    change: Floats
    composition: Floats
    rate: Floats


@dataclass(frozen=True, slots=True)
class Cells:
    """Respondents of one sample by combination of characteristics.

    Attributes
    ----------
    patterns : (C, V) int, level of each characteristic
    weight, total : (R, C) float, sums of the weights and of the weighted answers
    """

    patterns: Ints
    weight: Floats
    total: Floats


def cells(y: Floats, codes: Sequence[Ints], sizes: Sequence[int], weights: Floats) -> Cells:
    """Sums by cell of respondents with an answer and every characteristic.

    Parameters
    ----------
    y : (n,) float, NaN without an answer; codes : (n,) each, −1 where unknown
    weights : (R, n) float
    """
    used = np.flatnonzero(np.isfinite(y) & (np.min(np.stack(codes), axis=0) >= 0))
    cell, patterns = crossing([code[used] for code in codes], sizes)
    held, of_answers = (
        np.stack([weighted_sums(cell, w[used] * x, len(patterns)) for w in weights])
        for x in (np.ones(len(used)), y[used])
    )
    return Cells(patterns, held, of_answers)


def joined_levels(count: Floats, least: float) -> Ints:
    """New number of each level, (K,), so that every sample has `least` respondents at every new level.

    The first level that is too small joins the next one, the last the one before; repeated.

    Parameters
    ----------
    count : (S, K) respondents of each sample at each level
    """
    new = np.arange(count.shape[1])
    sums = count.astype(float)
    while sums.shape[1] > 1 and (small := np.flatnonzero((sums < least).any(axis=0))).size:
        at = min(int(small[0]), sums.shape[1] - 2)
        new = np.where(new > at, new - 1, new)
        merged = sums[:, at] + sums[:, at + 1]
        sums = np.delete(sums, at + 1, axis=1)
        sums[:, at] = merged
    return new


def components(later: Cells, earlier: Cells, sizes: Sequence[int]) -> Components:
    """The change of the mean from `earlier` to `later`, split for each of R sets of weights."""
    share2, share1 = (_shares(c, sizes) for c in (later, earlier))
    rate2, rate1 = (_effects(c, sizes) for c in (later, earlier))
    moved = (share2 - share1) * (rate2 + rate1) / 2
    ends = np.cumsum([1, *sizes])
    by_variable = np.stack([moved[:, a:b].sum(axis=1) for a, b in pairwise(ends)], axis=1)
    change = _mean(later) - _mean(earlier)
    return Components(change, by_variable, change - by_variable.sum(axis=1))


def _mean(c: Cells) -> Floats:
    found: Floats = c.total.sum(axis=1) / c.weight.sum(axis=1)
    return found


def _dummies(c: Cells, sizes: Sequence[int]) -> Floats:
    """Constant and an indicator of every level, (C, 1 + Σ sizes)."""
    columns = [np.ones(len(c.patterns))]
    for at, size in enumerate(sizes):
        columns += [(c.patterns[:, at] == level).astype(float) for level in range(size)]
    return np.column_stack(columns)


def _shares(c: Cells, sizes: Sequence[int]) -> Floats:
    found: Floats = c.weight @ _dummies(c, sizes) / c.weight.sum(axis=1, keepdims=True)
    return found


def _effects(c: Cells, sizes: Sequence[int]) -> Floats:
    """Coefficients of the main-effects regression, (R, 1 + Σ sizes).

    Which of the equal solutions is taken does not matter: shares add up to one in both samples.
    """
    x = _dummies(c, sizes)
    cross = np.einsum("rc,cj,ck->rjk", c.weight, x, x, optimize=True)
    found: Floats = np.einsum("rjk,rk->rj", np.linalg.pinv(cross, hermitian=True), c.total @ x)
    return found

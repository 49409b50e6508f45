"""Fairlie's decomposition by covariate of the explained difference of two shares.

People of both groups are matched by rank, and the covariates of group b give way to those of group a.
Two things that depend on chance in the original do not here: the ranks are matched by weight, without
a subsample, and the order in which covariates are replaced is averaged over all orders.

References
----------
Fairlie, R. (2005). An extension of the Blinder-Oaxaca decomposition technique to logit and probit models.
J. Economic and Social Measurement 30, 305-316.
Fairlie, R. (2017). Addressing path dependence and incorporating sample weights in the nonlinear
Blinder-Oaxaca decomposition technique. SIEPR Discussion Paper 17-013.
Rao, J. N. K. and Tausi, M. (2004). Estimating function jackknife variance estimators under stratified
multistage sampling. Communications in Statistics, Theory and Methods 33, 2087-2095.
Shorrocks, A. (2013). Decomposition procedures for distributional analysis: a unified framework based on
the Shapley value. J. Economic Inequality 11, 99-126.
"""

from __future__ import annotations

from math import comb

import numpy as np
from scipy.special import expit

from survey.errors import DesignError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.binary_decomposition import complete, newton
from survey.stats.decomposition import Design

#: Covariates whose every order is averaged: 2^T predictions of each pair.
MOST = 10


def fairlie(y: Floats, design: Design, group: Ints, weights: Floats) -> Floats:
    """Explained part of the difference of two shares by covariate, (B, T), one row a set of weights.

    The T values add up to the explained part as a whole. Replicates take one step from the sample's
    coefficients, so that none lacks a fit (Rao and Tausi 2004).

    Parameters
    ----------
    y : (n,) float, 0 and 1, NaN where missing
    group : (n,) int, 0 for group a, 1 for group b, −1 for neither
    weights : (B, n) float, the sample's own first, then those of its replicates

    Raises
    ------
    DesignError
        More than `MOST` covariates; see also `binary_decomposition.newton`.
    """
    terms = len(design.terms)
    if terms > MOST:
        raise DesignError(f"{terms} covariates have too many orders to be averaged over: at most {MOST}.")
    used, x, answer = complete(y, design, group)
    rows = np.flatnonzero(used)
    first, weights = group[rows] == 0, weights[:, rows]
    dummied = np.column_stack([x[rows], first])
    start, bread = newton(answer[rows], dummied, weights[0])
    score = (weights * (answer[rows] - expit(dummied @ start))) @ dummied
    slopes = start + score @ bread  # the sample's own score is 0
    by_term = design.gathered()[1 + design.free, 1:]
    share, found = _shapley_shares(terms), np.empty((len(weights), terms))
    for at, (slope, weight) in enumerate(zip(slopes, weights, strict=True)):
        level = slope[0] + slope[-1] * float(weight[first].sum() / weight.sum())
        index = (dummied[:, 1:-1] * slope[1:-1]) @ by_term
        a, b, matched = matched_by_rank(index.sum(axis=1), first, weight)
        found[at] = _mean_predictions(level, index[a], index[b], matched) @ share
    return found


def matched_by_rank(value: Floats, first: Bools, weight: Floats) -> tuple[Ints, Ints, Floats]:
    """Pairs of one person of each group at the same weighted rank: their rows, and the pairs' shares."""
    sides = []
    for side in (np.flatnonzero(first & (weight > 0)), np.flatnonzero(~first & (weight > 0))):
        order = side[np.argsort(value[side], kind="stable")]
        upper = np.cumsum(weight[order])
        sides.append((order, upper / upper[-1]))
    edges = np.unique(np.concatenate([upper for _, upper in sides]))
    share = np.diff(edges, prepend=0.0)
    middle = edges - share / 2
    a, b = (order[np.minimum(np.searchsorted(upper, middle), len(order) - 1)] for order, upper in sides)
    return a, b, share


def _shapley_shares(terms: int) -> Floats:
    """What the mean prediction of each set of replaced covariates counts for each covariate, (2^T, T)."""
    sets = _sets(terms)
    size = sets.sum(axis=1)
    chances = np.array([1 / (terms * comb(terms - 1, s)) for s in range(terms)])
    joined = chances[np.maximum(size - 1, 0)][:, None]
    left = chances[np.minimum(size, terms - 1)][:, None]
    return np.asarray(np.where(sets, joined, -left), dtype=np.float64)


def _sets(terms: int) -> Bools:
    found: Bools = (np.arange(2**terms)[:, None] >> np.arange(terms)) % 2 == 1
    return found


def _mean_predictions(level: float, a: Floats, b: Floats, share: Floats) -> Floats:
    """Mean share expected when each set of covariates, (2^T,), is group a's and the others are group b's."""
    index = level + b.sum(axis=1)[:, None] + (a - b) @ _sets(a.shape[1]).T.astype(float)
    return np.asarray(share @ expit(index), dtype=np.float64)

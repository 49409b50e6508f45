"""Convergent and discriminant validity from a fitted pattern: variance extracted, composite reliability, HTMT.

References
----------
Fornell, C. and Larcker, D. F. (1981). Evaluating structural equation models with unobservable variables
and measurement error. Journal of Marketing Research 18, 39-50.
Henseler, J., Ringle, C. M. and Sarstedt, M. (2015). A new criterion for assessing discriminant validity in
variance-based structural equation modeling. Journal of the Academy of Marketing Science 43, 115-135.
"""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Bools, Floats


def variance_extracted(loading: Floats, pattern: Bools) -> Floats:
    """AVE: mean squared standardised loading of each factor's items, (m,), from (p, m) loadings."""
    found: Floats = (np.where(pattern, loading, 0.0) ** 2).sum(axis=0) / pattern.sum(axis=0)
    return found


def composite_reliability(loading: Floats, pattern: Bools) -> Floats:
    """CR: (Σλ)² / ((Σλ)² + Σ(1 − λ²)) of each factor, (m,), from (p, m) standardised loadings."""
    own = np.where(pattern, loading, 0.0)
    common = own.sum(axis=0) ** 2
    found: Floats = common / (common + pattern.sum(axis=0) - (own**2).sum(axis=0))
    return found


def heterotrait_ratio(correlation: Floats, pattern: Bools) -> Floats:
    """HTMT of every two factors, (m, m): mean |r| between their items over the geometric mean of those within.

    1 on the diagonal; NaN with a factor of one item. Items of two factors count for both.
    """
    member = pattern.astype(float)
    apart = np.abs(correlation) * ~np.eye(len(correlation), dtype=bool)
    between = member.T @ apart @ member
    size = member.sum(axis=0)
    pairs = np.outer(size, size) - np.diag(size)
    mean = np.divide(between, pairs, out=np.full_like(between, np.nan), where=pairs > 0)
    within = np.sqrt(np.diagonal(mean))
    found: Floats = mean / np.outer(within, within)
    return found

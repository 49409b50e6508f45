"""Indicator scores from arrays of item answers; shared by preparation and by sensitivity analyses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: A share such as 0.6 of 5 items is 3.0000000000000004 in binary; it asks for three items, not four.
_ROUNDING = 1e-9


def reverse(items: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """Answers on the turned scale: the lowest becomes the highest. NaN stays NaN."""
    return low + high - items


def valid_needed(k: int, min_valid: float) -> int:
    """Answers a score needs of `k` items: `min_valid` itself, or that share of `k` where it is below 1."""
    needed = min_valid if min_valid >= 1 else k * min_valid
    return int(np.ceil(needed - _ROUNDING))


def score(items: Floats, min_valid: float) -> Floats:
    """Mean of each respondent's valid items, in scale points.

    Parameters
    ----------
    items : (n, k) answers, already reverse-scored; NaN where missing
    min_valid : valid answers that a score needs, or the share of the k items where below 1

    Returns
    -------
    (n,) float; NaN with fewer valid answers, and always without any.
    """
    valid = np.isfinite(items)
    count = valid.sum(axis=1)
    total = np.where(valid, items, 0.0).sum(axis=1)
    enough = count >= max(valid_needed(items.shape[1], min_valid), 1)
    mean: Floats = np.divide(total, count, out=np.full(len(items), np.nan), where=enough)
    return mean


def score100(scores: Floats, low: float, high: float) -> Floats:
    """Scores with the lowest possible at 0 and the highest at 100."""
    return (scores - low) / (high - low) * 100

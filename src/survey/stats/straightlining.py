"""Answers that need no reading: one and the same to everything, a whole set that another gave too, given too fast."""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Bools, Floats

#: Fewer answers than this cannot show a pattern.
LEAST_ANSWERS = 3
#: Faster than this share of the median length is too fast.
FAST = 1 / 3


def enough(items: int) -> int:
    """Answers to so many items that one and the same to all of them means something: half, three at least."""
    return max(LEAST_ANSWERS, (items + 1) // 2)


def fast(length: Floats) -> Bools:
    """Whose interview took less than `FAST` of the unweighted median, (n,) bool; unknown lengths did not."""
    known = np.isfinite(length)
    if not known.any():
        return known
    found: Bools = length < FAST * np.median(length[known])
    return found


def straight(items: Floats, least: int) -> tuple[Bools, Bools]:
    """Who gave one and the same answer to every item answered, and who answered enough to tell, (n,) each.

    Parameters
    ----------
    items : (n, k) answers as they were given, before any reverse-scoring; NaN where missing
    least : answers needed
    """
    answered = np.isfinite(items)
    judged: Bools = answered.sum(axis=1) >= least
    highest = np.where(answered, items, -np.inf).max(axis=1)
    lowest = np.where(answered, items, np.inf).min(axis=1)
    return judged & (highest == lowest), judged


def repeated(vectors: Floats) -> Bools:
    """Whose row occurs more than once in `vectors`, (n, k), (n,) bool; gaps equal gaps."""
    if not vectors.size:
        return np.zeros(len(vectors), dtype=bool)
    # One void scalar a row lets unique compare whole rows; adding 0 makes −0 and 0 one, filling makes all NaN one.
    filled = np.ascontiguousarray(np.where(np.isfinite(vectors), vectors, np.finfo(float).max) + 0.0)
    whole = filled.view(np.dtype((np.void, filled.dtype.itemsize * filled.shape[1]))).reshape(-1)
    _, at, count = np.unique(whole, return_inverse=True, return_counts=True)
    found: Bools = count[at] > 1
    return found

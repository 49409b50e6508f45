"""What a product-moment correlation of a simple random sample must exceed, and how rarely chance exceeds it."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr, stdtrit

from survey.stats.arrays import Floats


def critical_r(n: int, significance: float = 0.05) -> float:
    """Smallest correlation that `n` cases call significant, two-sided; NaN for fewer than three.

    Tables of it ("r tabel") are entered at n − 2 degrees of freedom.
    """
    if n < 3:
        return float("nan")
    t = float(stdtrit(n - 2, 1 - significance / 2))
    return t / float(np.sqrt(t * t + n - 2))


def t_test(r: Floats, n: int) -> tuple[Floats, Floats]:
    """Student's t of each correlation and its two-sided p, as R's ``cor.test``; NaN for fewer than three cases."""
    if n < 3:
        return np.full(r.shape, np.nan), np.full(r.shape, np.nan)
    with np.errstate(divide="ignore"):  # a perfect correlation has an infinite t and p = 0
        t = r * np.sqrt((n - 2) / np.maximum(1 - r * r, 0))
    return t, 2 * stdtr(n - 2, -np.abs(t))

"""Array types and the two sums that the rest of `stats` is written in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]
#: Beyond so many combinations of margins those found are sorted, not counted.
MANY_CELLS = 1e6


def weighted_sums(index: Ints, weight: Floats, size: int) -> Floats:
    """Sums of `weight` by `index`, (size,) float."""
    # Of nothing, bincount makes whole numbers.
    return np.bincount(index, weight, size).astype(np.float64, copy=False)


def margin_dummies(margins: Sequence[Ints]) -> tuple[Ints, Floats]:
    """Pattern of each respondent over all margins, (n,), and the margins' dummies by pattern, (C, M)."""
    pattern, patterns = crossing(margins, [int(code.max()) + 1 for code in margins])
    columns = [
        (patterns[:, j] == category).astype(float)
        for j in range(patterns.shape[1])
        for category in range(int(patterns[:, j].max()) + 1)
    ]
    return pattern, np.stack(columns, axis=1)


def crossing(codes: Sequence[Ints], sizes: Sequence[int]) -> tuple[Ints, Ints]:
    """Combination of all codes that each respondent has, (n,), and the combinations found, (C, len(codes)).

    Parameters
    ----------
    codes : (n,) each, from −1 to size − 1
    """
    shape = tuple(size + 1 for size in sizes)
    if np.prod(shape, dtype=float) > MANY_CELLS:
        found, pattern = np.unique(np.column_stack(list(codes)), axis=0, return_inverse=True)
        return pattern.reshape(-1).astype(np.intp), found
    cell = np.zeros(len(codes[0]), dtype=np.intp)
    for code, places in zip(codes, shape, strict=True):
        cell *= places
        cell += code
        cell += 1
    present = np.bincount(cell, minlength=int(np.prod(shape))) > 0
    held = np.stack(np.unravel_index(np.flatnonzero(present), shape), axis=1) - 1
    return (np.cumsum(present) - 1)[cell], held

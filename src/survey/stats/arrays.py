"""Array types and the two sums that the rest of `stats` is written in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]


def weighted_sums(index: Ints, weight: Floats, size: int) -> Floats:
    """Sums of `weight` by `index`, (size,) float."""
    found: Floats = np.bincount(index, weight, size)  # type: ignore[assignment]
    return found


def margin_dummies(margins: Sequence[Ints]) -> tuple[Ints, Floats]:
    """Pattern of each respondent over all margins, (n,), and the margins' dummies by pattern, (C, M)."""
    patterns, pattern = np.unique(np.column_stack(list(margins)), axis=0, return_inverse=True)
    columns = [
        (patterns[:, j] == category).astype(float)
        for j in range(patterns.shape[1])
        for category in range(int(patterns[:, j].max()) + 1)
    ]
    return pattern.reshape(-1).astype(np.intp), np.stack(columns, axis=1)

"""Which class of a printed table a value falls into."""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Floats, Ints

#: A value that is meant to lie on a half, such as 64.995, may lie this far below it in binary.
_BINARY = 1e-9


def class_of(value: Floats, floors: Floats, decimals: int) -> Ints:
    """Position of the last class whose floor the value reaches once rounded half up; −1 where NaN.

    Values below the first floor belong to the first class.

    Parameters
    ----------
    floors : (K,) lowest value of each class, ascending, in the table's own decimals
    """
    scale = 10.0**decimals
    # Counted in units of the last decimal, whole numbers compare exactly.
    units = np.floor(value * scale + 0.5 + _BINARY)
    at = np.maximum(np.searchsorted(np.round(floors * scale), units, side="right") - 1, 0)
    found: Ints = np.where(np.isfinite(value), at, -1).astype(np.intp)
    return found

"""The mean of several measures' means, each on its own base: dimensions of several questions, axes of a placement."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from survey.stats.arrays import Floats
from survey.stats.influence import Linearised


@dataclass(frozen=True, slots=True)
class Parts:
    """How the sums of K columns make the sums of J measures.

    Attributes
    ----------
    base, value, square : (K, J) respondents, their values and the squares of these
    """

    base: Floats = field(repr=False)
    value: Floats = field(repr=False)
    square: Floats = field(repr=False)


def mean_of_means(total: Floats, parts: Parts) -> Linearised:
    """The unweighted mean over J measures of their weighted means, (D, 1); NaN where one has no answers.

    `spread` is the mean of the measures' standard deviations: that of the answers for a single measure, for
    several an upper bound.
    """
    base, value, square = (total @ by for by in (parts.base, parts.value, parts.square))
    per = np.divide(1.0, base, out=np.zeros_like(base), where=base > 0)
    mean = value * per
    each = (parts.value[None] - mean[:, None, :] * parts.base[None]) * per[:, None, :]
    estimate = np.where((base > 0).all(axis=1), mean.mean(axis=1), np.nan)
    spread = np.sqrt(np.maximum(square * per - mean**2, 0)).mean(axis=1)
    return Linearised(estimate[:, None], each.mean(axis=2)[:, :, None], spread[:, None])

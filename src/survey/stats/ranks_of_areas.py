"""Ranks of areas with intervals that hold for all areas together.

Two areas are told apart where their difference exceeds a critical number of its standard errors, the
same for all pairs, that the largest of all pairs exceeds by chance in 1 − level of the samples. An area
ranks below those told apart above it, and above those told apart below it: so all intervals hold the true
ranks at once with at least that level.

References
----------
Klein, M., Wright, T. and Wieczorek, J. (2020). A joint confidence region for an overall ranking of
populations. JRSS C 69, 589-606.
Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Inference for ranks with applications to
mobility across neighbourhoods and academic achievement across countries. Review of Economic Studies 91, 476-518.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from survey.stats.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class AreaRanks:
    """Rank of each of A areas, 1 the highest, equal ones sharing the better; low and high, its joint interval."""

    rank: Ints
    low: Ints
    high: Ints


def joint_ranks(estimate: Floats, deviation: Floats, df: Floats, level: float) -> AreaRanks:
    """Observed ranks and their joint intervals.

    Parameters
    ----------
    estimate : (A,) of each area
    deviation : (R, A) of replicates from `estimate`, by a bootstrap of sampling units
    df : (A,) sampling units minus strata of each area; a pair has the sum of both
    """
    areas = len(estimate)
    first, second = np.triu_indices(areas, 1)
    apart = deviation[:, first] - deviation[:, second]
    se = np.sqrt((apart**2).mean(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = np.nanmax(np.where(se > 0, np.abs(apart) / se, 0.0), axis=1, initial=0.0)
    # The bootstrap knows how pairs hang together, not that few units know their own spread: t does.
    critical = stdtrit(df[first] + df[second], ndtr(max(float(np.quantile(largest, level)), ndtri((1 + level) / 2))))
    difference = estimate[first] - estimate[second]
    told = np.abs(difference) > critical * se
    above = np.zeros((areas, areas), dtype=bool)  # [i, j]: i is told apart above j
    above[first, second] = told & (difference > 0)
    above[second, first] = told & (difference < 0)
    rank = 1 + (estimate[None, :] > estimate[:, None]).sum(axis=1)
    return AreaRanks(rank, 1 + above.sum(axis=0), areas - above.sum(axis=1))

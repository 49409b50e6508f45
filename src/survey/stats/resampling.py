"""Bootstrap of the first-stage units, for statistics whose distribution is not normal.

Units are drawn anew in every stratum (Rao and Wu 1988) and each replicate's weights meet the
calibration totals again by one linear step, to which raking and logit calibration are equal in large
samples. Finite population factors play no part, so that errors are on the safe side.

References
----------
Rao, J. N. K. and Wu, C. F. J. (1988). Resampling inference with complex survey data. JASA 83, 231-241.
"""

from __future__ import annotations

import numpy as np

from survey.stats.arrays import Floats, Ints, weighted_sums
from survey.stats.replicate import rao_wu
from survey.stats.sampling import Projection, Sampling


def psu_bootstrap(sampling: Sampling, number: int, seed: int) -> Floats:
    """Weights of `number` bootstrap samples, (R, n); 0 in units that were not drawn.

    A unit that is alone in its stratum stays in every sample.
    """
    return reweighted(sampling, drawn_units(sampling.stratum_of_psu, number, seed))


def drawn_units(stratum_of_unit: Ints, number: int, seed: int) -> Floats:
    """Multipliers of the units' weights, (R, P); 1 for a unit that is alone in its stratum."""
    drawn = np.ones((number, len(stratum_of_unit)))
    several = np.bincount(stratum_of_unit)[stratum_of_unit] > 1
    if several.any():
        stratum = np.unique(stratum_of_unit[several], return_inverse=True)[1]
        drawn[:, several] = rao_wu(stratum, number, seed)
    return drawn


def reweighted(sampling: Sampling, drawn: Floats) -> Floats:
    """Weights of bootstrap samples, (R, n), from multipliers of the first-stage units, (R, P)."""
    factor = drawn[:, sampling.psu]
    weight = factor * sampling.weight
    if (p := sampling.projection) is None:
        return weight
    return np.asarray(weight * np.maximum(_factors(weight, factor, sampling, p), 0), dtype=np.float64)


def _factors(weight: Floats, factor: Floats, sampling: Sampling, p: Projection) -> Floats:
    """What each weight is multiplied with so that a replicate meets the margins, (R, n)."""
    cells = len(p.dummies)
    base = np.stack([weighted_sums(p.pattern, f * p.base, cells) for f in factor])
    reached = np.stack([weighted_sums(p.pattern, w, cells) for w in weight]) @ p.dummies
    wanted = weighted_sums(p.pattern, sampling.weight, cells) @ p.dummies
    cross = np.einsum("cm,rc,ck->rmk", p.dummies, base, p.dummies, optimize=True)
    slope = np.einsum("rmk,rk->rm", np.linalg.pinv(cross, hermitian=True), wanted - reached)
    step = slope @ p.dummies.T
    found: Floats = 1 + step[:, p.pattern] * (p.base / sampling.weight)
    return found


def percentiles(again: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentile interval of statistics from their replicates, (R, m)."""
    low, high = np.quantile(again, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high

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

from survey.stats.arrays import Floats, weighted_sums
from survey.stats.replicate import rao_wu
from survey.stats.sampling import Projection, Sampling


def psu_bootstrap(sampling: Sampling, number: int, seed: int) -> Floats:
    """Weights of `number` bootstrap samples, (R, n); 0 in units that were not drawn.

    A unit that is alone in its stratum stays in every sample.
    """
    drawn = np.ones((number, sampling.n_psu))
    several = np.bincount(sampling.stratum_of_psu)[sampling.stratum_of_psu] > 1
    if several.any():
        stratum = np.unique(sampling.stratum_of_psu[several], return_inverse=True)[1]
        drawn[:, several] = rao_wu(stratum, number, seed)
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

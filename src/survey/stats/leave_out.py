"""A sample without some of its respondents, its weights calibrated anew: what an estimate owes to one part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survey.errors import ConvergenceError
from survey.stats.arrays import Bools, Floats, Ints, weighted_sums
from survey.stats.calibrate import Method, calibrate


def recalibrated_without(
    weight: Floats,
    base: Floats,
    margins: Sequence[Ints],
    kept: Bools,
    method: Method = "rake",
    bounds: tuple[float, float] | None = None,
) -> Floats:
    """Weights of those kept that meet every margin anew, (n,), 0 for the others.

    Categories that no one kept belongs to leave their margin; the others keep their totals in
    proportion. Where no weights meet them all, the weights stay as they are.

    Parameters
    ----------
    weight, base : (n,) weights after and before calibration; margins : codes of what it fixed
    """
    stayed = np.where(kept, weight, 0.0)
    codes, targets = [], []
    for margin in margins:
        goal = weighted_sums(margin, weight, int(margin.max()) + 1)
        held = np.unique(margin[kept])
        codes.append(np.searchsorted(held, margin[kept]).astype(np.intp))
        targets.append(goal[held] * (stayed.sum() / goal[held].sum()))
    try:
        found = calibrate(base[kept], codes, targets, method, bounds).weight
    except ConvergenceError:
        return stayed
    out = np.zeros(len(weight))
    out[kept] = found
    return out

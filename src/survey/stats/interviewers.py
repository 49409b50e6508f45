"""How much of the variance of answers lies between interviewers, apart from the places they work in.

Two-stage nested analysis of variance: interviewers, the sampling units an interviewer works in,
respondents. Components by equating mean squares to their expectations, unequal sizes allowed.

References
----------
Searle, S. R., Casella, G. and McCulloch, C. E. (1992). Variance Components. Wiley, §5.6 and appendix F.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from survey.stats.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Intraclass:
    """Share of the variance between interviewers, and the F test that there is none.

    `icc` is 0 where the component comes out negative. The F test, of interviewers against their units,
    is exact only for equal sizes.
    """

    icc: float
    statistic: float
    df: float
    df2: float
    p_value: float


def separable(interviewer: Ints, unit: Ints) -> bool:
    """Whether there are two interviewers or more and each of them works in at least two sampling units."""
    pairs = np.unique(np.stack([interviewer, unit]), axis=1)
    each = np.bincount(pairs[0])
    each = each[each > 0]
    return bool(len(each) >= 2 and each.min() >= 2)


def intraclass(y: Floats, interviewer: Ints, unit: Ints) -> Intraclass | None:
    """Intraclass correlation of interviewers; None without respondents enough at each stage.

    Parameters
    ----------
    y : (n,) answers, none missing
    interviewer, unit : (n,) code of the interviewer and of the sampling unit of each respondent
    """
    _, who = np.unique(interviewer, return_inverse=True)
    _, first, cell = np.unique(who * (int(unit.max()) + 1) + unit, return_index=True, return_inverse=True)
    owner, n = who[first], len(y)
    size_cell, size = np.bincount(cell).astype(float), np.bincount(who).astype(float)
    a, b = len(size), len(size_cell)
    if a < 2 or b - a < 1 or n - b < 1:
        return None
    centred = y - y.mean()
    by_cell, by_who = np.bincount(cell, centred), np.bincount(who, centred)
    between = (by_who**2 / size).sum()
    within = (by_cell**2 / size_cell).sum()
    ms = ((between / (a - 1)), (within - between) / (b - a), (centred @ centred - within) / (n - b))
    if not ms[2] > 0:
        return None
    # Expected mean squares: units ms[1] = e + k1·u; interviewers ms[0] = e + k2·u + k3·i.
    inside, across = (size_cell**2 / size[owner]).sum(), (size_cell**2).sum() / n
    k1, k2, k3 = (n - inside) / (b - a), (inside - across) / (a - 1), (n - (size**2).sum() / n) / (a - 1)
    u = max((ms[1] - ms[2]) / k1, 0.0)
    i = max((ms[0] - ms[2] - k2 * u) / k3, 0.0)
    f = ms[0] / ms[1] if ms[1] > 0 else float("nan")
    return Intraclass(i / (i + u + ms[2]), f, float(a - 1), float(b - a), float(fdtrc(a - 1, b - a, f)))

"""The unweighted rank battery: Kruskal–Wallis, Dunn's pairs, Cliff's delta, explained variance.

Everything comes from the counts of a grouping's levels, so its cost does not depend on the number of
respondents. C is the (G, K) counts of G groups at K levels in ascending order: `Tally.count` of one
grouping, its columns sorted by score.

References
----------
Kruskal, W. H. and Wallis, W. A. (1952). Use of ranks in one-criterion variance analysis. JASA 47, 583-621.
Dunn, O. J. (1964). Multiple comparisons using rank sums. Technometrics 6, 241-252.
Cliff, N. (1993). Dominance statistics: ordinal analyses to answer ordinal questions. Psychological
Bulletin 114, 494-509.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from survey.stats.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Kruskal:
    """Kruskal–Wallis test corrected for ties; `epsilon2` is H / (n − 1). NaN where nothing can be tested."""

    n: int
    statistic: float
    df: float
    p_value: float
    epsilon2: float


@dataclass(frozen=True, slots=True)
class RankPairs:
    """Every two groups that hold answers, a before b; arrays of one entry a pair.

    Attributes
    ----------
    first, second : (m,) int, which groups
    z, p_value : (m,) float, Dunn's statistic and its two-sided p
    delta, low, high : (m,) float, Cliff's delta, P(a > b) − P(a < b), and its interval
    """

    first: Ints
    second: Ints
    z: Floats
    p_value: Floats
    delta: Floats
    low: Floats
    high: Floats


def kruskal(count: Floats) -> Kruskal:
    """Kruskal–Wallis test that all groups have one distribution. R: ``kruskal.test``.

    Groups without answers are left out; `count` is (G, K).
    """
    n, groups = int(count.sum()), int((count.sum(axis=1) > 0).sum())
    # H, corrected for ties, is n − 1 times the share of the mid-ranks' variance between groups.
    epsilon2 = explained_share(count, mid_ranks(count))
    statistic, df = (n - 1) * epsilon2, float(groups - 1)
    return Kruskal(n, statistic, df, float(chdtrc(df, statistic)) if df > 0 else float("nan"), epsilon2)


def mid_ranks(count: Floats) -> Floats:
    """Rank of each level among all answers, the mean over its ties, (K,)."""
    size = count.sum(axis=0)
    found: Floats = np.cumsum(size) - (size - 1) / 2
    return found


def explained_share(count: Floats, score: Floats) -> float:
    """Sum of squares between groups over the total of `score`, (K,): eta²; NaN without variation or groups."""
    size = count.sum(axis=1)
    held, n = size > 0, size.sum()
    if held.sum() < 2:
        return float("nan")
    deviation = score - count.sum(axis=0) @ score / n
    total = float(count.sum(axis=0) @ deviation**2)
    between = float(((count[held] @ deviation) ** 2 / size[held]).sum())
    return between / total if total > 0 else float("nan")


def rank_pairs(count: Floats, conf_level: float = 0.95) -> RankPairs:
    """Dunn's test and Cliff's delta of every two groups, a − b as in a contrast.

    The interval is tanh(atanh δ ± z √((n₁ + n₂ + 1) / (3 n₁ n₂))), as R's ``effectsize::cliffs_delta``.
    """
    held = np.flatnonzero(count.sum(axis=1) > 0)
    a, b = np.triu_indices(len(held), 1)
    c = count[held]
    size = c.sum(axis=1)
    z = _dunn(c, size, a, b)
    below = np.cumsum(c, axis=1) - c
    above = c @ below.T  # pairs of respondents in which the row's group is above the column's
    delta = (above - above.T)[a, b] / (size[a] * size[b])
    half = ndtri((1 + conf_level) / 2) * delta_error(size[a], size[b])
    with np.errstate(divide="ignore"):  # atanh of ±1 is infinite, and its tanh is ±1 again
        middle = np.arctanh(delta)
    low, high = np.tanh(middle - half), np.tanh(middle + half)
    return RankPairs(held[a], held[b], z, 2 * ndtr(-np.abs(z)), delta, low, high)


def delta_error(first: Floats, second: Floats) -> Floats:
    """Error of atanh δ of groups of these sizes: √((n₁ + n₂ + 1) / (3 n₁ n₂))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt((first + second + 1) / (3 * first * second)), dtype=np.float64)


def _dunn(count: Floats, size: Floats, a: Ints, b: Ints) -> Floats:
    """Difference of mean ranks over its error under no difference anywhere, ties corrected."""
    rank, n = mid_ranks(count), size.sum()
    mean = count @ rank / size
    squares = count.sum(axis=0) @ (rank - (n + 1) / 2) ** 2
    error = np.sqrt(squares / max(n - 1, 1) * (1 / size[a] + 1 / size[b]))
    found: Floats = np.divide(mean[a] - mean[b], error, out=np.full(len(a), np.nan), where=error > 0)
    return found

"""Reliability of a scale from the moments of its items: Cronbach's alpha, item-rest correlations.

Two ways to treat missing answers give two covariances of the items, from complete cases or pair by
pair; everything else is a function of that covariance, (k, k), and sees no respondent.

References
----------
Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16, 297-334.
Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient
twenty. Psychometrika 30, 357-370.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import fdtri

from survey.stats.arrays import Floats

#: Respondents taken at a time, so that their answers stay in a processor's cache.
BLOCK = 2**14


@dataclass(frozen=True, slots=True)
class Moments:
    """Unweighted sums of k items, each pair of items over the respondents that count for it.

    Attributes
    ----------
    n : (k, k) float, respondents of the pair
    total : (k, k) float, sum of the row's item over them; cross : (k, k) float, sum of the products
    """

    n: Floats
    total: Floats = field(repr=False)
    cross: Floats = field(repr=False)

    @property
    def covariance(self) -> Floats:
        """(k, k), divisor n − 1; NaN for a pair of fewer than two respondents."""
        centred = self.cross - np.divide(self.total * self.total.T, self.n, out=np.zeros_like(self.n), where=self.n > 0)
        return np.divide(centred, self.n - 1, out=np.full_like(self.n, np.nan), where=self.n > 1)


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """How each of k items hangs together with the others, (k,) float each; NaN for an item without variation.

    Attributes
    ----------
    item_rest : correlation with the sum of the other items; item_total : with the sum of all
    alpha_if_dropped : alpha of the other items; NaN for fewer than two
    """

    item_rest: Floats
    item_total: Floats
    alpha_if_dropped: Floats


def complete_moments(items: Floats) -> Moments:
    """Moments of the respondents who answered every item.

    Parameters
    ----------
    items : (n, k) answers, already reverse-scored; NaN where missing
    """
    k = items.shape[1]
    n, total, cross = 0, np.zeros(k), np.zeros((k, k))
    for start in range(0, len(items), BLOCK):
        answers = items[start : start + BLOCK]
        complete = np.isfinite(answers @ np.ones(k))  # a sum is missing where an item is; faster than asking each item
        x = np.where(complete[:, None], answers, 0.0)
        n += int(np.count_nonzero(complete))
        total += np.ones(len(x)) @ x
        cross += x.T @ x
    return Moments(np.full((k, k), float(n)), np.repeat(total[:, None], k, axis=1), cross)


def pairwise_moments(items: Floats) -> Moments:
    """Moments of each pair of items over the respondents who answered both. R: ``use = "pairwise"``.

    Parameters
    ----------
    items : as in `complete_moments`
    """
    valid = np.isfinite(items)
    x, v = np.where(valid, items, 0.0), valid.astype(float)
    return Moments(v.T @ v, x.T @ v, x.T @ x)


def alpha(covariance: Floats) -> float:
    """Cronbach's alpha; NaN for fewer than two items or a sum that does not vary. R: ``psych::alpha``, raw_alpha."""
    k, total = len(covariance), float(covariance.sum())
    if k < 2 or not total > 0:
        return float("nan")
    return k / (k - 1) * (1 - float(np.trace(covariance)) / total)


def feldt_interval(alpha: float, n: int, k: int, level: float) -> tuple[float, float]:
    """Feldt's interval of alpha from `n` complete cases of `k` items; NaN for fewer than two of either."""
    if n < 2 or k < 2:
        return float("nan"), float("nan")
    df, df2 = n - 1, (n - 1) * (k - 1)
    tail = (1 - level) / 2
    low, high = 1 - (1 - alpha) * fdtri(df, df2, [1 - tail, tail])
    return float(low), float(high)


def item_statistics(covariance: Floats) -> ItemStatistics:
    """Item-rest and item-total correlations and alpha without each item. R: ``psych::alpha``, r.drop, raw.r."""
    k, own, with_all = len(covariance), np.diag(covariance), covariance.sum(axis=1)
    total = covariance.sum()
    rest = total - 2 * with_all + own
    varies = (own > 0) & (rest > 0)
    left = k - 1
    share = _ratio(np.trace(covariance) - own, rest, rest > 0)
    dropped = left / (left - 1) * (1 - share) if left > 1 else np.full(k, np.nan)
    return ItemStatistics(
        _ratio(with_all - own, np.sqrt(np.where(varies, own * rest, 1.0)), varies),
        _ratio(with_all, np.sqrt(np.where(varies, own * total, 1.0)), varies & (total > 0)),
        dropped,
    )


def _ratio(above: Floats, below: Floats, known: np.ndarray) -> Floats:
    found: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=known)
    return found

"""Agreement of coders beyond chance: kappa of two coders and of many, Krippendorff's alpha.

Everything is computed from a table of units × coders of whole numbers from 0, NaN where a coder did not
judge the unit; it has to be the same units for all that are compared.

References
----------
Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement
20, 37-46.
Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
Psychological Bulletin 72, 323-327.
Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin 76, 378-382.
Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from survey.stats.arrays import Floats

Metric = Literal["nominal", "ordinal", "interval"]
#: Bootstrap samples that may have no variation, as a part of all, before an interval is not given.
MOST_UNDEFINED = 0.05


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient of agreement with its interval; NaN where it is not defined.

    Attributes
    ----------
    units : judged by two coders or more
    """

    estimate: float
    std_error: float
    low: float
    high: float
    units: int


def percent_agreement(ratings: Floats) -> float:
    """Share of the pairs of judgements of a unit that are equal; NaN without a unit that two judged."""
    counts = _counts(ratings)
    coders = counts.sum(axis=1)
    pairs = (coders * (coders - 1)).sum()
    return float((counts * (counts - 1)).sum() / pairs) if pairs else np.nan


def cohen_kappa(ratings: Floats, conf_level: float = 0.95) -> Agreement:
    """Cohen's kappa of two coders, (units, 2), with the large-sample error of Fleiss, Cohen and Everitt."""
    first, second = ratings[np.isfinite(ratings).all(axis=1)].astype(int).T
    n = len(first)
    if n == 0:
        return Agreement(np.nan, np.nan, np.nan, np.nan, 0)
    size = int(max(first.max(), second.max())) + 1
    p = np.bincount(first * size + second, minlength=size * size).reshape(size, size) / n
    row, column = p.sum(axis=1), p.sum(axis=0)
    observed, chance = np.trace(p), row @ column
    if np.isclose(chance, 1):
        return Agreement(np.nan, np.nan, np.nan, np.nan, n)
    kappa = (observed - chance) / (1 - chance)
    on_diagonal = (np.diag(p) * (1 - (row + column) * (1 - kappa)) ** 2).sum()
    between = p * (column[:, None] + row[None, :]) ** 2  # p_ij (p_.i + p_j.)²
    off_diagonal = (1 - kappa) ** 2 * (between.sum() - np.trace(between))
    rest = (kappa - chance * (1 - kappa)) ** 2
    error = np.sqrt(max(on_diagonal + off_diagonal - rest, 0) / n) / (1 - chance)
    half = ndtri((1 + conf_level) / 2) * error
    return Agreement(float(kappa), float(error), float(kappa - half), float(min(kappa + half, 1)), n)


def fleiss_kappa(ratings: Floats) -> float:
    """Fleiss' kappa of units that equally many coders judged; NaN where the numbers differ or nothing varies."""
    counts = _counts(ratings)
    coders = counts.sum(axis=1)
    if not len(counts) or np.ptp(coders) or coders[0] < 2:
        return np.nan
    chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    return np.nan if np.isclose(chance, 1) else (percent_agreement(ratings) - chance) / (1 - chance)


def krippendorff_alpha(
    ratings: Floats,
    metric: Metric = "nominal",
    conf_level: float = 0.95,
    samples: int = 1000,
    random: np.random.Generator | None = None,
) -> Agreement:
    """Krippendorff's alpha of any number of coders with gaps, and a percentile interval from a bootstrap of units.

    Parameters
    ----------
    ratings : (units, coders); for ``interval`` the numbers are the values, for ``ordinal`` their order
    random : None: no interval

    Raises
    ------
    ValueError
        If the ratings are no whole numbers from 0.
    """
    counts = _counts(ratings)
    judged = counts[counts.sum(axis=1) >= 2]
    pairs = _coincidences(judged)
    estimate = float(_alpha(pairs.sum(axis=0)[None], metric)[0]) if len(judged) else np.nan
    if random is None or not np.isfinite(estimate):
        return Agreement(estimate, np.nan, np.nan, np.nan, len(judged))
    drawn = random.multinomial(len(judged), np.full(len(judged), 1 / len(judged)), samples).astype(float)
    again = _alpha(np.einsum("su,uab->sab", drawn, pairs, optimize=True), metric)
    defined = again[np.isfinite(again)]
    if len(defined) < (1 - MOST_UNDEFINED) * samples:
        return Agreement(estimate, np.nan, np.nan, np.nan, len(judged))
    low, high = np.quantile(defined, [(1 - conf_level) / 2, (1 + conf_level) / 2])
    return Agreement(estimate, float(defined.std(ddof=1)), float(low), float(high), len(judged))


def _counts(ratings: Floats) -> Floats:
    """How many coders gave each value, (units, values)."""
    held = np.isfinite(ratings)
    values = np.where(held, ratings, 0)
    if (values < 0).any() or (values != np.round(values)).any():
        raise ValueError("ratings are whole numbers from 0")
    size = int(values.max(initial=0)) + 1
    found: Floats = (held[:, :, None] & (values[:, :, None] == np.arange(size))).sum(axis=1).astype(float)
    return found


def _coincidences(counts: Floats) -> Floats:
    """Ordered pairs of judgements within each unit over its judgements less one, (units, values, values)."""
    size = counts.shape[1]
    pairs = counts[:, :, None] * (counts[:, None, :] - np.eye(size))
    found: Floats = pairs / (counts.sum(axis=1) - 1)[:, None, None]
    return found


def _alpha(coincidence: Floats, metric: Metric) -> Floats:
    """1 − observed / expected disagreement of each coincidence matrix, (S, values, values); NaN without variation."""
    n_c = coincidence.sum(axis=2)
    total = n_c.sum(axis=1)
    apart = _distances(n_c, metric)
    observed = (coincidence * apart).sum(axis=(1, 2))
    expected = (n_c[:, :, None] * n_c[:, None, :] * apart).sum(axis=(1, 2))
    ratio = np.divide((total - 1) * observed, expected, out=np.full_like(observed, np.nan), where=expected > 0)
    found: Floats = 1 - ratio
    return found


def _distances(n_c: Floats, metric: Metric) -> Floats:
    """Squared difference of every two values, (S, values, values) or one for all."""
    value = np.arange(n_c.shape[1], dtype=float)
    if metric == "nominal":
        unequal: Floats = (value[:, None] != value[None, :]).astype(float)[None]
        return unequal
    # The ranks between two values: all judgements from one to the other, half of those at either end.
    place = value[None] if metric == "interval" else np.cumsum(n_c, axis=1) - n_c / 2
    found: Floats = (place[:, :, None] - place[:, None, :]) ** 2
    return found

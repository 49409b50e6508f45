"""Polychoric correlations of ordinal items, by maximum likelihood in two steps, from two-way counts.

Thresholds come from an item's own counts, each correlation from the table of its two items, all
tables at once by Fisher scoring. The influence of an answer on each estimate is a table too: summed
over two-way counts it gives the errors, over patterns the covariance that weighs an ordinal factor
model (`moments`).

Letters: item i, level a, thresholds τ, table counts n(a, b), probabilities π(a, b).

References
----------
Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient. Psychometrika 44, 443-460.
Muthén, B. (1984). A general structural equation model with dichotomous, ordered categorical, and
continuous latent variable indicators. Psychometrika 49, 115-132.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtr, ndtri

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.bivariate import FAR, binormal_cdf, binormal_density, normal_density
from survey.stats.patterns import BLOCK, Patterns

#: No step changes a correlation by more than this at the optimum.
TOLERANCE = 1e-10
MAX_STEPS = 200
#: Scoring stays this far inside ±1.
LIMIT = 0.9999
#: Information a respondent below which a table no longer tells one correlation from another. Items that order
#: everyone alike have no optimum short of ±1: the correlation stays where the likelihood turns flat or at `LIMIT`,
#: without an error.
FLAT = 1e-9
#: A probability below this is rounding of the distribution function.
TINY = 1e-15


@dataclass(frozen=True, slots=True)
class Polychoric:
    """Correlations of the normal variables behind k ordinal items.

    Attributes
    ----------
    n : (k, k) float, respondents who answered both
    thresholds : (k, K − 1) float, NaN beyond the levels of an item
    correlation : (k, k) float; NaN for an item that does not vary
    std_error : (k, k) float, of each pair's respondents, its thresholds estimated too; 0 on the diagonal
    """

    n: Floats
    thresholds: Floats = field(repr=False)
    correlation: Floats
    std_error: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class OrdinalMoments:
    """What an ordinal factor model is fitted to: t thresholds, then r = k(k − 1)/2 correlations.

    Attributes
    ----------
    n : complete cases
    item : (t,) int, item of each threshold
    threshold : (t,) float
    first, second : (r,) int, items of each correlation
    correlation : (r,) float
    covariance : (t + r, t + r) float, of √n times the moments: lavaan's NACOV
    """

    n: float
    item: Ints = field(repr=False)
    threshold: Floats = field(repr=False)
    first: Ints = field(repr=False)
    second: Ints = field(repr=False)
    correlation: Floats = field(repr=False)
    covariance: Floats = field(repr=False)

    @property
    def correlations(self) -> OrdinalMoments:
        """The moments without the thresholds, which a model of one group leaves free: all that it needs."""
        t = len(self.threshold)
        return replace(self, item=self.item[:0], threshold=self.threshold[:0], covariance=self.covariance[t:, t:])

    @property
    def matrix(self) -> Floats:
        """(k, k) the correlations."""
        found: Floats = np.eye(int(self.second.max(initial=0)) + 1)
        found[self.first, self.second] = found[self.second, self.first] = self.correlation
        return found

    @property
    def error(self) -> Floats:
        """(r,) standard errors of the correlations."""
        found: Floats = np.sqrt(np.diagonal(self.covariance)[len(self.threshold) :] / self.n)
        return found


@dataclass(frozen=True, slots=True)
class _Pairs:
    """r two-way tables with their estimates: cuts (r, K + 1), from −FAR to FAR; counts (r, K, K)."""

    first: Ints
    second: Ints
    row_cuts: Floats
    column_cuts: Floats
    counts: Floats
    rho: Floats


def polychoric(patterns: Patterns) -> Polychoric:
    """Polychoric correlations over the respondents of each pair. R: ``lavaan::lavCor``, missing "pairwise".

    A 2 × 2 table with an empty cell gets half a respondent there, its margins kept, as Mplus and lavaan do.
    """
    pairs = _fitted(patterns)
    error = np.sqrt(np.einsum("rab,rab->r", pairs.counts, _influence(pairs) ** 2))
    k = patterns.level.shape[1]
    n, rho, se = np.diag(patterns.margins().sum(axis=1)), np.eye(k), np.zeros((k, k))
    for full, half in ((n, pairs.counts.sum(axis=(1, 2))), (rho, pairs.rho), (se, error)):
        full[pairs.first, pairs.second] = full[pairs.second, pairs.first] = half
    cuts = _cuts(patterns.margins())[:, 1:-1]
    return Polychoric(n, np.where(_used(patterns), cuts, np.nan), rho, se)


def moments(patterns: Patterns) -> OrdinalMoments:
    """Thresholds, polychoric correlations and their joint covariance over complete cases."""
    p = patterns.complete
    pairs = _fitted(p)
    item, cut = np.nonzero(_used(p))
    by_threshold = _threshold_influence(p.margins())[item, cut]
    by_pair = _influence(pairs)
    total = np.zeros((len(item) + len(pairs.rho),) * 2)
    for start in range(0, len(p.level), BLOCK):
        level, count = p.level[start : start + BLOCK], p.count[start : start + BLOCK]
        influence = np.hstack(
            [
                by_threshold[np.arange(len(item)), level[:, item]],
                by_pair[np.arange(len(pairs.rho)), level[:, pairs.first], level[:, pairs.second]],
            ]
        )
        total += (influence * count[:, None]).T @ influence
    threshold = _cuts(p.margins())[item, cut + 1]
    return OrdinalMoments(p.n, item, threshold, pairs.first, pairs.second, pairs.rho, p.n * total)


def _used(patterns: Patterns) -> Bools:
    """(k, K − 1) bool, thresholds that an item has."""
    used: Bools = np.arange(1, int(patterns.categories.max())) < patterns.categories[:, None]
    return used


def _cuts(margin: Floats) -> Floats:
    """(k, K + 1) thresholds between −FAR and FAR, from (k, K) counts."""
    size = margin.sum(axis=1, keepdims=True)
    share = np.cumsum(margin, axis=1) / np.maximum(size, 1)
    inner = np.clip(ndtri(np.minimum(share, 1.0)), -FAR, FAR)
    inner[:, -1:] = FAR
    found: Floats = np.hstack([np.full_like(size, -FAR), inner])
    return found


def _fitted(patterns: Patterns) -> _Pairs:
    first, second = np.triu_indices(patterns.level.shape[1], 1)
    cuts, counts = _cuts(patterns.margins()), patterns.tables()[first, second]
    filled = _without_empty_quarter(counts, patterns, first, second)
    start = _Pairs(first, second, cuts[first], cuts[second], filled, _product_moment(filled))
    return replace(_maximised(start), counts=counts)


def _without_empty_quarter(counts: Floats, patterns: Patterns, first: Ints, second: Ints) -> Floats:
    four = (patterns.categories[first] == 2) & (patterns.categories[second] == 2)
    empty = (counts[:, :2, :2] == 0).sum(axis=(1, 2)) == 1
    found = counts.copy()
    for r in np.flatnonzero(four & empty):
        a, b = np.argwhere(counts[r, :2, :2] == 0)[0]
        found[r, :2, :2] += np.where((np.arange(2)[:, None] == a) == (np.arange(2) == b), 0.5, -0.5)
    return found


def _product_moment(counts: Floats) -> Floats:
    """Pearson correlation of the level numbers, (r,); 0 without variation. Where the scoring starts."""
    n, level = np.maximum(counts.sum(axis=(1, 2)), 1), np.arange(counts.shape[1])
    row, column = counts.sum(axis=2), counts.sum(axis=1)
    a, b = row @ level / n, column @ level / n
    spread = (row @ level**2 / n - a**2) * (column @ level**2 / n - b**2)
    shared = np.einsum("rab,a,b->r", counts, level, level) / n - a * b
    found: Floats = np.divide(shared, np.sqrt(spread), out=np.zeros_like(shared), where=spread > 0)
    return found


def _maximised(pairs: _Pairs) -> _Pairs:
    rho, size = np.clip(pairs.rho, -0.9, 0.9), pairs.counts.sum(axis=(1, 2))
    for _ in range(MAX_STEPS):
        probability, slope = _cells(pairs, rho)
        relative = slope / probability
        information = size * np.einsum("rab,rab->r", slope, relative)
        score = np.einsum("rab,rab->r", pairs.counts, relative)
        step = np.divide(score, information, out=np.zeros_like(rho), where=information > FLAT * size)
        # At most half the way to ±1: beyond it nothing is defined.
        tried = np.clip(rho + step, np.maximum((rho - 1) / 2, -LIMIT), np.minimum((rho + 1) / 2, LIMIT))
        moved, rho = np.abs(tried - rho).max(initial=0.0), tried
        if moved <= TOLERANCE:
            break
    varies = (np.count_nonzero(pairs.counts.sum(axis=2), axis=1) > 1) & (
        np.count_nonzero(pairs.counts.sum(axis=1), axis=1) > 1
    )
    return replace(pairs, rho=np.where(varies, rho, np.nan))


def _cells(pairs: _Pairs, rho: Floats) -> tuple[Floats, Floats]:
    """Probabilities of the cells and their derivatives by the correlation, (r, K, K) each."""
    x, y, r = pairs.row_cuts[:, :, None], pairs.column_cuts[:, None, :], rho[:, None, None]
    probability = np.diff(np.diff(binormal_cdf(x, y, r), axis=1), axis=2)
    slope: Floats = np.diff(np.diff(binormal_density(x, y, r), axis=1), axis=2)
    return np.maximum(probability, TINY), slope


def _threshold_influence(margin: Floats) -> Floats:
    """What an answer at each level adds to each threshold of its item, (k, K − 1, K)."""
    size = np.maximum(margin.sum(axis=1), 1)[:, None, None]
    cut = _cuts(margin)[:, 1:-1, None]
    below = np.arange(margin.shape[1]) <= np.arange(margin.shape[1] - 1)[:, None]
    density = size * normal_density(cut)
    nowhere = np.zeros(cut.shape[:2] + margin.shape[1:])
    found: Floats = np.divide(below - ndtr(cut), density, out=nowhere, where=density > TINY)
    return found


def _influence(pairs: _Pairs) -> Floats:
    """What a respondent in each cell adds to the correlation, thresholds estimated too, (r, K, K)."""
    probability, slope = _cells(pairs, pairs.rho)
    score = slope / probability
    information = np.einsum("rab,rab->r", pairs.counts, score**2)[:, None, None]
    inside = np.abs(pairs.rho[:, None, None]) < LIMIT
    told = (information > FLAT * pairs.counts.sum(axis=(1, 2))[:, None, None]) & inside
    pull = pairs.counts * score / probability
    by_row = _through_thresholds(pairs.row_cuts, pairs.column_cuts, pairs.rho, pull, pairs.counts.sum(axis=2))
    turned = pull.transpose(0, 2, 1)
    by_column = _through_thresholds(pairs.column_cuts, pairs.row_cuts, pairs.rho, turned, pairs.counts.sum(axis=1))
    total = score - by_row[:, :, None] - by_column[:, None, :]
    found: Floats = np.divide(total, information, out=np.full_like(total, np.nan), where=told)
    return found


def _through_thresholds(own: Floats, other: Floats, rho: Floats, pull: Floats, margin: Floats) -> Floats:
    """The part of a cell's influence that its own item's thresholds carry, (r, K)."""
    across = np.sqrt(1 - rho**2)[:, None, None]
    beyond = ndtr((other[:, None, :] - rho[:, None, None] * own[:, 1:-1, None]) / across)
    by_cut = normal_density(own[:, 1:-1, None]) * np.diff(beyond, axis=2)  # dπ by the threshold, each column
    cross = np.einsum("rcb,rcb->rc", by_cut, pull[:, :-1] - pull[:, 1:])
    found: Floats = np.einsum("rc,rca->ra", cross, _threshold_influence(margin))
    return found

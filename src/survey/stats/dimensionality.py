"""How many things a set of items measures: sampling adequacy, sphericity, parallel analysis, partial correlations.

References
----------
Kaiser, H. F. (1974). An index of factorial simplicity. Psychometrika 39, 31-36.
Bartlett, M. S. (1950). Tests of significance in factor analysis. British Journal of Psychology 3, 77-85.
Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika 30, 179-185.
Velicer, W. F. (1976). Determining the number of components from the matrix of partial correlations.
Psychometrika 41, 321-327.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from survey.stats.arrays import Floats, Ints
from survey.stats.bivariate import normal_density
from survey.stats.fit import ChiSquare
from survey.stats.patterns import Patterns
from survey.stats.polychoric import Polychoric, polychoric

#: Part of the random eigenvalues that an observed one must exceed.
PERCENTILE = 95.0
#: Data sets without any factor that a parallel analysis draws.
DRAWS = 100
#: A matrix whose smallest eigenvalue is below this has no partial correlations.
SINGULAR = 1e-10
#: Respondents from which on the polychoric correlations of unrelated items are drawn from their large-sample form.
LARGE = 100


@dataclass(frozen=True, slots=True)
class Adequacy:
    """Kaiser–Meyer–Olkin measure of all items and of each, (k,); NaN for a matrix that is not positive definite."""

    overall: float
    item: Floats


@dataclass(frozen=True, slots=True)
class Parallel:
    """Eigenvalues against those of unrelated items.

    Attributes
    ----------
    eigenvalue : (k,) float, descending; random : (k,) float, their 95th percentile without factors
    factors : eigenvalues that exceed it before the first that does not
    """

    eigenvalue: Floats
    random: Floats = field(repr=False)
    factors: int


def adequacy(correlation: Floats) -> Adequacy:
    """Share of the squared correlations that partial correlations do not repeat. R: ``psych::KMO``."""
    k = len(correlation)
    if not np.isfinite(correlation).all() or np.linalg.eigvalsh(correlation)[0] < SINGULAR:
        return Adequacy(float("nan"), np.full(k, np.nan))
    inverse = np.linalg.inv(correlation)
    root = np.sqrt(np.diagonal(inverse))
    apart = ~np.eye(k, dtype=bool)
    plain, partial = (correlation * apart) ** 2, (inverse / np.outer(root, root) * apart) ** 2
    return Adequacy(
        float(plain.sum() / (plain.sum() + partial.sum())), plain.sum(axis=0) / (plain + partial).sum(axis=0)
    )


def sphericity(correlation: Floats, n: int) -> ChiSquare:
    """Bartlett's test that the items are unrelated; NaN for a singular matrix. R: ``psych::cortest.bartlett``."""
    k = len(correlation)
    sign, log_determinant = np.linalg.slogdet(correlation)
    statistic = -(n - 1 - (2 * k + 5) / 6) * float(log_determinant) if sign > 0 else float("nan")
    return ChiSquare(statistic, k * (k - 1) // 2)


def parallel(correlation: Floats, n: int, seed: int, draws: int = DRAWS) -> Parallel:
    """Parallel analysis of product-moment correlations against `n` respondents to normal, unrelated items."""
    rng = np.random.default_rng(seed)
    return _against(correlation, (_unrelated(rng, n, len(correlation)) for _ in range(draws)))


def ordinal_parallel(patterns: Patterns, seed: int, draws: int = DRAWS) -> Parallel:
    """Parallel analysis of polychoric correlations against unrelated items with the same margins.

    Draws as many respondents as gave complete answers; from `LARGE` of them on, the correlations themselves:
    product-moment correlations as far from 0 as the items' levels make polychoric ones.
    """
    rng, complete = np.random.default_rng(seed), patterns.complete
    observed = polychoric(complete)
    if complete.n >= LARGE:
        n, wider = int(complete.n), _widening(complete, observed)
        return _against(observed.correlation, (_unrelated(rng, n, len(wider)) * wider for _ in range(draws)))
    share = np.cumsum(complete.margins(), axis=1) / complete.n
    return _against(
        observed.correlation, (polychoric(_shuffled(rng, share, complete)).correlation for _ in range(draws))
    )


def partial_factors(correlation: Floats) -> tuple[int, Floats]:
    """Velicer's MAP: components after which the others' mean squared partial correlation is least, and those means.

    The means are (k − 1,) float, after 1, 2, … components. R: ``psych::vss``, map.
    """
    k = len(correlation)
    values, vectors = np.linalg.eigh(correlation)
    loading = (vectors * np.sqrt(np.maximum(values, 0)))[:, ::-1]
    means = np.full(k - 1, np.nan)
    for m in range(1, k):
        left = correlation - loading[:, :m] @ loading[:, :m].T
        variance = np.diagonal(left)
        if variance.min() > 0:
            means[m - 1] = ((left**2 / np.outer(variance, variance)).sum() - k) / (k * (k - 1))
    return int(np.nanargmin(means)) + 1, means


def _unrelated(rng: np.random.Generator, n: int, k: int) -> Floats:
    """Correlations of n draws of k unrelated normals: Bartlett's decomposition of a Wishart matrix, no rows."""
    root = np.tril(rng.standard_normal((k, k)), -1)
    root[np.arange(k), np.arange(k)] = np.sqrt(rng.chisquare(n - 1 - np.arange(k)))
    cross = root @ root.T
    spread = np.sqrt(np.diagonal(cross))
    found: Floats = cross / np.outer(spread, spread)
    return found


def _shuffled(rng: np.random.Generator, share: Floats, like: Patterns) -> Patterns:
    n, k = int(like.n), len(like.categories)
    level: Ints = np.empty((n, k), dtype=np.intp)
    for j in range(k):
        level[:, j] = np.searchsorted(share[j, : like.categories[j] - 1], rng.random(n), side="right")
    return Patterns(level, np.ones(n), like.categories)


def _widening(complete: Patterns, observed: Polychoric) -> Floats:
    """How much wider polychoric correlations scatter around 0 than those of the normal variables, (k, k)."""
    density = np.pad(np.nan_to_num(normal_density(observed.thresholds)), ((0, 0), (1, 1)))
    share = complete.margins() / complete.n
    kept = np.divide(np.diff(density, axis=1) ** 2, share, out=np.zeros_like(share), where=share > 0).sum(axis=1)
    found: Floats = 1 / np.sqrt(np.outer(kept, kept))
    np.fill_diagonal(found, 1.0)
    return found


def _against(correlation: Floats, nothing: Iterator[Floats]) -> Parallel:
    eigenvalue: Floats = np.asarray(np.linalg.eigvalsh(correlation)[::-1], dtype=np.float64)
    drawn = np.linalg.eigvalsh(np.nan_to_num(np.stack(list(nothing))))[:, ::-1]
    random: Floats = np.asarray(np.percentile(drawn, PERCENTILE, axis=0), dtype=np.float64)
    below = np.flatnonzero(eigenvalue <= random)
    return Parallel(eigenvalue, random, int(below[0]) if len(below) else len(eigenvalue))

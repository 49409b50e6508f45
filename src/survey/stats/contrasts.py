"""Comparing groups under the design: Wald tests, Rao–Scott, ranks, pairs, linear contrasts.

All tests of one measure and one grouping rest on one covariance of the group means, so that a test
never disagrees with the intervals beside it. p-values are upper tails, right below 1e-16.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import fdtrc, stdtr

from survey.stats import influence
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.sampling import Sampling
from survey.stats.tallied import Tally
from survey.stats.variance import joint_covariance


@dataclass(frozen=True, slots=True)
class GroupMeans:
    """Means of the G groups that can be compared, with their design covariance.

    Attributes
    ----------
    group : (G,) int, which of the grouping's levels
    mean : (G,) float; covariance : (G, G) float; weight : (G,) float, the groups' weight sums
    df : of all groups together
    """

    group: Ints
    mean: Floats
    covariance: Floats = field(repr=False)
    weight: Floats
    df: int


@dataclass(frozen=True, slots=True)
class Test:
    """An F test: `df` of the numerator, `df2` of the denominator."""

    statistic: float
    df: float
    df2: float
    p_value: float


#: Design effects below this are rounding: calibration fixes the table.
FIXED = 1e-10

NOT_TESTABLE = Test(float("nan"), float("nan"), float("nan"), float("nan"))


def f_tail(statistic: float, df: float, df2: float) -> float:
    """Upper tail of F with df that need not be whole."""
    return float(fdtrc(df, df2, statistic)) if df2 > 0 and df > 0 else float("nan")


def t_tails(statistic: Floats, df: Floats) -> Floats:
    """Two-sided p of t."""
    usable = np.where(df >= 1, df, np.nan)
    return np.asarray(2 * stdtr(usable, -np.abs(statistic)), dtype=np.float64)


def group_means(tally: Tally, score: Floats, sampling: Sampling) -> GroupMeans:
    """Means of the levels' scores in the groups with df ≥ 1 of their own.

    Parameters
    ----------
    tally : of one grouping; score : (K,) float
    """
    lin = influence.level_mean(tally.total, score)
    group = np.flatnonzero(tally.df >= 1)
    value = np.zeros((*tally.total.shape, len(group)))
    for at, g in enumerate(group):
        value[g, :, at] = lin.value[g, :, 0]
    if tally.replicate is not None and sampling.replicates is not None:
        again = np.stack([influence.level_mean(t, score).estimate[group, 0] for t in tally.replicate])
        covariance = sampling.replicates.covariance(again, lin.estimate[group, 0])
    else:
        covariance = joint_covariance(tally, value, sampling)
    return GroupMeans(group, lin.estimate[group, 0], covariance, tally.size[group], tally.df_together(group))


def rank_scores(tally: Tally, order: Ints) -> Floats:
    """Weighted mid-rank of each level among all valid answers: (W(< y) + W(= y) / 2) / W, (K,).

    `order` sorts the levels upwards. A function of the data, not of its order.
    """
    weight: Floats = tally.total.sum(axis=0)[order]
    rank: Floats = (np.cumsum(weight) - weight / 2) / weight.sum()
    out = np.zeros(len(rank))
    out[order] = rank
    return out


def _differences(means: GroupMeans) -> tuple[Floats, Floats, Floats]:
    """C, the G − 1 differences from the first group, their values, and their covariance."""
    g = len(means.mean)
    c = np.hstack([-np.ones((g - 1, 1)), np.eye(g - 1)])
    return c, c @ means.mean, c @ means.covariance @ c.T


def wald(means: GroupMeans) -> Test:
    """Wald test that all means are equal. R: ``regTermTest`` of the grouping in a one-way ``svyglm``."""
    if len(means.mean) < 2:
        return NOT_TESTABLE
    _, beta, v = _differences(means)
    q = len(beta)
    df2 = float(means.df - q)
    if np.linalg.matrix_rank(v, hermitian=True) < q:
        return NOT_TESTABLE
    statistic = float(beta @ np.linalg.solve(v, beta)) / q
    return Test(statistic, float(q), df2, f_tail(statistic, q, df2)) if df2 > 0 else NOT_TESTABLE


def working_wald(means: GroupMeans) -> Test:
    """Working Wald test with Rao and Scott's second-order correction: the test that holds its level.

    R: ``regTermTest(method = "WorkingWald")`` has the same F = chisq / Σλ and df = (Σλ)² / Σλ²; its
    p is a saddlepoint value with another denominator.

    References
    ----------
    Rao, J. N. K. and Scott, A. J. (1984). On chi-squared tests for multiway contingency tables with
    cell proportions estimated from survey data. Annals of Statistics 12, 46-60.
    """
    if len(means.mean) < 2:
        return NOT_TESTABLE
    c, beta, v = _differences(means)
    working = np.linalg.inv(c @ np.diag(1 / means.weight) @ c.T)
    d = working @ v
    trace, trace2 = float(np.trace(d)), float(np.trace(d @ d))
    if trace <= 0 or trace2 <= 0 or means.df < 1:
        return NOT_TESTABLE
    statistic, df = float(beta @ working @ beta) / trace, trace**2 / trace2
    return Test(statistic, df, df * means.df, f_tail(statistic, df, df * means.df))


@dataclass(frozen=True, slots=True)
class Table:
    """Rao–Scott's test of a table and Cramér's V of its weighted shares."""

    test: Test
    cramers_v: float
    n: int


def rao_scott(tally: Tally, sampling: Sampling) -> Table:
    """Second-order corrected F test of independence. R: ``svychisq(statistic = "F")``.

    Parameters
    ----------
    tally : of one grouping, levels × groups; empty levels and groups are dropped first
    """
    groups = np.flatnonzero(tally.total.sum(axis=1) > 0)
    levels = np.flatnonzero(tally.total.sum(axis=0) > 0)
    n = int(tally.n.sum())
    if len(groups) < 2 or len(levels) < 2:
        return Table(NOT_TESTABLE, float("nan"), n)
    p = tally.total[np.ix_(groups, levels)] / tally.total.sum()
    expected = np.outer(p.sum(axis=1), p.sum(axis=0))
    phi2 = float(((p - expected) ** 2 / expected).sum())
    v = float(np.sqrt(phi2 / min(len(groups) - 1, len(levels) - 1)))
    df2 = tally.df_together()
    if (p == 0).all() or df2 < 1:
        return Table(NOT_TESTABLE, v, n)
    contrasts = _interaction(len(groups), len(levels))
    inverse = np.divide(1.0, p.ravel(), out=np.zeros(p.size), where=p.ravel() > 0)
    weighted = contrasts * inverse[:, None]
    covariance = _share_covariance(tally, np.ix_(groups, levels), p, weighted, sampling)
    working = weighted.T @ contrasts / n
    # Empty cells may leave contrasts that nobody speaks to.
    delta = (
        np.linalg.pinv(working, hermitian=True) @ covariance if (p == 0).any() else np.linalg.solve(working, covariance)
    )
    return Table(corrected(n * phi2, delta, df2), v, n)


def corrected(x2: float, delta: Floats, df2: int) -> Test:
    """Rao and Scott's second-order correction of X² by its generalised design effects."""
    trace, trace2 = float(np.trace(delta)), float((delta * delta.T).sum())
    if not (trace > FIXED * len(delta) and trace2 > 0):
        return NOT_TESTABLE
    statistic, df = x2 / trace, trace**2 / trace2
    return Test(statistic, df, df * df2, f_tail(statistic, df, df * df2))


def _share_covariance(tally: Tally, cells: tuple[Ints, ...], p: Floats, weighted: Floats, sampling: Sampling) -> Floats:
    """Covariance of linear functions, (cells, J), of the table's shares p."""
    if tally.replicate is not None and sampling.replicates is not None:
        each = np.stack([t[cells] / t.sum() for t in tally.replicate]).reshape(len(tally.replicate), -1)
        return sampling.replicates.covariance(each @ weighted, p.ravel() @ weighted)
    value = np.zeros((*tally.total.shape, weighted.shape[1]))
    value[cells] = weighted.reshape(*p.shape, -1) / tally.total.sum()
    # The shares' linearised value takes off the mean over all cells; it vanishes only where no cell is empty.
    value[cells] -= (p.ravel() @ weighted) / tally.total.sum()
    return joint_covariance(tally, value, sampling)


def _interaction(rows: int, columns: int) -> Floats:
    """Interaction contrasts of a table's cells, (rows·columns, (rows−1)(columns−1)), orthogonal to main effects."""
    return np.asarray(np.kron(_helmert(rows), _helmert(columns)), dtype=np.float64)


def _helmert(k: int) -> Floats:
    """Contrasts of k categories, (k, k − 1): each against the mean of those before."""
    found = np.triu(-np.ones((k, k - 1)))
    found[np.arange(1, k), np.arange(k - 1)] = np.arange(1, k)
    return np.asarray(found / np.sqrt((found**2).sum(axis=0)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Differences a − b of every two groups, a before b; arrays of one entry a pair."""

    first: Ints
    second: Ints
    difference: Floats
    std_error: Floats
    df: Floats
    p_value: Floats


def pairs(tally: Tally, means: GroupMeans) -> Pairs:
    """Every difference of two groups with its error; df of the two groups compared."""
    a, b = np.triu_indices(len(means.mean), 1)
    difference = means.mean[a] - means.mean[b]
    v = means.covariance
    se = np.sqrt(np.maximum(v[a, a] + v[b, b] - 2 * v[a, b], 0))
    first, second = means.group[a], means.group[b]
    df = df_of_pairs(tally, first, second)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = t_tails(difference / se, df)
    return Pairs(first, second, difference, se, df, p)


def df_of_pairs(tally: Tally, first: Ints, second: Ints) -> Floats:
    """Degrees of freedom of every two groups taken together, (m,)."""
    if tally.weights is not None:
        return np.array([tally.df_together(np.array(both)) for both in zip(first, second, strict=True)], dtype=float)
    psus = _either(tally.n, None, first, second) if tally.in_psu is None else _held(tally.in_psu, first, second)
    found: Floats = psus - _held(tally.in_stratum, first, second)
    return found


def _held(present: Bools, first: Ints, second: Ints) -> Floats:
    """Units that hold an answer of one group or the other."""
    inside = present.astype(float)
    return _either(inside.sum(axis=1), inside @ inside.T, first, second)


def _either(size: Floats | Ints, both: Floats | None, first: Ints, second: Ints) -> Floats:
    shared = 0.0 if both is None else both[first, second]
    return np.asarray(size[first] + size[second] - shared, dtype=np.float64)


def linear(means: GroupMeans, coefficient: Floats) -> tuple[float, float, Test]:
    """A linear contrast of the means: its value, its error, and its t test as F (trend over ordered groups)."""
    value = float(coefficient @ means.mean)
    se = float(np.sqrt(max(float(coefficient @ means.covariance @ coefficient), 0.0)))
    if se == 0 or means.df < 1:
        return value, se, NOT_TESTABLE
    statistic = (value / se) ** 2
    return value, se, Test(statistic, 1.0, float(means.df), float(t_tails(np.array(value / se), np.array(means.df))))


def steps(position: Ints) -> Floats:
    """Coefficients whose contrast is the slope of group means on the groups' positions, each group counting once."""
    apart = position - position.mean()
    found: Floats = apart / (apart @ apart)
    return found


def error_factor(means: GroupMeans, n: Floats, variance: float) -> float:
    """How many times too small the errors of an unweighted analysis of variance are, on average over the contrasts.

    The root of the mean generalised design effect, tr(V₀⁻¹V) / (G − 1), V₀ being what independent
    respondents with a common `variance` would give.

    Parameters
    ----------
    n : respondents of the groups of `means`
    """
    if len(means.mean) < 2 or not variance > 0:
        return float("nan")
    c, _, v = _differences(means)
    simple = variance * (c @ np.diag(1 / n) @ c.T)
    return float(np.sqrt(np.trace(np.linalg.solve(simple, v)) / len(v)))

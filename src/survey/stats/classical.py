"""The unweighted battery through pingouin and scipy, from the counts of a grouping's levels.

Both libraries want one row a respondent: answers are written out again from C, the (G, K) counts of G
groups at K levels with numbers `score`, (K,). Imported late: the libraries take seconds to load.

References
----------
Games, P. A. and Howell, J. F. (1976). Pairwise multiple comparison procedures with unequal n's and/or
variances. J. Educ. Stat. 1, 113-125.
Brown, M. B. and Forsythe, A. B. (1974). Robust tests for the equality of variances. JASA 69, 364-367.
Mann, H. B. and Whitney, D. R. (1947). On a test of whether one of two random variables is stochastically
larger than the other. Ann. Math. Statist. 18, 50-60.
Vallat, R. (2018). Pingouin: statistics in Python. JOSS 3, 1026.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from types import ModuleType

import numpy as np
import pandas as pd

from survey.stats.arrays import Floats, Ints
from survey.stats.contrasts import NOT_TESTABLE, Test


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the battery takes for granted, looked at.

    Attributes
    ----------
    spread : Brown and Forsythe's test that all groups vary alike (Levene's around the median)
    skewness : of the residuals from the group means, all groups together
    """

    spread: Test
    skewness: float


@dataclass(frozen=True, slots=True)
class PairTests:
    """Every two groups of two respondents or more, a before b; arrays of one entry a pair.

    Attributes
    ----------
    difference, error, df : of a − b, unequal variances
    t, welch, games_howell : Welch's t, its p, and its p by the studentised range over all pairs
    student, student_p, student_df : t with a pooled variance
    u, mann_whitney : U of the first group and its p, normal with ties and continuity corrected
    """

    first: Ints
    second: Ints
    difference: Floats
    error: Floats
    df: Floats
    t: Floats
    welch: Floats
    games_howell: Floats
    student: Floats
    student_p: Floats
    student_df: Floats
    u: Floats
    mann_whitney: Floats


def anova(count: Floats, score: Floats) -> Test:
    """One-way analysis of variance. R: ``aov``."""
    rows = _rows(count, score)
    if rows["group"].nunique() < 2 or not _varies(rows):
        return NOT_TESTABLE
    with _pingouin() as pingouin:
        found = pingouin.anova(data=rows, dv="answer", between="group").iloc[0]
    return Test(float(found["F"]), float(found["ddof1"]), float(found["ddof2"]), float(found["p_unc"]))


def assumptions(count: Floats, score: Floats) -> Assumptions:
    """Equality of spread and symmetry of the residuals; NaN where there is too little to see."""
    from scipy.stats import skew

    rows = _rows(count, score)
    if rows["group"].nunique() < 2 or not _varies(rows):
        return Assumptions(NOT_TESTABLE, float("nan"))
    with _pingouin() as pingouin:
        found = pingouin.homoscedasticity(rows, dv="answer", group="group", method="levene", center="median")
    groups = rows["group"].nunique()
    spread = Test(float(found["W"].iloc[0]), float(groups - 1), float(len(rows) - groups), float(found["pval"].iloc[0]))
    residual = rows["answer"] - rows.groupby("group")["answer"].transform("mean")
    return Assumptions(spread, float(skew(residual.to_numpy(), bias=False)))


def pair_tests(count: Floats, score: Floats) -> PairTests:
    """Games–Howell, Welch, Student and Mann–Whitney of every two groups that vary."""
    from scipy.stats import mannwhitneyu, ttest_ind

    held = _varying(count)
    pairs = list(combinations(held.tolist(), 2))
    first, second = (np.array(side, dtype=np.intp) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
    answers = {g: np.repeat(score, count[g].astype(np.intp)) for g in held.tolist()}
    student = [ttest_ind(answers[a], answers[b]) for a, b in pairs]
    ranks = [mannwhitneyu(answers[a], answers[b], method="asymptotic") for a, b in pairs]
    difference, error, df, t, welch, howell = _games_howell(count, score, held)
    n = count.sum(axis=1)
    return PairTests(
        first,
        second,
        difference,
        error,
        df,
        t,
        welch,
        howell,
        student=np.array([float(s.statistic) for s in student]),
        student_p=np.array([float(s.pvalue) for s in student]),
        student_df=n[first] + n[second] - 2,
        u=np.array([float(r.statistic) for r in ranks]),
        mann_whitney=np.array([float(r.pvalue) for r in ranks]),
    )


def _games_howell(count: Floats, score: Floats, held: Ints) -> tuple[Floats, ...]:
    """Difference, error, df, t, Welch's p and Games and Howell's p of every two groups of `held`."""
    from scipy.stats import t as student

    if len(held) < 2:
        return tuple(np.zeros(0) for _ in range(6))
    kept = np.zeros_like(count)
    kept[held] = count[held]
    with _pingouin() as pingouin:
        found = pingouin.pairwise_gameshowell(data=_rows(kept, score), dv="answer", between="group")
    difference, error, df, t, p = (found[c].to_numpy(float) for c in ("diff", "se", "df", "T", "pval"))
    return difference, error, df, t, 2 * student.sf(np.abs(t), df), p


def chi2(count: Floats) -> Test:
    """Pearson's test of independence without continuity correction; `df2` is infinite.

    R: ``chisq.test(correct = FALSE)``. Empty levels and groups are dropped first.
    """
    from scipy.stats import chi2_contingency

    table = count[np.ix_(count.sum(axis=1) > 0, count.sum(axis=0) > 0)]
    if min(table.shape) < 2:
        return NOT_TESTABLE
    found = chi2_contingency(table, correction=False)
    return Test(float(found.statistic), float(found.dof), float("inf"), float(found.pvalue))


def _rows(count: Floats, score: Floats) -> pd.DataFrame:
    """One row a respondent: group (number), answer."""
    times = count.astype(np.intp).ravel()
    group = np.repeat(np.arange(len(count)), count.shape[1])
    return pd.DataFrame(
        {"group": np.repeat(group, times), "answer": np.repeat(np.tile(score.astype(float), len(count)), times)}
    )


def _varies(rows: pd.DataFrame) -> bool:
    ends = rows.groupby("group")["answer"].agg(["min", "max"])
    return bool((ends["max"] > ends["min"]).any())


def _varying(count: Floats) -> Ints:
    """Groups in which at least two respondents gave different answers."""
    return np.flatnonzero((count > 0).sum(axis=1) > 1)


@contextmanager
def _pingouin() -> Iterator[ModuleType]:
    with warnings.catch_warnings():
        # Warnings of pandas about pingouin's own code.
        warnings.simplefilter("ignore")
        import pingouin

        yield pingouin

"""The unweighted battery of textbooks, row by row, and by how much its errors are too small.

For nonprobability waves, and where the study asks for `method: classical` or `both`. It takes no account
of weights or clusters; on a clustered sample `error_factor` says what that costs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from survey.analyse.families import UNWEIGHTED, FamilyRows, Split, scattered, tested, whole
from survey.stats import classical as unweighted
from survey.stats import contrasts, ranks, welch
from survey.stats.arrays import Floats
from survey.stats.contrasts import GroupMeans
from survey.stats.tallied import Tally

#: Design effects up to this are let pass without a word.
SMALL_DEFF = 1.2


def battery(
    rows: FamilyRows,
    key: Mapping[str, object],
    pair_key: Mapping[str, object],
    split: Split,
    value: Floats,
    tally: Tally,
) -> None:
    """Analysis of variance, its assumptions, and every two groups by t, Welch, Games–Howell, Mann–Whitney and Dunn.

    Parameters
    ----------
    key, pair_key : columns that the rows over all groups, and those of pairs, share
    value : (K,) numbers of the levels of `tally`, which is of the grouping `split`
    """
    base = {**key, **whole(tally)}
    looked = unweighted.assumptions(tally.count, value)
    for estimand, test, words in (
        ("anova", unweighted.anova(tally.count, value), "one-way analysis of variance"),
        ("brown_forsythe", looked.spread, "Levene's test around medians: do the groups vary alike?"),
    ):
        rows.add(base | tested(test) | {"estimand": estimand, "unit": "F", "method": f"{UNWEIGHTED}: {words}"})
    words = f"{UNWEIGHTED}: skewness of residuals from group means; 0 if symmetric"
    rows.add(base | {"estimand": "skewness", "estimate": looked.skewness, "unit": "skewness", "method": words})
    _pairs(rows, pair_key, split, value, tally)


def _pairs(rows: FamilyRows, key: Mapping[str, object], split: Split, value: Floats, tally: Tally) -> None:
    found, size = unweighted.pair_tests(tally.count, value), len(split.contrasts)
    at, dunn = split.place(found.first, found.second), ranks.rank_pairs(tally.count)
    t = {"estimate": found.difference, "std_error": found.error, "df": found.df, "statistic": found.t}
    student = {"statistic": found.student, "df": found.student_df, "p_value": found.student_p}
    for estimand, columns, unit, words in (
        ("t_test", student, "t", "Student's t, pooled variance"),
        ("welch_t", t | {"p_value": found.welch}, "scale points", "Welch's t"),
        (
            "games_howell",
            t | {"p_value": found.games_howell},
            "scale points",
            "Games-Howell, all pairs of the grouping",
        ),
        ("mann_whitney", {"statistic": found.u, "p_value": found.mann_whitney}, "U", "Mann-Whitney, ties corrected"),
    ):
        placed = {name: scattered(column, at, size) for name, column in columns.items()}
        rows.add({**key, **placed, "estimand": estimand, "unit": unit, "method": f"{UNWEIGHTED}: {words}"})
    at = split.place(dunn.first, dunn.second)
    placed = {"statistic": scattered(dunn.z, at, size), "p_value": scattered(dunn.p_value, at, size)}
    rows.add(
        {**key, **placed, "estimand": "dunn", "unit": "z", "method": f"{UNWEIGHTED}: Dunn's pairs after Kruskal-Wallis"}
    )


def error_factor(rows: FamilyRows, key: Mapping[str, object], value: Floats, tally: Tally, means: GroupMeans) -> None:
    """A row that says how many times too small the battery's errors are, where the design effect is not small."""
    m = welch.moments(tally.count, value)
    within = float(np.nansum((m.n - 1) * m.variance) / max(float((m.n[m.n > 1] - 1).sum()), 1.0))
    factor = contrasts.error_factor(means, tally.n[means.group].astype(float), within)
    if factor**2 > SMALL_DEFF:
        words = "root of the mean design effect of the differences: unweighted errors are so many times too small"
        rows.add(
            {**key, **whole(tally), "estimand": "error_factor", "estimate": factor, "unit": "ratio", "method": words}
        )

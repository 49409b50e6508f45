"""Which differences between groups a planned sample can show, for every grouping × indicator."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from survey.core.study import ALL_INDICATORS
from survey.errors import SurveyError, unknown_name
from survey.plan.basis import Basis, Grouped, Measured, Size
from survey.stats.arrays import Floats
from survey.stats.clusters import Clustering, clustering
from survey.stats.multiplicity import bonferroni_level
from survey.stats.power import Announcement, announced, noncentrality

POWERS = (0.80, 0.95)
#: Where the study declares no smallest effect: this part of the scale's width.
DEFAULT_EFFECT = 0.1


@dataclass(frozen=True)
class Levels:
    """Levels of the tests after adjustment, for one gap among true nulls: the first step of Holm, Bonferroni's."""

    pair: float
    omnibus: float
    pairs: int
    tests: int


def levels(basis: Basis) -> Levels:
    """Levels over the families of `compare`: every pair, and every grouping, of every indicator."""
    indicators = len(_indicators(basis))
    sizes = [int((g.mixing.share > 0).sum()) for g in basis.groupings]
    pairs, tests = indicators * sum(k * (k - 1) // 2 for k in sizes), indicators * sum(k > 1 for k in sizes)
    alpha = 1 - basis.study.conf_level
    if basis.study.adjust == "none":
        return Levels(alpha, alpha, pairs, tests)
    return Levels(1 - bonferroni_level(1 - alpha, pairs), 1 - bonferroni_level(1 - alpha, tests), pairs, tests)


@dataclass(frozen=True)
class Comparison:
    """One indicator in one grouping of a planned sample.

    Attributes
    ----------
    n : (G,) expected answers; error : (G, G) standard error of each difference, in scale points
    """

    measure: Measured
    grouped: Grouped
    n: Floats
    error: Floats
    clusters: Clustering

    def test(self, a: int, b: int, at: Levels) -> Announcement:
        """What the pair must pass."""
        df, df_all = self.clusters.df_pair[a, b], self.clusters.df_all
        groups = int((self.n > 0).sum())
        # Hundredths of a degree: the same tests are computed once.
        return Announcement(at.pair, round(float(df), 2), groups, at.omnibus, round(df_all, 2))


def comparison(basis: Basis, size: Size, measure: Measured, grouped: Grouped) -> Comparison:
    """Errors of all differences: deff = Kish × (1 + (b − 1)·ICC), less what groups of one unit have in common."""
    mixed = grouped.mixing
    clusters = clustering(mixed, size.psus, size.take)
    n = size.n * mixed.share * measure.answered_in[grouped.by]
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = grouped.kish / n
    alike = measure.likeness
    squared = alone[:, None] + alone[None, :] + alike.icc * basis.kish * clusters.difference
    return Comparison(measure, grouped, n, alike.std_dev * np.sqrt(squared), clusters)


def detectable_gap(
    basis: Basis, size: Size, measure: str, by: str, pair: tuple[str, str], power: float = 0.95
) -> float:
    """The true difference of two groups' means that is announced with probability `power`, in scale points.

    Announced: the omnibus test of the grouping and the test of the pair, both after adjustment over the
    whole family of the study. NaN where the sample has too few sampling units.
    """
    grouped = basis.grouping(by)
    if unknown := [key for key in pair if key not in grouped.keys]:
        raise SurveyError(unknown_name(f"group of {by}", unknown[0], grouped.keys))
    a, b = (grouped.keys.index(key) for key in pair)
    found = comparison(basis, size, basis.measure(measure), grouped)
    return float(noncentrality(found.test(a, b, levels(basis)), power) * found.error[a, b])


def smallest_effect(basis: Basis, measure: Measured) -> float:
    """The declared difference that matters, else a tenth of the scale."""
    declared = basis.study.smallest_effect
    return declared.get(measure.name, declared.get(ALL_INDICATORS, DEFAULT_EFFECT * measure.span))


def pairs(basis: Basis, size: Size) -> pd.DataFrame:
    """One row a pair × indicator: error, degrees of freedom, gaps at each power, power at the smallest effect."""
    at, rows = levels(basis), []
    for grouped in basis.groupings:
        for measure in _indicators(basis):
            rows += _rows(basis, comparison(basis, size, measure, grouped), at)
    return pd.DataFrame(rows)


def _indicators(basis: Basis) -> list[Measured]:
    named = {i.name for i in basis.instrument.indicators}
    return [m for m in basis.measures if m.name in named]


def _rows(basis: Basis, found: Comparison, at: Levels) -> list[dict[str, object]]:
    keys, effect, rows = found.grouped.keys, smallest_effect(basis, found.measure), []
    for a, b in combinations(range(len(keys)), 2):
        error = float(found.error[a, b])
        test = found.test(a, b, at)
        row: dict[str, object] = {"measure": found.measure.name, "by": found.grouped.by}
        row |= {"contrast": f"{keys[a]} - {keys[b]}", "n_a": found.n[a], "n_b": found.n[b]}
        usable = np.isfinite(error) and test.df >= 1
        row |= {"std_error": error if usable else np.nan, "df": test.df}
        for power in POWERS:
            row[f"gap_{round(100 * power)}"] = noncentrality(test, power) * error if usable else np.nan
        row["effect"] = effect
        row["power"] = announced(round(effect / error, 4), test) if usable else np.nan
        rows.append(row)
    return rows


def by_grouping(of_pairs: pd.DataFrame) -> pd.DataFrame:
    """One row a grouping × indicator: the pair that is easiest to tell apart and the one that is hardest."""
    rows = []
    for (by, measure), each in of_pairs.groupby(["by", "measure"], sort=False):
        known = each.dropna(subset=["gap_80"]).sort_values("gap_80", kind="stable")
        row = {"by": by, "measure": measure, "pairs": len(each)}
        if len(known):
            low, high = known.iloc[0], known.iloc[-1]
            row |= {"easiest pair": low["contrast"], "gap at 80 %": low["gap_80"], "gap at 95 %": low["gap_95"]}
            row |= {
                "hardest pair": high["contrast"],
                "its gap at 80 %": high["gap_80"],
                "its gap at 95 %": high["gap_95"],
            }
            row |= {"effect": low["effect"], "power, easiest": low["power"], "power, hardest": high["power"]}
        rows.append(row)
    return pd.DataFrame(rows)

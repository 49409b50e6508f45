"""What is true of the synthetic population: the values that a sample should find, and what was planted.

The truth is counted over every adult's answers, by the same rules of scoring as the survey's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.simulate import perception
from survey.simulate.fieldwork import Fieldwork
from survey.simulate.habits import DONT_KNOW, NOT_APPLICABLE, RATINGS
from survey.simulate.perception import Plan
from survey.simulate.population import Ints, means_by

#: Questions of which the share of every level is told, beside the items and ratings.
SHARES = ("sc_tahu", "sc_paham", "sv_tsc", "sv_siaran", "sv_pay", "sv_wifi", "sv_cctv", "dd_inet")
#: Planted gaps that a wave is large enough to find: grouping → the two levels.
GAPS = {"pddk3": ("0-2", "4-6"), "umur_kel": ("25-34", "65+"), "pdpt3": ("1-2", "4-5")}
#: Answers lie between LOWEST (refused) and LOWEST + WIDTH − 1.
LOWEST, WIDTH = -9, 16
COLUMNS = ["measure", "level", "estimand", "by", "by_level", "value", "adults"]


Counts = NDArray[np.float64]


class Census:
    """Counts over everyone and over each level of each grouping, by one pass over the adults.

    Attributes
    ----------
    keys : (by, by_level) of each domain; the first is everyone.
    """

    def __init__(self, work: Fieldwork) -> None:
        groupings = work.groupings()
        shape = tuple(len(keys) + 1 for _, keys in groupings.values())
        places = np.stack([codes.astype(np.intp) + 1 for codes, _ in groupings.values()])
        self.cell = np.ravel_multi_index(tuple(places), shape)
        of_cell = np.unravel_index(np.arange(int(np.prod(shape))), shape)
        self.keys: list[tuple[str, str]] = [("", "")]
        members = [np.ones(len(of_cell[0]))]
        for (by, (_, keys)), level in zip(groupings.items(), of_cell, strict=True):
            for i, key in enumerate(keys, start=1):
                self.keys.append((by, key))
                members.append((level == i).astype(float))
        self.members = np.array(members)

    def count(self, answers: NDArray[np.integer]) -> NDArray[np.float64]:
        """(domains, 16) adults by answer; the answer is the column's number + LOWEST."""
        joint = self.cell * WIDTH + (answers.astype(np.intp) - LOWEST)
        cells = self.members.shape[1]
        return self.members @ np.bincount(joint, minlength=cells * WIDTH).reshape(cells, WIDTH)

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(domains,) sum of `values` over each domain."""
        return self.members @ np.bincount(self.cell, values, self.members.shape[1])


def values(work: Fieldwork) -> pd.DataFrame:
    """Table of true values, one row a measure, level, estimand and domain.

    Columns as in the estimates table, and `adults`, the adults that hold a valid answer.
    """
    census = Census(work)
    counts = {i: census.count(work.answers[i]) for p in work.plans.values() for i in p.items}
    rows = [row for name, plan in work.plans.items() for row in _indicator(census, counts, work, name, plan)]
    counts |= {name: census.count(work.answers[name]) for name in RATINGS}
    for name, count in counts.items():
        rows += [*_mean(census, name, count), *_unknown(census, name, [count])]
        rows += [row for row in _levels(census, name, count) if row[3] == ""]
    for name in SHARES:
        rows += _levels(census, name, census.count(work.answers[name]))
    for name, answers in _binaries(work).items():
        rows += _levels(census, name, census.count(answers))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame[frame["adults"] > 0].reset_index(drop=True)


def facts(work: Fieldwork, table: pd.DataFrame) -> dict[str, object]:
    """What was built in: population, clustering, planted gaps with their true size, gaps that are absent."""
    means = table[(table["estimand"] == "mean") & table["measure"].isin(list(work.plans))]
    mean = means.set_index(["measure", "by", "by_level"])["value"]
    people = work.population
    return {
        "population": {"adults": people.n, "neighbourhoods": len(people.adults_of_rt), "seed": people.seed},
        "scenario": work.scenario,
        "year": work.year,
        "icc": {name: _icc(work, plan) for name, plan in work.plans.items()},
        "planted": [
            {"measure": n, "by": by, "contrast": f"{a} - {b}", "planned": planned,
             "true": round(float(mean[n, by, a] - mean[n, by, b]), 6)}
            for n, plan in work.plans.items() for by, (a, b), planned in _planted(work, plan)
        ],
        "absent": [
            {"measure": n, "by": by} for n, p in work.plans.items() for by, points in p.profiles.items()
            if not any(points)
        ],
    }  # fmt: skip


def margins(work: Fieldwork) -> list[tuple[str, tuple[str, ...], tuple[str, ...], int]]:
    """Adults by kecamatan and sex, and by age group: margin, dims, categories, number."""
    groups = work.groupings()
    (kec, kec_keys), (jk, jk_keys), (age, age_keys) = groups["kec"], groups["jk"], groups["umur_kel"]
    cells = np.bincount(kec.astype(int) * len(jk_keys) + jk)
    pairs = [(k, j) for k in kec_keys for j in jk_keys]
    crossed = [("kec_x_jk", ("kec", "jk"), pair, int(n)) for pair, n in zip(pairs, cells, strict=True)]
    ages = zip(age_keys, np.bincount(age), strict=True)
    return [*crossed, *(("umur_kel", ("umur_kel",), (key,), int(n)) for key, n in ages)]


def icc(score: NDArray[np.float64], group: Ints, stratum: Ints) -> float:
    """Correlation of the scores of two adults of one group, within strata (analysis of variance, unequal sizes)."""
    seen = np.isfinite(score)
    y, g, s = score[seen], group[seen], stratum[seen]
    y = y - means_by(y, s, int(s.max()) + 1)[s]
    size = np.bincount(g)
    size, mean = size[size > 0], means_by(y, g, len(size))[size > 0]
    between = float((size * mean**2).sum()) / (len(size) - len(np.unique(s)))
    within = float((y**2).sum() - (size * mean**2).sum()) / (len(y) - len(size))
    typical = (len(y) - (size**2).sum() / len(y)) / (len(size) - 1)
    return float((between - within) / (between + (typical - 1) * within))


def _planted(work: Fieldwork, plan: Plan) -> Iterator[tuple[str, tuple[str, str], float]]:
    groupings = work.groupings()
    for by, (a, b) in GAPS.items():
        points = plan.profiles.get(by)
        if points is not None and any(points):
            keys = groupings[by][1]
            yield by, (a, b), round(points[keys.index(a)] - points[keys.index(b)], 6)


def _indicator(
    census: Census, counts: Mapping[str, Counts], work: Fieldwork, name: str, plan: Plan
) -> list[tuple[object, ...]]:
    score = perception.scores(work.answers, plan)
    valid = np.isfinite(score)
    n = census.total(valid.astype(float))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = census.total(np.where(valid, score, 0.0)) / n
    rows = [*_rows(census, name, "", "mean", mean, n), *_rows(census, name, "", "score100", (mean - 1) * 25, n)]
    return rows + _unknown(census, name, [counts[i] for i in plan.items])


def _mean(census: Census, name: str, count: Counts) -> list[tuple[object, ...]]:
    """Of codes 1 to 5."""
    valid = count[:, 1 - LOWEST :]
    n = valid.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _rows(census, name, "", "mean", valid @ np.arange(1, 1 + valid.shape[1]) / n, n)


def _levels(census: Census, name: str, count: Counts) -> list[tuple[object, ...]]:
    n = count[:, -LOWEST:].sum(axis=1)
    rows: list[tuple[object, ...]] = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for place in range(-LOWEST, WIDTH):
            if count[0, place]:
                rows += _rows(census, name, str(place + LOWEST), "proportion", count[:, place] / n, n)
    return rows


def _unknown(census: Census, name: str, items: Sequence[Counts]) -> list[tuple[object, ...]]:
    """Don't-know answers of the items over those that were asked."""
    asked = sum(c.sum(axis=1) - c[:, NOT_APPLICABLE - LOWEST] for c in items)
    unknown = sum(c[:, DONT_KNOW - LOWEST] for c in items)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _rows(census, name, "", "dont_know", np.asarray(unknown / asked), np.asarray(asked))


def _rows(
    census: Census, name: str, level: str, estimand: str, value: NDArray[np.float64], n: NDArray[np.float64]
) -> list[tuple[object, ...]]:
    return [
        (name, level, estimand, by, key, round(float(v), 9), int(m))
        for (by, key), v, m in zip(census.keys, value, n, strict=True)
    ]


def _binaries(work: Fieldwork) -> Mapping[str, NDArray[np.integer]]:
    a, groupings = work.answers, work.groupings()
    unaware = (a["sc_tahu"] == 0) | (a["sc_paham"] == 1)
    return {"tak_tahu_sc": unaware.astype(np.int8)} | {name: groupings[name][0] for name in ("pengguna", "tahu_sc")}


def _icc(work: Fieldwork, plan: Plan) -> dict[str, float]:
    score, people = perception.scores(work.answers, plan), work.population
    return {
        "rt": round(icc(score, people.rt, people.kec), 4),
        "kelurahan": round(icc(score, people.kel, people.kec), 4),
        "sd": round(float(np.nanstd(score)), 4),
    }

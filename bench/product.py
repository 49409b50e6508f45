"""Every job by the package's own arithmetic, in one process. Usage: product.py FILE.parquet [JOB …]

Prints one JSON line: seconds by job, and the results that the peers' are held against.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import numpy as np
from layout import (
    COMPARED,
    DESIGN,
    GROUPS,
    INDICATORS,
    ITEMS,
    LEVELS,
    MARGINS,
    REPLICATES,
    SCORES,
    items_of,
    read,
    targets,
)

from survey.stats import influence, interval
from survey.stats.calibrate import calibrate
from survey.stats.contrasts import rao_scott
from survey.stats.products import Grouping
from survey.stats.ranks import kruskal, rank_pairs
from survey.stats.reliability import alpha, complete_moments, feldt_interval, item_statistics
from survey.stats.replicate import rao_wu
from survey.stats.sampling import Sampling, sampling
from survey.stats.tallied import Tally
from survey.stats.tally import level_tallies, number_tallies
from survey.stats.variance import variance

Results = dict[str, list[float]]
#: So many raked weights are printed, to be held against the peers'.
COMPARED_WEIGHTS = 100
#: A number near the scores' means: squares around it lose no digits.
MIDDLE = 3.0


class Wave:
    """The wave as arrays, and what several jobs share: made by the first that asks."""

    def __init__(self, path: Path, columns: Iterable[str]) -> None:
        self.data = read(path, [*DESIGN, *GROUPS, *columns])

    @cached_property
    def sampling(self) -> Sampling:
        """Strata and PSUs, with replacement."""
        d = self.data
        return sampling(d["weight"], [(d["stratum"], d["psu"], np.full(len(d["psu"]), np.inf))])

    @cached_property
    def groupings(self) -> tuple[Grouping, ...]:
        """The six groupings, 27 domains."""
        return tuple(Grouping(self.data[name], k) for name, k in GROUPS.items())

    @cached_property
    def scores(self) -> dict[str, Tally]:
        """Sums of each score and its square around `MIDDLE`, by domain."""
        numbers = [self.data[name] for name in SCORES]
        tallies = number_tallies(numbers, [MIDDLE] * len(SCORES), self.groupings, self.sampling)
        return dict(zip(SCORES, tallies, strict=True))

    @cached_property
    def items(self) -> dict[str, list[Tally]]:
        """Sums of each item's levels: for everyone, then by grouping."""
        everyone = Grouping(np.zeros(len(self.data["psu"]), dtype=np.intp), 1)
        variables = [Grouping(self.data[name], LEVELS) for name in ITEMS]
        tallies = level_tallies(variables, (everyone, *self.groupings), self.sampling)
        return {name: tally.separate((1, *GROUPS.values())) for name, tally in zip(ITEMS, tallies, strict=True)}


def add(results: Results, **found: object) -> None:
    """Append numbers to the named lists."""
    for name, value in found.items():
        results[name] += np.ravel(value).tolist()


def domain_tables(wave: Wave) -> Results:
    """162 means with error and interval."""
    out: Results = {"estimate": [], "std_error": [], "conf_low": [], "conf_high": []}
    for tally in wave.scores.values():
        lin = influence.column_mean(tally.total, MIDDLE)
        se = np.sqrt(variance(tally, lin.value, wave.sampling))
        low, high = interval.wald(lin.estimate, se, tally.df[:, None].astype(float), 0.95)
        add(out, estimate=lin.estimate, std_error=se, conf_low=low, conf_high=high)
    return out


def level_shares(wave: Wave) -> Results:
    """180 shares of answers with their errors, over everyone."""
    out: Results = {"estimate": [], "std_error": []}
    for everyone, *_ in wave.items.values():
        lin = influence.shares(everyone.total)
        add(out, estimate=lin.estimate, std_error=np.sqrt(variance(everyone, lin.value, wave.sampling)))
    return out


def rao_scott_tests(wave: Wave) -> Results:
    """216 tests of item by grouping."""
    out: Results = {"statistic": [], "df": [], "p_value": []}
    for _, *by_grouping in wave.items.values():
        for tally in by_grouping:
            test = rao_scott(tally, wave.sampling).test
            add(out, statistic=test.statistic, df=test.df, p_value=test.p_value)
    return out


def rank_battery(wave: Wave) -> Results:
    """36 Kruskal–Wallis tests with their pairs."""
    out: Results = {"statistic": [], "z": [], "delta": []}
    for _, *by_grouping in wave.items.values():
        count = by_grouping[list(GROUPS).index(COMPARED)].count
        pairs = rank_pairs(count)
        add(out, statistic=kruskal(count).statistic, z=pairs.z, delta=pairs.delta)
    return out


def alphas(wave: Wave) -> Results:
    """6 alphas with interval and item statistics."""
    out: Results = {"alpha": [], "interval": [], "item_rest": []}
    for indicator, k in INDICATORS.items():
        codes = np.stack([wave.data[name] for name in items_of(indicator)])
        moments = complete_moments(np.where(codes >= 0, codes, np.nan).T)
        found = alpha(moments.covariance)
        ends = feldt_interval(found, int(moments.n[0, 0]), k, 0.95)
        add(out, alpha=found, interval=ends, item_rest=item_statistics(moments.covariance).item_rest)
    return out


def raking(wave: Wave) -> Results:
    """Weights raked to three margins, to 1e-10."""
    d = wave.data
    goal = targets({name: np.bincount(d[name], d["weight"], GROUPS[name]) for name in MARGINS})
    found = calibrate(d["weight"], [d[name] for name in MARGINS], list(goal.values()), names=MARGINS)
    return {"weight": found.weight[:COMPARED_WEIGHTS].tolist()}


def bootstrap(wave: Wave) -> Results:
    """Errors of 30 means from 500 Rao–Wu replicates."""
    factor = rao_wu(wave.sampling.stratum_of_psu, REPLICATES, seed=1)
    out: Results = {"std_error": []}
    for tally in wave.scores.values():
        of_group = tally.separate(list(GROUPS.values()))[list(GROUPS).index(COMPARED)].unit
        assert of_group is not None
        weight, apart = (factor @ of_group[:, :, column].T for column in (0, 1))
        add(out, std_error=(apart / weight).std(axis=0, ddof=1))
    return out


JOBS: dict[str, Callable[[Wave], Results]] = {
    "domain_tables": domain_tables,
    "level_shares": level_shares,
    "rao_scott": rao_scott_tests,
    "ranks": rank_battery,
    "alphas": alphas,
    "raking": raking,
    "bootstrap": bootstrap,
}
#: Columns that a job reads beside the design and the groupings; every item where it is not named here.
READS = {"domain_tables": SCORES, "bootstrap": SCORES, "raking": []}


def main(path: Path, jobs: list[str]) -> None:
    """Run the jobs and print their seconds and results."""
    seconds: dict[str, float] = {}
    results: dict[str, Results] = {}
    start = time.perf_counter()
    chosen = jobs or list(JOBS)
    wave = Wave(path, dict.fromkeys(column for name in chosen for column in READS.get(name, ITEMS)))
    seconds["read"] = time.perf_counter() - start
    for name in chosen:
        start = time.perf_counter()
        results[name] = JOBS[name](wave)
        seconds[name] = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "results": results}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

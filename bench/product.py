"""Every job by the package's own arithmetic, in one process. Usage: product.py FILE.parquet [JOB …]

Prints one JSON line: seconds by job, and a digest of the results that the peers' can be held against.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import numpy as np
from layout import COMPARED, GROUPS, INDICATORS, ITEMS, LEVELS, MARGINS, REPLICATES, SCORES, items_of, read, targets

from survey.stats import influence, interval
from survey.stats.calibrate import calibrate
from survey.stats.contrasts import rao_scott
from survey.stats.ranks import kruskal, rank_pairs
from survey.stats.reliability import alpha, complete_moments, feldt_interval, item_statistics
from survey.stats.replicate import rao_wu
from survey.stats.sampling import Sampling, sampling
from survey.stats.tally import Grouping, Tally, column_tally, level_tally
from survey.stats.variance import variance


class Wave:
    """The wave as arrays, and what several jobs share: made by the first that asks."""

    def __init__(self, path: Path) -> None:
        self.data = read(path, ["stratum", "psu", "weight", *GROUPS, *ITEMS, *SCORES])

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
    def items(self) -> dict[str, Tally]:
        """Each item by level and domain."""
        return {name: level_tally(self.data[name], LEVELS, self.groupings, self.sampling) for name in ITEMS}

    @cached_property
    def scores(self) -> dict[str, Tally]:
        """Each score's sums by domain: answered, y, y²."""
        return {name: self._score(self.data[name]) for name in SCORES}

    def _score(self, y: np.ndarray) -> Tally:
        valid = np.isfinite(y)
        y = np.where(valid, y, 0.0)
        return column_tally(np.column_stack([valid, y, y**2]), valid, self.groupings, self.sampling)


def domain_tables(wave: Wave) -> list[float]:
    """162 means with error and interval."""
    out = []
    for tally in wave.scores.values():
        lin = influence.column_mean(tally.total, 0.0)
        se = np.sqrt(variance(tally, lin.value, wave.sampling))
        low, high = interval.wald(lin.estimate, se, tally.df[:, None].astype(float), 0.95)
        out += [*lin.estimate.ravel(), *se.ravel(), *low.ravel(), *high.ravel()]
    return out


def level_shares(wave: Wave) -> list[float]:
    """180 shares of answers with their errors, over everyone."""
    everyone = (Grouping(np.zeros(len(wave.data["psu"]), dtype=np.intp), 1),)
    out = []
    for name in ITEMS:
        tally = level_tally(wave.data[name], LEVELS, everyone, wave.sampling)
        lin = influence.shares(tally.total)
        out += [*lin.estimate.ravel(), *np.sqrt(variance(tally, lin.value, wave.sampling)).ravel()]
    return out


def rao_scott_tests(wave: Wave) -> list[float]:
    """216 tests of item by grouping."""
    out = []
    for name in ITEMS:
        for grouping in wave.groupings:
            tally = level_tally(wave.data[name], LEVELS, (grouping,), wave.sampling)
            test = rao_scott(tally, wave.sampling).test
            out += [test.statistic, test.df, test.p_value]
    return out


def rank_battery(wave: Wave) -> list[float]:
    """36 Kruskal–Wallis tests with their pairs."""
    k, out = GROUPS[COMPARED], []
    for name in ITEMS:
        code = (wave.data[COMPARED] * (LEVELS + 1)) + wave.data[name] + 1
        count = np.bincount(code, minlength=k * (LEVELS + 1)).reshape(k, LEVELS + 1)[:, 1:].astype(float)
        pairs = rank_pairs(count)
        out += [kruskal(count).statistic, *pairs.z, *pairs.delta]
    return out


def alphas(wave: Wave) -> list[float]:
    """6 alphas with interval and item statistics."""
    out = []
    for indicator, k in INDICATORS.items():
        codes = np.column_stack([wave.data[name] for name in items_of(indicator)])
        moments = complete_moments(np.where(codes >= 0, codes, np.nan))
        found = alpha(moments.covariance)
        low, high = feldt_interval(found, int(moments.n[0, 0]), k, 0.95)
        out += [found, low, high, *item_statistics(moments.covariance).item_rest]
    return out


def raking(wave: Wave) -> list[float]:
    """Weights raked to three margins, to 1e-10."""
    d = wave.data
    goal = targets({name: np.bincount(d[name], d["weight"], GROUPS[name]) for name in MARGINS})
    found = calibrate(d["weight"], [d[name] for name in MARGINS], list(goal.values()), names=MARGINS)
    return found.weight[:100].tolist()


def bootstrap(wave: Wave) -> list[float]:
    """Errors of 30 means from 500 Rao–Wu replicates."""
    factor = rao_wu(wave.sampling.stratum_of_psu, REPLICATES, seed=1)
    grouping = (Grouping(wave.data[COMPARED], GROUPS[COMPARED]),)
    out = []
    for name in SCORES:
        y = wave.data[name]
        valid = np.isfinite(y)
        tally = column_tally(np.column_stack([valid, np.where(valid, y, 0.0)]), valid, grouping, wave.sampling)
        assert tally.unit is not None
        sums = np.einsum("rp,dpk->rdk", factor, tally.unit, optimize=True)
        out += list((sums[..., 1] / sums[..., 0]).std(axis=0, ddof=1))
    return out


JOBS: dict[str, Callable[[Wave], list[float]]] = {
    "domain_tables": domain_tables,
    "level_shares": level_shares,
    "rao_scott": rao_scott_tests,
    "ranks": rank_battery,
    "alphas": alphas,
    "raking": raking,
    "bootstrap": bootstrap,
}


def main(path: Path, jobs: list[str]) -> None:
    """Run the jobs and print their seconds and results."""
    seconds, results = {}, {}
    start = time.perf_counter()
    wave = Wave(path)
    seconds["read"] = time.perf_counter() - start
    for name in jobs or list(JOBS):
        start = time.perf_counter()
        results[name] = [float(x) for x in JOBS[name](wave)]
        seconds[name] = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "results": results}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

"""The jobs by svy, one call a table as its users write them. Usage: peer_svy.py FILE.parquet JOB PART

PART: the share of the job's calls to make, in (0, 1]. Prints one JSON line: seconds, version, results.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable

import polars as pl
import svy
from layout import COMPARED, GROUPS, ITEMS, MARGINS, REPLICATES, SCORES, targets

Results = dict[str, list[float]]


def main(path: str, job: str, part: float) -> None:
    """Run one job and print its seconds and results."""
    sample = svy.Sample(pl.read_parquet(path), svy.Design(stratum="stratum", psu="psu", wgt="weight"))
    start = time.perf_counter()
    results = JOBS[job](sample, part)
    seconds = time.perf_counter() - start
    version = f"svy {svy.__version__ if hasattr(svy, '__version__') else ''}".strip()
    print(json.dumps({"seconds": {job: seconds}, "results": {job: results}, "version": version}))


def some(calls: list, part: float) -> list:
    """The first `part` of the calls, at least one."""
    return calls[: max(1, math.ceil(len(calls) * part))]


def domain_tables(sample: svy.Sample, part: float) -> Results:
    """162 means by grouping."""
    pairs = some([(s, g) for s in SCORES for g in GROUPS], part)
    rows = [r for s, g in pairs for r in sample.estimation.mean(s, by=g, drop_nulls=True).to_dicts()]
    return {"estimate": [r["est"] for r in rows], "std_error": [r["se"] for r in rows]}


def level_shares(sample: svy.Sample, part: float) -> Results:
    """180 shares."""
    rows = [r for item in some(ITEMS, part) for r in sample.estimation.prop(item, drop_nulls=True).to_dicts()]
    return {"estimate": [r["est"] for r in rows], "std_error": [r["se"] for r in rows]}


def rao_scott(sample: svy.Sample, part: float) -> Results:
    """216 tests."""
    pairs = some([(item, g) for item in ITEMS for g in GROUPS], part)
    found = [sample.categorical.tabulate(item, g, drop_nulls=True).stats.f for item, g in pairs]
    return {
        "statistic": [f.value for f in found],
        "df": [f.df_num for f in found],
        "p_value": [f.p_value for f in found],
    }


def raking(sample: svy.Sample, part: float) -> Results:
    """Weights raked to three margins."""
    totals = {m: sample.data.group_by(m).agg(pl.col("weight").sum()).sort(m)["weight"].to_numpy() for m in MARGINS}
    controls = {m: dict(enumerate(goal.tolist())) for m, goal in targets(totals).items()}
    raked = sample.weighting.rake(controls=controls, tol=1e-10, max_iter=500)
    return {"weight": raked.data["rk_wgt"][:100].to_list()}


def bootstrap(sample: svy.Sample, part: float) -> Results:
    """Errors of 30 means from Rao–Wu replicates."""
    replicated = sample.weighting.create_bs_wgts(n_reps=round(REPLICATES * part), rstate=1)
    by = [replicated.estimation.mean(s, by=COMPARED, method="replication", drop_nulls=True) for s in SCORES]
    return {"std_error": [r["se"] for found in by for r in found.to_dicts()]}


JOBS: dict[str, Callable[[svy.Sample, float], Results]] = {
    "domain_tables": domain_tables,
    "level_shares": level_shares,
    "rao_scott": rao_scott,
    "raking": raking,
    "bootstrap": bootstrap,
}

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))

"""Ranks by pingouin and scikit-posthocs, alphas by pingouin. Usage: peer_pingouin.py FILE.parquet JOB PART

PART: the share of the job's calls to make, in (0, 1]. Prints one JSON line: seconds, version, results.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

import pandas as pd
import pingouin
import scikit_posthocs
from layout import COMPARED, INDICATORS, ITEMS, items_of

Results = dict[str, list[float]]


def main(path: str, job: str, part: float) -> None:
    """Run one job and print its seconds and results."""
    wave = pd.read_parquet(path, columns=[COMPARED, *ITEMS])
    start = time.perf_counter()
    results = JOBS[job](wave, part)
    seconds = time.perf_counter() - start
    used = f"pingouin {version('pingouin')}, scikit-posthocs {version('scikit-posthocs')}"
    print(json.dumps({"seconds": {job: seconds}, "results": {job: results}, "version": used}))


def ranks(wave: pd.DataFrame, part: float) -> Results:
    """Kruskal–Wallis tests with Dunn's pairs."""
    out: Results = {"statistic": []}
    for item in ITEMS[: max(1, math.ceil(len(ITEMS) * part))]:
        used = wave[[COMPARED, item]].dropna()
        out["statistic"].append(float(pingouin.kruskal(used, dv=item, between=COMPARED)["H"].iloc[0]))
        scikit_posthocs.posthoc_dunn(used, val_col=item, group_col=COMPARED)
    return out


def alphas(wave: pd.DataFrame, part: float) -> Results:
    """Cronbach's alpha of complete cases with its interval; pingouin has no item statistics."""
    names = list(INDICATORS)[: max(1, math.ceil(len(INDICATORS) * part))]
    return {"alpha": [float(pingouin.cronbach_alpha(wave[items_of(name)].dropna())[0]) for name in names]}


JOBS: dict[str, Callable[[pd.DataFrame, float], Results]] = {"ranks": ranks, "alphas": alphas}

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))

"""Ten million respondents in Parquet, counted by DuckDB: seconds and peak memory. Usage: scale.py [MILLIONS] [ENGINE]

The files are made in parts under out/, about 350 MB, and deleted at the end. Each job is a process of its own.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

from measure import ChildFailed, run

HERE = Path(__file__).parent
PARTS = HERE / "out" / "scale"
JOBS = ("domain_tables", "level_shares", "describe")


def main(millions: int, engine: str) -> None:
    """Make the parts, run the jobs, print a line each."""
    try:
        for at in range(millions):
            run([sys.executable, __file__, "part", str(at)])
        size = sum(p.stat().st_size for p in PARTS.iterdir()) / 1e6
        print(f"{millions} million respondents, {size:.0f} MB of Parquet", flush=True)
        for job in JOBS:
            try:
                done = run([sys.executable, __file__, "job", job, engine])
            except ChildFailed as failed:
                print(f"{job}: {failed}", flush=True)
                continue
            counted = done.printed
            print(
                f"{job}: {counted['estimates']} estimates, {counted['seconds']:.1f} s "
                f"(process {done.wall:.1f} s), peak {done.megabytes:.0f} MB",
                flush=True,
            )
    finally:
        shutil.rmtree(PARTS, ignore_errors=True)


def make_part(at: int) -> None:
    """One million respondents in the columns of a prepared wave; each part is drawn on its own."""
    import pyarrow as pa
    import pyarrow.parquet as parquet
    from generate import wave

    table = wave(1_000_000 + at)
    design = {"weight": "__weight", "stratum": "__stratum_1", "psu": "__psu_1"}
    table = table.rename_columns([design.get(name, name) for name in table.column_names])
    table = table.append_column("__fpc_1", pa.array([float("inf")] * table.num_rows))
    PARTS.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, PARTS / f"part-{at:05}.parquet", compression="zstd")


def do(job: str, engine: str) -> None:
    """Run one job and print its seconds."""
    from layout import GROUPS, INDICATORS, ITEMS, LEVELS, items_of

    from survey.analyse.describe import describe
    from survey.analyse.indicators import indicators
    from survey.analyse.inference import Inference
    from survey.core.engine import EngineSpec
    from survey.core.instrument import Indicator, Instrument
    from survey.core.questions import Level, Question, ResponseScale
    from survey.core.sampling import DesignSpec
    from survey.core.study import WaveSpec
    from survey.core.words import Words
    from survey.scale.respondents import Stored

    def question(name: str, levels: int, ordinal: bool) -> Question:
        scale = ResponseScale(tuple(Level(code, Words.plain(str(code))) for code in range(levels)), ordinal)
        words = Words.plain(name)
        return Question(name, words, words, "ordinal" if ordinal else "nominal", scale)

    groups = [question(name, k, ordinal=False) for name, k in GROUPS.items()]
    items = [question(name, LEVELS, ordinal=True) for name in ITEMS]
    scores = tuple(Indicator(f"score_{name}", Words.plain(name), tuple(items_of(name)), 3) for name in INDICATORS)
    spec = WaveSpec("1", "parts", Words.plain("1"), DesignSpec(weight="weight", strata=("stratum",), psus=("psu",)))
    start = time.perf_counter()
    by = () if job == "level_shares" else tuple(GROUPS)
    paths = sorted(map(str, PARTS.iterdir()))
    stored = Stored.of(paths, EngineSpec(engine), spec, Instrument((*groups, *items), scores), by)
    inf = Inference.about(stored)
    table = indicators(inf) if job == "domain_tables" else describe(inf, ITEMS)
    print(json.dumps({"estimates": len(table), "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["part"]:
        make_part(int(sys.argv[2]))
    elif sys.argv[1:2] == ["job"]:
        do(sys.argv[2], sys.argv[3])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 10, sys.argv[2] if sys.argv[2:] else "duckdb")

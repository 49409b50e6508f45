"""The programs that the package is held against, one child process a job."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measure import ChildFailed, Run, run

HERE = Path(__file__).parent
#: A job that would take longer at the next size, by the seconds of the size before, runs on a tenth and is scaled.
LONG = 300.0
TENTH = 0.1


@dataclass(frozen=True)
class Peer:
    """A program: how to start it, the form of the wave it reads, its jobs.

    Attributes
    ----------
    largest : the largest n of a job, where it is not run at every size
    """

    name: str
    command: tuple[str, ...]
    suffix: str
    jobs: tuple[str, ...]
    largest: dict[str, int]


@dataclass(frozen=True)
class Timed:
    """One job of a peer: the whole process, the job's own seconds, and whether those are ten times a tenth's."""

    run: Run
    seconds: float
    scaled: bool


def peers(quick: bool) -> dict[str, Peer]:
    """The peers whose program is installed, by key."""
    environment = HERE / "out" / ".venv" / "bin" / "python"
    boot = {"bootstrap": 100_000}
    few = ("domain_tables", "level_shares", "raking")
    r_jobs = few if quick else ("domain_tables", "level_shares", "rao_scott", "ranks", "alphas", "raking", "bootstrap")
    found = {}
    if r := shutil.which("Rscript"):
        found["survey"] = Peer("R survey", (r, str(HERE / "peer_survey.R")), ".csv", r_jobs, boot)
    if environment.exists() and not quick:
        svy_jobs = ("domain_tables", "level_shares", "rao_scott", "raking", "bootstrap")
        found["svy"] = Peer("svy", (str(environment), str(HERE / "peer_svy.py")), ".parquet", svy_jobs, boot)
        script = str(HERE / "peer_pingouin.py")
        found["pingouin"] = Peer("pingouin", (str(environment), script), ".parquet", ("ranks", "alphas"), {})
    return found


def timed(peer: Peer, sizes: tuple[int, ...]) -> Iterator[tuple[int, str, Timed | str]]:
    """Each size and job of a peer with its timing, or why there is none."""
    for job in peer.jobs:
        predicted = 0.0
        for before, n in zip((sizes[0], *sizes), sizes, strict=False):
            if n > peer.largest.get(job, n):
                continue
            part = TENTH if predicted * n / before > LONG else 1.0
            file = HERE / "out" / f"wave_{n}{peer.suffix}"
            print(f"{peer.name}: {job}, n = {n}", file=sys.stderr, flush=True)
            try:
                done = run([*peer.command, str(file), job, str(part)])
            except ChildFailed as error:
                yield n, job, str(error)
                break
            predicted = done.printed["seconds"][job] / part
            yield n, job, Timed(done, predicted, part < 1)

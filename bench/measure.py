"""Child processes with their wall-clock seconds and peak memory.

A child's peak begins with what its parent holds when it starts it, so the parent imports nothing large.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Respondents of the generated waves.
SIZES = (2_000, 100_000, 1_000_000)
#: No child runs longer, in seconds.
LIMIT = 600
#: BLAS with one thread everywhere, so that the programs are compared and not their threads.
THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Run:
    """One child process: seconds on the wall, peak resident megabytes, the JSON it printed last."""

    wall: float
    megabytes: float
    printed: dict[str, Any] = field(default_factory=dict)


class ChildFailed(Exception):
    """A child that ended with an error or ran out of time; the message is the last line it said."""


def environment() -> dict[str, str]:
    """The children's: one BLAS thread, and modules compiled once, as they are where the package is installed."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | THREADS


def run(command: Sequence[str], folder: Path | None = None) -> Run:
    """Run a command to its end.

    Raises
    ------
    ChildFailed
        When it cannot be started, fails, or takes longer than `LIMIT`.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        try:
            child = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, env=environment())
        except OSError as error:
            raise ChildFailed(os.strerror(error.errno or 0)) from error
        guard = threading.Timer(LIMIT, child.kill)
        guard.start()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        guard.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, err):
            stream.seek(0)
        if child.returncode:
            said = err.read().decode(errors="replace").strip().splitlines()
            raise ChildFailed(f"longer than {LIMIT} s" if wall >= LIMIT else said[-1] if said else "no message")
        return Run(wall, used.ru_maxrss / 1024, _last_json(out.read()))


def median_of(command: Sequence[str], times: int, before: Callable[[], object] = lambda: None) -> Run:
    """The run of median wall time of `times`, after one that is not counted; `before` runs before each."""
    runs = []
    for _ in range(times + 1):
        before()
        runs.append(run(command))
    counted = sorted(runs[1:], key=lambda r: r.wall)
    middle = counted[len(counted) // 2]
    return Run(statistics.median(r.wall for r in counted), max(r.megabytes for r in counted), middle.printed)


def _last_json(printed: bytes) -> dict[str, Any]:
    lines = [line for line in printed.decode(errors="replace").splitlines() if line.startswith("{")]
    try:
        return json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}

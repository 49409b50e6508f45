"""The benchmark: the package, its peers and the floor on the same files. Usage: run.py [quick | ours]

Writes RESULTS.md, and the figures it is made of to out/figures.json. `ours` measures the package again and keeps
the peers' figures of the last full run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import commands
import peers
from measure import SIZES, Run, median_of, run

HERE = Path(__file__).parent
OUT = HERE / "out"


def main(scope: str) -> None:
    """Measure, keep the figures, write the page."""
    quick = scope == "quick"
    sizes, times = (SIZES[:2], 3) if quick else (SIZES, 5)
    for n in sizes:
        if not (OUT / f"wave_{n}.csv").exists():
            run([sys.executable, str(HERE / "generate.py"), str(n), str(OUT)])
    figures: dict[str, Any] = {"quick": quick, "times": times, "sizes": list(sizes)}
    print("command line", file=sys.stderr, flush=True)
    figures["commands"] = {name: plain(done) for name, done in commands.timed(OUT, times).items()}
    figures["respondents"] = commands.respondents(OUT)
    figures["product"] = {str(n): product(n, times) for n in sizes}
    figures["scan"] = {str(n): scan(n, times) for n in sizes}
    kept = OUT / f"figures{'.quick' if quick else ''}.json"
    if scope == "ours":
        figures["peers"] = json.loads(kept.read_text(encoding="utf-8"))["peers"]
    else:
        figures["peers"] = {key: of_peer(peer, sizes) for key, peer in peers.peers(quick).items()}
    kept.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    import results  # numpy, which the children's peaks are not to begin with

    page = results.page(figures)
    (OUT / "RESULTS.quick.md" if quick else HERE / "RESULTS.md").write_text(page, encoding="utf-8")
    print(page)


def product(n: int, times: int) -> dict[str, Any]:
    """All jobs in one process, and the domain tables alone."""
    print(f"survey: n = {n}", file=sys.stderr, flush=True)
    command = [sys.executable, str(HERE / "product.py"), str(OUT / f"wave_{n}.parquet")]
    return {"all": plain(median_of(command, times)), "domain": plain(median_of([*command, "domain_tables"], times))}


def scan(n: int, times: int) -> dict[str, Any]:
    """Processes that only read: every column, and those of the domain tables."""
    command = [sys.executable, str(HERE / "scan.py"), str(OUT / f"wave_{n}.parquet")]
    return {"all": plain(median_of(command, times)), "domain": plain(median_of([*command, "domain"], times))}


def of_peer(peer: peers.Peer, sizes: tuple[int, ...]) -> dict[str, Any]:
    """Name, version and jobs of a peer."""
    jobs: dict[str, dict[str, Any]] = {}
    version = ""
    for n, job, found in peers.timed(peer, sizes):
        cell = {"failed": found} if isinstance(found, str) else timing(found)
        version = version or cell.get("printed", {}).get("version", "")
        jobs.setdefault(job, {})[str(n)] = cell
    return {"name": peer.name, "version": version, "jobs": jobs}


def timing(found: peers.Timed) -> dict[str, Any]:
    """A peer's job as plain data."""
    return plain(found.run) | {"seconds": found.seconds, "scaled": found.scaled}


def plain(done: Run) -> dict[str, Any]:
    """A run as plain data."""
    return {"wall": done.wall, "megabytes": done.megabytes, "printed": done.printed}


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "full")

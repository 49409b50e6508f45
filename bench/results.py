"""The figures as a page: goals first, then jobs, processes, agreement of the numbers, versions.

Usage: results.py, to write the page again from out/figures.json. No date, no machine, no path.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

Figures = dict[str, Any]
HERE = Path(__file__).parent
JOBS = {
    "domain_tables": "162 means by domain, error, interval",
    "level_shares": "180 shares with error",
    "rao_scott": "216 Rao–Scott tests",
    "ranks": "36 Kruskal–Wallis with pairs",
    "alphas": "6 alphas",
    "raking": "raking to 3 margins, 1e-10",
    "bootstrap": "500 replicates of 30 means",
}
MEGABYTES_GOAL = 1024


def page(figures: Figures) -> str:
    """RESULTS.md."""
    runs = figures["times"]
    parts = [
        "# Benchmark",
        "",
        f"Written by `make bench{'-quick' if figures['quick'] else ''}`. Seconds on the wall on two shared cores, one"
        f" BLAS thread, peak resident MB. The package, the commands and the scan: medians of {runs} runs after one that"
        " is not counted. Peers: one run a job, calls written one table at a time as their users do, without start-up"
        " and reading. † a tenth of the calls, times ten. What each figure is: [README](README.md).",
        "",
        *goals(figures),
        "## Seconds of each job",
        "",
        *jobs(figures),
        "## Whole processes",
        "",
        *processes(figures),
        "## Agreement of the numbers",
        "",
        *agreement(figures),
        "## Peers",
        "",
        *versions(figures),
    ]
    return "\n".join(parts)


def goals(figures: Figures) -> Iterator[str]:
    """Each goal with the figure reached."""
    yield from ("## Goals", "", "| goal | figure | reached |", "|---|---|---|")
    for text, value, bound, at_least in _goals(figures):
        reached = "not measured" if value is None else "yes" if (value >= bound) == at_least or value == bound else "no"
        yield f"| {text} | {'–' if value is None else _short(value)} | {reached} |"
    yield ""


def _goals(figures: Figures) -> Iterator[tuple[str, float | None, float, bool]]:
    product, million, large, small = figures["product"], "1000000", "100000", "2000"
    domain = _wall(product, million, "domain")
    yield "domain tables, 10⁶: R's whole process ÷ ours ≥ 100", _ratio(_peer_wall(figures, "survey"), domain), 100, True
    yield "domain tables, 10⁶: svy's whole process ÷ ours ≥ 10", _ratio(_peer_wall(figures, "svy"), domain), 10, True
    scan = _wall(figures["scan"], million, "domain")
    yield "domain tables, 10⁶: our whole process ÷ raw scan ≤ 4", _ratio(domain, scan), 4, False
    whole = _wall(product, million, "all")
    r_jobs = _sum_of_jobs(figures, "survey", million)
    yield "all jobs, 10⁶: R's jobs (bootstrap left out) ÷ our whole process ≥ 300", _ratio(r_jobs, whole), 300, True
    megabytes = product.get(million, {}).get("all", {}).get("megabytes")
    yield f"all jobs, 10⁶: peak MB ≤ {MEGABYTES_GOAL}", megabytes, MEGABYTES_GOAL, False
    yield "all jobs, 2,000: whole process, s ≤ 1.5", _wall(product, small, "all"), 1.5, False
    growth = _ratio(_computing(product, million), _computing(product, large))
    yield "all jobs: growth of reading and computing from 10⁵ to 10⁶ ≤ 11", growth, 11, False
    limits = {"run": 6.0, "estimate": 1.5, "--help": 0.4}
    for name, limit in limits.items():
        yield f"`survey {name}`: whole process, s ≤ {limit:g}", figures["commands"][name]["wall"], limit, False


def jobs(figures: Figures) -> Iterator[str]:
    """Table of seconds: a row a job and size, the package first, each peer with its ratio."""
    shown = figures["peers"]
    heads = [f"{p['name']} | ÷ ours" for p in shown.values()]
    yield f"| job | n | ours | {' | '.join(heads)} |" if heads else "| job | n | ours |"
    yield "|---|--:|--:|" + "--:|--:|" * len(heads)
    for job, text in JOBS.items():
        for n in figures["sizes"]:
            ours = figures["product"][str(n)]["all"]["printed"]["seconds"][job]
            cells = [_peer_cell(p["jobs"].get(job, {}).get(str(n)), ours) for p in shown.values()]
            yield " | ".join([f"| {text}", f"{n:,}", _short(ours), *cells]) + " |"
    yield ""


def _peer_cell(cell: dict[str, Any] | None, ours: float) -> str:
    if cell is None:
        return " | "
    if "failed" in cell:
        return f"{cell['failed'][:40]} | "
    return f"{_short(cell['seconds'])}{'†' if cell['scaled'] else ''} | {_short(cell['seconds'] / ours)}"


def processes(figures: Figures) -> Iterator[str]:
    """Table of whole processes with start-up, reading and peak memory."""
    yield from ("| process | n | s | MB |", "|---|--:|--:|--:|")
    for n in figures["sizes"]:
        measured = {
            "ours, all jobs": figures["product"][str(n)]["all"],
            "ours, domain tables": figures["product"][str(n)]["domain"],
            "raw scan of every column": figures["scan"][str(n)]["all"],
            "raw scan of the domain tables' columns": figures["scan"][str(n)]["domain"],
        }
        for peer in figures["peers"].values():
            cell = peer["jobs"].get("domain_tables", {}).get(str(n), {})
            if "wall" in cell and not cell["scaled"]:
                measured[f"{peer['name']}, domain tables"] = cell
        for name, cell in measured.items():
            yield f"| {name} | {n:,} | {_short(cell['wall'])} | {cell['megabytes']:.0f} |"
    for name, cell in figures["commands"].items():
        yield f"| `survey {name}` | {figures['respondents']:,} | {_short(cell['wall'])} | {cell['megabytes']:.0f} |"
    study = (
        f"{figures['respondents']:,} respondents, 81 questions, two languages, `describe`, `dont_know`, `indicators`"
    )
    yield from ("", f"The commands work on a simulated wave: {study}.", "")


def agreement(figures: Figures) -> Iterator[str]:
    """Largest relative difference from each peer; p-values by their logarithm."""
    yield "Largest relative difference over all sizes run; p-values by their logarithm (svy's stop at 1e-16)."
    yield from ("", "| job | figure | peer | difference |", "|---|---|---|--:|")
    for peer in figures["peers"].values():
        for job, cells in peer["jobs"].items():
            found: dict[str, float] = {}
            for n, cell in cells.items():
                ours = figures["product"][n]["all"]["printed"]["results"][job]
                for name, values in cell.get("printed", {}).get("results", {}).get(job, {}).items():
                    found[name] = max(found.get(name, 0.0), _difference(name, ours[name], values, job))
            for name, worst in found.items():
                yield f"| {job} | {name} | {peer['name']} | {worst:.0e} |"
    for n in figures["sizes"]:
        results = figures["product"][str(n)]["all"]["printed"]["results"]
        yield f"| bootstrap | mean ratio to the linearised error, n = {n:,} | ours | {_bootstrap_ratio(results):.3f} |"
    yield ""


def _difference(name: str, ours: list[float], theirs: list[float], job: str) -> float:
    """Largest relative difference; of bootstrap errors, which are random, that of their mean."""
    a, b = np.array(ours[: len(theirs)], float), np.array(theirs, float)
    if job == "bootstrap":
        return float(abs(a.mean() / b.mean() - 1))
    if name == "p_value":
        told = (a > 0) & (b > 0)  # some are below the smallest number there is
        a, b = np.log10(a[told]), np.log10(b[told])
    return float(np.max(np.abs(a - b) / np.abs(b)))


def _bootstrap_ratio(results: dict[str, dict[str, list[float]]]) -> float:
    """Bootstrap error over linearised error of the same 30 means: education is domains 7 to 11 of each score."""
    linear = np.array(results["domain_tables"]["std_error"]).reshape(-1, 27)[:, 7:12].ravel()
    return float(np.mean(np.array(results["bootstrap"]["std_error"]) / linear))


def versions(figures: Figures) -> Iterator[str]:
    """Versions of the peers, and which were left out."""
    for peer in figures["peers"].values():
        yield f"- {peer['version'] or peer['name']}"
    left_out = {"survey": "R survey", "svy": "svy", "pingouin": "pingouin"}.items() - {
        (key, peer["name"]) for key, peer in figures["peers"].items()
    }
    for _, name in sorted(left_out):
        yield f"- {name}: left out; not installed, or not part of the quick run"
    yield ""


def _wall(runs: Figures, n: str, which: str) -> float | None:
    return runs.get(n, {}).get(which, {}).get("wall")


def _peer_wall(figures: Figures, peer: str) -> float | None:
    cell = figures["peers"].get(peer, {}).get("jobs", {}).get("domain_tables", {}).get("1000000", {})
    return cell.get("wall") if not cell.get("scaled") else None


def _sum_of_jobs(figures: Figures, peer: str, n: str) -> float | None:
    cells = [c.get(n, {}) for job, c in figures["peers"].get(peer, {}).get("jobs", {}).items() if job != "bootstrap"]
    seconds = [cell["seconds"] for cell in cells if "seconds" in cell]
    return sum(seconds) if len(seconds) == len(JOBS) - 1 else None


def _computing(product: Figures, n: str) -> float | None:
    seconds = product.get(n, {}).get("all", {}).get("printed", {}).get("seconds")
    return sum(seconds.values()) if seconds else None


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above and below else None


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 1 else f"{value:.3g}"


if __name__ == "__main__":
    made = json.loads((HERE / "out" / "figures.json").read_text(encoding="utf-8"))
    (HERE / "RESULTS.md").write_text(page(made), encoding="utf-8")

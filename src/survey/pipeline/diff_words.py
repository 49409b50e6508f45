"""Differences of two runs in plain words, and as plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from survey.pipeline.diff import ADDED, KINDS, REMOVED, STATUS, VALUE, VERDICT, WORDS, Differences

if TYPE_CHECKING:
    import pandas as pd

#: So many changed verdicts and states of one measure are named one by one.
NAMED = 5
_ONE = {ADDED: "estimate added", REMOVED: "estimate removed", STATUS: "status changed", VERDICT: "verdict changed",
        VALUE: "estimate with another value", WORDS: "note or method changed"}  # fmt: skip
_MANY = {ADDED: "estimates added", REMOVED: "estimates removed", STATUS: "states changed", VERDICT: "verdicts changed",
         VALUE: "estimates with other values", WORDS: "notes or methods changed"}  # fmt: skip


def lines(found: Differences) -> list[str]:
    """What changed, by analysis and measure."""
    said = [f"{wave}: {sentence}" for wave, sentences in found.causes.items() for sentence in sentences]
    if not len(found.rows):
        return [*said, f"nothing changed: {found.compared:,} estimates are the same"]
    keys = len(found.rows.drop_duplicates(_key(found.rows)))
    said.append(f"{keys:,} estimates differ; {found.compared:,} are in both runs")
    for (wave, analysis, measure), rows in found.rows.groupby(["wave", "analysis", "measure"]):
        said.append(f"{f'{wave} {analysis} {measure}'.rstrip()}: {', '.join(_counts(rows))}")
        said += [f"  {line}" for line in _named(rows)]
    return said


def plain(found: Differences) -> dict[str, Any]:
    """Causes, counts by analysis and measure, and every difference."""
    grouped = found.rows.groupby(["wave", "analysis", "measure"])
    summary = [
        {"wave": wave, "analysis": analysis, "measure": measure}
        | {kind: _count(rows, kind) for kind in KINDS if _count(rows, kind)}
        for (wave, analysis, measure), rows in grouped
    ]
    names = [str(name) for name in found.rows.columns]
    held = [[_plain(v) for v in row] for row in found.rows.itertuples(index=False)]
    differences = [{n: v for n, v in zip(names, row, strict=True) if v not in ("", None)} for row in held]
    causes = {wave: list(said) for wave, said in found.causes.items()}
    return {"compared": found.compared, "causes": causes, "summary": summary, "differences": differences}


def _key(rows: pd.DataFrame) -> list[str]:
    return [str(name) for name in rows.columns if name not in ("kind", "column", "before", "after")]


def _count(rows: pd.DataFrame, kind: str) -> int:
    """Estimates with a difference of this kind."""
    return len(rows[rows["kind"] == kind].drop_duplicates(_key(rows)))


def _counts(rows: pd.DataFrame) -> Iterator[str]:
    for kind in KINDS:
        if n := _count(rows, kind):
            yield f"{n:,} {(_ONE if n == 1 else _MANY)[kind]}"


def _named(rows: pd.DataFrame) -> Iterator[str]:
    """Verdicts and states one by one, then the estimate that moved farthest."""
    judged = rows[rows["kind"].isin([VERDICT, STATUS])]
    for row in judged.head(NAMED).to_dict("records"):
        yield f"{_place(row)}: {row['before'] or 'nothing'} before, {row['after'] or 'nothing'} now"
    if len(judged) > NAMED:
        yield f"and {len(judged) - NAMED} more; --json lists all"
    moved = rows[(rows["kind"] == VALUE) & (rows["column"] == "estimate")]
    distance = (moved["after"].astype(float) - moved["before"].astype(float)).abs().to_numpy()
    if np.isfinite(distance).any():
        row = moved.iloc[int(np.nanargmax(distance))].to_dict()
        yield f"farthest: {_place(row)}: {row['before']:.6g} before, {row['after']:.6g} now"


def _place(row: dict[Any, Any]) -> str:
    """The estimate's key in words, without what the line above says."""
    by = [f"{row[name]} {row[f'{name}_level']}".rstrip() for name in ("by", "by2") if row[name]]
    return ", ".join([row["estimand"], *filter(None, [row["level"], row["population"], *by, row["contrast"]])])


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value

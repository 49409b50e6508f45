"""A plan as aligned lines for people, and as plain data for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

import pandas as pd

from survey.plan.planning import Part, Plan

WIDTH = 100
#: Columns written without decimals; the others have three.
COUNTS = frozenset({"n", "n_a", "n_b", "effective n", "df", "in the sample", "n for 80%", "n for 95%"})


def lines(made: Plan) -> list[str]:
    """The plan as text."""
    where = f"wave {made.basis.wave}" if made.basis.wave else "assumptions: no wave has answers yet"
    units = f" in {made.size.psus:,.0f} sampling units" if made.basis.clustered else ""
    out = [f"A wave of {made.size.n:,.0f} respondents{units}, planned from {where}"]
    for part in made.parts:
        out += ["", part.title, *_table(part), *(f"  {line}" for note in part.notes for line in wrap(note, WIDTH))]
    return out


def _table(part: Part) -> Iterator[str]:
    shown = part.table if part.printed is None else part.printed
    cells = [[str(name) for name in shown.columns]]
    cells += [[_cell(name, v) for name, v in zip(shown.columns, row, strict=True)] for row in _rows(shown)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    words = [shown[name].dtype == object or str(shown[name].dtype).startswith("str") for name in shown.columns]
    for row in cells:
        aligned = (c.ljust(w) if word else c.rjust(w) for c, w, word in zip(row, widths, words, strict=True))
        yield "  " + "  ".join(aligned).rstrip()


def _rows(table: pd.DataFrame) -> list[list[Any]]:
    return [list(row) for row in table.itertuples(index=False)]


def _cell(name: str, value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "-"
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if name in COUNTS or abs(value) >= 1000 else f"{value:.3f}"


def plain(made: Plan) -> dict[str, Any]:
    """The plan's tables as lists of records, full precision; what does not exist is null."""
    return {
        "wave": made.basis.wave,
        "n": made.size.n,
        "psus": made.size.psus if made.basis.clustered else None,
        "tables": {part.name: _records(part.table) for part in made.parts},
        "notes": {part.name: list(part.notes) for part in made.parts},
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in table.columns]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in _rows(table)]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""Columns of the benchmark's wave, and reading them as arrays. Imports no part of the package: peers use it too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

DESIGN = ("stratum", "psu", "weight")
#: Grouping → number of levels, 27 in all.
GROUPS = {"sex": 2, "age": 5, "education": 5, "income": 5, "district": 7, "device": 3}
#: Indicator → number of its items, 36 in all.
INDICATORS = {"outreach": 6, "access": 6, "links": 6, "hopes": 6, "openness": 6, "response": 6}
ITEMS = [f"{name}{j}" for name, k in INDICATORS.items() for j in range(1, k + 1)]
SCORES = [f"score_{name}" for name in INDICATORS]
LEVELS = 5
#: Grouping that the rank battery compares, over every item, and that the bootstrap runs over.
COMPARED = "education"
MARGINS = ("sex", "age", "district")
REPLICATES = 500


def items_of(indicator: str) -> list[str]:
    """Names of an indicator's items."""
    return [f"{indicator}{j}" for j in range(1, INDICATORS[indicator] + 1)]


def read(path: Path, columns: list[str]) -> dict[str, np.ndarray]:
    """Columns as arrays: codes from 0, −1 where missing; weights and scores as float, NaN where missing.

    Codes of the design are int64, those of groupings and items stay as narrow as in the file.
    """
    table = parquet.read_table(path, columns=columns, pre_buffer=False)  # a local file needs no read-ahead
    out = {}
    for name in columns:
        real = name == "weight" or name in SCORES
        column = table[name].fill_null(np.nan if real else -1).to_numpy()
        out[name] = column.astype(np.int64) if name in ("stratum", "psu") else column
    return out


def targets(sizes: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Population totals that every program rakes to: the weighted margins, moved by up to a tenth."""
    found = {}
    for name, size in sizes.items():
        moved = size * (1 + 0.1 * np.cos(np.arange(len(size))))
        found[name] = moved * (sizes[MARGINS[0]].sum() / moved.sum())
    return found

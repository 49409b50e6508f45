"""A tally seen differently: one grouping's part of it, or its columns recombined.

Tests work on one grouping at a time, and on tables that are linear in what was counted; both are had
from one pass over the respondents.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey.stats.arrays import Floats
from survey.stats.tallied import Elements, Tally


def part(tally: Tally, start: int, size: int) -> Tally:
    """The tally of the grouping whose `size` domains begin at position `start` of a joined tally."""
    here, before, own = slice(start, start + size), 0, []
    for e in tally.elements:
        if before == start:
            own.append(e)
        before += e.domains
    return Tally(
        tally.n[here],
        tally.in_stratum[here],
        None if tally.in_psu is None else tally.in_psu[here],
        tally.size[here],
        tally.count[here],
        tally.total[here],
        None if tally.unit is None else tally.unit[here],
        None if tally.margin is None else tally.margin[here],
        tuple(own[:1]),
        None if tally.replicate is None else tally.replicate[:, here],
        None if tally.in_pattern is None else tally.in_pattern[here],
        tally.weights,
    )


def recombined(tally: Tally, matrix: Floats) -> Tally:
    """The tally of linear combinations of the columns, `matrix` being (K, J)."""
    return replace(
        tally,
        count=tally.count @ matrix,
        total=tally.total @ matrix,
        unit=None if tally.unit is None else tally.unit @ matrix,
        margin=None if tally.margin is None else tally.margin @ matrix,
        elements=tuple(_recombined(e, matrix) for e in tally.elements),
        replicate=None if tally.replicate is None else tally.replicate @ matrix,
    )


def _recombined(e: Elements, matrix: Floats) -> Elements:
    columns = matrix[e.level] if e.level is not None else np.asarray(e.columns) @ matrix
    return replace(e, level=None, columns=columns)

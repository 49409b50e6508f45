"""Shares that reach each step of a sequence, and that go on or are lost among those who took the step before.

Each respondent has a position: how many steps they took without a break. Shares of the steps are sums
over positions, so they never rise from one step to the next, and the steps' losses multiply to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference, evaluate
from survey.analyse.items import everyone_and_groups
from survey.analyse.rows import Rows
from survey.core import estimates
from survey.stats import influence
from survey.stats.arrays import Ints
from survey.stats.tally import level_tally

ANALYSIS = "divide"


@dataclass(frozen=True, slots=True)
class Course:
    """A measure whose K steps are taken in order.

    Attributes
    ----------
    position : (n,) int, 0 … K steps taken; −1 where that is unknown
    """

    measure: str
    steps: tuple[str, ...]
    position: Ints = field(repr=False)


def reached(inf: Inference, sequence: Course) -> pd.DataFrame:
    """`reached`: the share of everyone that took each step and all before it (`level`), by group."""
    groupings, names = everyone_and_groups(inf)
    tally = level_tally(sequence.position, len(sequence.steps) + 1, groupings, inf.sampling)
    rows = Rows(inf, ANALYSIS)
    for k, step in enumerate(sequence.steps, start=1):
        found = evaluate(inf, tally, partial(influence.share_of, chosen=np.arange(tally.count.shape[1]) >= k), "share")
        count = tally.count[:, k:].sum(axis=1)
        rows.add(sequence.measure, "reached", found, tally, level=[step], n_level=count, unit="proportion", names=names)
    return rows.table()


def passed(inf: Inference, measure: str, steps: Sequence[str], met: Sequence[Ints]) -> pd.DataFrame:
    """`passed`: the share that meets the condition of each step, whatever came before, by group.

    Parameters
    ----------
    met : for each step, (n,) int: 1 met, 0 not, −1 unknown
    """
    groupings, names = everyone_and_groups(inf)
    rows = Rows(inf, ANALYSIS)
    for step, code in zip(steps, met, strict=True):
        tally = level_tally(code, 2, groupings, inf.sampling)
        found = evaluate(inf, tally, partial(influence.share_of, chosen=np.array([False, True])), "share")
        count = tally.count[:, 1]
        rows.add(measure, "passed", found, tally, level=[step], n_level=count, unit="proportion", names=names)
    return rows.table()


def from_step_to_step(inf: Inference, sequence: Course, estimand: Literal["lost", "conversion"]) -> list[pd.DataFrame]:
    """Share that stays behind (`lost`) or goes on (`conversion`) among those who took the step before.

    `population` names that step; empty where the step before is everyone.
    """
    groupings, names = everyone_and_groups(inf)
    first = 1 if estimand == "lost" else 2  # the first conversion is the share that reached the first step
    found = []
    for k in range(first, len(sequence.steps) + 1):
        on = np.where(sequence.position >= k - 1, sequence.position >= k, -1).astype(np.intp)
        tally = level_tally(on, 2, groupings, inf.sampling)
        chosen = np.array([False, True]) == (estimand == "conversion")
        share = evaluate(inf, tally, partial(influence.share_of, chosen=chosen), "share")
        rows = Rows(inf, ANALYSIS)
        count = tally.count[:, chosen].sum(axis=1)
        rows.add(
            sequence.measure, estimand, share, tally, level=[sequence.steps[k - 1]], n_level=count,
            unit="proportion", names=names,
        )  # fmt: skip
        before = sequence.steps[k - 2] if k > 1 else None
        found.append(rows.table().assign(population=pd.array([before] * tally.n.size, dtype="string")))
    return found


def absent(inf: Inference, measure: str, note: str) -> pd.DataFrame:
    """The row that says why a part of the analysis has no others."""
    return estimates.table(
        {
            "wave": [inf.respondents.name], "analysis": [ANALYSIS], "measure": [measure], "estimand": ["reached"],
            "unit": ["proportion"], "method": ["share of those whose position is known"],
            "status": [estimates.NOT_ESTIMABLE], "note": [note],
        }
    )  # fmt: skip

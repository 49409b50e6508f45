"""What an indicator's mean would be had those who did not know answered something."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference
from survey.analyse.items import Battery, batteries, everyone_and_groups
from survey.analyse.means import mean_of
from survey.analyse.rows import Rows
from survey.core.missing import DONT_KNOW
from survey.core.wave import Wave
from survey.stats.arrays import Bools, Floats
from survey.stats.scores import score


def dont_know_sensitivity(inf: Inference) -> pd.DataFrame:
    """Mean of each indicator under treatments of "don't know", for everyone and each group.

    `mean_dk_excluded` leaves those answers out, as the indicator does; `mean_dk_midpoint` counts them as
    the middle of the scale, `mean_dk_low` and `mean_dk_high` as its worst and its best answer: the
    bounds within which any treatment falls. Indicators without a common scale have no row.
    """
    rows = Rows(inf, "dont_know_sensitivity")
    groupings, names = everyone_and_groups(inf)
    for battery in batteries(inf.wave):
        if (ends := battery.span) is None:
            continue
        for estimand, y in _treatments(inf.wave, battery, ends):
            found, tally = mean_of(inf, y, groupings, ends[1] - ends[0])
            rows.add(battery.indicator.name, estimand, found, tally, unit="scale points", names=names)
    return rows.table()


def _treatments(wave: Wave, battery: Battery, ends: tuple[float, float]) -> Iterator[tuple[str, Floats]]:
    scored, unknown = battery.scored, _unknown(wave, battery)
    values = {"excluded": np.nan, "midpoint": sum(ends) / 2, "low": ends[0], "high": ends[1]}
    for name, value in values.items():
        yield f"mean_dk_{name}", score(np.where(unknown, value, scored), battery.indicator.min_valid)


def _unknown(wave: Wave, battery: Battery) -> Bools:
    """(n, k) whether the item was answered "don't know"."""
    each = [wave.missing(name).eq(DONT_KNOW).fillna(False).to_numpy(bool) for name in battery.names]
    found: Bools = np.column_stack(each)
    return found

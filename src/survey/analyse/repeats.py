"""Rows that say again what another analysis says of a measure, under a name of their own.

A claim's row holds the estimate of the measure that tests it; a difference of two barriers, with one of
them, solves for the other. Where the measure is hidden in a group, they go with it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from survey.analyse.between import WHOLE_BASE
from survey.core.instrument import Instrument
from survey.core.study import StudySpec

#: Analyses whose rows are named after the measure.
PLAIN = (*WHOLE_BASE, "barriers")


def said_again(table: pd.DataFrame, hidden: np.ndarray, study: StudySpec, instrument: Instrument) -> np.ndarray:
    """Rows whose measure is hidden elsewhere in the same group, (rows,) bool.

    Parameters
    ----------
    hidden : (rows,) bool, rows hidden so far
    """
    out = np.zeros(len(table), dtype=bool)
    plain = table["analysis"].isin(PLAIN).to_numpy(bool) & hidden
    together = table["analysis"].eq("barriers") & table["measure"].isna()
    again = (table["analysis"].eq("claims") | together).to_numpy(bool)
    if not plain.any() or not again.any():
        return out
    columns = [table[c].fillna("").to_numpy(object) for c in ("measure", "by", "by_level")]
    gone = {tuple(c[at] for c in columns) for at in np.flatnonzero(plain)}
    level, about = table["level"].fillna("").to_numpy(object), _about(study, instrument)
    measure, by, by_level = columns
    for at in np.flatnonzero(again & ~hidden):
        names = about.get(measure[at], ())
        own = [level[at]] if level[at] in names else names
        out[at] = any((name, by[at], by_level[at]) in gone for name in own)
    return out


def _about(study: StudySpec, instrument: Instrument) -> Mapping[str, tuple[str, ...]]:
    """Name in `measure` → the measures it stands for; barriers together have no name."""
    claims = {c.id: (*c.measures, *(r.measure for r in c.readings)) for c in study.claims}
    return claims | {"": instrument.barriers.items if instrument.barriers else ()}

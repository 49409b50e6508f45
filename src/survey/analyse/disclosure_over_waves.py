"""Estimates over waves → Release: what one wave hides, no comparison with another gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from survey.analyse import disclosure
from survey.core.estimates import BASE, KEY, SUPPRESSED, VALUE, Release
from survey.core.instrument import Instrument
from survey.core.study import StudySpec

HIDDEN_IN_A_WAVE = "hidden_in_a_wave"

_DOMAIN = ["measure", "by", "by_level", "by2", "by2_level"]


def protect(
    table: pd.DataFrame,
    released: Mapping[str, pd.DataFrame],
    study: StudySpec,
    instrument: Instrument,
    facts: Mapping[str, pd.DataFrame],
) -> Release:
    """The release of estimates over waves.

    A row is hidden by the rules of a single wave, applied to the rows of each wave or comparison, and
    wherever a wave that it rests on hides the measure in that domain.

    Parameters
    ----------
    released : wave → its estimates after disclosure control
    """
    # Bases of different comparisons are no parts of one another: each is judged alone.
    apart = table["wave"].fillna("") + "\0" + table["contrast"].fillna("")
    parts = [
        disclosure.protect(rows, study, study.trend, instrument, {}) for _, rows in table.groupby(apart, sort=False)
    ]
    whole = disclosure.protect(table.iloc[:0], study, study.trend, instrument, facts)
    if not parts:
        return whole
    shown = pd.concat([part.estimates for part in parts]).sort_index()
    log = pd.concat([part.suppressed for part in parts], ignore_index=True)
    hidden = _hidden_in_a_wave(shown, released) & shown["status"].ne(SUPPRESSED).to_numpy(bool)
    for column in (*VALUE, *BASE, "note"):
        shown[column] = shown[column].mask(hidden)
    shown["status"] = shown["status"].mask(hidden, SUPPRESSED)
    more = shown.loc[hidden, list(KEY)].assign(rule=HIDDEN_IN_A_WAVE)
    return replace(whole, estimates=shown, suppressed=pd.concat([log, more], ignore_index=True))


def _hidden_in_a_wave(table: pd.DataFrame, released: Mapping[str, pd.DataFrame]) -> np.ndarray:
    keys = _keys(table)
    out = np.zeros(len(table), dtype=bool)
    for name, estimates in released.items():
        gone = estimates[estimates["status"].eq(SUPPRESSED) & estimates["contrast"].isna() & estimates["level"].isna()]
        rests = table["wave"].eq(name) | ~table["wave"].isin(list(released))
        out |= rests.fillna(False).to_numpy(bool) & keys.isin(set(_keys(gone))).to_numpy(bool)
    return out


def _keys(table: pd.DataFrame) -> pd.Series:
    found = table[_DOMAIN[0]].fillna("")
    for name in _DOMAIN[1:]:
        found = found + "\0" + table[name].fillna("")
    return found

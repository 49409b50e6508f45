"""Estimates over waves → Release: what one wave hides, no comparison with another gives back.

Two rules. A wave's own estimates are judged as in its own release. A row that rests on several waves goes
wherever one of them hides, in its release or here, an estimate that the row is computed from: with the other
waves' values a change, a slope or a sum of bases would solve for it. When all is judged, estimates that the
waves' own releases hold are left to them, but for the indicators' that lines are drawn through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd

from survey.analyse import disclosure
from survey.core.estimates import BASE, KEY, SUPPRESSED, VALUE, Release
from survey.core.instrument import Instrument
from survey.core.study import TREND, StudySpec

HIDDEN_IN_A_WAVE = "hidden_in_a_wave"

_DOMAIN = ["measure", "population", "by", "by_level", "by2", "by2_level"]
_SEPARATOR = "\x1f"
#: Estimand over waves → estimand of the waves that it is computed from; others rest on all of a domain's.
_RESTS_ON = {
    "mean": "mean",
    "score100": "mean",
    "top2": "top2",
    "proportion": "proportion",
    "dont_know": "dont_know",
    "difference_score100": "mean",
    "difference_top2": "top2",
    "difference_dont_know": "dont_know",
    "linear_trend": "mean",
    "lack_of_fit": "mean",
    "composition": "mean",
    "rate": "mean",
    "change_flag": "mean",
    "control_flag": "mean",
    "comparable": "nothing",
    "shared_units": "nothing",
}
_ANY = "any"


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
    whole = disclosure.protect(table.iloc[:0], study, study.trend, instrument, facts)
    parts = list(_judged(table, study, instrument))
    if not parts:
        return whole
    shown = pd.concat([part.estimates for part in parts]).sort_index()
    log = pd.concat([part.suppressed for part in parts], ignore_index=True)
    hidden = _hidden_in_a_wave(shown, released) & shown["status"].ne(SUPPRESSED).to_numpy(bool)
    for column in (*VALUE, *BASE, "note"):
        shown[column] = shown[column].mask(hidden)
    shown["status"] = shown["status"].mask(hidden, SUPPRESSED)
    more = shown.loc[hidden, list(KEY)].assign(rule=HIDDEN_IN_A_WAVE)
    log = pd.concat([log, more], ignore_index=True)
    indicators = [i.name for i in instrument.indicators]
    kept, logged = (frame[~_repeated(frame, released, indicators)] for frame in (shown, log))
    return replace(whole, estimates=kept.reset_index(drop=True), suppressed=logged.reset_index(drop=True))


def _repeated(table: pd.DataFrame, released: Mapping[str, pd.DataFrame], indicators: Sequence[str]) -> np.ndarray:
    """Which rows are estimates of one wave that stand in its own release, of anything but an indicator."""
    of_wave = table["analysis"].eq(TREND) & table["contrast"].isna() & ~table["measure"].isin(indicators)
    out = np.zeros(len(table), dtype=bool)
    for name, own in released.items():
        rows = (of_wave & table["wave"].eq(name)).fillna(False).to_numpy(bool)
        single = own[own["contrast"].isna() & own["measure"].isin(table.loc[rows, "measure"].unique())]
        out[rows] = (_domains(table[rows]) + _kinds(table[rows])).isin(set(_domains(single) + _kinds(single)))
    return out


def _judged(table: pd.DataFrame, study: StudySpec, instrument: Instrument) -> Iterator[Release]:
    """The rows of each wave and of each comparison, judged alone: their bases are no parts of one another."""
    specs = {spec.name: spec for spec in study.waves}
    apart = table["wave"].fillna("") + _SEPARATOR + table["contrast"].fillna("")
    for _, rows in table.groupby(apart, sort=False):
        spec = specs.get(str(rows["wave"].iloc[0]), study.trend)
        yield disclosure.protect(rows, study, spec, instrument, {})


def _hidden_in_a_wave(table: pd.DataFrame, released: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """Which rows rest on an estimate that a wave hides, in its release or among the rows themselves."""
    waves = list(released)
    domain, kind = _domains(table), _kinds(table)
    out = np.zeros(len(table), dtype=bool)
    rests = _waves_of(table, waves)
    for at, name in enumerate(waves):
        own = table[(table["wave"].eq(name) & table["contrast"].isna()).fillna(False).to_numpy(bool)]
        gone, domains = _gone([released[name], own])
        known = kind.to_numpy(object) != _ANY
        given_away = np.where(known, (domain + kind).isin(gone), domain.isin(domains))
        out |= rests[:, at] & given_away
    return out


def _gone(tables: Sequence[pd.DataFrame]) -> tuple[set[str], set[str]]:
    """What a wave hides: estimates by domain and kind, and the domains."""
    kinds: set[str] = set()
    domains: set[str] = set()
    for table in tables:
        hidden = table[(table["status"].eq(SUPPRESSED) & table["contrast"].isna()).to_numpy(bool)]
        domain = _domains(hidden)
        kinds |= set(domain + _kinds(hidden))
        domains |= set(domain)
    return kinds, domains


def _waves_of(table: pd.DataFrame, waves: Sequence[str]) -> np.ndarray:
    """The waves each row rests on, (rows, waves) bool: those it contrasts, the one it is of, else all."""
    pairs = {f"{a} - {b}": (a, b) for a, b in permutations(waves, 2)}
    named = table["contrast"].where(table["contrast"].isin(list(pairs)), table["wave"]).fillna("")
    known = {name: (name,) for name in waves} | pairs
    codes, values = pd.factorize(named)
    held = np.array([[w in known.get(str(v), waves) for w in waves] for v in values], dtype=bool)
    return held.reshape(-1, len(waves))[codes]


def _domains(table: pd.DataFrame) -> pd.Series:
    found = table[_DOMAIN[0]].fillna("")
    for name in _DOMAIN[1:]:
        found = found + _SEPARATOR + table[name].fillna("")
    return found + _SEPARATOR


def _kinds(table: pd.DataFrame) -> pd.Series:
    """Estimand of a wave that each row is computed from, with its level; `any` where that is not known."""
    of_level = table["level"].notna()
    kind = table["estimand"].map(_RESTS_ON).astype("string").fillna(_ANY)
    kind = kind.mask(table["estimand"].eq("difference") & of_level, "proportion")
    kind = kind.mask(table["estimand"].eq("difference") & ~of_level, "mean")
    # A wave's own release calls the share of don't-know answers a proportion, too.
    kind = kind.mask(table["estimand"].eq("proportion") & ~of_level, "dont_know")
    return kind.mask(kind.eq("proportion"), kind + _SEPARATOR + table["level"].fillna(""))

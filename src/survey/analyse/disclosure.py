"""Estimates → Release: what few people said is hidden before anything is printed.

Two rules hide by size: a domain's base (`min_n`) and the number in a level of a sensitive measure
(`min_cell`). Where one hidden cell could be computed back from what stays, another goes with it.
Confidentiality hides; precision only flags, elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from survey.analyse import between, lines
from survey.analyse.repeats import said_again
from survey.core import estimates
from survey.core.estimates import BASE, KEY, SUPPRESSED, VALUE, Release
from survey.core.instrument import Instrument
from survey.core.release import ReleasePolicy
from survey.core.study import StudySpec, WaveSpec

MIN_N = "min_n"
MIN_CELL = "min_cell"
COMPLEMENTARY = "complementary"

#: Rows of a measure that give a hidden level back, together with the levels that stay.
LINEAR = ("mean", "top2")


def protect(
    table: pd.DataFrame,
    study: StudySpec,
    spec: WaveSpec,
    instrument: Instrument,
    facts: Mapping[str, pd.DataFrame],
) -> Release:
    """The release of a wave's estimates: small cells hidden, and what else would give them away.

    Parameters
    ----------
    table : estimates table, every analysis of the wave; families of tests are already adjusted
    facts : tables about the wave; counts below `min_n` in them are blanked
    """
    policy = study.release
    reason = _reasons(table, policy, spec, instrument)
    again = said_again(table, reason.notna().to_numpy(bool), study, instrument)
    reason = reason.mask(again & reason.isna().to_numpy(bool), COMPLEMENTARY)
    hidden = reason.notna()
    shown = table.copy()
    for column in (*VALUE, *BASE):
        shown[column] = shown[column].mask(hidden)
    shown["note"] = shown["note"].mask(hidden)
    shown["status"] = shown["status"].mask(hidden, SUPPRESSED)
    if policy.round_to:
        shown = _rounded(shown, policy.round_to)
    log = table.loc[hidden, list(KEY)].assign(rule=reason[hidden]).reset_index(drop=True)
    return Release(spec, instrument, study, policy, shown, log, _safe_facts(facts, policy))


def reopen(
    table: pd.DataFrame,
    suppressed: pd.DataFrame,
    facts: Mapping[str, pd.DataFrame],
    study: StudySpec,
    spec: WaveSpec,
    instrument: Instrument,
) -> Release:
    """A release that `protect` made in an earlier run, from its stored tables."""
    return Release(spec, instrument, study, study.release, estimates.check(table), suppressed, dict(facts))


def _reasons(table: pd.DataFrame, policy: ReleasePolicy, spec: WaveSpec, instrument: Instrument) -> pd.Series:
    """Rule that hides each row, or NA."""
    reason = np.full(len(table), None, dtype=object)
    row, domains = _domains(table)
    pairs = between.pairs(table, instrument)
    n = table["n"].to_numpy(dtype=float, na_value=0)
    # The smallest base of any estimand stands for the domain: one number left would give the rest away.
    size = np.full(len(domains), np.inf)
    np.minimum.at(size, row[~pairs.row], n[~pairs.row])
    domains, size = between.with_groups(domains, size, table, pairs)
    all_lines = lines.lines(domains, instrument) if policy.complementary else []
    small = (size > 0) & (size < policy.min_n)
    gone = lines.with_complements(all_lines, size, small)
    reason[gone[row]] = COMPLEMENTARY
    reason[small[row]] = MIN_N
    if policy.min_cell > 0:
        judged = _sensitive(table["measure"], spec, instrument) & table["n_level"].notna().to_numpy()
        judged &= ~table["estimand"].isin(LINEAR).to_numpy(bool) & ~pairs.row
        _hide_cells(table, row, all_lines, judged & ~gone[row], policy, reason)
    reason[between.given_away(table, pairs, reason != None, domains[gone]) & (reason == None)] = COMPLEMENTARY  # noqa: E711
    return pd.Series(reason, index=table.index, dtype="string")


def _domains(table: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Domain of each row, and every (analysis, measure, domain) once, in the table's order."""
    code = np.zeros(len(table), dtype=np.int64)
    for name in between.DOMAIN:
        each, values = pd.factorize(table[name])
        code = code * (len(values) + 1) + each + 1
    row, first = pd.factorize(code)[0], np.flatnonzero(~pd.Series(code).duplicated().to_numpy())
    return row, table[between.DOMAIN].iloc[first].fillna("").reset_index(drop=True)


def _sensitive(measures: pd.Series, spec: WaveSpec, instrument: Instrument) -> np.ndarray:
    """Whether `min_cell` applies to each row's measure."""
    if spec.design.sampling == "nonprobability":
        return np.ones(len(measures), dtype=bool)
    names = {v.name for v in instrument.variables if v.pdp == "spesifik" or v.role == "geography"}
    return measures.isin(names).to_numpy(bool)


def _hide_cells(
    table: pd.DataFrame,
    row: np.ndarray,
    all_lines: list[np.ndarray],
    judged: np.ndarray,
    policy: ReleasePolicy,
    reason: np.ndarray,
) -> None:
    if not judged.any():
        return
    level = table["level"].fillna("").to_numpy(dtype=object)
    count = table["n_level"].to_numpy(dtype=float, na_value=np.nan)
    every = pd.DataFrame({"domain": row[judged], "level": level[judged], "n": count[judged]})
    cells = every.groupby(["domain", "level"], sort=False)["n"].min().reset_index()
    hidden = lines.hidden_cells(cells, all_lines, policy.min_cell)
    small = ((cells["n"] > 0) & (cells["n"] < policy.min_cell)).to_numpy()
    keys = pd.MultiIndex.from_frame(cells.loc[hidden, ["domain", "level"]])
    rule = pd.Series(np.where(small, MIN_CELL, COMPLEMENTARY)[hidden], index=keys)
    at = np.flatnonzero(judged)
    found = rule.reindex(pd.MultiIndex.from_arrays([row[at], level[at]])).to_numpy(dtype=object)
    known = pd.notna(found)
    reason[at[known]] = found[known]
    # A mean or a top-2 share is a weighted sum of the levels: with those that stay it solves for two hidden ones.
    linear = table["estimand"].isin(LINEAR).to_numpy(bool) & (level == "") & np.isin(row, cells["domain"][hidden])
    reason[linear & (reason == None)] = COMPLEMENTARY  # noqa: E711 - elementwise


def _rounded(table: pd.DataFrame, step: int) -> pd.DataFrame:
    return table.assign(**{c: (table[c] / step).round() * step for c in BASE}).astype(BASE)


def _safe_facts(facts: Mapping[str, pd.DataFrame], policy: ReleasePolicy) -> dict[str, pd.DataFrame]:
    safe = dict(facts)
    if "margins" in safe and len(safe["margins"]):
        margins = safe["margins"]
        n = margins["n"].to_numpy(float)
        few = (n > 0) & (n < policy.min_n)
        if policy.complementary:
            parts = [np.asarray(at) for at in margins.groupby("margin", sort=False).indices.values()]
            few = lines.with_complements([p for p in parts if len(p) > 1], n, few)
        sample = {c: margins[c].astype(float).mask(few) for c in ("n", "unweighted", "weighted", "calibrated")}
        safe["margins"] = margins.assign(**sample)
    return safe

"""Rows between the levels of a grouping, and which of them go where a level is hidden.

A row with `by` and without `by_level` speaks of the grouping: a contrast of two levels, a share of the
variation, a test. With the levels that stay, a contrast or a share solves for the hidden one; a test has
no estimate and stays. The rules look at columns alone, so that they hold for every analysis.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np
import pandas as pd

from survey.core.instrument import Instrument

#: What makes a domain: rows that agree in these are hidden together.
DOMAIN = ["analysis", "measure", "population", "by", "by_level", "by2", "by2_level"]
_GROUPING = ["analysis", "measure", "population", "by"]
#: Analyses of everyone with an answer: what they hide of a measure, no other analysis gives away. Other
#: analyses have bases of their own, such as complete cases, which say nothing about these.
WHOLE_BASE = ("describe", "dont_know", "indicators")
#: Between the parts of a key; no name and no code holds it.
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of a table that contrast parts of a grouping.

    Attributes
    ----------
    row : (rows,) bool
    first, second : (rows,) object, the two levels; None where the contrast is not of two levels
    """

    row: np.ndarray = field(repr=False)
    first: np.ndarray = field(repr=False)
    second: np.ndarray = field(repr=False)


def pairs(table: pd.DataFrame, instrument: Instrument) -> Pairs:
    """The contrasts within groupings of an estimates table."""
    row = (table["by"].notna() & table["by_level"].isna() & table["contrast"].notna()).to_numpy(bool)
    first, second = np.full(len(table), None, dtype=object), np.full(len(table), None, dtype=object)
    by, contrast = table["by"].to_numpy(object), table["contrast"].to_numpy(object)
    # Codes may hold " - " themselves, so that a contrast is looked up rather than taken apart.
    known = {name: _contrasts(instrument, name) for name in dict.fromkeys(by[row]) if instrument.has(name)}
    for at in np.flatnonzero(row):
        first[at], second[at] = known.get(by[at], {}).get(contrast[at], (None, None))
    return Pairs(row, first, second)


def _contrasts(instrument: Instrument, name: str) -> dict[str, tuple[str, str]]:
    keys = [level.key for level in instrument.variable(name).levels]
    return {f"{a} - {b}": (a, b) for a, b in permutations(keys, 2)}


def with_groups(
    domains: pd.DataFrame, size: np.ndarray, table: pd.DataFrame, found: Pairs
) -> tuple[pd.DataFrame, np.ndarray]:
    """Domains and their sizes, with the groups that an analysis only names in contrasts.

    Of a contrast `n` counts both groups and `n_level` the first, so that each group's base is known; one
    that is too small is hidden, and covered, like any other domain.
    """
    named = found.row & (found.first != None) & table["n_level"].notna().to_numpy()  # noqa: E711 - elementwise
    if not named.any():
        return domains, size
    of = table.loc[named, DOMAIN].fillna("")
    n, one = (table.loc[named, c].to_numpy(float) for c in ("n", "n_level"))
    sides = [of.assign(by_level=found.first[named], size=one), of.assign(by_level=found.second[named], size=n - one)]
    # A pair's first group stands before its second: sorted by place, levels are in the instrument's order.
    groups = pd.concat(sides).sort_index(kind="stable")
    every = pd.concat([domains.assign(size=size), groups], ignore_index=True)
    sizes = every.groupby(DOMAIN, sort=False)["size"].min().reset_index()
    return sizes[DOMAIN], sizes["size"].to_numpy(float)


def given_away(table: pd.DataFrame, found: Pairs, hidden: np.ndarray, gone: pd.DataFrame) -> np.ndarray:
    """Rows that would give a hidden level away: contrasts that name one, estimates over a grouping that has one.

    Parameters
    ----------
    hidden : (rows,) bool, rows hidden so far
    gone : domains that are hidden whole, columns `DOMAIN`
    """
    over = (table["by"].notna() & table["by_level"].isna() & table["by2"].isna()).to_numpy(bool)
    levels = gone[(gone["by"] != "") & (gone["by_level"] != "") & (gone["by2"] == "")]
    cells = hidden & (table["by_level"].notna() & table["by2"].isna()).to_numpy(bool)
    if not over.any() or not (len(levels) or cells.any()):
        return np.zeros(len(table), dtype=bool)
    whole = _hidden_keys(levels, [*_GROUPING, "by_level"])
    parts = _hidden_keys(table[cells], [*_GROUPING, "by_level", "level"])
    groupings = _hidden_keys(levels, _GROUPING) | _hidden_keys(table[cells], _GROUPING)
    rows = table[over]
    touched = _among(rows, _GROUPING, groupings)
    out = np.zeros(len(table), dtype=bool)
    named = found.first[over] != None  # noqa: E711 - elementwise
    estimates = rows["estimate"].notna().to_numpy()
    names = np.zeros(len(rows), dtype=bool)
    for side in (found.first[over], found.second[over]):
        at = rows.assign(by_level=pd.array(side, dtype="string"))
        names |= _among(at, [*_GROUPING, "by_level"], whole)
        names |= _among(at, [*_GROUPING, "by_level", "level"], parts)
    out[over] = touched & np.where(named, names, estimates | found.row[over])
    return out


def _hidden_keys(rows: pd.DataFrame, columns: list[str]) -> set[str]:
    """Keys of what is hidden: under its own analysis, and under no name where it counts for every analysis."""
    for_all = rows[rows["analysis"].isin(WHOLE_BASE)].assign(analysis="")
    return set(_keys(rows, columns)) | set(_keys(for_all, columns))


def _among(rows: pd.DataFrame, columns: list[str], hidden: set[str]) -> np.ndarray:
    """Whether each row's key is hidden in its own analysis or for every analysis, (rows,) bool."""
    own, any_analysis = _keys(rows, columns), _keys(rows.assign(analysis=""), columns)
    return np.array([a in hidden or b in hidden for a, b in zip(own, any_analysis, strict=True)])


def _keys(rows: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    return [_SEPARATOR.join(parts) for parts in zip(*(rows[c].fillna("") for c in columns), strict=True)]

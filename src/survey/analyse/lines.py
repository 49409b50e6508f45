"""Sums that published domains take part in: where one hidden cell could be computed back.

A line is a set of domains whose total is published too: the levels of a grouping (total: everyone),
a row or a column of a crossing (total: the level of the other group), the levels of a grouping that
make up one level of a coarser grouping derived from it. A line with exactly one hidden domain gives
it away by subtraction; one whose hidden domains hold fewer than `SLACK` people together says nearly as
much.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from survey.core.instrument import Instrument

#: A hidden number must be able to take this many values beside its own, whatever is added up.
SLACK = 5


def lines(domains: pd.DataFrame, instrument: Instrument) -> list[np.ndarray]:
    """Positions of the domains of each line.

    Parameters
    ----------
    domains : one row a domain: analysis, measure, population, by, by_level, by2, by2_level; unused
        key cells are ``""``
    """
    measure = ["analysis", "measure", "population"]
    grouped, single = domains[domains["by"] != ""], domains["by2"] == ""
    # A row over a whole grouping, such as a test, is no level of it.
    plain = grouped[single[grouped.index] & (grouped["by_level"] != "")]
    crossed = grouped[~single[grouped.index]]
    found = _split(plain, [*measure, "by"])
    for source, members in _coarser(instrument):
        part = plain[(plain["by"] == source) & plain["by_level"].isin(members)]
        found += _split(part, measure)
    pair = [*measure, "by", "by2"]
    for side in ([], ["by_level"], ["by2_level"]):
        found += _split(crossed, pair + side)
    return [line for line in found if len(line) > 1]


def _split(domains: pd.DataFrame, columns: list[str]) -> list[np.ndarray]:
    """Positions of the domains that agree in `columns`, in order."""
    if domains.empty:
        return []
    group = domains.groupby(columns, sort=False).ngroup().to_numpy()
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(1, group.max() + 1))
    return np.split(domains.index.to_numpy()[order], starts)


def _coarser(instrument: Instrument) -> list[tuple[str, frozenset[str]]]:
    """Source of each regrouping, with the source's levels that one of its levels adds up."""
    regrouped = [d for d in instrument.derived if d.regroup and d.source.names]
    return [(d.source.names[0], frozenset(m)) for d in regrouped for m in d.members.values()]


def with_complements(all_lines: Iterable[np.ndarray], size: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """`hidden`, (D,) bool, with the next-smallest domain of each line that would hide too little.

    Of two equal next-smallest the first in the instrument's order goes. Repeated until no line gives a
    hidden one away; domains of nobody are neither hidden nor a cover.
    """
    out = hidden.copy()
    watched = [line for line in all_lines if len(line)]
    if not hidden.any() or not watched:
        return out
    members = np.concatenate(watched)
    starts = np.cumsum([0, *(len(line) for line in watched[:-1])])
    changed = True
    while changed:
        changed = False
        count = np.add.reduceat(out[members], starts, dtype=np.intp)
        people = np.add.reduceat(np.where(out[members], size[members], 0.0), starts)
        for at in np.flatnonzero((count == 1) | ((count > 1) & (people < SLACK))):
            line = watched[at]
            candidates = line[~out[line] & (size[line] > 0)]
            if len(candidates) and _gives_away(size[line], out[line]):
                out[candidates[np.argmin(size[candidates])]] = True
                changed = True
    return out


def _gives_away(size: np.ndarray, hidden: np.ndarray) -> bool:
    count = int(hidden.sum())
    return count == 1 or (count > 1 and float(size[hidden].sum()) < SLACK)


def hidden_cells(cells: pd.DataFrame, all_lines: Sequence[np.ndarray], min_cell: int) -> np.ndarray:
    """Which levels of which domains are hidden, (cells,) bool.

    A level with 0 < n < `min_cell` goes with the next-smallest level of its domain; with fewer than
    two levels left, all go. A level hidden in exactly one domain of a line goes in the next-smallest
    domain too, and so on until nothing can be subtracted.

    Parameters
    ----------
    cells : one row a domain × level, in order: domain, level, n
    """
    n = cells["n"].to_numpy(float)
    hidden = (n > 0) & (n < min_cell)
    if not hidden.any():
        return hidden
    by_domain = [np.asarray(at) for at in cells.groupby("domain", sort=False).indices.values()]
    by_line = _level_lines(cells, all_lines)
    while True:
        before = hidden.copy()
        for levels in by_domain:
            _cover_levels(levels, n, hidden)
        hidden = with_complements(by_line, n, hidden)
        if (hidden == before).all():
            return hidden


def _cover_levels(levels: np.ndarray, n: np.ndarray, hidden: np.ndarray) -> None:
    if not hidden[levels].any():
        return
    while _gives_away(n[levels], hidden[levels]):
        candidates = levels[~hidden[levels] & (n[levels] > 0)]
        if not len(candidates):
            break
        hidden[candidates[np.argmin(n[candidates])]] = True
    if (~hidden[levels] & (n[levels] > 0)).sum() < 2:
        hidden[levels] = True


def _level_lines(cells: pd.DataFrame, all_lines: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Positions in `cells` of one level over the domains of a line, for each line and level."""
    domain, domains = pd.factorize(cells["domain"])
    level, levels = pd.factorize(cells["level"])
    place = np.full((len(domains) + 1, len(levels)), -1, dtype=np.intp)
    place[domain, level] = np.arange(len(cells))
    row_of = np.full(max((int(line.max()) for line in all_lines if len(line)), default=0) + 1, -1, dtype=np.intp)
    inside = domains < len(row_of)
    row_of[domains[inside]] = np.flatnonzero(inside)
    found = []
    for line in all_lines:
        # The last row of `place` holds no cell: it stands for domains without cells of this kind.
        at = place[row_of[line]].T
        found += [column[column >= 0] for column in at[(at >= 0).sum(axis=1) > 1]]
    return found

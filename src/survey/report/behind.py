"""Which groups are behind everyone together for certain, on which indicators, and how many people that concerns.

The rule is that of announcing a difference, with the distance from everyone in the place of a pair: the
test of all groups and the distance below α after adjustment, the adjusted interval above 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.report.announced import alpha

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is behind on one indicator, in points of 100; the interval is the adjusted one."""

    indicator: Indicator
    gap: Row
    omnibus: Row
    people: Row | None
    rank: Row | None


@dataclass(frozen=True, slots=True)
class Behind:
    """A group and the indicators on which it is behind for certain, in the instrument's order."""

    by: str
    level: str
    lags: tuple[Lag, ...]

    @property
    def people(self) -> Row | None:
        """The most people that any of its indicators counts: those with a score."""
        found = [lag.people for lag in self.lags if lag.people is not None and lag.people.shown]
        return max(found, key=lambda r: r.estimate or 0.0, default=None)

    @property
    def rows(self) -> tuple[int, ...]:
        """Places of the rows it rests on."""
        return tuple(r.position for lag in self.lags for r in (lag.gap, lag.omnibus))


def behind(page: Page) -> list[Behind]:
    """Every such group, in the order of the study's groupings and of their levels."""
    found: dict[tuple[str, str], list[Lag]] = {}
    for by in page.release.study.groups:
        for indicator in page.release.instrument.indicators:
            for lag in _lags(page, indicator, by):
                found.setdefault((by, str(lag.gap.by_level)), []).append(lag)
    order = {by: [v.key for v in page.variable(by).levels] for by, _ in found}
    keys = sorted(found, key=lambda k: (page.release.study.groups.index(k[0]), _place(order[k[0]], k[1])))
    return [Behind(by, level, tuple(found[by, level])) for by, level in keys]


def _place(levels: list[str], level: str) -> int:
    return levels.index(level) if level in levels else len(levels)


def _lags(page: Page, of: Indicator, by: str) -> list[Lag]:
    omnibus = next(iter(page.rows.find("priorities", "design_ws", of.name, by)), None)
    if omnibus is None or omnibus.p_adjusted is None or omnibus.p_adjusted >= alpha(page):
        return []
    people = {r.by_level: r for r in page.rows.find("priorities", "people", of.name, by)}
    ranks = {r.by_level: r for r in page.rows.find("priorities", "rank", of.name, by)}
    return [
        Lag(
            of,
            r._replace(low=r.adjusted_low, high=r.adjusted_high),
            omnibus,
            people.get(r.by_level),
            ranks.get(r.by_level),
        )
        for r in page.rows.find("priorities", "gap", of.name, by)
        if r.firm and (r.adjusted_low or 0.0) > 0 and r.p_adjusted is not None and r.p_adjusted < alpha(page)
    ]


def single(rank: Row) -> bool:
    """Whether the interval of a rank is one rank."""
    return rank.low is not None and rank.low == rank.high


def people_of(page: Page, b: Behind) -> str:
    """The people of a group, from a thousand on to the nearest; empty where weights do not count the population."""
    value = b.people.estimate if b.people is not None else None
    if value is None or page.release.study.population is None:
        return ""
    return page.t.number(round(value, -3) if value >= 1000 else value)

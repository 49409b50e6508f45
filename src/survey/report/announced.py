"""Which differences between groups the release lets a report announce, which it shows to be small, and which neither.

A difference is announced where the test of all groups and that of the pair are both below α after
adjustment and the adjusted interval leaves out 0. Sections and sentences ask here, never the rows themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.report.locale import mark

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row

DIFFER, ALIKE, UNCLEAR, UNTESTED = "differ", "alike", "unclear", "untested"

#: Words for a difference in standard deviations, each up to its limit (after Cohen 1988; conventions, not laws).
SIZES = ((0.2, mark("very small")), (0.5, mark("small")), (0.8, mark("medium")), (float("inf"), mark("large")))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups of one grouping that differ for certain.

    Attributes
    ----------
    difference : mean of `more` less that of `less`, above 0; its interval is the adjusted one.
    omnibus : the test of all groups; effect : the difference in standard deviations, turned the same way.
    """

    indicator: Indicator
    by: str
    more: str
    less: str
    difference: Row
    omnibus: Row
    effect: Row | None

    @property
    def rows(self) -> tuple[int, ...]:
        """Places of the rows it rests on."""
        return tuple(r.position for r in (self.difference, self.omnibus, self.effect) if r is not None)


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be said of one indicator over one grouping; `pairs` widest first, only where groups differ."""

    indicator: Indicator
    by: str
    verdict: str
    omnibus: Row | None
    pairs: tuple[Pair, ...] = ()
    alike: tuple[Row, ...] = ()


def alpha(page: Page) -> float:
    """The level that adjusted p-values are held against."""
    return round(1 - page.release.study.conf_level, 12)  # 1 - 0.95 is a little more than 0.05


def standing(page: Page, of: Indicator, by: str) -> Standing:
    """The verdict on one indicator and one grouping."""
    omnibus = next(iter(page.rows.find("compare", "design_ws", of.name, by)), None)
    if omnibus is None or omnibus.p_adjusted is None:
        return Standing(of, by, UNTESTED, omnibus)
    level = alpha(page)
    pairs = tuple(_announced(page, of, by, omnibus)) if omnibus.p_adjusted < level else ()
    alike = tuple(
        r for r in page.rows.find("compare", "equivalence", of.name, by)
        if r.shown and r.p_adjusted is not None and r.p_adjusted < level
    )  # fmt: skip
    if pairs:
        return Standing(of, by, DIFFER, omnibus, tuple(sorted(pairs, key=_width, reverse=True)), alike)
    all_pairs = page.rows.find("compare", "difference", of.name, by)
    small = bool(alike) and {r.contrast for r in all_pairs} == {r.contrast for r in alike}
    return Standing(of, by, ALIKE if small else UNCLEAR, omnibus, (), alike)


def standings(page: Page) -> dict[str, tuple[Standing, ...]]:
    """Grouping → its verdicts, one an indicator; only groupings of which something was tested."""
    indicators = page.release.instrument.indicators
    made = {by: tuple(standing(page, i, by) for i in indicators) for by in page.release.study.groups}
    return {by: found for by, found in made.items() if any(s.verdict != UNTESTED for s in found)}


def _announced(page: Page, of: Indicator, by: str, omnibus: Row) -> Iterator[Pair]:
    effects = {r.contrast: r for r in page.rows.find("compare", "d_design", of.name, by) if r.shown}
    for row in page.rows.find("compare", "difference", of.name, by):
        low, high = row.adjusted_low, row.adjusted_high
        if not row.firm or row.p_adjusted is None or row.p_adjusted >= alpha(page) or low is None or high is None:
            continue
        if low <= 0 <= high or (named := sides(page, by, row.contrast)) is None:
            continue
        effect = effects.get(row.contrast)
        adjusted = row._replace(low=low, high=high)
        if low > 0:
            yield Pair(of, by, named[0], named[1], adjusted, omnibus, effect)
        else:
            yield Pair(of, by, named[1], named[0], turned(adjusted), omnibus, turned(effect) if effect else None)


def _width(pair: Pair) -> float:
    return pair.difference.estimate or 0.0


def sides(page: Page, by: str, contrast: str | None) -> tuple[str, str] | None:
    """The two groups of a contrast ``a - b``; None where they are not levels of the grouping."""
    keys = [v.key for v in page.variable(by).levels] if page.release.instrument.has(by) else []
    return next(((a, b) for a in keys for b in keys if f"{a} - {b}" == contrast), None)


def turned(row: Row) -> Row:
    """The same difference the other way round."""

    def less(value: float | None) -> float | None:
        return None if value is None else -value

    return row._replace(estimate=less(row.estimate), low=less(row.high), high=less(row.low))


def size(effect: Row | None) -> str | None:
    """The word for a difference of so many standard deviations, as a message; None without one."""
    if effect is None or effect.estimate is None:
        return None
    return next(word for limit, word in SIZES if abs(effect.estimate) < limit)

"""Tests and effect sizes of the textbooks beside those by the sampling design, for readers who expect them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report.announced import alpha, sides, turned
from survey.report.blocks import Block, Bullets, Cell, Fold, Line, Prose, Table
from survey.report.locale import mark
from survey.report.sections.gap_parts import STAR, starred
from survey.report.sentences import classical as words
from survey.report.sentences.classical import BY_DESIGN, CLASSICAL, Compared
from survey.report.spans import span
from survey.report.tables import table, value_cell

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row

TESTS = {
    BY_DESIGN: mark("By design, F"),
    "design_f": mark("Wald by design, F"),
    "design_rank": mark("Ranks by design, F"),
    "anova_welch": mark("Welch's ANOVA, F"),
    "kruskal": mark("Kruskal–Wallis, H"),
}
SHARES = {"eta2": mark("η²"), "epsilon2": mark("ε²")}
SIZES = {"hedges_g": mark("Hedges' g"), "cliffs_delta": mark("Cliff's δ"), "d_design": mark("g by design")}


def classical(page: Page) -> Fold | None:
    """One closed part: which verdicts differ, the tests, how far the widest pairs lie apart; None without rows."""
    found = list(_compared(page))
    if not any(name in one.rows for one in found for name in CLASSICAL):
        return None
    agreed = words.agreement(page, found)
    blocks: list[Block] = [Prose((*words.limits(page, found), *([agreed] if agreed else [])))]
    if differing := tuple(words.differing(page, found)):
        blocks.append(Bullets(differing))
    blocks.append(_tests(page, found))
    if (sizes := _sizes(page, found)) is not None:
        blocks.append(sizes)
    return Fold(page.t("Classical tests, for readers who expect them"), tuple(blocks))


def _compared(page: Page) -> Iterator[Compared]:
    for by in page.release.study.groups:
        for indicator in page.release.instrument.indicators:
            found = {e: page.rows.find("compare", e, indicator.name, by) for e in (*TESTS, *SHARES)}
            if rows := {e: held[0] for e, held in found.items() if held}:
                yield Compared(indicator.name, by, rows)


def _tests(page: Page, found: Sequence[Compared]) -> Table:
    t = page.t
    tests, shares = ([e for e in names if any(e in one.rows for one in found)] for names in (TESTS, SHARES))

    def cells(one: Compared) -> tuple[Cell, ...]:
        values = (value_cell(page, e, one.rows.get(e)) for e in shares)
        return *(_statistic(page, one.rows.get(e)) for e in tests), *values

    notes = (
        t("Below each statistic: p, adjusted for all comparisons; {star} where it is below {level}. Degrees of freedom "
          "are in estimates.csv.", star=STAR, level=t.number(alpha(page), 2)),
        t("η² and ε²: how much of the variation of the values, and of their ranks, lies between the groups; without "
          "weights."),
    )  # fmt: skip
    heads = (t("Indicator"), *(t(TESTS[e]) for e in tests), *(t(SHARES[e]) for e in shares))
    caption = t("Tests of all groups, by design and classical")
    return table(page, "classical-tests", caption, heads, _under_groupings(page, found, cells), notes)


def _statistic(page: Page, row: Row | None) -> Cell:
    """The statistic of a test with its adjusted p below it."""
    if row is None or row.statistic is None:
        return value_cell(page, "mean", row)
    return starred(page, Cell(page.t.number(row.statistic, 2)), row.p_adjusted)


def _sizes(page: Page, found: Sequence[Compared]) -> Table | None:
    """Of each indicator and grouping the two groups whose g is widest."""
    t = page.t
    widest = {(one.indicator, one.by): _widest(page, one) for one in found}
    if not any(widest.values()):
        return None

    def cells(one: Compared) -> tuple[Cell, ...]:
        pair, rows = widest[one.indicator, one.by] or ("", {})
        values = (value_cell(page, "mean", r, (span(page, "mean", r),)) if r else Cell() for r in map(rows.get, SIZES))
        return Cell(pair, numeric=False), *values

    notes = (
        t("The two groups that lie farthest apart, the higher one first: picked because they do, so read them with the "
          "intervals, which are adjusted for all pairs."),
        t("Hedges' g: difference in standard deviations, without weights; beside it the same by design. Cliff's δ: the "
          "chance that someone of the first group stands above someone of the second, less the reverse; −1 to 1."),
    )  # fmt: skip
    heads = (t("Indicator"), t("Groups"), *(t(name) for name in SIZES.values()))
    caption = t("Classical effect sizes of the widest pairs")
    return table(page, "classical-sizes", caption, heads, _under_groupings(page, found, cells), notes)


def _widest(page: Page, one: Compared) -> tuple[str, dict[str, Row]] | None:
    """Names of the two groups and their effect sizes, turned so that g is above 0, with adjusted intervals."""
    rows = [r for r in page.rows.find("compare", "hedges_g", one.indicator, one.by) if r.shown]
    if not rows:
        return None
    first = max(rows, key=lambda r: abs(r.estimate or 0.0))
    pair, back = sides(page, one.by, first.contrast), (first.estimate or 0.0) < 0
    if pair is None:
        return None
    high, low = (page.level(one.by, key) for key in (reversed(pair) if back else pair))
    held = (r for e in SIZES for r in page.rows.find("compare", e, one.indicator, one.by))
    adjusted = [r._replace(low=r.adjusted_low, high=r.adjusted_high) for r in held if r.contrast == first.contrast]
    named = page.t("{first} less {second}", first=high, second=low)
    return named, {r.estimand: turned(r) if back else r for r in adjusted}


def _under_groupings(
    page: Page, found: Sequence[Compared], cells: Callable[[Compared], tuple[Cell, ...]]
) -> Iterator[Line]:
    """A line an indicator under the names of the groupings."""
    for by in dict.fromkeys(one.by for one in found):
        yield Line(page.label(by))
        for one in found:
            if one.by == by:
                yield Line(page.label(one.indicator), cells(one))

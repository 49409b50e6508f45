"""Figures and tables of announced differences, shared by the summary, the brief and the section on groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor
from typing import TYPE_CHECKING

from survey.report.announced import DIFFER, Pair, alpha, size, standings
from survey.report.blocks import Cell, Figure, Line, Table
from survey.report.figures import Axis
from survey.report.gap_figures import Ends, dumbbell
from survey.report.locale import Probability
from survey.report.spans import span, valued
from survey.report.tables import table, written

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row

#: Beside a number whose test holds after adjustment.
STAR = "*"


def widest_gaps(page: Page) -> Figure | None:
    """For each indicator the announced difference with the widest estimate; None where nothing is announced."""
    t = page.t
    best: dict[str, Pair] = {}
    for found in standings(page).values():
        for pair in (s.pairs[0] for s in found if s.verdict == DIFFER):
            held = best.get(pair.indicator.name)
            if held is None or (pair.difference.estimate or 0.0) > (held.difference.estimate or 0.0):
                best[pair.indicator.name] = pair
    pairs = [best[i.name] for i in page.release.instrument.indicators if i.name in best]
    caption = t("The widest certain difference on each indicator")
    labels = [t("{name}, {grouping}", name=page.label(p.indicator.name), grouping=page.label(p.by)) for p in pairs]
    if len(groupings := {p.by for p in pairs}) == 1:
        caption = t("The widest certain difference on each indicator: by {grouping}", grouping=page.label(*groupings))
        labels = [page.label(p.indicator.name) for p in pairs]
    return pairs_figure(page, "widest", caption, pairs, labels)


def all_gaps(page: Page) -> Figure | None:
    """For each indicator and grouping the announced difference with the widest estimate."""
    pairs = [s.pairs[0] for found in standings(page).values() for s in found if s.verdict == DIFFER]
    caption = page.t("Certain differences: the widest pair of each indicator and grouping")
    return pairs_figure(page, "gaps", caption, pairs, [page.label(p.indicator.name) for p in pairs], headed=True)


def pairs_figure(
    page: Page, name: str, caption: str, pairs: Sequence[Pair], labels: Sequence[str], headed: bool = False
) -> Figure | None:
    """Dumbbells of pairs whose groups' means the release shows, under the names of their groupings if `headed`."""
    shared = _shared_range(page, [p.indicator for p in pairs])
    drawn: list[Ends | str] = []
    facts, heading = [], ""
    for pair, label in zip(pairs, labels, strict=True):
        low, high = (_mean(page, pair, level) for level in (pair.less, pair.more))
        if shared is None or low is None or high is None:
            continue
        if headed and page.label(pair.by) != heading:
            heading = page.label(pair.by)
            drawn.append(heading)
        names = [page.level(pair.by, level) for level in (pair.less, pair.more)]
        gap = valued(page, "mean", pair.difference)
        drawn.append(Ends(label, low, high, names[0], names[1], gap))
        facts.append(page.t("{indicator}: {less} {low}, {more} {high}, difference {gap}", indicator=label,
                            less=names[0], more=names[1], gap=gap,
                            low=written(page.t, "mean", low), high=written(page.t, "mean", high)))  # fmt: skip
    if not facts or shared is None:
        return None
    axis = _axis(page, shared, [line for line in drawn if isinstance(line, Ends)])
    alt = page.t("Dumbbell chart of two groups each, the lower at the left. {facts}.", facts="; ".join(facts))
    svg = dumbbell(drawn, axis, page.t("Difference (interval)"))
    return Figure(name, caption, alt, svg, pairs_table(page, name, caption, pairs, folded=True))


def _shared_range(page: Page, indicators: Sequence[Indicator]) -> tuple[float, float] | None:
    ranges = {page.release.instrument.item_range(i) for i in indicators}
    return next(iter(ranges)) if len(ranges) == 1 else None


def _mean(page: Page, pair: Pair, level: str) -> float | None:
    rows = page.rows.find("indicators", "mean", pair.indicator.name, pair.by)
    row: Row | None = next((r for r in rows if r.by_level == level), None)
    return row.estimate if row is not None and row.shown else None


def _axis(page: Page, ends: tuple[float, float], lines: Sequence[Ends]) -> Axis:
    """The part of the scale that holds all points, in half steps of a short scale, tenths of a long one."""
    step = 0.5 if ends[1] - ends[0] <= 10 else (ends[1] - ends[0]) / 10
    low = ends[0] + step * floor((min(line.low for line in lines) - ends[0]) / step)
    high = ends[0] + step * ceil((max(line.high for line in lines) - ends[0]) / step)
    high = max(high, low + step)
    steps = [low + step * k for k in range(round((high - low) / step) + 1)]
    steps = steps[:: ceil(len(steps) / 6)]
    title = page.t(
        "Mean on the scale {low}–{high}, of which a part is drawn; hollow: the lower group, filled: the higher",
        low=page.t.number(ends[0]),
        high=page.t.number(ends[1]),
    )
    return Axis(low, high, tuple((k, page.t.number(k, 0 if float(k).is_integer() else 1)) for k in steps), title)


def pairs_table(page: Page, name: str, caption: str, pairs: Sequence[Pair], folded: bool) -> Table:
    """Announced differences: the two groups, the difference with its adjusted interval, p, how large."""
    t = page.t
    columns = (
        t("Indicator and grouping"), t("Lower"), t("Higher"), t("Difference"), t("Adjusted interval"), t("Adjusted p"),
        t("Standard deviations"), t("Size"),
    )  # fmt: skip
    lines = [
        Line(t("{name}, {grouping}", name=page.label(p.indicator.name), grouping=page.label(p.by)), _cells(page, p))
        for p in pairs
    ]
    note = t(
        "Very small: below 0.2 standard deviations; small: below 0.5; medium: below 0.8; large: from there on. "
        "These are "
        "conventions of research, not limits of what matters to people."
    )
    return table(page, f"pairs-{name}", caption, columns, lines, (note,), folded=folded)


def _cells(page: Page, pair: Pair) -> tuple[Cell, ...]:
    t, word = page.t, size(pair.effect)
    return (
        Cell(page.level(pair.by, pair.less), numeric=False),
        Cell(page.level(pair.by, pair.more), numeric=False),
        Cell(written(t, "mean", pair.difference.estimate)),
        Cell(span(page, "mean", pair.difference)),
        Cell(probability(page, pair.difference.p_adjusted)),
        Cell(written(t, "mean", pair.effect.estimate) if pair.effect else ""),
        Cell(t(word) if word else "", numeric=False),
    )


def probability(page: Page, p: float | None) -> str:
    """A p-value to three decimals; smaller ones as such."""
    if p is None:
        return ""
    return page.t("< {p}", p=page.t.number(0.001, 3)) if p < 0.001 else page.t.number(p, 3)


def starred(page: Page, cell: Cell, p: float | None) -> Cell:
    """The cell with a p-value below its number, and a star where that holds at the level of the report."""
    if p is None:
        return cell
    value = probability(page, p)
    below = (*cell.details, Probability(page.t("p {p}", p=value), value))
    return replace(cell, details=below, mark=" ".join(filter(None, (cell.mark, STAR if p < alpha(page) else ""))))

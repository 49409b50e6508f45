"""Indicators and don't-know answers by group. Intervals are described; differences are claimed by tests only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Figure, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.figures import Axis, Panel, heat, panels
from survey.report.rows import Row
from survey.report.sections.summary import common_axis, point
from survey.report.tables import estimate_cells, estimate_columns, stacked_cell, table, value_cell

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page

PANELS = 6  # as many indicators side by side as stay legible on A4
COLUMNS = 8  # of the heat map
MOST_TICKS = 4  # as many as fit under one of them

Grouping = tuple[str, str]  # a group variable, and the second one of a two-way grouping or ""


def groups(page: Page) -> Section | Omitted:
    """The mean of every indicator in every group, with its interval and base."""
    t, indicators = page.t, page.indicators()
    title = t("The indicators by group")
    found = _groupings(page, "indicators", "mean", indicators)
    if not indicators:
        return Omitted(title, t("The study has no indicators, or their analysis was not asked for."))
    if not found:
        return Omitted(title, t("The study names no groups, or the indicators were not estimated by group."))
    said = (
        t(
            "Each dot is a group's mean with its interval; hollow dots are imprecise. Where intervals"
            " overlap, the groups may well be equal. Whether a difference holds is a matter for a "
            "test, not for the eye."
        )
        if page.probability
        else t(
            "Each dot is a group's mean in this sample. Without a probability sample there are no "
            "intervals, and differences between groups say nothing about the population."
        )
    )
    single = [g for g in found if not g[1]]
    tables = [_table(page, "indicators", "mean", g, indicators) for g in found]
    drawn: list[Block] = list(_panels(page, single, indicators, tables)) if single else []
    return Section("groups", title, (Prose((Sentence(said),)), *drawn, *tables))


def dont_know(page: Page) -> Section | Omitted:
    """Share of don't-know answers for every indicator, for everyone and in every group."""
    t = page.t
    indicators = [i for i in page.release.instrument.indicators if page.rows.find("dont_know", "proportion", i.name)]
    title = t("Who could not judge: don't-know answers")
    if not page.release.instrument.indicators:
        return Omitted(title, t("The study has no indicators, or their analysis was not asked for."))
    if not indicators:
        return Omitted(title, t("Don't-know answers were not estimated."))
    said = t("Not knowing is an answer too: it shows whom the service has not reached. Shares are of everyone asked.")
    found = _groupings(page, "dont_know", "proportion", indicators)
    everyone = _everyone(page, indicators)
    tables = [_table(page, "dont_know", "proportion", g, indicators) for g in found]
    single = [g for g in found if not g[1]]
    drawn: list[Block] = [everyone]
    if single:
        parts = [indicators[at : at + COLUMNS] for at in range(0, len(indicators), COLUMNS)]
        drawn += [_heat(page, single, part, everyone, at) for at, part in enumerate(parts)]
    return Section("dont-know", title, (Prose((Sentence(said),)), *drawn, *tables))


def _groupings(page: Page, analysis: str, estimand: str, indicators: Sequence[Indicator]) -> list[Grouping]:
    asked = [(g, "") for g in page.release.study.groups] + list(page.release.study.cross)
    return [g for g in asked if any(page.rows.find(analysis, estimand, i.name, *g) for i in indicators)]


def _cells(page: Page, analysis: str, estimand: str, grouping: Grouping, indicators: Sequence[Indicator]) -> _Grid:
    """Rows of one grouping: group → one row an indicator, groups in the order of the estimates."""
    grid: _Grid = {}
    for k, indicator in enumerate(indicators):
        for row in page.rows.find(analysis, estimand, indicator.name, *grouping):
            grid.setdefault((row.by_level, row.by2_level), [None] * len(indicators))[k] = row
    return grid


_Grid = dict[tuple[str | None, str | None], list[Row | None]]


def _group_label(page: Page, grouping: Grouping, group: tuple[str | None, str | None]) -> str:
    return ", ".join(page.level(by, level) for by, level in zip(grouping, group, strict=True) if by)


def _grouping_label(page: Page, grouping: Grouping) -> str:
    return page.t.listing([page.label(by) for by in grouping if by])


def _table(page: Page, analysis: str, estimand: str, grouping: Grouping, indicators: Sequence[Indicator]) -> Table:
    t = page.t
    caption = (
        t("Don't-know answers by {grouping}") if analysis == "dont_know" else t("Mean of each indicator by {grouping}")
    )
    lines = [
        Line(_group_label(page, grouping, group), tuple(stacked_cell(page, estimand, r) for r in rows))
        for group, rows in _cells(page, analysis, estimand, grouping, indicators).items()
    ]
    name = "-".join(part for part in (analysis.replace("_", "-"), *grouping) if part)
    columns = (_grouping_label(page, grouping), *(page.label(i.name) for i in indicators))
    caption = caption.format(grouping=_grouping_label(page, grouping))
    return table(page, name, caption, columns, lines, folded=True)


def _everyone(page: Page, indicators: Sequence[Indicator]) -> Table:
    t = page.t
    lines = [
        Line(
            page.label(i.name), estimate_cells(page, "proportion", page.rows.overall("dont_know", "proportion", i.name))
        )
        for i in indicators
    ]
    columns = (t("Indicator"), *estimate_columns(page, t("Don't know")))
    return table(page, "dont-know", t("Don't-know answers, everyone"), columns, lines)


def _panels(
    page: Page, groupings: Sequence[Grouping], indicators: Sequence[Indicator], tables: Sequence[Table]
) -> Iterator[Figure]:
    """One figure for up to `PANELS` indicators, all groupings below one another."""
    t = page.t
    for start in range(0, len(indicators), PANELS):
        shown = indicators[start : start + PANELS]
        whole, estimand = common_axis(page, shown)
        labels, rows = _stack(page, "indicators", estimand, groupings, shown)
        charts = [_panel(page, estimand, i, [row[k] if row else None for row in rows]) for k, i in enumerate(shown)]
        alt = t(
            "Small dot charts of {names}, one row a group, with intervals; the numbers are in the tables below.",
            names=t.listing([c.title for c in charts]),
        )
        name = "groups" if start == 0 else f"groups-{start // PANELS + 1}"
        drawn = panels(labels, charts, _cropped(page, whole, charts))
        yield Figure(name, t("Indicators by group"), alt, drawn, tables[0], own_table=False)


def _panel(page: Page, estimand: str, of: Indicator, rows: Sequence[Row | None]) -> Panel:
    everyone = page.rows.overall("indicators", estimand, of.name)
    reference = everyone.estimate if everyone is not None and everyone.shown else None
    return Panel(page.label(of.name), tuple(point(page, estimand, r) if r else None for r in rows), reference)


def _cropped(page: Page, axis: Axis, charts: Sequence[Panel]) -> Axis:
    """The part of the axis that holds all points and intervals, in steps of half a tick."""
    ends = [v for c in charts for p in c.points if p is not None for v in (p.value, p.low, p.high) if v is not None]
    if not ends or len(axis.ticks) < 2:
        return axis
    step = (axis.ticks[1][0] - axis.ticks[0][0]) / 2
    low = max(axis.low, axis.low + step * floor((min(ends) - axis.low) / step))
    high = min(axis.high, axis.low + step * ceil((max(ends) - axis.low) / step))
    ticks = tuple(tick for tick in axis.ticks if low <= tick[0] <= high)
    ticks = ticks[:: ceil(len(ticks) / MOST_TICKS)] if ticks else ticks
    title = page.t("{title}; part of the axis. Dashed: everyone.", title=axis.title)
    return Axis(low, high, ticks, title)


def _stack(
    page: Page, analysis: str, estimand: str, groupings: Sequence[Grouping], indicators: Sequence[Indicator]
) -> tuple[list[str], list[list[Row | None] | None]]:
    """Labels and rows of several groupings below one another; None under the name of a grouping."""
    labels: list[str] = []
    rows: list[list[Row | None] | None] = []
    for grouping in groupings:
        labels.append(_grouping_label(page, grouping))
        rows.append(None)
        for group, found in _cells(page, analysis, estimand, grouping, indicators).items():
            labels.append(_group_label(page, grouping, group))
            rows.append(found)
    return labels, rows


def _heat(
    page: Page, groupings: Sequence[Grouping], indicators: Sequence[Indicator], everyone: Table, part: int
) -> Figure:
    t = page.t
    labels, rows = _stack(page, "dont_know", "proportion", groupings, indicators)
    empty: list[Row | None] = [None] * len(indicators)
    grid = [row or empty for row in rows]
    values = [[r.estimate if r is not None and r.shown else None for r in row] for row in grid]
    texts = [[_short(page, r) for r in row] for row in grid]
    shown = [v for row in values for v in row if v is not None]
    names = [page.label(i.name) for i in indicators]
    low, high = (t.percent(f(shown, default=None), 0) for f in (min, max))
    alt = t("Heat map of don't-know shares, groups by indicators: from {low} to {high}.", low=low, high=high)
    name = f"dont-know-{part + 1}" if part else "dont-know"
    drawn = heat(labels, names, values, texts)
    return Figure(name, t("Don't-know answers by group"), alt, drawn, everyone, own_table=False)


def _short(page: Page, row: Row | None) -> str:
    if row is None:
        return ""
    return page.t.percent(row.estimate, 0) if row.shown else value_cell(page, "proportion", row).mark

"""The ladder of access, the funnels of services, ratings by those who know, know of, and use; inequality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report.announced import alpha
from survey.report.blocks import Block, Bullets, Cell, Figure, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.figures import Axis, Panel, panels
from survey.report.sections.conversions import conversions
from survey.report.sections.inequality import inequality
from survey.report.sections.summary import point
from survey.report.sentences import access
from survey.report.share_figures import Rung
from survey.report.share_figures import ladder as rungs
from survey.report.skipped import reason
from survey.report.spans import span, valued
from survey.report.tables import stacked_cell, table, value_cell

if TYPE_CHECKING:
    from survey.core.divide import Funnel
    from survey.report.page import Page


def divide(page: Page) -> Section | Omitted:
    """What the questionnaire declares of the divide, as far as the wave asked it."""
    t, title = page.t, page.t("The ladder of access and the use of services")
    blocks, closed = [*_ladder(page), *_funnels(page), *_by_use(page)], inequality(page)
    if closed is not None and not blocks:
        said = t("The questionnaire declares no ladder of access and no services.")
        return Section("divide", closed.title, (Prose((Sentence(said),)), *closed.blocks))
    if not blocks:
        return Omitted(
            title,
            reason(page, "divide")
            or t("The questionnaire declares no ladder, funnels or gaps, or this analysis was not asked for."),
        )
    return Section("divide", title, (*blocks, closed) if closed is not None else tuple(blocks))


def _ladder(page: Page) -> Iterator[Block]:
    t, found = page.t, access.stages(page)
    if not found:
        return
    said = t(
        "A resident climbs a step who meets its condition and those of all steps before. The share shrinks from "
        "step to "
        "step; at the right stands who of those that had come so far did not go on."
    )
    first = access.ladder(page)
    yield Prose((Sentence(said), *([first] if first else [])))
    drawn = [_rung(page, s) for s in found]
    caption = t("The ladder of digital access")
    facts = "; ".join(
        t("{name} {value}", name=s.label, value=valued(page, "proportion", s.reached)) for s in found if s.reached.shown
    )
    lines = []
    for s in found:
        cells = [
            value_cell(page, "proportion", r, (span(page, "proportion", r),)) if r else Cell()
            for r in (s.reached, s.lost)
        ]
        lines.append(Line(s.label, tuple(cells)))
    columns = (t("Step"), t("Reached it"), t("Lost at it, of those before"))
    numbers = table(page, "ladder", caption, columns, lines, folded=True)
    alt = t("Bars of the share of residents that reached each step of digital access: {facts}.", facts=facts)
    yield Figure("ladder", caption, alt, rungs(drawn, lambda v: t.percent(v, 0), t("Lost at this step")), numbers)
    yield _ladder_by_group(page)


def _rung(page: Page, stage: access.Stage) -> Rung:
    row, lost = stage.reached, stage.lost
    aside = valued(page, "proportion", lost) if lost is not None and lost.shown else ""
    text = valued(page, "proportion", row) if row.shown else value_cell(page, "proportion", row).mark
    return Rung(stage.label, row.estimate if row.shown else None, row.low, row.high, text, aside)


def _ladder_by_group(page: Page) -> Table:
    t, declared = page.t, page.release.instrument.divide.ladder
    lines: list[Line] = []
    for by in page.release.study.groups:
        rows = page.rows.find("divide", "reached", "ladder", by)
        if not rows:
            continue
        lines.append(Line(page.label(by)))
        for level in dict.fromkeys(r.by_level for r in rows):
            held = {r.level: r for r in rows if r.by_level == level}
            cells = [_bare(page, "proportion", held.get(s.name)) for s in declared]
            lines.append(Line(page.level(by, level), tuple(cells)))
    columns = (t("Group"), *(page.words(s.label) for s in declared))
    note = t("Share of the group that reached the step, with its interval. Whether groups differ here was not tested.")
    return table(page, "ladder-groups", t("The ladder by group"), columns, lines, (note,))


def _bare(page: Page, kind: str, row: object) -> Cell:
    """A cell with the interval below it, without the base."""
    cell = stacked_cell(page, kind, row)  # type: ignore[arg-type]
    return Cell(cell.text, cell.details[:1], cell.mark, cell.numeric)


def _funnels(page: Page) -> Iterator[Block]:
    for funnel in page.release.instrument.divide.funnels:
        services = [
            q.name
            for q in page.release.instrument.questions
            if page.rows.overall("divide", "reached", q.name, funnel.steps[0].name)
        ]
        if services:
            steps = [(s.name, page.words(s.label)) for s in funnel.steps]
            said = [s for name in services if (s := access.funnel(page, name, steps))]
            yield Bullets(tuple(said))
            yield _funnel_figure(page, funnel, services)
            if (by_group := conversions(page, funnel, services)) is not None:
                yield by_group


def _funnel_figure(page: Page, funnel: Funnel, services: Sequence[str]) -> Figure:
    t = page.t
    rows = [[page.rows.overall("divide", "reached", name, s.name) for name in services] for s in funnel.steps]
    charts = [
        Panel(page.words(s.label), tuple(point(page, "proportion", r) for r in column))
        for s, column in zip(funnel.steps, rows, strict=True)
    ]
    axis = Axis(0, 1, tuple((k, t.percent(k, 0)) for k in (0.0, 0.5, 1.0)), t("Share of residents"))
    caption = t("From knowing a service to using it")
    labels = [page.label(name) for name in services]
    facts = "; ".join(
        t("{name} {value}", name=label, value=", ".join(point(page, "proportion", column[k]).text for column in rows))
        for k, label in enumerate(labels)
    )
    lines = [
        Line(label, tuple(_bare(page, "proportion", column[k]) for column in rows)) for k, label in enumerate(labels)
    ]
    numbers = table(
        page, f"funnel-{funnel.name}", caption, (t("Service"), *(c.title for c in charts)), lines, folded=True
    )
    alt = t("Dots of the share of residents at each step of each service: {facts}.", facts=facts)
    return Figure(f"funnel-{funnel.name}", caption, alt, panels(labels, charts, axis), numbers)


def _by_use(page: Page) -> Iterator[Block]:
    t, by = page.t, page.release.instrument.divide.user_status
    if by is None:
        return
    indicators = [i for i in page.release.instrument.indicators if page.rows.find("divide", "mean", i.name, by)]
    if not indicators:
        return
    for part, (mean, test, caption, kind) in {
        "use-means": ("mean", "design_ws", t("Mean of each indicator by {grouping}"), "mean"),
        "use-dont-know": ("dont_know", "design_ws_dont_know", t("Don't-know answers by {grouping}"), "proportion"),
    }.items():
        levels = [v.key for v in page.variable(by).levels]
        lines = []
        for i in indicators:
            held = {r.by_level: r for r in page.rows.find("divide", mean, i.name, by)}
            row = next(iter(page.rows.find("divide", test, i.name, by)), None)
            word = (
                t("differ")
                if row and row.p_adjusted is not None and row.p_adjusted < alpha(page)
                else t("not enough evidence")
            )
            lines.append(
                Line(page.label(i.name), (*(_bare(page, kind, held.get(v)) for v in levels), Cell(word, numeric=False)))
            )
        columns = (t("Indicator"), *(page.level(by, v) for v in levels), t("Groups differ?"))
        yield table(page, part, caption.format(grouping=page.label(by)), columns, lines)
    yield Prose(
        (Sentence(t("A low rating by people who never heard of a service is another finding than one by its users.")),)
    )

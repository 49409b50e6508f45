"""The obstacles that residents were asked to judge, and why some do not use the services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Bullets, Figure, Fold, Line, Omitted, Section, Sentence
from survey.report.figures import Axis, dots
from survey.report.sections.summary import point
from survey.report.skipped import reason
from survey.report.tables import estimate_cells, estimate_columns, stacked_cell, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.instrument import Barriers
    from survey.report.page import Page
    from survey.report.rows import Row

SHARE = "proportion"
#: Kendall's W below which hardly anything is agreed on.
FAINT = 0.1


def barriers(page: Page) -> Section | Omitted:
    """Obstacles in order of their means, by user status, and the reasons of non-use."""
    t, title = page.t, page.t("Obstacles")
    declared = page.release.instrument.barriers
    if declared is None or not page.rows.any("barriers"):
        return Omitted(
            title, reason(page, "barriers") or t("No obstacles were asked about, or their analysis was not asked for.")
        )
    means = [(name, r) for name in declared.items if (r := _overall(page, "mean", name)) is not None]
    blocks: list[Block] = [Bullets(tuple(_findings(page, means))), _figure(page, means)]
    if declared.by is not None:
        blocks.append(_by_status(page, declared, [name for name, _ in means]))
    for name in declared.reasons:
        blocks += _reasons(page, name)
    return Section("barriers", title, tuple(blocks))


def _overall(page: Page, estimand: str, measure: str, level: str | None = None) -> Row | None:
    return page.rows.overall("barriers", estimand, measure, level)


def _findings(page: Page, means: Sequence[tuple[str, Row]]) -> Iterator[Sentence]:
    t, shown = page.t, sorted((m for m in means if m[1].shown), key=lambda m: -(m[1].estimate or 0.0))
    if shown:
        listed = [t("{name} {value}", name=page.label(n), value=written(t, "mean", r.estimate)) for n, r in shown]
        order = t("From the greatest obstacle to the smallest: {names}.", names="; ".join(listed))
        yield Sentence(order, tuple(r.position for _, r in shown))
    test = _overall(page, "design_wald", "")
    if test is not None and test.p_adjusted is not None:
        yield _together(page, test)
    yield from _apart(page, [name for name, _ in shown])
    w = _overall(page, "kendalls_w", "")
    if w is not None and w.shown:
        yield _concordance(page, w)


def _concordance(page: Page, w: Row) -> Sentence:
    t = page.t
    facts = {"w": t.number(w.estimate, 2), "n": t.number(w.n)}
    if (w.estimate or 0.0) < FAINT:
        said = t(
            "Residents hardly agree on an order: Kendall's W is {w} on a scale from 0 to 1 "
            "({n} people who judged all).",
            **facts,
        )
    else:
        said = t(
            "Residents' orders agree with Kendall's W of {w} on a scale from 0 to 1 ({n} people who judged all).",
            **facts,
        )
    return Sentence(said, (w.position,))


def _together(page: Page, test: Row) -> Sentence:
    t, alpha = page.t, 1 - page.release.study.conf_level
    if (test.p_adjusted or 0.0) < alpha:
        return Sentence(t("The obstacles are not all judged alike; that is beyond chance."), (test.position,))
    return Sentence(t("That the obstacles are judged differently at all may be chance."), (test.position,))


def _apart(page: Page, names: Sequence[str]) -> Iterator[Sentence]:
    """Pairs that differ beyond chance after adjustment."""
    t, alpha = page.t, 1 - page.release.study.conf_level
    test = _overall(page, "design_wald", "")
    if test is None or test.p_adjusted is None or test.p_adjusted >= alpha:
        return
    rows = [r for r in page.rows.find("barriers", "difference", "") if r.shown and (r.p_adjusted or 1.0) < alpha]
    pairs = {f"{a} - {b}": (a, b) for a in names for b in names if a != b}
    said = []
    for r in rows:
        if r.level in pairs:
            high, low = pairs[r.level] if (r.estimate or 0.0) > 0 else pairs[r.level][::-1]
            said.append(t("{high} above {low}", high=page.label(high), low=page.label(low)))
    if said:
        yield Sentence(t("Beyond chance: {pairs}.", pairs="; ".join(said)), tuple(r.position for r in rows))


def _figure(page: Page, means: Sequence[tuple[str, Row]]) -> Figure:
    t, instrument = page.t, page.release.instrument
    ends = [v.value for name, _ in means for v in instrument.variable(name).levels if v.value is not None]
    low, high = min(ends), max(ends)
    title = t("Mean, {low} (lowest) to {high} (highest)", low=t.number(low), high=t.number(high))
    axis = Axis(low, high, tuple((low + k, t.number(low + k)) for k in range(int(high - low) + 1)), title)
    order = sorted(means, key=lambda m: -(m[1].estimate or 0.0))
    labels, points = [page.label(name) for name, _ in order], [point(page, "mean", r) for _, r in order]
    columns = (t("Obstacle"), *estimate_columns(page, t("Mean")), t("Agree or agree strongly"), t("Don't know"))
    lines = [
        Line(page.label(name), (
            *estimate_cells(page, "mean", row),
            value_cell(page, SHARE, _overall(page, "top2", name)),
            value_cell(page, SHARE, _overall(page, "dont_know", name)),
        ))
        for name, row in order
    ]  # fmt: skip
    caption = t("Obstacles as residents judge them; a higher mean is a greater obstacle")
    facts = [t("{name} {value}", name=label, value=p.text) for label, p in zip(labels, points, strict=True)]
    alt = t("Dot chart of the obstacles: {facts}.", facts="; ".join(facts))
    return Figure(
        "barriers", caption, alt, dots(labels, points, axis), table(page, "barriers", caption, columns, lines)
    )


def _by_status(page: Page, declared: Barriers, names: Sequence[str]) -> Block:
    """Mean and don't-know share by the levels of the declared variable."""
    t, by = page.t, declared.by or ""
    levels = [v.key for v in page.variable(by).levels]
    words = [page.level(by, level) for level in levels]
    columns = (t("Obstacle"), *words, *(t("{group}: don't know", group=word) for word in words))
    lines = []
    for name in names:
        found = {e: {r.by_level: r for r in page.rows.find("barriers", e, name, by)} for e in ("mean", "dont_know")}
        cells = (
            *(stacked_cell(page, "mean", found["mean"].get(level)) for level in levels),
            *(value_cell(page, SHARE, found["dont_know"].get(level)) for level in levels),
        )
        lines.append(Line(page.label(name), cells))
    caption = t("Obstacles by: {group}", group=page.label(by))
    return table(page, "barriers-status", caption, columns, lines)


def _reasons(page: Page, name: str) -> list[Block]:
    """Why people do not use the services, most frequent first, with the groups in a table."""
    t = page.t
    found = sorted(page.rows.find("barriers", SHARE, name), key=lambda r: -(r.estimate or 0.0))
    if not found:
        return []
    labels, points = [page.level(name, r.level) for r in found], [point(page, SHARE, r) for r in found]
    top = max((r.high or r.estimate or 0.0 for r in found), default=1.0)
    end = next((e for e in (0.2, 0.4, 0.6, 0.8) if top <= e), 1.0)
    ticks = tuple((end * k / 4, t.percent(end * k / 4, 0)) for k in range(5))
    caption = page.label(name)
    lines = [Line(label, estimate_cells(page, SHARE, r)) for label, r in zip(labels, found, strict=True)]
    facts = [t("{name} {value}", name=label, value=p.text) for label, p in zip(labels, points, strict=True)]
    numbers = table(page, "reasons", caption, (t("Reason"), *estimate_columns(page, t("Share"))), lines)
    alt = t("Dot chart of the reasons: {facts}.", facts="; ".join(facts))
    drawn = dots(labels, points, Axis(0.0, end, ticks, t("Share of those asked")))
    return [Figure(f"reasons-{name}", caption, alt, drawn, numbers), *_reasons_by_group(page, name, found)]


def _reasons_by_group(page: Page, name: str, order: Sequence[Row]) -> Iterator[Block]:
    """One table a grouping, reasons in rows."""
    t = page.t
    tables: list[Block] = []
    for by in page.release.study.groups:
        found = {(r.by_level, r.level): r for r in page.rows.find("barriers", SHARE, name, by)}
        levels = list(dict.fromkeys(level for level, _ in found))
        lines = [
            Line(
                page.level(name, r.level),
                tuple(value_cell(page, SHARE, found.get((level, r.level))) for level in levels),
            )
            for r in order
        ]
        if levels:
            columns = (t("Reason"), *(page.level(by, level) for level in levels))
            caption = t("{question}, by {group}", question=page.label(name), group=page.label(by))
            tables.append(table(page, f"reasons-{name}-{by}", caption, columns, lines))
    if tables:
        yield Fold(t("{question}, by group", question=page.label(name)), tuple(tables))

"""Each indicator and the questions it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.core.estimates import IMPRECISE
from survey.report import narrative, verdict
from survey.report.blocks import Cell, Figure, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.likert import Item, likert
from survey.report.tables import SIGNS, base_cell, estimate_cells, estimate_columns, interval, table, value_cell

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.core.questions import Level, Question
    from survey.report.page import Page
    from survey.report.rows import Row


def indicators(page: Page) -> Section | Omitted:
    """One subsection an indicator: its sentence, the answers to its items, their numbers."""
    t, found = page.t, page.indicators()
    title = t("The indicators, question by question")
    if not found:
        return Omitted(title, t("The study has no indicators, or their analysis was not asked for."))
    said = t(
        "The bars show the answers of those who gave an opinion, from the lowest answer at the left; "
        "the grey bar is the share of everyone asked who did not know. Questions marked (R) are worded the "
        "other way round."
    )
    return Section("items", title, (Prose((Sentence(said),)), *(_indicator(page, i) for i in found)))


def _indicator(page: Page, of: Indicator) -> Section:
    blocks = tuple(_answers(page, of)) or (
        Prose((Sentence(page.t("Answers to the single questions are not in this release.")),)),
    )
    note = page.words(of.note).strip()
    said = [narrative.indicator(page, of), *([Sentence(note)] if note else []), *verdict.mixed(page, of)]
    return Section(f"indicator-{of.name}", page.label(of.name), (Prose(tuple(said)), *blocks))


def _answers(page: Page, of: Indicator) -> Iterator[Figure | Table]:
    """A chart with its table for the items of each response scale; a table of means for items without one."""
    by_scale: dict[tuple[str, ...], list[Question]] = {}
    for question in map(page.release.instrument.question, of.items):
        by_scale.setdefault(tuple(v.key for v in question.levels), []).append(question)
    for k, (keys, questions) in enumerate(by_scale.items()):
        asked = [q for q in questions if _has_rows(page, q)]
        if asked:
            yield _chart(page, of, asked, "" if k == 0 else f"-{k + 1}") if keys else _means(page, of, asked)


def _has_rows(page: Page, question: Question) -> bool:
    return bool(page.rows.find("describe", "proportion" if question.levels else "mean", question.name))


def _chart(page: Page, of: Indicator, questions: Sequence[Question], suffix: str) -> Figure:
    t = page.t
    levels = questions[0].levels
    items = [_item(page, q) for q in questions]
    caption = t("{name}: answers to each question", name=page.label(of.name))
    drawing = likert(
        items,
        [page.words(v.label) for v in levels],
        t("Don't know"),
        t("n"),
        lambda v: t.number(100 * v),
        lambda v: t.percent(v, 0),
    )
    name = f"items-{of.name}{suffix}"
    return Figure(name, caption, _alt(page, items, levels), drawing, _table(page, name, caption, questions))


def _item(page: Page, question: Question) -> Item:
    rows = {r.level: r for r in page.rows.find("describe", "proportion", question.name)}
    found = [rows.get(v.key) for v in question.levels]
    weak = any(r is not None and r.status == IMPRECISE for r in found)
    whole = all(r is not None and r.shown for r in found)
    aside = page.rows.overall("dont_know", "proportion", question.name)
    n = next((r.n for r in found if r is not None and r.n is not None), None)
    return Item(
        label=_label(page, question),
        shares=tuple(float(r.estimate or 0.0) for r in found if r is not None) if whole else (),
        aside=aside.estimate if aside is not None and aside.shown else None,
        base=" ".join(part for part in (page.t.number(n), SIGNS[IMPRECISE] if weak and whole else "") if part),
        text=" ".join(dict.fromkeys(value_cell(page, "proportion", r).mark for r in found if r is not None)),
    )


def _label(page: Page, question: Question) -> str:
    label = page.label(question.name)
    return page.t("{label} (R)", label=label) if question.reverse else label


def _table(page: Page, name: str, caption: str, questions: Sequence[Question]) -> Table:
    t = page.t
    columns = (
        t("Question"),
        *(page.words(v.label) for v in questions[0].levels),
        t("Don't know"),
        t("Mean"),
        t("Respondents (n)"),
    )
    lines = []
    for question in questions:
        rows = {r.level: r for r in page.rows.find("describe", "proportion", question.name)}
        shares = [_share_cell(page, rows.get(v.key)) for v in question.levels]
        aside = page.rows.overall("dont_know", "proportion", question.name)
        mean = page.rows.overall("describe", "mean", question.name)
        n = next((r.n for r in rows.values() if r.n is not None), None)
        wording = page.words(question.text) or page.label(question.name)
        wording = t("{label} (R)", label=wording) if question.reverse else wording
        lines.append(
            Line(wording, (*shares, _share_cell(page, aside), value_cell(page, "mean", mean), base_cell(page, n)))
        )
    return table(page, name, caption, columns, lines, folded=True)


def _share_cell(page: Page, row: Row | None) -> Cell:
    if row is None:
        return Cell()
    return value_cell(page, "proportion", row, (interval(page.t, "proportion", row),))


def _means(page: Page, of: Indicator, questions: Sequence[Question]) -> Table:
    caption = page.t("{name}: mean of each question", name=page.label(of.name))
    lines = [
        Line(page.words(q.text) or q.name, estimate_cells(page, "mean", page.rows.overall("describe", "mean", q.name)))
        for q in questions
    ]
    return table(
        page, f"means-{of.name}", caption, (page.t("Question"), *estimate_columns(page, page.t("Mean"))), lines
    )


def _alt(page: Page, items: Sequence[Item], levels: Sequence[Level]) -> str:
    t = page.t
    shown = [i for i in items if i.shares]
    if not shown:
        return t("Bar chart without values: none of the answers may be shown.")
    first, last = page.words(levels[0].label), page.words(levels[-1].label)
    facts = [
        t("{question}: {low} {lowest}, {high} {highest}", question=i.label, lowest=first, highest=last,
          low=t.percent(i.shares[0], 0), high=t.percent(i.shares[-1], 0))
        for i in shown
    ]  # fmt: skip
    return t("Diverging bars of the answers to {n} questions. {facts}.", n=t.number(len(shown)), facts="; ".join(facts))

"""Answers to questions of one response scale: a chart, and the table of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.core.estimates import IMPRECISE
from survey.report.blocks import Cell, Figure, Line, Table
from survey.report.likert import Item, likert
from survey.report.tables import SIGNS, base_cell, interval, table, value_cell

if TYPE_CHECKING:
    from survey.core.questions import Level, Question
    from survey.report.page import Page
    from survey.report.rows import Row


def chart(page: Page, name: str, caption: str, questions: Sequence[Question]) -> Figure:
    """Diverging bars of the answers, one a question, with their numbers folded."""
    t = page.t
    levels = questions[0].levels
    items = [_item(page, q) for q in questions]
    drawing = likert(
        items,
        [page.words(v.label) for v in levels],
        t("Don't know"),
        t("n"),
        lambda v: t.number(100 * v),
        lambda v: t.percent(v, 0),
    )
    return Figure(name, caption, _alt(page, items, levels), drawing, numbers(page, name, caption, questions))


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


def numbers(page: Page, name: str, caption: str, questions: Sequence[Question], folded: bool = True) -> Table:
    """The answers beside one another, with their intervals, one line a question."""
    t, with_mean = page.t, any(page.variable(q.name).numeric for q in questions)
    columns = (
        t("Question"),
        *(page.words(v.label) for v in questions[0].levels),
        t("Don't know"),
        *([t("Mean")] if with_mean else []),
        t("Respondents (n)"),
    )
    lines = []
    for question in questions:
        rows = {r.level: r for r in page.rows.find("describe", "proportion", question.name)}
        shares = [_share_cell(page, rows.get(v.key)) for v in question.levels]
        aside = page.rows.overall("dont_know", "proportion", question.name)
        mean = page.rows.overall("describe", "mean", question.name)
        means = [value_cell(page, "mean", mean)] if with_mean else []
        n = next((r.n for r in rows.values() if r.n is not None), None)
        wording = page.words(question.text) or page.label(question.name)
        wording = t("{label} (R)", label=wording) if question.reverse else wording
        lines.append(Line(wording, (*shares, _share_cell(page, aside), *means, base_cell(page, n))))
    return table(page, name, caption, columns, lines, folded=folded)


def _share_cell(page: Page, row: Row | None) -> Cell:
    if row is None:
        return Cell()
    return value_cell(page, "proportion", row, (interval(page.t, "proportion", row),))


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

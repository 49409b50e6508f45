"""Each indicator and the questions it is made of; the questions alone where a study has no indicators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report import narrative, verdict
from survey.report.blocks import Figure, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.sections.answers import answers
from survey.report.sections.item_parts import chart
from survey.report.tables import estimate_cells, estimate_columns, table

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.core.questions import Question
    from survey.report.page import Page


def indicators(page: Page) -> Section | Omitted:
    """One subsection an indicator: its sentence, the answers to its items, their numbers."""
    t, found = page.t, page.indicators()
    title = t("The indicators, question by question")
    if not found:
        return answers(page)
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
            caption = page.t("{name}: answers to each question", name=page.label(of.name))
            name = f"items-{of.name}" if k == 0 else f"items-{of.name}-{k + 1}"
            yield chart(page, name, caption, asked) if keys else _means(page, of, asked)


def _has_rows(page: Page, question: Question) -> bool:
    return bool(page.rows.find("describe", "proportion" if question.levels else "mean", question.name))


def _means(page: Page, of: Indicator, questions: Sequence[Question]) -> Table:
    caption = page.t("{name}: mean of each question", name=page.label(of.name))
    lines = [
        Line(page.words(q.text) or q.name, estimate_cells(page, "mean", page.rows.overall("describe", "mean", q.name)))
        for q in questions
    ]
    return table(
        page, f"means-{of.name}", caption, (page.t("Question"), *estimate_columns(page, page.t("Mean"))), lines
    )

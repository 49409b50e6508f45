"""What people answered in a study that adds no questions up to indicators: its questions one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Bullets, Cell, Line, Omitted, Prose, Section, Table
from survey.report.sections.gap_parts import probability
from survey.report.sections.item_parts import chart, numbers
from survey.report.sentences.answers import asked, by_group, most_given, tested
from survey.report.tables import base_cell, interval, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.questions import Question
    from survey.report.page import Page
    from survey.report.rows import Row

COUNTED = 3  # captions name so many questions, and count more
WIDEST = 7  # answers that stand beside one another


def answers(page: Page) -> Section | Omitted:
    """The answers of everyone to each question, and the groupings by which they differ."""
    t, found = page.t, asked(page)
    title = t("What people answered")
    if not found:
        return Omitted(title, t("No question with answers to choose from was described."))
    blocks = [block for together in _by_scale(page, found) for block in _answers(page, together)]
    return Section("answers", title, (*blocks, *_by_group(page, found)))


def _by_scale(page: Page, found: Sequence[Question]) -> list[list[Question]]:
    """Questions with the same answers together, those of several answers alone, in the order of the questionnaire."""
    made: dict[tuple[str, ...], list[Question]] = {}
    for question in found:
        alone = (question.name,) if question.type == "multi" else (question.type,)
        scale = (f"{v.key} {page.words(v.label)}" for v in question.levels)
        made.setdefault((*alone, *scale), []).append(question)
    return list(made.values())


def _answers(page: Page, together: Sequence[Question]) -> Iterator[Block]:
    said = tuple(s for q in together if (s := most_given(page, q)) is not None)
    if said:
        yield Bullets(said) if len(said) > 1 else Prose(said)
    labels, name = [page.label(q.name) for q in together], f"asked-{together[0].name}"
    few = page.t.listing(labels)
    caption = few if len(labels) <= COUNTED else page.t("Answers to {n} questions", n=page.t.number(len(labels)))
    if together[0].type == "ordinal":
        yield chart(page, name, caption, together)
    elif len(together) > 1 and len(together[0].levels) <= WIDEST:
        yield numbers(page, name, caption, together, folded=False)
    else:
        yield from (_shares(page, question) for question in together)


def _shares(page: Page, of: Question) -> Table:
    t = page.t
    span = (t("{level} interval", level=page.confidence),) if page.probability else ()
    columns = (t("Answer"), t("Share"), *span, t("People in this answer"))
    lines = [
        Line(page.level(of.name, r.level), _cells(page, r)) for r in page.rows.find("describe", "proportion", of.name)
    ]
    several = [t("Several answers were possible.")] if of.type == "multi" else []
    return table(page, f"asked-{of.name}", page.label(of.name), columns, lines, several)


def _cells(page: Page, row: Row) -> tuple[Cell, ...]:
    between = (Cell(interval(page.t, "proportion", row)),) if page.probability else ()
    return value_cell(page, "proportion", row), *between, base_cell(page, row.n_level if row.shown else None)


def _by_group(page: Page, found: Sequence[Question]) -> Iterator[Block]:
    """By which groupings answers differ, each test with the strength of what it found."""
    t = page.t
    groups = [g for g in page.release.study.groups if any(tested(page, q, g) for q in found)]
    said = tuple(s for q in found if (s := by_group(page, q)) is not None)
    if not groups:
        return
    lines = [Line(page.label(q.name), tuple(_test(page, q, g) for g in groups)) for q in found]
    columns = (t("Question"), *(page.label(g) for g in groups))
    note = t(
        "Cramér's V: 0 where all groups answer alike, 1 where the group tells the answer. p: test of all groups (Rao "
        "and Scott), adjusted for all comparisons."
    )
    caption = t("Do the answers differ by group?")
    yield Section(
        "answers-by-group", caption, (Bullets(said), table(page, "answers-by-group", caption, columns, lines, (note,)))
    )


def _test(page: Page, of: Question, by: str) -> Cell:
    test, strength = tested(page, of, by), next(iter(page.rows.find("association", "cramers_v", of.name, by)), None)
    if test is None or strength is None or not strength.shown:
        return Cell()
    return Cell(written(page.t, "mean", strength.estimate), (page.t("p {p}", p=probability(page, test.p_adjusted)),))

"""Single questions in words: the answer given most often, and the groupings by which answers differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.core.estimates import OK
from survey.report.announced import alpha
from survey.report.blocks import Sentence
from survey.report.narrative import overlap
from survey.report.spans import valued

if TYPE_CHECKING:
    from survey.core.questions import Question
    from survey.report.page import Page
    from survey.report.rows import Row


def asked(page: Page) -> list[Question]:
    """Questions about the matter itself that have answers to choose from and were described."""
    groups = page.release.study.groups
    return [
        q for q in page.release.instrument.questions
        if q.levels and q.role is None and q.name not in groups and page.rows.find("describe", "proportion", q.name)
    ]  # fmt: skip


def most_given(page: Page, of: Question) -> Sentence | None:
    """The answer given most often; more than one where their intervals overlap, None where it may not be told."""
    t, rows = page.t, page.rows.find("describe", "proportion", of.name)
    if len(rows) < 2 or any(r.status != OK or r.estimate is None for r in rows):
        return None
    top = max(rows, key=lambda r: r.estimate or 0.0)
    leading = [r for r in rows if r is top or overlap(r, top)]
    named = [
        t("“{answer}” {share}", answer=page.level(of.name, r.level), share=valued(page, "proportion", r))
        for r in leading
    ]
    used, name = tuple(r.position for r in rows), page.label(of.name)
    if len(leading) == 1:
        return Sentence(t("{question}: the answer given most often is {answer}.", question=name, answer=named[0]), used)
    if len(leading) == len(rows):
        text = t("{question}: no answer is clearly given more often than the others.", question=name)
        return Sentence(text, used)
    text = t("{question}: given most often are {answers}; their intervals overlap.",
             question=name, answers=t.listing(named))  # fmt: skip
    return Sentence(text, used)


def tested(page: Page, of: Question, by: str) -> Row | None:
    """The test of independence of a question and a grouping, adjusted for all comparisons."""
    row = next(iter(page.rows.find("association", "rao_scott", of.name, by)), None)
    return row if row is not None and row.status == OK and row.p_adjusted is not None else None


def by_group(page: Page, of: Question) -> Sentence | None:
    """By which groupings the answers differ beyond chance, and for which there is not enough evidence."""
    t = page.t
    found = [(by, row) for by in page.release.study.groups if (row := tested(page, of, by)) is not None]
    differ = [page.label(by) for by, row in found if (row.p_adjusted or 0.0) < alpha(page)]
    unclear = [page.label(by) for by, row in found if (row.p_adjusted or 0.0) >= alpha(page)]
    facts = [t("answers differ by {names}", names=t.listing(differ))] if differ else []
    facts += [t("not enough evidence of a difference by {names}", names=t.listing(unclear))] if unclear else []
    if not facts:
        return None
    text = t("{name}: {facts}.", name=page.label(of.name), facts="; ".join(facts))
    return Sentence(text, tuple(row.position for _, row in found))

"""What a theory predicts, what was found, and what else would explain it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.report.blocks import Block, Cell, Line, Prose, Section, Sentence
from survey.report.locale import mark
from survey.report.sections.verdicts import SHARE, verdict_cell
from survey.report.tables import interval, table, value_cell

if TYPE_CHECKING:
    from survey.core.statements import Proposition
    from survey.report.page import Page
    from survey.report.rows import Row

ESTIMANDS = ("mean", "difference", "difference_of_differences")
CALLED = {
    "mean": mark("mean"),
    "difference": mark("difference of the groups"),
    "difference_of_differences": mark("difference of the two gaps"),
}


def table_of(page: Page) -> list[Block]:
    """The propositions of the study; nothing where it declares none."""
    t = page.t
    found = [(p, row) for p in page.release.study.propositions if (row := _row(page, p)) is not None]
    if not found:
        return []
    columns = (t("The theory predicts"), t("Measure"), t("Found"), t("Verdict"), t("What else would explain it"))
    lines = [_line(page, p, row) for p, row in found]
    rows = tuple(row.position for _, row in found)
    said = t(
        "A prediction that holds does not prove the theory: what else would give the same result stands beside it."
    )
    reasons = [Sentence(page.words(p.not_testable)) for p, _ in found if p.not_testable]
    made = table(page, "propositions", t("Predictions and results"), columns, lines)
    return [Section("propositions", t("What the theory predicts"), (Prose((Sentence(said, rows), *reasons)), made))]


def _row(page: Page, proposition: Proposition) -> Row | None:
    level = proposition.test.measure if proposition.test else None
    each = (page.rows.overall("propositions", e, proposition.id, level) for e in ESTIMANDS)
    return next((row for row in each if row is not None), None)


def _line(page: Page, proposition: Proposition, row: Row) -> Line:
    t = page.t
    name = page.label(proposition.test.measure) if proposition.test else ""
    what = t("{measure}: {what}", measure=name, what=t(CALLED[row.estimand])) if name else ""
    number, between = value_cell(page, "mean", row), interval(t, "mean", row)
    if row.shown and row.unit == SHARE:
        number, between = value_cell(page, SHARE, row), interval(t, SHARE, row)
        if row.estimand != "mean":
            text = t("{points} percentage points", points=t.number(100 * (row.estimate or 0.0), 1))
            number, between = Cell(text, (), number.mark), t.span(*_hundredfold(row), 1)
    return Line(
        page.words(proposition.predicts),
        (
            Cell(what, numeric=False),
            Cell(number.text, (between,) if between else (), number.mark),
            verdict_cell(page, row.note),
            Cell(page.words(proposition.rival), numeric=False),
        ),
    )


def _hundredfold(row: Row) -> tuple[float | None, float | None]:
    """The ends of the interval of a difference of shares, in percentage points."""
    return (None if row.low is None else 100 * row.low), (None if row.high is None else 100 * row.high)

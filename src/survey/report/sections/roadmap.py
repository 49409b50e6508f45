"""The roadmap: what is planned, by whom, until when, and which planning document it answers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.report.blocks import Cell, Line, Table
from survey.report.locale import mark
from survey.report.tables import interval, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.roadmap import Initiative
    from survey.report.page import Page
    from survey.report.rows import Row

SIZES = {
    "the latest wave has reached the value": mark("reached already"),
    "the latest wave's own error hides a change of this size, whatever the next sample": mark("no sample would"),
}
#: A sample below this size is printed as smaller than it.
LEAST = 30
HORIZONS = {"short": mark("short term"), "medium": mark("medium term"), "long": mark("long term")}
EXAMPLE = mark("{text} (example)")


def roadmap(page: Page) -> Table:
    """Every initiative with what it should move, from where to where."""
    t = page.t
    columns = (
        t("Initiative"), t("Dimension"), t("Horizon"), t("Owner"), t("Indicator"), t("Latest wave"), t("Target"),
        t("Answers needed to see it"), t("Funding"),
    )  # fmt: skip
    lines = [Line(_title(page, entry), tuple(_plan(page, entry))) for entry in page.release.study.initiatives]
    notes = (t("Entries marked as an example are illustrations: no office has planned them."),)
    marked = any(entry.example for entry in page.release.study.initiatives)
    return table(page, "roadmap", t("Roadmap"), columns, lines, notes if marked else ())


def _title(page: Page, entry: Initiative) -> str:
    text = f"{entry.id} – {page.words(entry.title)}"
    return page.t(EXAMPLE, text=text) if entry.example else text


def _plan(page: Page, entry: Initiative) -> Iterator[Cell]:
    like = "proportion" if entry.estimand in ("proportion", "top2", "dont_know") else entry.estimand
    baseline, size = (
        page.rows.overall("targets", estimand, entry.indicator, entry.id)
        for estimand in ("initiative_baseline", "initiative_required_n")
    )
    yield Cell(page.label(entry.dimension), numeric=False)
    yield Cell(horizon_label(page, entry.horizon), numeric=False)
    yield Cell(page.words(entry.owner), numeric=False)
    yield Cell(page.label(entry.indicator), numeric=False)
    yield with_interval(page, like, baseline)
    yield Cell(written(page.t, like, entry.target))
    yield needed_sample(page, size)
    yield Cell(page.words(entry.funding), numeric=False)


def planning_documents(page: Page) -> Table:
    """Which planning document each indicator answers to, through its initiative."""
    t = page.t
    lines = [
        Line(page.label(entry.indicator), tuple(Cell(text, numeric=False) for text in cells))
        for entry in page.release.study.initiatives
        for document in entry.documents
        for cells in [(_title(page, entry), page.words(document.name), page.words(document.reference))]
    ]
    columns = (t("Indicator"), t("Initiative"), t("Document"), t("Place in the document"))
    return table(page, "plan-documents", t("Indicators and planning documents"), columns, lines)


def horizon_label(page: Page, name: str) -> str:
    """The words for a horizon."""
    return page.t(HORIZONS[name]) if name in HORIZONS else name


def with_interval(page: Page, like: str, row: Row | None) -> Cell:
    """A value with its interval below, written as `like` is."""
    between = interval(page.t, like, row) if row is not None else ""
    return value_cell(page, like, row, (between,))


def needed_sample(page: Page, row: Row | None) -> Cell:
    """How many answers would show a change; in words where few would do or none would."""
    if row is None or row.estimate is None or not row.shown:
        return _no_size(page, row)
    # Errors of means of so few are not what the formula takes them for.
    few = row.estimate < LEAST
    return Cell(page.t("under {n}", n=page.t.number(LEAST)) if few else page.t.number(row.estimate))


def _no_size(page: Page, row: Row | None) -> Cell:
    if row is None:
        return Cell()
    return Cell(page.t(SIZES[row.note])) if row.note in SIZES else value_cell(page, "total", row)

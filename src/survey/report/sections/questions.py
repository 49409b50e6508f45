"""The appendix: every question and derived variable the release describes, closed until a reader opens it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Cell, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.sections.associations import associations
from survey.report.tables import (
    base_cell,
    estimate_cells,
    estimate_columns,
    interval,
    stacked_cell,
    table,
    value_cell,
)

if TYPE_CHECKING:
    from survey.core.variables import Variable
    from survey.report.page import Page
    from survey.report.rows import Row

WIDEST = 9  # answers beside one another; questions with more are shown for everyone only


def questions(page: Page) -> Section | Omitted:
    """One closed part a question under the headings of the questionnaire."""
    t = page.t
    title = t("Appendix: every question")
    held = list(_chapters(page))
    chapters = [
        Section(f"module-{name}", heading, folds)
        for name, heading, variables in held
        if (folds := tuple(_folds(page, variables)))
    ]
    if not chapters:
        return Omitted(title, t("The single questions were not described."))
    said = t(
        "Each line opens to the wording of the question, the answers of everyone and those of "
        "each group. What is closed is not printed."
    )
    closed = associations(page, [(heading, variables) for _, heading, variables in held])
    head: list[Block] = [Prose((Sentence(said),)), *([closed] if closed else [])]
    return Section("questions", title, (*head, *chapters), appendix=True)


def _chapters(page: Page) -> Iterator[tuple[str, str, list[Variable]]]:
    """Name and heading of each part of the questionnaire, and what was asked or computed in it."""
    instrument = page.release.instrument
    placed: set[str] = set()
    for module in instrument.modules:
        placed.update(module.questions)
        names = [instrument.variable(n) for n in module.questions]
        yield module.id, page.words(module.title) or module.id, names
    left = [v for v in instrument.variables if v.name not in placed]
    yield "unplaced", page.t("Questions"), [v for v in left if not v.derived]
    yield "derived", page.t("Computed from the answers"), [v for v in left if v.derived]


def _folds(page: Page, variables: Sequence[Variable]) -> list[Fold]:
    return [Fold(page.label(v.name), blocks) for v in variables if (blocks := tuple(_question(page, v)))]


def _question(page: Page, of: Variable) -> Iterator[Block]:
    shares, means = page.rows.find("describe", "proportion", of.name), page.rows.find("describe", "mean", of.name)
    if not shares and not means:
        return
    wording, label = page.words(of.text), page.label(of.name)
    said = [wording] if wording and wording != label else []
    if of.type == "multi":
        said.append(page.t("Several answers were possible."))
    if of.unit:
        said.append(page.t("Unit: {unit}.", unit=of.unit))
    if said:
        yield Prose(tuple(Sentence(s) for s in said))
    if shares:
        yield _answers(page, of, shares)
    if means and not shares:
        yield _numbers(page, of)
    if by_group := _by_group(page, of):
        yield by_group


def _answers(page: Page, of: Variable, shares: Sequence[Row]) -> Table:
    t = page.t
    span = (t("{level} interval", level=page.confidence),) if page.probability else ()
    columns = (t("Answer"), t("Share"), *span, t("People in this answer"))
    lines = [Line(page.level(of.name, r.level), _answer_cells(page, r)) for r in shares]
    aside = page.rows.overall("dont_know", "proportion", of.name)
    if aside is not None and (aside.estimate or not aside.shown):
        lines.append(Line(t("Don't know (of everyone asked)"), (*_answer_cells(page, aside)[:-1], Cell())))
    mean = page.rows.overall("describe", "mean", of.name)
    if mean is not None:
        between = (Cell(interval(t, "mean", mean)),) if page.probability else ()
        lines.append(Line(t("Mean"), (value_cell(page, "mean", mean), *between, Cell())))
    n = next((r.n for r in shares if r.n is not None), None)
    base = [t("Base: {n} people who answered.", n=t.number(n))] if n is not None else []
    return table(page, f"answers-{of.name}", page.label(of.name), columns, lines, base)


def _answer_cells(page: Page, row: Row) -> tuple[Cell, ...]:
    between = (Cell(interval(page.t, "proportion", row)),) if page.probability else ()
    return value_cell(page, "proportion", row), *between, base_cell(page, row.n_level if row.shown else None)


def _numbers(page: Page, of: Variable) -> Table:
    t = page.t
    names = {"mean": t("Mean"), "median": t("Median")}
    lines = [
        Line(name, estimate_cells(page, estimand, row))
        for estimand, name in names.items()
        if (row := page.rows.overall("describe", estimand, of.name)) is not None
    ]
    lines += [
        Line(t("Quantile {level}", level=t.percent(float(r.level or "nan"), 0)), estimate_cells(page, "quantile", r))
        for r in page.rows.find("describe", "quantile", of.name)
    ]
    columns = (t("Measure"), *estimate_columns(page, t("Value")))
    return table(page, f"numbers-{of.name}", page.label(of.name), columns, lines)


def _by_group(page: Page, of: Variable) -> Table | None:
    """All groups below one another; answers (or the mean and median of a number) beside one another."""
    t = page.t
    estimands = ["proportion"] if of.levels else ["mean", "median"]
    heads = [page.words(v.label) or v.key for v in of.levels] or [t("Mean"), t("Median")]
    if len(heads) > WIDEST:
        return None
    lines: list[Line] = []
    for group in page.release.study.groups:
        found = [r for e in estimands for r in page.rows.find("describe", e, of.name, group)]
        if found and group != of.name:
            lines.append(Line(page.label(group)))
            lines += _group_lines(page, of, group, estimands)
    if not lines:
        return None
    columns = (t("Group"), *heads, t("Respondents (n)"))
    return table(page, f"by-group-{of.name}", t("{name}, by group", name=page.label(of.name)), columns, lines)


def _group_lines(page: Page, of: Variable, group: str, estimands: Sequence[str]) -> Iterator[Line]:
    keys = [v.key for v in of.levels] or estimands
    grid: dict[str, dict[str, Row]] = {}
    for estimand in estimands:
        for row in page.rows.find("describe", estimand, of.name, group):
            grid.setdefault(row.by_level or "", {})[(row.level or "") if of.levels else estimand] = row
    for level, rows in grid.items():
        cells = [_group_cell(page, of, key, rows.get(key)) for key in keys]
        n = next((r.n for r in rows.values() if r.n is not None), None)
        yield Line(page.level(group, level), (*cells, base_cell(page, n)))


def _group_cell(page: Page, of: Variable, key: str, row: Row | None) -> Cell:
    return value_cell(page, "proportion", row) if of.levels else stacked_cell(page, key, row)

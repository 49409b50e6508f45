"""What was read rather than asked: open answers by their themes, rules with their years, relations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.core.questions import NO_THEME
from survey.report.blocks import Block, Cell, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.locale import mark
from survey.report.skipped import reason
from survey.report.tables import estimate_cells, estimate_columns, table, value_cell

if TYPE_CHECKING:
    from survey.core.qualitative import DocumentsSpec
    from survey.core.questions import Question
    from survey.report.page import Page

LEVELS = {"national": mark("national"), "province": mark("province"), "city": mark("city")}
KINDS = {"formal": mark("formal"), "informal": mark("informal")}


def open_answers(page: Page) -> Section | Omitted:
    """Themes of the open answers, counted; what anybody wrote is never shown."""
    t = page.t
    title = t("Open answers")
    asked = [q for q in page.release.instrument.questions if page.rows.find("open_answers", "proportion", q.name)]
    if not asked:
        return Omitted(title, reason(page, "open_answers") or t("No open question is counted by keywords."))
    said = t(
        "Shares of those who wrote something, by words that point to a theme; an answer may point to several. Words "
        "are counted, not opinions: what is said against a theme counts like what is said for it."
    )
    tables: list[Block] = [block for q in asked for block in _themes(page, q)]
    return Section("open-answers", title, (Prose((Sentence(said),)), *tables))


def _themes(page: Page, question: Question) -> Iterator[Block]:
    t, caption = page.t, page.label(question.name)
    names = {theme.name: page.words(theme.label) for theme in question.keywords}
    names |= {NO_THEME: t("no theme found")}
    lines = [
        Line(
            name,
            estimate_cells(page, "proportion", page.rows.overall("open_answers", "proportion", question.name, key)),
        )
        for key, name in names.items()
    ]
    yield table(page, question.name, caption, (t("Theme"), *estimate_columns(page, t("Share"))), lines)
    if groups := [
        by for by in page.release.study.groups if page.rows.find("open_answers", "proportion", question.name, by)
    ]:
        folded = tuple(_by_group(page, question.name, names, by) for by in groups)
        yield Fold(t("{measure} by group", measure=caption), folded)


def _by_group(page: Page, name: str, themes: dict[str, str], by: str) -> Table:
    rows = {(r.by_level, r.level): r for r in page.rows.find("open_answers", "proportion", name, by)}
    lines = [
        Line(page.level(by, v.key), tuple(value_cell(page, "proportion", rows.get((v.key, key))) for key in themes))
        for v in page.variable(by).levels
    ]
    return table(page, f"{name}-{by}", page.label(by), (page.label(by), *themes.values()), lines)


def documents(page: Page) -> Section | Omitted:
    """The rules and relations that the study lists, printed as they stand."""
    t, spec = page.t, page.release.study.documents
    title = t("Rules and relations")
    if spec is None or not (spec.rules or spec.relations):
        return Omitted(title, t("The study lists no rules and no relations."))
    said = t("These were read, not surveyed; they are printed as the study lists them, and nothing is inferred.")
    return Section("documents", title, (Prose((Sentence(said),)), *_rules(page, spec), *_relations(page, spec)))


def _rules(page: Page, spec: DocumentsSpec) -> Iterator[Table]:
    t = page.t
    if not spec.rules:
        return
    lines = []
    for rule in spec.rules:
        lag, year = rule.lag(spec.launch), t("none known") if rule.year is None else str(rule.year)
        cells = (Cell(t(LEVELS[rule.level]), numeric=False), Cell(year), Cell(t.number(lag)))
        lines.append(Line(page.words(rule.title), (*cells, Cell(page.words(rule.source), numeric=False))))
    late = (
        t("Years after the launch") if spec.launch is None else t("Years after the launch in {year}", year=spec.launch)
    )
    yield table(page, "rules", t("Rules"), (t("Rule"), t("Level"), t("Year"), late, t("Source")), lines)


def _relations(page: Page, spec: DocumentsSpec) -> Iterator[Table]:
    t = page.t
    if not spec.relations:
        return
    lines = []
    for relation in spec.relations:
        told = (t(KINDS[relation.kind]), page.words(relation.about), page.words(relation.source))
        parties = " – ".join(map(page.words, relation.between))
        lines.append(Line(parties, tuple(Cell(text, numeric=False) for text in told)))
    yield table(page, "relations", t("Relations"), (t("Between"), t("Kind"), t("About"), t("Source")), lines)

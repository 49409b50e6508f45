"""How stakeholders see the dimensions, side by side, and what stands behind the word where they are residents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.core.estimates import OK
from survey.report.announced import alpha, sides
from survey.report.blocks import Block, Bullets, Fold, Line, Prose, Sentence, Table
from survey.report.tables import interval, stacked_cell, table, written

if TYPE_CHECKING:
    from survey.core.roadmap import Dimension
    from survey.core.variables import Variable
    from survey.report.page import Page
    from survey.report.rows import Row

SCORE, GAP = "score100", "gap"


def stakeholders(page: Page, held: Sequence[Dimension]) -> Iterator[Block]:
    """Who they are, gaps that chance does not explain, then scores and every gap, folded."""
    who = page.release.instrument.stakeholder
    scored = [d for d in held if who and page.rows.find("stakeholders", SCORE, d.name, who.name)]
    if who is None or not scored:
        return
    if who.derived:
        yield Prose((Sentence(_residents(page, who)),))
    if said := tuple(_findings(page, who, scored)):
        yield Bullets(said)
    for made in (_scores(page, who, scored), _gaps(page, who, scored)):
        yield Fold(made.caption, (made,))


def _residents(page: Page, who: Variable) -> str:
    """That groups of one sample of residents are no samples of institutions."""
    asked = [f"“{page.label(q.name)}”" for q in page.release.instrument.sources(who.name)]
    return page.t(
        "Stakeholders are told apart here by the answers to {questions}: all are residents, drawn and weighted as "
        "residents. Nobody answered for an office, a firm or a university, so a gap is one between residents, not "
        "between institutions.",
        questions=page.t.listing(asked),
    )


def _findings(page: Page, who: Variable, scored: Sequence[Dimension]) -> Iterator[Sentence]:
    """A sentence for each gap that is announced; one where gaps were tested and none is."""
    t, tested, found = page.t, False, False
    for d in scored:
        for row in page.rows.find("stakeholders", GAP, d.name, who.name):
            tested |= row.p_adjusted is not None
            if not _announced(page, row) or row.estimate is None:
                continue
            found, names = True, _pair(page, who, row)
            facts = {"first": names[0], "second": names[1], "name": page.words(d.label),
                     "gap": written(t, SCORE, abs(row.estimate)), "interval": interval(t, SCORE, row)}  # fmt: skip
            word = (
                t("{name}: “{first}” give {gap} points more than “{second}” (interval {interval}).")
                if row.estimate > 0
                else t("{name}: “{first}” give {gap} points less than “{second}” (interval {interval}).")
            )
            yield Sentence(word.format(**facts), (row.position,))
    if tested and not found:
        yield Sentence(t("Between stakeholders no gap in a dimension stands out from chance, with so many compared."))


def _announced(page: Page, row: Row) -> bool:
    small = row.p_adjusted is not None and row.p_adjusted < alpha(page)
    return row.status == OK and row.shown and small


def _pair(page: Page, who: Variable, row: Row) -> tuple[str, str]:
    """The two stakeholders of a gap, in words."""
    first, second = sides(page, who.name, row.contrast) or (row.contrast or "", "")
    return page.level(who.name, first), page.level(who.name, second)


def _scores(page: Page, who: Variable, scored: Sequence[Dimension]) -> Table:
    t, lines = page.t, []
    keys = [r.by_level for r in page.rows.find("stakeholders", SCORE, scored[0].name, who.name)]
    for d in scored:
        found = {r.by_level: r for r in page.rows.find("stakeholders", SCORE, d.name, who.name)}
        lines.append(Line(page.words(d.label), tuple(stacked_cell(page, SCORE, found.get(k)) for k in keys)))
    columns = (t("Dimension"), *(page.level(who.name, k) for k in keys))
    return table(page, "stakeholders", t("How stakeholders see the dimensions"), columns, lines)


def _gaps(page: Page, who: Variable, scored: Sequence[Dimension]) -> Table:
    """Pairs down and dimensions across: there are more pairs than dimensions as soon as there are four stakeholders."""
    t = page.t
    found = {d.name: {r.contrast: r for r in page.rows.find("stakeholders", GAP, d.name, who.name)} for d in scored}
    lines = [
        Line(
            " – ".join(_pair(page, who, row)),
            tuple(stacked_cell(page, SCORE, found[d.name].get(contrast)) for d in scored),
        )
        for contrast, row in found[scored[0].name].items()
    ]
    columns = (t("Stakeholders"), *(page.words(d.label) for d in scored))
    notes = (t("Points of 100 by which the first stands above the second, with the {level} interval.",
               level=page.confidence),)  # fmt: skip
    return table(page, "stakeholder-gaps", t("Gaps between stakeholders"), columns, lines, notes)

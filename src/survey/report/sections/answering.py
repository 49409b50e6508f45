"""How people were asked and how they answered: what "don't know" could hide, and the checks of response quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.report.blocks import Block, Line, Prose, Section, Sentence, Table
from survey.report.locale import mark
from survey.report.tables import estimate_cells, estimate_columns, stacked_cell, table

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row

TREATMENTS = {
    "mean_dk_excluded": mark("Left out"),
    "mean_dk_midpoint": mark("As the middle"),
    "mean_dk_low": mark("As the worst answer"),
    "mean_dk_high": mark("As the best answer"),
}
#: Estimands about the whole questionnaire, in the form their values are printed in.
WHOLE = {
    "completion": (mark("Questions answered of those asked, mean"), "proportion"),
    "straightlining": (mark("One and the same answer to the questions of all indicators"), "proportion"),
    "duplicates": (mark("A whole set of answers that someone else gave too"), "proportion"),
    "acquiescence": (mark("Habit of agreeing: scale points above the middle"), "mean"),
}
OF_A_MEASURE = {
    "speeders": (mark("Interviews shorter than a third of the median length"), "proportion"),
    "rr1": (mark("Response rate RR1"), "proportion"),
    "rr2": (mark("Response rate RR2"), "proportion"),
    "rr3": (mark("Response rate RR3"), "proportion"),
    "rr4": (mark("Response rate RR4"), "proportion"),
    "rr5": (mark("Response rate RR5"), "proportion"),
    "rr6": (mark("Response rate RR6"), "proportion"),
    "coop1": (mark("Cooperation rate COOP1"), "proportion"),
    "ref1": (mark("Refusal rate REF1"), "proportion"),
    "con1": (mark("Contact rate CON1"), "proportion"),
}
#: Columns of the table by indicator.
BY_INDICATOR = {
    "item_nonresponse": (mark("Missing or “don't know”"), "proportion"),
    "straightlining": (mark("The same answer to every question"), "proportion"),
    "acquiescence": (mark("Habit of agreeing"), "mean"),
    "interviewer_icc": (mark("Variance between interviewers"), "proportion"),
}


def sensitivity(page: Page) -> Section | None:
    """Means under every treatment of "don't know"; None where the release has none."""
    t, lines = page.t, []
    for indicator in page.release.instrument.indicators:
        rows = [page.rows.overall("dont_know_sensitivity", e, indicator.name) for e in TREATMENTS]
        if any(rows):
            lines.append(Line(page.label(indicator.name), tuple(stacked_cell(page, "mean", r) for r in rows)))
    if not lines:
        return None
    why = t(
        "The indicators leave “don't know” out. Had those people answered, the mean would lie between the last two "
        "columns, whatever they think."
    )
    columns = (t("Indicator"), *map(t, TREATMENTS.values()))
    made = table(page, "dont-know-sensitivity", t("Indicators under four treatments of “don't know”"), columns, lines)
    return Section("dont-know-treatments", t("What “don't know” could change"), (Prose((Sentence(why),)), made))


def answering(page: Page) -> Section | None:
    """Response quality of the whole questionnaire and of each indicator; None where it was not asked for."""
    t = page.t
    made = [part for part in (_whole(page), _by_indicator(page)) if part]
    if not made:
        return None
    said = t("Nobody is left out for how they answered; these figures tell how far the answers can be trusted.")
    if page.release.study.exclude:
        said = t("These figures are about those whom the rules of the study did not leave out.")
    blocks: tuple[Block, ...] = (Prose((Sentence(said),)), *made)
    return Section("answering", t("How people answered"), blocks)


def _whole(page: Page) -> Table | None:
    t = page.t
    lines = [
        Line(t(words), estimate_cells(page, form, row))
        for estimand, (words, form) in WHOLE.items()
        if (row := page.rows.overall("quality", estimand, ""))
    ]
    for estimand, (words, form) in OF_A_MEASURE.items():
        lines += [Line(t(words), estimate_cells(page, form, row)) for row in _of_any_question(page, estimand)]
    if not lines:
        return None
    columns = (t("Check"), *estimate_columns(page, t("Value")))
    return table(page, "answering-whole", t("The whole questionnaire"), columns, lines)


def _of_any_question(page: Page, estimand: str) -> list[Row]:
    found = (page.rows.overall("quality", estimand, q.name) for q in page.release.instrument.questions)
    return [row for row in found if row is not None]


def _by_indicator(page: Page) -> Table | None:
    t, indicators = page.t, page.release.instrument.indicators
    rows = {(e, i.name): page.rows.overall("quality", e, i.name) for e in BY_INDICATOR for i in indicators}
    told = [e for e in BY_INDICATOR if any(rows[e, i.name] for i in indicators)]
    if not told:
        return None
    lines = [
        Line(page.label(i.name), tuple(stacked_cell(page, BY_INDICATOR[e][1], rows[e, i.name]) for e in told))
        for i in indicators
        if any(rows[e, i.name] for e in told)
    ]
    columns = (t("Indicator"), *(t(BY_INDICATOR[e][0]) for e in told))
    note = t(
        "The habit of agreeing is the mean of questions of both directions, as answered, less the middle of the scale, "
        "in scale points. Variance between interviewers is given only where each of them worked in several sampling "
        "units; it is not weighted."
    )
    notes = [note] if {"acquiescence", "interviewer_icc"} & set(told) else []
    return table(page, "answering-indicators", t("By indicator"), columns, lines, notes)

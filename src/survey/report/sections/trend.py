"""What may be compared over the waves, what a change is made of, and straight lines through the waves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Cell, Line, Omitted, Prose, Section, Sentence
from survey.report.sections.changes import REASONS, measure_of, pair
from survey.report.tables import estimate_cells, estimate_columns, stacked_cell, table

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row


def comparable(page: Page) -> Section | Omitted:
    """Which measures cannot be compared between which waves, and why; units that waves may share unsaid."""
    t = page.t
    title = t("What may be compared")
    rows = [r for name in _measures(page) for r in page.rows.find("trend", "comparable", name)]
    if not rows:
        return Omitted(title, t("The trend was not asked for."))
    warned = page.rows.find("trend", "shared_units", "")
    barred = [r for r in rows if r.shown and r.estimate == 0]
    said = [Sentence(_warning(page, r), (r.position,)) for r in warned]
    if not barred:
        said.append(Sentence(t("All measures may be compared between the waves, as far as can be known.")))
        return Section("comparable", title, (Prose(tuple(said)),))
    said.append(
        Sentence(t("Where the question, the way of asking or the sample changed, a difference may come from that: "
                   "no change is shown."))
    )  # fmt: skip
    lines = [
        Line(page.label(measure_of(page, r)), (Cell(r.contrast or "", numeric=False), _why(page, r))) for r in barred
    ]
    columns = (t("Measure"), t("Waves"), t("Reason"))
    return Section(
        "comparable",
        title,
        (Prose(tuple(said)), table(page, "comparable", t("Measures that cannot be compared"), columns, lines)),
    )


def _measures(page: Page) -> list[str]:
    instrument = page.release.instrument
    return [*(i.name for i in instrument.indicators), *(v.name for v in instrument.variables)]


def _why(page: Page, row: Row) -> Cell:
    given = (row.note or "").split("; ")
    return Cell("; ".join(page.t(REASONS[r]) if r in REASONS else r for r in given), numeric=False)


def _warning(page: Page, row: Row) -> str:
    later, earlier = pair(page, row)
    return page.t(
        "{later} and {earlier} use the same names for {n} sampling units, and the study does not say whether they are "
        "the same places; if they are, the errors of the changes are wrong.",
        later=later, earlier=earlier, n=page.t.number(row.estimate),
    )  # fmt: skip


def components(page: Page) -> Section | Omitted:
    """How much of each indicator's change goes with who was asked, and how much with what they answered."""
    t = page.t
    title = t("Other people, or other answers?")
    lines: list[Line] = []
    fixed: set[str] = set()
    for i in page.release.instrument.indicators:
        own = []
        parts = page.rows.find("trend", "composition", i.name)
        fixed |= {r.level for r in parts if r.note == "composition is fixed by the weights" and r.level}
        whole = {r.contrast: r for r in parts if r.level is None and r.shown}
        for rate in page.rows.find("trend", "rate", i.name):
            if (part := whole.get(rate.contrast)) is not None:
                cells = (stacked_cell(page, "mean", part), stacked_cell(page, "mean", rate))
                own.append(Line(rate.contrast or "", cells))
        lines += [Line(page.label(i.name)), *own] if own else []
    said = _of_weights(page, sorted(fixed))
    if not lines:
        return (
            Section("components", title, (Prose((said,)),))
            if said
            else Omitted(title, t("Nothing to split a change by."))
        )
    why = t(
        "A mean can move because the people asked are others, or because people answer otherwise. The first part is "
        "what would have changed had every group kept its answers, the second had every group kept its share."
    )
    columns = (t("Waves"), t("Who was asked"), t("What they answered"))
    blocks: list[Block] = [Prose((Sentence(why), *([said] if said else [])))]
    return Section("components", title, (*blocks, table(page, "components", t("Parts of the changes"), columns, lines)))


def _of_weights(page: Page, fixed: Sequence[str]) -> Sentence | None:
    if not fixed:
        return None
    names = page.t.listing([page.label(name) for name in fixed])
    return Sentence(page.t("The weights give all waves the same make-up by {names}: none of a change comes from it.",
                           names=names))  # fmt: skip


def lines(page: Page) -> Section | Omitted:
    """Straight lines through three waves or more, with what they leave."""
    t = page.t
    title = t("The direction over all waves")
    made, by_wave = [], False
    for i in page.release.instrument.indicators:
        slope = next(iter(page.rows.find("trend", "linear_trend", i.name)), None)
        fit = next(iter(page.rows.find("trend", "lack_of_fit", i.name)), None)
        if slope is not None and slope.shown:
            by_wave = (slope.unit or "").endswith("a wave")
            p = Cell(t.number(fit.p_value, 2)) if fit is not None else Cell()
            made.append(Line(page.label(i.name), (*estimate_cells(page, "mean", slope), p)))
    if not made:
        return Omitted(title, t("A line needs three waves that may be compared."))
    said = t(
        "The mean change if the waves lie on a straight line. A small value in the last column (below 0.05) "
        "says that they do not."
    )
    step = t("Change a wave") if by_wave else t("Change a year")
    columns = (t("Indicator"), *estimate_columns(page, step), t("Lack of fit (p)"))
    caption = t("Straight lines through the waves")
    return Section("lines", title, (Prose((Sentence(said),)), table(page, "lines", caption, columns, made)))

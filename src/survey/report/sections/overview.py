"""The indicators beside one another: where each stands, and whether its questions make one score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from survey.report import narrative, verdict
from survey.report.blocks import Block, Bullets, Cell, Line, Omitted, Prose, Section, Sentence
from survey.report.sections.summary import indicator_figure
from survey.report.skipped import reason
from survey.report.tables import estimate_cells, estimate_columns, table, value_cell

if TYPE_CHECKING:
    from survey.report.page import Page


def overview(page: Page) -> Section | Omitted:
    """Dots, a sentence an indicator, and a table with the verdict on its measurement."""
    t, indicators = page.t, page.indicators()
    title = t("The indicators at a glance")
    if not indicators:
        return Omitted(
            title, reason(page, "indicators") or t("The study has no indicators, or their analysis was not asked for.")
        )
    blocks: list[Block] = []
    if ordered := narrative.order(page, indicators):
        blocks.append(Prose((ordered,)))
    if drawn := indicator_figure(page, indicators):
        blocks.append(replace(drawn, name="overview", table=replace(drawn.table, name="overview-numbers")))
    blocks.append(Bullets(tuple(narrative.indicator(page, i) for i in indicators)))
    columns = (t("Indicator"), *estimate_columns(page, t("Mean")), t("Score (0–100)"), t("Measurement"))
    lines = []
    for i in indicators:
        judged = verdict.verdict(page, i)
        word = t(judged.word) if judged else t("not assessed")
        mean, score = (page.rows.overall("indicators", e, i.name) for e in ("mean", "score100"))
        cells = (*estimate_cells(page, "mean", mean), value_cell(page, "score100", score), Cell(word, numeric=False))
        lines.append(Line(page.label(i.name), cells))
    blocks.append(table(page, "overview", t("The indicators and the quality of their measurement"), columns, lines))
    note = t("Whether a score may be used is explained under “{section}”.", section=t("Measurement quality"))
    return Section("overview", title, (*blocks, Prose((Sentence(note),))))

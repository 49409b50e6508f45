"""Who goes on at each step of the services, group by group: where a funnel narrows, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from survey.report.blocks import Cell, Fold, Line, Table
from survey.report.spans import span
from survey.report.tables import table, value_cell

if TYPE_CHECKING:
    from survey.core.divide import Funnel, FunnelStep
    from survey.report.page import Page
    from survey.report.rows import Row

#: Service, group, level → the released share that went on.
Held = dict[tuple[str, str, str | None], "Row"]


def conversions(page: Page, funnel: Funnel, services: Sequence[str]) -> Fold | None:
    """A table for each step of a funnel: of those who took the step before, who took this one; None without groups."""
    made = [found for before, step in pairwise(funnel.steps) if (found := _table(page, before, step, services))]
    return Fold(page.t("Who goes on from step to step, by group"), tuple(made)) if made else None


def _table(page: Page, before: FunnelStep, step: FunnelStep, services: Sequence[str]) -> Table | None:
    t, held = page.t, _held(page, before.name, step.name, services)
    if not held:
        return None
    caption = t("From “{before}” to “{step}”, by group", before=page.words(before.label), step=page.words(step.label))
    note = t(
        "Share of those in the group who took the step before, with its interval. Whether groups differ here was not "
        "tested."
    )
    columns = (t("Group"), *(page.label(name) for name in services))
    return table(page, f"conversion-{step.name}", caption, columns, list(_lines(page, held, services)), (note,))


def _held(page: Page, before: str, step: str, services: Sequence[str]) -> Held:
    return {
        (name, by, row.by_level): row
        for name in services
        for by in page.release.study.groups
        for row in page.rows.find("divide", "conversion", name, by, population=before)
        if row.level == step
    }


def _lines(page: Page, held: Held, services: Sequence[str]) -> Iterator[Line]:
    for by in page.release.study.groups:
        levels = [v.key for v in page.variable(by).levels if any((s, by, v.key) in held for s in services)]
        if levels:
            yield Line(page.label(by))
        for level in levels:
            yield Line(page.level(by, level), tuple(_cell(page, held.get((s, by, level))) for s in services))


def _cell(page: Page, row: Row | None) -> Cell:
    return value_cell(page, "proportion", row, (span(page, "proportion", row),)) if row else Cell()

"""Who answered: the sample beside the population it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from survey.core.estimates import SUPPRESSED
from survey.report.blocks import Cell, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.tables import SIGNS, base_cell, table, value_cell

if TYPE_CHECKING:
    from survey.report.page import Page


def respondents(page: Page) -> Section | Omitted:
    """Each margin and each group: people who answered, weighted share, share in the population."""
    t, margins = page.t, page.fact("margins")
    parts = [] if margins is None else [page.records(rows) for _, rows in margins.groupby("margin", sort=False)]
    used = [_margin_table(page, records) for records in parts if records[0].get("used")]
    compared = [_margin_table(page, records) for records in parts if not records[0].get("used")]
    known = {records[0]["dim1"] for records in parts if not records[0].get("dim2")}
    groups = [g for name in page.release.study.groups if name not in known and (g := _group_table(page, name))]
    if not (parts or groups):
        return Omitted(t("Who answered"), t("The study names no groups and no population margins."))
    said = (
        t(
            "The tables set the people who answered beside the population. The weighted share is what the results "
            "rest on."
        )
        if parts
        else t("The tables show who answered. The weighted share is what the results rest on.")
    )
    folded = [Fold(t("Further population figures, for comparison"), tuple(compared))] if compared else []
    return Section("respondents", t("Who answered"), (Prose((Sentence(said),)), *used, *folded, *groups))


def _margin_table(page: Page, records: list[dict[str, Any]]) -> Table:
    t, first = page.t, records[0]
    columns = (t("Group"), t("People who answered"), t("Share of answers"), t("Weighted share"), t("Population"))
    lines = [Line(_margin_label(page, r), _margin_cells(page, r)) for r in records]
    dims = t.listing([page.label(str(first[d])) for d in ("dim1", "dim2") if first.get(d)])
    caption = t("Sample and population: {names}", names=dims)
    if not first.get("used") and first.get("period"):
        caption = t("{caption} ({period})", caption=caption, period=first["period"])
    notes = _margin_notes(page, records)
    return table(page, f"margin-{first['margin']}", caption, columns, lines, notes)


def _margin_label(page: Page, record: dict[str, Any]) -> str:
    pairs = [(record.get(f"dim{k}"), record.get(f"level{k}")) for k in (1, 2)]
    return ", ".join(page.level(str(dim), str(level)) for dim, level in pairs if dim and level is not None)


def _margin_cells(page: Page, record: dict[str, Any]) -> tuple[Cell, ...]:
    if record.get("n") is None:
        return Cell(mark=SIGNS[SUPPRESSED]), Cell(), Cell(), Cell(page.t.percent(record.get("target")))
    final = record.get("calibrated", record.get("weighted"))
    shares = (record.get("unweighted"), final, record.get("target"))
    return base_cell(page, record["n"]), *(Cell(page.t.percent(s)) for s in shares)


def _margin_notes(page: Page, records: list[dict[str, Any]]) -> list[str]:
    t = page.t
    notes = [t("The weights are calibrated to these figures.")] if records[0].get("used") else []
    for key, message in (
        ("source", t("Source: {named}.")),
        ("period", t("Period: {named}.")),
        ("basis", t("Basis: {named}.")),
    ):
        if named := dict.fromkeys(str(r[key]) for r in records if r.get(key)):
            notes.append(message.format(named="; ".join(named)))
    return notes


def _group_table(page: Page, name: str) -> Table | None:
    rows = page.rows.find("describe", "proportion", name)
    if not rows:
        return None
    t = page.t
    lines = [
        Line(
            page.level(name, r.level),
            (base_cell(page, r.n_level if r.shown else None), value_cell(page, "proportion", r)),
        )
        for r in rows
    ]
    columns = (t("Group"), t("People who answered"), t("Weighted share"))
    return table(page, f"group-{name}", t("Sample: {names}", names=page.label(name)), columns, lines)

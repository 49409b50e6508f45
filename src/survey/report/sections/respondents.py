"""Who answered: the sample beside the population it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from survey.core.estimates import SUPPRESSED
from survey.report.blocks import Cell, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.tables import SIGNS, base_cell, table, value_cell

if TYPE_CHECKING:
    import pandas as pd

    from survey.report.page import Page


def respondents(page: Page) -> Section | Omitted:
    """Each margin and each group: people who answered, weighted share, share in the population."""
    t = page.t
    margins = page.fact("margins")
    drawn = [] if margins is None else list(_margin_tables(page, margins))
    known = (
        set() if margins is None else set(margins["dim1"].astype(str)[margins["dim2"].isna() | (margins["dim2"] == "")])
    )
    drawn += [g for name in page.release.study.groups if name not in known and (g := _group_table(page, name))]
    if not drawn:
        return Omitted(t("Who answered"), t("The study names no groups and no population margins."))
    said = t(
        "The tables set the people who answered beside the population. The weighted share is what the results rest on."
    )
    return Section("respondents", t("Who answered"), (Prose((Sentence(said),)), *drawn))


def _margin_tables(page: Page, margins: pd.DataFrame) -> Iterator[Table]:
    t = page.t
    columns = (t("Group"), t("People who answered"), t("Share of answers"), t("Weighted share"), t("Population"))
    for name, rows in margins.groupby("margin", sort=False):
        records = page.records(rows)
        dims = [str(records[0][d]) for d in ("dim1", "dim2") if records[0].get(d)]
        lines = [Line(_margin_label(page, r), _margin_cells(page, r)) for r in records]
        caption = t("Sample and population: {names}", names=t.listing([page.label(d) for d in dims]))
        yield table(page, f"margin-{name}", caption, columns, lines, _margin_notes(page, records))


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

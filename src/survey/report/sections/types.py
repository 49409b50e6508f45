"""Types of citizens: how large each is, what its people answer, and how the groups are made up of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Bullets, Cell, Figure, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.share_figures import stacked
from survey.report.skipped import reason
from survey.report.spans import span, valued
from survey.report.tables import table, value_cell

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row

STEADY = 0.8  # stability below which types are not to be leaned on


def types(page: Page) -> Section | Omitted:
    """The types with their sizes, profiles and shares by group."""
    t, title = page.t, page.t("Types of citizens")
    found = [r for r in page.rows.find("types", "class_share", "types") if r.shown]
    if not found:
        return Omitted(
            title, reason(page, "types") or t("The study declares no types, or the answers do not fall into any.")
        )
    said = [
        Sentence(t(
            "People who answered alike are put together into {n} types. Types describe answers; they are not "
            "kinds of people "
            "that exist, and their number depends on how many were asked.", n=t.number(len(found)),
        )),
        *_stable(page),
    ]  # fmt: skip
    sizes = [
        Sentence(
            t("{type}: {share} of residents.", type=_name(page, r), share=valued(page, "proportion", r)), (r.position,)
        )
        for r in found
    ]
    return Section(
        "types", title, (Prose(tuple(said)), Bullets(tuple(sizes)), _profiles(page, found), *_by_group(page, found))
    )


def _name(page: Page, row: Row) -> str:
    return page.t("Type {k}", k=row.level or "")


def _stable(page: Page) -> Iterator[Sentence]:
    row = next(iter(page.rows.find("types", "stability", "types")), None)
    if row is None or row.estimate is None:
        return
    text = (
        page.t(
            "On average {share} of people keep their type when the sample is drawn anew.",
            share=page.t.percent(row.estimate, 0),
        )
        if row.estimate >= STEADY
        else page.t(
            "Only {share} of people keep their type when the sample is drawn anew: do not lean on these types.",
            share=page.t.percent(row.estimate, 0),
        )
    )
    yield Sentence(text, (row.position,))


def _profiles(page: Page, found: list[Row]) -> Table:
    """The answer that each type gives most to each item, with its share."""
    t, spec = page.t, page.release.study.types
    lines = []
    for item in spec.items if spec else ():
        rows = page.rows.find("types", "response_probability", item)
        cells = [_commonest(page, item, [r for r in rows if r.level == c.level and r.shown]) for c in found]
        if any(c.text for c in cells):
            lines.append(Line(page.label(item), tuple(cells)))
    columns = (t("Question"), *(_name(page, r) for r in found))
    return table(page, "type-profiles", t("What each type answers most"), columns, lines)


def _commonest(page: Page, item: str, rows: list[Row]) -> Cell:
    top = max(rows, key=lambda r: r.estimate or 0.0, default=None)
    if top is None:
        return Cell(numeric=False)
    return Cell(_answer(page, item, top.contrast), (page.t.percent(top.estimate, 0),), numeric=False)


def _answer(page: Page, item: str, code: str | None) -> str:
    missing = {m.key: page.words(m.label) for m in page.release.instrument.missing}
    return missing.get(str(code)) or page.level(item, code)


def _by_group(page: Page, found: list[Row]) -> Iterator[Block]:
    t = page.t
    labels: list[str] = []
    shares: list[list[float | None]] = []
    lines: list[Line] = []
    for by in page.release.study.groups:
        rows = page.rows.find("types", "class_share", "types", by)
        if not rows:
            continue
        labels.append(page.label(by))
        shares.append([])
        lines.append(Line(page.label(by)))
        for level in dict.fromkeys(r.by_level for r in rows):
            held = [next((r for r in rows if r.by_level == level and r.level == c.level), None) for c in found]
            labels.append(page.level(by, level))
            shares.append([r.estimate if r is not None and r.shown else None for r in held])
            cells = [value_cell(page, "proportion", r, (span(page, "proportion", r),) if r else ()) for r in held]
            lines.append(Line(page.level(by, level), tuple(cells)))
    if not lines:
        return
    names = [_name(page, r) for r in found]
    caption = t("The types in each group")
    alt = t(
        "Bars of 100 %, one a group, of the shares of {names}; the numbers are in the table.", names=t.listing(names)
    )
    numbers = table(page, "types-groups", caption, (t("Group"), *names), lines, folded=True)
    yield Figure("types", caption, alt, stacked(labels, shares, names, lambda v: t.percent(v, 0)), numbers)

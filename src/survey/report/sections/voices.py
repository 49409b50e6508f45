"""What people said beside what was counted: the joint display, its quotations, the codes and how coders agreed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from survey.report.blocks import Block, Bullets, Cell, Figure, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.figures import heat
from survey.report.locale import mark
from survey.report.rows import Row
from survey.report.skipped import reason
from survey.report.tables import interval, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.qualitative import Link
    from survey.report.page import Page

#: Measure of the rows about the interviews themselves.
INTERVIEWS = "interviews"
TOGETHER = {
    "confirm": mark("They confirm each other"),
    "expand": mark("They add to each other"),
    "discord": mark("They contradict each other"),
    "undeclared": mark("Not judged: no direction was declared"),
}
#: The same in the cells of a wide table.
BRIEFLY = {
    "confirm": mark("confirm"),
    "expand": mark("add"),
    "discord": mark("contradict"),
    "undeclared": mark("not judged"),
}
SAYS = {
    "positive": mark("high values"),
    "negative": mark("low values"),
    "mixed": mark("both sides"),
}
SINGLE = mark("Each number is judged by its own interval; the intervals are not adjusted for how many there are.")
#: Meetings of codes that are printed.
MOST_MEETINGS = 15


def voices(page: Page) -> Section | Omitted:
    """The joint display and what stands behind it."""
    t, spec = page.t, page.release.study.qualitative
    title = t("Interviews beside the numbers")
    if spec is None or page.fact("joint_links") is None:
        return Omitted(title, reason(page, "joint") or t("No coded interviews go with this wave."))
    blocks: list[Block] = [Prose(tuple(_introduction(page))), *_discord(page, spec.links), _display(page, spec.links)]
    blocks += [*_quotations(page), *_by_group(page, spec.links, spec.by), *_stages(page)]
    blocks += [Fold(t("Codes, coders and where they differ"), tuple(_catalogue(page)))]
    return Section("voices", title, tuple(blocks))


def _introduction(page: Page) -> Iterator[Sentence]:
    t = page.t
    units = page.rows.overall("joint", "units", INTERVIEWS)
    if units is not None and units.estimate:
        said = t("Two coders or more read {n} passages.", n=t.number(units.estimate))
        yield Sentence(said, (units.position,))
    yield Sentence(t("Interviews tell what a number may mean; how many people think so, only the survey can tell."))
    yield Sentence(
        t(
            "The rule was set beforehand: interviews and number confirm or contradict each other only where the whole "
            "interval lies on one side of the middle of its scale and the study declared to which side the "
            "interviews point; otherwise they add to each other."
        )
    )


def _rows(page: Page, link: Link) -> list[tuple[str, Row]]:
    """Measure and row of each number beside a link."""
    found = []
    for measure in link.measures:
        rows = (page.rows.overall("joint", kind, measure, link.code) for kind in ("mean", "proportion"))
        found += [(measure, row) for row in rows if row is not None]
    return found


def _name(page: Page, link: Link) -> str:
    said = page.words(link.statement)
    return (
        page.t("“{statement}” ({source})", statement=said, source=page.words(link.source))
        if said
        else page.t("Code: {name}", name=link.code)
    )


def _discord(page: Page, links: Sequence[Link]) -> Iterator[Bullets]:
    """Each contradiction in a sentence, or that there is none."""
    t, sentences = page.t, []
    for link in links:
        hit = [(m, r) for m, r in _rows(page, link) if r.shown and r.note == "discord"]
        if hit:
            values = [
                t("{name} ({value})", name=page.label(m), value=written(t, r.estimand, r.estimate)) for m, r in hit
            ]
            said = t("Contradiction: {said} – but {numbers}.", said=_name(page, link), numbers=t.listing(values))
            sentences.append(Sentence(said, tuple(r.position for _, r in hit)))
    yield Bullets(tuple(sentences) or (Sentence(t("No number contradicts what was said.")),))


def _display(page: Page, links: Sequence[Link]) -> Table:
    t, middles = page.t, _middles(page)
    lines = []
    for link in links:
        lines.append(Line(_name(page, link)))
        for measure, row in _rows(page, link):
            middle = middles.get((link.code, measure))
            cells = (
                value_cell(page, row.estimand, row),
                Cell(interval(t, row.estimand, row)),
                Cell(written(t, row.estimand, middle)),
                Cell(t(SAYS[link.says]) if link.says else "", numeric=False),
                Cell(t(TOGETHER[row.note]) if row.shown and row.note in TOGETHER else "", numeric=False),
            )
            lines.append(Line(page.label(measure), cells))
    columns = (
        t("Code or statement, and measure"), t("Number"), t("{level} interval", level=page.confidence), t("Middle"),
        t("The interviews point to"), t("Together"),
    )  # fmt: skip
    return table(page, "joint", t("Joint display"), columns, lines, (t(SINGLE),))


def _middles(page: Page) -> dict[tuple[str, str], float | None]:
    links = page.fact("joint_links")
    return {} if links is None else {(r["code"], r["measure"]): r["middle"] for r in page.records(links)}


def _quotations(page: Page) -> Iterator[Table]:
    t, found = page.t, page.fact("joint_quotations")
    if found is None:
        return
    lines = []
    for code, rows in _grouped(page.records(found), "code"):
        lines.append(Line(t("Code: {name}", name=code)))
        lines += [Line(_source(page, r), (Cell(t("“{words}”", words=r["text"]), numeric=False),)) for r in rows]
    note = t(
        "Chosen by rule: passages that every coder of the document gave the code; those on which the coders agree in "
        "most codes first, then in the order of the documents. Personal data are replaced by tokens."
    )
    yield table(page, "quotations", t("What was said"), (t("Code, document"), t("Passage")), lines, (note,))


def _grouped(records: Sequence[dict[str, Any]], key: str) -> list[tuple[str, list[dict[str, Any]]]]:
    names = dict.fromkeys(str(r[key]) for r in records)
    return [(name, [r for r in records if r[key] == name]) for name in names]


def _source(page: Page, record: dict[str, Any]) -> str:
    told = [str(record[c]) for c in ("stage", "year") if record[c] is not None]
    document = str(record["document"])
    return page.t("{document}: {told}", document=document, told=", ".join(told)) if told else document


def _by_group(page: Page, links: Sequence[Link], by: str | None) -> Iterator[Fold]:
    """The display in each level of a group, from the released numbers of the group."""
    if by is None:
        return
    t, middles = page.t, _middles(page)
    levels = [v.key for v in page.variable(by).levels]
    lines = []
    for link in links:
        judged = [(m, _of_group(page, m, by)) for m in link.measures if link.says]
        if any(rows for _, rows in judged):
            lines.append(Line(_name(page, link)))
        for measure, rows in judged:
            if rows:
                middle = middles.get((link.code, measure))
                cells = tuple(_judged(page, link, rows.get(level), middle) for level in levels)
                lines.append(Line(page.label(measure), cells))
    if lines:
        columns = (t("Code or statement, and measure"), *(page.level(by, level) for level in levels))
        caption = t("Joint display by {group}", group=page.label(by))
        yield Fold(caption, (table(page, "joint-by", caption, columns, lines, (t(SINGLE),)),))


def _of_group(page: Page, measure: str, by: str) -> dict[str, Row]:
    """Level of the group → its released mean, or the share of the last of two levels."""
    for analysis in ("indicators", "describe"):
        if rows := page.rows.find(analysis, "mean", measure, by):
            return {str(r.by_level): r for r in rows}
    rows = page.rows.find("describe", "proportion", measure, by)
    last = page.variable(measure).levels[-1].key if rows else None
    return {str(r.by_level): r for r in rows if r.level == last}


def _judged(page: Page, link: Link, row: Row | None, middle: float | None) -> Cell:
    if row is None or not row.shown:
        return value_cell(page, "mean", row)
    together = link.beside(row.low, row.high, middle)
    return value_cell(page, row.estimand, row, (page.t(BRIEFLY[together]),))


def _stages(page: Page) -> Iterator[Figure]:
    """Documents by the stage and the year they tell of: a line of time for each stage."""
    t, found = page.t, page.fact("interview_stages")
    if found is None:
        return
    records = page.records(found)
    told = sorted({int(r["year"]) for r in records})
    years = range(told[0], told[-1] + 1)
    stages = {stage: {int(r["year"]): int(r["documents"]) for r in rows} for stage, rows in _grouped(records, "stage")}
    counts = [[held.get(year, 0) for year in years] for held in stages.values()]
    lines = [Line(s, tuple(Cell(t.number(n)) for n in row)) for s, row in zip(stages, counts, strict=True)]
    caption, titles = t("Documents by the stage and the year they tell of"), [str(year) for year in years]
    numbers = table(page, "stages", caption, (t("Stage"), *titles), lines, folded=True)
    facts = "; ".join(
        t("{stage}: {years}", stage=stage, years=t.listing([str(year) for year in sorted(held) if held[year]]))
        for stage, held in stages.items()
    )
    alt = t("A row for each stage, a column for each year, darker for more documents: {facts}.", facts=facts)
    shades = [[float(n) if n else None for n in row] for row in counts]
    drawing = heat(list(stages), titles, shades, [[t.number(n) if n else "–" for n in row] for row in counts])
    yield Figure("stages", caption, alt, drawing, numbers)


def _catalogue(page: Page) -> Iterator[Table]:
    yield from _codes(page)
    yield from _meetings(page)
    yield from _disagreements(page)


def _codes(page: Page) -> Iterator[Table]:
    t, found = page.t, page.fact("interview_codes")
    if found is None:
        return
    lines = []
    for record in page.records(found):
        if not record["usable"]:
            lines.append(Line(record["code"]))
            continue
        kappa, alpha = (
            page.rows.overall("joint", kind, INTERVIEWS, record["code"]) for kind in ("kappa", "krippendorff_alpha")
        )
        counts = (Cell(t.number(record[c])) for c in ("documents", "passages", "rank"))
        ends = Cell(interval(t, "krippendorff_alpha", alpha) if alpha else "")
        agreed = (value_cell(page, "kappa", kappa), value_cell(page, "krippendorff_alpha", alpha), ends)
        lines.append(Line(record["code"], (*counts, *agreed)))
    columns = (
        t("Code"), t("Documents"), t("Passages"), t("Rank by documents"), t("Kappa"), t("Krippendorff's alpha"),
        t("{level} interval", level=page.confidence),
    )  # fmt: skip
    note = t("Agreement beyond chance, over passages that at least one coder coded at all; 1 is perfect, 0 is chance.")
    yield table(page, "codes", t("Codes and how far coders agree"), columns, lines, (note,))


def _meetings(page: Page) -> Iterator[Table]:
    t, found = page.t, page.fact("interview_meetings")
    if found is None:
        return
    lines = [
        Line(r["code"], (Cell(r["with"], numeric=False), Cell(t.number(r["passages"])), Cell(t.number(r["documents"]))))
        for r in page.records(found)[:MOST_MEETINGS]
    ]
    columns = (t("Code"), t("With"), t("Passages"), t("Documents"))
    yield table(page, "meetings", t("Codes that meet in one passage, the most frequent"), columns, lines)


def _disagreements(page: Page) -> Iterator[Table]:
    t, found = page.t, page.fact("interview_disagreements")
    if found is None:
        return
    lines = [
        Line(r["document"], (Cell(t("{low}–{high}", low=str(r["start"]), high=str(r["end"])), numeric=False),
                             *(Cell(r[c], numeric=False) for c in ("code", "given_by", "not_given_by"))))
        for r in page.records(found)
    ]  # fmt: skip
    columns = (t("Document"), t("Place in the text"), t("Code"), t("Given by coder"), t("Not given by coder"))
    yield table(page, "disagreements", t("Where coders differ"), columns, lines)

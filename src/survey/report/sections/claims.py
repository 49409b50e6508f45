"""What has been published about residents, and what a theory predicts, held against the wave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.core.labels import label_rules
from survey.report.blocks import Block, Bullets, Cell, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.locale import mark
from survey.report.sections import propositions
from survey.report.sections.verdicts import sentence, verdict_cell
from survey.report.skipped import reason
from survey.report.tables import interval, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.statements import Claim
    from survey.report.page import Page
    from survey.report.rows import Row

#: Units in which a number is written as a percentage.
SHARE = "proportion"
WORD = {"poor": mark("poor"), "good": mark("good")}


def claims(page: Page) -> Section | Omitted:
    """The ledger of claims, their verdicts by group and under every label rule, and the propositions."""
    t, title = page.t, page.t("Published statements put to the test")
    if not page.rows.any("claims") and not page.rows.any("propositions"):
        return Omitted(
            title,
            reason(page, "claims", "propositions")
            or t("The study declares no statements to be tested, or they were not asked for."),
        )
    declared = [c for c in page.release.study.claims if _rows(page, c)]
    blocks: list[Block] = [Prose(tuple(Sentence(text) for text in _introduction(page)))]
    if declared:
        blocks.append(_ledger(page, declared))
        blocks.append(Bullets(tuple(said for c in declared for said in _may_be_said(page, c))))
        blocks += [_under_rules(page, c) for c in declared if c.word is not None]
        blocks += [_by_group(page, declared)] if page.probability else []
    blocks += propositions.table_of(page)
    return Section("claims", title, tuple(blocks))


def _introduction(page: Page) -> Iterator[str]:
    t = page.t
    if not page.probability:
        yield t("The sample was not drawn at random, so nothing is tested; the numbers stand beside the statements.")
        return
    yield t(
        "A statement about a value is supported where the whole interval lies within bounds that the study set "
        "beforehand, and contradicted where the interval lies wholly outside them; a statement about a direction is "
        "supported where every measure lies on that side beyond chance."
    )
    yield t("“Undecided” is an honest answer: the sample is too small to tell, not a sign that the statement is false.")


def _rows(page: Page, claim: Claim) -> list[Row]:
    """The claim's own rows about everyone."""
    return [r for r in page.rows.find("claims", claim.estimand, claim.id) if r.note is not None or r.level is not None]


def _row(page: Page, claim: Claim, level: str | None = None) -> Row | None:
    return page.rows.overall("claims", claim.estimand, claim.id, level)


def _ledger(page: Page, declared: Sequence[Claim]) -> Table:
    t = page.t
    columns = (t("Statement"), t("Source"), t("Found"), t("Verdict"), t("Strength of the test"))
    lines = [line for claim in declared for line in _lines(page, claim)]
    notes = (
        t(
            "Strength of the test: for a value, how often a statement that is exactly true would be found supported; "
            "for a direction, the distance that would be found four times in five."
        ),
    )
    return table(page, "claims", t("Statements and verdicts"), columns, lines, notes)


def _lines(page: Page, claim: Claim) -> Iterator[Line]:
    """The statement, then its measures or readings."""
    source = Cell(page.words(claim.source), numeric=False)
    whole = _row(page, claim)
    yield Line(page.words(claim.text), (source, *_cells(page, claim, whole, None)))
    blank = Cell(numeric=False)
    for name in claim.measures if len(claim.measures) > 1 else ():
        row = _row(page, claim, name)
        yield Line(page.t("– {name}", name=page.label(name)), (blank, *_cells(page, claim, row, name)))
    for reading in claim.readings:
        row = _row(page, claim, reading.measure)
        words = page.t("– read as: {text}", text=page.words(reading.text))
        yield Line(words, (blank, *_cells(page, claim, row, reading.measure)))


def _cells(page: Page, claim: Claim, row: Row | None, level: str | None) -> tuple[Cell, ...]:
    if row is None:
        return Cell(), Cell(numeric=False), Cell(numeric=False)
    base = page.t("n {n}", n=page.t.number(row.n)) if row.n is not None else ""
    number = value_cell(page, _form(row), row, (interval(page.t, _form(row), row), base))
    if len(claim.measures) > 1 and level is None:
        number = Cell()
    return number, verdict_cell(page, row.note), Cell(_strength(page, claim, level), numeric=False)


def _form(row: Row) -> str:
    """The estimand whose way of writing numbers fits."""
    return SHARE if row.unit == SHARE else row.estimand


def _strength(page: Page, claim: Claim, level: str | None) -> str:
    t = page.t
    power = page.rows.overall("claims", "power", claim.id, level)
    if power is not None and power.shown:
        return t("power {share}", share=t.percent(power.estimate, 0))
    reach = page.rows.overall("claims", "detectable", claim.id, level)
    if reach is None or not reach.shown:
        return ""
    if reach.unit == SHARE:
        return t("finds {points} percentage points", points=t.number(100 * (reach.estimate or 0.0), 1))
    return t("finds {distance}", distance=t.number(reach.estimate, 2))


def _may_be_said(page: Page, claim: Claim) -> Iterator[Sentence]:
    """What the wave allows to be said of the statement, and of each of its readings."""
    t, whole = page.t, _row(page, claim)
    parts = [r for name in claim.measures if (r := _row(page, claim, name)) is not None]
    rows = tuple(r.position for r in (whole, *parts) if r is not None)
    each = [(page.words(claim.text), sentence(page, claim, whole, parts), rows)]
    for reading in claim.readings:
        row = _row(page, claim, reading.measure)
        said = sentence(page, claim, row, ())
        each.append((page.words(reading.text), said, (row.position,) if row else ()))
    for text, said, at in each:
        yield Sentence(t("{statement} May be said: {sentence}", statement=f"“{text}”", sentence=said), at)


def _under_rules(page: Page, claim: Claim) -> Block:
    """Which of the rules that give means a word bear the claim's word out."""
    t = page.t
    found = {r.level: r for r in page.rows.find("claims", "label", claim.id)}
    known = [(page.rule(rule.title), found[rule.name]) for rule in label_rules() if rule.name in found]
    said, rows = [], []
    for note, message in (
        ("supported", t("it fits by")),
        ("contradicted", t("it does not fit by")),
        ("undecided", t("it cannot be told by")),
    ):
        names = [name for name, row in known if row.note == note]
        if names:
            said.append(t("{fits} {rules}", fits=message, rules=t.listing(names)))
            rows += [row.position for _, row in known if row.note == note]
    word = t(WORD[claim.word or ""])
    text = t(
        "Whether the word “{word}” fits all measures hangs on the rule: {rules}.", word=word, rules="; ".join(said)
    )
    return Prose((Sentence(text, tuple(rows)),))


def _by_group(page: Page, declared: Sequence[Claim]) -> Block:
    """The verdict in every group, one column a claim."""
    t = page.t
    columns = (t("Group"), *(page.words(c.text) for c in declared))
    lines: list[Line] = []
    for by in page.release.study.groups:
        found = [
            {r.by_level: r for r in page.rows.find("claims", c.estimand, c.id, by) if r.level is None} for c in declared
        ]
        levels = list(dict.fromkeys(level for rows in found for level in rows))
        if levels:
            lines.append(Line(page.label(by)))
        for level in levels:
            cells = tuple(
                _group_cell(page, claim, rows.get(level)) for claim, rows in zip(declared, found, strict=True)
            )
            lines.append(Line(page.level(by, level), cells))
    note = t("Each group is judged for itself; the more groups, the more verdicts are wrong by chance.")
    return Fold(
        t("The verdicts in every group"),
        (table(page, "claims-groups", t("Verdicts by group"), columns, lines, (note,)),),
    )


def _group_cell(page: Page, claim: Claim, row: Row | None) -> Cell:
    if row is None:
        return Cell(numeric=False)
    if row.note is None:
        return Cell(mark=value_cell(page, claim.estimand, row).mark, numeric=False)
    value = written(page.t, _form(row), row.estimate) if row.shown else ""
    word = verdict_cell(page, row.note)
    return Cell(word.text, (value,) if value else (), numeric=False)

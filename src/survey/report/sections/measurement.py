"""Mutu pengukuran: whether each indicator measures something, in a word, a sentence and the tables under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report import verdict
from survey.report.blocks import Block, Bullets, Cell, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.sections import answering, labels
from survey.report.sections.factors import factors
from survey.report.skipped import reason
from survey.report.tables import base_cell, interval, stacked_cell, table, value_cell
from survey.report.verdict import Verdict

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row


def measurement(page: Page) -> Section | Omitted:
    """The verdicts with their rule, then factors, validity and reliability, labels, "don't know", response quality."""
    t, title = page.t, page.t("Measurement quality")
    judged = [v for i in page.release.instrument.indicators if (v := verdict.verdict(page, i))]
    blocks: list[Block] = list(_verdicts(page, judged)) if judged else []
    parts = (
        factors(page, judged),
        _tests(page, judged),
        labels.labels(page),
        answering.sensitivity(page),
        answering.answering(page),
    )
    blocks += [part for part in parts if part is not None]
    if not blocks:
        return Omitted(
            title,
            reason(page, "reliability", "validity")
            or t("The study has no indicators, or the analyses of measurement were not asked for."),
        )
    return Section("measurement", title, tuple(blocks))


def _verdicts(page: Page, judged: Sequence[Verdict]) -> Iterator[Block]:
    t = page.t
    asked = t("Can the questions of an indicator be added up to one score? One of three words answers for each.")
    yield Prose((Sentence(asked),))
    yield Bullets(tuple(verdict.sentence(page, v) for v in judged))
    columns = (
        t("Indicator"), t("Verdict"), t("Alpha"), t("Feldt interval, {level}", level=page.confidence),
        t("Lowest item-rest r"), t("One thing?"), t("Missing or “don't know”"), t("Answered everything (n)"),
    )  # fmt: skip
    lines = [Line(page.label(v.indicator.name), _verdict_cells(page, v)) for v in judged]
    yield table(page, "verdicts", t("Which indicators may be used"), columns, lines, (_rule(page),))


def _rule(page: Page) -> str:
    t = page.t
    return t(
        "The rule. Usable: alpha (and omega, where it is given) at least {good}, every item-rest correlation at "
        "least {rest}, at most {missing} of the answers missing, and at least half of those with a score answered "
        "every question; at most {straight} gave the same answer to all; one thing explains the answers, and the "
        "indicator can be told apart from every other. Do not use: alpha or omega below {least}, a question that runs "
        "against the others, or answers that contradict one score. With a note: everything between. Unweighted, but "
        "for missing answers.",
        good=t.number(verdict.GOOD, 2),
        least=t.number(verdict.LEAST, 2),
        rest=t.number(verdict.LEAST_REST, 2),
        missing=t.percent(verdict.MOST_MISSING, 0),
        straight=t.percent(verdict.MOST_STRAIGHT, 0),
    )


def _verdict_cells(page: Page, made: Verdict) -> tuple[Cell, ...]:
    held = made.evidence
    alpha = held.coefficients[0]
    shown = [r for r in held.items if r.shown]
    lowest = min(shown, key=lambda r: r.estimate or 0.0) if shown else None
    return (
        Cell(page.t(made.word), numeric=False),
        value_cell(page, "alpha", alpha),
        Cell(interval(page.t, "alpha", alpha)),
        value_cell(page, "item_rest", lowest),
        Cell(verdict.one_thing(page, held), numeric=False),
        value_cell(page, "proportion", held.missing),
        base_cell(page, alpha.n if alpha.shown else None),
    )


def _tests(page: Page, judged: Sequence[Verdict]) -> Section | None:
    """The tests of validity and reliability that theses print, beside what they miss."""
    t = page.t
    folds = [fold for v in judged if (fold := _items(page, v.indicator))]
    by_group = _by_group(page, [v.indicator for v in judged])
    if not folds and by_group is None:
        return None
    why = t(
        "“r hitung” is the correlation of a question with the sum of all questions, itself among them. Of five "
        "questions that have nothing to do with each other it is {noise} on average, far above “r tabel”, which "
        "moreover falls as more people are asked and holds for simple random samples only. So it decides nothing "
        "here; read the item-rest correlation, which leaves the question out of the sum.",
        noise=t.number(1 / 5**0.5, 3),
    )
    blocks: list[Block] = [Prose((Sentence(why),)), *folds, *([by_group] if by_group else [])]
    return Section("validity", t("Tests of validity and reliability"), tuple(blocks))


def _items(page: Page, of: Indicator) -> Fold | None:
    """One line a question: r hitung, r tabel and the verdict of that comparison, item-rest r, alpha without it."""
    t = page.t
    totals = {r.level: r for r in page.rows.find("validity", "r_hitung", of.name)}
    if not totals:
        return None
    critical = page.rows.overall("validity", "r_tabel", of.name)
    rest = {r.level: r for r in page.rows.find("validity", "item_rest", of.name)}
    without = {r.level: r for r in page.rows.find("reliability", "alpha_if_dropped", of.name)}
    on_score = (r for r in page.rows.find("factor", "loading", of.name) if r.contrast == of.name)
    loading = {r.level: r for r in on_score}
    columns = (
        t("Question"), t("r hitung"), t("r tabel"), t("r hitung above r tabel"), t("Item-rest r"),
        t("Alpha without it"), t("Loading"),
    )  # fmt: skip
    lines = [
        Line(
            page.label(item or ""),
            (
                _r(page, total),
                _r(page, critical),
                Cell(_exceeds(page, total, critical), numeric=False),
                _rest(page, rest.get(item)),
                value_cell(page, "alpha", without.get(item)),
                value_cell(page, "loading", loading.get(item)),
            ),
        )
        for item, total in totals.items()
    ]
    notes = (_alpha_note(page, of), t("* below {least}: belongs only loosely to the others.", least=t.number(0.3, 2)))
    name = page.label(of.name)
    made = table(page, f"validity-{of.name}", t("{name}: validity and reliability", name=name), columns, lines, notes)
    return Fold(made.caption, (made,))


def _r(page: Page, row: Row | None) -> Cell:
    """A correlation with three decimals, as the printed tables of r have."""
    if row is None or not row.shown:
        return value_cell(page, "r_hitung", row)
    return Cell(page.t.number(row.estimate, 3), mark=value_cell(page, "r_hitung", row).mark)


def _rest(page: Page, row: Row | None) -> Cell:
    cell = _r(page, row)
    low = row is not None and row.shown and (row.estimate or 0.0) < verdict.LEAST_REST
    return Cell(cell.text, mark=" ".join(part for part in ("*" if low else "", cell.mark) if part))


def _exceeds(page: Page, total: Row, critical: Row | None) -> str:
    if not total.shown or critical is None or not critical.shown:
        return ""
    return page.t("yes") if (total.estimate or 0.0) > (critical.estimate or 0.0) else page.t("no")


def _alpha_note(page: Page, of: Indicator) -> str:
    t, rows = page.t, page.rows
    found = [r for name in verdict.COEFFICIENTS if (r := rows.overall("reliability", name, of.name)) and r.shown]
    facts = [
        t("{name} {value}", name=t(verdict.COEFFICIENTS[r.estimand]), value=value_cell(page, "alpha", r).text)
        + (f" ({between})" if (between := interval(t, "alpha", r)) else "")
        for r in found
    ]
    n = found[0].n if found else None
    return t("{facts}; {n} people answered every question. Not weighted.", facts=", ".join(facts), n=t.number(n))


def _by_group(page: Page, indicators: Sequence[Indicator]) -> Fold | None:
    """Alpha of every indicator in each group."""
    t, lines = page.t, []
    for by in page.release.study.groups:
        cells = {i.name: _by_level(page, i, by) for i in indicators}
        groups = list(dict.fromkeys(level for found in cells.values() for level in found))
        lines += [Line(page.label(by))] if groups else []
        lines += [
            Line(page.level(by, g), tuple(stacked_cell(page, "alpha", cells[i.name].get(g)) for i in indicators))
            for g in groups
        ]
    if not lines:
        return None
    columns = (t("Group"), *(page.label(i.name) for i in indicators))
    made: Table = table(page, "alpha-groups", t("Alpha by group"), columns, lines)
    return Fold(made.caption, (made,))


def _by_level(page: Page, of: Indicator, by: str) -> dict[str | None, Row]:
    return {r.by_level: r for r in page.rows.find("reliability", "alpha", of.name, by)}

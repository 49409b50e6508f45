"""How many things the questions of an indicator measure: the tables behind the verdicts, folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report import verdict
from survey.report.blocks import Block, Cell, Fold, Line, Prose, Section, Sentence, Table
from survey.report.locale import mark
from survey.report.tables import base_cell, interval, stacked_cell, table, value_cell, written
from survey.report.verdict import Verdict

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row

#: What the answers say to one score of several facets.
DECISIONS = {
    verdict.SUPPORTED: mark("the answers support one score."),
    verdict.CONTRADICTED: mark("the answers contradict one score: the parts are judged separately."),
    verdict.UNDECIDED: mark("the answers do not decide between one score and several."),
}
MODELS = {"one_factor": mark("one thing"), "facets": mark("its parts, related"), "indicators": mark("all, related")}


def factors(page: Page, judged: Sequence[Verdict]) -> Section | None:
    """The plain answer for declared parts, then adequacy and fit, parts, and how far indicators differ."""
    t = page.t
    named = [v.indicator for v in judged if page.rows.find("factor", "kmo", v.indicator.name)]
    if not named:
        return None
    why = t(
        "A score is fair if all its questions measure one thing. Factor models ask the answers whether that is so: "
        "they say how many things stand behind the questions, and how well one thing explains them. Only people who "
        "answered every question count here, without weights."
    )
    blocks: list[Block] = [Prose((Sentence(why),))]
    for of in named:
        blocks += _parts(page, of)
    made = [_adequacy(page, named), _fit(page, named), _apart(page, named)]
    blocks += [Fold(found.caption, (found,)) for found in made if found is not None]
    return Section("factors", t("Does each indicator measure one thing?"), tuple(blocks))


def _parts(page: Page, of: Indicator) -> Iterator[Block]:
    """The decision on an indicator with declared facets, and each facet's score."""
    t, row = page.t, page.rows.overall("factor", "one_factor", of.name)
    if row is None or not of.facets:
        return
    name, related = page.label(of.name), verdict.lowest_correlation(page, of)
    if row.note in DECISIONS:
        said = t("{name}: {decision}", name=name, decision=t(DECISIONS[row.note]))
    else:
        said = t("{name}: whether it is one thing could not be tested.", name=name)
    facts = [Sentence(said, (row.position,))]
    if related is not None:
        between = interval(t, "r", related)
        told = t(
            "Its parts {parts} correlate {value} ({interval}); 1 would mean that they are the same thing.",
            parts=t.listing([f"“{part}”" for part in verdict.facet_pair(page, of.name, related)]),
            value=written(t, "r", related.estimate),
            interval=between,
        )
        facts.append(Sentence(told, (related.position,)))
    yield Prose(tuple(facts))
    if (scores := _scores(page, of)) is not None:
        yield Fold(scores.caption, (scores,))


def _scores(page: Page, of: Indicator) -> Table | None:
    """Mean of every facet, for everyone and in each group."""
    t = page.t
    if not page.rows.find("factor", "mean", of.name):
        return None
    lines = [_means(page, of, t("Everyone"), "", None)]
    for by in page.release.study.groups:
        groups = dict.fromkeys(r.by_level for r in page.rows.find("factor", "mean", of.name, by))
        lines += [Line(page.label(by))] if groups else []
        lines += [_means(page, of, page.level(by, g), by, g) for g in groups]
    caption = t("{name}: its parts, each with its own mean", name=page.label(of.name))
    members = [
        t("{part}: {questions}", part=page.words(facet.label), questions=", ".join(page.label(i) for i in facet.items))
        for facet in of.facets
    ]
    columns = (t("Group"), *(page.words(facet.label) for facet in of.facets))
    return table(page, f"facets-{of.name}", caption, columns, lines, members)


def _means(page: Page, of: Indicator, header: str, by: str, level: str | None) -> Line:
    """The facets' means side by side in one group."""
    found = {r.level: r for r in page.rows.find("factor", "mean", of.name, by) if r.by_level == level}
    return Line(header, tuple(stacked_cell(page, "mean", found.get(facet.name)) for facet in of.facets))


def _adequacy(page: Page, named: Sequence[Indicator]) -> Table:
    """One line an indicator: whether factors can be looked for, how many there are, what they explain."""
    t, rows = page.t, page.rows
    columns = (
        t("Indicator"), t("KMO"), t("Bartlett’s test, p"), t("Number of things suggested"),
        t("Variance extracted (AVE)"), t("Composite reliability (CR)"), t("Answered everything (n)"),
    )  # fmt: skip
    lines = []
    for of in named:
        kmo, factors = rows.overall("factor", "kmo", of.name), rows.overall("factor", "factors_suggested", of.name)
        parts = [value_cell(page, e, rows.overall("factor", e, of.name)) for e in ("ave", "cr")]
        counted = Cell(t.number(factors.estimate), mark=value_cell(page, "factors_suggested", factors).mark) if (
            factors is not None and factors.shown
        ) else value_cell(page, "factors_suggested", factors)  # fmt: skip
        test = _p(page, rows.overall("factor", "bartlett", of.name))
        cells = (value_cell(page, "kmo", kmo), test, counted, *parts, base_cell(page, kmo.n if kmo else None))
        lines.append(Line(page.label(of.name), cells))
    notes = (
        t(
            "KMO above 0.80 and a small p say that the questions share enough to look for something common. The number "
            "of things is where the answers explain more than chance would (parallel analysis of polychoric "
            "correlations). AVE at least 0.50 and CR at least 0.70 are the customary marks."
        ),
    )
    return table(page, "factor-adequacy", t("How many things the questions measure"), columns, lines, notes)


def _fit(page: Page, named: Sequence[Indicator]) -> Table:
    """One line a model: robust fit of ordinal factor models."""
    t = page.t
    columns = (
        t("Model"), t("χ² (df)"), t("p"), t("CFI"), t("TLI"), t("RMSEA"), t("90% interval"), t("SRMR"),
        t("Answered everything (n)"),
    )  # fmt: skip
    lines = []
    for name, label in [*((i.name, page.label(i.name)) for i in named), ("", t("All indicators together"))]:
        models = [r.level for r in page.rows.find("factor", "cfi", name)]
        lines += [
            Line(t("{name}: {model}", name=label, model=t(MODELS.get(m or "", m or ""))), _fit_cells(page, name, m))
            for m in models
        ]
    notes = (
        t(
            "CFI and TLI at least 0.95, RMSEA at most 0.06, SRMR at most 0.08 are the customary marks of a good fit; "
            "RMSEA says little with so few questions. χ² and p find every small flaw in large samples. Ordinal factor "
            "model (DWLS, scaled and shifted χ²)."
        ),
    )
    return table(page, "factor-fit", t("How well one thing explains the answers"), columns, lines, notes)


def _fit_cells(page: Page, name: str, model: str | None) -> tuple[Cell, ...]:
    t, rows = page.t, page.rows
    cfi, tli, rmsea, srmr = (rows.overall("factor", e, name, model) for e in ("cfi", "tli", "rmsea", "srmr"))
    test = rows.overall("factor", "chi2", name, model)
    chi2 = Cell(mark=value_cell(page, "chi2", test).mark)
    if test is not None and test.statistic is not None:
        value = t.number(test.statistic, 1)
        chi2 = Cell(t("{value} ({df})", value=value, df=t.number(test.df)))
    return (
        chi2,
        _p(page, test),
        *(_three(page, row) for row in (cfi, tli, rmsea)),
        Cell(_between(page, rmsea)),
        _three(page, srmr),
        base_cell(page, cfi.n if cfi is not None else None),
    )


def _three(page: Page, row: Row | None) -> Cell:
    cell = value_cell(page, "cfi", row)
    return Cell(page.t.number(row.estimate, 3), mark=cell.mark) if row is not None and row.shown else cell


def _between(page: Page, row: Row | None) -> str:
    return page.t.span(row.low, row.high, 3) if row is not None else ""


def _p(page: Page, row: Row | None) -> Cell:
    if row is None or row.p_value is None:
        return Cell()
    small = row.p_value < 0.001
    return Cell(
        page.t("<\N{NO-BREAK SPACE}{value}", value=page.t.number(0.001, 3)) if small else page.t.number(row.p_value, 3)
    )


def _apart(page: Page, named: Sequence[Indicator]) -> Table | None:
    """HTMT of every two indicators."""
    t = page.t
    found = {r.contrast: r for of in named for r in page.rows.find("factor", "htmt", of.name)}
    lines = []
    for place, of in enumerate(named):
        pairs = [found.get(f"{other.name} - {of.name}") for other in named[:place]]
        cells = [value_cell(page, "htmt", row) for row in pairs] + [Cell()] * (len(named) - 1 - place)
        lines.append(Line(page.label(of.name), tuple(cells)))
    if len(lines) < 2 or not any(cell.text for line in lines for cell in line.cells):
        return None
    columns = (t("Indicator"), *(page.label(i.name) for i in named[:-1]))
    notes = (
        t(
            "HTMT: near 0 two indicators have nothing in common, near 1 they are the same thing under two names; "
            "from {most} on they can hardly be told apart. An empty cell: too few people answered both.",
            most=t.number(verdict.MOST_HTMT, 2),
        ),
    )
    return table(page, "factor-apart", t("Can the indicators be told apart?"), columns, lines[1:], notes)

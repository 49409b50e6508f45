"""Whether the headlines hold under other reasonable analyses, and what missing answers could change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.core.estimates import SUPPRESSED
from survey.report.announced import sides
from survey.report.blocks import Block, Bullets, Cell, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.names import SPECIFICATIONS, called
from survey.report.skipped import reason
from survey.report.spans import span
from survey.report.tables import table, value_cell

if TYPE_CHECKING:
    from survey.core.statements import Claim
    from survey.core.words import Words
    from survey.report.page import Page
    from survey.report.rows import Row

FIRM, SHAKY = 0.9, 0.6
TREATMENTS = ("complete", "imputed", "imputed_with_dont_know", "dont_know_lowest", "dont_know_highest")


def robustness(page: Page) -> Section | Omitted:
    """Agreement over specifications, then the indicators under each treatment of missing answers."""
    t, title = page.t, page.t("Do the findings hold under other analyses?")
    blocks = [*_agreement(page), *_missing(page)]
    if not blocks:
        return Omitted(
            title,
            reason(page, "robustness", "imputation")
            or t("These analyses were not asked for, or do not apply to this wave."),
        )
    return Section("robustness", title, tuple(blocks))


def _headlines(page: Page) -> list[tuple[str, str | None, Row, Row | None]]:
    """Indicator or statement, grouping, agreement on the verdict and on the sign, over everyone first."""
    found: list[tuple[str, str | None, Row, Row | None]] = []
    measures = [i.name for i in page.release.instrument.indicators]
    measures += [claim.id for claim in page.release.study.claims]
    for by in ("", *page.release.study.groups):
        for measure in measures:
            signs = {r.contrast: r for r in page.rows.find("robustness", "agreement_sign", measure, by)}
            held = [r for r in page.rows.find("robustness", "agreement_verdict", measure, by) if _tested(r)]
            found += [(measure, by or None, row, signs.get(row.contrast)) for row in held]
    return found


def _tested(row: Row) -> bool:
    """Whether there is a verdict to agree with: some statements no survey can test."""
    return row.status == SUPPRESSED or row.estimate is not None


def _agreement(page: Page) -> Iterator[Block]:
    t, found = page.t, _headlines(page)
    if not found:
        return
    held = [(m, by, v) for m, by, v, _ in found if v.shown]
    firm = [v for _, _, v in held if (v.estimate or 0.0) >= FIRM]
    said = t(
        "Each headline was found again under every other reasonable analysis. {firm} of {n} keep their verdict "
        "in at least "
        "{share} of them.",
        firm=t.number(len(firm)), n=t.number(len(held)), share=t.percent(FIRM, 0),
    )  # fmt: skip
    yield Prose((Sentence(said, tuple(v.position for _, _, v in held)),))
    shaky = [(m, by, v) for m, by, v in held if (v.estimate or 0.0) < SHAKY]
    if shaky:
        yield Bullets(
            tuple(
                Sentence(
                    t(
                        "{headline}: the verdict changes in {share} of the analyses; treat it as open.",
                        headline=_headline(page, m, by, v),
                        share=t.percent(1 - (v.estimate or 0.0), 0),
                    ),
                    (v.position,),
                )
                for m, by, v in shaky
            )
        )
    lines = []
    for measure, by, verdict, sign in found:
        cells = (
            value_cell(page, "proportion", verdict),
            value_cell(page, "proportion", sign),
            Cell(_differing(page, verdict), numeric=False),
        )
        lines.append(Line(_headline(page, measure, by, verdict), cells))
    columns = (t("Headline"), t("Same verdict"), t("Same sign"), t("Where the verdict differs"))
    note = t(
        "Share of the other analyses: weights, treatment of “don't know”, answers that a score needs, mean or "
        "median, missing "
        "answers filled in, one area left out. They share their respondents, so agreement is counted, never tested."
    )
    yield table(page, "robustness", t("Agreement of the headlines over analyses"), columns, lines, (note,), folded=True)


def _headline(page: Page, measure: str, by: str | None, row: Row) -> str:
    if (claim := next((c for c in page.release.study.claims if c.id == measure), None)) is not None:
        return page.t("Statement: “{statement}”", statement=page.words(_said(claim, row.contrast)))
    if by is None:
        return page.t("{name}, against the middle of the scale", name=page.label(measure))
    pair = sides(page, by, row.contrast)
    if pair is None:
        return page.t("{name}, {grouping}", name=page.label(measure), grouping=page.label(by))
    first, second = (page.level(by, level) for level in pair)
    return page.t("{name}: “{first}” against “{second}”", name=page.label(measure), first=first, second=second)


def _said(claim: Claim, read_as: str | None) -> Words:
    """The statement, or that of its reading of the measure `read_as`."""
    return next((r.text for r in claim.readings if r.measure == read_as), claim.text)


def _differing(page: Page, row: Row) -> str:
    """What the differing analyses have in common, in words; single areas by their number."""
    names = (row.note or "").split(", ") if row.note else []
    areas = [n for n in names if n.startswith("without_")]
    parts = dict.fromkeys(part for n in names if n not in areas for part in n.split("+"))
    words = [called(page.t, part, SPECIFICATIONS) for part in parts]
    if areas:
        words.append(page.t.plural("{n} area left out", "{n} areas left out", len(areas)))
    return "; ".join(words)


def _missing(page: Page) -> Iterator[Block]:
    lines = []
    for i in page.release.instrument.indicators:
        rows = [page.rows.overall("indicators", "mean", i.name)]
        rows += [page.rows.overall("imputation", "mean", i.name, level) for level in TREATMENTS]
        if any(r is not None for r in rows[1:]):
            cells = [value_cell(page, "mean", r, (span(page, "mean", r),) if r else ()) for r in rows]
            lines.append(Line(page.label(i.name), tuple(cells)))
    if lines:
        yield _missing_table(page, lines)


def _missing_table(page: Page, lines: list[Line]) -> Table:
    t = page.t
    columns = (
        t("Indicator"),
        t("This report"),
        t("Answered every question"),
        t("Blanks filled in"),
        t("“Don't know” filled in too"),
        t("“Don't know” as the lowest"),
        t("“Don't know” as the highest"),
    )
    note = t(
        "Missing answers are filled in 20 times or more from people who answered alike (multiple imputation). "
        "The last two "
        "columns bound what any treatment of “don't know” could give."
    )
    return table(page, "imputation", t("What missing answers could change"), columns, lines, (note,))

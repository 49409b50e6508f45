"""Who is left behind: a verdict for each indicator and grouping, the certain gaps, the trends over ordered groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from survey.report.announced import ALIKE, DIFFER, SIZES, UNCLEAR, Standing, size, standings
from survey.report.blocks import Block, Bullets, Cell, Figure, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.gap_figures import Tile, verdict_map
from survey.report.sections.classical import classical
from survey.report.sections.gap_parts import all_gaps, pairs_table, probability
from survey.report.sentences import gaps
from survey.report.skipped import reason
from survey.report.spans import span
from survey.report.tables import table, value_cell, written

if TYPE_CHECKING:
    from survey.report.page import Page

Found = Mapping[str, Sequence[Standing]]


def compare(page: Page) -> Section | Omitted:
    """Verdicts, certain gaps, trends; every word rests on a test over all comparisons."""
    t, found = page.t, standings(page)
    title = t("Who is left behind")
    if not page.probability:
        return Omitted(title, t("Without a probability sample nothing can be said about groups of the population."))
    if not found and page.release.study.method == "classical" and (tests := classical(page)) is not None:
        alone = t("The study asks for classical tests alone, so that no difference is announced.")
        return Section("compare", title, (Prose((Sentence(alone),)), *tests.blocks))
    if not found:
        return Omitted(
            title, reason(page, "compare") or t("The study names no groups, or this analysis was not asked for.")
        )
    blocks: list[Block] = [Prose((gaps.few(page, found),)), _map(page, found)]
    said = [gaps.standing(page, i, found) for i in page.release.instrument.indicators]
    blocks.append(Bullets(tuple(s for s in said if s)))
    if drawn := all_gaps(page):
        blocks.append(drawn)
        pairs = [p for by in found.values() for s in by for p in s.pairs]
        blocks.append(pairs_table(page, "all", t("All certain differences between two groups"), pairs, folded=True))
    blocks += _trends(page)
    if (closed := classical(page)) is not None:
        blocks.append(closed)
    return Section("compare", title, tuple(blocks))


def _map(page: Page, found: Found) -> Figure:
    t, indicators = page.t, page.release.instrument.indicators
    groupings = [page.label(by) for by in found]
    tiles = [[_tile(page, found[by][k]) for by in found] for k, _ in enumerate(indicators)]
    caption = t("Which groups differ: each indicator and grouping")
    labels = [page.label(i.name) for i in indicators]
    words = [s for by in found.values() for s in by if s.verdict == DIFFER]
    alt = t(
        "Map of {n} comparisons, indicators by groupings; {differ} show a certain difference: {names}.",
        n=t.number(len(labels) * len(groupings)),
        differ=t.number(len(words)),
        names="; ".join(f"{page.label(s.indicator.name)}, {page.label(s.by)}" for s in words) or "–",
    )
    return Figure("verdicts-map", caption, alt, verdict_map(labels, groupings, tiles), _map_table(page, found, caption))


def _tile(page: Page, made: Standing) -> Tile:
    t = page.t
    if made.verdict == DIFFER:
        word = size(made.pairs[0].effect)
        place = next((k for k, (_, w) in enumerate(SIZES) if w == word), 0)
        value = written(t, "mean", made.pairs[0].difference.estimate)
        return Tile(t("{value}, {size}", value=value, size=t(word)) if word else value, 2 + place)
    if made.verdict == ALIKE:
        return Tile(t("smaller than {limit}", limit=gaps.limit(page, made.indicator)), 1)
    return Tile(t("not enough evidence") if made.verdict == UNCLEAR else t("not tested"), 0)


def _map_table(page: Page, found: Found, caption: str) -> Table:
    t = page.t
    lines = []
    for k, indicator in enumerate(page.release.instrument.indicators):
        cells = []
        for by in found.values():
            made = by[k]
            p = probability(page, made.omnibus.p_adjusted) if made.omnibus else ""
            details = (t("p {p}", p=p),) if p else ()
            cells.append(Cell(_tile(page, made).text, details, numeric=False))
        lines.append(Line(page.label(indicator.name), tuple(cells)))
    columns = (t("Indicator"), *(page.label(by) for by in found))
    notes = (
        t("The number is the widest certain difference of two groups in scale points, with its size in words. "
          "p: test of all "
          "groups, adjusted for all comparisons."),
        t("“Not enough evidence” does not mean that groups are equal."),
    )  # fmt: skip
    return table(page, "verdicts-map", caption, columns, lines, notes, folded=True)


def _trends(page: Page) -> Iterator[Block]:
    t, indicators = page.t, page.release.instrument.indicators
    ordered = [by for by in page.release.study.groups
               if any(page.rows.find("compare", "linear_trend", i.name, by) for i in indicators)]  # fmt: skip
    if not ordered:
        return
    said = [s for by in ordered if (s := gaps.trends(page, by))]
    if said:
        yield Bullets(tuple(said))
    lines = []
    for indicator in indicators:
        cells = []
        for by in ordered:
            row = next(iter(page.rows.find("compare", "linear_trend", indicator.name, by)), None)
            between = span(page, "mean", row._replace(low=row.adjusted_low, high=row.adjusted_high)) if row else ""
            cells.append(value_cell(page, "mean", row, (between,)))
        lines.append(Line(page.label(indicator.name), tuple(cells)))
    columns = (t("Indicator"), *(page.label(by) for by in ordered))
    note = t(
        "Scale points from each group to the next in order, every group counting once, with the adjusted interval."
    )
    yield table(page, "trends", t("Rise or fall over ordered groups"), columns, lines, (note,), folded=True)

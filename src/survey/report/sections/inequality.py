"""Inequality in one number: indices over ordered groups, between all groups, and between persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from survey.core.estimates import NOT_ESTIMABLE
from survey.report.blocks import Block, Bullets, Cell, Fold, Line, Prose, Table
from survey.report.locale import mark
from survey.report.sentences import inequality as words
from survey.report.spans import span
from survey.report.tables import table, value_cell

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row

#: Estimand → heading of its column, and how to read it.
Columns = Mapping[str, tuple[str, str]]

ENDS: Columns = {
    "sii": (
        mark("Slope index"),
        mark("Slope index (SII): by how much the two ends of the order lie apart, in the units of the measure, if the "
             "value rose or fell in a straight line over all people, set in the order of their groups; below 0 it "
             "falls."),
    ),
    "rii": (
        mark("Relative index"),
        mark("Relative index (RII): what that line reaches at the end of the order divided by what it has at its "
             "beginning; 1: equal."),
    ),
}  # fmt: skip
LEAN: Columns = {
    "erreygers": (
        mark("Erreygers"),
        mark("Erreygers: −1 to 1, 0 without a lean, of values between two fixed ends; the same wherever their scale "
             "begins."),
    ),
    "wagstaff": (
        mark("Wagstaff"),
        mark("Wagstaff: the same lean as a share of the largest that the mean allows."),
    ),
    "concentration_index": (
        mark("Concentration"),
        mark("Concentration index: the lean in relation to the mean, 0 without one. Of a score it depends on where the "
             "scale begins (here the lowest answer is 0): compare scores by Erreygers."),
    ),
}  # fmt: skip
BETWEEN: Columns = {
    "gap_corrected": (
        mark("Widest gap, corrected"),
        mark("Widest gap, corrected: the highest less the lowest group, less what picking them adds by chance; the "
             "interval allows for the picking, and begins at 0 where all groups may be equal."),
    ),
    "between_variance": (
        mark("Spread of the groups"),
        mark("Spread of the groups: how far group means typically lie from the mean of everyone, without what sampling "
             "alone adds; the square root of between_variance in estimates.csv."),
    ),
    "theil_between": (
        mark("Theil, between groups"),
        mark("Theil: 0 without inequality. The parts between groups and within them add up to that between persons."),
    ),
    "theil_within": (mark("Theil, within groups"), ""),
}  # fmt: skip
PERSONS: Columns = {
    "gini": (mark("Gini"), mark("Gini: 0 where everyone has the same, near 1 where one person has everything.")),
    "theil": (mark("Theil"), mark("Theil: 0 where everyone has the same; the upper end weighs more than in Gini.")),
}
#: In the units of the measure; the others have none.
OWN_UNITS = frozenset({"sii", "gap_corrected", "between_variance"})
NEED_ZERO = frozenset({"rii", "theil_between", "theil_within"})
LARGE = 1000
NO_ZERO = mark("Ratios, Gini and Theil need a true zero, which a score does not have: they are not given for scores.")


def inequality(page: Page) -> Fold | None:
    """One closed part: what one index says, grouping by grouping, then all of them; None without rows."""
    t, declared = page.t, page.release.instrument.divide.gaps
    scores = [i.name for i in page.release.instrument.indicators]
    amounts = [name for name, kind in declared.items() if kind == "amount"]  # Gini of a share is only one minus it
    groups = page.release.study.groups
    made = [
        _table(page, "ordered-scores", t("Inequality over ordered groups: scores"), {**ENDS, **LEAN}, scores, groups),
        _table(page, "ends-others", t("From end to end of ordered groups: shares and amounts"), ENDS, list(declared),
               groups),
        _table(page, "lean-others", t("Inequality over ordered groups: shares and amounts"), LEAN, list(declared),
               groups),
        _table(page, "between-scores", t("Inequality between groups: scores"), BETWEEN, scores, groups),
        _table(page, "between-others", t("Inequality between groups: shares and amounts"), BETWEEN, list(declared),
               groups),
        _table(page, "persons", t("Inequality between persons"), PERSONS, amounts, [""]),
    ]  # fmt: skip
    tables = [found for found in made if found is not None]
    return Fold(t("Inequality in one number"), (*_said(page, [*scores, *declared]), *tables)) if tables else None


def _said(page: Page, measures: Sequence[str]) -> Iterator[Block]:
    groups = page.release.study.groups
    if any(page.rows.find("divide", "erreygers", m, by) for by in groups for m in measures):
        yield Prose(words.rule(page))
    if leans := [s for by in groups if (s := words.lean(page, by, measures)) is not None]:
        yield Bullets(tuple(leans))


def _table(
    page: Page, name: str, caption: str, columns: Columns, measures: Sequence[str], groupings: Sequence[str]
) -> Table | None:
    """Measures under the names of the groupings, an index a column; None without rows."""
    t = page.t
    found = {by: {m: held for m in measures if (held := _held(page, columns, m, by))} for by in groupings}
    rows = [row for of_by in found.values() for held in of_by.values() for row in held.values()]
    used = [e for e in columns if any(r.estimand == e and r.status != NOT_ESTIMABLE for r in rows)]
    if not used:
        return None
    coarse = {m for of_by in found.values() for m, held in of_by.items() if any(map(_large, held.values()))}
    lines: list[Line] = []
    for by, of_by in found.items():
        if of_by and by:
            lines.append(Line(page.label(by) if columns is BETWEEN else _ordered(page, by)))
        for m, held in of_by.items():
            lines.append(Line(_named(page, m), tuple(_cell(page, held.get(e), m in coarse) for e in used)))
    notes = [t(columns[e][1]) for e in used if columns[e][1]]
    if any(r.estimand in NEED_ZERO and r.estimand not in used for r in rows):
        notes.append(t(NO_ZERO))
    heads = (t("Measure"), *(t(columns[e][0]) for e in used))
    return table(page, f"inequality-{name}", caption, heads, lines, notes)


def _held(page: Page, columns: Columns, measure: str, by: str) -> dict[str, Row]:
    """The rows of one measure over one grouping by estimand."""
    return {e: found[0] for e in columns if (found := page.rows.find("divide", e, measure, by))}


def _ordered(page: Page, by: str) -> str:
    """The grouping with the two ends of its order."""
    levels = page.variable(by).levels
    first, last = (page.level(by, v.key) for v in (levels[0], levels[-1]))
    return page.t("{grouping}, from “{first}” to “{last}”", grouping=page.label(by), first=first, last=last)


def _named(page: Page, measure: str) -> str:
    """The measure, an amount with its unit."""
    unit = page.variable(measure).unit if page.release.instrument.has(measure) else None
    return page.t("{name} ({value})", name=page.label(measure), value=unit) if unit else page.label(measure)


def _large(row: Row) -> bool:
    """Whether a number in the units of its measure is one of thousands, such as money, written without decimals."""
    return row.estimand in ("sii", "gap_corrected") and max(abs(row.estimate or 0.0), abs(row.high or 0.0)) >= LARGE


def _cell(page: Page, row: Row | None, coarse: bool) -> Cell:
    """An index with its interval."""
    if row is None:
        return Cell()
    kind = row.estimand
    if kind == "between_variance":
        root = None if row.estimate is None else sqrt(row.estimate)
        row = row._replace(estimate=root, unit=(row.unit or "").removesuffix(" squared"))
    if kind in OWN_UNITS:
        kind = "proportion" if row.unit == "proportion" else "total" if coarse else "mean"
    return value_cell(page, kind, row, (span(page, kind, row),))

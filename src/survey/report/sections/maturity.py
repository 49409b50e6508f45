"""Kematangan: the cell of readiness and performance, named only where the sample is sure of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.core.roadmap import AXES, CELLS
from survey.report.blocks import Block, Cell, Figure, Fold, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.figures import Axis, Dot, Panel, panels
from survey.report.locale import mark
from survey.report.rows import Row
from survey.report.sections.summary import point
from survey.report.skipped import reason
from survey.report.tables import interval, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.roadmap import MaturityRule
    from survey.report.page import Page

MEASURE = "maturity"
#: What follows the cell in a note of a placement that is not certain.
OPEN = ", not certain"
WORDS = {
    "initial": mark("initial"),
    "developing": mark("developing"),
    "managed": mark("managed"),
    "optimized": mark("optimized"),
}
NAMES = {"readiness": mark("Readiness"), "performance": mark("Performance")}
SIDES = {"below": mark("below its cut"), "above": mark("at or above its cut")}


def maturity(page: Page) -> Section | Omitted:
    """The rule, the city's placement in a sentence, scores by area, probabilities of every cell."""
    t, title, rule = page.t, page.t("Maturity"), page.release.study.maturity
    stands = page.rows.overall(MEASURE, "placement", MEASURE)
    if rule is None or stands is None:
        return Omitted(
            title,
            reason(page, "maturity")
            or t("The study declares no rule of maturity, or the sample cannot tell a placement."),
        )
    said = [_rule(page, rule), _placement(page, stands)]
    groups = [g for g in page.release.study.groups if page.rows.find(MEASURE, "placement", MEASURE, g)]
    areas = [g for g in groups if page.variable(g).role == "geography"][:1]
    blocks: list[Block] = [Prose(tuple(said)), _figure(page, rule, areas)]
    others = [g for g in groups if g not in areas]
    if others:
        made = _table(page, "maturity-groups", t("Placement of other groups"), others, everyone=False)
        blocks.append(Fold(made.caption, (made,)))
    return Section("maturity", title, tuple(blocks))


def _rule(page: Page, rule: MaturityRule) -> Sentence:
    t = page.t
    cuts = [t("{name} at {cut}", name=t(NAMES[axis]), cut=t.number(rule.cuts[axis])) for axis in AXES]
    cells = [
        t("{cell}: readiness {first}, performance {second}", cell=t(WORDS[cell]), first=t(SIDES[a]), second=t(SIDES[b]))
        for cell, (a, b) in rule.cells.items()
    ]
    axes = [
        t(
            "{name} is the mean of {measures}",
            name=t(NAMES[a]),
            measures=t.listing([page.label(m) for m in rule.measures(a)]),
        )
        for a in AXES
    ]
    text = t(
        "The rule of this study: {axes}, each in points of 100. Cuts: {cuts}. {cells}. A placement is called certain "
        "from a probability of 90%.",
        axes="; ".join(axes), cuts=t.listing(cuts), cells="; ".join(cells),
    )  # fmt: skip
    return Sentence(t("{text} The rule is an example: nobody has set it.", text=text) if rule.example else text)


def _placement(page: Page, row: Row) -> Sentence:
    t = page.t
    if not row.shown or row.note is None:
        return Sentence(t("The city cannot be placed from these answers."), (row.position,))
    cell, share = t(WORDS[row.note.removesuffix(OPEN)]), t.percent(row.estimate, 0)
    if row.note.endswith(OPEN):
        rows = [r for r in page.rows.find(MEASURE, "cell_probability", MEASURE) if r.estimate]
        likely = sorted(rows, key=lambda r: -(r.estimate or 0.0))
        every = [
            t("{cell} {share}", cell=t(WORDS[r.level or ""]), share=t.percent(r.estimate, 0))
            for r in likely
            if (r.estimate or 0) >= 0.01
        ]
        used = (row.position, *(r.position for r in likely))
        return Sentence(t("No placement is certain: {cells}.", cells=t.listing(every)), used)
    return Sentence(t("The city stands at “{cell}” (probability {share}).", cell=cell, share=share), (row.position,))


def _figure(page: Page, rule: MaturityRule, areas: list[str]) -> Figure:
    """Both scores of everyone and of every area against their cuts."""
    t = page.t
    labels: list[str] = [t("Everyone")]
    keys: list[tuple[str, str | None]] = [("", None)]
    for by in areas:
        labels.append(page.label(by))
        keys.append((by, ""))
        levels = [r.by_level for r in page.rows.find(MEASURE, "placement", MEASURE, by)]
        labels += [page.level(by, level) for level in levels]
        keys += [(by, level) for level in levels]
    charts = [Panel(t(NAMES[axis]), tuple(_dot(page, axis, *key) for key in keys), rule.cuts[axis]) for axis in AXES]
    axis = Axis(0, 100, tuple((float(k), t.number(k)) for k in (0, 25, 50, 75, 100)), t("Score, 0 to 100"))
    alt = t("Dots of readiness and performance with intervals; the dashed line is the cut; numbers in the table below.")
    caption = t("Readiness and performance")
    numbers = _table(page, "maturity", t("Placement and its probability"), areas)
    return Figure("maturity", caption, alt, panels(labels, charts, axis), numbers)


def _find(page: Page, estimand: str, level: str | None, by: str, group: str | None) -> Row | None:
    rows = page.rows.find(MEASURE, estimand, MEASURE, by)
    return next((r for r in rows if r.level == level and r.by_level == group), None)


def _dot(page: Page, axis: str, by: str, group: str | None) -> Dot | None:
    return None if group == "" else point(page, "score100", _find(page, "score100", axis, by, group))


def _table(page: Page, name: str, caption: str, groups: list[str], everyone: bool = True) -> Table:
    """Scores, placement and the probability of every cell; a group's name heads its levels."""
    t = page.t
    columns = (t("Group"), *(t(NAMES[a]) for a in AXES), t("Placement"), *(t(WORDS[c]) for c in CELLS))
    lines = [_line(page, t("Everyone"), "", None)] if everyone else []
    for by in groups:
        lines.append(Line(page.label(by)))
        levels = [r.by_level for r in page.rows.find(MEASURE, "placement", MEASURE, by)]
        lines += [_line(page, page.level(by, level), by, level) for level in levels]
    note = t("Probabilities are those of the sample's chance under the rule, not of the rule being right.")
    return table(page, name, caption, columns, lines, (note,))


def _line(page: Page, label: str, by: str, group: str | None) -> Line:
    t = page.t
    scores = [_find(page, "score100", axis, by, group) for axis in AXES]
    cells = [value_cell(page, "score100", r, (interval(t, "score100", r) if r else "",)) for r in scores]
    stands = _find(page, "placement", None, by, group)
    cells.append(
        Cell(_word(page, stands), numeric=False) if stands and stands.shown else value_cell(page, "mean", stands)
    )
    for cell in CELLS:
        found = _find(page, "cell_probability", cell, by, group)
        shown = found is not None and found.shown
        cells.append(
            Cell(written(t, "proportion", found.estimate)) if found and shown else value_cell(page, "mean", found)
        )
    return Line(label, tuple(cells))


def _word(page: Page, row: Row) -> str:
    note = row.note or ""
    return page.t("not certain") if note.endswith(OPEN) else page.t(WORDS[note])

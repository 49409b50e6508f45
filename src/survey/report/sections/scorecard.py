"""Kartu skor: the declared frame's dimensions, their gaps to target, by area, and the crosswalk of frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Bullets, Cell, Figure, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.figures import Axis, dots, heat
from survey.report.rows import Row
from survey.report.sections.stakeholders import stakeholders
from survey.report.sections.summary import point
from survey.report.skipped import reason
from survey.report.tables import estimate_cells, estimate_columns, interval, stacked_cell, table, written

if TYPE_CHECKING:
    from survey.core.roadmap import Dimension, Frame
    from survey.core.study import Target
    from survey.report.page import Page

SCORE = "score100"


def scorecard(page: Page) -> Section | Omitted:
    """Scores with intervals, what is missing to the targets, dimension by area, stakeholders, crosswalk."""
    t, title = page.t, page.t("Six-dimension scorecard")
    frame = page.release.instrument.frame(page.release.study.frame)
    held = [] if frame is None else [d for d in frame.dimensions if page.rows.overall("scorecard", SCORE, d.name)]
    if frame is None or not held:
        return Omitted(
            title,
            reason(page, "scorecard", "stakeholders")
            or t("The study declares no frame of dimensions, or the scorecard was not asked for."),
        )
    why = t(
        "What residents think of each dimension, in points of 100, read by the frame {frame}. Dimensions are not "
        "averaged, and never over two frames: frames share dimensions, and a mean over both would count them twice.",
        frame=page.words(frame.label),
    )
    gaps = tuple(_gap_sentences(page, held))
    blocks: list[Block] = [Prose((Sentence(why),)), _figure(page, held), *([Bullets(gaps)] if gaps else [])]
    blocks += [*_by_area(page, held), *stakeholders(page, held), *_crosswalks(page, frame)]
    return Section("scorecard", title, tuple(blocks))


def _figure(page: Page, held: list[Dimension]) -> Figure:
    t = page.t
    rows = [page.rows.overall("scorecard", SCORE, d.name) for d in held]
    names = [page.words(d.label) for d in held]
    axis = Axis(0, 100, tuple((float(k), t.number(k)) for k in (0, 25, 50, 75, 100)), t("Score, 0 to 100"))
    points = [point(page, SCORE, r) for r in rows]
    lines = [Line(n, estimate_cells(page, SCORE, r)) for n, r in zip(names, rows, strict=True)]
    columns = (t("Dimension"), *estimate_columns(page, t("Score (0–100)")))
    caption = t("Score of each dimension")
    facts = "; ".join(f"{n} {p.text}" for n, p in zip(names, points, strict=True))
    alt = t("Dot chart of the dimensions: {facts}.", facts=facts)
    return Figure(
        "scorecard", caption, alt, dots(names, points, axis), table(page, "scorecard", caption, columns, lines)
    )


def _gap_sentences(page: Page, held: list[Dimension]) -> Iterator[Sentence]:
    """One sentence a dimension and horizon: what is missing, and whether that is sure."""
    t = page.t
    for dimension in held:
        target = _target(page, dimension)
        for row in page.rows.find("scorecard", "gap_to_target", dimension.name):
            if target is None or not row.shown or row.estimate is None or row.level is None:
                continue
            value = target.values[list(target.horizon).index(row.level)]
            aim = t("{value} by the end of {year}", value=written(t, SCORE, value), year=str(target.horizon[row.level]))
            facts = {
                "name": page.words(dimension.label),
                "aim": t("{text} (example)", text=aim) if target.example else aim,
                "gap": written(t, SCORE, abs(row.estimate)),
                "interval": interval(t, SCORE, row),
            }
            yield Sentence(_gap_words(page, row).format(**facts), (row.position,))


def _gap_words(page: Page, row: Row) -> str:
    t = page.t
    if row.low is None or row.high is None:
        return t("{name}: {gap} points from the target of {aim}.")
    if row.low > 0:
        return t("{name}: {gap} points ({interval}) are missing to the target of {aim}.")
    if row.high < 0:
        return t("{name}: the target of {aim} is passed by {gap} points (missing: {interval}).")
    return t("{name}: at the target of {aim}, as far as the sample can tell (missing: {interval}).")


def _target(page: Page, dimension: Dimension) -> Target | None:
    names = (dimension.name, *(dimension.measures if len(dimension.measures) == 1 else ()))
    found = (x for x in page.release.study.targets if x.measure in names and x.estimand == SCORE)
    return next(found, None)


def _by_area(page: Page, held: list[Dimension]) -> Iterator[Block]:
    """Dimension by area, as a heat map and a table, for the first geographic group that is shown."""
    t = page.t
    groups = [g for g in page.release.study.groups if page.variable(g).role == "geography"]
    by = next((g for g in groups if page.rows.find("scorecard", SCORE, held[0].name, g)), None)
    if by is None:
        return
    cells = {d.name: {r.by_level: r for r in page.rows.find("scorecard", SCORE, d.name, by)} for d in held}
    areas = list(dict.fromkeys(level for found in cells.values() for level in found))
    grid = [[cells[d.name].get(area) for d in held] for area in areas]
    labels, names = [page.level(by, area) for area in areas], [page.words(d.label) for d in held]
    values = [[r.estimate if r and r.shown else None for r in row] for row in grid]
    texts = [[point(page, SCORE, r).text.split(" (")[0] for r in row] for row in grid]
    caption = t("Dimensions by {grouping}", grouping=page.label(by))
    lines = [
        Line(label, tuple(stacked_cell(page, SCORE, r) for r in row)) for label, row in zip(labels, grid, strict=True)
    ]
    numbers = table(page, "scorecard-areas", caption, (page.label(by), *names), lines)
    alt = t("Heat map of scores, areas down and dimensions across; the numbers are in the table below.")
    yield Figure("scorecard-areas", caption, alt, heat(labels, names, values, texts), numbers)


def _crosswalks(page: Page, frame: Frame) -> Iterator[Table]:
    """Dimensions of other frames beside those of the declared one."""
    t = page.t
    for other in page.release.instrument.frames:
        pairs = other.crosswalk.get(frame.name)
        if other.name == frame.name or pairs is None:
            continue
        label = {d.name: page.words(d.label) for d in frame.dimensions}
        answered = {name for names in pairs.values() for name in names}
        none = t("no counterpart")
        lines = [
            Line(
                page.words(d.label),
                (Cell(t.listing([label[n] for n in pairs.get(d.name, ())]) or none, numeric=False),),
            )
            for d in other.dimensions
        ]
        lines += [
            Line(none, (Cell(page.words(d.label), numeric=False),)) for d in frame.dimensions if d.name not in answered
        ]
        columns = (page.words(other.label), page.words(frame.label))
        note = t("For reading other reports; scores of two frames are not added up.")
        yield table(page, f"crosswalk-{other.name}", t("Crosswalk of the frames"), columns, lines, (note,))

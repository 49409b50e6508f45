"""Areas: what is known of each, which ranks it may hold, and the model's thirds of the small ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Bullets, Cell, Figure, Line, Omitted, Prose, Section, Sentence
from survey.report.locale import mark
from survey.report.skipped import reason
from survey.report.spans import span
from survey.report.tables import table, value_cell, written
from survey.report.tile_map import Area, Position, grid, tile_maps

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row

THIRDS = {1: mark("upper third"), 2: mark("middle third"), 3: mark("lower third")}
MOST_TILES = 30  # beyond, a tile has no room for its name


def areas(page: Page) -> Section | Omitted:
    """Each geographic group with ranks, then the areas of the model."""
    t, title = page.t, page.t("Areas")
    indicators = page.release.instrument.indicators
    groups = [
        by for by in page.release.study.groups if any(page.rows.find("areas", "rank", i.name, by) for i in indicators)
    ]
    blocks: list[Block] = [b for by in groups for b in _ranks(page, by, indicators)]
    blocks += _model(page)
    if not blocks:
        return Omitted(
            title, reason(page, "areas") or t("The study groups by no geography, or ranks do not apply to this wave.")
        )
    return Section("areas", title, tuple(blocks))


def _ranks(page: Page, by: str, indicators: Sequence[Indicator]) -> Iterator[Block]:
    t = page.t
    yield Prose((Sentence(t(
        "Rank 1 is the highest mean. A rank interval holds every rank that the area may have; together the "
        "intervals of an "
        "indicator are right with {level} confidence. Where they overlap, no order is given.", level=page.confidence,
    )),))  # fmt: skip
    yield Bullets(tuple(_rank_words(page, by, i) for i in indicators))
    levels = [v.key for v in page.variable(by).levels]
    held = [{r.by_level: r for r in page.rows.find("areas", "mean", i.name, by)} for i in indicators]
    ranks = [{r.by_level: r for r in page.rows.find("areas", "rank", i.name, by)} for i in indicators]
    lines = []
    for level in levels:
        cells = [_rank_cell(page, means.get(level), rank.get(level)) for means, rank in zip(held, ranks, strict=True)]
        lines.append(Line(page.level(by, level), tuple(cells)))
    caption = t("Mean and rank of each area: {grouping}", grouping=page.label(by))
    note = t("Below each mean: its interval, then the ranks that the area may have.")
    numbers = table(
        page, f"areas-{by}", caption, (page.label(by), *(page.label(i.name) for i in indicators)), lines, (note,)
    )
    if len(levels) <= MOST_TILES:
        maps = [[_tile(page, by, k, m.get(k), r.get(k)) for k in levels] for m, r in zip(held, ranks, strict=True)]
        titles = [page.label(i.name) for i in indicators]
        alt = t("Tiles of the areas for {names}, darker for a higher mean, each with its mean and its possible "
                "ranks; the "
                "numbers are in the table below.", names=t.listing(titles))  # fmt: skip
        words = t("Areas as tiles, darker for a higher mean; with mean and possible ranks")
        yield Figure(
            f"areas-{by}", words, alt, tile_maps(titles, maps, _positions(page, by, levels)), numbers, own_table=False
        )
    yield numbers


def _positions(page: Page, by: str, levels: Sequence[str]) -> tuple[Position, ...]:
    """Where the study puts each area; in reading order where it says nothing."""
    placed = page.release.study.tiles.get(by)
    return tuple(placed[level] for level in levels) if placed else grid(len(levels))


def _rank_words(page: Page, by: str, of: Indicator) -> Sentence:
    t = page.t
    rows = [r for r in page.rows.find("areas", "rank", of.name, by) if r.low is not None and r.high is not None]
    n, used = len(rows), tuple(r.position for r in rows)
    narrow = [r for r in rows if (r.low or 0) > 1 or (r.high or 0) < n]
    name = page.label(of.name)
    if not narrow:
        return Sentence(t("{name}: every area may have any rank; not enough evidence of an order.", name=name), used)
    facts = [
        t(
            "{area}: rank {low}–{high} of {n}",
            area=page.level(by, r.by_level),
            low=t.number(r.low),
            high=t.number(r.high),
            n=t.number(n),
        )
        if r.low != r.high
        else t("{area}: rank {low} of {n}", area=page.level(by, r.by_level), low=t.number(r.low), n=t.number(n))
        for r in narrow
    ]
    rest = t("; the others may have any rank") if len(narrow) < n else ""
    return Sentence(t("{name}: {facts}{rest}.", name=name, facts="; ".join(facts), rest=rest), used)


def _rank_cell(page: Page, mean: Row | None, rank: Row | None) -> Cell:
    details = [span(page, "mean", mean)] if mean is not None else []
    if ranks := _ranks_of(page, rank):
        details.append(ranks)
    return value_cell(page, "mean", mean, details)


def _ranks_of(page: Page, row: Row | None) -> str:
    if row is None or row.low is None or row.high is None:
        return ""
    low, high = page.t.number(row.low), page.t.number(row.high)
    return page.t("rank {low}", low=low) if low == high else page.t("rank {low}–{high}", low=low, high=high)


def _tile(page: Page, by: str, level: str, mean: Row | None, rank: Row | None) -> Area:
    shown = mean is not None and mean.shown
    value = mean.estimate if mean is not None and shown else None
    text = (
        f"{written(page.t, 'mean', value)}\n{_ranks_of(page, rank)}" if shown else value_cell(page, "mean", mean).mark
    )
    return Area(page.level(by, level), value, text)


def _model(page: Page) -> Iterator[Block]:
    t, spec = page.t, page.release.study.areas
    indicators = [
        i for i in page.release.instrument.indicators if spec and page.rows.find("areas", "rank_class", i.name, spec.by)
    ]
    if spec is None or not indicators:
        return
    yield Prose((Sentence(t(
        "{areas} hold too few respondents to stand alone. A model (Fay and Herriot 1979) lends them strength "
        "from {within}; "
        "where fewer than ten answered, only the third of all areas is shown.",
        areas=page.label(spec.by), within=page.label(spec.within),
    )),))  # fmt: skip
    none = []
    for i in indicators:
        row = next(iter(page.rows.find("areas", "area_variance", i.name, spec.by)), None)
        if row is not None and not row.estimate:
            none.append((i, row))
    if none:
        names = t.listing([page.label(i.name) for i, _ in none])
        said = t(
            "{names}: no difference between these areas was found beyond that of the larger ones, so none is shown.",
            names=names,
        )
        yield Prose((Sentence(said, tuple(r.position for _, r in none)),))
    shown = [i for i in indicators if i not in [k for k, _ in none]]
    if shown:
        lines = []
        values = [{r.by_level: r for r in page.rows.find("areas", "eblup", i.name, spec.by)} for i in shown]
        thirds = [{r.by_level: r for r in page.rows.find("areas", "rank_class", i.name, spec.by)} for i in shown]
        for v in page.variable(spec.by).levels:
            cells = [_third(page, a.get(v.key), b.get(v.key)) for a, b in zip(values, thirds, strict=True)]
            lines.append(Line(page.level(spec.by, v.key), tuple(cells)))
        caption = t("Small areas by the model: {grouping}", grouping=page.label(spec.by))
        columns = (page.label(spec.by), *(page.label(i.name) for i in shown))
        note = t("The model's mean, and the third of all areas that it falls into; a third is no rank.")
        yield table(page, "small-areas", caption, columns, lines, (note,), folded=True)


def _third(page: Page, value: Row | None, third: Row | None) -> Cell:
    word = page.t(THIRDS[int(third.estimate)]) if third is not None and third.shown and third.estimate in THIRDS else ""
    if value is None or not value.shown:
        return Cell("", (word,) if word else ())
    return Cell(written(page.t, "mean", value.estimate), (word,) if word else ())

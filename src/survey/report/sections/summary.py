"""What a reader in a hurry takes away, and how to read the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.report import narrative
from survey.report.blocks import Block, Box, Bullets, Figure, Line, Omitted, Prose, Section, Sentence, Terms
from survey.report.figures import Axis, Dot, dots
from survey.report.sections.gap_parts import widest_gaps
from survey.report.sentences.findings import findings
from survey.report.tables import MEANINGS, estimate_cells, estimate_columns, interval, table, value_cell, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row


def summary(page: Page) -> Section:
    """One page: who answered, up to five findings, one figure, how it was asked."""
    blocks: list[Block] = [_key_facts(page)]
    if said := findings(page):
        blocks.append(Bullets(said))
    drawn = widest_gaps(page) or indicator_figure(page, page.indicators())
    if drawn:
        blocks.append(drawn)
    blocks.append(Prose((*narrative.collection(page), narrative.withheld(page))))
    return Section("summary", page.t("Summary"), tuple(blocks))


def _key_facts(page: Page) -> Terms:
    t, wave = page.t, page.release.wave
    n = page.value("weights", "n")
    pairs = [
        (t("People who answered"), t.number(float(str(n))) if n is not None else ""),
        (t("Interviewed"), t.period(*wave.collected) if wave.collected else ""),
        (t("Sample"), t("probability sample") if page.probability else t("not a probability sample")),
        (t("Confidence level"), page.confidence if page.probability else ""),
    ]
    return Terms(tuple(p for p in pairs if p[1]), tiles=True)


def indicator_figure(page: Page, indicators: Sequence[Indicator]) -> Figure | None:
    """The indicators as dots with intervals, on their own scale where they share it, else on 0–100."""
    t = page.t
    axis, estimand = common_axis(page, indicators)
    rows = [(i, r) for i in indicators if (r := page.rows.overall("indicators", estimand, i.name))]
    if not rows:
        return None
    points = [point(page, estimand, r) for _, r in rows]
    caption = (
        t("Indicators, mean with {level} interval", level=page.confidence)
        if page.probability
        else t("Indicators, mean")
    )
    return Figure(
        name="indicators",
        caption=caption,
        alt=_alt(page, estimand, rows),
        svg=dots([page.label(i.name) for i, _ in rows], points, axis),
        table=table(page, "indicators", caption, *_numbers(page, indicators), folded=True),
    )


def common_axis(page: Page, indicators: Sequence[Indicator]) -> tuple[Axis, str]:
    """The value axis that serves all of them, and the estimand that is drawn on it."""
    t = page.t
    spans = {page.release.instrument.item_range(i) for i in indicators}
    span = next(iter(spans)) if len(spans) == 1 else None
    if span is None or span[1] - span[0] > 10:
        ticks = tuple((float(k), t.number(k)) for k in (0, 25, 50, 75, 100))
        return Axis(0, 100, ticks, t("Score, 0 to 100")), "score100"
    low, high = span
    steps = range(int(high - low) + 1)
    title = t("Mean, {low} (lowest) to {high} (highest)", low=t.number(low), high=t.number(high))
    return Axis(low, high, tuple((low + k, t.number(low + k)) for k in steps), title), "mean"


def point(page: Page, estimand: str, row: Row | None) -> Dot:
    """A row as a dot; the sign of what is missing where it may not be shown."""
    if row is None:
        return Dot(None)
    if not row.shown:
        return Dot(None, text=value_cell(page, estimand, row).mark)
    between = interval(page.t, estimand, row)
    value = written(page.t, estimand, row.estimate)
    text = page.t("{value} ({interval})", value=value, interval=between) if between else value
    return Dot(row.estimate, row.low, row.high, text, firm=row.status == "ok")


def _numbers(page: Page, indicators: Sequence[Indicator]) -> tuple[tuple[str, ...], list[Line]]:
    t = page.t
    columns = (t("Indicator"), *estimate_columns(page, t("Mean")), t("Score (0–100)"), t("Two most favourable answers"))
    lines = []
    for i in indicators:
        mean, score, top = (page.rows.overall("indicators", e, i.name) for e in ("mean", "score100", "top2"))
        cells = (
            *estimate_cells(page, "mean", mean),
            value_cell(page, "score100", score),
            value_cell(page, "top2", top),
        )
        lines.append(Line(page.label(i.name), cells))
    return columns, lines


def _alt(page: Page, estimand: str, rows: Sequence[tuple[Indicator, Row]]) -> str:
    t = page.t
    shown = [(i, r) for i, r in rows if r.shown]
    if not shown:
        return t("Dot chart without values: none of the indicators may be shown.")
    facts = [t("{name} {value}", name=page.label(i.name), value=point(page, estimand, r).text) for i, r in shown]
    return t("Dot chart of the indicators: {facts}.", facts="; ".join(facts))


def reading(page: Page) -> Box | Omitted:
    """How to read the figures, in a few lines."""
    t = page.t
    of_indicators = [
        t(
            "A mean is the average of the answers on the scale of the questions; questions worded the"
            " other way round are turned first."
        ),
        t(
            "The score (0–100) is the same mean on another ruler: 0 is the lowest possible answer, "
            "100 the highest. It is not an official satisfaction index (IKM)."
        ),
    ]
    said = of_indicators if page.indicators() else []
    if page.probability:
        said.append(
            t(
                "The interval shows where the value for the whole population most likely lies ({level} "
                "confidence). Figures whose intervals overlap may well be equal.",
                level=page.confidence,
            )
        )
    said.append(
        t(
            "People who answered “don't know” are not in the shares of opinions; they are shown "
            "beside them, as a share of everyone asked."
        )
    )
    said += [t(meaning) for meaning in MEANINGS.values()]
    return Box("reading", t("How to read this report"), (Bullets(tuple(Sentence(s) for s in said)),))

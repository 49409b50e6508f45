"""Sasaran: how far each target is, whether the pace leads there, and the roadmap with its planning documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.core.study import TREND
from survey.report.blocks import Block, Bullets, Cell, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.locale import mark
from survey.report.sections.roadmap import (
    EXAMPLE,
    horizon_label,
    needed_sample,
    planning_documents,
    roadmap,
    with_interval,
)
from survey.report.tables import interval, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.study import Target
    from survey.report.page import Page
    from survey.report.rows import Row

#: What the notes of the estimates say, for readers.
VERDICTS = {
    "yes": mark("yes"),
    "no": mark("no"),
    "cannot say: the interval of the pace holds both": mark("cannot say: the interval of the pace holds both"),
    "cannot say: one wave tells no pace": mark("cannot say: one wave tells no pace"),
    "cannot say: the waves cannot be compared": mark("cannot say: the waves cannot be compared"),
    "cannot say: no probability sample": mark("cannot say: no probability sample"),
    "cannot say: it is not known when the waves were in the field": mark(
        "cannot say: it is not known when the waves were in the field"
    ),
    "cannot say: an estimate of one of the waves has no error": mark(
        "cannot say: an estimate of one of the waves has no error"
    ),
    "the study does not say when the waves were in the field": mark(
        "cannot say: it is not known when the waves were in the field"
    ),
    "the horizon is not after the latest wave": mark("cannot say: the horizon is not after the latest wave"),
}


def targets(page: Page) -> Section | Omitted:
    """The targets with their verdicts and numbers, then the roadmap."""
    t, study = page.t, page.release.study
    title = t("Targets and roadmap")
    shown = [target for target in study.targets if _latest(page, target) is not None]
    if not shown and not study.initiatives:
        return Omitted(title, t("The study sets no targets and lists no initiatives."))
    blocks: list[Block] = []
    if shown:
        blocks += [
            Prose(tuple(_introduction(page, shown))),
            Bullets(tuple(_sentences(page, shown))),
            _table(page, shown),
        ]
    if study.initiatives:
        blocks += [roadmap(page), planning_documents(page)]
    return Section("targets", title, tuple(blocks))


def verdicts(page: Page) -> list[tuple[str, Row]]:
    """Each target and horizon that has a verdict, in one word: yes, no, cannot say."""
    found = []
    for target in page.release.study.targets:
        rows = (_row(page, "target_verdict", target, horizon) for horizon in target.horizon)
        found += [
            (row.note if row.note in ("yes", "no") else "cannot say", row)
            for row in rows
            if row is not None and row.note in VERDICTS
        ]
    return found


def _introduction(page: Page, shown: list[Target]) -> Iterator[Sentence]:
    t = page.t
    over_waves = t(
        "A verdict asks whether the target is reached if the yearly pace stays in the interval observed over the "
        "waves; a horizon ends with its year."
    )
    of_one = t(
        "This is the distance of one wave from the targets, and the yearly pace that would close it; a horizon ends "
        "with its year. Whether the pace is kept, only several waves can tell."
    )
    yield Sentence(over_waves if page.release.wave.name == TREND else of_one)
    if any(target.example for target in shown):
        yield Sentence(t("Targets marked as an example are illustrations: nobody has set them."))


def _row(page: Page, estimand: str, target: Target, horizon: str = "") -> Row | None:
    level = target.key(page.release.study.targets, horizon) or None
    return page.rows.overall("targets", estimand, target.measure, level)


def _latest(page: Page, target: Target) -> Row | None:
    return page.rows.overall("targets", target.estimand, target.measure, target.level)


def _like(target: Target) -> str:
    """The estimand by whose format its values are written."""
    return "proportion" if target.estimand in ("proportion", "top2", "dont_know") else target.estimand


def _moved(page: Page, target: Target, value: float | None) -> str:
    """A gap or a pace: points, of shares percentage points."""
    if _like(target) != "proportion":
        return written(page.t, _like(target), value)
    return page.t("{number} percentage points", number=page.t.number(None if value is None else 100 * value, 1))


def _moved_between(page: Page, target: Target, row: Row) -> str:
    t, like = page.t, _like(target)
    if like != "proportion":
        return interval(t, like, row)
    low, high = (None if v is None else 100 * v for v in (row.low, row.high))
    return t.span(low, high, 1)


def _moved_cell(page: Page, target: Target, row: Row | None, between: bool = True) -> Cell:
    if row is None or not row.shown:
        return value_cell(page, _like(target), row)
    details = (_moved_between(page, target, row),) if between else ()
    share = _like(target) == "proportion"
    text = page.t.number(100 * (row.estimate or 0.0), 1) if share else written(page.t, _like(target), row.estimate)
    return Cell(text, tuple(d for d in details if d), value_cell(page, _like(target), row).mark)


def _aim(page: Page, target: Target, horizon: str, value: float) -> str:
    """A target in words: value, year, horizon, and that it is an example."""
    t, year = page.t, str(target.horizon[horizon])
    facts = {"value": written(t, _like(target), value), "year": year, "horizon": horizon_label(page, horizon)}
    text = t("{value} by the end of {year}, {horizon}", **facts)
    return t(EXAMPLE, text=text) if target.example else text


def _sentences(page: Page, shown: list[Target]) -> Iterator[Sentence]:
    t = page.t
    for target in shown:
        for horizon, value in zip(target.horizon, target.values, strict=True):
            rows = {e: _row(page, e, target, horizon) for e in ("target_gap", "needed_pace", "target_verdict")}
            parts = [t("{name}, {aim}.", name=_name(page, target), aim=_aim(page, target, horizon, value))]
            parts += [*_verdict(page, rows["target_verdict"]), *_paces(page, target, rows["needed_pace"])]
            parts += _probability(page, target, horizon)
            used = tuple(r.position for r in rows.values() if r is not None)
            yield Sentence(" ".join(parts), used)


def _name(page: Page, target: Target) -> str:
    label = page.label(target.measure)
    if target.level is None:
        return label
    return page.t("{name}: {answer}", name=label, answer=page.level(target.measure, target.level))


def _verdict(page: Page, row: Row | None) -> Iterator[str]:
    t = page.t
    if row is None or row.note not in VERDICTS:
        return
    yield t("Reached if the pace stays in its interval: {verdict}.", verdict=t(VERDICTS[row.note]))


def _paces(page: Page, target: Target, needed: Row | None) -> Iterator[str]:
    t = page.t
    observed = _row(page, "observed_pace", target)
    if needed is None or not needed.shown:
        return
    pace = _moved(page, target, needed.estimate)
    if observed is None or not observed.shown:
        yield t("It takes a change of {pace} a year.", pace=pace)
        return
    seen, between = _moved(page, target, observed.estimate), _moved_between(page, target, observed)
    words = t("It takes a change of {pace} a year; {seen} a year ({interval}) was observed.")
    yield words.format(pace=pace, seen=seen, interval=between)


def _probability(page: Page, target: Target, horizon: str) -> Iterator[str]:
    """The probability and what it assumes, in one sentence."""
    t, row = page.t, _row(page, "target_probability", target, horizon)
    if row is None or not row.shown:
        return
    p = t.percent(row.estimate, 0)
    if target.drift_sd is None:
        words = t(
            "If the straight line through the waves goes on, with sampling errors and the drift that the waves show, "
            "the probability is {p}."
        )
        yield words.format(p=p)
        return
    words = t(
        "If the straight line through the waves goes on, with sampling errors and a supposed drift of {drift} a "
        "wave, the probability is {p}."
    )
    yield words.format(p=p, drift=_moved(page, target, target.drift_sd))


def _table(page: Page, shown: list[Target]) -> Table:
    t = page.t
    several = page.release.wave.name == TREND
    last = (t("Reached if the pace stays in its interval"),) if several else ()
    columns = (
        t("Target"), t("Value"), t("Latest wave"), t("Gap"), t("Needed a year"),
        *((t("Observed a year"),) if several else ()), t("Answers needed to see it"), *last,
    )  # fmt: skip
    lines = [line for target in shown for line in _lines(page, target, several)]
    units = t("Gaps and paces are in the units of the value; of shares, in percentage points.")
    note = t("Answers that the next wave needs to see the change with a power of 80%, with the latest wave's error and "
             "design effect.")  # fmt: skip
    return table(page, "targets", t("Targets and the way there"), columns, lines, (units, note))


def _lines(page: Page, target: Target, several: bool) -> Iterator[Line]:
    t, like = page.t, _like(target)
    yield Line(t(EXAMPLE, text=_name(page, target)) if target.example else _name(page, target))
    for horizon, value in zip(target.horizon, target.values, strict=True):
        cells = [
            Cell(written(t, like, value)),
            with_interval(page, like, _latest(page, target)),
            _moved_cell(page, target, _row(page, "target_gap", target, horizon)),
            _moved_cell(page, target, _row(page, "needed_pace", target, horizon), between=False),
            *([_moved_cell(page, target, _row(page, "observed_pace", target))] if several else []),
            needed_sample(page, _row(page, "required_n", target, horizon)),
            *([_said(page, _row(page, "target_verdict", target, horizon))] if several else []),
        ]
        until = t("{horizon}, {year}", horizon=horizon_label(page, horizon), year=str(target.horizon[horizon]))
        yield Line(until, tuple(cells))


def _said(page: Page, row: Row | None) -> Cell:
    """The verdict without its reason, which the sentence gives."""
    said = page.t(VERDICTS[row.note]).partition(":")[0] if row and row.note in VERDICTS else ""
    return Cell(said, numeric=False)

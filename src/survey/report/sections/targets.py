"""Sasaran: how far each target is, whether the pace leads there, and the roadmap with its planning documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from survey.core.study import TREND
from survey.report.blocks import Block, Bullets, Cell, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.locale import mark
from survey.report.tables import interval, table, value_cell, written

if TYPE_CHECKING:
    from survey.core.roadmap import Initiative
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
SIZES = {
    "the latest wave has reached the value": mark("reached already"),
    "the latest wave's own error hides a change of this size, whatever the next sample": mark("no sample would"),
}
#: A sample below this size is printed as smaller than it.
LEAST = 30
HORIZONS = {"short": mark("short term"), "medium": mark("medium term"), "long": mark("long term")}
EXAMPLE = mark("{text} (example)")


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
        blocks += [_roadmap(page), _documents(page)]
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


def _horizon(page: Page, name: str) -> str:
    return page.t(HORIZONS[name]) if name in HORIZONS else name


def _aim(page: Page, target: Target, horizon: str, value: float) -> str:
    """A target in words: value, year, horizon, and that it is an example."""
    t, year = page.t, str(target.horizon[horizon])
    facts = {"value": written(t, _like(target), value), "year": year, "horizon": _horizon(page, horizon)}
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
            _with_interval(page, like, _latest(page, target)),
            _moved_cell(page, target, _row(page, "target_gap", target, horizon)),
            _moved_cell(page, target, _row(page, "needed_pace", target, horizon), between=False),
            *([_moved_cell(page, target, _row(page, "observed_pace", target))] if several else []),
            _size(page, _row(page, "required_n", target, horizon)),
            *([_said(page, _row(page, "target_verdict", target, horizon))] if several else []),
        ]
        yield Line(
            t("{horizon}, {year}", horizon=_horizon(page, horizon), year=str(target.horizon[horizon])), tuple(cells)
        )


def _with_interval(page: Page, like: str, row: Row | None) -> Cell:
    between = interval(page.t, like, row) if row is not None else ""
    return value_cell(page, like, row, (between,))


def _size(page: Page, row: Row | None) -> Cell:
    if row is None or row.estimate is None or not row.shown:
        return _no_size(page, row)
    # Errors of means of so few are not what the formula takes them for.
    few = row.estimate < LEAST
    return Cell(page.t("under {n}", n=page.t.number(LEAST)) if few else page.t.number(row.estimate))


def _no_size(page: Page, row: Row | None) -> Cell:
    if row is None:
        return Cell()
    return Cell(page.t(SIZES[row.note])) if row.note in SIZES else value_cell(page, "total", row)


def _said(page: Page, row: Row | None) -> Cell:
    """The verdict without its reason, which the sentence gives."""
    said = page.t(VERDICTS[row.note]).partition(":")[0] if row and row.note in VERDICTS else ""
    return Cell(said, numeric=False)


def _roadmap(page: Page) -> Table:
    """Every initiative with what it should move, from where to where."""
    t = page.t
    columns = (
        t("Initiative"), t("Dimension"), t("Horizon"), t("Owner"), t("Indicator"), t("Latest wave"), t("Target"),
        t("Answers needed to see it"), t("Funding"),
    )  # fmt: skip
    lines = [Line(_title(page, entry), tuple(_plan(page, entry))) for entry in page.release.study.initiatives]
    notes = (t("Entries marked as an example are illustrations: no office has planned them."),)
    marked = any(entry.example for entry in page.release.study.initiatives)
    return table(page, "roadmap", t("Roadmap"), columns, lines, notes if marked else ())


def _title(page: Page, entry: Initiative) -> str:
    text = f"{entry.id} – {page.words(entry.title)}"
    return page.t(EXAMPLE, text=text) if entry.example else text


def _plan(page: Page, entry: Initiative) -> Iterator[Cell]:
    like = "proportion" if entry.estimand in ("proportion", "top2", "dont_know") else entry.estimand
    baseline, size = (
        page.rows.overall("targets", estimand, entry.indicator, entry.id)
        for estimand in ("initiative_baseline", "initiative_required_n")
    )
    yield Cell(page.label(entry.dimension), numeric=False)
    yield Cell(_horizon(page, entry.horizon), numeric=False)
    yield Cell(page.words(entry.owner), numeric=False)
    yield Cell(page.label(entry.indicator), numeric=False)
    yield _with_interval(page, like, baseline)
    yield Cell(written(page.t, like, entry.target))
    yield _size(page, size)
    yield Cell(page.words(entry.funding), numeric=False)


def _documents(page: Page) -> Table:
    """Which planning document each indicator answers to, through its initiative."""
    t = page.t
    lines = [
        Line(page.label(entry.indicator), tuple(Cell(text, numeric=False) for text in cells))
        for entry in page.release.study.initiatives
        for document in entry.documents
        for cells in [(_title(page, entry), page.words(document.name), page.words(document.reference))]
    ]
    columns = (t("Indicator"), t("Initiative"), t("Document"), t("Place in the document"))
    return table(page, "plan-documents", t("Indicators and planning documents"), columns, lines)

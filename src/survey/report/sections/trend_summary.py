"""The first page over the waves: what changed for certain, what cannot be told, which targets are in reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.core.estimates import OK
from survey.report.blocks import Block, Bullets, Figure, Line, Omitted, Section, Sentence, Table
from survey.report.figures import Axis, Dot
from survey.report.sections.changes import announced, changed_groups, contrasts, followed, pair, reasons
from survey.report.sections.targets import verdicts
from survey.report.slopes import Course, slopes
from survey.report.tables import estimate_cells, estimate_columns, interval, table, written

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row


def summary(page: Page) -> Section | Omitted:
    """Sentences by rule on the first and the last wave, and a picture of all waves."""
    t = page.t
    title = t("Summary")
    found = followed(page)
    if not found:
        return Omitted(title, t("The study has no indicators, or the trend was not asked for."))
    blocks: list[Block] = [Bullets((*_sentences(page, found), *_on_targets(page))), _figure(page, found)]
    return Section("summary", title, tuple(blocks))


def _sentences(page: Page, found: Sequence[Indicator]) -> Iterator[Sentence]:
    """From the first wave to the last: what rose, what fell, what cannot be told, what cannot be compared."""
    waves = [w.name for w in page.release.study.waves]
    span = (waves[-1], waves[0])
    whole = [(i, r) for i in found for r in contrasts(page, "difference", i.name) if pair(page, r) == span]
    barred = [(i, r) for i, r in whole if reasons(page, r)]
    certain = [(i, r) for i, r in whole if not reasons(page, r) and announced(page, r)]
    rest = [(i, r) for i, r in whole if (i, r) not in barred and (i, r) not in certain and r.shown]
    names = {"earlier": span[1], "later": span[0]}
    yield from _moved(page, certain, names)
    if rest:
        which = page.t.listing([page.label(i.name) for i, _ in rest])
        said = page.t("{earlier} to {later}, not enough evidence of a change: {names}.", **names, names=which)
        yield Sentence(said, tuple(r.position for _, r in rest))
    if barred:
        which = page.t.listing([page.label(i.name) for i, _ in barred])
        said = page.t("{earlier} and {later} cannot be compared on {names}; why is said below.", **names, names=which)
        yield Sentence(said, tuple(r.position for _, r in barred))
    yield from _in_groups(page, whole, names)


def _moved(page: Page, certain: Sequence[tuple[Indicator, Row]], names: dict[str, str]) -> Iterator[Sentence]:
    t = page.t
    for rises, words in (
        (True, t("{earlier} to {later}, certainly risen, in points of the scale: {facts}.")),
        (False, t("{earlier} to {later}, certainly fallen, in points of the scale: {facts}.")),
    ):
        held = [(i, r) for i, r in certain if ((r.estimate or 0.0) > 0) is rises]
        if held:
            facts = [_fact(page, i, r) for i, r in held]
            yield Sentence(words.format(**names, facts=t.listing(facts)), tuple(r.position for _, r in held))
    if not certain:
        yield Sentence(t("{earlier} to {later}: no indicator certainly changed.", **names))


def _fact(page: Page, of: Indicator, row: Row) -> str:
    size, between = written(page.t, "mean", abs(row.estimate or 0.0)), interval(page.t, "mean", row)
    return page.t("{name} {value} ({interval})", name=page.label(of.name), value=size, interval=between)


def _in_groups(page: Page, whole: Sequence[tuple[Indicator, Row]], names: dict[str, str]) -> Iterator[Sentence]:
    t = page.t
    held = [(i, by, r) for i, change in whole for by, r in changed_groups(page, i, change)]
    if held:
        facts = [
            t("{name} among {group}", name=page.label(i.name), group=page.level(by, r.by_level)) for i, by, r in held
        ]
        said = t("{earlier} to {later}, certain changes within groups: {facts}.", **names, facts=t.listing(facts))
        yield Sentence(said, tuple(r.position for _, _, r in held))


def _on_targets(page: Page) -> Iterator[Sentence]:
    """How many targets are reached if the pace stays as it was, by verdict."""
    t, found = page.t, verdicts(page)
    if not found:
        return
    counts = {word: [r for w, r in found if w == word] for word in ("yes", "no", "cannot say")}
    said = t(
        "Of {n} targets, if the yearly pace stays in its interval, {yes} are reached, {no} are not, and of {open} it "
        "cannot be said.",
        n=t.number(len(found)),
        yes=t.number(len(counts["yes"])),
        no=t.number(len(counts["no"])),
        open=t.number(len(counts["cannot say"])),
    )
    yield Sentence(said, tuple(r.position for _, r in found))


def _figure(page: Page, found: Sequence[Indicator]) -> Figure:
    t, waves = page.t, [w.name for w in page.release.study.waves]
    charts = [_course(page, i, waves) for i in found]
    ends = [page.release.instrument.item_range(i) for i in found]
    known = [e for e in ends if e is not None]
    values = [v for c in charts for p in c.points if p and p.value is not None for v in (p.value, p.low, p.high)]
    shown = [v for v in values if v is not None] or [0.0, 1.0]
    low, high = (min(e[0] for e in known), max(e[1] for e in known)) if known else (min(shown), max(shown))
    ticks = tuple((low + k * (high - low) / 4, t.number(low + k * (high - low) / 4, 1)) for k in range(5))
    drawing = slopes(waves, charts, Axis(low, high, ticks))
    caption = t("The indicators over the waves")
    alt = t(
        "A chart an indicator, its mean in each wave with the interval; a line joins neighbouring waves that may be "
        "compared."
    )
    return Figure("slopes", caption, alt, drawing, _values(page, found, caption))


def _course(page: Page, of: Indicator, waves: Sequence[str]) -> Course:
    own = {r.wave: r for r in page.rows.find("trend", "mean", of.name) if r.contrast is None}
    barred = {pair(page, r) for r in contrasts(page, "difference", of.name) if reasons(page, r)}
    points = tuple(_dot(page, own.get(w)) for w in waves)
    joined = tuple(k > 0 and (w, waves[k - 1]) not in barred for k, w in enumerate(waves))
    return Course(page.label(of.name), points, joined)


def _dot(page: Page, row: Row | None) -> Dot | None:
    if row is None or not row.shown:
        return None
    return Dot(row.estimate, row.low, row.high, written(page.t, "mean", row.estimate), row.status == OK)


def _values(page: Page, found: Sequence[Indicator], caption: str) -> Table:
    t, lines = page.t, []
    for i in found:
        lines.append(Line(page.label(i.name)))
        own = [r for r in page.rows.find("trend", "mean", i.name) if r.contrast is None]
        lines += [Line(r.wave or "", estimate_cells(page, "mean", r)) for r in own]
    return table(page, "slopes", caption, (t("Wave"), *estimate_columns(page, t("Mean"))), lines, folded=True)

"""What changed between waves, by rule: nothing is called a change that chance could explain, no arrow is drawn
between waves that cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.core.estimates import OK
from survey.report.blocks import Block, Bullets, Cell, Figure, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.figures import Axis, Dot
from survey.report.locale import mark
from survey.report.slopes import Course, slopes
from survey.report.tables import estimate_cells, estimate_columns, interval, stacked_cell, table, written

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row

#: What the notes of the estimates say, for readers.
REASONS = {
    "the question was not asked in one of the waves": mark("the question was not asked in one of the waves"),
    "questions of the indicator were added or dropped": mark("questions of the indicator were added or dropped"),
    "the question was worded otherwise": mark("the question was worded otherwise"),
    "a question of the indicator was worded otherwise": mark("a question of the indicator was worded otherwise"),
    "answers of one wave are put together as the other's are not": mark(
        "answers of one wave are put together as the other's are not"
    ),
    "people were asked in another way": mark("people were asked in another way"),
    "one sample was drawn at random, the other was not": mark("one sample was drawn at random, the other was not"),
    "the scale seems to be turned around in one of the waves": mark(
        "the scale seems to be turned around in one of the waves"
    ),
    "the scale of a question of the indicator seems to be turned around in one of the waves": mark(
        "the scale of a question of the indicator seems to be turned around in one of the waves"
    ),
    "the questions of the indicator do not measure the same in both waves": mark(
        "the questions of the indicator do not measure the same in both waves"
    ),
    "it is computed from answers that cannot be compared": mark("it is computed from answers that cannot be compared"),
}
RISEN, FALLEN = mark("rose"), mark("fell")


def changes(page: Page) -> Section | Omitted:
    """Every indicator over the waves: a picture, sentences by rule, the changes with their intervals."""
    t = page.t
    title = t("What changed")
    found = [i for i in page.release.instrument.indicators if page.rows.find("trend", "mean", i.name)]
    if not found:
        return Omitted(title, t("The study has no indicators, or the trend was not asked for."))
    rule = t(
        "A change is called one only where chance is an unlikely explanation after all indicators compared between the "
        "same two waves have been allowed for ({level} confidence). Changes within groups are judged apart, all "
        "indicators and groups of two waves together. No change shown does not mean that nothing changed.",
        level=page.confidence,
    )
    blocks: list[Block] = [Prose((Sentence(rule),)), _figure(page, found), _table(page, found)]
    blocks += [Section(f"change-{i.name}", page.label(i.name), (Bullets(tuple(_said(page, i))),)) for i in found]
    return Section("changes", title, tuple(blocks))


def _contrasts(page: Page, estimand: str, measure: str) -> list[Row]:
    """The changes of everyone, in time order."""
    return [r for r in page.rows.find("trend", estimand, measure) if r.contrast and r.level is None]


def _pair(page: Page, row: Row) -> tuple[str, str]:
    """The later and the earlier wave of a change."""
    waves = [w.name for w in page.release.study.waves]
    pairs = {f"{a} - {b}": (a, b) for a in waves for b in waves}
    return pairs.get(row.contrast or "", (row.contrast or "", ""))


def _announced(page: Page, row: Row) -> bool:
    """Whether a change of everyone may be called one."""
    return row.status == OK and row.shown and row.contrast in {r.contrast for r in _flagged(page, row, "")}


def _flagged(page: Page, row: Row, by: str) -> list[Row]:
    """The flags that are up for the measure of `row`, in everyone or in each group of `by`."""
    found = page.rows.find("trend", "change_flag", _measure_of(page, row), by)
    return [r for r in found if r.status == OK and r.shown and r.estimate == 1]


def _measure_of(page: Page, row: Row) -> str:
    """The measure that a released row is about."""
    return str(page.release.estimates["measure"].iloc[row.position])


def _reasons(page: Page, row: Row) -> str:
    """Why a change is not comparable, in words; empty where it is."""
    if not row.note or not row.note.startswith("not comparable: "):
        return ""
    given = row.note.removeprefix("not comparable: ").split("; ")
    return "; ".join(page.t(REASONS[r]) if r in REASONS else r for r in given)


def _said(page: Page, of: Indicator) -> list[Sentence]:
    said = []
    for row in _contrasts(page, "difference", of.name):
        said += [Sentence(_change(page, row), (row.position,)), *_in_groups(page, of, row)]
    return said


def _in_groups(page: Page, of: Indicator, row: Row) -> Iterator[Sentence]:
    """The groups in which a change is announced by itself, those that rise and those that fall."""
    t, (later, earlier) = page.t, _pair(page, row)
    found = list(_changed_groups(page, of, row))
    for rises, word in (
        (True, t("{earlier} to {later}, each group by itself: rose among {groups}.")),
        (False, t("{earlier} to {later}, each group by itself: fell among {groups}.")),
    ):
        held = [(by, r) for by, r in found if ((r.estimate or 0.0) > 0) is rises]
        if held:
            groups = t.listing([_group(page, by, r) for by, r in held])
            text = word.format(earlier=earlier, later=later, groups=groups)
            yield Sentence(text, tuple(r.position for _, r in held))


def _changed_groups(page: Page, of: Indicator, row: Row) -> Iterator[tuple[str, Row]]:
    """Grouping and change of each group for which the flag of the comparison in `row` is up."""
    for by in page.release.study.groups:
        up = {r.by_level for r in _flagged(page, row, by) if r.contrast == row.contrast}
        for r in page.rows.find("trend", "difference", of.name, by):
            if r.by_level in up and r.contrast == row.contrast and r.shown:
                yield by, r


def _group(page: Page, by: str, row: Row) -> str:
    size = written(page.t, "mean", abs(row.estimate or 0.0))
    group, grouping = page.level(by, row.by_level), page.label(by)
    return page.t("{group} ({grouping}, {size} points)", group=group, grouping=grouping, size=size)


def _change(page: Page, row: Row) -> str:
    t = page.t
    later, earlier = _pair(page, row)
    waves = {"later": later, "earlier": earlier}
    if why := _reasons(page, row):
        return t("{later} cannot be compared with {earlier}: {reasons}.", **waves, reasons=why)
    if not row.shown or row.estimate is None:
        return t("{earlier} to {later}: no figure can be shown.", **waves)
    size = written(t, "mean", abs(row.estimate))
    if row.low is None:
        return t("{earlier} to {later}: {size} points apart; the samples give no margin of error.", **waves, size=size)
    between = interval(t, "mean", row)
    if not _announced(page, row):
        alone = (row.low or 0.0) > 0 or (row.high or 0.0) < 0
        word = t("{earlier} to {later}: {size} points apart (interval {interval}); with so much compared, chance may "
                 "still explain it.") if alone else t(
            "{earlier} to {later}: no change that chance could not explain (interval {interval})."
        )  # fmt: skip
        return word.format(**waves, size=size, interval=between)
    word = (
        t("{earlier} to {later}: rose by {size} points (interval {interval}).")
        if row.estimate > 0
        else t("{earlier} to {later}: fell by {size} points (interval {interval}).")
    )
    return word.format(**waves, size=size, interval=between)


def _table(page: Page, found: Sequence[Indicator]) -> Table:
    t = page.t
    pairs = list(dict.fromkeys(r.contrast or "" for i in found for r in _contrasts(page, "difference", i.name)))
    lines = []
    for i in found:
        rows = {r.contrast: r for r in _contrasts(page, "difference", i.name)}
        lines.append(Line(page.label(i.name), tuple(_cell(page, rows.get(pair)) for pair in pairs)))
    notes = (t("Later wave minus earlier wave, in scale points, with the {level} interval.", level=page.confidence),)
    return table(page, "changes", t("Changes of the indicators"), (t("Indicator"), *pairs), lines, notes)


def _cell(page: Page, row: Row | None) -> Cell:
    if row is None:
        return Cell()
    if _reasons(page, row):
        return Cell(page.t("not comparable"), numeric=False)
    cell = stacked_cell(page, "mean", row)
    if not _announced(page, row):
        return cell
    word = page.t(RISEN if (row.estimate or 0.0) > 0 else FALLEN)
    return Cell(cell.text, (word, *cell.details), cell.mark)


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
    barred = {_pair(page, r) for r in _contrasts(page, "difference", of.name) if _reasons(page, r)}
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


def comparable(page: Page) -> Section | Omitted:
    """Which measures cannot be compared between which waves, and why; units that waves may share unsaid."""
    t = page.t
    title = t("What may be compared")
    rows = [r for name in _measures(page) for r in page.rows.find("trend", "comparable", name)]
    if not rows:
        return Omitted(title, t("The trend was not asked for."))
    warned = page.rows.find("trend", "shared_units", "")
    barred = [r for r in rows if r.shown and r.estimate == 0]
    said = [Sentence(_warning(page, r), (r.position,)) for r in warned]
    if not barred:
        said.append(Sentence(t("All measures may be compared between the waves, as far as can be known.")))
        return Section("comparable", title, (Prose(tuple(said)),))
    said.append(
        Sentence(t("Where the question, the way of asking or the sample changed, a difference may come from that: "
                   "no change is shown."))
    )  # fmt: skip
    lines = [
        Line(page.label(_measure_of(page, r)), (Cell(r.contrast or "", numeric=False), _why(page, r))) for r in barred
    ]
    columns = (t("Measure"), t("Waves"), t("Reason"))
    return Section(
        "comparable",
        title,
        (Prose(tuple(said)), table(page, "comparable", t("Measures that cannot be compared"), columns, lines)),
    )


def _measures(page: Page) -> list[str]:
    instrument = page.release.instrument
    return [*(i.name for i in instrument.indicators), *(v.name for v in instrument.variables)]


def _why(page: Page, row: Row) -> Cell:
    given = (row.note or "").split("; ")
    return Cell("; ".join(page.t(REASONS[r]) if r in REASONS else r for r in given), numeric=False)


def _warning(page: Page, row: Row) -> str:
    later, earlier = _pair(page, row)
    return page.t(
        "{later} and {earlier} use the same names for {n} sampling units, and the study does not say whether they are "
        "the same places; if they are, the errors of the changes are wrong.",
        later=later, earlier=earlier, n=page.t.number(row.estimate),
    )  # fmt: skip


def components(page: Page) -> Section | Omitted:
    """How much of each indicator's change goes with who was asked, and how much with what they answered."""
    t = page.t
    title = t("Other people, or other answers?")
    lines, fixed = [], set()
    for i in page.release.instrument.indicators:
        parts = page.rows.find("trend", "composition", i.name)
        fixed |= {r.level for r in parts if r.note == "composition is fixed by the weights" and r.level}
        whole = {r.contrast: r for r in parts if r.level is None and r.shown}
        for rate in page.rows.find("trend", "rate", i.name):
            if (part := whole.get(rate.contrast)) is not None:
                cells = (stacked_cell(page, "mean", part), stacked_cell(page, "mean", rate))
                lines.append(Line(page.label(i.name), (Cell(rate.contrast or "", numeric=False), *cells)))
    said = _of_weights(page, sorted(fixed))
    if not lines:
        return (
            Section("components", title, (Prose((said,)),))
            if said
            else Omitted(title, t("Nothing to split a change by."))
        )
    why = t(
        "A mean can move because the people asked are others, or because people answer otherwise. The first part is "
        "what would have changed had every group kept its answers, the second had every group kept its share."
    )
    columns = (t("Indicator"), t("Waves"), t("Who was asked"), t("What they answered"))
    blocks: list[Block] = [Prose((Sentence(why), *([said] if said else [])))]
    return Section("components", title, (*blocks, table(page, "components", t("Parts of the changes"), columns, lines)))


def _of_weights(page: Page, fixed: Sequence[str]) -> Sentence | None:
    if not fixed:
        return None
    names = page.t.listing([page.label(name) for name in fixed])
    return Sentence(page.t("The weights give all waves the same make-up by {names}: none of a change comes from it.",
                           names=names))  # fmt: skip


def lines(page: Page) -> Section | Omitted:
    """Straight lines through three waves or more, with what they leave."""
    t = page.t
    title = t("The direction over all waves")
    made, by_wave = [], False
    for i in page.release.instrument.indicators:
        slope = next(iter(page.rows.find("trend", "linear_trend", i.name)), None)
        fit = next(iter(page.rows.find("trend", "lack_of_fit", i.name)), None)
        if slope is not None and slope.shown:
            by_wave = (slope.unit or "").endswith("a wave")
            p = Cell(t.number(fit.p_value, 2)) if fit is not None else Cell()
            made.append(Line(page.label(i.name), (*estimate_cells(page, "mean", slope), p)))
    if not made:
        return Omitted(title, t("A line needs three waves that may be compared."))
    said = t(
        "The mean change if the waves lie on a straight line. A small value in the last column (below 0.05) "
        "says that they do not."
    )
    step = t("Change a wave") if by_wave else t("Change a year")
    columns = (t("Indicator"), *estimate_columns(page, step), t("Lack of fit (p)"))
    caption = t("Straight lines through the waves")
    return Section("lines", title, (Prose((Sentence(said),)), table(page, "lines", caption, columns, made)))

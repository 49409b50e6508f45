"""What changed between waves, by rule: nothing is called a change that chance could explain, no arrow is drawn
between waves that cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.core.estimates import OK
from survey.report.blocks import Block, Bullets, Cell, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.locale import mark
from survey.report.tables import interval, stacked_cell, table, written

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
    """Every indicator over the waves: the changes with their intervals, sentences by rule."""
    t = page.t
    title = t("What changed")
    found = followed(page)
    if not found:
        return Omitted(title, t("The study has no indicators, or the trend was not asked for."))
    rule = t(
        "A change is called one only where chance is an unlikely explanation after all indicators compared between the "
        "same two waves have been allowed for ({level} confidence). Changes within groups are judged apart, all "
        "indicators and groups of two waves together. No change shown does not mean that nothing changed.",
        level=page.confidence,
    )
    blocks: list[Block] = [Prose((Sentence(rule),)), _table(page, found)]
    blocks += [Section(f"change-{i.name}", page.label(i.name), (Bullets(tuple(_said(page, i))),)) for i in found]
    return Section("changes", title, tuple(blocks))


def followed(page: Page) -> list[Indicator]:
    """The indicators of which the trend holds means."""
    return [i for i in page.release.instrument.indicators if page.rows.find("trend", "mean", i.name)]


def contrasts(page: Page, estimand: str, measure: str) -> list[Row]:
    """The changes of everyone, in time order."""
    return [r for r in page.rows.find("trend", estimand, measure) if r.contrast and r.level is None]


def pair(page: Page, row: Row) -> tuple[str, str]:
    """The later and the earlier wave of a change."""
    waves = [w.name for w in page.release.study.waves]
    pairs = {f"{a} - {b}": (a, b) for a in waves for b in waves}
    return pairs.get(row.contrast or "", (row.contrast or "", ""))


def announced(page: Page, row: Row) -> bool:
    """Whether a change of everyone may be called one."""
    return row.status == OK and row.shown and row.contrast in {r.contrast for r in _flagged(page, row, "")}


def _flagged(page: Page, row: Row, by: str) -> list[Row]:
    """The flags that are up for the measure of `row`, in everyone or in each group of `by`."""
    found = page.rows.find("trend", "change_flag", measure_of(page, row), by)
    return [r for r in found if r.status == OK and r.shown and r.estimate == 1]


def measure_of(page: Page, row: Row) -> str:
    """The measure that a released row is about."""
    return str(page.release.estimates["measure"].iloc[row.position])


def reasons(page: Page, row: Row) -> str:
    """Why a change is not comparable, in words; empty where it is."""
    if not row.note or not row.note.startswith("not comparable: "):
        return ""
    given = row.note.removeprefix("not comparable: ").split("; ")
    return "; ".join(page.t(REASONS[r]) if r in REASONS else r for r in given)


def _said(page: Page, of: Indicator) -> list[Sentence]:
    said = []
    for row in contrasts(page, "difference", of.name):
        said += [Sentence(_change(page, row), (row.position,)), *_in_groups(page, of, row)]
    return said


def _in_groups(page: Page, of: Indicator, row: Row) -> Iterator[Sentence]:
    """The groups in which a change is announced by itself, those that rise and those that fall."""
    t, (later, earlier) = page.t, pair(page, row)
    found = list(changed_groups(page, of, row))
    for rises, word in (
        (True, t("{earlier} to {later}, each group by itself: rose among {groups}.")),
        (False, t("{earlier} to {later}, each group by itself: fell among {groups}.")),
    ):
        held = [(by, r) for by, r in found if ((r.estimate or 0.0) > 0) is rises]
        if held:
            groups = t.listing([_group(page, by, r) for by, r in held])
            text = word.format(earlier=earlier, later=later, groups=groups)
            yield Sentence(text, tuple(r.position for _, r in held))


def changed_groups(page: Page, of: Indicator, row: Row) -> Iterator[tuple[str, Row]]:
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
    later, earlier = pair(page, row)
    waves = {"later": later, "earlier": earlier}
    if why := reasons(page, row):
        return t("{later} cannot be compared with {earlier}: {reasons}.", **waves, reasons=why)
    if not row.shown or row.estimate is None:
        return t("{earlier} to {later}: no figure can be shown.", **waves)
    size = written(t, "mean", abs(row.estimate))
    if row.low is None:
        return t("{earlier} to {later}: {size} points apart; the samples give no margin of error.", **waves, size=size)
    between = interval(t, "mean", row)
    if not announced(page, row):
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
    pairs = list(dict.fromkeys(r.contrast or "" for i in found for r in contrasts(page, "difference", i.name)))
    lines = []
    for i in found:
        rows = {r.contrast: r for r in contrasts(page, "difference", i.name)}
        lines.append(Line(page.label(i.name), tuple(_cell(page, rows.get(pair)) for pair in pairs)))
    notes = (t("Later wave minus earlier wave, in scale points, with the {level} interval.", level=page.confidence),)
    return table(page, "changes", t("Changes of the indicators"), (t("Indicator"), *pairs), lines, notes)


def _cell(page: Page, row: Row | None) -> Cell:
    if row is None:
        return Cell()
    if reasons(page, row):
        return Cell(page.t("not comparable"), numeric=False)
    cell = stacked_cell(page, "mean", row)
    if not announced(page, row):
        return cell
    word = page.t(RISEN if (row.estimate or 0.0) > 0 else FALLEN)
    return Cell(cell.text, (word, *cell.details), cell.mark)

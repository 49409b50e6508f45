"""The word each rule in use gives to an indicator, and where the rules disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.core.labels import LabelRule, label_rules
from survey.report.blocks import Block, Bullets, Cell, Line, Prose, Section, Sentence
from survey.report.tables import table, value_cell, written

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row

Found = dict[str, "Row"]


def labels(page: Page) -> Section | None:
    """The labels of everyone's means under every rule; None where the release has none."""
    t = page.t
    found = {i.name: _by_rule(page, i) for i in page.release.instrument.indicators}
    indicators = [i for i in page.release.instrument.indicators if found[i.name]]
    if not indicators:
        return None
    rules = _printed(label_rules(), list(found.values()))
    why = t(
        "A mean becomes “good” or “poor” only by a rule, and several are in use. The first word is that of the mean; "
        "words in smaller print are compatible with its interval. A word is worth quoting where all rules agree; "
        "in brackets: how many rules say so."
    )
    columns = (t("Indicator"), *(_title(page, rule, indicators) for rule in rules))
    lines = [
        Line(page.label(i.name), tuple(_cell(page, rule, found[i.name].get(rule.name)) for rule in rules))
        for i in indicators
    ]
    notes = (
        t("Indicative: the rule was made for another response scale; the mean is rescaled linearly to 25–100. It is "
          "not an official satisfaction index (IKM)."),
    )  # fmt: skip
    blocks: list[Block] = [
        Prose((Sentence(why),)),
        Bullets(tuple(_agreement(page, i, rules, found[i.name]) for i in indicators)),
        table(page, "labels", t("The indicators under every rule"), columns, lines, notes),
    ]
    return Section("labels", t("What the means are called"), tuple(blocks))


def _by_rule(page: Page, of: Indicator) -> Found:
    return {r.level: r for r in page.rows.find("labels", "label", of.name) if r.level is not None}


def _printed(rules: Sequence[LabelRule], found: Sequence[Found]) -> list[LabelRule]:
    """Rules that some indicator has a label by; a rounded weight only where rounding changes anything."""
    kept = [rule for rule in rules if any(rule.name in rows for rows in found)]
    exact, rounded = "skm_2017", "skm_2017_rounded"

    def changes(rows: Found) -> bool:
        return exact in rows and rounded in rows and rows[exact].estimate != rows[rounded].estimate

    return [rule for rule in kept if rule.name != rounded or any(map(changes, found))]


def _title(page: Page, rule: LabelRule, indicators: Sequence[Indicator]) -> str:
    title = page.rule(rule.title)
    scales = [page.release.instrument.item_range(i) for i in indicators]
    if any(scale is not None and rule.indicative(scale) for scale in scales):
        return page.t("{rule}, indicative", rule=title)
    return title


def _words(page: Page, rule: LabelRule, row: Row | None) -> list[str]:
    """Words compatible with the interval, that of the mean first; empty where there is no value."""
    if row is None or not row.shown or not row.note:
        return []
    known = [rule.label(key) for key in row.note.split("; ")]
    return [f"{label.mark} – {page.rule(label.words)}" if label.mark else page.rule(label.words) for label in known]


def _cell(page: Page, rule: LabelRule, row: Row | None) -> Cell:
    words = _words(page, rule, row)
    if not words or row is None:
        return value_cell(page, "label", row)
    return Cell(words[0], tuple(words[1:]), value_cell(page, "label", row).mark, numeric=False)


def _agreement(page: Page, of: Indicator, rules: Sequence[LabelRule], found: Found) -> Sentence:
    """Whether the rules praise or blame alike, and which says what."""
    t, name = page.t, page.label(of.name)
    agree, mean = page.rows.overall("labels", "labels_agree", of.name), page.rows.overall("indicators", "mean", of.name)
    first = [words[0].split(" – ")[-1] for r in rules if (words := _words(page, r, found.get(r.name)))]
    said = {word: first.count(word) for word in first}
    rows = tuple(r.position for r in (*found.values(), agree, mean) if r is not None)
    if agree is None or not agree.shown or not said:
        return Sentence(t("{name}: no label can be given.", name=name), rows)
    if mean is not None and mean.shown:
        name = t("{name} ({value})", name=name, value=written(t, "mean", mean.estimate))
    if agree.estimate:
        quoted = t.listing([f"“{w}”" for w in said])
        return Sentence(t("{name}: all rules agree – {words}.", name=name, words=quoted), rows)
    each = ", ".join(t("“{word}” ({n})", word=word, n=t.number(n)) for word, n in said.items())
    return Sentence(t("{name}: the rules disagree – {each}.", name=name, each=each), rows)

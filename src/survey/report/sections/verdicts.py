"""Verdicts in words, and the sentence that each allows to be said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.report.blocks import Cell
from survey.report.locale import mark
from survey.report.tables import interval, written

if TYPE_CHECKING:
    from survey.core.statements import Claim
    from survey.report.page import Page
    from survey.report.rows import Row

VERDICTS = {
    "supported": mark("supported"),
    "contradicted": mark("contradicted"),
    "undecided": mark("undecided"),
    "not_testable": mark("not testable"),
}
SHARE = "proportion"


def verdict_cell(page: Page, note: str | None) -> Cell:
    """The verdict as a word; empty where the row is hidden."""
    return Cell(page.t(VERDICTS[note]) if note in VERDICTS else "", numeric=False)


def sentence(page: Page, claim: Claim, whole: Row | None, parts: Sequence[Row]) -> str:
    """What may be said of a claim, from its verdict and its numbers."""
    t = page.t
    if whole is None or whole.note is None:
        return t("nothing; the figures are withheld.")
    if whole.note == "not_testable":
        return _untested(page, claim, whole)
    if claim.largest is not None:
        return _largest(page, claim, whole.note)
    if len(claim.measures) > 1:
        return _several(page, claim, whole.note, parts)
    return _one(page, claim, whole)


def found(page: Page, row: Row) -> str:
    """A number with its interval."""
    form = SHARE if row.unit == SHARE else row.estimand
    between = interval(page.t, form, row)
    value = written(page.t, form, row.estimate)
    return page.t("{value} ({interval})", value=value, interval=between) if between else value


def _untested(page: Page, claim: Claim, whole: Row) -> str:
    t = page.t
    number = t(" Found: {found}.", found=found(page, whole)) if whole.shown else ""
    if claim.not_testable:
        return page.words(claim.not_testable) + number
    if not page.probability:
        return t("nothing is tested, because the sample was not drawn at random.") + number
    return t("nothing; this wave has no estimate to test it by.")


def _value(page: Page, row: Row | None, claim: Claim) -> str:
    """The value that the statement names, with no more decimals than it has."""
    value, share = claim.value or 0.0, row is not None and row.unit == SHARE
    digits = 0 if abs(round(100 * value if share else value) - (100 * value if share else value)) < 1e-9 else 1
    return page.t.percent(value, digits) if share else page.t.number(value, 2 * digits)


def _one(page: Page, claim: Claim, row: Row) -> str:
    t, value, number = page.t, _value(page, row, claim), found(page, row)
    if claim.equivalence is not None:
        bound = t.number(100 * claim.equivalence, 0) if row.unit == SHARE else t.number(claim.equivalence, 2)
        messages = {
            "supported": t("the figure is {value}, give or take {bound} points; found: {found}.",
                           value=value, bound=bound, found=number),
            "contradicted": t("the figure {value} does not hold in this wave, not even give or take {bound} points; "
                              "found: {found}.", value=value, bound=bound, found=number),
            "undecided": t("this wave can neither support nor contradict {value}; found: {found}.",
                           value=value, found=number),
        }  # fmt: skip
        return messages[row.note or "undecided"]
    side = _side(page, claim)
    if row.note == "undecided":
        return t(
            "it is not certain on which side of {value} the truth lies; found: {found}.", value=value, found=number
        )
    if row.note == "supported":
        return t("the truth lies {side} {value}; found: {found}.", side=side, value=value, found=number)
    return t("the truth does not lie {side} {value}; found: {found}.", side=side, value=value, found=number)


def _side(page: Page, claim: Claim) -> str:
    return page.t("below") if claim.direction == "below" else page.t("above")


def _several(page: Page, claim: Claim, note: str, parts: Sequence[Row]) -> str:
    t, value, side = page.t, _value(page, parts[0] if parts else None, claim), _side(page, claim)
    names = {word: [page.label(r.level or "") for r in parts if r.note == word] for word in VERDICTS}
    if claim.direction is None:
        if note == "supported":
            return t("all measures are {value}, within the bounds.", value=value)
        listed = t.listing(names["contradicted"] or names["undecided"])
        return t("not of all measures; it does not hold, or is not certain, of: {names}.", names=listed)
    if note == "supported":
        return t("all measures lie {side} {value}.", side=side, value=value)
    held = t.listing(names["supported"]) or t("none")
    if note == "contradicted":
        wrong = t.listing(names["contradicted"]) or t("at least one")
        return t("not all measures lie {side} {value}; on the other side: {wrong}; as stated: {held}.",
                 side=side, value=value, wrong=wrong, held=held)  # fmt: skip
    open_ = t.listing(names["undecided"])
    return t("{side} {value} for certain: {held}; not certain: {open}.", side=side, value=value, held=held, open=open_)


def _largest(page: Page, claim: Claim, note: str) -> str:
    t, name = page.t, page.label(claim.largest or "")
    if note == "supported":
        return t("{name} stands above every other measure, beyond chance.", name=name)
    if note == "contradicted":
        return t("{name} does not stand above every other measure: another stands above it, beyond chance.", name=name)
    return t("it is not certain that {name} stands above every other measure.", name=name)

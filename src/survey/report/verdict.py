"""One of three words on each indicator, by a rule that is printed beside it, from released rows alone.

Not to be used: its items do not hang together (alpha, or omega where there is one, below `LEAST`), or
one runs against the others. Usable: both at least `GOOD`, every item-rest correlation at least
`LEAST_REST`, at most `MOST_MISSING` of the answers missing, and alpha rests on half of those with a
score. With a note: everything between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.core.estimates import IMPRECISE
from survey.report.blocks import Sentence
from survey.report.locale import mark
from survey.report.tables import written

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row

GOOD, LEAST = 0.70, 0.60
LEAST_REST = 0.30
MOST_MISSING = 0.20
LEAST_COMPLETE = 0.5

USABLE, WITH_NOTE, NOT_USABLE = mark("usable"), mark("usable with a note"), mark("do not use")
COEFFICIENTS = {"alpha": mark("alpha"), "omega_total": mark("omega")}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The released rows that a verdict on one indicator rests on; None where the release has no such row."""

    coefficients: tuple[Row, ...]
    items: tuple[Row, ...]
    missing: Row | None
    mean: Row | None

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them."""
        return (*self.coefficients, *self.items, *(r for r in (self.missing, self.mean) if r is not None))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, as a message of the catalogues, its reasons in the reader's language, what it rests on."""

    indicator: Indicator
    word: str
    reasons: tuple[str, ...]
    evidence: Evidence


def evidence(page: Page, of: Indicator) -> Evidence | None:
    """What the release says of an indicator's measurement; None where reliability was not asked for."""
    found = [r for name in COEFFICIENTS if (r := page.rows.overall("reliability", name, of.name))]
    if not found:
        return None
    return Evidence(
        tuple(found),
        tuple(page.rows.find("reliability", "item_rest", of.name)),
        page.rows.overall("quality", "item_nonresponse", of.name),
        page.rows.overall("indicators", "mean", of.name),
    )


def verdict(page: Page, of: Indicator) -> Verdict | None:
    """The verdict on an indicator; None where the release holds no evidence."""
    if (held := evidence(page, of)) is None:
        return None
    if not any(r.shown for r in held.coefficients) or not any(r.shown for r in held.items):
        return Verdict(of, NOT_USABLE, (page.t("its reliability cannot be shown from these answers"),), held)
    if against := tuple(_against(page, held)):
        return Verdict(of, NOT_USABLE, against, held)
    if notes := tuple(_notes(page, held)):
        return Verdict(of, WITH_NOTE, notes, held)
    return Verdict(of, USABLE, (page.t("its questions hang together ({facts})", facts=_values(page, held)),), held)


def sentence(page: Page, made: Verdict) -> Sentence:
    """The indicator, the word, the reasons, as one sentence."""
    t = page.t
    name, word, reasons = page.label(made.indicator.name), t(made.word), "; ".join(made.reasons)
    rows = tuple(r.position for r in made.evidence.rows)
    return Sentence(t("{name}: {word} – {reasons}.", name=name, word=word, reasons=reasons), rows)


def _against(page: Page, held: Evidence) -> Iterator[str]:
    """Reasons not to use it."""
    t = page.t
    if _lowest(held) < LEAST:
        yield t("its questions do not hang together ({facts})", facts=_values(page, held))
    for row in held.items:
        if row.shown and (row.estimate or 0.0) < 0:
            yield t(
                "the answers to “{question}” run against the others (item-rest r {value}): its wording may be reversed",
                question=page.label(row.level or ""),
                value=written(t, "item_rest", row.estimate),
            )


def _notes(page: Page, held: Evidence) -> Iterator[str]:
    """What a reader must know when using it."""
    t, alpha = page.t, held.coefficients[0]
    if _lowest(held) < GOOD:
        yield t("its questions hang together only loosely ({facts})", facts=_values(page, held))
    for row in held.items:
        if not row.shown:
            yield t("“{question}” cannot be judged", question=page.label(row.level or ""))
        elif (row.estimate or 0.0) < LEAST_REST:
            yield t(
                "“{question}” belongs only loosely to the others (item-rest r {value})",
                question=page.label(row.level or ""),
                value=written(t, "item_rest", row.estimate),
            )
    if held.missing is not None and held.missing.shown and (held.missing.estimate or 0.0) > MOST_MISSING:
        share = written(t, "proportion", held.missing.estimate)
        yield t("{share} of the answers asked for are missing or “don't know”", share=share)
    if alpha.status == IMPRECISE:
        yield t("only {n} people answered all its questions", n=t.number(alpha.n))
    elif held.mean is not None and (alpha.n or 0) < LEAST_COMPLETE * (held.mean.n or 0):
        n, whole = t.number(alpha.n), t.number(held.mean.n)
        yield t("only {n} of the {all} people with a score answered all its questions", n=n, all=whole)


def _lowest(held: Evidence) -> float:
    return min(r.estimate for r in held.coefficients if r.estimate is not None)


def _values(page: Page, held: Evidence) -> str:
    t = page.t
    shown = (r for r in held.coefficients if r.shown)
    return ", ".join(f"{t(COEFFICIENTS[r.estimand])} {written(t, r.estimand, r.estimate)}" for r in shown)

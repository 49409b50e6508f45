"""One of three words on each indicator, by a rule that is printed beside it, from released rows alone.

Not to be used: its items do not hang together (alpha, or omega where there is one, below `LEAST`), one
runs against the others, or the answers contradict one score of its declared facets. Usable: both at least
`GOOD`, every item-rest correlation at least `LEAST_REST`, at most `MOST_MISSING` of the answers missing
and `MOST_STRAIGHT` of the people with one answer to all, alpha rests on half of those with a score, one
factor fits, and it can be told apart from every other indicator. With a note: everything between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.core.estimates import IMPRECISE, OK
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
#: Share with one and the same answer to all questions beyond which they were hardly read. Of five questions with
#: loadings of 0.9 one in six answers so by conviction, of three one in three: fewer than four are not judged.
MOST_STRAIGHT, STRAIGHT_ITEMS = 0.30, 4
#: Below the first, one factor does not fit; below the second it does not where more than one is suggested
#: (Hu and Bentler 1999). Beyond the third two indicators are hardly two (Henseler, Ringle and Sarstedt 2015).
POOR_CFI, GOOD_CFI, MOST_HTMT = 0.90, 0.95, 0.90

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"

USABLE, WITH_NOTE, NOT_USABLE = mark("usable"), mark("usable with a note"), mark("do not use")
COEFFICIENTS = {"alpha": mark("alpha"), "omega_total": mark("omega")}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The released rows that a verdict on one indicator rests on; None where the release has no such row."""

    name: str
    coefficients: tuple[Row, ...]
    items: tuple[Row, ...]
    missing: Row | None
    straight: Row | None
    mean: Row | None
    facets: Row | None
    correlation: Row | None
    factors: Row | None
    fit: Row | None
    twins: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All of them."""
        single = (self.missing, self.straight, self.mean, self.facets, self.correlation, self.factors, self.fit)
        return (*self.coefficients, *self.items, *(r for r in single if r is not None), *self.twins)


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
        of.name,
        tuple(found),
        tuple(page.rows.find("reliability", "item_rest", of.name)),
        page.rows.overall("quality", "item_nonresponse", of.name),
        page.rows.overall("quality", "straightlining", of.name) if len(of.items) >= STRAIGHT_ITEMS else None,
        page.rows.overall("indicators", "mean", of.name),
        page.rows.overall("factor", "one_factor", of.name),
        lowest_correlation(page, of),
        page.rows.overall("factor", "factors_suggested", of.name),
        page.rows.overall("factor", "cfi", of.name, "one_factor"),
        tuple(_twins(page, of)),
    )


def lowest_correlation(page: Page, of: Indicator) -> Row | None:
    """That of the two facets that differ most; None where facets were not tested."""
    found = [r for r in page.rows.find("factor", "factor_correlation", of.name) if r.shown]
    return min(found, key=lambda r: r.estimate or 0.0) if found else None


def _twins(page: Page, of: Indicator) -> Iterator[Row]:
    """HTMT of the indicator with each other one that it can hardly be told apart from."""
    for other in page.release.instrument.indicators:
        for first, second in ((of.name, other.name), (other.name, of.name)):
            for row in page.rows.find("factor", "htmt", first):
                if row.contrast == f"{first} - {second}" and row.shown and (row.estimate or 0.0) >= MOST_HTMT:
                    yield row


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


def mixed(page: Page, of: Indicator) -> Iterator[Sentence]:
    """What must stand beside the one score of an indicator whose facets the answers do not show to be one thing."""
    t, row = page.t, page.rows.overall("factor", "one_factor", of.name)
    if row is None or row.note not in (CONTRADICTED, UNDECIDED):
        return
    means = [r for f in of.facets if (r := page.rows.overall("factor", "mean", of.name, f.name)) and r.shown]
    if not means:
        return
    said = (
        t("The score mixes things that people judge separately: {means}.", means=_means(page, of, means))
        if row.note == CONTRADICTED
        else t("The answers leave open whether the score mixes several things: {means}.", means=_means(page, of, means))
    )
    yield Sentence(said, (row.position, *(r.position for r in means)))


def _means(page: Page, of: Indicator, rows: Iterable[Row]) -> str:
    t = page.t
    named = ((page.facet(of.name, r.level), written(t, "mean", r.estimate)) for r in rows)
    return t.listing([t("{name} has mean {value}", name=name, value=value) for name, value in named])


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

    if held.facets is not None and held.facets.note == CONTRADICTED:
        yield t(
            "its questions measure different things, {facets}{r}: read their means one by one, not one score",
            facets=_facets(page, held),
            r=_related(page, held),
        )


def _facets(page: Page, held: Evidence) -> str:
    names = facet_pair(page, held.name, held.correlation) if held.correlation else []
    return page.t.listing([f"“{name}”" for name in names])


def facet_pair(page: Page, indicator: str, row: Row) -> list[str]:
    """Labels of the two facets that a row sets against each other."""
    return [page.facet(indicator, key) for key in (row.contrast or "").split(" - ")]


def _related(page: Page, held: Evidence) -> str:
    if held.correlation is None:
        return ""
    return page.t(" (correlation {value})", value=written(page.t, "r", held.correlation.estimate))


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
    if held.straight is not None and held.straight.shown and (held.straight.estimate or 0.0) > MOST_STRAIGHT:
        share = written(t, "proportion", held.straight.estimate)
        yield t("{share} of the people gave one and the same answer to all its questions", share=share)
    if alpha.status == IMPRECISE:
        yield t("only {n} people answered all its questions", n=t.number(alpha.n))
    elif held.mean is not None and (alpha.n or 0) < LEAST_COMPLETE * (held.mean.n or 0):
        n, whole = t.number(alpha.n), t.number(held.mean.n)
        yield t("only {n} of the {all} people with a score answered all its questions", n=n, all=whole)

    yield from _dimensions(page, held)


def one_thing(page: Page, held: Evidence) -> str:
    """Whether its questions measure one thing, in a word; empty where that was not asked or cannot be told."""
    t = page.t
    if held.facets is not None and held.facets.note in (SUPPORTED, CONTRADICTED, UNDECIDED):
        note = held.facets.note
        return t("yes") if note == SUPPORTED else t("no") if note == CONTRADICTED else t("open")
    if held.fit is None or not held.fit.shown:
        return ""
    return t("no") if _several(held) else t("yes")


def _several(held: Evidence) -> bool:
    """Whether one factor fails to explain the answers."""
    if held.fit is None or held.fit.status != OK or held.fit.estimate is None:
        return False
    more = held.factors is not None and held.factors.status == OK and (held.factors.estimate or 0.0) > 1
    return held.fit.estimate < POOR_CFI or (more and held.fit.estimate < GOOD_CFI)


def _dimensions(page: Page, held: Evidence) -> Iterator[str]:
    """What the factor models add."""
    t = page.t
    if held.facets is not None and held.facets.note == UNDECIDED:
        yield t(
            "the answers do not decide whether {facets} are one thing{r}: print their means beside the score",
            facets=_facets(page, held),
            r=_related(page, held),
        )
    elif held.fit is not None and _several(held):
        value = written(t, "cfi", held.fit.estimate)
        yield t("its questions seem to measure more than one thing (CFI {value})", value=value)
    for row in held.twins:
        others = [name for name in (row.contrast or "").split(" - ") if name != held.name]
        other, value = page.label(others[0]) if others else "", written(t, "htmt", row.estimate)
        yield t("people hardly tell it apart from “{other}” (HTMT {value})", other=other, value=value)


def _lowest(held: Evidence) -> float:
    return min(r.estimate for r in held.coefficients if r.estimate is not None)


def _values(page: Page, held: Evidence) -> str:
    t = page.t
    shown = (r for r in held.coefficients if r.shown)
    return ", ".join(f"{t(COEFFICIENTS[r.estimand])} {written(t, r.estimand, r.estimate)}" for r in shown)

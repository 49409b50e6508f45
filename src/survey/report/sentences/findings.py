"""The five findings of the summary and of the brief, in the order a reader asks for them.

Each finding is one sentence with its number and interval, or nothing where the release does not carry it.
A further finding is one function here and one place in `FINDINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from survey.report import narrative
from survey.report.announced import ALIKE, DIFFER, standings
from survey.report.behind import behind, people_of
from survey.report.blocks import Sentence
from survey.report.sentences import access, answers, gaps
from survey.report.spans import group, valued
from survey.report.tables import written

if TYPE_CHECKING:
    from survey.report.page import Page

MOST = 5
NAMED = 4  # groups that one sentence names


def findings(page: Page) -> tuple[Sentence, ...]:
    """Up to five findings, most asked first."""
    made = [finding(page) for finding in FINDINGS]
    if not page.indicators():
        made += [answers.most_given(page, question) for question in answers.asked(page)]
    return tuple(s for s in made if s is not None)[:MOST]


def level(page: Page) -> Sentence | None:
    """Which indicators lie wholly below or above the middle of their scale."""
    t, spans = page.t, {}
    for i in page.indicators():
        row, ends = page.rows.overall("indicators", "mean", i.name), page.release.instrument.item_range(i)
        if row is None or not row.firm or ends is None:
            return None
        spans[i.name] = (row, ends)
    if not spans or len({ends for _, ends in spans.values()}) > 1:
        return None
    middle = sum(next(iter(spans.values()))[1]) / 2
    below = [n for n, (r, _) in spans.items() if (r.high or 0.0) < middle]
    above = [n for n, (r, _) in spans.items() if (r.low or 0.0) > middle]
    used, at = tuple(r.position for r, _ in spans.values()), t.number(middle, 0 if middle.is_integer() else 1)
    all_of = t.number(len(spans))
    if not below and not above:
        text = t(
            "None of the {n} indicators lies clearly below or above the middle of the scale, {middle}.",
            n=all_of,
            middle=at,
        )
        return Sentence(text, used)
    parts = []
    for names, words in (
        (below, t("{k} of {n} indicators lie wholly below the middle of the scale, {middle}: {names}")),
        (above, t("{k} of {n} indicators lie wholly above the middle of the scale, {middle}: {names}")),
    ):
        if names:
            parts.append(words.format(k=t.number(len(names)), n=all_of, middle=at, names=_means(page, names)))
    if open_ := [n for n in spans if n not in below and n not in above]:
        parts.append(t("For {names} this cannot be said", names=_means(page, open_)))
    return Sentence(t("{said}.", said=". ".join(parts)), used)


def _means(page: Page, names: Sequence[str]) -> str:
    rows = [(n, page.rows.overall("indicators", "mean", n)) for n in names]
    return page.t.listing(
        [page.t("{name} {value}", name=page.label(n), value=valued(page, "mean", r)) for n, r in rows if r is not None]
    )


def left_behind(page: Page) -> Sentence | None:
    """The groups that are behind everyone together for certain, and on how many indicators."""
    t, found = page.t, behind(page)
    if not found:
        return None
    n = len(page.indicators())
    most = max(len(b.lags) for b in found)
    leading = [b for b in found if len(b.lags) == most]
    if len(leading) > NAMED:
        return None
    facts = [
        t("{group}, about {people} people", group=group(page, b.by, b.level), people=people)
        if (people := people_of(page, b))
        else group(page, b.by, b.level)
        for b in leading
    ]
    gaps_of = [lag.gap for b in leading for lag in b.lags]
    ends = (min(r.estimate or 0.0 for r in gaps_of), max(r.estimate or 0.0 for r in gaps_of),
            min(r.low or 0.0 for r in gaps_of), max(r.high or 0.0 for r in gaps_of))  # fmt: skip
    low, high, least, furthest = (written(t, "score100", end) for end in ends)
    if len(gaps_of) == 1:
        facts_of_one = {
            "k": _of_all(page, most, n),
            "groups": "; ".join(facts),
            "gap": valued(page, "score100", gaps_of[0]),
        }
        text = t(
            "Behind the average of everyone for certain, on {k}: {groups}, {gap} points of 100 lower.", **facts_of_one
        )
        return Sentence(text, tuple(p for b in leading for p in b.rows))
    said = t(
        "Behind the average of everyone for certain, on {k}: {groups}. By group and indicator they score {low} to "
        "{high} points of 100 lower (with their intervals: {least} to {furthest}). One person may be in several "
        "groups: do not add them up.",
        k=_of_all(page, most, n), groups="; ".join(facts), low=low, high=high, least=least, furthest=furthest,
    )  # fmt: skip
    return Sentence(said, tuple(p for b in leading for p in b.rows))


def _of_all(page: Page, k: int, n: int) -> str:
    t = page.t
    if k == n > 1:
        return t("all {n} indicators", n=t.number(n))
    return t("{k} of {n} indicators", k=t.number(k), n=t.number(n))


def widest(page: Page) -> Sentence | None:
    """The announced difference with the widest estimate, and whether others may be as wide."""
    t = page.t
    pairs = [s.pairs[0] for found in standings(page).values() for s in found if s.verdict == DIFFER]
    if not pairs:
        return None
    first = max(pairs, key=lambda p: p.difference.estimate or 0.0)
    said = gaps.difference(page, first)
    others = [p for p in pairs if p is not first and (p.difference.high or 0.0) >= (first.difference.low or 0.0)]
    text = t("The widest difference by its estimate: {said}", said=said.text)
    if others:
        text += " " + t(
            "Of the {all} other certain differences {n} may be as wide, as their intervals overlap.",
            n=t.number(len(others)),
            all=t.number(len(pairs) - 1),
        )
    return Sentence(text, (*said.rows, *(p.difference.position for p in others)))


def alike(page: Page) -> Sentence | None:
    """A grouping without an announced difference whose differences are shown to be small."""
    t = page.t
    for by, found in standings(page).items():
        small = [s for s in found if s.verdict == ALIKE]
        if not small or any(s.verdict == DIFFER for s in found):
            continue
        rows = [r for s in small for r in s.alike]
        said = t(
            "{grouping}: no difference was found, and on {k} of {n} indicators it is shown to be smaller than {limit} "
            "scale points (the intervals lie between {low} and {high}).",
            grouping=page.label(by),
            k=t.number(len(small)),
            n=t.number(len(found)),
            limit=gaps.limit(page, small[0].indicator),
            low=written(t, "mean", min(r.low or 0.0 for r in rows)),
            high=written(t, "mean", max(r.high or 0.0 for r in rows)),
        )
        used = [r.position for s in small for r in (*s.alike, *([s.omnibus] if s.omnibus else []))]
        return Sentence(said, tuple(used))
    return None


def unsure(page: Page) -> Sentence | None:
    """The indicators that most people could not judge."""
    return narrative.dont_know(page, page.indicators())


def order(page: Page) -> Sentence | None:
    """Which indicator stands lowest or highest."""
    return narrative.order(page, page.indicators())


FINDINGS: tuple[Callable[[Page], Sentence | None], ...] = (
    level, left_behind, widest, access.ladder, unsure, alike, order,
)  # fmt: skip

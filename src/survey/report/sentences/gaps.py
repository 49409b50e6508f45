"""Differences between groups in words: announced, shown to be small, or not enough evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from survey.report.announced import ALIKE, DIFFER, UNCLEAR, Pair, Standing, alpha, size
from survey.report.blocks import Sentence
from survey.report.spans import valued
from survey.report.tables import written

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page
    from survey.report.rows import Row


def difference(page: Page, pair: Pair) -> Sentence:
    """One announced difference: who stands below whom, by how much, how large that is."""
    t, word = page.t, size(pair.effect)
    facts = {
        "indicator": page.label(pair.indicator.name),
        "grouping": page.label(pair.by),
        "less": page.level(pair.by, pair.less),
        "more": page.level(pair.by, pair.more),
        "difference": valued(page, "mean", pair.difference),
    }
    said = t(
        "{indicator}, by {grouping}: the mean of “{less}” is {difference} scale points below that of “{more}”", **facts
    )
    text = t("{said}, a {size} difference.", said=said, size=t(word)) if word else t("{said}.", said=said)
    return Sentence(text, pair.rows)


def standing(page: Page, of: Indicator, found: Mapping[str, Sequence[Standing]]) -> Sentence | None:
    """One indicator over all groupings: where groups differ, where that is unclear, where they are alike."""
    t = page.t
    held = [s for all_of in found.values() for s in all_of if s.indicator.name == of.name and s.omnibus is not None]
    texts = {
        DIFFER: t("groups differ by {names}"),
        UNCLEAR: t("not enough evidence of a difference by {names}"),
        ALIKE: t("differences by {names} are shown to be smaller than {limit} points"),
    }
    parts = []
    for verdict, text in texts.items():
        if names := [page.label(s.by) for s in held if s.verdict == verdict]:
            parts.append(text.format(names=t.listing(names), limit=limit(page, of)))
    if not parts:
        return None
    used = {r for s in held for r in (s.omnibus.position if s.omnibus else 0, *(p for w in s.pairs for p in w.rows))}
    text = t("{name}: {facts}.", name=page.label(of.name), facts="; ".join(parts))
    return Sentence(text, tuple(sorted(used | {r.position for s in held for r in s.alike})))


def limit(page: Page, of: Indicator) -> str:
    """The difference below which the study says nobody would act."""
    effects = page.release.study.smallest_effect
    value = effects.get(of.name, effects.get("indicators"))
    return written(page.t, "mean", value) if value is None or round(value, 1) != value else page.t.number(value, 1)


def trends(page: Page, by: str) -> Sentence | None:
    """Over ordered groups: on which indicators the mean rises or falls from each group to the next, and how much."""
    t = page.t
    rows = [
        (i, r)
        for i in page.release.instrument.indicators
        for r in page.rows.find("compare", "linear_trend", i.name, by)
    ]
    held = [(i, r) for i, r in rows if _certain(page, r)]
    parts = []
    for sign, text in (
        (-1, t("falls from each group to the next on {names}, by {low} points a step")),
        (+1, t("rises from each group to the next on {names}, by {low} points a step")),
    ):
        found = [(i, r) for i, r in held if (r.estimate or 0.0) * sign > 0]
        if found:
            sizes = sorted(abs(r.estimate or 0.0) for _, r in found)
            steps = [written(t, "mean", s) for s in (sizes[0], sizes[-1])]
            low = steps[0] if steps[0] == steps[1] else t("{low}–{high}", low=steps[0], high=steps[1])
            parts.append(text.format(names=_all_or(page, [i for i, _ in found], len(rows)), low=low))
    if not parts:
        return None
    text = t("{grouping}, in its order: on average the mean {facts}.", grouping=page.label(by), facts="; ".join(parts))
    return Sentence(text, tuple(r.position for _, r in held))


def _certain(page: Page, row: Row) -> bool:
    low, high = row.adjusted_low, row.adjusted_high
    small = row.firm and row.p_adjusted is not None and row.p_adjusted < alpha(page)
    return small and low is not None and high is not None and not low <= 0 <= high


def _all_or(page: Page, found: Sequence[Indicator], all_of: int) -> str:
    if len(found) == all_of and all_of > 1:
        return page.t("all {n} indicators", n=page.t.number(all_of))
    return page.t.listing([page.label(i.name) for i in found])


def few(page: Page, found: Mapping[str, Sequence[Standing]]) -> Sentence:
    """How many of the comparisons show a difference, and how many tell nothing."""
    held = [
        s for all_of in found.values() for s in all_of if s.omnibus is not None and s.omnibus.p_adjusted is not None
    ]
    said = page.t(
        "{differ} of {n} comparisons (an indicator and a grouping each) show a difference that holds after adjustment "
        "for their number; {alike} show that differences are small; for {unclear} there is not enough evidence "
        "either way.",
        differ=page.t.number(sum(s.verdict == DIFFER for s in held)),
        alike=page.t.number(sum(s.verdict == ALIKE for s in held)),
        unclear=page.t.number(sum(s.verdict == UNCLEAR for s in held)),
        n=page.t.number(len(held)),
    )
    return Sentence(said, tuple(s.omnibus.position for s in held if s.omnibus))

"""Which way values lean over ordered groups, in words, by the index of Erreygers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.report.announced import alpha
from survey.report.blocks import Sentence
from survey.report.tables import written

if TYPE_CHECKING:
    from survey.report.page import Page
    from survey.report.rows import Row


def rule(page: Page) -> tuple[Sentence, Sentence]:
    """What the index is and what 0 means; when a lean is named."""
    t = page.t
    said = t(
        "Erreygers' index tells in one number between −1 and 1 which way a value leans over groups that have an order, "
        "such as age: 0 where it leans neither way, above 0 where it is higher towards the last group, below 0 where "
        "it is lower there. At 0 groups may still differ, only not along their order."
    )
    when = (
        t("A lean is named where the test holds after adjustment and the adjusted interval leaves out 0.")
        if page.probability
        else t("Without a probability sample there are no intervals: the numbers describe those who answered.")
    )
    return Sentence(said), Sentence(when)


def lean(page: Page, by: str, measures: Sequence[str]) -> Sentence | None:
    """Over one grouping: what is higher and what is lower towards its last group, and what cannot be told."""
    t = page.t
    found = [(m, r) for m in measures for r in page.rows.find("divide", "erreygers", m, by)]
    tested = [(m, r) for m, r in found if r.shown and r.p_adjusted is not None]
    if not tested:
        return None
    certain = [(m, r) for m, r in tested if _certain(page, r)]
    facts = []
    for sign, text in ((1, t("higher on {names} ({index})")), (-1, t("lower on {names} ({index})"))):
        if leaning := [(m, r) for m, r in certain if (r.estimate or 0.0) * sign > 0]:
            names = _listed(page, [m for m, _ in leaning])
            facts.append(text.format(names=names, index=_range(page, [r for _, r in leaning])))
    if unclear := [m for m, r in tested if not _certain(page, r)]:
        facts.append(t("not enough evidence on {names}", names=_listed(page, unclear)))
    last = page.level(by, page.variable(by).levels[-1].key)
    said = t("{grouping}, towards “{last}”: {facts}.", grouping=page.label(by), last=last, facts="; ".join(facts))
    return Sentence(said, tuple(r.position for _, r in tested))


def _listed(page: Page, measures: Sequence[str]) -> str:
    """The measures by name, all indicators in one word."""
    indicators = [i.name for i in page.release.instrument.indicators]
    if len(indicators) < 2 or not set(indicators) <= set(measures):
        return page.t.listing([page.label(m) for m in measures])
    others = [page.label(m) for m in measures if m not in indicators]
    return page.t.listing([page.t("all {n} indicators", n=page.t.number(len(indicators))), *others])


def _certain(page: Page, row: Row) -> bool:
    low, high = row.adjusted_low, row.adjusted_high
    small = row.firm and row.p_adjusted is not None and row.p_adjusted < alpha(page)
    return small and low is not None and high is not None and not low <= 0 <= high


def _range(page: Page, rows: Sequence[Row]) -> str:
    """The lowest and the highest index, once where they are written alike."""
    values = sorted(r.estimate or 0.0 for r in rows)
    low, high = (written(page.t, "erreygers", v) for v in (values[0], values[-1]))
    return low if low == high else page.t.span(values[0], values[-1], 3)

"""Sentences of the report; each names the released rows it rests on.

A sentence describes a row and its interval. It ranks nothing whose intervals overlap and claims no
difference between groups: that takes a test.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from survey.core.estimates import OK, SUPPRESSED
from survey.report.blocks import Sentence
from survey.report.rows import Row
from survey.report.spans import valued
from survey.report.tables import interval, written

if TYPE_CHECKING:
    from survey.core.instrument import Indicator
    from survey.report.page import Page


def collection(page: Page) -> list[Sentence]:
    """How many answered, when, and how they were chosen."""
    t, wave = page.t, page.release.wave
    n = page.value("weights", "n")
    said = [t("The survey was simulated as it would be made.")] if wave.synthetic else []
    if n is not None and wave.collected:
        said.append(t.plural("{n} person answered, {period}.", "{n} people answered, {period}.", int(float(str(n))),
                             period=t.period(*wave.collected)))  # fmt: skip
    elif n is not None:
        said.append(t.plural("{n} person answered.", "{n} people answered.", int(float(str(n)))))
    method = _first_sentence(page.words(wave.design.method))
    said.append(method if not method or method[-1] in ".!?" else f"{method}.")
    if page.probability:
        said.append(
            t(
                "Figures are estimates for the whole population; the interval beside each says how far "
                "chance may have moved it ({level} confidence).",
                level=page.confidence,
            )
        )
    else:
        said.append(
            t(
                "The people were not drawn at random: the figures describe those who answered, and no "
                "margin of error can be given."
            )
        )
    return [Sentence(s) for s in said if s]


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]


def indicator(page: Page, of: Indicator) -> Sentence:
    """One indicator: its mean with its interval, where the interval lies, its score, its agreement."""
    t, name = page.t, page.label(of.name)
    mean = page.rows.overall("indicators", "mean", of.name)
    if mean is None or not mean.shown:
        return Sentence(t("{name}: no figure can be shown.", name=name), (mean.position,) if mean else ())
    more = [r for e in ("score100", "top2") if (r := page.rows.overall("indicators", e, of.name)) and r.shown]
    facts = [_mean(page, of, mean), *(_more(page, r) for r in more)]
    if mean.status != OK:
        facts.append(t("imprecise"))
    return Sentence(t("{name}: {facts}.", name=name, facts="; ".join(facts)), tuple(r.position for r in (mean, *more)))


def _mean(page: Page, of: Indicator, mean: Row) -> str:
    t, span = page.t, page.release.instrument.item_range(of)
    value, between = written(t, "mean", mean.estimate), interval(t, "mean", mean)
    if span is not None:
        value = t("{value} on the scale {low}–{high}", value=value, low=_code(page, span[0]), high=_code(page, span[1]))
    if between:
        value = t("{value} (interval {interval})", value=value, interval=between)
    if span is None or not mean.firm or mean.low is None or mean.high is None:
        return value
    middle = sum(span) / 2
    if mean.low <= middle <= mean.high:
        return t("{value}, which includes the middle, {middle}", value=value, middle=_code(page, middle))
    place = (
        t("{value}, wholly below the middle, {middle}")
        if mean.high < middle
        else t("{value}, wholly above the middle, {middle}")
    )
    return place.format(value=value, middle=_code(page, middle))


def _more(page: Page, row: Row) -> str:
    if row.estimand == "score100":
        return page.t("score {score} of 100", score=written(page.t, "score100", row.estimate))
    return page.t("{share} of the answers are favourable", share=written(page.t, "top2", row.estimate))


def order(page: Page, indicators: Sequence[Indicator]) -> Sentence | None:
    """Which indicator stands lowest or highest, only where its interval lies clear of all others."""
    t = page.t
    spans = [page.release.instrument.item_range(i) for i in indicators]
    rows = [r for i in indicators if (r := page.rows.overall("indicators", "mean", i.name)) and r.firm]
    if len(indicators) < 2 or len(rows) < len(indicators) or len(set(spans)) > 1:
        return None
    lowest, highest = _clear(rows, -1), _clear(rows, +1)
    names, used = [page.label(i.name) for i in indicators], tuple(r.position for r in rows)
    if lowest is not None and highest is not None:
        return Sentence(t("{lowest} stands lowest and {highest} highest: their intervals lie clear of all the others.",
                          lowest=names[lowest], highest=names[highest]), used)  # fmt: skip
    if lowest is not None:
        return Sentence(t("{name} stands lowest: its interval lies below all the others.", name=names[lowest]), used)
    if highest is not None:
        return Sentence(t("{name} stands highest: its interval lies above all the others.", name=names[highest]), used)
    return Sentence(
        t("No indicator stands clear of all the others: their intervals overlap, so no order is given."), used
    )


def _clear(rows: Sequence[Row], side: int) -> int | None:
    """Place of the row whose interval lies beyond all others on that side; None where intervals overlap."""
    ends = [((r.low or 0.0), (r.high or 0.0)) if side > 0 else (-(r.high or 0.0), -(r.low or 0.0)) for r in rows]
    best = max(range(len(rows)), key=lambda k: ends[k][0])
    return best if all(ends[best][0] > end[1] for k, end in enumerate(ends) if k != best) else None


def dont_know(page: Page, indicators: Sequence[Indicator]) -> Sentence | None:
    """The indicators that most people could not judge; more than one where their intervals overlap."""
    t = page.t
    found = [(i, r) for i in indicators if (r := page.rows.overall("dont_know", "proportion", i.name)) and r.shown]
    if len(found) < 2:
        return None
    top = max(found, key=lambda pair: pair[1].estimate or 0.0)[1]
    if not top.estimate:
        return None
    leading = [(i, r) for i, r in found if r is top or overlap(r, top)]
    shares = [t("{name} {value}", name=page.label(i.name), value=valued(page, "proportion", r)) for i, r in leading]
    used = tuple(r.position for _, r in found)
    if len(leading) == 1:
        return Sentence(t("“Don't know” was answered most often about {name}.", name=shares[0]), used)
    if len(leading) == len(found):
        return Sentence(t("“Don't know” was answered about every indicator, without a clear order: {names}.",
                          names=t.listing(shares)), used)  # fmt: skip
    said = t(
        "“Don't know” was answered most often about {names}; which comes first is not certain, as their intervals "
        "overlap.",
        names=t.listing(shares),
    )
    return Sentence(said, used)


def overlap(one: Row, other: Row) -> bool:
    """Whether the intervals of two rows share a value; rows without intervals do not."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low <= other.high and other.low <= one.high


def withheld(page: Page) -> Sentence:
    """How many figures are not shown, and by which rule."""
    hidden = int((page.release.estimates["status"] == SUPPRESSED).sum())
    if not hidden:
        return Sentence(page.t("No figure had to be withheld to protect respondents."))
    return Sentence(
        page.t.plural(
            "{n} figure of {all} is withheld to protect respondents: groups of fewer than {least} respondents are not "
            "shown.",
            "{n} figures of {all} are withheld to protect respondents: groups of fewer than {least} respondents are "
            "not shown.",
            hidden,
            all=page.t.number(len(page.release.estimates)),
            least=page.t.number(page.release.policy.min_n),
        )
    )


def _code(page: Page, value: float) -> str:
    return page.t.number(value, 0 if float(value).is_integer() else 1)

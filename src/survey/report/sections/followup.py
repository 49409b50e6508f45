"""Rencana tindak lanjut: what the evidence points to and whom it concerns. It proposes no measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.report.behind import Behind, behind, people_of, single
from survey.report.blocks import Block, Box, Bullets, Cell, Line, Omitted, Prose, Section, Sentence, Table
from survey.report.skipped import reason
from survey.report.spans import group, span, valued
from survey.report.tables import table, written

if TYPE_CHECKING:
    from survey.report.page import Page


def followup(page: Page) -> Section | Omitted:
    """Groups that are behind for certain, by how much, and how many people they are."""
    t, found = page.t, behind(page)
    title = t("Follow-up: whom the evidence points to")
    if not page.probability:
        return Omitted(title, t("Without a probability sample nothing can be said about groups of the population."))
    if not page.rows.any("priorities"):
        return Omitted(
            title, reason(page, "priorities") or t("The study names no groups, or this analysis was not asked for.")
        )
    if not found:
        said = t("Not enough evidence: no group is behind the average of everyone for certain.")
        return Section("followup", title, (Prose((Sentence(said),)),))
    intro = t(
        "These groups stand below the average of everyone for certain, after adjustment for the number of comparisons. "
        "The survey shows where people are behind, not why and not what would help; that is for the city to weigh."
    )
    first = [Sentence(intro), *([ranked] if (ranked := order(page, found)) else [])]
    blocks: list[Block] = [Prose(tuple(first)), Bullets(tuple(points(page, found)))]
    return Section("followup", title, (*blocks, followup_table(page, found), caution(page)))


def order(page: Page, found: list[Behind]) -> Sentence | None:
    """Whether the list is a ranking; None where there is one gap only."""
    t = page.t
    lags = [(b, lag) for b in found for lag in b.lags]
    if len(lags) < 2:
        return None
    certain = [(b, lag, lag.rank) for b, lag in lags if lag.rank is not None and single(lag.rank)]
    if not certain:
        text = t(
            "The list is no ranking: which gap concerns the most people cannot be told, because the rank intervals "
            "overlap."
        )
        return Sentence(text, tuple(lag.rank.position for _, lag in lags if lag.rank is not None))
    facts = [
        t("{group} on {indicator}, rank {rank} of {n}", group=group(page, b.by, b.level),
          indicator=page.label(lag.indicator.name), rank=t.number(rank.low), n=t.number(len(lags)))
        for b, lag, rank in certain
    ]  # fmt: skip
    text = t("By gap times people only these ranks are certain: {facts}.", facts="; ".join(facts))
    return Sentence(text, tuple(rank.position for _, _, rank in certain))


def points(page: Page, found: list[Behind]) -> list[Sentence]:
    """One sentence a group: on what it is behind, and its widest gap by estimate."""
    t, n = page.t, len(page.release.instrument.indicators)
    made = []
    for b in found:
        widest = max(b.lags, key=lambda lag: lag.gap.estimate or 0.0)
        who = _with_people(page, b, group(page, b.by, b.level))
        names = [page.label(lag.indicator.name) for lag in b.lags]
        named = t("all {n} indicators", n=t.number(n)) if len(names) == n and n > 1 else t.listing(names)
        gap = valued(page, "score100", widest.gap)
        said = (
            t("{group}: behind on {names}, {gap} points of 100.", group=who, names=named, gap=gap)
            if len(names) == 1
            else t(
                "{group}: behind on {names}; the gap with the widest estimate is on {widest}, {gap} points of 100.",
                group=who, names=named, widest=page.label(widest.indicator.name), gap=gap,
            )
        )  # fmt: skip
        made.append(Sentence(said, b.rows + ((b.people.position,) if b.people else ())))
    return made


def _with_people(page: Page, b: Behind, who: str) -> str:
    people = people_of(page, b)
    return page.t("{group}, about {people} people", group=who, people=people) if people else who


def followup_table(page: Page, found: list[Behind]) -> Table:
    """Groups by indicators: the certain gap with its interval, a dash where there is not enough evidence."""
    t = page.t
    indicators = page.release.instrument.indicators
    lines, by = [], ""
    for b in found:
        if b.by != by:
            by = b.by
            lines.append(Line(page.label(by)))
        gaps = {lag.indicator.name: lag.gap for lag in b.lags}
        cells = []
        for i in indicators:
            gap = gaps.get(i.name)
            cells.append(
                Cell("–") if gap is None else Cell(written(t, "score100", gap.estimate), (span(page, "score100", gap),))
            )
        lines.append(Line(_with_people(page, b, page.level(b.by, b.level)), tuple(cells)))
    columns = (t("Group"), *(page.label(i.name) for i in indicators))
    notes = [
        t(
            "Points of 100 that the group lacks to the average of everyone, with the adjusted interval. –: not "
            "enough evidence."
        )
    ]
    if page.release.study.population is not None:
        people = t(
            "People: those in the group who could rate the indicator; groups of different kinds share people, "
            "so do not add them up."
        )
        notes.append(people)
    return table(page, "followup", t("Groups that are behind for certain"), columns, lines, notes)


def caution(page: Page) -> Box:
    """What the list does not say."""
    t = page.t
    said = (
        t(
            "It names no cause: groups differ in much else as well; see “{section}”.",
            section=t("What goes with the gaps"),
        ),
        t("It proposes no measure: what to do is a decision about means, costs and law that a survey cannot make."),
        t("A group that is not listed may be behind too: there was not enough evidence."),
        t(
            "Who could not rate an indicator is not counted here; see “{section}”.",
            section=t("Who could not judge: don't-know answers"),
        ),
    )
    return Box("followup-caution", t("What this list does not say"), (Bullets(tuple(map(Sentence, said))),))

"""The ladder of access and the funnels of services in words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from survey.report.blocks import Sentence
from survey.report.spans import valued

if TYPE_CHECKING:
    from collections.abc import Sequence

    from survey.report.page import Page
    from survey.report.rows import Row


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the ladder among everyone: who reached it, and who of those before it did not."""

    label: str
    before: str
    reached: Row
    lost: Row | None


def stages(page: Page) -> list[Stage]:
    """The ladder among everyone; empty where the release has none."""
    declared = page.release.instrument.divide.ladder
    made = []
    for k, stage in enumerate(declared):
        reached = page.rows.overall("divide", "reached", "ladder", stage.name)
        if reached is None:
            return []
        before = declared[k - 1] if k else None
        lost = lost_rows(page, stage.name, before.name if before else "")
        made.append(Stage(page.words(stage.label), page.words(before.label) if before else "", reached,
                          next((r for r in lost if r.by_level is None), None)))  # fmt: skip
    return made


def lost_rows(page: Page, stage: str, before: str, by: str = "") -> list[Row]:
    """Rows of those who stay behind at a stage among those who took the one before."""
    return [r for r in page.rows.find("divide", "lost", "ladder", by, population=before) if r.level == stage]


def ladder(page: Page) -> Sentence | None:
    """How many reach the top, and at which stage most are lost where that is clear."""
    t, found = page.t, stages(page)
    if len(found) < 2 or not found[-1].reached.firm:
        return None
    top = found[-1]
    said = [t("{share} of residents take all {n} steps of digital access, up to “{stage}”.",
              share=valued(page, "proportion", top.reached), n=t.number(len(found)), stage=top.label)]  # fmt: skip
    losses = [(s, s.lost) for s in found if s.lost is not None and s.lost.firm]
    used = [top.reached.position, *(r.position for _, r in losses)]
    if len(losses) > 1 and (worst := _clear(losses)) is not None:
        stage, row = worst
        said.append(
            t(
                "Most are lost before “{stage}”: {share} of those who took the step before it do not get there.",
                stage=stage.label,
                share=valued(page, "proportion", row),
            )
        )
    elif len(losses) > 1:
        said.append(t("No single step loses clearly more than the others: their intervals overlap."))
    return Sentence(" ".join(said), tuple(used))


def _clear(losses: Sequence[tuple[Stage, Row]]) -> tuple[Stage, Row] | None:
    """The loss whose interval lies above all the others; None where intervals overlap."""
    worst = max(losses, key=lambda pair: pair[1].estimate or 0.0)
    clear = all((worst[1].low or 0.0) > (r.high or 1.0) for _, r in losses if r is not worst[1])
    return worst if clear else None


def funnel(page: Page, service: str, steps: Sequence[tuple[str, str]]) -> Sentence | None:
    """One service: who knows it, and how many go on at each step."""
    t = page.t
    first = page.rows.overall("divide", "reached", service, steps[0][0])
    if first is None or not first.firm:
        return None
    said = [t("“{step}” {share}", share=valued(page, "proportion", first), step=steps[0][1])]
    used = [first.position]
    for (before, _), (name, words) in pairwise(steps):
        rows = page.rows.find("divide", "conversion", service, population=before)
        row = next((r for r in rows if r.level == name and r.by_level is None), None)
        if row is not None and row.firm:
            said.append(t("of these, “{step}” {share}", share=valued(page, "proportion", row), step=words))
            used.append(row.position)
    return Sentence(t("{name}: {facts}.", name=page.label(service), facts="; ".join(said)), tuple(used))

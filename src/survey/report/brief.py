"""The two-page brief: the findings, one figure, whom the evidence points to, how to read it, how it was made.

Its sentences are those of the report; nothing is said here that is not said there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from survey.report import narrative
from survey.report.behind import behind
from survey.report.blocks import Block, Box, Bullets, Figure, Omitted, Prose, Section, Sentence
from survey.report.html import html
from survey.report.printed import pdf
from survey.report.sections.followup import followup, followup_table, order
from survey.report.sections.gap_parts import widest_gaps
from survey.report.sections.summary import indicator_figure
from survey.report.sentences.findings import findings

if TYPE_CHECKING:
    from survey.report.page import Page


@dataclass(frozen=True, slots=True)
class Brief:
    """Its parts: for the screen with the numbers of its figure, for paper without, as they stand in the report."""

    screen: Sequence[Section | Box]
    paper: Sequence[Section | Box]


def compose(page: Page) -> Brief:
    """The brief of a page, before it is a file."""
    drawn = _figure(page)
    return Brief(_parts(page, drawn), _parts(page, replace(drawn, own_table=False) if drawn else None))


def write(page: Page, brief: Brief) -> dict[str, bytes]:
    """The brief as a page and on two sheets of A4, by file name."""
    language = page.t.language
    return {f"brief.{language}.html": html(page, brief.screen), f"brief.{language}.pdf": pdf(page, brief.paper)}


def _parts(page: Page, drawn: Figure | None) -> list[Section | Box]:
    t = page.t
    said = findings(page)
    shown: list[Block] = [*([Bullets(said)] if said else []), *([drawn] if drawn else [])]
    parts: list[Section | Box] = [Section("findings", t("What the survey shows"), tuple(shown))] if shown else []
    if (whom := _followup(page)) is not None:
        parts.append(whom)
    return [*parts, _reading(page), _method(page)]


def _figure(page: Page) -> Figure | None:
    return widest_gaps(page) or indicator_figure(page, page.indicators())


def _followup(page: Page) -> Section | None:
    made = followup(page)
    if isinstance(made, Omitted):
        return None
    found = behind(page)
    if not found:
        return made
    ranked = order(page, found)
    return replace(made, blocks=(*([Prose((ranked,))] if ranked else []), followup_table(page, found)))


def _reading(page: Page) -> Box:
    t = page.t
    said = []
    if page.probability:
        said += [
            t("In brackets stands the interval in which the value for the whole population most likely lies "
              "({level} confidence).",
              level=page.confidence),
            t("For certain: the difference holds after adjustment for the number of comparisons. Not enough "
              "evidence: it may "
              "exist, the survey cannot tell."),
        ]  # fmt: skip
    said.append(t("The survey shows what goes together, never what causes what."))
    return Box("reading", t("How to read the figures"), (Bullets(tuple(map(Sentence, said))),))


def _method(page: Page) -> Box:
    t = page.t
    more = t(
        "Every figure with its method is in report.{language}.html and report.{language}.pdf.", language=t.language
    )
    return Box("method", t("How the survey was made"), (Prose((*narrative.collection(page), Sentence(more))),))

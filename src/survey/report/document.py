"""The report in one language: its sections, and the files they are written to.

A further section is one function in ``sections`` and one line in `SECTIONS`; a further format is one
function of a page and its parts, at work in `Composed.files`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.core.study import TREND
from survey.report import brief
from survey.report.blocks import Box, Omitted, Section, figures
from survey.report.html import anchor, html
from survey.report.page import Page, page
from survey.report.printed import both
from survey.report.sections import (
    areas,
    barriers,
    changes,
    claims,
    compare,
    divide,
    followup,
    goes_with,
    groups,
    indicators,
    invariance,
    maturity,
    measurement,
    method,
    overview,
    quality,
    questions,
    readings,
    respondents,
    robustness,
    scorecard,
    summary,
    targets,
    trend,
    trend_summary,
    types,
    voices,
)
from survey.report.workbook import workbook

if TYPE_CHECKING:
    from survey.core.estimates import Release

SECTIONS: tuple[Callable[[Page], Section | Box | Omitted], ...] = (
    summary.summary,
    summary.reading,
    followup.followup,
    respondents.respondents,
    overview.overview,
    indicators.indicators,
    compare.compare,
    groups.groups,
    groups.dont_know,
    scorecard.scorecard,
    maturity.maturity,
    targets.targets,
    divide.divide,
    goes_with.goes_with,
    areas.areas,
    types.types,
    robustness.robustness,
    measurement.measurement,
    invariance.invariance,
    claims.claims,
    barriers.barriers,
    voices.voices,
    readings.open_answers,
    readings.documents,
    method.method,
    quality.quality,
    method.disclosure,
    method.provenance,
    questions.questions,
)

#: Of the release over all waves.
TREND_SECTIONS: tuple[Callable[[Page], Section | Box | Omitted], ...] = (
    trend_summary.summary,
    changes.changes,
    trend.comparable,
    trend.components,
    trend.lines,
    targets.targets,
    method.method,
    method.disclosure,
    method.provenance,
)


@dataclass(frozen=True, slots=True)
class Composed:
    """A report whose text stands and whose figures are drawn.

    Attributes
    ----------
    short : the brief; None over several waves.
    """

    page: Page
    parts: Sequence[Section | Box]
    short: brief.Brief | None

    def files(self) -> dict[str, bytes]:
        """The report in every format and its figures, by name; any thread may write it."""
        language = self.page.t.language
        drawn = {f"figures/{anchor(f.name)}.{language}.svg": f.svg for f in figures(self.parts)}
        # Pandoc and typst work outside Python's lock, so that threads use a second core; what each writes is its own.
        with ThreadPoolExecutor() as pool:
            paper = pool.submit(both, self.page, self.parts)
            screen = pool.submit(html, self.page, self.parts)
            tables = pool.submit(workbook, self.page, self.parts)
            beside = brief.write(self.page, self.short) if self.short is not None else {}
            reports = {"html": screen.result(), **paper.result()}
            named = {f"report.{language}.{kind}": content for kind, content in reports.items()}
            return named | beside | {f"tables.{language}.xlsx": tables.result()} | drawn


def files(release: Release, language: str) -> dict[str, bytes]:
    """The report in every format and its figures, by name; the same bytes for the same release."""
    return compose(release, language).files()


def compose(release: Release, language: str) -> Composed:
    """The report before it is written; one at a time, for figures are drawn under settings of the whole process."""
    sheet = page(release, language)
    return Composed(sheet, _parts(sheet), None if release.wave.name == TREND else brief.compose(sheet))


def _parts(sheet: Page) -> list[Section | Box]:
    """What the release can fill, and at the end what it cannot."""
    made = [section(sheet) for section in (TREND_SECTIONS if sheet.release.wave.name == TREND else SECTIONS)]
    left_out = [m for m in made if isinstance(m, Omitted)]
    parts = [m for m in made if not isinstance(m, Omitted)]
    if left_out or sheet.fact("skipped") is not None:
        parts.append(method.omissions(sheet, left_out))
    return parts

"""The report in one language: its sections, and the files they are written to.

A further section is one function in ``sections`` and one line in `SECTIONS`; a further format is one
function of a page and its parts and one line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from survey.core.study import TREND
from survey.report.blocks import Box, Omitted, Section, figures
from survey.report.brief import brief
from survey.report.html import anchor, html
from survey.report.page import Page, page
from survey.report.printed import docx, pdf
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


FORMATS: dict[str, Callable[[Page, list[Section | Box]], bytes]] = {"html": html, "pdf": pdf, "docx": docx}


def files(release: Release, language: str) -> dict[str, bytes]:
    """The report in every format and its figures, by name; the same bytes for the same release."""
    sheet = page(release, language)
    made = [section(sheet) for section in (TREND_SECTIONS if release.wave.name == TREND else SECTIONS)]
    left_out = [m for m in made if isinstance(m, Omitted)]
    parts = [m for m in made if not isinstance(m, Omitted)]
    if left_out or sheet.fact("skipped") is not None:
        parts.append(method.omissions(sheet, left_out))
    drawn = {f"figures/{anchor(f.name)}.{language}.svg": f.svg for f in figures(tuple(parts))}
    # Pandoc and typst work outside Python's lock, so that threads use a second core; what each writes is its own.
    with ThreadPoolExecutor() as pool:
        wanted = {f"report.{language}.{name}": pool.submit(write, sheet, parts) for name, write in FORMATS.items()}
        tables = pool.submit(workbook, sheet, parts)
        short = {} if release.wave.name == TREND else brief(sheet)
        written = {name: job.result() for name, job in wanted.items()}
        return written | short | {f"tables.{language}.xlsx": tables.result()} | drawn

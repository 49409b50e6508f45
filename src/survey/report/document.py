"""The report in one language: its sections, and the files they are written to.

A further section is one function in ``sections`` and one line in `SECTIONS`; a further format is one
function of a page and its parts and one line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from survey.report.blocks import Box, Omitted, Section, figures
from survey.report.html import anchor, html
from survey.report.page import Page, page
from survey.report.printed import docx, pdf
from survey.report.sections import (
    groups,
    indicators,
    invariance,
    measurement,
    method,
    quality,
    questions,
    respondents,
    summary,
)

if TYPE_CHECKING:
    from survey.core.estimates import Release

SECTIONS: tuple[Callable[[Page], Section | Box | Omitted], ...] = (
    summary.summary,
    summary.reading,
    respondents.respondents,
    indicators.indicators,
    measurement.measurement,
    invariance.invariance,
    groups.groups,
    groups.dont_know,
    method.method,
    quality.quality,
    method.disclosure,
    method.provenance,
    questions.questions,
)


FORMATS: dict[str, Callable[[Page, list[Section | Box]], bytes]] = {"html": html, "pdf": pdf, "docx": docx}


def files(release: Release, language: str) -> dict[str, bytes]:
    """The report in every format and its figures, by name; the same bytes for the same release."""
    sheet = page(release, language)
    made = [section(sheet) for section in SECTIONS]
    left_out = [m for m in made if isinstance(m, Omitted)]
    parts = [m for m in made if not isinstance(m, Omitted)]
    if left_out:
        parts.append(method.omissions(sheet, left_out))
    drawn = {f"figures/{anchor(f.name)}.{language}.svg": f.svg for f in figures(tuple(parts))}
    return {f"report.{language}.{name}": write(sheet, parts) for name, write in FORMATS.items()} | drawn

"""The report: one self-contained HTML page per language, and its figures as files.

A further section is one function in ``sections`` and one line in `SECTIONS`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

from survey.report.blocks import Box, Omitted, Section, figures
from survey.report.page import Page, page
from survey.report.sections import groups, indicators, measurement, method, quality, questions, respondents, summary

if TYPE_CHECKING:
    from jinja2 import Template

    from survey.core.estimates import Release

SECTIONS: tuple[Callable[[Page], Section | Box | Omitted], ...] = (
    summary.summary,
    summary.reading,
    respondents.respondents,
    indicators.indicators,
    measurement.measurement,
    groups.groups,
    groups.dont_know,
    method.method,
    quality.quality,
    method.disclosure,
    method.provenance,
    questions.questions,
)


def files(release: Release, language: str) -> dict[str, bytes]:
    """The page and its figures, by name relative to the folder of the wave; the same bytes for the same release."""
    sheet = page(release, language)
    made = [section(sheet) for section in SECTIONS]
    left_out = [m for m in made if isinstance(m, Omitted)]
    parts = [m for m in made if not isinstance(m, Omitted)]
    if left_out:
        parts.append(method.omissions(sheet, left_out))
    drawn = {f"figures/{anchor(f.name)}.{language}.svg": f.svg for f in figures(tuple(parts))}
    return {f"report.{language}.html": _html(sheet, parts)} | drawn


def _html(sheet: Page, parts: list[Section | Box]) -> bytes:
    numbers = {"table": count(1), "figure": count(1)}
    text = _template().render(
        page=sheet,
        t=sheet.t,
        parts=parts,
        title=sheet.words(sheet.release.study.title) or sheet.release.study.study,
        number=lambda kind: sheet.t.number(next(numbers[kind])),
        image=lambda svg: "data:image/svg+xml;base64," + b64encode(svg).decode("ascii"),
    )
    return (text.rstrip() + "\n").encode()


@lru_cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("survey.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["anchor"] = anchor
    return environment.get_template("report.html.j2")


def anchor(name: str) -> str:
    """A name as an address inside the page and as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)

"""The report on paper: PDF/UA through pandoc and typst, DOCX through pandoc, both from one plain HTML page.

What a reader opens on demand in the HTML page, the appendix of all questions, stays there and in the workbook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.resources import files
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape
from zipfile import ZipFile, ZipInfo

from survey.report import typesetting
from survey.report.appendix import set_apart
from survey.report.blocks import Block, Cell, Figure, Prose, Section, Sentence, Table, figures, table_numbers
from survey.report.typesetting import TYPST, WORD, converted

if TYPE_CHECKING:
    from survey.report.page import Page

#: Where a language is spoken in more than one way, the one that PDF readers are told.
REGIONS = {"id": "ID", "en": "GB"}

#: Characters across a table of the page, and those that the space between two columns takes.
ACROSS, PADDING = 114, 1.6
#: How much wider headings are set than other text.
BOLD = 1.15
#: Characters that a column of words is given at most.
WIDE = 40

_TEMPLATES = files("survey.report") / "templates"


def both(page: Page, parts: Sequence[Section | Block]) -> dict[str, bytes]:
    """The printed report as `pdf` and `docx`, from one reading of the page."""
    kept = printed(page, parts)
    made = converted(_html(page, kept, parts), TYPST, WORD, beside=_beside(page, kept))
    return {"pdf": _typeset(page, kept, made[TYPST]), "docx": made[WORD]}


def pdf(page: Page, parts: Sequence[Section | Block]) -> bytes:
    """The printed report as tagged PDF/UA-1 on A4.

    Raises
    ------
    RuntimeError
        A picture without a text alternative, or anything else that PDF/UA forbids.
    """
    kept = printed(page, parts)
    return _typeset(page, kept, converted(_html(page, kept, parts), TYPST)[TYPST])


def docx(page: Page, parts: Sequence[Section | Block]) -> bytes:
    """The printed report as a Word document whose styles are those of ``templates/reference.docx``."""
    kept = printed(page, parts)
    return converted(_html(page, kept, parts), WORD, beside=_beside(page, kept))[WORD]


def _typeset(page: Page, kept: Sequence[Block], source: bytes) -> bytes:
    return typesetting.pdf(_preamble(page) + source.decode(), _pictures(kept))


def _beside(page: Page, kept: Sequence[Block]) -> dict[str, bytes]:
    """Files that a Word document is made from besides the page."""
    pngs = typesetting.pngs(_pictures(kept))
    return {"reference.docx": _reference(page), **{f"{name}.png": png for name, png in pngs.items()}}


def _pictures(kept: Sequence[Block]) -> dict[str, bytes]:
    return {_name(figure): figure.svg for figure in figures(kept)}


def _reference(page: Page) -> bytes:
    """The styles of Word documents, with this report's words at the head and foot of every page."""
    mark = page.t("Synthetic data") if page.release.wave.synthetic else page.title
    words = {"MARK-OF-THE-REPORT": mark, "WAVE-OF-THE-REPORT": page.wave_label}
    out = BytesIO()
    with ZipFile(BytesIO((_TEMPLATES / "reference.docx").read_bytes())) as old, ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if re.fullmatch(r"word/(header|footer)\d*\.xml", name):
                for place, word in words.items():
                    text = text.replace(place.encode(), escape(word).encode())
            new.writestr(ZipInfo(name), text)  # of 1980, whenever it is written
    return out.getvalue()


def printed(page: Page, parts: Sequence[Section | Block]) -> tuple[Block, ...]:
    """The parts as they are printed: what is folded at the end; of an appendix a sentence that says where it is."""
    t = page.t
    elsewhere = t("The tables are in the HTML page and in tables.{language}.xlsx.", language=t.language)
    note = Prose((Sentence(elsewhere),))
    kept = [
        Section(part.name, part.title, (note,)) if isinstance(part, Section) and part.appendix else part
        for part in parts
    ]
    return set_apart(page, kept, table_numbers(parts))


def _html(page: Page, kept: tuple[Block, ...], parts: Sequence[Block]) -> str:
    from survey.report.html import template

    of_tables, of_figures = table_numbers(parts), count(1)
    wave = page.release.wave
    return template("print.html.j2").render(
        t=page.t,
        parts=kept,
        title=page.title,
        wave=page.wave_label,
        period=page.t.period(*wave.collected) if wave.collected else "",
        synthetic=wave.synthetic,
        table_number=lambda table: page.t.number(of_tables[table.name]),
        figure_number=lambda: page.t.number(next(of_figures)),
        image=_name,
        widths=widths,
        unbroken=lambda text: text.replace(" ", "\N{NO-BREAK SPACE}").replace("–", "–\N{WORD JOINER}"),
        side=lambda table, column: "left" if column == 0 or column in table.words else "right",
    )


def widths(table: Table) -> list[float]:
    """Per cent of the page's width that each column takes: numbers what they need, words share what is left."""
    wordy = {0, *table.words}
    needs = [BOLD * max(map(len, re.split(r"[\s-]", name))) for name in table.columns]
    wants = needs.copy()
    for line in table.lines:
        texts = [(line.header,), *((_shown(cell), *cell.details) for cell in line.cells)]
        for column, text in enumerate(texts[: len(needs)] if line.cells else ()):
            pieces = " ".join(text).split() if column in wordy else text
            needs[column] = max([needs[column], *map(len, pieces)])
            wants[column] = max([wants[column], *map(len, text)])
    room = [min(want, WIDE) - need if want > need else 0 for want, need in zip(wants, needs, strict=True)]
    spare = max(ACROSS - sum(needs) - PADDING * len(needs), 0)
    part = min(1.0, spare / sum(room)) if sum(room) > 0 else 0.0
    shares = [need + part * max(more, 0) + PADDING for need, more in zip(needs, room, strict=True)]
    return [round(100 * share / sum(shares), 1) for share in shares]


def _shown(cell: Cell) -> str:
    return f"{cell.text} {cell.mark}" if cell.text and cell.mark else cell.text or cell.mark


def _preamble(page: Page) -> str:
    """The layout with this report's words in it."""
    t = page.t
    words = {
        "TITLE": page.title,
        "WAVE": page.wave_label,
        "MARK": t("Synthetic data") if page.release.wave.synthetic else "",
        "LANGUAGE": t.language.partition("-")[0],
        "REGION": REGIONS.get(t.language, t.language.partition("-")[2]),
    }
    lets = "".join(f"#let {name} = {json.dumps(text, ensure_ascii=False)}\n" for name, text in words.items())
    return lets + (_TEMPLATES / "print.typ").read_text(encoding="utf-8")


def _name(figure: Figure) -> str:
    from survey.report.html import anchor

    return anchor(figure.name)

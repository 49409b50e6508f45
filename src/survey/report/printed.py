"""The report on paper: PDF/UA through pandoc and typst, DOCX through pandoc, both from one plain HTML page.

Neither needs a browser or a network, and both give the same bytes for the same release. What a reader
opens on demand in the HTML page, the appendix of all questions, stays there and in the workbook.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from importlib.resources import as_file, files
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape
from zipfile import ZipFile, ZipInfo

from survey.report.blocks import Block, Figure, Prose, Section, Sentence, Table, figures

if TYPE_CHECKING:
    from survey.report.page import Page

#: Both formats hold a date of their making; it is the same on every run, the first second of 2000.
EPOCH = 946_684_800
#: Where a language is spoken in more than one way, the one that PDF readers are told.
REGIONS = {"id": "ID", "en": "GB"}
#: Dots an inch of pictures in DOCX, which takes no SVG everywhere.
RESOLUTION = 150

#: Characters of the narrowest and widest column that widths are shared out by.
NARROW, WIDE = 6, 26

_TEMPLATES = files("survey.report") / "templates"


def pdf(page: Page, parts: Sequence[Section | Block]) -> bytes:
    """The printed report as tagged PDF/UA-1 on A4.

    Raises
    ------
    RuntimeError
        A picture without a text alternative, or anything else that PDF/UA forbids.
    """
    import typst

    kept = printed(page, parts)
    source = _preamble(page) + _pandoc(_html(page, kept, "svg"), "typst", lua=True).decode()
    pictures = {f"{_name(f)}.svg": f.svg for f in figures(kept)}
    made = typst.compile(
        {"main.typ": source.encode(), **pictures},
        font_paths=[_fonts()],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=EPOCH,
    )
    assert isinstance(made, bytes)
    return made


def docx(page: Page, parts: Sequence[Section | Block]) -> bytes:
    """The printed report as a Word document whose styles are those of ``templates/reference.docx``."""
    kept = printed(page, parts)
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "reference.docx"
        reference.write_bytes(_reference(page))
        for figure in figures(kept):
            (Path(folder) / f"{_name(figure)}.png").write_bytes(png(figure.svg))
        out = Path(folder) / "report.docx"
        # A path in an image's address would end up in the file; its name alone does not.
        more = [f"--resource-path={folder}", f"--reference-doc={reference}", f"--output={out}"]
        _pandoc(_html(page, kept, "png"), "docx", more)
        return out.read_bytes()


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


def png(svg: bytes) -> bytes:
    """A picture as PNG."""
    import typst

    page = '#set page(width: auto, height: auto, margin: 0pt)\n#image("picture.svg")'
    made = typst.compile({"main.typ": page.encode(), "picture.svg": svg}, format="png", ppi=RESOLUTION)
    assert isinstance(made, bytes)
    return made


def printed(page: Page, parts: Iterable[Section | Block]) -> tuple[Block, ...]:
    """The parts that are printed; an appendix gives way to a sentence that says where it is."""
    t = page.t
    elsewhere = t("The tables are in the HTML page and in tables.{language}.xlsx.", language=t.language)
    note = Prose((Sentence(elsewhere),))
    return tuple(
        Section(part.name, part.title, (note,)) if isinstance(part, Section) and part.appendix else part
        for part in parts
    )


def _html(page: Page, parts: tuple[Block, ...], pictures: str) -> str:
    from survey.report.html import template

    numbers = {"table": count(1), "figure": count(1)}
    wave = page.release.wave
    return template("print.html.j2").render(
        t=page.t,
        parts=parts,
        title=page.title,
        wave=page.wave_label,
        period=page.t.period(*wave.collected) if wave.collected else "",
        synthetic=wave.synthetic,
        number=lambda kind: page.t.number(next(numbers[kind])),
        image=lambda figure: f"{_name(figure)}.{pictures}",
        widths=widths,
        unbroken=lambda text: text.replace(" ", "\N{NO-BREAK SPACE}").replace("–", "–\N{WORD JOINER}"),
        side=lambda table, column: "left" if column == 0 or column in table.words else "right",
    )


def widths(table: Table) -> list[int]:
    """Per cent of the page's width that each column takes, by the longest text in it within bounds."""
    longest = [len(max(name.split() or [""], key=len)) for name in table.columns]
    for line in table.lines:
        texts = [line.header, *(max((cell.text, *cell.details), key=len) for cell in line.cells)]
        for column, text in enumerate(texts[: len(longest)] if line.cells else ()):
            longest[column] = max(longest[column], len(text))
    narrow = [min(max(size, NARROW), WIDE) for size in longest]
    return [round(100 * size / sum(narrow)) for size in narrow]


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


def _pandoc(html: str, to: str, more: Sequence[str] = (), lua: bool = False) -> bytes:
    import pypandoc

    with as_file(_TEMPLATES / "print.lua") as script:
        arguments = ["--from=html", f"--to={to}", "--quiet", *more, *([f"--lua-filter={script}"] if lua else [])]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "LC_ALL": "C.UTF-8"}
        command = [pypandoc.get_pandoc_path(), *arguments]
        done = subprocess.run(command, input=html.encode(), capture_output=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"pandoc: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _name(figure: Figure) -> str:
    from survey.report.html import anchor

    return anchor(figure.name)


def _fonts() -> str:
    """The folder of matplotlib's fonts: typst brings none without serifs."""
    import matplotlib

    return os.path.join(matplotlib.get_data_path(), "fonts", "ttf")

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
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape
from zipfile import ZipFile, ZipInfo

from survey.errors import OutputError, Problem
from survey.report.appendix import set_apart
from survey.report.blocks import Block, Cell, Figure, Prose, Section, Sentence, Table, figures, table_numbers

if TYPE_CHECKING:
    from survey.report.page import Page

#: Both formats hold a date of their making; it is the same on every run, the first second of 2000.
EPOCH = 946_684_800
#: Where a language is spoken in more than one way, the one that PDF readers are told.
REGIONS = {"id": "ID", "en": "GB"}
#: Dots an inch of pictures in DOCX, which takes no SVG everywhere.
RESOLUTION = 130

#: Characters across a table of the page, and those that the space between two columns takes.
ACROSS, PADDING = 114, 1.6
#: How much wider headings are set than other text.
BOLD = 1.15
#: Characters that a column of words is given at most.
WIDE = 40

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
    source = _preamble(page) + _pandoc(_html(page, kept, parts, "svg"), "typst").decode()
    pictures = {f"{_name(f)}.svg": f.svg for f in figures(kept)}
    sources: Any = {"main.typ": source.encode(), **pictures}  # a form that typst's own types leave out
    made = typst.compile(
        sources,
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
        for name, png in pngs({_name(figure): figure.svg for figure in figures(kept)}).items():
            (Path(folder) / f"{name}.png").write_bytes(png)
        out = Path(folder) / "report.docx"
        # A path in an image's address would end up in the file; its name alone does not.
        more = [f"--resource-path={folder}", f"--reference-doc={reference}", f"--output={out}"]
        _pandoc(_html(page, kept, parts, "png"), "docx", more)
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


def pngs(pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Pictures as PNG, in one go: name → SVG in, name → PNG out."""
    import typst

    pages = "\n#pagebreak()\n".join(f'#image("{name}.svg")' for name in pictures)
    layout = f"#set page(width: auto, height: auto, margin: 0pt)\n{pages}"
    sources: Any = {"main.typ": layout.encode(), **{f"{name}.svg": svg for name, svg in pictures.items()}}
    if not pictures:
        return {}
    made: Any = typst.compile(sources, format="png", ppi=RESOLUTION, ignore_system_fonts=True)
    return dict(zip(pictures, [made] if len(pictures) == 1 else made, strict=True))


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


def _html(page: Page, kept: tuple[Block, ...], parts: Sequence[Block], pictures: str) -> str:
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
        image=lambda figure: f"{_name(figure)}.{pictures}",
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


def _pandoc(html: str, to: str, more: Sequence[str] = ()) -> bytes:
    import pypandoc

    with as_file(_TEMPLATES / "print.lua") as script:
        arguments = ["--from=html", f"--to={to}", "--quiet", f"--lua-filter={script}", *more]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "LC_ALL": "C.UTF-8"}
        # The one that the lock names: another on the path may be older and gives other bytes.
        command = [str(Path(pypandoc.__file__).parent / "files" / "pandoc"), *arguments]
        done = subprocess.run(command, input=html.encode(), capture_output=True, env=environment, check=False)
    if done.returncode:
        if _files_are_limited():  # under which pandoc fails before it says why
            hint = "The system limits the size of a file (ulimit -f); raise the limit, then run again."
            raise OutputError(Problem("", found="files of a limited size only", hint=hint))
        raise RuntimeError(f"pandoc: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _files_are_limited() -> bool:
    """Whether this process may write files up to some size only."""
    try:
        import resource
    except ImportError:  # Windows knows no such limit
        return False
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY


def _name(figure: Figure) -> str:
    from survey.report.html import anchor

    return anchor(figure.name)


def _fonts() -> str:
    """The folder of matplotlib's fonts: typst brings none without serifs."""
    import matplotlib

    return os.path.join(matplotlib.get_data_path(), "fonts", "ttf")

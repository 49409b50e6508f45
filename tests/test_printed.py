"""The report on paper: tagged PDF that a screen reader can read, Word with its styles, both silent about the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import docx
import pikepdf
import pytest

import report_release
from report_files import elements
from survey.report import printed
from survey.report.blocks import (
    Block,
    Cell,
    Figure,
    Line,
    Omitted,
    Prose,
    Section,
    Sentence,
    Table,
    figures,
    table_numbers,
    tables,
)
from survey.report.page import Page, page
from survey.report.sections import indicators, questions, respondents, summary


@pytest.fixture(scope="module")
def sheet() -> Page:
    return page(report_release.release(), "id")


@pytest.fixture(scope="module")
def parts(sheet: Page) -> Sequence[Block]:
    made = [
        section(sheet)
        for section in (summary.summary, respondents.respondents, indicators.indicators, questions.questions)
    ]
    return [m for m in made if not isinstance(m, Omitted)]


@pytest.fixture(scope="module")
def pdf(sheet: Page, parts: Sequence[Block]) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(printed.pdf(sheet, parts)))


@pytest.fixture(scope="module")
def word(sheet: Page, parts: Sequence[Block]) -> bytes:
    return printed.docx(sheet, parts)


def test_one_reading_of_the_page_gives_both_formats(sheet: Page, parts: Sequence[Block], word: bytes) -> None:
    made = printed.both(sheet, parts)
    assert made == {"pdf": printed.pdf(sheet, parts), "docx": word}


def test_the_pdf_says_its_language_and_title_and_that_it_is_tagged(pdf: pikepdf.Pdf, sheet: Page) -> None:
    assert str(pdf.Root.Lang) == "id-ID"
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    with pdf.open_metadata() as told:
        assert (told["pdfuaid:part"], told["dc:title"]) == ("1", sheet.title)


def test_every_picture_of_the_pdf_has_its_text(pdf: pikepdf.Pdf, parts: Sequence[Block]) -> None:
    texts = [str(e.Alt) for e in elements(pdf, "/Figure")]
    assert texts == [f.alt for f in figures(parts)]


def test_every_table_of_the_pdf_has_headings_with_a_scope(pdf: pikepdf.Pdf) -> None:
    tables = elements(pdf, "/Table")
    assert tables
    for table in tables:
        heads = [e for e in _below(table) if str(e.S) == "/TH"]
        assert heads
        assert all(str(_attributes(e).get("/Scope")) == "/Column" for e in heads)


def _below(element: pikepdf.Object) -> list[pikepdf.Object]:
    kids = element.get("/K", [])
    below = [k for k in (kids if isinstance(kids, pikepdf.Array) else [kids]) if isinstance(k, pikepdf.Dictionary)]
    return [e for k in below if "/S" in k for e in [k, *_below(k)]]


def _attributes(element: pikepdf.Object) -> pikepdf.Object | dict[str, object]:
    held = element.get("/A", [])
    return next((a for a in (held if isinstance(held, pikepdf.Array) else [held]) if "/Scope" in a), {})


def test_the_pdf_has_an_outline_and_is_a4(pdf: pikepdf.Pdf) -> None:
    assert "/Outlines" in pdf.Root
    assert {tuple(round(float(x)) for x in p.mediabox[2:]) for p in pdf.pages} == {(595, 842)}


def test_a_picture_without_its_text_fails_the_build(sheet: Page, parts: Sequence[Block]) -> None:
    drawn = replace(next(figures(parts)), alt="")
    with pytest.raises(RuntimeError, match="alt"):
        printed.pdf(sheet, [Section("s", "S", (drawn,))])


def test_word_repeats_headings_and_keeps_short_tables_together(word: bytes) -> None:
    for table in docx.Document(BytesIO(word)).tables:
        assert table.rows[0]._tr.xpath(".//w:tblHeader")
        styles = [row.cells[0].paragraphs[0].style.name for row in table.rows]
        if len(styles) <= 16:
            assert set(styles[:-1]) == {"Table Text Kept"}
        assert styles[-1] == "Table Text"


def test_word_has_texts_of_pictures_small_notes_and_the_mark_on_every_page(
    word: bytes, parts: Sequence[Block], sheet: Page
) -> None:
    made = docx.Document(BytesIO(word))
    assert [p.get("descr") for p in made.element.body.xpath(".//wp:docPr")] == [f.alt for f in figures(parts)]
    notes = [p for p in made.paragraphs if p.style.name == "Table Note"]
    assert notes
    assert notes[0].style.font.size.pt < made.styles["Body Text"].font.size.pt
    assert sheet.t("Synthetic data") in made.sections[0].header.paragraphs[0].text
    assert made.core_properties.language in ("id", "")


def test_files_name_no_folder_of_the_machine(word: bytes) -> None:
    with ZipFile(BytesIO(word)) as held:
        assert not [n for n in held.namelist() if b"/tmp" in held.read(n) or b"/home" in held.read(n)]


def test_an_appendix_gives_way_to_where_it_is(sheet: Page, parts: Sequence[Block]) -> None:
    (last,) = (p for p in printed.printed(sheet, parts) if isinstance(p, Section) and p.name == "questions")
    (note,) = last.blocks
    assert note == Prose((Sentence("Tabelnya ada di halaman HTML dan di tables.id.xlsx."),))


def test_what_is_folded_stands_at_the_end_under_its_number(sheet: Page, parts: Sequence[Block]) -> None:
    *chapters, last = printed.printed(sheet, parts)
    assert isinstance(last, Section)
    assert last.name == "details"
    assert not any(t.folded for _, t in tables(chapters))
    shown = [t.name for _, t in tables([*chapters, last])]
    everything = [t.name for _, t in tables(p for p in parts if not (isinstance(p, Section) and p.appendix))]
    assert sorted(shown) == sorted(everything)
    numbers = table_numbers(parts)
    moved = {chapter.name: [numbers[t.name] for _, t in tables(chapter.blocks)] for chapter in last.blocks}
    summary = next(p for p in chapters if isinstance(p, Section) and p.name == "summary")
    (first,) = moved["summary-details"]
    assert summary.blocks[-1] == Prose((Sentence(f"Angka lengkap bab ini: tabel {first}, di bagian akhir."),))


def test_numbers_get_the_width_they_need_and_words_the_rest() -> None:
    words = "A question of many words that may go over several lines of its column"
    line = Line(words, (Cell("12,3 %", ("10,1–14,3 %",)), Cell("1.234")))
    first, share, n = printed.widths(Table("t", "T", ("Question", "Agree", "n"), (line,)))
    assert first > share > n
    assert sum((first, share, n)) == pytest.approx(100, abs=0.2)
    many = Table("t", "T", ("Question", *["Agree"] * 8), (Line(words, (line.cells[0],) * 8),))
    assert min(printed.widths(many)[1:]) > printed.widths(many)[0] * 0.8


def test_a_figure_keeps_its_caption(pdf: pikepdf.Pdf, parts: Sequence[Block]) -> None:
    assert all(isinstance(f, Figure) and f.caption for f in figures(parts))
    captions = [str(e.S) for figure in elements(pdf, "/Caption") for e in [figure]]
    assert len(captions) >= len(list(figures(parts)))

"""The page, the printed report, the Word document and the workbook: the same numbers, and labels as they are."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import docx
import openpyxl
import pytest

import report_release
from report_files import docx_tables, html_tables, pdf_text, plain, sheets
from same_numbers import assert_print_says_what_the_page_says, assert_sheets_say_what_the_page_says
from survey.core.words import Words
from survey.report import document
from survey.report.locale import translator

#: What a spreadsheet, a browser, typst, a formula, a citation, Markdown and TeX would take for more than text.
HOSTILE = (
    "=cmd|'/C calc'!A0",
    "<script>alert(1)</script>",
    '#eval("x")',
    "$x^2$",
    "@ref",
    "*bold*",
    r"\write18",
    "{{7*7}}",
)


@pytest.fixture(scope="module", params=["id", "en"])
def made(request: pytest.FixtureRequest) -> tuple[str, dict[str, bytes]]:
    return request.param, document.files(report_release.release(), request.param)


def of(made: tuple[str, dict[str, bytes]], name: str) -> bytes:
    return made[1][f"{name.partition('.')[0]}.{made[0]}.{name.partition('.')[2]}"]


def test_printed_tables_are_those_of_the_page(made: tuple[str, dict[str, bytes]]) -> None:
    assert assert_print_says_what_the_page_says(made[1], made[0]) > 20


def test_sheets_hold_the_numbers_of_the_page(made: tuple[str, dict[str, bytes]]) -> None:
    assert assert_sheets_say_what_the_page_says(made[1], made[0]) > 20


def test_numbers_in_sheets_are_numbers(made: tuple[str, dict[str, bytes]]) -> None:
    t = translator(made[0])
    texts = {
        str(cell.value): title
        for title, (heads, *rows) in sheets(of(made, "tables.xlsx"))
        for row in rows
        for cell in row[2 if heads[0].value == t("Part") else 1 :]
        if isinstance(cell.value, str)
    }
    alone = re.compile(r"[\N{MINUS SIGN}\d.,–]*\d[\d.,–]*\s?%?")
    assert {text: title for text, title in texts.items() if alone.fullmatch(text)} == {}


@pytest.fixture(scope="module")
def hostile() -> dict[str, bytes]:
    label = " ".join(HOSTILE)
    release = report_release.with_texts(report_release.release(), title=label, label=label)
    kept = tuple(q for q in release.instrument.questions if q.module != "E")
    asked = replace(release.instrument, questions=kept, indicators=(), modules=())
    design = replace(release.wave.design, method=Words.plain(label))
    wave = replace(release.wave, design=design, label=Words.plain(label))
    return document.files(replace(release, wave=wave, instrument=asked), "en")


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_labels_appear_literally_in_every_format(hostile: dict[str, bytes], piece: str) -> None:
    page = " ".join(c for table in html_tables(hostile["report.en.html"]) for row in table for c in row)
    word = docx.Document(BytesIO(hostile["report.en.docx"]))
    cells = [c for table in docx_tables(hostile["report.en.docx"]) for row in table for c in row]
    assert piece in page
    assert piece in plain(" ".join([*(p.text for p in word.paragraphs), *cells]))
    assert "".join(piece.split()) in "".join(pdf_text(hostile["report.en.pdf"]).split())
    book = openpyxl.load_workbook(BytesIO(hostile["tables.en.xlsx"]))
    assert any(piece in str(c.value) for sheet in book.worksheets for row in sheet.iter_rows() for c in row)


def test_no_label_becomes_a_formula(hostile: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(BytesIO(hostile["tables.en.xlsx"]))
    cells = [c for sheet in book.worksheets for row in sheet.iter_rows() for c in row if c.value is not None]
    assert not [c for c in cells if c.data_type == "f"]
    risky = [c for c in cells if isinstance(c.value, str) and c.value.startswith("=")]
    assert risky
    assert all(c.quotePrefix for c in risky)

"""The page, the printed report, the Word document and the workbook: the same numbers, and labels as they are."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import docx
import openpyxl
import pytest

import report_release
from report_files import (
    docx_captioned,
    docx_tables,
    html_captioned,
    html_tables,
    numbers,
    pdf_captioned,
    pdf_text,
    plain,
    sheets,
    squeezed,
)
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
TOLERANCE = 1e-9  # numbers are compared as written; what is left is their binary form


@pytest.fixture(scope="module", params=["id", "en"])
def made(request: pytest.FixtureRequest) -> tuple[str, dict[str, bytes]]:
    return request.param, document.files(report_release.release(), request.param)


def of(made: tuple[str, dict[str, bytes]], name: str) -> bytes:
    return made[1][f"{name.partition('.')[0]}.{made[0]}.{name.partition('.')[2]}"]


def cells(table: list[list[str]]) -> list[list[str]]:
    """What the cells say, empty ones left out."""
    return [[text for cell in row if (text := squeezed(cell))] for row in table]


def test_printed_tables_are_those_of_the_page(made: tuple[str, dict[str, bytes]]) -> None:
    page = html_captioned(of(made, "report.html"), without="questions")  # the appendix of questions is not printed
    assert len(page) > 20
    for printed in (pdf_captioned(of(made, "report.pdf")), docx_captioned(of(made, "report.docx"))):
        assert printed.keys() == page.keys()
        assert {name: cells(table) for name, table in printed.items()} == {n: cells(t) for n, t in page.items()}


def test_sheets_hold_the_numbers_of_the_page(made: tuple[str, dict[str, bytes]]) -> None:
    decimal = translator(made[0]).decimal
    page, book = html_tables(of(made, "report.html")), sheets(of(made, "tables.xlsx"))
    assert len(page) == len(book)
    for shown, (title, (heads, *rows)) in zip(page, book, strict=True):
        lead = 2 if heads[0].value == translator(made[0])("Part") else 1
        lines = [row[1:] for row in shown[1:] if len(row) > 1]
        assert len(lines) == len(rows), title
        for line, row in zip(lines, rows, strict=True):
            wanted = [n for cell in line for n in numbers(cell, decimal)]
            found = [n for cell in row[lead:] for n in _written(cell, decimal)]
            assert found == pytest.approx(wanted, abs=TOLERANCE), title


def _written(cell: openpyxl.cell.Cell, decimal: str) -> list[float]:
    if isinstance(cell.value, int | float):
        percent = cell.number_format.endswith("%")
        digits = len(cell.number_format.rstrip("%").partition(".")[2])
        return [round(cell.value * (100 if percent else 1), digits)]
    return numbers(cell.value or "", decimal)


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

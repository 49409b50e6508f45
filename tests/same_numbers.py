"""The comparison of a report's formats: the printed tables and the sheets against those of the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from report_files import docx_captioned, html_captioned, html_tables, numbers, pdf_captioned, sheets, squeezed
from survey.report.locale import Translator, translator

TOLERANCE = 1e-9  # numbers are compared as written; what is left is their binary form
FORMATS = ("report.{language}.html", "report.{language}.pdf", "report.{language}.docx", "tables.{language}.xlsx")


def in_folder(folder: Path, language: str) -> dict[str, bytes]:
    """The files of a finished report that hold tables, by name."""
    names = [name.format(language=language) for name in FORMATS]
    return {name: (folder / name).read_bytes() for name in names}


def assert_print_says_what_the_page_says(files: Mapping[str, bytes], language: str) -> int:
    """How many tables the printed report and the Word document share with the page, every cell the same."""
    page, pdf, docx, _ = (files[name.format(language=language)] for name in FORMATS)
    wanted = html_captioned(page, without="questions")  # the appendix of questions is not printed
    for printed in (pdf_captioned(pdf), docx_captioned(docx)):
        assert printed.keys() == wanted.keys()
        assert {name: _cells(table) for name, table in printed.items()} == {n: _cells(t) for n, t in wanted.items()}
    return len(wanted)


def _cells(table: list[list[str]]) -> list[list[str]]:
    return [[text for cell in row if (text := squeezed(cell))] for row in table]


def assert_sheets_say_what_the_page_says(files: Mapping[str, bytes], language: str) -> int:
    """How many sheets hold a table of the page, every number the same and in the same row."""
    t, page, book = translator(language), files[f"report.{language}.html"], files[f"tables.{language}.xlsx"]
    shown, held = html_tables(page), sheets(book)
    assert len(shown) == len(held)
    for table, (title, (heads, *rows)) in zip(shown, held, strict=True):
        lead = 2 if heads[0].value == t("Part") else 1
        lines = [row[1:] for row in table[1:] if len(row) > 1]
        assert len(lines) == len(rows), title
        for line, row in zip(lines, rows, strict=True):
            wanted = [n for cell in line for n in numbers(cell, t.decimal)]
            found = [n for cell in row[lead:] for n in _written(cell, t)]
            assert sorted(found) == pytest.approx(sorted(wanted), abs=TOLERANCE), title
    return len(held)


def _written(cell: openpyxl.cell.Cell, t: Translator) -> list[float]:
    if isinstance(cell.value, int | float):
        percent = cell.number_format.endswith("%")
        digits = len(cell.number_format.rstrip("%").partition(".")[2])
        return [round(cell.value * (100 if percent else 1), digits)]
    return numbers(cell.value or "", t.decimal)

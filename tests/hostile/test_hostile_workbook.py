"""Excel workbooks that hold something else than answers, or hold them where nobody looks."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from hostile.hostile_study import RAW, REFUSERS, RESPONDENTS, THREE_ROWS, table
from hostile.refusal import At

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HTML = b"<html><body><table><tr><td>resp</td></tr></table></body></html>"
PUAS = table().header.index("puas") + 1
AGREED = RESPONDENTS - len(REFUSERS)


def book(change=None) -> bytes:
    """The wave as a workbook."""
    made = openpyxl.Workbook()
    for row in table().values():
        made.active.append(row)
    if change:
        change(made)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def edited(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The same archive after replacing bytes of one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            part = before.read(entry)
            after.writestr(entry.filename, part.replace(old, new, 1) if entry.filename == name else part)
    return out.getvalue()


@pytest.fixture
def workbook(study):
    """Name of the workbook that the study reads."""
    return study.source("responses.xlsx")


def cells(*values):
    """A change that writes values into the column `puas`, into the rows of `THREE_ROWS`."""

    def change(made):
        for row, value in zip(THREE_ROWS, values, strict=False):
            made.active.cell(row, PUAS).value = value

    return change


def test_the_workbook_itself_is_right(study, workbook):
    study.write(book(), workbook)
    assert study.command(["check", str(study.folder), "--json"]).status == 0


def test_dates_that_a_spreadsheet_made_of_answers_stop_the_run(study, workbook):
    study.write(book(cells(*[dt.date(2024, 4, 3)] * 3)), workbook)
    study.refuses(
        At(f"3 of {AGREED} answers (5%) with unknown code: '2024-04-03'", THREE_ROWS[0], "puas", file=workbook)
    )


def test_formulas_without_a_stored_value_are_named_cell_by_cell(study, workbook):
    study.write(book(cells("=1+1", "=A1")), workbook)
    letter = openpyxl.utils.get_column_letter(PUAS)
    study.refuses(
        *(
            At(f"a formula without a stored value on sheet 'Sheet', cell {letter}{row}", row, letter, file=workbook)
            for row in THREE_ROWS[:2]
        )
    )


def test_error_values_in_cells_stop_the_run(study, workbook):
    study.write(book(cells(*["#REF!"] * 3)), workbook)
    study.refuses(At("with unknown code: '#REF!'", THREE_ROWS[0], "puas", file=workbook))


def test_of_several_sheets_with_data_none_is_chosen(study, workbook):
    def change(made):
        made.create_sheet("Kode").append(["a", "b"])

    study.write(book(change), workbook)
    study.refuses(At("2 sheets with data: 'Sheet', 'Kode'", column="sheet", file=workbook, hint="`sheet`"))


def test_data_on_a_hidden_sheet_only_are_not_read(study, workbook):
    def change(made):
        made.active.sheet_state = "hidden"
        made.create_sheet("Kosong")

    study.write(book(change), workbook)
    study.refuses(At("data on hidden sheets only ('Sheet')", column="sheet", file=workbook, hint="`sheet`"))


def test_a_declared_sheet_that_is_not_there_offers_the_nearest(study):
    path = study.source("responses.xlsx", " sheet: Sheat,")
    study.write(book(), path)
    study.refuses(At("no sheet named 'Sheat'", column="sheet", file=path, hint="'Sheet'"))


def test_merged_cells_are_named(study, workbook):
    study.write(book(lambda made: made.active.merge_cells("B4:C5")), workbook)
    study.refuses(At("merged cells B4:C5", file=workbook, hint="Unmerge"), more=True)


def test_repeated_names_and_merged_cells_are_named_together(study, workbook):
    def change(made):
        made.active.cell(1, PUAS + 1).value = "puas"
        made.active.merge_cells("B4:C5")

    study.write(book(change), workbook)
    study.refuses(At("the name 'puas' in columns", 1, file=workbook), At("merged cells B4:C5", file=workbook))


@pytest.mark.parametrize(
    ("content", "found", "hint"),
    [
        pytest.param(
            OLE + "EncryptedPackage".encode("utf-16-le"), "an encrypted Excel workbook", "password", id="encrypted"
        ),
        pytest.param(OLE + bytes(600), "before 2007", "save it as .xlsx", id="xls"),
        pytest.param(table().text().encode(), "plain text", "format: csv", id="csv"),
        pytest.param(HTML, "an HTML page", "save it as .xlsx", id="html"),
        pytest.param(b"%PDF-1.7\n", "a PDF document", "save it as .xlsx", id="pdf"),
        pytest.param(b"", "an empty file", "", id="empty"),
    ],
)
def test_what_is_no_workbook_is_named_for_what_it_is(study, workbook, content, found, hint):
    study.write(content, workbook)
    study.refuses(At(found, file=workbook, expected="an Excel workbook (xlsx)", hint=hint))


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        pytest.param("responses.csv", book(), "an Excel workbook (xlsx)", id="xlsx-named-csv"),
        pytest.param("responses.csv", HTML, "an HTML page", id="html-named-csv"),
        pytest.param("responses.csv", b"\x1f\x8b\x08\0\0", "a gzip archive", id="gzip-named-csv"),
    ],
)
def test_what_is_no_text_is_named_for_what_it_is(study, name, content, found):
    study.write(content)
    study.refuses(At(found, file=RAW, expected="plain text"))


def test_a_page_that_is_named_xls_is_refused(study):
    path = study.source("responses.xls")
    study.write(HTML, path)
    study.refuses(At("without a known suffix (xls)", column="format", file=path, hint="'xlsx'"))


def test_a_truncated_workbook_is_refused(study, workbook):
    study.write(book()[:-600], workbook)
    study.refuses(At("a truncated or corrupt archive", file=workbook))


def test_an_archive_that_unpacks_to_a_hundred_times_its_size_is_refused(study, workbook):
    study.write(
        edited(book(), "xl/worksheets/sheet1.xml", b"</sheetData>", b"</sheetData>" + b" " * 30_000_000), workbook
    )
    study.refuses(At("times its size", file=workbook, expected="100 times", hint="CSV"))


def test_a_workbook_with_a_document_type_is_refused(study, workbook):
    attack = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet'
    study.write(edited(book(), "xl/worksheets/sheet1.xml", b"<worksheet", attack), workbook)
    study.refuses(At("a document type or an unusual encoding in part xl/worksheets/sheet1.xml", file=workbook))

"""Excel workbooks: the right sheet, every cell, and no trick of the container."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from survey.errors import InputError
from survey.prepare.readers import archive, workbook
from survey.prepare.readers.source import MAX_COLUMNS, Part, Source


def book(*sheets, change=None):
    """Bytes of a workbook with these sheets, each a list of rows."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for i, rows in enumerate(sheets, start=1):
        sheet = made.create_sheet(f"Sheet{i}")
        for row in rows:
            sheet.append(row)
    if change:
        change(made)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def rewritten(content, name, edit):
    """The same archive with one part edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            part = old.read(entry)
            new.writestr(entry.filename, edit(part) if entry.filename == name else part)
    return out.getvalue()


def table(content, sheet=None):
    return workbook.read(Source("a.xlsx", "xlsx", (Part("a.xlsx", content),), sheet=sheet))


def refused(content, sheet=None):
    with pytest.raises(InputError) as error:
        table(content, sheet)
    return str(error.value)


DATA = [["id", "q1"], [1, 5], [2, 4]]


def test_cells_read_like_those_of_a_csv():
    row = [
        1.0,
        0.1,
        "007",
        True,
        dt.date(2025, 8, 1),
        dt.datetime(2025, 8, 1, 9, 30),
        dt.time(9, 30),
        "#REF!",
        "NA",
        None,
    ]
    frame = table(book([[f"q{i}" for i in range(10)], row, [3674010101900001] + [None] * 8 + [" "]])).frame
    assert frame.iloc[0, :9].tolist() == [
        *["1", "0.1", "007", "1", "2025-08-01", "2025-08-01T09:30:00", "09:30:00", "#REF!", "NA"]
    ]
    assert frame["q0"].tolist() == ["1", "3674010101900001"]
    assert frame["q9"].isna().tolist() == [True, False]


def test_rows_are_those_of_the_spreadsheet():
    found = table(book([[None, None], ["id", "q1"], [1, 5], [None, None], [2, 4], [None, ""]]))
    assert list(found.rows) == [3, 5]
    assert (found.decisions["blank_rows"], found.decisions["trailing_rows"]) == ("2", "1")


def test_a_declared_range_that_is_too_small_loses_nothing():
    content = rewritten(
        book(DATA),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<dimension ref="A1:B3"', b'<dimension ref="A1"'),
    )
    assert table(content).frame.shape == (2, 2)


def test_an_empty_header_with_answers_below_gets_a_name():
    assert table(book([["id", None], [1, 5]])).frame.columns.tolist() == ["id", "unnamed_2"]


def test_repeated_names_are_refused():
    assert "row 1: found the name 'id' in columns 1, 2" in refused(book([["id", "id"], [1, 5]]))


def test_more_columns_than_the_limit_are_refused():
    width = MAX_COLUMNS + 1
    assert f"found {width} columns" in refused(book([[f"q{i}" for i in range(width)], [1]]))


def test_several_sheets_with_data_need_a_name():
    content = book(DATA, DATA)
    assert "2 sheets with data: 'Sheet1', 'Sheet2'" in refused(content)
    assert table(content, sheet="Sheet2").decisions["sheet"] == "Sheet2"
    assert "no sheet named 'Shet2'; expected one of 'Sheet1', 'Sheet2'. Did you mean" in refused(content, sheet="Shet2")
    assert table(book(DATA, [])).decisions["sheet"] == "Sheet1"


def test_a_hidden_sheet_is_never_chosen_silently():
    def hide(made):
        made["Sheet1"].sheet_state = "hidden"

    assert table(book(DATA, [["id"], [9]], change=hide)).decisions["sheet"] == "Sheet2"
    only_hidden = book(DATA, [], change=hide)
    assert "data on hidden sheets only ('Sheet1')" in refused(only_hidden)
    assert table(only_hidden, sheet="Sheet1").frame.shape == (2, 2)


def test_a_formula_without_a_stored_value_is_refused_by_cell():
    message = refused(book([*DATA, [3, "=B2+1"]]))
    assert "row 4, B: found a formula without a stored value on sheet 'Sheet1', cell B4" in message


def test_a_formula_with_a_stored_value_is_that_value():
    content = rewritten(
        book([*DATA, [3, "=B2+1"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</f><v", b"</f><v>6</v><v", 1),
    )
    content = rewritten(
        content, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<v></v>", b"").replace(b"<v />", b"")
    )
    assert table(content).frame["q1"].tolist() == ["5", "4", "6"]


def test_merged_cells_are_refused():
    assert "merged cells A2:A3" in refused(book(DATA, change=lambda made: made["Sheet1"].merge_cells("A2:A3")))
    assert table(book(DATA, change=lambda made: made["Sheet1"].merge_cells("F9:G9"))).frame.shape == (2, 2)


def test_a_sheet_without_records_is_refused():
    assert "no sheet with data" in refused(book([]))
    assert "without records" in refused(book([["id", "q1"]]))


@pytest.mark.parametrize("cut", [10, 300, 2000])
def test_a_truncated_workbook_is_refused(cut):
    assert "truncated or corrupt" in refused(book(DATA)[:-cut])


def test_damaged_parts_are_refused():
    whole = bytearray(book([["id"], *[[i] for i in range(2000)]]))
    at = whole.index(b"xl/worksheets/sheet1.xml") + 300
    whole[at : at + 40] = bytes(40)
    assert "truncated or corrupt part" in refused(bytes(whole))


def test_an_archive_that_unpacks_too_far_is_refused():
    bomb = rewritten(book(DATA), "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * 20_000_000)
    assert f"{archive.MAX_RATIO} times its size" in refused(bomb)


def test_an_archive_that_lies_about_its_sizes_is_refused():
    bomb = bytearray(rewritten(book(DATA), "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * 20_000_000))
    true_size = next(e.file_size for e in zipfile.ZipFile(io.BytesIO(bomb)).infolist() if "sheet1" in e.filename)
    lie = bytes(bomb).replace(true_size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert "truncated or corrupt part" in refused(lie) or "times its size" in refused(lie)


def test_document_types_and_entities_are_refused():
    def declare(xml):
        return xml.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet', 1)

    assert "a document type" in refused(rewritten(book(DATA), "xl/worksheets/sheet1.xml", declare))
    as_utf16 = rewritten(book(DATA), "xl/worksheets/sheet1.xml", lambda xml: declare(xml).decode().encode("utf-16"))
    assert "an unusual encoding" in refused(as_utf16)


def test_xml_that_is_not_well_formed_is_refused():
    broken = rewritten(book(DATA), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</row>", b"", 1))
    assert "a workbook that cannot be read" in refused(broken)

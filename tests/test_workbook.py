"""The workbook: one marked-up table a sheet, found from the contents, safe and the same on every run."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.workbook import Workbook

import report_release
from survey.report.blocks import Cell, Figure, Fold, Line, Section, Table, tables
from survey.report.locale import Numeral, Span, translator
from survey.report.page import Page, page
from survey.report.sheet_columns import LONGEST_HEADING, columns
from survey.report.workbook import LONGEST_TEXT, workbook


@pytest.fixture(scope="module")
def sheet() -> Page:
    return page(report_release.release(), "en")


def grid(*lines: Line, heads: tuple[str, ...] = ("Group", "Mean")) -> Table:
    return Table("t", "Means", heads, lines)


def opened(sheet: Page, *made: Table) -> Workbook:
    return openpyxl.load_workbook(BytesIO(workbook(sheet, [Section("s", "Chapter one", made)])))


def stacked(sheet: Page, mark: str = "") -> Cell:
    t = sheet.t
    return Cell(t.number(2.514, 2), (t.span(2.4, 2.6, 2), Numeral("n 1,200", 1200)), mark)


def test_a_stacked_cell_becomes_columns(sheet: Page) -> None:
    made = columns(sheet, grid(Line("Men", (stacked(sheet),)), Line("Women", (Cell(mark="[c]"),))))
    assert [c.heading for c in made] == [
        "Group", "Mean", "Mean: 95% interval, lower end", "Mean: 95% interval, upper end", "Mean: respondents (n)",
    ]  # fmt: skip
    assert [c.cells for c in made[1:]] == [("2.51", "[c]"), ("2.40", ""), ("2.60", ""), ("n 1,200", "")]


def test_a_mark_beside_a_number_has_a_column_of_its_own(sheet: Page) -> None:
    made = columns(sheet, grid(Line("Men", (stacked(sheet, "[u]"),))))
    assert [(c.heading, c.cells) for c in made[1:3]] == [("Mean", ("2.51",)), ("Mean: mark", ("[u]",))]


def test_a_heading_between_rows_becomes_a_column(sheet: Page) -> None:
    made = columns(sheet, grid(Line("All", (Cell("1"),)), Line("Sex"), Line("Men", (Cell("2"),))))
    assert [(c.heading, c.cells) for c in made[:2]] == [("Part", ("", "Sex")), ("Group", ("All", "Men"))]


def test_words_below_a_word_stay_with_it(sheet: Page) -> None:
    made = columns(sheet, grid(Line("Access", (Cell("fair", ("poor",), numeric=False),))))
    assert made[1].cells == ("fair; poor",)


def test_words_below_a_number_leave_it_a_number(sheet: Page) -> None:
    made = columns(sheet, grid(Line("Setu", (Cell(sheet.t.number(3.25, 2), ("rank 1–6",)),))))
    assert [(c.heading, c.cells) for c in made[1:]] == [("Mean", ("3.25",)), ("Mean: in words", ("rank 1–6",))]


def test_numbers_are_numbers_with_the_decimals_of_the_page(sheet: Page) -> None:
    t = sheet.t
    lines = (
        Line("a", (Cell(t.number(1234.5678, 2)),)),
        Line("b", (Cell(t.percent(0.12345)),)),
        Line("c", (Cell("–"),)),
    )
    book = opened(sheet, grid(*lines))
    found = [(c.value, c.number_format) for (c,) in book["Table 1"]["B6:B8"]]
    assert found == [(1234.57, "#,##0.00"), (0.123, "0.0%"), ("–", "General")]


def test_text_that_looks_like_a_formula_stays_text(sheet: Page) -> None:
    risky = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")', "{=1}"]
    book = opened(sheet, grid(*(Line(text, (Cell(text),)) for text in risky)))
    cells = [cell for row in book["Table 1"][f"A6:B{5 + len(risky)}"] for cell in row]
    assert [c.value for c in cells] == [text for text in risky for _ in range(2)]
    assert {c.data_type for c in cells} == {"s"}
    assert all(c.quotePrefix for c in cells if c.value[0] in "=+-@\t")


def test_headings_that_excel_would_repair_are_mended(sheet: Page) -> None:
    long = "x" * 400
    heads = ("Group", "Mean", "mean", "", long, long)
    book = opened(sheet, grid(Line("Men", tuple(Cell(str(k)) for k in range(5))), heads=heads))
    (table,) = book["Table 1"].tables.values()
    names = [c.name for c in table.tableColumns]
    assert names[:4] == ["Group", "Mean", "mean (2)", "–"]
    assert len({n.casefold() for n in names}) == 6
    assert max(map(len, names)) <= LONGEST_HEADING
    assert [c.value for c in book["Table 1"][table.ref][0]] == names


def test_a_text_longer_than_a_cell_is_cut_not_lost(sheet: Page) -> None:
    book = opened(sheet, grid(Line("x" * (LONGEST_TEXT + 9), (Cell("1"),))))
    assert len(book["Table 1"]["A6"].value) == LONGEST_TEXT


def test_sheets_are_found_from_the_contents_and_marked(sheet: Page) -> None:
    book = opened(sheet, grid(Line("Men", (Cell("1"),))), grid(Line("Women", (Cell("2"),))))
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Table 1", "Table 2"]
    assert [[c.value for c in row] for row in book["Contents"]["A5:C6"]] == [
        ["Table 1", "Chapter one", "Means"], ["Table 2", "Chapter one", "Means"],
    ]  # fmt: skip
    assert book["Contents"]["A6"].hyperlink.location == "'Table 2'!A1"
    for made in book.worksheets:
        assert "Synthetic data" in [made.cell(row, 1).value for row in range(1, 5)]
        assert made.oddHeader.left.text.endswith("Synthetic data")
    assert {"[c]", "[u]", "[x]"} <= {cell.value for cell in book["Notes"]["A"]}


def test_a_real_wave_bears_no_mark() -> None:
    book = opened(page(report_release.release(synthetic=False), "en"), grid(Line("Men", (Cell("1"),))))
    assert not [c for made in book.worksheets for row in made.iter_rows() for c in row if c.value == "Synthetic data"]


def test_every_language_gives_names_that_excel_takes() -> None:
    for language in ("id", "en", "xx"):
        names = opened(page(report_release.release(), language), grid(), grid(Line("a", (Cell("1"),)))).sheetnames
        assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_the_file_holds_no_clock(sheet: Page) -> None:
    made = [workbook(sheet, [grid(Line("Men", (stacked(sheet),)))]) for _ in range(2)]
    assert made[0] == made[1]
    with ZipFile(BytesIO(made[0])) as held:
        assert {info.date_time[0] for info in held.infolist()} == {1980}
    assert openpyxl.load_workbook(BytesIO(made[0])).properties.created.year == 2000


def test_tables_come_in_the_order_of_the_page() -> None:
    one, two, three = (Table(name, name, ("a",), ()) for name in "123")
    drawn = Figure("f", "f", "alt", b"", two), Figure("g", "g", "alt", b"", one, own_table=False)
    found = tables((Section("s", "S", (one, *drawn, Fold("more", (three,)))),))
    assert [(chapter, table.name) for chapter, table in found] == [("S", "1"), ("S", "2"), ("S", "3")]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    ("value", "digits", "known"), [(1234567.891, 2, 1234567.89), (-0.004, 2, 0.0), (2.125, 2, 2.12), (0, 0, 0)]
)
def test_a_numeral_knows_what_it_says(language: str, value: float, digits: int, known: float) -> None:
    text = translator(language).number(value, digits)
    assert isinstance(text, Numeral)
    assert (text.value, text.digits, text.percent) == (known, digits, False)


def test_a_span_knows_its_ends_and_their_sign() -> None:
    text = translator("id").span(-0.1234, 0.2, 1, percent=True)
    assert text == "−12,3 sampai 20,0\N{NO-BREAK SPACE}%"
    assert isinstance(text, Span)
    assert [(end.value, end.percent) for end in text.ends] == [(-0.123, True), (0.2, True)]
    assert translator("id").span(None, 0.2) == ""

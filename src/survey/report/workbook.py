"""The report's tables as an Excel workbook: a cover, contents, notes, then one sheet a table of the page.

The sheets follow the UK Government Statistical Service's rules for spreadsheets: one marked-up table each,
one header row, no merged cell, a number is a number, ``[c]``, ``[u]`` and ``[x]`` are explained. gptables,
which writes such workbooks, knows neither a number format a cell nor cells of signs alone, so XlsxWriter does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from survey.report.blocks import Block, Cell, Line, Table, tables
from survey.report.locale import Numeral, Span
from survey.report.tables import MEANINGS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from survey.report.page import Page

#: A workbook holds the date of its making; it is the same on every run.
CREATED = datetime(2000, 1, 1)
#: What Excel takes: characters of a sheet's name, of a table's heading and of any cell.
LONGEST_NAME, LONGEST_HEADING, LONGEST_TEXT = 31, 255, 32_767
#: Characters of the narrowest and widest columns.
NARROW, WIDE = 11, 56
#: Points of a line of text.
LINE = 15
#: A cell that begins so becomes a formula when someone edits it, unless it is marked as text.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet and its cells, one a row."""

    heading: str
    cells: tuple[str, ...]


def workbook(page: Page, parts: Sequence[Block]) -> bytes:
    """Every table of the report, the appendix's too; the same bytes for the same report."""
    from xlsxwriter import Workbook

    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        _Writer(book, page).write(list(tables(parts)))
    return out.getvalue()


def columns(page: Page, table: Table) -> list[Column]:
    """The table with one fact a cell: headings between rows, intervals, bases and marks are columns of their own."""
    headed = list(_under_headings(table.lines))
    width = len(table.columns) - 1
    rows = [(*line.cells, *[Cell()] * (width - len(line.cells))) for _, line in headed]
    made = [Column(table.columns[0], tuple(line.header for _, line in headed))]
    if any(heading for heading, _ in headed):
        made.insert(0, Column(page.t("Part"), tuple(heading for heading, _ in headed)))
    for k, name in enumerate(table.columns[1:]):
        made += _spread(page, name, [row[k] for row in rows])
    return list(_named_apart(made))


def _under_headings(lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """Rows with cells, each with the last heading above it."""
    heading = ""
    for line in lines:
        if line.cells:
            yield heading, line
        else:
            heading = line.header


def _spread(page: Page, name: str, cells: Sequence[Cell]) -> Iterator[Column]:
    """One column of a page as columns of single facts, only those that occur."""
    t = page.t
    if any(isinstance(cell.text, Span) for cell in cells):
        yield from _ends(page, name, [cell.text for cell in cells])
    else:
        yield Column(name, tuple(_words(cell) or cell.mark for cell in cells))
    marks = tuple(cell.mark if cell.text else "" for cell in cells)
    if any(marks):
        yield Column(t("{name}: mark", name=name), marks)
    spans = [_detail(cell, Span) for cell in cells]
    if any(spans):
        yield from _ends(page, t("{name}: {level} interval", name=name, level=page.confidence), spans)
    counts = tuple(_detail(cell, Numeral) for cell in cells)
    if any(counts):
        yield Column(t("{name}: respondents (n)", name=name), counts)


def _ends(page: Page, name: str, spans: Sequence[str]) -> Iterator[Column]:
    names = page.t("{name}, lower end", name=name), page.t("{name}, upper end", name=name)
    for k, heading in enumerate(names):
        yield Column(heading, tuple(span.ends[k] if isinstance(span, Span) else span for span in spans))


def _words(cell: Cell) -> str:
    """The text of a cell with the words below it; numbers below it have columns of their own."""
    below = [d for d in cell.details if not isinstance(d, Span | Numeral)]
    return "; ".join((cell.text, *below)) if below else cell.text


def _detail(cell: Cell, kind: type[str]) -> str:
    return next((d for d in cell.details if isinstance(d, kind)), "")


def _named_apart(made: Sequence[Column]) -> Iterator[Column]:
    """Excel repairs a table whose headings are empty, too long, or equal but for their capitals."""
    seen: dict[str, int] = {}
    for column in made:
        name = column.heading[: LONGEST_HEADING - 5].strip() or "–"
        seen[name.casefold()] = times = seen.get(name.casefold(), 0) + 1
        yield Column(name if times == 1 else f"{name} ({times})", column.cells)


class _Writer:
    """One workbook being written: its formats and its sheets."""

    def __init__(self, book: Workbook, page: Page) -> None:
        self.book, self.page, self.t = book, page, page.t
        self.mark = page.t("Synthetic data") if page.release.wave.synthetic else ""
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        book.set_properties({"title": page.title, "subject": page.wave_label, "created": CREATED})

    def write(self, found: Sequence[tuple[str, Table]]) -> None:
        t = self.t
        names = [t("Cover"), t("Contents"), t("Notes")]
        names += [t("Table {number}.", number=t.number(k)).rstrip(".") for k in range(1, len(found) + 1)]
        sheets = [self._sheet(name) for name in _sheet_names(names)]
        self._cover(sheets[0], sheets[1:3], len(found))
        self._contents(sheets[1], sheets[3:], found)
        self._notes(sheets[2])
        for sheet, name, (_, table) in zip(sheets[3:], names[3:], found, strict=True):
            notes = [*table.notes, *table.legend]
            top = self._head(sheet, f"{name}. {table.caption}", notes, sheets[1])
            self._grid(sheet, top, columns(self.page, table))

    def _sheet(self, name: str) -> Worksheet:
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        foot = f"{self.page.title} · {self.page.wave_label}".replace("&", "&&")[:200]
        sheet.set_footer(f"&L&8{foot}&R&8&P / &N")
        if self.mark:
            sheet.set_header(f"&L&8{self.mark}")
        return sheet

    def _head(self, sheet: Worksheet, title: str, said: Sequence[str], contents: Worksheet | None) -> int:
        """Title, study and wave, the synthetic mark, remarks, the way back; the row below them."""
        self._put(sheet, 0, 0, title, bold=True, font_size=14, font_color="#12436d")
        lines = [f"{self.page.title} – {self.page.wave_label}", *([self.mark] if self.mark else []), *said]
        for row, text in enumerate(lines, start=1):
            self._put(sheet, row, 0, text, bold=text is self.mark)
        if contents is None:
            return len(lines) + 1
        self._link(sheet, len(lines) + 1, contents.get_name(), self.t("Back to the contents"))
        return len(lines) + 2

    def _cover(self, sheet: Worksheet, links: Sequence[Worksheet], n: int) -> None:
        t, wave = self.t, self.page.release.wave
        said = [t("The answers were generated by a computer. They say nothing about real people.")] if self.mark else []
        if wave.collected:
            said.append(t("Fieldwork: {period}", period=t.period(*wave.collected)))
        said.append(t.plural("{n} table, numbered as in the report.", "{n} tables, numbered as in the report.", n))
        row = self._head(sheet, t("Tables of the report"), said, None)
        for k, linked in enumerate(links):
            self._link(sheet, row + k, linked.get_name())
        sheet.set_column(0, 0, 2 * WIDE)

    def _contents(self, sheet: Worksheet, sheets: Sequence[Worksheet], found: Sequence[tuple[str, Table]]) -> None:
        t = self.t
        row = self._head(sheet, t("Contents"), [], None)
        chapters, captions = [c for c, _ in found], [table.caption for _, table in found]
        names = [s.get_name() for s in sheets]
        made = [(t("Sheet"), names), (t("Chapter"), chapters), (t("Table"), captions)]
        self._grid(sheet, row, [Column(heading, tuple(cells)) for heading, cells in made])
        for k, name in enumerate(names, start=1):
            self._link(sheet, row + k, name, **_CELL)

    def _notes(self, sheet: Worksheet) -> None:
        t = self.t
        said = [t("Numbers are rounded as in the report; estimates.csv holds them with all their digits.")]
        row = self._head(sheet, t("Notes"), said, None)
        meanings = tuple(t(text).removeprefix(sign).strip() for sign, text in MEANINGS.items())
        self._grid(sheet, row, [Column(t("Sign"), tuple(MEANINGS)), Column(t("Meaning"), meanings)])

    def _grid(self, sheet: Worksheet, top: int, made: Sequence[Column]) -> None:
        """The table below its head, marked up as one, with its heading in view and on every printed page."""
        height = max((len(column.cells) for column in made), default=0)
        heads = [
            {"header": c.heading, "header_format": self._format(**_HEADING, **_guard(c.heading), align=_side(c))}
            for c in made
        ]
        if height:
            options = {"columns": heads, "autofilter": False, "style": None, "name": f"table_{sheet.index + 1}"}
            sheet.add_table(top, 0, top + height, len(made) - 1, options)
        widths = [_width(column) for column in made]
        for k, column in enumerate(made):
            sheet.set_column(k, k, widths[k])
            for row, text in enumerate(column.cells, start=top + 1):
                self._put(sheet, row, k, text, **_CELL)
        rows = [[c.heading for c in made], *zip(*(c.cells for c in made), strict=True)]
        for row, texts in enumerate(rows, start=top):
            # LibreOffice shows one line of a wrapped cell unless its row says how high it is.
            needed = max(map(_line_count, texts, widths), default=1)
            if needed > 1:
                sheet.set_row(row, LINE * needed)
        sheet.freeze_panes(top + 1, 1)
        sheet.repeat_rows(top)

    def _put(self, sheet: Worksheet, row: int, column: int, text: str, **look: Any) -> None:
        """A number as a number with the decimals of the page, anything else as text, whatever it begins with."""
        if isinstance(text, Numeral):
            decimals = "." + "0" * text.digits if text.digits else ""
            form = f"0{decimals}%" if text.percent else f"#,##0{decimals}"
            sheet.write_number(row, column, text.value, self._format(num_format=form, **look))
        elif text:
            sheet.write_string(row, column, text[:LONGEST_TEXT], self._format(**look, **_guard(text)))
        elif look:
            sheet.write_blank(row, column, None, self._format(**look))

    def _link(self, sheet: Worksheet, row: int, to: str, text: str = "", **look: Any) -> None:
        """A way to the sheet of that name."""
        look = {**look, "font_color": "#12436d", "underline": 1}
        sheet.write_url(row, 0, f"internal:'{to}'!A1", self._format(**look), text or to)

    def _format(self, **look: Any) -> Format:
        """The format of that look; a workbook holds each once."""
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(look)
        return self._formats[key]


_CELL: dict[str, Any] = {"bottom": 1, "bottom_color": "#d5dae0", "valign": "top", "text_wrap": True}
_HEADING: dict[str, Any] = {"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"}


def _guard(text: str) -> dict[str, bool]:
    return {"quote_prefix": True} if text.startswith(FORMULA) else {}


def _side(column: Column) -> str:
    return "right" if any(isinstance(text, Numeral) for text in column.cells) else "left"


def _width(column: Column) -> int:
    longest = max((len(text) for text in column.cells), default=0)
    return min(max(longest + 1, len(column.heading) // 3, NARROW), WIDE)


def _line_count(text: str, width: int) -> int:
    return len(wrap(text, width))


def _sheet_names(names: Sequence[str]) -> list[str]:
    """The names as Excel takes them: short, different but for capitals, without its signs."""
    signs = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
    taken: list[str] = []
    for k, name in enumerate(names):
        short = name.translate(signs).strip()[:LONGEST_NAME] or str(k)
        known = {n.casefold() for n in taken}
        taken.append(short if short.casefold() not in known else f"{short[: LONGEST_NAME - 6]} ({k})")
    return taken

"""Tables read back from the files of a report, each as rows of cell texts, and numbers read from such texts."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import docx
import html5lib
import openpyxl
import pikepdf

Rows = list[list[str]]
NUMBERED = re.compile(r"(Table|Tabel) \d+\.")


def plain(text: str) -> str:
    """The text with single spaces, without what only guides line breaks."""
    return " ".join(text.replace("\N{WORD JOINER}", "").split())


def html_tables(page: bytes) -> list[Rows]:
    root = html5lib.HTMLParser(namespaceHTMLElements=False).parse(page.decode())
    return [[[_html_text(c) for c in row if c.tag in ("th", "td")] for row in t.iter("tr")] for t in root.iter("table")]


def html_captioned(page: bytes, without: str = "") -> dict[str, Rows]:
    """Tables by their caption, which holds their number; `without` is the id of a section that is passed over."""
    root = html5lib.HTMLParser(namespaceHTMLElements=False).parse(page.decode())
    left_out = (
        {t for s in root.iter("section") if s.get("id") == without for t in s.iter("table")} if without else set()
    )
    return {
        squeezed(plain("".join(t.find("caption").itertext()))): [
            [_html_text(c) for c in row if c.tag in ("th", "td")] for row in t.iter("tr")
        ]
        for t in root.iter("table")
        if t not in left_out
    }


def squeezed(text: str) -> str:
    """The text without spaces and hyphens, which typesetting adds."""
    return "".join(text.replace("-", "").split())


def _html_text(cell: Any) -> str:
    for small in cell.iter("small"):
        small.text = f" {small.text or ''}"
    return plain("".join(cell.itertext()))


def docx_tables(document: bytes) -> list[Rows]:
    found = docx.Document(BytesIO(document)).tables
    return [[[plain(cell.text) for cell in row.cells] for row in table.rows] for table in found]


def docx_captioned(document: bytes) -> dict[str, Rows]:
    """Tables by the caption in the paragraph before them; key facts have none."""
    made = docx.Document(BytesIO(document))
    held, before, found = iter(made.tables), "", {}
    for element in made.element.body.iterchildren():
        if element.tag.endswith("}tbl"):
            # A merged cell stands once in the document and once a column in python-docx.
            rows = [[plain(c.text) for c in {id(c._tc): c for c in row.cells}.values()] for row in next(held).rows]
            found |= {squeezed(before): rows} if NUMBERED.match(before) else {}
        before = plain("".join(t.text or "" for t in element.iter() if t.tag.endswith("}t")))
    return found


def pdf_captioned(document: bytes) -> dict[str, Rows]:
    """Tables by their tagged caption; key facts have none."""
    with pikepdf.open(BytesIO(document)) as pdf:
        texts = {page.obj.objgen: _marked(page) for page in pdf.pages}
        found, before = {}, ""
        for element in elements(pdf, "/Caption", "/Table"):
            inner = _inside(element, "/Caption")
            if str(element.S) == "/Caption" or inner:
                before = plain(_tagged(inner[0] if inner else element, texts))
            if str(element.S) == "/Table" and NUMBERED.match(before):
                rows = [[plain(_tagged(c, texts)) for c in _inside(r, "/TH", "/TD")] for r in _inside(element, "/TR")]
                found[squeezed(before)] = rows
                before = ""
        return found


def elements(pdf: pikepdf.Pdf, *kinds: str) -> list[Any]:
    """Tagged elements of those kinds, in reading order."""
    return _inside(pdf.Root.StructTreeRoot, *kinds)


def _inside(element: Any, *kinds: str) -> list[Any]:
    found = []
    for kid in _kids(element):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += [kid] if str(kid.S) in kinds else _inside(kid, *kinds)
    return found


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _tagged(element: Any, texts: dict[Any, dict[int, str]]) -> str:
    said = []
    for kid in _kids(element):
        if isinstance(kid, pikepdf.Dictionary):
            if "/MCID" in kid:
                said.append(texts[(kid.get("/Pg") or element.Pg).objgen].get(int(kid.MCID), ""))
            else:
                said.append(_tagged(kid, texts))
        else:
            said.append(texts[element.Pg.objgen].get(int(kid), ""))
    return " ".join(said)


def _marked(page: pikepdf.Page) -> dict[int, str]:
    """Text of a page by its marks; what has none, such as heads and feet of pages, under -1."""
    maps = {name: _characters(font) for name, font in (page.resources.get("/Font") or {}).items()}
    found: dict[int, str] = {}
    marks, replaced, font = [-1], [False], ""
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "BDC":
                more = operands[1] if isinstance(operands[1], pikepdf.Dictionary) else {}
                # A span inside a marked piece belongs to it; its own words stand for its glyphs.
                marks.append(int(more["/MCID"]) if "/MCID" in more else marks[-1])
                found[marks[-1]] = found.get(marks[-1], "") + str(more.get("/ActualText", ""))
                replaced.append("/ActualText" in more)
            case "BMC":
                marks.append(-1)
                replaced.append(False)
            case "EMC":
                marks.pop()
                replaced.pop()
            case "Tf":
                font = str(operands[0])
            case "Tm" | "Td" | "T*":
                found[marks[-1]] = found.get(marks[-1], "") + " "
            case "Tj" | "TJ" if not any(replaced):
                pieces = operands[0] if str(operator) == "TJ" else [operands[0]]
                codes = b"".join(bytes(p) for p in pieces if isinstance(p, pikepdf.String))
                said = "".join(maps[font].get(codes[k : k + 2], "") for k in range(0, len(codes), 2))
                found[marks[-1]] = found.get(marks[-1], "") + said
    return found


def pdf_text(document: bytes) -> str:
    with pikepdf.open(BytesIO(document)) as pdf:
        return " ".join(text for page in pdf.pages for text in _marked(page).values())


def _characters(font: Any) -> dict[bytes, str]:
    """Characters of a font's codes, by its map for readers."""
    table = font.ToUnicode.read_bytes().decode("latin-1")
    chars = [pair for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.S)
             for pair in re.findall(r"<(\w+)>\s*<(\w+)>", block)]  # fmt: skip
    found = {bytes.fromhex(code): bytes.fromhex(text).decode("utf-16-be") for code, text in chars}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.S):
        for low, high, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for k in range(int(high, 16) - int(low, 16) + 1):
                found[(int(low, 16) + k).to_bytes(len(low) // 2, "big")] = chr(int(text, 16) + k)
    return found


def sheets(workbook: bytes) -> list[tuple[str, list[list[Any]]]]:
    """Heading and table of every sheet after cover, contents and notes; cells as openpyxl reads them."""
    book = openpyxl.load_workbook(BytesIO(workbook))
    made = []
    for sheet in book.worksheets[3:]:
        (area,) = (t.ref for t in sheet.tables.values())
        made.append((sheet["A1"].value, [list(row) for row in sheet[area]]))
    return made


def numbers(text: str, decimal: str) -> list[float]:
    """The numbers in a text, percentages as they are written."""
    group = "." if decimal == "," else ","
    found = re.findall(rf"\N{{MINUS SIGN}}?\d+(?:\{group}\d{{3}})*(?:\{decimal}\d+)?", text)
    return [float(f.replace(group, "").replace(decimal, ".").replace("\N{MINUS SIGN}", "-")) for f in found]

"""One released table for other people's documents: LaTeX with booktabs, and Word.

The layout is that of the APA's manual: a number and a title above, three lines across, no lines down, a
note below. A further format is one function of a `Printed` and one line in `WRITERS`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

#: Word documents hold a date of their making; it is the same on every run.
EPOCH = 946_684_800

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
        '"': r"\textquotedbl{}", "`": r"\textasciigrave{}", "|": r"\textbar{}", "\N{NO-BREAK SPACE}": "~",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Printed:
    """A table as it is read: texts only.

    Attributes
    ----------
    lines : one text a column each; a line of one text is a heading over those below it
    words : columns that hold words, not numbers; the first always does
    label : "Table" in the reader's language; `note` introduces the notes
    """

    name: str
    label: str
    caption: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    words: frozenset[int]
    note: str
    notes: tuple[str, ...]
    language: str


def latex(table: Printed) -> bytes:
    r"""A ``table`` environment; the document needs ``\usepackage{booktabs}`` and a font encoding such as T1."""
    width = len(table.columns)
    sides = "".join("l" if _words(table, k) else "r" for k in range(width))
    body = [
        rf"\multicolumn{{{width}}}{{l}}{{\textit{{{_tex(line[0])}}}}} \\" if len(line) == 1 else _row(line)
        for line in table.lines
    ]
    notes = " ".join(map(_tex, table.notes))
    below = [rf"\par\smallskip\footnotesize\raggedright \textit{{{_tex(table.note)}}} {notes}"] if notes else []
    rows = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{_tex(table.caption)}}}",
        rf"\begin{{tabular}}{{@{{}}{sides}@{{}}}}",
        r"\toprule",
        _row(table.columns),
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        *below,
        r"\end{table}",
    ]
    return ("\n".join(rows) + "\n").encode()


def _row(cells: tuple[str, ...]) -> str:
    # A row that begins with a bracket or a star would be read as an argument of the line break before it.
    guard = "{}" if cells[0][:1] in ("[", "*") else ""
    return guard + " & ".join(map(_tex, cells)) + r" \\"


def _tex(text: str) -> str:
    return "".join(c for c in " ".join(text.splitlines()) if c.isprintable() or c == "\N{NO-BREAK SPACE}").translate(
        _LATEX
    )


def docx(table: Printed) -> bytes:
    """A Word document that holds the table alone."""
    import pypandoc

    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "LC_ALL": "C.UTF-8"}
    command = [
        str(Path(pypandoc.__file__).parent / "files" / "pandoc"),
        "--from=html",
        "--to=docx",
        "--quiet",
        "--output=-",
    ]
    done = subprocess.run(command, input=_html(table).encode(), capture_output=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"pandoc: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _html(table: Printed) -> str:
    def cell(tag: str, text: str, k: int) -> str:
        side = "left" if _words(table, k) else "right"
        return f'<{tag} style="text-align: {side}">{escape(text)}</{tag}>'

    head = "".join(cell("th", name, k) for k, name in enumerate(table.columns))
    body = []
    for line in table.lines:
        filled = (*line, *[""] * (len(table.columns) - len(line)))
        texts = "".join(cell("td", text, k) for k, text in enumerate(filled))
        if len(line) == 1:
            texts = texts.replace(escape(line[0]), f"<em>{escape(line[0])}</em>", 1)
        body.append(f"<tr>{texts}</tr>")
    notes = f"<p><em>{escape(table.note)}</em> {escape(' '.join(table.notes))}</p>" if table.notes else ""
    title = f"<p><strong>{escape(table.label)} 1</strong></p><p><em>{escape(table.caption)}</em></p>"
    return (
        f'<html lang="{escape(table.language)}"><head><meta charset="utf-8"><title></title></head><body>{title}'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{notes}</body></html>"
    )


def _words(table: Printed, column: int) -> bool:
    return column == 0 or column in table.words


WRITERS: dict[str, Callable[[Printed], bytes]] = {"latex": latex, "docx": docx}
SUFFIXES = {"latex": "tex", "docx": "docx", "csv": "csv"}

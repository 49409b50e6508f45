"""Coded interviews written for tests: a codebook, documents, and their files in both forms."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from survey.core.interviews import SEGMENT_COLUMNS, CodebookEntry
from survey.core.qualitative import QualitativeSpec
from survey.exchange import refi

BOOK = (
    CodebookEntry("Faktor", "Faktor", None, "Kerangka", usable=False),
    CodebookEntry("akses", "Faktor", "Faktor", "Mudah <atau> sulit"),
    CodebookEntry("biaya", "Faktor", "Faktor"),
    CodebookEntry("jaringan", "Faktor", "Faktor"),
)
TEXT = "Aplikasi sulit dibuka. Kuota mahal & sinyal lemah. Hubungi 0812-3456-7890 saja."


def document(
    name: str, codings: Sequence[tuple[int, int, str, str]], stage: str = "awal", year: int = 2020
) -> refi.Document:
    """A document of `TEXT`; codings are (start, end, coder, codes separated by spaces)."""
    return refi.Document(
        name, TEXT, stage, year, tuple(refi.Coding(a, b, who, tuple(c.split())) for a, b, who, c in codings)
    )


DOCUMENTS = (
    document("W1", [(0, 22, "Ani", "akses"), (0, 22, "Budi", "akses"), (23, 50, "Ani", "biaya jaringan"), (23, 40, "Budi", "biaya")]),
    document("W2", [(0, 22, "Ani", "akses"), (0, 22, "Budi", "biaya"), (51, 79, "Ani", "akses"), (51, 79, "Budi", "akses")], "akhir", 2022),
)  # fmt: skip


def rows(documents: Sequence[refi.Document] = DOCUMENTS) -> list[list[str]]:
    """Lines of the CSV, its header first."""
    lines = [
        [d.name, d.stage, str(d.year), code, c.coder, str(c.start), str(c.end), d.text[c.start : c.end]]
        for d in documents
        for c in d.codings
        for code in c.codes
    ]
    return [[*SEGMENT_COLUMNS], *lines]


def csv_text(lines: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def write(folder: Path) -> QualitativeSpec:
    """The files ``c.qdc``, ``i.qdpx`` and ``i.csv`` in a folder, and what study.yaml would say of them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "c.qdc").write_bytes(refi.codebook(BOOK))
    (folder / "i.qdpx").write_bytes(refi.project("Uji", BOOK, DOCUMENTS))
    (folder / "i.csv").write_text(csv_text(rows()), encoding="utf-8")
    return QualitativeSpec("i.qdpx", ("c.qdc",))

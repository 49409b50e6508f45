"""A small study that is right in everything, and the ways of writing its answers to a file.

Every test breaks one thing of it. Its private cells are unlike anything a message may say.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from pathlib import Path

WAVE, OTHER_WAVE = "2025", "2023"
RAW = f"data/raw/{WAVE}/responses.csv"
OTHER_RAW = f"data/raw/{OTHER_WAVE}/responses.csv"
MARGINS = "data/raw/margins.csv"
SEED = 20250801
RESPONDENTS = 60
#: Rows of respondents who refuse: positions among the answers and rows of the file differ from there on.
REFUSERS = (5, 40)
#: Three of the 58 who agree are more than 5 % of a column's answers.
THREE_ROWS = (4, 17, 52)

STUDY = """\
format: 1
study: uji-ketahanan
title: {id: Survei Uji, en: Test Survey}
languages: [id, en]
instrument: instrument.yaml
waves:
  "2023": {source: data/raw/2023/responses.csv}
  "2025": {source: data/raw/2025/responses.csv, synthetic: true}
design:
  weight: bobot
  stratum: kec
  psu: rt
margins: data/raw/margins.csv
groups: [jk]
seed: 7
analyses: [describe, dont_know, indicators]
"""

INSTRUMENT = """\
format: 1
scales:
  setuju5:
    type: ordinal
    codes:
      1: {id: Sangat tidak setuju, en: Strongly disagree}
      2: {id: Tidak setuju, en: Disagree}
      3: {id: Netral, en: Neutral}
      4: {id: Setuju, en: Agree}
      5: {id: Sangat setuju, en: Strongly agree}
questions:
  - {name: resp, type: text, role: id, text: {id: Nomor, en: Number}}
  - {name: nama, type: text, role: identifier, text: {id: Nama, en: Name}}
  - {name: izin, role: consent, text: {id: Bersedia, en: Consent}, codes: {1: {id: Ya, en: Yes}, 2: {id: Tidak, en: No}}}
  - {name: jk, text: {id: Jenis kelamin, en: Sex}, codes: {1: {id: Laki-laki, en: Male}, 2: {id: Perempuan, en: Female}}}
  - {name: umur, type: integer, min: 18, max: 99, text: {id: Umur, en: Age}}
  - {name: tgl, type: date, role: date, text: {id: Tanggal, en: Date}}
  - name: media
    type: multi
    separator: " "
    text: {id: Media, en: Media}
    codes: {1: {id: Koran, en: Newspaper}, 2: {id: Radio, en: Radio}, 3: {id: Televisi, en: Television}}
  - {name: puas, scale: setuju5, text: {id: Saya puas., en: I am content.}}
  - {name: so1, scale: setuju5, text: {id: Informasi mudah didapat., en: Information is easy to find.}}
  - {name: so2, scale: setuju5, text: {id: Keputusan dijelaskan., en: Decisions are explained.}}
  - {name: usul, type: text, role: open, text: {id: Usul, en: Suggestion}}
indicators:
  sosialisasi: {id: Sosialisasi, en: Socialization, items: [so1, so2]}
derived:
  - {name: muda, from: "umur < 30", type: binary, id: Muda, en: Young}
checks:
  - {id: K01, severity: error, rule: "year(tgl) >= 2020"}
"""

MARGINS_TEXT = """\
margin,dim1,kategori1,dim2,kategori2,jumlah,status
jk,jk,1,,,529000,official
jk,jk,2,,,531000,official
"""

COLUMNS = (
    "resp", "nama", "izin", "jk", "umur", "tgl", "media", "puas", "so1", "so2", "usul", "kec", "rt", "bobot",
)  # fmt: skip
#: Columns of which no message shows a cell.
PRIVATE = ("resp", "nama", "tgl", "usul", "bobot")
#: Columns that a spreadsheet holds as numbers.
CODED = ("izin", "jk", "umur", "puas", "so1", "so2", "kec", "rt", "bobot")


@dataclass
class Table:
    """A raw file cell by cell; rows are numbered as a spreadsheet does, the header being row 1."""

    lines: list[list[str]]

    @classmethod
    def drawn(cls, seed: int, year: str) -> Table:
        """Answers of `RESPONDENTS` people in three strata of four blocks."""
        draw = random.Random(seed)
        lines = [list(COLUMNS)]
        for i in range(RESPONDENTS):
            row, block = i + 2, i // 5
            lines.append(
                [
                    f"RZ{draw.randrange(10**6):06}Q",
                    f"Siti Rahasiawati{row} 0812{draw.randrange(10**8):08}",
                    "2" if row in REFUSERS else "1",
                    str(i % 2 + 1),
                    str(draw.randrange(18, 80)),
                    f"{year}-08-{draw.randrange(1, 29):02}",
                    " ".join(m for m in "123" if draw.random() < 0.5),
                    *(str(draw.randrange(1, 6)) for _ in range(3)),
                    f"tolong perbaiki gangmelati{row}",
                    str(block // 4 + 1),
                    str(block + 1),
                    f"{draw.uniform(1, 3):.4f}",
                ]
            )
        return cls(lines)

    @property
    def header(self) -> list[str]:
        return self.lines[0]

    def column(self, name: str) -> list[str]:
        """The cells below the header."""
        at = self.header.index(name)
        return [line[at] for line in self.lines[1:]]

    def put(self, column: str, cells: dict[int, str]) -> Table:
        """The same table after writing cells, by row."""
        at = self.header.index(column)
        for row, cell in cells.items():
            self.lines[row - 1][at] = cell
        return self

    def fill(self, column: str, cell: str) -> Table:
        """The same table with one value in a whole column."""
        return self.put(column, dict.fromkeys(range(2, len(self.lines) + 1), cell))

    def with_column(self, name: str, cell: str) -> Table:
        """The same table with another column of one value."""
        for line in self.lines:
            line.append(cell)
        self.header[-1] = name
        return self

    def rows_where(self, column: str, cell: str) -> list[int]:
        """Rows that hold a value, of respondents who agree."""
        rows = [row for row, found in enumerate(self.column(column), start=2) if found == cell]
        return [row for row in rows if row not in REFUSERS]

    def text(self) -> str:
        """As CSV."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(self.lines)
        return out.getvalue()

    def values(self) -> list[list[object]]:
        """As a spreadsheet holds them: codes are numbers, empty cells are None."""
        numeric = {self.header.index(name) for name in CODED}

        def value(at: int, cell: str) -> object:
            number = at in numeric and cell.replace(".", "", 1).isdigit()
            return None if cell == "" else float(cell) if number and "." in cell else int(cell) if number else cell

        return [list(self.header), *([value(at, c) for at, c in enumerate(line)] for line in self.lines[1:])]


def table() -> Table:
    """The file of `WAVE`."""
    return Table.drawn(SEED, WAVE)


def other_table() -> Table:
    """The file of `OTHER_WAVE`."""
    return Table.drawn(SEED + 1, OTHER_WAVE)


def private_cells() -> set[str]:
    """Cells of both files that no message may show."""
    return {cell for made in (table(), other_table()) for name in PRIVATE for cell in made.column(name)}


def write(folder: Path) -> Path:
    """The study in `folder`, which is made."""
    for name, text in {
        "study.yaml": STUDY,
        "instrument.yaml": INSTRUMENT,
        MARGINS: MARGINS_TEXT,
        RAW: table().text(),
        OTHER_RAW: other_table().text(),
    }.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return folder

"""One released table, written for other documents; it reads what was published and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from survey.core.study import TREND
from survey.errors import SurveyError, unknown_name
from survey.pipeline import stages
from survey.pipeline.draft import Draft
from survey.writing import encode

if TYPE_CHECKING:
    from survey.core.estimates import Release
    from survey.core.study import WaveSpec
    from survey.exchange.tables import Printed
    from survey.report.blocks import Cell, Table
    from survey.study import Study

#: Formats that a table is written in.
FORMATS = ("csv", "latex", "docx")
FOLDER = "exports"


def exported(
    study: Study, name: str, to: str, root: Path, wave: str | None = None, language: str | None = None
) -> dict[str, bytes]:
    """One table of a wave's release (by default the last wave's) as a file, by its path below the output root.

    Parameters
    ----------
    name : see `survey.report.single.single`
    to : one of `FORMATS`; rows of the estimates have all their digits in a csv, tables of the report are as printed
    wave : a wave of the study, or ``trend``

    Raises
    ------
    SurveyError
        If the format, the wave or the table does not exist, or the wave has not been estimated.
    """
    from survey.exchange.tables import SUFFIXES, WRITERS
    from survey.report.single import single

    if to not in FORMATS:
        raise SurveyError(unknown_name("format of a table", to, FORMATS))
    spec = _wave(study, wave)
    chosen = study.stages([language] if language else ())[2].name.partition(".")[2]
    release = stages.release(study, spec, Draft(study, spec, root).read)
    table = single(release, chosen, name)
    if to != "csv":
        content = WRITERS[to](_printed(table, chosen))
    else:
        content = _rows(release, name) if _names_rows(name) else _cells(table)
    file = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")
    return {f"{FOLDER}/{spec.name}/{file}.{chosen}.{SUFFIXES[to]}": content}


def _wave(study: Study, name: str | None) -> WaveSpec:
    if name == TREND:
        return study.spec.trend
    return study.waves([name])[0] if name else study.spec.waves[-1]


def _names_rows(name: str) -> bool:
    return ":" in name and not name.startswith("banner:")


def _rows(release: Release, name: str) -> bytes:
    """Rows of the estimates table as released, without columns that are empty in all of them."""
    analysis, measure, by = (*name.split(":"), "")[:3]
    rows = release.estimates
    here = (rows["analysis"] == analysis) & (rows["measure"].fillna("") == measure) & (rows["by"].fillna("") == by)
    return encode.csv(rows[here].dropna(axis="columns", how="all"))


def _cells(table: Table) -> bytes:
    """A table of the report, cell by cell as printed."""
    import pandas as pd

    width = len(table.columns)
    lines = [[line.header, *map(_text, line.cells)] for line in table.lines]
    padded = [line + [""] * (width - len(line)) for line in lines]
    return encode.csv(pd.DataFrame(padded, columns=list(table.columns), dtype="object"))


def _text(cell: Cell) -> str:
    """A cell in one line: what stands below its text follows in parentheses."""
    details = f"({'; '.join(cell.details)})" if cell.details else ""
    return " ".join(filter(None, [cell.text, details, cell.mark]))


def _printed(table: Table, language: str) -> Printed:
    from survey.exchange.tables import Printed
    from survey.report.single import around

    label, note = around(language)
    return Printed(
        name=table.name,
        label=label,
        caption=table.caption,
        columns=tuple(table.columns),
        lines=tuple((line.header, *map(_text, line.cells)) for line in table.lines),
        words=table.words,
        note=note,
        notes=(*table.notes, *table.legend),
        language=language,
    )

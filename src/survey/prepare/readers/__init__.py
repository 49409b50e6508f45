"""Readers of data files, one module a family of formats; a new format is one line here.

A reader takes a `Source` whose signature has been checked and returns a `Table` of text. Modules are
imported when a file of their format is read, so nobody pays for formats the study does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from survey.prepare.readers.source import Source, Table

#: Format → module of this package with a function ``read(source: Source) -> Table``.
READERS: dict[str, str] = {
    "csv": "delimited",
    "tsv": "delimited",
    "xlsx": "workbook",
    "sav": "spss",
    "zsav": "spss",
    "por": "spss",
    "dta": "stata",
    "parquet": "columnar",
}

#: Formats that study.yaml may name and no reader serves yet.
PLANNED = ("kobo", "limesurvey", "google_forms", "qualtrics", "surveymonkey")


def reader(format: str) -> Callable[[Source], Table]:
    """The function that reads files of a format listed in `READERS`."""
    read: Callable[[Source], Table] = import_module(f"{__name__}.{READERS[format]}").read
    return read

"""Delimited text: CSV and TSV, cell by cell as it is in the file."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd

from survey.errors import InputError
from survey.prepare.readers import encoding, header, records
from survey.prepare.readers.source import Source, Table

_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


def read(source: Source) -> Table:
    """Every cell as written; an empty cell is missing, the text ``NA`` is not.

    Row numbers count records and blank lines, as a spreadsheet does: a line break within quotes
    begins no row.
    """
    decoded = encoding.decode(source)
    delimiter = _delimiter(source, decoded.content)
    scan = records.scan(source, decoded.content, delimiter)
    head = header.read(source, scan.header, scan.header_at + 1)
    if problems := [*head.problems, *scan.problems]:
        raise InputError(problems)
    first = scan.header_at + 1
    kept = ~scan.blank[first:]
    if not kept.any():
        raise source.refusal("a header and no record below it", "answers")
    frame = _parsed(source, decoded.content, delimiter, scan).iloc[first:]
    frame.columns = pd.Index(head.names)
    frame = frame if kept.all() else frame[kept]  # a selection copies, a slice does not
    return Table(
        frame.reset_index(drop=True),
        pd.Index(np.flatnonzero(kept) + first + 1),
        decisions={
            "encoding": decoded.codec,
            "delimiter": _NAMES.get(delimiter, delimiter),
            "records": str(len(frame)),
            "blank_lines": str(int(scan.blank.sum())),
            **head.decisions,
        },
    )


def _delimiter(source: Source, content: bytes) -> str:
    if source.delimiter is not None:
        declared = {"tab": "\t", "\\t": "\t"}.get(source.delimiter, source.delimiter)
        if len(declared) != 1 or declared in '"\r\n':
            found = f"the delimiter {source.delimiter!r}"
            raise source.refusal(found, "a single character such as , ; | or tab", column="delimiter")
        return declared
    usual = "\t" if source.format == "tsv" else ","
    found = records.detect(content) or usual
    if source.format == "tsv" and found != usual:
        raise source.refusal(
            f"fields separated by a {_NAMES[found]}", "fields separated by tabs", "Declare `format: csv`."
        )
    return found


def _parsed(source: Source, content: bytes, delimiter: str, scan: records.Scan) -> pd.DataFrame:
    """Every line of the file, header and blank lines included, so that both counts must agree."""
    try:
        frame = pd.read_csv(
            BytesIO(content),
            sep=delimiter,
            header=None,
            names=list(range(len(scan.header))),
            index_col=False,  # else pandas takes surplus fields for an index
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            encoding="utf-8",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise source.refusal(
            "records that two parsers read differently", "RFC 4180", "Export the file again."
        ) from error
    if len(frame) != len(scan.lengths):
        found = f"{len(frame)} records by one parser and {len(scan.lengths)} by another"
        raise source.refusal(found, "one count", "Export the file again, with quotes doubled within quoted text.")
    return frame

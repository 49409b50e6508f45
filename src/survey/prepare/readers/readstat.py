"""What SPSS and Stata files share: the parser, and columns as text with their labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from survey.errors import InputError, Problem
from survey.prepare.readers import cells, header, rehearsal
from survey.prepare.readers.source import MAX_CELLS, Source, Table

#: A value of a column → its text.
Writer = Callable[[Any], str]


@dataclass(frozen=True)
class Parsed:
    """A file as the parser delivers it.

    Attributes
    ----------
    cases, declared : number of cases read, and of those that the header declares (0: unknown).
    columns : name → one value a case; None where it is system-missing. Dates are numbers.
    formats : name → display format, such as ``F8.2`` or ``%td``.
    types : name → storage type: ``string``, or one of numbers.
    labels : name → code → label.
    ranges : name → declared missing values as pairs of lowest and highest.
    """

    cases: int
    declared: int
    columns: Mapping[str, Sequence[Any]] = field(repr=False)
    formats: Mapping[str, str] = field(repr=False)
    types: Mapping[str, str] = field(repr=False)
    labels: Mapping[str, Mapping[Any, str]] = field(repr=False)
    ranges: Mapping[str, Sequence[tuple[Any, Any]]] = field(repr=False)
    encoding: str


def parse(source: Source, parser: str, content: bytes, options: Mapping[str, Any]) -> Parsed:
    """The cases of a file, by a function of pyreadstat.

    Raises
    ------
    InputError
        If the parser gives up, crashes or exceeds its limits.
    """
    import pyreadstat

    read = getattr(pyreadstat, parser)

    def parsed() -> Any:
        return read(BytesIO(content), disable_datetime_conversion=True, output_format="dict", **options)

    failed = rehearsal.failure(parsed)
    if failed is not None:
        raise _refusal(source, failed)
    try:
        columns, meta = parsed()
    except Exception as error:  # its own and any built-in error, none of them documented
        raise _refusal(source, str(error)) from error
    return Parsed(
        cases=max((len(values) for values in columns.values()), default=0),
        declared=meta.number_rows or 0,
        columns=columns,
        formats=meta.original_variable_types,
        types=meta.readstat_variable_types,
        labels=meta.variable_value_labels,
        ranges={name: [(r["lo"], r["hi"]) for r in ranges] for name, ranges in meta.missing_ranges.items()},
        encoding=meta.file_encoding or "",
    )


def refuse_size(source: Source, cases: int, columns: int) -> None:
    """Nothing, if a table of this size fits in memory."""
    if cases * columns > MAX_CELLS:
        found, expected = f"{cases} cases of {columns} columns", f"at most {MAX_CELLS} cells"
        raise source.refusal(found, expected, "Convert it to Parquet.")


def table(
    source: Source,
    parsed: Parsed,
    writers: Mapping[str, Writer],
    missing: Callable[[str, cells.Written], frozenset[str]],
) -> Table:
    """Every column as its writer writes it, the codes of its labels likewise.

    Parameters
    ----------
    missing : texts of a column's codes that the file declares missing.
    """
    head = header.read(source, list(parsed.columns), row=None)
    columns = {n: cells.written(np.array(values, dtype=object), writers[n]) for n, values in parsed.columns.items()}
    problems: list[Problem] = [*head.problems]
    for name, column in columns.items():
        cases = [position + 1 for position in column.unreadable]
        problems += source.unreadable(name, cases, "a date of the years 1 to 9999")
    if not parsed.cases:
        problems.append(source.problem("no case", "answers"))
    if problems:
        raise InputError(problems)
    declared = {name: missing(name, column) for name, column in columns.items()}
    encoding = {"encoding": parsed.encoding} if parsed.encoding else {}
    return Table(
        pd.DataFrame({name: column.cells for name, column in columns.items()}),
        pd.RangeIndex(1, parsed.cases + 1),
        labels={n: _labels(labels, writers[n]) for n, labels in parsed.labels.items() if n in columns and labels},
        missing={name: codes for name, codes in declared.items() if codes},
        decisions={**encoding, "records": str(parsed.cases), **head.decisions},
    )


def string(value: str) -> str:
    """A text without the blanks that pad it to its declared width."""
    return value.rstrip(" ")


def day(epoch: dt.datetime, length: dt.timedelta) -> Writer:
    """Writes a number of days or seconds since an epoch as a date; any time of day is dropped."""
    return lambda value: (epoch + float(value) * length).date().isoformat()


def moment(epoch: dt.datetime, length: dt.timedelta) -> Writer:
    """Writes a number of seconds or milliseconds since an epoch as date and time, to the millisecond."""
    millisecond = dt.timedelta(milliseconds=1)
    return lambda value: cells.moment(epoch + round(float(value) * (length / millisecond)) * millisecond)


def _labels(labels: Mapping[Any, str], write: Writer) -> dict[str, str]:
    """Code as text → label; a label of a date that does not exist labels no cell."""
    written: dict[str, str] = {}
    for code, label in labels.items():
        try:
            written[write(code)] = label
        except (OverflowError, ValueError):
            continue
    return written


def _refusal(source: Source, said: str) -> InputError:
    if "encoding" in said or "codec" in said:
        found, hint = "text that does not decode", "Declare the file's `encoding`."
    elif "rows" in said or "Unable to read" in said:
        found, hint = "a truncated file", "Export the data again."
    else:
        found, hint = "a corrupt file, or a feature that is not supported", "Export the data again."
    return source.refusal(found, f"a whole .{source.format} file", hint)

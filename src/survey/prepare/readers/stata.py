"""Stata files (dta), with value labels and the extended missing values ``.a`` to ``.z``."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np

from survey.prepare.readers import cells, readstat
from survey.prepare.readers.source import Source, Table

_EPOCH = dt.datetime(1960, 1, 1)
_DAY, _MILLISECOND = dt.timedelta(days=1), dt.timedelta(milliseconds=1)
#: Display formats of dates: ``%td`` (once ``%d``) and ``%tc``; weeks, months and years stay numbers.
_DATE = re.compile(r"%-?(?:t(?P<unit>[dcC])|d)(?P<detail>.*)")
_CLOCKS = frozenset({"HH:MM:SS", "HH:MM"})
_END = b"</stata_dta>"


def read(source: Source) -> Table:
    """Every case as text; extended missing values are the texts ``.a`` to ``.z``, named in `missing`."""
    if source.content.startswith(b"<stata_dta>") and not source.content.rstrip().endswith(_END):
        raise source.refusal("a truncated file", "a whole .dta file", "Export the data again.")
    parsed = readstat.parse(source, "read_dta", source.content, _options(source))
    writers = {name: _writer(parsed, name) for name in parsed.columns}

    def missing(name: str, column: cells.Written) -> frozenset[str]:
        if parsed.types.get(name) == "string":
            return frozenset()
        codes = [*column.texts, *parsed.labels.get(name, {})]
        return frozenset(writers[name](code) for code in codes if isinstance(code, str))

    return readstat.table(source, parsed, writers, missing)


def _options(source: Source) -> dict[str, Any]:
    """Options of the parser, once the header shows that the data fit in memory."""
    shape = readstat.parse(source, "read_dta", source.content, {"metadataonly": True, "encoding": source.encoding})
    readstat.refuse_size(source, shape.declared, len(shape.formats))
    return {"user_missing": True, "encoding": source.encoding}


def _writer(parsed: readstat.Parsed, name: str) -> readstat.Writer:
    if parsed.types.get(name) == "string":
        return readstat.string
    write = _number_writer(parsed.formats.get(name) or "", parsed.types.get(name, ""))
    return lambda value: f".{value}" if isinstance(value, str) else write(value)


def _number_writer(format: str, type: str) -> readstat.Writer:
    found = _DATE.fullmatch(format)
    if found is None:
        # a single-precision number has fewer digits than the double it is read into
        return (lambda value: cells.number(float(str(np.float32(value))))) if type == "float" else cells.number
    if found["unit"] in (None, "d"):
        return readstat.day(_EPOCH, _DAY)
    if found["detail"] in _CLOCKS:
        return lambda value: cells.duration(value / 1000)
    return readstat.moment(_EPOCH, _MILLISECOND)

"""SPSS files: sav, zsav and por, with value labels and declared missing values."""

from __future__ import annotations

import datetime as dt
import math
import re
import struct

from survey.prepare.readers import cells, readstat
from survey.prepare.readers.source import MAX_CELLS, Source, Table

_EPOCH = dt.datetime(1582, 10, 14)
_SECOND = dt.timedelta(seconds=1)
_WRITERS: dict[str, readstat.Writer] = {
    **dict.fromkeys(("DATE", "ADATE", "EDATE", "JDATE", "SDATE"), readstat.day(_EPOCH, _SECOND)),
    **dict.fromkeys(("QYR", "MOYR", "WKYR"), readstat.day(_EPOCH, _SECOND)),  # the first day of the period
    **dict.fromkeys(("DATETIME", "YMDHMS"), readstat.moment(_EPOCH, _SECOND)),
    **dict.fromkeys(("TIME", "DTIME", "MTIME"), cells.duration),
}

#: Header of a .sav: a number that shows the byte order, then units of 8 bytes a case, count of cases.
_LAYOUT, _UNITS, _CASES = 64, 68, 80
_UNCOUNTED = -1


def read(source: Source) -> Table:
    """Every case as text; declared missing values stay in the cells and are named in `missing`.

    A portable file keeps its upper-case names and has no declared missing values.
    """
    parsed = _portable(source) if source.format == "por" else _system(source)
    writers = {name: _writer(parsed, name) for name in parsed.columns}

    def missing(name: str, column: cells.Written) -> frozenset[str]:
        return _missing(parsed, name, column, writers[name])

    return readstat.table(source, parsed, writers, missing)


def _portable(source: Source) -> readstat.Parsed:
    return readstat.parse(source, "read_por", source.content, {})


def _system(source: Source) -> readstat.Parsed:
    """All cases there are, which must be as many as the header says.

    ReadStat stops at the header's count and would leave further cases unread without a word; where
    the count is unknown it reads to the end.
    """
    content = source.content.ljust(_CASES + 4, b"\0")
    order = "<" if struct.unpack_from("<i", content, _LAYOUT)[0] in (2, 3) else ">"
    units, declared = (struct.unpack_from(f"{order}i", content, at)[0] for at in (_UNITS, _CASES))
    readstat.refuse_size(source, max(declared, 0), max(units, 1))
    limit = declared + 1 if declared >= 0 else MAX_CELLS // max(units, 1)
    uncounted = content[:_CASES] + struct.pack(f"{order}i", _UNCOUNTED) + content[_CASES + 4 :]
    options = {"user_missing": True, "encoding": source.encoding, "row_limit": limit}
    parsed = readstat.parse(source, "read_sav", uncounted, options)
    if declared >= 0 and parsed.cases != declared:
        found = "more cases than" if parsed.cases > declared else f"{parsed.cases} cases instead of"
        raise source.refusal(f"{found} the {declared} of its header", "a whole file", "Export the data again.")
    return parsed


def _writer(parsed: readstat.Parsed, name: str) -> readstat.Writer:
    if parsed.types.get(name) == "string":
        return readstat.string
    kind = re.match(r"[A-Z]*", parsed.formats.get(name) or "")
    return _WRITERS.get(kind.group() if kind else "", cells.number)


def _missing(parsed: readstat.Parsed, name: str, column: cells.Written, write: readstat.Writer) -> frozenset[str]:
    """Texts of the declared missing values: each single one, and of a range those that occur."""
    texts: set[str] = set()
    for low, high in parsed.ranges.get(name, ()):
        if isinstance(low, str) or isinstance(high, str):
            low, high = str(low).rstrip(" "), str(high).rstrip(" ")
        texts |= {text for value, text in column.texts.items() if low <= value <= high}
        if low == high and (isinstance(low, str) or math.isfinite(low)):
            texts.add(write(low))
    return frozenset(texts)

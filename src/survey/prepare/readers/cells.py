"""Cells as text, alike from every format: ``1`` for 1.0, ``0.1`` for 0.1, ``2025-08-01`` for a date.

Each distinct value of a column is written once. A type of value that a format brings is one case of
`text`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

#: Beyond it not every whole number is a float, and digits that the file never held would appear.
_EXACT = 2.0**53


@dataclass(frozen=True)
class Written:
    """A column as text.

    Attributes
    ----------
    cells : (n,) text; missing where the value is missing or its text is empty.
    texts : distinct value → its text.
    unreadable : positions of the first occurrence of each value that no text can stand for.
    """

    cells: pd.Series = field(repr=False)
    texts: Mapping[Any, str] = field(repr=False)
    unreadable: tuple[int, ...] = ()


def number(value: float) -> str:
    """The shortest text that reads back as the same number; whole numbers without a decimal point."""
    if math.isfinite(value) and float(value).is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return str(value)


def date(value: dt.date) -> str:
    """``2025-08-01``, and ``2025-08-01T09:30:00`` where there is a time of day."""
    if not isinstance(value, dt.datetime):
        return value.isoformat()
    return value.date().isoformat() if value.time() == dt.time() else moment(value)


def moment(value: dt.datetime) -> str:
    """``2025-08-01T09:30:00``, midnight included; fractions of a second only where there are some."""
    return _trimmed(value.replace(tzinfo=None).isoformat())


def duration(seconds: float) -> str:
    """``09:30:00`` for a time of day or a length of time, which may exceed a day or be negative."""
    milliseconds = round(abs(seconds) * 1000)
    whole, fraction = divmod(milliseconds, 1000)
    hours, rest = divmod(whole, 3600)
    clock = f"{'-' if seconds < 0 else ''}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return _trimmed(f"{clock}.{fraction:03d}") if fraction else clock


def text(value: Any) -> str:
    """One value of a spreadsheet or a Parquet file as text; a logical value is 1 or 0."""
    match value:
        case str():
            return value
        case bool():
            return str(int(value))
        case int():
            return str(value)
        case float():
            return number(value)
        case Decimal():
            return str(int(value)) if value == value.to_integral_value() else format(value.normalize(), "f")
        case dt.datetime() | dt.date():
            return date(value)
        case dt.time():
            return _trimmed(value.replace(tzinfo=None).isoformat())
        case dt.timedelta():
            return duration(value.total_seconds())
    raise ValueError(f"no text for a value of type {type(value).__name__}")


def written(values: np.ndarray[Any, Any], write: Callable[[Any], str] = text) -> Written:
    """A column as text, each distinct value written once.

    Parameters
    ----------
    values : (n,) numbers, or objects in which None is missing.
    write : text of one value; an `OverflowError` or `ValueError` makes the value unreadable.
    """
    codes, distinct = pd.factorize(values)
    texts: dict[Any, str] = {}
    column: list[str | None] = []
    faults: list[int] = []
    for code, value in enumerate(distinct):
        try:
            texts[value] = write(value)
        except (OverflowError, ValueError):
            faults.append(int(np.argmax(codes == code)))
        column.append(texts.get(value) or None)
    column.append(None)  # where factorize says -1: missing
    cells = pd.Series(pd.array(column, dtype="str").take(codes))
    return Written(cells, texts, tuple(faults))


def emptied(cells: pd.Series) -> pd.Series:
    """The same text with empty cells missing."""
    return cells.mask(cells == "")


def _trimmed(clock: str) -> str:
    return clock.rstrip("0") if "." in clock else clock

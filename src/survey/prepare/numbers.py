"""Numbers and dates as people and spreadsheets write them, in Indonesian where a question says so.

Strict on purpose: `float` and `int` accept ``1_0``, ``３`` and ``1e999``; here only what a respondent
can have meant is a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[eE]([+-]?\d{1,2})", re.ASCII)
#: Beyond this a spreadsheet has already destroyed digits; what is left is an identifier, not an amount.
_LARGEST_EXPONENT = 11

_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", re.ASCII)
_COMMA = re.compile(r"\d+(?:,\d+)?", re.ASCII)
_RUPIAH = re.compile(r"^(?:rp\.?|idr)\s*", re.IGNORECASE)
_SCALE = re.compile(r"\s*(ribu|rb|juta|jt|miliar|milyar|triliun)\.?$", re.IGNORECASE)
_POWER = {"ribu": 3, "rb": 3, "juta": 6, "jt": 6, "miliar": 9, "milyar": 9, "triliun": 12}

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z]+")
_MONTHS = (
    ("januari", "jan", "january"), ("februari", "pebruari", "feb", "peb", "february"), ("maret", "mar", "mrt", "march"),
    ("april", "apr"), ("mei", "may"), ("juni", "jun", "june"), ("juli", "jul", "july"),
    ("agustus", "agt", "ags", "agu", "agust", "aug", "august"), ("september", "sep", "sept"),
    ("oktober", "okt", "oct", "october"), ("november", "nopember", "nov", "nop"),
    ("desember", "des", "dec", "december"),
)  # fmt: skip
_MONTH_NUMBER = {name: f"{number:02d}" for number, names in enumerate(_MONTHS, start=1) for name in names}


def plain_number(text: str) -> Decimal | None:
    """The number a text is with a decimal point and no thousands separator; None if it is not one."""
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific and abs(int(scientific[1])) <= _LARGEST_EXPONENT:
        return Decimal(text)
    return None


def indonesian_number(text: str) -> Decimal | None:
    """The number an Indonesian text is; None if it is not one.

    ``1.500`` is 1500, ``3,5`` is 3.5; ``Rp150rb``, ``150 ribu``, ``0,15 juta`` and ``Rp150.000,-`` are
    150000. A point that groups no thousands (``3.5``) is a decimal point.
    """
    scale = _SCALE.search(text)
    power = _POWER[scale[1].lower()] if scale else 0
    body = text[: scale.start()] if scale else text
    sign = "-" if body.startswith("-") else ""
    body = _RUPIAH.sub("", body.lstrip("+-")).removesuffix(",-").strip()
    if _GROUPED.fullmatch(body) or _COMMA.fullmatch(body):
        body = body.replace(".", "").replace(",", ".")
    elif not _PLAIN.fullmatch(body):
        return None
    return Decimal(sign + body).scaleb(power)


def number_text(number: Decimal) -> str:
    """A number as the audit writes it: no exponent, no trailing zeros."""
    if number == number.to_integral_value():
        return str(int(number))
    return format(number.normalize(), "f")


def read_date(text: str, formats: Sequence[str] = ()) -> date | None:
    """The day a text names: ISO, or one of `formats` with Indonesian or English months.

    None if it names no day, or a different one under two of the formats.
    """
    if iso := _ISO.fullmatch(text):
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    if not text.isascii():
        return None
    days = {day for pattern in formats if (day := _parse(text, pattern)) is not None}
    return days.pop() if len(days) == 1 else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parse(text: str, pattern: str) -> date | None:
    # Month names of strptime follow the machine's locale, so they are numbers before it sees them.
    if "%B" in pattern or "%b" in pattern:
        pattern = pattern.replace("%B", "%m").replace("%b", "%m")
        text = _WORD.sub(lambda word: _MONTH_NUMBER.get(word[0].lower(), word[0]), text)
    try:
        return datetime.strptime(text, pattern).date()
    except ValueError:
        return None

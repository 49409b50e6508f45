"""Words, numbers and dates as a reader of one language expects them.

The message keys are the English sentences. A further language is one catalogue
``locales/<lang>/LC_MESSAGES/report.po``; what it leaves out appears in English.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FALLBACK = "en"
MINUS = "\N{MINUS SIGN}"


class Numeral(str):
    """A number as a language writes it that still knows what it says, so that a sheet can hold it as a number.

    Attributes
    ----------
    value : the number as written, rounded; a share for a percentage.
    digits : after the decimal sign.
    """

    __slots__ = ("digits", "percent", "value")
    value: float
    digits: int
    percent: bool

    def __new__(cls, text: str, value: float, digits: int = 0, percent: bool = False) -> Numeral:
        made = super().__new__(cls, text)
        made.value, made.digits, made.percent = value, digits, percent
        return made


class Span(str):
    """An interval as a language writes it that still knows its two ends."""

    __slots__ = ("ends",)
    ends: tuple[Numeral, Numeral]

    def __new__(cls, text: str, low: Numeral, high: Numeral) -> Span:
        made = super().__new__(cls, text)
        made.ends = (low, high)
        return made


class Probability(str):
    """A p-value with its sign as a language writes it, ``p < 0.001``, that still knows the value alone."""

    __slots__ = ("value",)
    value: str

    def __new__(cls, text: str, value: str) -> Probability:
        made = super().__new__(cls, text)
        made.value = value
        return made


def mark(message: str) -> str:
    """The message itself; names it for the catalogues where a constant holds it."""
    return message


@dataclass(frozen=True)
class Translator:
    """Text, numbers and dates of one language.

    Attributes
    ----------
    language : code as the study writes it, the ``lang`` of the page.
    region : the locale that numbers and dates follow: the language, else English.
    """

    language: str
    region: str
    decimal: str
    group: str
    texts: Catalog = field(repr=False)
    plural_form: Callable[[int], int] = field(repr=False)

    def __call__(self, message: str, /, **values: object) -> str:
        """The message in this language with its ``{places}`` filled."""
        found = self.texts.get(message)
        text = found.string if found and isinstance(found.string, str) and found.string else message
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        """The form of the message that goes with `n`, which is also its ``{n}``."""
        found = self.texts.get(one)
        forms = found.string if found and not isinstance(found.string, str) else ()
        text = forms[self.plural_form(n)] if forms and all(forms) else (one if n == 1 else many)
        return text.format(n=self.number(n), **values)

    def number(self, value: float | None, digits: int = 0) -> str:
        """A `Numeral` with this language's separators; empty when there is none."""
        if value is None or math.isnan(value):
            return ""
        text = f"{value:,.{digits}f}"
        if text.startswith("-"):
            text = (MINUS if text.strip("-0.,") else "") + text[1:]
        written = text.translate({ord(","): self.group, ord("."): self.decimal})
        return Numeral(written, float(f"{value:.{digits}f}") + 0.0, digits)  # + 0: no minus before zero

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share of 0–1 as a percentage, a `Numeral`; empty when there is none."""
        text = self.number(None if share is None else 100 * share, digits)
        if not isinstance(text, Numeral):
            return ""
        # Translators: put a no-break space before the sign where the language wants one.
        return Numeral(self("{number}%", number=text), round(text.value / 100, digits + 2), digits, percent=True)

    def span(self, low: float | None, high: float | None, digits: int = 0, percent: bool = False) -> str:
        """Two numbers, or two shares as percentages, from one to the other, a `Span`; empty without both."""
        scale = 100 if percent else 1
        ends = [self.number(None if end is None else scale * end, digits) for end in (low, high)]
        first, last = (self.percent(low, digits), self.percent(high, digits)) if percent else ends
        if not (isinstance(first, Numeral) and isinstance(last, Numeral)):
            return ""
        # Beside a minus sign a dash would be read as another one.
        signed = any(end.startswith(MINUS) for end in ends)
        joined = self("{low} to {high}") if signed else self("{low}–{high}")
        text = joined.format(low=ends[0], high=ends[1])
        return Span(self("{number}%", number=text) if percent else text, first, last)

    def period(self, first: date, last: date) -> str:
        """From the first day to the last, as short as the language allows."""
        from babel.dates import format_date, format_interval

        if first == last:
            return format_date(first, format="medium", locale=self.region)
        return format_interval(first, last, "yMMMd", locale=self.region)

    def listing(self, names: Sequence[str]) -> str:
        """Names as a sentence counts them up: a, b and c."""
        if len(names) < 2:
            return "".join(names)
        return self("{names} and {last}", names=", ".join(names[:-1]), last=names[-1])


@lru_cache
def translator(language: str) -> Translator:
    """The translator of a language; English where there is no catalogue for it."""
    from babel import Locale, UnknownLocaleError
    from babel.numbers import get_decimal_symbol, get_group_symbol

    try:
        region = str(Locale.parse(language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        region = FALLBACK
    texts = catalogue(language)
    return Translator(
        language=language,
        region=region,
        decimal=get_decimal_symbol(region),
        group=get_group_symbol(region),
        texts=texts,
        plural_form=_plural_form(texts.plural_expr),
    )


@lru_cache
def catalogue(language: str) -> Catalog:
    """The messages of a language, read from its .po file; those of English where it has none."""
    from babel.messages.pofile import read_po

    path = files("survey.report") / "locales" / language / "LC_MESSAGES" / "report.po"
    if not path.is_file():
        return catalogue(FALLBACK)
    return read_po(BytesIO(path.read_bytes()), locale=None, abort_invalid=True)


def _plural_form(expression: str) -> Callable[[int], int]:
    from gettext import c2py

    return c2py(expression)

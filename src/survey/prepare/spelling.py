"""Texts found by how people and programs spell them: case, spaces, quotes, dashes, trailing zeros.

Digits are never folded: a superscript or a full-width digit is not the code it resembles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Generic, Literal, TypeVar

T = TypeVar("T")
Likeness = Literal["exact", "number", "folded"]

_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("‘’‚‛ʼ`´", "'")
    | dict.fromkeys("“”„‟«»", '"')
    | dict.fromkeys("‐‑‒–—−", "-")
    | dict.fromkeys("\ufeff\u200b\u200c\u200d\u2060\u00ad", None)
)
_NUMBER = re.compile(r"(-?)0*(\d+)(?:\.(\d*?)0*)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def fold(text: str) -> str:
    """A text without the differences that carry no meaning."""
    return " ".join(_CONTROL.sub("", unicodedata.normalize("NFC", text)).translate(_TYPOGRAPHY).split()).casefold()


def same_number(text: str) -> str | None:
    """The shortest text of the number: ``1`` for ``1.0`` and ``01``; None if the text is no plain number."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction = match.groups()
    number = f"{whole}.{fraction}" if fraction else whole
    return number if number == "0" else sign + number


def without_control(text: str) -> str:
    """The text without characters that are not text; line breaks and tabs stay."""
    return _CONTROL.sub("", text)


class Spellings(Generic[T]):
    """What texts mean, found exactly, as an equal number, or folded.

    A likeness that two of the texts share with different meanings finds neither.
    """

    def __init__(self, meanings: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, T] = {}
        self._number: dict[str, T] = {}
        self._folded: dict[str, T] = {}
        clash: tuple[set[str], set[str], set[str]] = (set(), set(), set())
        for text, meaning in meanings:
            likenesses = (text, same_number(text), fold(text))
            for known, key, twice in zip((self._exact, self._number, self._folded), likenesses, clash, strict=True):
                if key is not None and known.setdefault(key, meaning) != meaning:
                    twice.add(key)
        for known, twice in zip((self._exact, self._number, self._folded), clash, strict=True):
            for key in twice:
                del known[key]

    def find(self, text: str) -> tuple[T, Likeness] | None:
        """The meaning of a text and how it was recognised."""
        if text in self._exact:
            return self._exact[text], "exact"
        number = same_number(text)
        if number is not None:
            return (self._number[number], "number") if number in self._number else None
        folded = fold(text) if self._folded else ""
        # Folding may bring a text down to digits that it does not spell, as a byte order mark before one does.
        if folded in self._folded and same_number(folded) is None:
            return self._folded[folded], "folded"
        return None

    def get(self, text: str) -> T | None:
        """The meaning of a text, however it is spelled."""
        found = self.find(text)
        return found[0] if found else None

    def __contains__(self, text: str) -> bool:
        return self.find(text) is not None

"""Personal data in free text: found, replaced by a token, and pseudonyms for respondents.

Patterns favour finding over sparing, except where a number is plainly a date, an opening hour or an
amount. A new kind is a line in `_PATTERNS` and a name in `audit.PERSONAL`.
"""

from __future__ import annotations

import hmac
import re

from survey.prepare.audit import PERSONAL

_PAIR = r"[ .\-/]?"
_SEP = r"[ .\-]?"


def _pairs(*groups: str) -> str:
    return _PAIR.join(groups)


# PPKKCC DDMMYY NNNN: place, birth (women's day + 40), serial. No province is 20, and 20YYMM opens a timestamp.
_NIK = (
    r"(?<!\d)(?!20\d\d(?:0[1-9]|1[0-2])\d{10})"
    + _pairs(
        r"[1-9]\d", r"\d\d", r"\d\d", r"(?:0[1-9]|[12]\d|3[01]|4[1-9]|[56]\d|7[01])", r"(?:0[1-9]|1[0-2])", r"\d\d",
        r"(?!00[ .\-/]?00)\d\d", r"\d\d",
    )
    + r"(?!\d)"
)  # fmt: skip
_SIXTEEN = r"\d(?:[ .\-]?\d){15}(?!\d)"
_MOBILE = r"(?<![\d.,])(?:\(?(?:\+|00)?62\)?[ .\-]?\(?0?\)?|\(?0)8[1-9]\d\)?(?:[ .\-]{0,3}\d){6,10}(?!\d)"
_LANDLINE = (
    r"(?<!\d)(?:\(0\d{2,3}\)[ .\-]?\d{3,4}[ .\-]?\d{3,5}"
    r"|\(?\+62\)?[ .\-]?\(?[2-79]\d{1,2}\)?[ .\-]?\d{3,4}[ .\-]?\d{3,4}"
    r"|021[ .\-/]?\d{3,4}[ .\-]?\d{4}|0[2-79]\d{1,2}[\-/ ]\d{3,4}[ \-]?\d{3,4})(?!\d)"
)
_TOLD_PHONE = r"\b(?:hp|wa|whats ?app|telp?|telepon|tlp|phone)\b\W{0,3}(?:no\w*\W{0,2})?\+?\d(?:[ .\-]?\d){7,13}(?!\d)"
_EMAIL = r"[\w.+\-]+\s?(?:@|[\[(]at[\])])\s?[\w\-]+(?:\s?(?:\.|[\[(]dot[\])])\s?[a-zA-Z][\w\-]+)+"
_URL = (
    r"(?:https?://|www\.)[^\s<>\"]+"
    r"|\b(?:wa\.me|t\.me|goo\.gl|bit\.ly|maps\.app\.goo\.gl|(?:instagram|facebook|tiktok)\.com)/[^\s<>\"]+"
)
_COORDINATES = (
    r"(?<![\d.])[+-]?\d{1,2}[.,]\d{3,}\s*°?\s*[NSUnsu]?\s*[,;/ ]\s*[+-]?\d{2,3}[.,]\d{3,}°?(?!\d)"
    r"|\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:[.,]\d+)?\s?(?:\"|″|”|''))?\s?(?:[NSEWnsew]|LS|LU|BT)?\b"
)
_NPWP = (
    r"(?<!\d)(?:\d{2}[. ]\d{3}[. ]\d{3}[. ]\d[\-. ]\d{3}[. ]\d{3}|0\d{15}|(?!\d*0{6}(?!\d))\d{15})(?!\d)"
    rf"|\bnpwp\b\W{{0,3}}(?:no\w*\W{{0,2}})?\d(?:{_SEP}\d){{14,15}}(?!\d)"
)
# Two digits at most are a street number or "S1 TI"; the regions are those of the police.
_PLATE = (
    r"\b(?:[ABDEFGHKLMNPRSTWZ]|A[ABDEG]|B[ABDEGHKLMNP]|D[ABCDEGHKLMNRST]|E[ABD]|K[BHTU]|P[ABGS])"
    r" ?\d{3,4} ?[A-Z]{1,3}\b"
)

#: In the order in which they are replaced: a number inside a link or an address is no number of its own.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(_EMAIL, re.IGNORECASE)),
    ("url", re.compile(_URL, re.IGNORECASE)),
    ("kk", re.compile(rf"\b(?:kk|kartu keluarga)\b\W{{0,3}}(?:no\w*\W{{0,2}})?{_SIXTEEN}", re.IGNORECASE)),
    ("nik", re.compile(rf"\b(?:nik|ktp)\b\W{{0,3}}(?:no\w*\W{{0,2}})?{_SIXTEEN}", re.IGNORECASE)),
    ("npwp", re.compile(_NPWP, re.IGNORECASE)),
    ("nik", re.compile(_NIK)),
    # A spreadsheet has destroyed the last digits, and the number still says what it was.
    ("nik", re.compile(r"(?<![\d.,])[1-9](?:[.,]\d+)?[eE]\+?15(?!\d)")),
    ("coordinates", re.compile(_COORDINATES)),
    ("phone", re.compile(_MOBILE)),
    ("phone", re.compile(_TOLD_PHONE, re.IGNORECASE)),
    ("phone", re.compile(_LANDLINE)),
    ("plate", re.compile(_PLATE)),
)
_WORTH_A_LOOK = re.compile(r"\d|@|[\[(]at[\])]|https?:|www\.|\.\w+/", re.IGNORECASE)


def redact(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with each personal datum replaced by a token such as ``[NIK]``, and the kinds found."""
    if not _WORTH_A_LOOK.search(text):
        return text, ()
    found: set[str] = set()
    for kind, pattern in _PATTERNS:
        text, hits = pattern.subn(f"[{kind.upper()}]", text)
        if hits:
            found.add(kind)
    return text, tuple(kind for kind in PERSONAL if kind in found)


def kinds(text: str) -> tuple[str, ...]:
    """Kinds of personal data in a text, the most telling first."""
    return redact(text)[1]


def pseudonym(identity: str, key: bytes) -> str:
    """16 hexadecimal digits that stand for an id wherever the same key is used (HMAC-SHA256)."""
    return hmac.digest(key, identity.encode("utf-8"), "sha256").hex()[:16]

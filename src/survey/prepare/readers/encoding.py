"""Bytes of a text file as UTF-8, with the codec that was decided on; a doubtful file is refused.

Nothing is replaced or guessed from single characters: byte order mark, then UTF-8, then Windows-1252
where the result reads like text.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from survey.errors import InputError
from survey.prepare.readers.source import Source

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DESTROYED = "\ufffd".encode()
_DECLARE = "Save the file as UTF-8, or declare its `encoding`."

#: What Windows-1252 text never looks like, and what it is a sign of.
_IMPLAUSIBLE = (
    (rb"[\x81\x8d\x8f\x90\x9d]", "bytes that Windows-1252 does not define"),
    (rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}", "a mixture of encodings"),
    (rb"[\xa1-\xff]{4}", "another alphabet"),
    (
        rb"[a-z][\x80\x82-\x84\x86-\x89\x8b\x95\x98\x99\x9b\xa1-\xa9\xab-\xb1\xb5\xb6\xb8\xbb-\xbf\xd7\xf7][a-z]",
        "symbols in words",
    ),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text as UTF-8 bytes without byte order mark, and the codec it came in."""

    content: bytes = field(repr=False)
    codec: str


def decode(source: Source) -> Decoded:
    """The text of a source, exactly as it is in the file.

    Raises
    ------
    InputError
        If it does not decode without doubt, holds NUL bytes, or holds U+FFFD, the mark that an
        earlier program left where it destroyed a character.
    """
    content = source.content
    codec = _codec(source, content)
    if not codec.startswith(("utf-16", "utf-32")):
        _refuse_nul(source, content)
    text = _utf8(source, content, codec)
    if codec.startswith(("utf-16", "utf-32")):
        _refuse_nul(source, text)
    _refuse_destroyed(source, text)
    return Decoded(text, codec)


def row_at(content: bytes, offset: int) -> int:
    """The spreadsheet's row (header = 1) of a byte: line breaks within quotes begin no row."""
    outside = content[:offset].split(b'"')[::2]
    return 1 + sum(len(re.findall(rb"\r\n?|\n", piece)) for piece in outside)


def _codec(source: Source, content: bytes) -> str:
    marked = next((codec for mark, codec in _MARKS if content.startswith(mark)), None)
    if source.encoding is not None:
        try:
            declared = codecs.lookup(source.encoding).name
            "".encode(declared)  # codecs such as base64 exist but decode no text
        except LookupError:
            raise source.refusal(
                f"the encoding {source.encoding!r}", "one such as utf-8, cp1252, utf-16", column="encoding"
            ) from None
        return marked if marked and declared.startswith(marked.removesuffix("-sig")) else declared
    if marked:
        return marked
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _utf8(source: Source, content: bytes, codec: str) -> bytes:
    if codec == "cp1252" and source.encoding is None:
        _refuse_implausible(source, content)
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as error:
        raise _undecodable(source, content, error.start, f"bytes that are not {codec}") from None
    return content if codec == "utf-8" else text.encode("utf-8")


def _refuse_implausible(source: Source, content: bytes) -> None:
    for pattern, sign in _IMPLAUSIBLE:
        found = re.search(pattern, content, re.IGNORECASE)
        if found:
            raise _undecodable(source, content, found.start(), f"bytes that are not UTF-8, and {sign}")


def _undecodable(source: Source, content: bytes, offset: int, found: str) -> InputError:
    return source.refusal(found, "text in one encoding", _DECLARE, row=row_at(content, offset))


def _refuse_nul(source: Source, content: bytes) -> None:
    if b"\0" in content:
        raise source.refusal(
            "a NUL byte",
            "text",
            "Export the file again; if it is UTF-16, declare `encoding: utf-16`.",
            row=row_at(content, content.index(b"\0")),
        )


def _refuse_destroyed(source: Source, text: bytes) -> None:
    count = text.count(_DESTROYED)
    if count:
        raise source.refusal(
            f"{count} characters U+FFFD, the first here",
            "the characters that an earlier program destroyed",
            "Export the data again as UTF-8.",
            row=row_at(text, text.index(_DESTROYED)),
        )

"""The parts of an Excel workbook, or of another zip archive of XML, unpacked in memory within limits.

Zip and XML can both be built to exhaust the machine. Nothing is written to disk, nothing is parsed before
every part has been measured, and no part may declare a document type.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

from survey.prepare.readers.source import MAX_BYTES, Source

MAX_RATIO = 100
MAX_PARTS = 10_000
_CHUNK = 1 << 20
_CORRUPT = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_WORKBOOK = "xl/workbook.xml"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb"<(?:\w+:)?(?:[vt](?: [^>]*)?>[^<]|f[ />])")


@dataclass(frozen=True, slots=True)
class Kind:
    """What an archive should be.

    Attributes
    ----------
    name : for messages; again : how to make a sound one.
    xml : endings of the parts that are XML; kept : of those that are not and are wanted all the same.
    """

    name: str
    again: str
    xml: tuple[str, ...]
    kept: tuple[str, ...] = ()


WORKBOOK = Kind("Excel workbook", "Save it again in a spreadsheet.", (".xml", ".rels"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: its name, whether it is hidden, its XML."""

    name: str
    hidden: bool
    xml: bytes = field(repr=False)

    @property
    def has_data(self) -> bool:
        """Whether any cell holds a value or a formula."""
        return _CELL.search(self.xml) is not None


def sheets(source: Source) -> list[Sheet]:
    """Worksheets in the order of the tabs.

    Raises
    ------
    InputError
        If the archive is cut short, encrypted or exceeds a limit, or a part declares a document type.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    parts = unpacked(source, WORKBOOK)
    try:
        book = fromstring(parts[_WORKBOOK])
        relations = fromstring(parts["xl/_rels/workbook.xml.rels"])
    except (KeyError, ParseError, DefusedXmlException):
        raise source.refusal("an archive without a readable list of sheets", "an Excel workbook") from None
    targets = {r.get("Id"): _path(r.get("Target", "")) for r in relations}
    listed = [s for s in book.iter() if s.tag.endswith("}sheet")]
    return [
        Sheet(s.get("name", ""), s.get("state", "visible") != "visible", parts[target])
        for s in listed
        if (target := targets.get(s.get(_RELATION), "")) in parts and "/chartsheets/" not in target
    ]


def _path(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def unpacked(source: Source, kind: Kind) -> Mapping[str, bytes]:
    """Name → content of every part that is wanted; pictures and the like are measured but not kept.

    Raises
    ------
    InputError
        If the archive is cut short, encrypted or exceeds a limit, or a part declares a document type.
    """
    whole = f"a whole {kind.name}"
    try:
        archive = zipfile.ZipFile(BytesIO(source.content))
    except _CORRUPT:
        raise source.refusal("a truncated or corrupt archive", whole, "Export it again.") from None
    entries = archive.infolist()
    _refuse_bomb(source, len(entries), sum(e.file_size for e in entries))
    if any(e.flag_bits & 1 for e in entries):
        raise source.refusal("an encrypted archive", f"{whole} without a password", "Save it without a password.")
    parts: dict[str, bytes] = {}
    size = 0
    for entry in entries:
        content = _streamed(source, archive, entry, size, whole)
        size += len(content)
        if entry.filename.endswith(kind.xml):
            refuse_document_type(source, entry.filename, content, kind.again)
        if entry.filename.endswith((*kind.xml, *kind.kept)):
            parts[entry.filename] = content
    return parts


def _streamed(source: Source, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, before: int, whole: str) -> bytes:
    """One part, measured while it unpacks: the sizes that an archive declares may lie."""
    pieces: list[bytes] = []
    size = before
    try:
        with archive.open(entry) as stream:
            while piece := stream.read(_CHUNK):
                pieces.append(piece)
                size += len(piece)
                _refuse_bomb(source, 1, size)
    except _CORRUPT:
        found = f"a truncated or corrupt part {entry.filename}"
        raise source.refusal(found, whole, "Export it again.") from None
    return b"".join(pieces)


def _refuse_bomb(source: Source, parts: int, size: int) -> None:
    if parts > MAX_PARTS:
        raise source.refusal(f"an archive of {parts} parts", f"at most {MAX_PARTS}")
    if size > MAX_BYTES or size > MAX_RATIO * len(source.content):
        raise source.refusal(
            f"an archive that unpacks to {size / 1e6:.0f} MB or more, {size // len(source.content)} times its size",
            f"at most {MAX_BYTES // 10**6} MB and {MAX_RATIO} times its size",
            "Export the data as CSV.",
        )


def refuse_document_type(source: Source, name: str, content: bytes, again: str) -> None:
    """Refuse XML that declares a document type or entities, or hides them in another encoding."""
    # An XML part in UTF-16 would hide its document type from a search of bytes; its writers use UTF-8.
    if (
        content[:2] in (b"\xff\xfe", b"\xfe\xff")
        or b"\0" in content[:4]
        or b"<!DOCTYPE" in content
        or b"<!ENTITY" in content
    ):
        raise source.refusal(
            f"a document type or an unusual encoding in part {name}",
            "plain UTF-8 XML",
            again,
        )

"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import re

from survey.prepare.readers.source import Part, Source

#: Formats whose files are plain text and have no signature of their own.
TEXT_FORMATS = frozenset({"csv", "tsv"})
TEXT = "plain text"
_EXPECTED = {
    "csv": TEXT,
    "tsv": TEXT,
    "xlsx": "an Excel workbook (xlsx)",
    "sav": "an SPSS file (sav)",
    "zsav": "a compressed SPSS file (zsav)",
    "por": "an SPSS portable file (por)",
    "dta": "a Stata file (dta)",
    "parquet": "a Parquet file",
}
#: Two kinds of one family that the same reader reads, so either name will do.
_ALIKE = (frozenset({"csv", "tsv"}), frozenset({"sav", "zsav"}))

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (rb"\$FL2", "sav"),
    (rb"\$FL3", "zsav"),
    (rb"<stata_dta>|[\x69\x6c-\x73][\x01\x02]\x01\x00", "dta"),
    (rb"PAR1", "parquet"),
    (rb"PARE", "an encrypted Parquet file"),
    (rb"PK\x03\x04.{22,200}?(mimetypeapplication/vnd\.oasis)", "an OpenDocument file (ods)"),
    (rb"PK\x05\x06", "an empty zip archive"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (rb"\x1f\x8b", "a gzip archive"),
    (rb"BZh\d", "a bzip2 archive"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (rb"Rar!", "a RAR archive"),
    (rb"\xfd7zXZ|\x28\xb5\x2f\xfd", "a compressed archive"),
    (rb"%PDF", "a PDF document"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "an image"),
    (rb"SQLite format 3\x00", "an SQLite database"),
    (rb"RD[AX][23]\n", "an R data file"),
    (rb"\s*(<!doctype html|<html|<head|<meta|<table|<style)", "an HTML page"),
    (rb"\s*<\?xml", "an XML file"),
    (rb"\{\\rtf", "a rich text document"),
)
_SAS = b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c\x18\x1f\x10\x11"


def recognise(content: bytes) -> str:
    """A format of `READERS` other than text, or what else the file is, in words."""
    head = content[:1024].removeprefix(b"\xef\xbb\xbf")
    if head.startswith(b"PK\x03\x04") and _holds(content, b"xl/workbook"):
        return "xlsx"
    for pattern, kind in _MAGIC:
        if re.match(pattern, head, re.DOTALL | re.IGNORECASE if b"<" in pattern else re.DOTALL):
            return _compound(content) if kind == "ole" else kind
    if head.startswith(b"PK\x03\x04"):
        return "a Word document (docx)" if _holds(content, b"word/document") else "a zip archive"
    if b"SPSSPORT" in re.sub(rb"[\r\n]", b"", head):
        return "por"
    if _SAS in head:
        return "a SAS file (sas7bdat)"
    return TEXT


def verify(source: Source) -> None:
    """Nothing, if every part is of the source's format.

    Raises
    ------
    InputError
        Which says what the file really is.
    """
    for part in source.parts:
        if not part.content:
            raise source.refusal(_of(source, part, "an empty file"), _EXPECTED[source.format])
        kind = recognise(part.content)
        if kind == source.format or (kind == TEXT and source.format in TEXT_FORMATS):
            continue
        if any({kind, source.format} <= family for family in _ALIKE):
            continue
        found = _EXPECTED.get(kind, kind)
        raise source.refusal(_of(source, part, found), _EXPECTED[source.format], _advice(kind, source.format))


def _holds(archive: bytes, name: bytes) -> bool:
    """Whether an archive, whole or cut short, lists a file of that name."""
    return name in archive[:65536] or name in archive[-65536:]


def _compound(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "an encrypted Excel workbook"
    return "an Excel workbook of before 2007 (xls), or another old Office file"


def _of(source: Source, part: Part, found: str) -> str:
    return f"{found} ({part.name})" if len(source.parts) > 1 else found


def _advice(kind: str, format: str) -> str:
    if kind in _EXPECTED:
        return f"Declare `format: {kind}`, or give the file the suffix .{kind}."
    if kind.startswith("an encrypted"):
        return "Remove the password and save it again."
    if kind == TEXT:
        return "Declare `format: csv`, if it holds delimited text, or export the data again."
    if format in TEXT_FORMATS or format == "xlsx":
        return "Open it in the program that made it and save it as .xlsx or as CSV UTF-8."
    return "Export the data again."

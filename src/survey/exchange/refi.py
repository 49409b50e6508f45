"""REFI-QDA codebooks (.qdc) and projects (.qdpx), as QDA software reads them. The same content, the same bytes.

Source: REFI-QDA Standard 1.5 (2019), qdasoftware.org.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5
from xml.etree import ElementTree as XML

from survey.core.interviews import CodebookEntry

_NAMES = UUID("8b0f6a52-5c3e-5b8e-9d0a-6f2b7f1c4e11")
_ORIGIN = "survey"
_VARIABLES = {"stage": "Text", "year": "Integer"}
#: The first moment that a zip archive can state.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Coding:
    """Codes that one coder gave to a passage, `start` to the character before `end`."""

    start: int
    end: int
    coder: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A coded text, its stage and its year."""

    name: str
    text: str = field(repr=False)
    stage: str
    year: int
    codings: tuple[Coding, ...] = field(default=(), repr=False)


def codebook(entries: Sequence[CodebookEntry]) -> bytes:
    """A .qdc file of the codes, each after the heading over it."""
    root = XML.Element("CodeBook", {"xmlns": "urn:QDA-XML:codebook:1.0", "origin": _ORIGIN})
    _add_codes(root, entries)
    return _bytes(root)


def project(name: str, entries: Sequence[CodebookEntry], documents: Sequence[Document]) -> bytes:
    """A .qdpx file of coded texts; who coded stands in each coding, stage and year in variables of the document."""
    root = XML.Element("Project", {"xmlns": "urn:QDA-XML:project:1.0", "name": name, "origin": _ORIGIN})
    users = XML.SubElement(root, "Users")
    for coder in dict.fromkeys(coding.coder for document in documents for coding in document.codings):
        XML.SubElement(users, "User", {"guid": _guid("user", coder), "name": coder})
    _add_codes(XML.SubElement(root, "CodeBook"), entries)
    variables = XML.SubElement(root, "Variables")
    for variable, kind in _VARIABLES.items():
        described = {"guid": _guid("variable", variable), "name": variable, "typeOfVariable": kind}
        XML.SubElement(variables, "Variable", described)
    sources = XML.SubElement(root, "Sources")
    for document in documents:
        _add_document(sources, document)
    texts = {f"sources/{_guid('text', d.name)}.txt": d.text.encode() for d in documents}
    return _archive({"project.qde": _bytes(root), **texts})


def _add_codes(parent: XML.Element, entries: Sequence[CodebookEntry]) -> None:
    codes = XML.SubElement(parent, "Codes")
    held: dict[str | None, XML.Element] = {None: codes}
    for entry in entries:
        usable = str(entry.usable).lower()
        named = {"guid": _guid("code", entry.name), "name": entry.name, "isCodable": usable}
        held[entry.name] = XML.SubElement(held[entry.parent], "Code", named)
        if entry.description:
            XML.SubElement(held[entry.name], "Description").text = entry.description


def _add_document(sources: XML.Element, document: Document) -> None:
    guid = _guid("document", document.name)
    path = f"internal://{_guid('text', document.name)}.txt"
    source = XML.SubElement(sources, "TextSource", {"guid": guid, "name": document.name, "plainTextPath": path})
    for coding in document.codings:
        place = f"{document.name} {coding.start} {coding.end} {coding.coder}"
        user = {"creatingUser": _guid("user", coding.coder)}
        ends = {"startPosition": str(coding.start), "endPosition": str(coding.end)}
        passage = XML.SubElement(source, "PlainTextSelection", {"guid": _guid("passage", place), **ends, **user})
        for code in coding.codes:
            given = XML.SubElement(passage, "Coding", {"guid": _guid("coding", f"{place} {code}"), **user})
            XML.SubElement(given, "CodeRef", {"targetGUID": _guid("code", code)})
    for variable, value in (("stage", document.stage), ("year", str(document.year))):
        held = XML.SubElement(source, "VariableValue")
        XML.SubElement(held, "VariableRef", {"targetGUID": _guid("variable", variable)})
        XML.SubElement(held, f"{_VARIABLES[variable]}Value").text = value


def _guid(kind: str, name: str) -> str:
    return str(uuid5(_NAMES, f"{kind} {name}"))


def _bytes(root: XML.Element) -> bytes:
    XML.indent(root)
    text = XML.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _archive(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system, entry.compress_type = _UNIX, zipfile.ZIP_STORED
            archive.writestr(entry, content)
    return buffer.getvalue()

"""REFI-QDA: codebooks (.qdc) and projects of coded documents (.qdpx), the exchange format of QDA software.

A codebook is one XML file, a project a zip archive of ``project.qde`` and the texts that were coded. Codes on
pictures, sound and film are left out: they have no passage of text.

Source: REFI-QDA Standard 1.5 (2019), qdasoftware.org.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from survey.errors import InputError, Problem
from survey.prepare.readers import archive
from survey.prepare.readers.source import Source

PROJECT = archive.Kind("REFI-QDA project", "Export the project again.", (".qde",), (".txt",))
_PROJECT_FILE = "project.qde"
_INTERNAL = "internal://"
#: Other selections are of pictures, sound, film, transcripts.
_TEXT_SELECTION = "PlainTextSelection"

Element = Any


@dataclass(frozen=True, slots=True)
class Code:
    """A code as the file has it; `path` holds the names of the headings over it, outermost first."""

    guid: str
    name: str
    path: tuple[str, ...]
    description: str
    usable: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A code given to a passage of a text."""

    document: str
    code: str
    coder: str
    start: int
    end: int
    text: str = field(repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """What a project holds of codes and coded texts."""

    codes: tuple[Code, ...]
    passages: tuple[Passage, ...] = field(repr=False)


def codebook(source: Source) -> tuple[Code, ...]:
    """The codes of a codebook, each after the heading over it.

    Raises
    ------
    InputError
        If it is no XML, declares a document type, or holds no codes.
    """
    archive.refuse_document_type(source, source.file, source.content, PROJECT.again)
    codes = tuple(_codes(_parsed(source, source.content, "a REFI-QDA codebook")))
    if not codes:
        raise source.refusal("no codes", "a REFI-QDA codebook", "Export the codebook again.")
    return codes


def project(source: Source) -> Project:
    """The codes and the coded passages of a project, in the order of its documents.

    Raises
    ------
    InputError
        Every problem at once: a broken archive, a passage outside its text, a code or a coder that the
        project does not define.
    """
    parts = archive.unpacked(source, PROJECT)
    if _PROJECT_FILE not in parts:
        raise source.refusal(f"an archive without {_PROJECT_FILE}", "a REFI-QDA project", PROJECT.again)
    root = _parsed(source, parts[_PROJECT_FILE], "a REFI-QDA project")
    codes = tuple(_codes(root))
    reader = _Reader(source, parts, root, {code.guid: code.name for code in codes})
    passages = tuple(reader.passages())
    if reader.problems:
        raise InputError(reader.problems)
    return Project(codes, passages)


def _parsed(source: Source, content: bytes, expected: str) -> Element:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(content)
    except ParseError as error:
        raise source.refusal("XML that is not well formed", expected, PROJECT.again, row=error.position[0]) from None
    except (DefusedXmlException, ValueError, LookupError):
        raise source.refusal("XML that cannot be read", expected, PROJECT.again) from None


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: Element, tag: str) -> list[Element]:
    return [child for child in element if _tag(child) == tag]


def _one(element: Element, tag: str) -> Element | None:
    return next(iter(_all(element, tag)), None)


def _codes(root: Element) -> Iterator[Code]:
    """Codes below every `Codes` element, depth first."""
    outermost = [code for e in root.iter() if _tag(e) == "Codes" for code in _all(e, "Code")]
    waiting: list[tuple[Element, tuple[str, ...]]] = [(code, ()) for code in reversed(outermost)]
    while waiting:
        element, path = waiting.pop()
        name, said = element.get("name", "").strip(), _one(element, "Description")
        text = "" if said is None else " ".join("".join(said.itertext()).split())
        yield Code(element.get("guid", "").lower(), name, path, text, element.get("isCodable", "true") != "false")
        waiting += [(child, (*path, name)) for child in _all(element, "Code")[::-1]]


class _Reader:
    """Passages of a project's texts, and the problems met on the way."""

    def __init__(self, source: Source, parts: Mapping[str, bytes], root: Element, codes: Mapping[str, str]) -> None:
        self._source, self._root, self._codes = source, root, codes
        self._parts = {name.casefold(): content for name, content in parts.items()}
        self._coders = {e.get("guid", "").lower(): e.get("name", "") for e in root.iter() if _tag(e) == "User"}
        self._variables = {e.get("guid", "").lower(): e.get("name", "") for e in root.iter() if _tag(e) == "Variable"}
        self._at = ""
        self.problems: list[Problem] = []

    def passages(self) -> Iterator[Passage]:
        """Every code given to a passage, document by document, in the order of the file."""
        of_cases = self._of_cases()
        sources = [e for e in self._root.iter() if _tag(e) in ("TextSource", "Representation")]
        for number, element in enumerate(sources, start=1):
            selections = [s for s in _all(element, _TEXT_SELECTION) if _all(s, "Coding")]
            if not selections:
                continue
            self._at = f"document {number}"  # its name may be a person's
            text = self._text(element)
            known = of_cases.get(element.get("guid", "").lower(), {}) | self._values(element)
            for selection in selections:
                yield from self._of(selection, element.get("name", ""), text, known)

    def _of(
        self, selection: Element, document: str, text: str | None, variables: Mapping[str, str]
    ) -> Iterator[Passage]:
        place = self._place(selection, text)
        for coding in _all(selection, "Coding"):
            reference = _one(coding, "CodeRef")
            guid = "" if reference is None else reference.get("targetGUID", "").lower()
            user = (coding.get("creatingUser") or selection.get("creatingUser") or "").lower()
            if guid not in self._codes:
                self._problem("a passage whose code the project does not define", "the guid of a code")
            elif user and user not in self._coders:
                self._problem("a passage whose coder the project does not define", "the guid of a user")
            elif place is not None and text is not None:
                start, end = place
                coder = self._coders.get(user, "")
                yield Passage(document, self._codes[guid], coder, start, end, text[start:end], variables)

    def _place(self, selection: Element, text: str | None) -> tuple[int, int] | None:
        try:
            start, end = int(selection.get("startPosition", "")), int(selection.get("endPosition", ""))
        except ValueError:
            self._problem("a passage without whole numbers as positions", "startPosition and endPosition")
            return None
        length = end if text is None else len(text)
        if not 0 <= start < end:
            self._problem(f"a passage from {start} to {end}", "a start before its end")
        elif end > length:
            self._problem(f"a passage to {end}", f"positions within the text's {length} characters")
        return start, end

    def _text(self, element: Element) -> str | None:
        """The text that positions count in; None, and a problem, where it is not in the archive."""
        own = _one(element, "PlainTextContent")
        if own is not None:
            return "".join(own.itertext())
        path = element.get("plainTextPath", "")
        inside = posixpath.join("sources", path.removeprefix(_INTERNAL)).casefold()
        content = self._parts.get(inside) if path.startswith(_INTERNAL) else None
        if content is None:
            self._problem("a document whose text is not in the archive", "a text in the folder sources")
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            self._problem("a text that is not UTF-8", "UTF-8 text")
            return None

    def _of_cases(self) -> dict[str, dict[str, str]]:
        """Variables of the cases that a document stands for, by the document's guid."""
        found: dict[str, dict[str, str]] = {}
        for case in (e for e in self._root.iter() if _tag(e) == "Case"):
            for reference in _all(case, "SourceRef"):
                found.setdefault(reference.get("targetGUID", "").lower(), {}).update(self._values(case))
        return found

    def _values(self, element: Element) -> dict[str, str]:
        """Variable → value, of one case or document."""
        found = {}
        for value in _all(element, "VariableValue"):
            reference = _one(value, "VariableRef")
            name = self._variables.get("" if reference is None else reference.get("targetGUID", "").lower())
            text = next(("".join(e.itertext()).strip() for e in value if _tag(e).endswith("Value")), "")
            if name and text:
                found[name] = text
        return found

    def _problem(self, found: str, expected: str) -> None:
        self.problems.append(self._source.problem(found, expected, PROJECT.again, column=self._at))

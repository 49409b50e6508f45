"""A language that nobody speaks: every letter is another one, so that what was never translated shows.

Its catalogue is made from the messages of the code, as a translator would make one, and dropped in as a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from html import unescape
from io import BytesIO
from pathlib import Path
from string import ascii_letters
from typing import Any
from zipfile import ZipFile

import html5lib
import openpyxl
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from report_files import pdf_text
from survey.core.labels import label_rules
from survey.core.words import Words

LANGUAGE = "qps"
LETTERS = str.maketrans(ascii_letters, "ȧḃċḋėḟġḣïĵķļṁṅȯṗɋŕṡṫũṽẇẍẏżȦḂĊḊĖḞĠḢÏĴĶĻṀṄȮṖɊŔṠṪŨṼẆẌẎŻ")


def spoken(text: str) -> str:
    """The text in that language; the places of a message stay."""
    return "".join(p if p.startswith("{") else p.translate(LETTERS) for p in re.split(r"(\{\w*\})", text))


def drop_in(messages: Mapping[str, str | None], locales: Path) -> None:
    """Write the catalogue of those messages (with their plural forms) where translators put theirs."""
    made = Catalog(locale=None, fuzzy=False)
    of_means = {
        w.in_language("en"): None for rule in label_rules() for w in (rule.title, *(x.words for x in rule.labels))
    }
    for one, many in {**messages, **of_means}.items():
        made.add((one, many) if many else one, (spoken(one), spoken(many)) if many else spoken(one))
    place = locales / LANGUAGE / "LC_MESSAGES" / "report.po"
    place.parent.mkdir(parents=True)
    with place.open("wb") as file:
        write_po(file, made)


def retold(thing: Any, change: Callable[[Words], Words]) -> Any:
    """The release, the study or a part of them with every text for people changed."""
    if isinstance(thing, Words):
        return change(thing) if thing else thing
    if isinstance(thing, tuple):
        return tuple(retold(part, change) for part in thing)
    if isinstance(thing, dict):
        return {key: retold(value, change) for key, value in thing.items()}
    if not is_dataclass(thing) or isinstance(thing, type):
        return thing
    told = {f.name: getattr(thing, f.name) for f in fields(thing) if f.init}
    changed = {name: retold(value, change) for name, value in told.items()}
    return replace(thing, **{name: value for name, value in changed.items() if value is not told[name]})


def with_labels(words: Words) -> Words:
    """The text in that language, too, as a study's YAML would give it."""
    return Words({**words.texts, LANGUAGE: spoken(words.in_language("en"))})


def read(name: str, content: bytes) -> Iterator[str]:
    """What a reader, or one who listens, gets from a file."""
    if name.endswith(".pdf"):
        yield pdf_text(content)
    elif name.endswith(".html"):
        root = html5lib.HTMLParser(namespaceHTMLElements=False).parse(content.decode())
        attributes = ("alt", "aria-label", "title", "data-running")
        for element in (root.find("head/title"), *root.find("body").iter()):
            yield from (text for text in (element.text, element.tail, *map(element.get, attributes)) if text)
    elif name.endswith(".xlsx"):
        book = openpyxl.load_workbook(BytesIO(content))
        yield from book.sheetnames
        yield from (str(c.value) for s in book for row in s.iter_rows() for c in row if isinstance(c.value, str))
    elif name.endswith(".docx"):
        with ZipFile(BytesIO(content)) as parts:
            told = [n for n in parts.namelist() if re.fullmatch(r"word/(document|header\d*|footer\d*)\.xml", n)]
            for part in told:
                yield from map(unescape, re.findall(r"<w:t(?: [^>]*)?>([^<]+)<", parts.read(part).decode()))
    else:  # figures draw their letters; matplotlib leaves each text beside them as a comment
        yield from re.findall(r"<!-- (.+?) -->", content.decode(), re.S)


def untranslated(name: str, content: bytes) -> set[str]:
    """Words of a file in letters that the language does not have; fingerprints of files are no words."""
    return {
        word for text in read(name, content) for word in re.findall(r"[A-Za-z]{2,}", re.sub(r"[0-9a-f]{32,}", "", text))
    }

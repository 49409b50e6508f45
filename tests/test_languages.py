"""A study in one language is complete, and a third language needs a catalogue and labels only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import html5lib
import openpyxl
import pytest

import pseudo_language
import report_release
from report_files import pdf_text
from survey.core.estimates import Release
from survey.core.labels import label_rules
from survey.core.words import Words
from survey.report import document, locale
from survey.report.blocks import Omitted
from survey.report.html import html
from survey.report.page import page
from survey.report.workbook import workbook
from test_report_language import messages

#: Not for translators: names of files and formats, a rule as the study writes it, the source of its margins.
KEPT = {
    *("report", "tables", "brief", "estimates", "responses", "manifest", "csv", "xlsx", "json", "html", "pdf", "qps"),
    *("utf", "SHA", "encoding", "biaya", "jk", "BPS", "penduduk"),
    *("Aug", "Sep", "Rp"),  # months of Babel's English, for want of the language; a unit
}


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A third language: the catalogue that a translator would add to the package."""
    rules = {w.in_language("en"): None for r in label_rules() for w in (r.title, *(x.words for x in r.labels))}
    pseudo_language.drop_in({**messages(), **rules}, tmp_path / "locales")
    monkeypatch.setattr(locale, "files", lambda package: tmp_path)
    for cached in (locale.translator, locale.catalogue):
        cached.cache_clear()
    yield pseudo_language.LANGUAGE
    for cached in (locale.translator, locale.catalogue):
        cached.cache_clear()


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
    words = {
        word for text in read(name, content) for word in re.findall(r"[A-Za-z]{2,}", re.sub(r"[0-9a-f]{32,}", "", text))
    }
    return words - KEPT


def test_a_third_language_takes_a_catalogue_and_labels_only(dropped_in: str) -> None:
    release = pseudo_language.retold(report_release.release(), pseudo_language.with_labels)
    made = document.files(release, dropped_in)
    assert {name.rpartition(".")[2] for name in made} == {"html", "pdf", "docx", "xlsx", "svg"}
    assert {name: found for name, content in made.items() if (found := untranslated(name, content))} == {}


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_study_in_one_language_is_reported_like_one_in_two(language: str) -> None:
    def alone(words: Words) -> Words:
        return Words({language: words.in_language(language)})

    both = report_release.release()
    one = pseudo_language.retold(both, alone)
    assert pages(one, language) == pages(both, language)


def pages(release: Release, language: str) -> tuple[bytes, bytes]:
    sheet = page(release, language)
    parts = [made for made in (section(sheet) for section in document.SECTIONS) if not isinstance(made, Omitted)]
    return html(sheet, parts), workbook(sheet, parts)

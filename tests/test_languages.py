"""A study in one language is complete, and a third language needs a catalogue and labels only."""

from __future__ import annotations

import pytest

import pseudo_language
import report_release
from pseudo_language import untranslated
from survey.core.estimates import Release
from survey.core.words import Words
from survey.report import document
from survey.report.blocks import Omitted
from survey.report.html import html
from survey.report.page import page
from survey.report.workbook import workbook

#: Not for translators: names of files and formats, a rule as the study writes it, the source of its margins.
KEPT = {
    *("report", "tables", "brief", "estimates", "responses", "manifest", "csv", "xlsx", "json", "html", "pdf", "qps"),
    *("utf", "SHA", "encoding", "biaya", "jk", "BPS", "penduduk"),
    *("Aug", "Sep", "Rp"),  # months of Babel's English, for want of the language; a unit
}


def test_a_third_language_takes_a_catalogue_and_labels_only(third_language: str) -> None:
    release = pseudo_language.retold(report_release.release(), pseudo_language.with_labels)
    made = document.files(release, third_language)
    assert {name.rpartition(".")[2] for name in made} == {"html", "pdf", "docx", "xlsx", "svg"}
    assert {name: found for name, content in made.items() if (found := untranslated(name, content) - KEPT)} == {}


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

"""The answers that docs/reading-test.md promises stand on the first page of the report of wave 2025."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "reports" / "2025" / "report.id.html"
DOCUMENT = (ROOT / "docs" / "reading-test.md").read_text(encoding="utf-8")
ANSWERS = [words for line in DOCUMENT.splitlines() if line.startswith("| ") for words in re.findall(r"`([^`]+)`", line)]


class Summary(HTMLParser):
    """What is read on the first page: the title, the banner, and the section of the summary with its pictures' texts."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.ended = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        held = dict(attributes)
        self.ended |= tag == "section" and held.get("id") == "reading"
        if tag == "img" and not self.ended:
            self.words.append(held["alt"] or "")

    def handle_data(self, data: str) -> None:
        if not self.ended:
            self.words.append(data)


def plain(text: str) -> str:
    """Text with every kind of space as one space."""
    return re.sub(r"\s+", " ", text.replace("\N{WORD JOINER}", ""))


@pytest.fixture(scope="module")
def first_page() -> str:
    if not PAGE.is_file():
        pytest.skip("needs the reports: make report")
    reader = Summary()
    reader.feed(PAGE.read_text(encoding="utf-8"))
    return plain(" ".join(reader.words))


def test_there_are_answers_to_look_for() -> None:
    assert len(ANSWERS) >= 10


@pytest.mark.parametrize("words", ANSWERS)
def test_each_answer_stands_on_the_first_page(words: str, first_page: str) -> None:
    assert plain(words) in first_page

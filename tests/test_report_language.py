"""Every visible word of the report comes from a catalogue, and every catalogue is complete."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import survey.report
from survey.report.locale import translator

REPORT = Path(survey.report.__file__).parent
TRANSLATED = sorted(p.parent.parent.name for p in REPORT.glob("locales/*/LC_MESSAGES/report.po"))
NBSP = "\N{NO-BREAK SPACE}"


def messages() -> dict[str, str | None]:
    """Messages of the code and the templates → their plural form, or None."""
    found: dict[str, str | None] = {}
    for path in sorted(REPORT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (texts := _texts(node)):
                found[texts[0]] = texts[1] if len(texts) > 1 else None
    for path in sorted(REPORT.glob("templates/*.j2")):
        for text in re.findall(r"\bt\(([\"'])(.+?)\1", path.read_text(encoding="utf-8")):
            found[text[1]] = None
    return found


def _texts(call: ast.Call) -> list[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    translates = name in ("t", "mark", "plural") or (name == "self" and owner is None)
    texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return texts[: 2 if name == "plural" else 1] if translates else []


def catalogue(language: str) -> Catalog:
    with (REPORT / "locales" / language / "LC_MESSAGES" / "report.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [x for x in TRANSLATED if x != "en"])
def test_no_message_is_untranslated(language: str) -> None:
    known = catalogue(language)
    assert [m for m in messages() if not (known.get(m) and known.get(m).string)] == []


@pytest.mark.parametrize("language", [x for x in TRANSLATED if x != "en"])
def test_no_translation_is_left_over(language: str) -> None:
    asked = messages()
    ids = [m.id if isinstance(m.id, str) else m.id[0] for m in catalogue(language) if m.id]
    assert [i for i in ids if i not in asked] == []


@pytest.mark.parametrize("language", [x for x in TRANSLATED if x != "en"])
def test_translations_keep_the_places_of_their_message(language: str) -> None:
    known = catalogue(language)
    for message in messages():
        string = known.get(message).string
        for form in [string] if isinstance(string, str) else string:
            assert places(form) == places(message), message


def test_templates_hold_no_words_of_their_own() -> None:
    for path in REPORT.glob("templates/*.j2"):
        text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<style>.*?</style>", "", path.read_text(encoding="utf-8"), flags=re.S)
        visible = re.sub(r"<!doctype html>|<[^>]*>", " ", text, flags=re.S)
        assert re.findall(r"[^\W\d_]{2,}", visible) == [], path.name
        assert re.findall(r'(?:alt|title|aria-label)="([^"{]+)"', text) == [], path.name


def test_numbers_follow_the_language() -> None:
    assert translator("id").number(1234567.891, 2) == "1.234.567,89"
    assert translator("en").number(1234567.891, 2) == "1,234,567.89"
    assert translator("id").percent(0.125) == f"12,5{NBSP}%"
    assert translator("en").percent(0.125) == "12.5%"
    assert translator("en").number(-0.5, 1) == "\N{MINUS SIGN}0.5"
    assert translator("en").number(-0.01, 1) == "0.0"
    assert translator("en").number(None) == translator("en").percent(float("nan")) == ""


def test_plural_forms_follow_the_language() -> None:
    forms = ("{n} person answered.", "{n} people answered.")
    assert translator("en").plural(*forms, 1) == "1 person answered."
    assert translator("en").plural(*forms, 2000) == "2,000 people answered."
    assert translator("id").plural(*forms, 2000) == "2.000 orang menjawab."


def test_a_language_without_a_catalogue_speaks_english_with_its_own_numbers() -> None:
    assert translator("de")("Summary") == "Summary"
    assert translator("de").number(1234.5, 1) == "1.234,5"
    assert translator("zz")("Summary") == "Summary"
    assert translator("zz").number(1234.5, 1) == "1,234.5"

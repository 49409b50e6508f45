"""docs/features.md is so: files, analyses, tests and sections exist, and the Tangsel study has the rows it names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import report_release
import survey
from survey.analyse.catalogue import NAMES, OVER_WAVES
from survey.core.qualitative import DocumentsSpec, Relation, Rule
from survey.core.words import Words
from survey.report.locale import translator
from survey.report.page import page
from survey.report.sections.readings import documents

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "features.md"
LINE = re.compile(r"^\| (\d+)( †)? \| (.*) \|$", re.MULTILINE)
FACTS, STUDY = "facts", "study.yaml"


@dataclass(frozen=True)
class Feature:
    """One line of the page; `rows` maps an analysis, `facts` or `study.yaml` to the names it shows there."""

    number: int
    absent: bool
    sections: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    tests: tuple[tuple[Path, tuple[str, ...]], ...]


def feature(number: str, dagger: str, cells: list[str]) -> Feature:
    assert len(cells) == 5, number
    _, report, _, rows, tests = cells
    return Feature(
        int(number),
        bool(dagger),
        tuple(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", report)),
        tuple((name, names) for name, *names in (re.findall(r"`([^`]+)`", part) for part in rows.split("; "))),
        tuple(
            (PAGE.parent / re.search(r"\(([^)]+)\)", part)[1], tuple(re.findall(r"`(test_\w+)`", part)))
            for part in tests.split("; ")
        ),
    )


FEATURES = [
    feature(number, dagger, cells.split(" | ")) for number, dagger, cells in LINE.findall(PAGE.read_text("utf-8"))
]


@pytest.fixture(params=FEATURES, ids=lambda f: str(f.number))
def shown(request) -> Feature:
    return request.param


def test_the_page_has_the_24_features_in_order():
    assert [f.number for f in FEATURES] == list(range(1, 25))


def test_named_tests_exist(shown):
    for path, names in shown.tests:
        assert names, path
        held = set(re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert set(names) <= held, path


def test_named_analyses_are_in_the_catalogue(shown):
    assert {name for name, _ in shown.rows} <= {*NAMES, FACTS, STUDY}


def test_named_sections_are_titles_of_the_report(shown):
    texts = translator("id").texts
    assert shown.sections
    assert [title for title in shown.sections if texts.get(title) is None] == []


def test_what_does_not_work_is_explained(shown):
    below = PAGE.read_text(encoding="utf-8").partition("## What is less than asked")[2]
    assert not shown.absent or re.search(rf"^- \*\*{shown.number} ", below, re.MULTILINE)


def test_rules_and_relations_are_printed_as_listed():
    listed = DocumentsSpec(
        launch=2016,
        rules=(Rule(Words.plain("Law 1"), "national", 2018), Rule(Words.plain("City rule"), "city")),
        relations=(Relation((Words.plain("City"), Words.plain("Capital")), "informal", Words.plain("Learning")),),
    )
    made = report_release.release()
    section = documents(page(replace(made, study=replace(made.study, documents=listed)), "en"))
    rules, relations = (block for block in section.blocks if hasattr(block, "lines"))
    assert [[c.text for c in line.cells][:3] for line in rules.lines] == [
        ["national", "2018", "2"],
        ["city", "none known", ""],
    ]
    assert [(line.header, line.cells[0].text, line.cells[1].text) for line in relations.lines] == [
        ("City – Capital", "informal", "Learning")
    ]
    assert not any(cell.numeric for line in relations.lines for cell in line.cells)


@pytest.fixture(scope="module")
def releases():
    """What the Tangsel study releases of its last wave and over waves, of the analyses the page names."""
    study = survey.load(ROOT)
    named = {name for f in FEATURES for name, _ in f.rows} & set(NAMES)
    chosen = replace(study, spec=replace(study.spec, analyses=tuple(n for n in NAMES if n in named)))
    over_waves = replace(study, spec=replace(study.spec, analyses=tuple(OVER_WAVES)))
    return study.spec, chosen.release(study.spec.waves[-1].name), over_waves.trend_release()


@pytest.mark.slow
def test_the_tangsel_study_has_the_rows(shown, releases):
    spec, latest, over_waves = releases
    for source, names in shown.rows:
        if source == FACTS:
            assert all(len(latest.facts[name]) for name in names)
        elif source == STUDY:
            assert all(getattr(spec, name) for name in names)
        else:
            table = (over_waves if source in OVER_WAVES else latest).estimates
            table = table[table["analysis"].eq(source) & table["status"].eq("ok")]
            assert (set(names) <= set(table["estimand"])) is not shown.absent, source

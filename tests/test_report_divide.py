"""The sections on groups and the brief, from releases that the pipeline makes."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import html5lib
import pandas as pd
import pytest

import modelled_study
import report_release
import survey
from pseudo_language import retold, untranslated, with_labels
from survey.analyse import disclosure, running
from survey.core.estimates import Release
from survey.report import brief, document, figures, gap_figures, share_figures, skipped, tile_map
from survey.report.blocks import Omitted, Section
from survey.report.figures import Axis
from survey.report.html import html
from survey.report.page import page
from survey.report.sections import areas, compare, divide, followup, goes_with, robustness, types
from survey.report.workbook import workbook
from test_report import AA, luminance

ANALYSES = ["indicators", "dont_know", "compare", "divide", "priorities", "decompose", "models", "intersections"]
PAGES = 2  # of the brief, on A4
SECTIONS = (compare.compare, divide.divide, followup.followup, goes_with.goes_with, areas.areas, types.types,
            robustness.robustness)  # fmt: skip


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A study in which education goes with ease, by way of skill."""
    decompose = [{"measure": ["ease"], "by": "edu", "groups": ["low", "high"], "with": ["skill", "age"]}]
    folder = modelled_study.write(
        tmp_path_factory.mktemp("gaps") / "study",
        analyses=ANALYSES,
        decompose=decompose,
        smallest_effect={"indicators": 0.5},
    )
    made = survey.load(folder)
    found = running.estimate(made.wave("w"), made.spec)
    return disclosure.protect(found.table, made.spec, made.spec.waves[0], made.instrument, {"skipped": found.skipped})


def text(release: Release, language: str = "en") -> str:
    shown = html5lib.parse(
        document.html(page(release, language), parts(release, language)), namespaceHTMLElements=False
    )
    return " ".join("".join(shown.find("body").itertext()).split())


def parts(release: Release, language: str) -> list[Section]:
    made = (section(page(release, language)) for section in SECTIONS)
    return [m for m in made if isinstance(m, Section)]


def test_the_planted_gap_is_announced_split_and_followed_up(release: Release) -> None:
    said = text(release)
    assert "Ease, by Education: “low”" not in said  # single pairs stand in the figure and its table
    assert "groups differ by" in said
    assert "differences by Sex are shown to be smaller than 0.5 points" in said
    assert "Education: of the gap between “low” and “high”, this much goes with differences in" in said
    assert "low (Education)" in said
    assert "Education, in its order: on average the mean rises" in said


def test_every_sentence_names_rows_of_the_release(release: Release) -> None:
    root = html5lib.parse(document.html(page(release, "en"), parts(release, "en")), namespaceHTMLElements=False)
    lines = [n for e in root.iter("span") if e.get("data-rows") for n in e.get("data-rows").split()]
    assert lines
    assert all(2 <= int(n) <= len(release.estimates) + 1 for n in lines)


def test_no_section_speaks_of_causes(release: Release) -> None:
    for language, words in {
        "en": ("because of", "due to", "leads to", "effect of"),
        "id": ("menyebabkan", "akibat"),
    }.items():
        said = text(release, language).replace("tidak menyebut sebab", "")
        assert [w for w in words if w in said] == []


def test_a_section_without_rows_is_left_out_with_the_reason_of_its_analysis() -> None:
    fact = pd.DataFrame({"analysis": ["types", "areas"], "reason": [skipped.REASONS[15], skipped.REASONS[13]]})
    bare = report_release.release()
    bare = replace(bare, facts={**bare.facts, "skipped": fact})
    for language, reasons in {
        "en": ("The study declares no `types`.", "Ranks and models of areas need a probability sample."),
        "id": ("Studi tidak menetapkan `types`.", "Peringkat dan model wilayah memerlukan sampel acak."),
    }.items():
        made = (types.types(page(bare, language)), areas.areas(page(bare, language)))
        assert tuple(m.reason for m in made if isinstance(m, Omitted)) == reasons
    assert all(isinstance(section(page(bare, "en")), Omitted) for section in SECTIONS)


def test_every_reason_of_the_analyses_is_known_to_the_report() -> None:
    import importlib

    given = set()
    for name in ("compare", "divide", "priorities", "decompose", "models", "intersections", "indirect", "imputation",
                 "robustness", "areas", "types"):  # fmt: skip
        module = importlib.import_module(f"survey.analyse.{name}")
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        given |= {getattr(module, part.split(")")[0]) for part in source.split("raise NotApplicable(")[1:]}
    assert given - set(skipped.REASONS) == set()


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_brief_fits_two_pages_and_says_what_the_report_says(release: Release, language: str) -> None:
    import pikepdf

    sheet = page(release, language)
    made = brief.write(sheet, brief.compose(sheet))
    with pikepdf.open(BytesIO(made[f"brief.{language}.pdf"])) as pdf:
        assert len(pdf.pages) <= PAGES
    root = html5lib.parse(made[f"brief.{language}.html"].decode(), namespaceHTMLElements=False)
    said = " ".join("".join(root.find("body").itertext()).split())
    assert "low (Education)" in said
    assert next(h.text for h in root.iter("h2")) in ("What the survey shows", "Apa kata survei")


def test_names_on_the_tiles_and_bars_reach_wcag_contrast() -> None:
    for colour in (*gap_figures.SHADES[1:], *share_figures.CLASSES):
        rgb = tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        light, dark = sorted((luminance(rgb), 1.0 if figures.on(rgb) == "#ffffff" else 0.0), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= AA, colour


def test_figures_are_the_same_bytes_on_every_run() -> None:
    axis = Axis(1, 5, ((1.0, "1"), (3.0, "3"), (5.0, "5")))
    lines = ["Age", gap_figures.Ends("Access", 2.1, 3.4, "Old", "Young", "1.3")]
    rung = share_figures.Rung("Motivated", 0.8, 0.7, 0.9, "80 %", "20 %")
    area = tile_map.Area("Setu", 2.9, "2.90")
    for draw in (
        lambda: gap_figures.dumbbell(lines, axis, "Difference"),
        lambda: gap_figures.verdict_map(["Access"], ["Age"], [[gap_figures.Tile("1.3, large", 5)]]),
        lambda: share_figures.ladder([rung], str, "Lost"),
        lambda: share_figures.stacked(["Age", "Old"], [[], [0.4, 0.6]], ["A", "B"], str),
        lambda: tile_map.tile_maps(["Access"], [[area] * 7], tile_map.grid(7)),
    ):
        assert draw() == draw()


def test_tiles_without_positions_fill_a_grid_once() -> None:
    for n in (1, 7, 12, 30):
        assert len(set(tile_map.grid(n))) == n


def test_no_section_on_groups_holds_words_of_its_own(release: Release, third_language: str) -> None:
    sheet = page(retold(release, with_labels), third_language)
    parts = [made for made in (section(sheet) for section in SECTIONS) if not isinstance(made, Omitted)]
    assert len(parts) > 2
    assert untranslated("page.html", html(sheet, parts)) == set()
    assert untranslated("tables.xlsx", workbook(sheet, parts)) == set()

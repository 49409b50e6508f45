"""The report: self-contained, accessible, deterministic, and silent about what the release hides."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import pandas as pd
import pytest

import report_release
from survey.core import estimates
from survey.core.estimates import Release
from survey.report import document, figures, likert, narrative
from survey.report.blocks import Section
from survey.report.page import page
from survey.report.sections import indicators
from survey.report.sentences.findings import findings
from survey.report.tables import written
from test_report_language import messages

HOSTILE = "<script>alert(1)</script> \"q\" 'a' & {{7*7}} {n} $x^2_{$ %s"
AA = 4.5  # WCAG 2.2, contrast of normal text


@pytest.fixture(scope="module")
def release() -> Release:
    return report_release.release()


@pytest.fixture(scope="module")
def made(release: Release) -> dict[str, dict[str, bytes]]:
    return {language: document.files(release, language) for language in ("id", "en")}


@pytest.fixture(scope="module", params=["id", "en"])
def html(request: pytest.FixtureRequest, made: dict[str, dict[str, bytes]]) -> tuple[str, str]:
    return request.param, made[request.param][f"report.{request.param}.html"].decode()


def tree(text: str) -> ElementTree.Element:
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def shown(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def rendered(release: Release, language: str = "en") -> ElementTree.Element:
    return tree(document.files(release, language)[f"report.{language}.html"].decode())


def test_the_page_is_valid_and_loads_nothing(html: tuple[str, str]) -> None:
    language, text = html
    root = tree(text)
    assert root.get("lang") == language
    policy = [m.get("content") for m in root.iter("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert not list(root.iter("script"))
    assert not list(root.iter("link"))
    assert all(image.get("src").startswith("data:image/svg+xml;base64,") for image in root.iter("img"))
    assert all(a.get("href").startswith("#") for a in root.iter("a"))
    assert "url(" not in text


def test_links_lead_to_places_that_exist_once(html: tuple[str, str]) -> None:
    root = tree(html[1])
    places = Counter(e.get("id") for e in root.iter() if e.get("id"))
    assert [p for p, n in places.items() if n > 1] == []
    assert [a.get("href") for a in root.iter("a") if a.get("href")[1:] not in places] == []
    assert [
        e.get("aria-labelledby") for e in root.findall(".//main/section") if e.get("aria-labelledby") not in places
    ] == []


def test_headings_descend_one_level_at_a_time(html: tuple[str, str]) -> None:
    levels = [int(e.tag[1]) for e in tree(html[1]).iter() if re.fullmatch("h[1-6]", str(e.tag))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_and_pictures_say_what_they_are(html: tuple[str, str]) -> None:
    root = tree(html[1])
    for table in root.iter("table"):
        assert shown(table.find("caption"))
        assert all(th.get("scope") in ("col", "row", "rowgroup") for th in table.iter("th"))
        width = len(table.findall("thead/tr/th"))
        widths = {len(row) for row in table.findall("tbody/tr") if row.get("class") != "heading"}
        assert widths == {width}, shown(table.find("caption"))
    for image in root.iter("img"):
        assert len(image.get("alt")) > 40
    for region in (e for e in root.iter("div") if e.get("role") == "group"):
        assert region.get("tabindex") == "0"
        assert region.get("aria-label")


def test_the_indonesian_page_holds_no_english(made: dict[str, dict[str, bytes]]) -> None:
    text = shown(tree(made["id"]["report.id.html"].decode()).find("body"))
    sentences = [m for m in messages() if len(m) > 15 and "{" not in m]
    assert len(sentences) > 40
    assert [m for m in sentences if m in text] == []


def test_the_same_release_gives_the_same_bytes_in_another_process(made: dict[str, dict[str, bytes]]) -> None:
    code = (
        "import hashlib, report_release; from survey.report import document;"
        "f = document.files(report_release.release(), 'id');"
        "print(*(n + ' ' + hashlib.sha256(b).hexdigest() for n, b in f.items()), sep='\\n')"
    )
    env = {
        **os.environ,
        "PYTHONHASHSEED": "77",
        "TZ": "Asia/Jakarta",
        "LC_ALL": "C",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    out = subprocess.run([sys.executable, "-c", code], env=env, cwd="/", capture_output=True, text=True, check=True)
    here = [f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in made["id"].items()]
    assert out.stdout.split("\n")[:-1] == here


def test_figures_are_files_too_and_hold_no_date(made: dict[str, dict[str, bytes]]) -> None:
    drawn = {n: b for n, b in made["en"].items() if n.startswith("figures/")}
    assert {f"figures/{n}.en.svg" for n in ("indicators", "items-akses", "groups", "dont-know")} <= set(drawn)
    assert len(drawn) <= 12
    for content in drawn.values():
        ElementTree.fromstring(content)
        assert b"<dc:date>" not in content


@pytest.mark.parametrize("language", ["id", "en"])
def test_hostile_text_appears_as_it_is_written(release: Release, language: str) -> None:
    root = rendered(report_release.with_texts(release, title=HOSTILE, label=HOSTILE), language)
    assert not list(root.iter("script"))
    assert shown(root.find("body/header/h1")) == HOSTILE
    text = shown(root.find("body"))
    assert text.count("{{7*7}}") > 20
    assert "alert(1)</script>" in text
    assert "49 {n}" not in text


def test_sentences_print_the_rows_they_name(release: Release) -> None:
    sheet = page(release, "en")
    for indicator in sheet.indicators():
        sentence = narrative.indicator(sheet, indicator)
        for place in sentence.rows:
            row = release.estimates.iloc[place]
            assert row["measure"] == indicator.name
            assert written(sheet.t, row["estimand"], row["estimate"]) in sentence.text


def test_every_sentence_of_the_page_names_lines_of_the_estimates(release: Release) -> None:
    lines = [e.get("data-rows") for e in rendered(release).iter("span") if e.get("data-rows")]
    assert lines
    assert all(2 <= int(n) <= len(release.estimates) + 1 for named in lines for n in named.split())


def means(release: Release, values: dict[str, tuple[float, float]]) -> Release:
    """The release with the overall means of indicators and their half-widths replaced."""
    table = release.estimates.copy()
    overall = (table["analysis"] == "indicators") & (table["estimand"] == "mean") & table["by"].isna()
    for name, (mean, half) in values.items():
        rows = overall & (table["measure"] == name)
        table.loc[rows, ["estimate", "conf_low", "conf_high"]] = [mean, mean - half, mean + half]
    return replace(release, estimates=table)


@pytest.mark.parametrize(
    ("lowest", "highest", "said"),
    [
        (1.5, 4.5, "Socialization stands lowest and Responsiveness highest"),
        (1.5, 3.0, "Socialization stands lowest: its interval lies below"),
        (3.0, 4.5, "Responsiveness stands highest: its interval lies above"),
        (3.0, 3.0, "no order is given"),
    ],
)
def test_nothing_is_ranked_inside_overlapping_intervals(
    release: Release, lowest: float, highest: float, said: str
) -> None:
    values = dict.fromkeys(report_release.INDICATORS, (3.0, 0.1))
    values |= {"sosialisasi": (lowest, 0.1), "penanggapan": (highest, 0.1)}
    sheet = page(means(release, values), "en")
    sentence = narrative.order(sheet, sheet.indicators())
    assert sentence is not None
    assert said in sentence.text


@pytest.mark.parametrize(
    ("mean", "said"),
    [(2.0, "wholly below the middle, 3"), (3.05, "which includes the middle, 3"), (4.0, "wholly above the middle, 3")],
)
def test_a_mean_is_set_beside_the_middle_by_its_interval(release: Release, mean: float, said: str) -> None:
    sheet = page(means(release, {"akses": (mean, 0.1)}), "en")
    assert said in narrative.indicator(sheet, sheet.release.instrument.indicator("akses")).text


def test_a_hidden_number_appears_nowhere(release: Release) -> None:
    table = release.estimates
    place = table.index[
        (table["measure"] == "sosialisasi") & (table["estimand"] == "mean") & (table["by_level"] == "65+")
    ]
    open_, hidden = 4.8765, release.estimates.copy()
    hidden.loc[place, "estimate"] = open_
    assert "4.88" in shown(rendered(replace(release, estimates=hidden)))
    hidden.loc[place, ["estimate", "conf_low", "conf_high"]] = float("nan")
    hidden.loc[place, ["n"]] = pd.NA
    hidden.loc[place, "status"] = "suppressed"
    text = shown(rendered(replace(release, estimates=hidden)))
    assert "4.88" not in text
    assert "[c] withheld to protect respondents" in text


@pytest.mark.parametrize(("status", "sign"), [("suppressed", "[c]"), ("imprecise", "[u]"), ("not_estimable", "[x]")])
def test_each_status_has_its_sign_and_the_table_explains_it(release: Release, status: str, sign: str) -> None:
    table = release.estimates.copy()
    rows = (table["analysis"] == "indicators") & (table["by"] == "jk") & (table["measure"] == "akses")
    table.loc[rows, "status"] = status
    if status != "imprecise":
        table.loc[rows, ["estimate", "conf_low", "conf_high"]] = float("nan")
    blocks = rendered(replace(release, estimates=table)).iter("details")
    block = next(b for b in blocks if b.find(".//table[@id='table-indicators-jk']") is not None)
    assert sign in shown(block.find(".//tbody"))
    assert sign in shown(block.find("p[@class='notes']"))


def test_samples_that_were_not_drawn_at_random_have_no_intervals() -> None:
    text = shown(rendered(report_release.release("nonprobability")))
    assert "no margin of error can be given" in text
    assert "95% interval" not in text
    assert "95%" not in text


def test_synthetic_data_are_named_on_screen_and_on_every_printed_page(html: tuple[str, str]) -> None:
    language, text = html
    words = {"id": "Data sintetis", "en": "Synthetic data"}[language]
    root = tree(text)
    assert words in shown(root.find("body/aside[@class='banner']"))
    assert root.find("body").get("data-running").startswith(words)
    assert "position: fixed" in text


def test_real_data_carry_no_banner() -> None:
    root = rendered(report_release.release(synthetic=False))
    assert root.find("body").get("data-running") is None
    assert "Synthetic data" not in shown(root.find("body"))


def test_a_section_without_its_facts_is_left_out_with_the_reason(release: Release) -> None:
    text = shown(rendered(replace(release, facts={})))
    assert "Quality of the data: The release holds no counts of the cleaning." in text
    assert "Where the data come from: The release does not name its source files." in text


def test_a_release_without_estimates_is_still_a_page(release: Release) -> None:
    study = replace(release.study, groups=(), cross=())
    bare = replace(release, estimates=estimates.table({}), suppressed=release.suppressed.head(0), facts={}, study=study)
    text = shown(rendered(bare))
    assert "The study has no indicators" in text
    assert "Not in this report" in text


def test_labels_on_colours_reach_wcag_contrast() -> None:
    import matplotlib

    shades = [matplotlib.colormaps["cividis_r"](k / 50)[:3] for k in range(51)]
    for shade in [*shades, *(c for n in range(2, 12) for c in likert.palette(n))]:
        light, dark = sorted((luminance(shade), 1.0 if figures.on(shade) == "#ffffff" else 0.0), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= AA


def luminance(colour: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("sampling", ["probability", "nonprobability"])
def test_a_study_without_indicators_reports_what_people_answered(sampling: str) -> None:
    made = report_release.release(sampling)
    sheet = page(replace(made, instrument=replace(made.instrument, indicators=())), "en")
    section = indicators.indicators(sheet)
    assert isinstance(section, Section)
    assert section.title == "What people answered"
    said = [sentence.text for sentence in findings(sheet)]
    assert any("given most often" in text for text in said)
    assert all(("% (" in text) == (sampling == "probability") for text in said if "given most often is" in text)

"""Complete reports of real studies: every format, what is left out and why, names for readers, figures of R."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import docx
import html5lib
import openpyxl
import pytest
from studies import golden, study_folder

import survey
from report_files import html_captioned, pdf_text, plain
from same_numbers import assert_print_says_what_the_page_says, assert_sheets_say_what_the_page_says, in_folder

pytestmark = pytest.mark.real

MADE = {"brief.en.html", "brief.en.pdf", "report.en.docx", "report.en.html", "report.en.pdf", "tables.en.xlsx"}
WAVES = [("kcmo", "1QSEP2021"), ("anes_2020", "dta")]
#: A name that only programs use: with an underscore, a digit or a capital inside.
INTERNAL = re.compile(r"[_\d]|[a-z][A-Z]")


@pytest.fixture(scope="module")
def finished(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Both studies, run from raw data to reports."""
    folder = tmp_path_factory.mktemp("real")
    studies = {name: survey.load(study_folder(name, shared, folder)) for name, _ in WAVES}
    for study in studies.values():
        study.run()
    return studies


def reports(finished: dict[str, Any], name: str, wave: str) -> Path:
    return Path(finished[name].folder) / "reports" / wave


def texts(folder: Path) -> dict[str, str]:
    """What a reader can read in each format."""
    page = html5lib.HTMLParser(namespaceHTMLElements=False).parse((folder / "report.en.html").read_text("utf-8"))
    word = docx.Document(str(folder / "report.en.docx"))
    book = openpyxl.load_workbook(folder / "tables.en.xlsx", read_only=True)
    cells = (str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row if c is not None)
    alternatives = " ".join(image.get("alt") or "" for image in page.iter("img"))
    return {
        "html": " ".join(page.find("body").itertext()) + alternatives,
        "pdf": pdf_text((folder / "report.en.pdf").read_bytes()),
        "docx": " ".join(t.text or "" for t in word.element.body.iter() if t.tag.endswith("}t")),
        "xlsx": " ".join(cells),
        "brief": pdf_text((folder / "brief.en.pdf").read_bytes()),
    }


def left_out(folder: Path) -> list[str]:
    page = html5lib.HTMLParser(namespaceHTMLElements=False).parse((folder / "report.en.html").read_text("utf-8"))
    (section,) = (s for s in page.iter("section") if s.get("id") == "omitted")
    return [plain("".join(item.itertext())) for item in section.iter("li")]


@pytest.mark.parametrize(("name", "wave"), WAVES)
def test_a_real_study_is_reported_in_every_format(finished: dict[str, Any], name: str, wave: str) -> None:
    folder = reports(finished, name, wave)
    assert {f.name for f in folder.iterdir()} >= MADE
    drawn = len(list((folder / "figures").iterdir()))
    assert len(docx.Document(str(folder / "report.en.docx")).inline_shapes) == drawn > 2


@pytest.mark.parametrize(("name", "wave"), WAVES)
def test_formats_of_a_real_study_give_the_same_numbers(finished: dict[str, Any], name: str, wave: str) -> None:
    files = in_folder(reports(finished, name, wave), "en")
    assert assert_print_says_what_the_page_says(files, "en") > 10
    assert assert_sheets_say_what_the_page_says(files, "en") > 25


@pytest.mark.parametrize(("name", "wave"), WAVES)
def test_no_name_of_the_program_stands_where_a_label_belongs(finished: dict[str, Any], name: str, wave: str) -> None:
    study = finished[name]
    named = [*(v.name for v in study.instrument.variables), *(i.name for i in study.instrument.indicators), wave]
    keys = [key for key in named if INTERNAL.search(key)]
    assert len(keys) > 4
    wanted = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, keys))})(?![\w.])")
    for form, text in texts(reports(finished, name, wave)).items():
        assert wanted.findall(text) == [], form


def test_anes_says_why_it_has_no_indicators_no_areas_and_no_claims(finished: dict[str, Any]) -> None:
    said = left_out(reports(finished, "anes_2020", "dta"))
    assert "The indicators at a glance: The study has no indicators, or their analysis was not asked for." in said
    assert "Areas: The study groups by no geography and declares no `areas`." in said
    assert (
        "Published statements put to the test: The study declares no claims. The study declares no propositions."
        in said
    )
    assert not [line for line in said if line.startswith("What people answered")]


def test_kansas_city_says_why_it_has_no_interviews_and_no_targets(finished: dict[str, Any]) -> None:
    said = left_out(reports(finished, "kcmo", "1QSEP2021"))
    assert "Interviews beside the numbers: The study has no coded interviews for this wave." in said
    assert "Targets and roadmap: The study sets no targets and lists no initiatives." in said
    assert len(said) < 15


def test_the_report_of_anes_prints_rs_shares(finished: dict[str, Any], shared: Path) -> None:
    expected = golden(shared, "anes2020")["TrustGovernment"]
    page = (reports(finished, "anes_2020", "dta") / "report.en.html").read_bytes()
    (table,) = (rows for title, rows in html_captioned(page).items() if "TrustinthefederalgovernmentandTrust" in title)
    shares = [f"{100 * value['est']:.1f}%" for value in expected["prop"].values()]
    assert [cell.split()[0] for cell in table[1][1:6]] == shares
    assert table[1][-1] == f"{expected['n']:,}"


def test_answers_whose_intervals_overlap_are_not_put_in_order(finished: dict[str, Any]) -> None:
    said = texts(reports(finished, "anes_2020", "dta"))["html"]
    assert "Trust in the federal government: the answer given most often is “Some of the time” 43.4%" in said
    assert (
        "Party identification: given most often are “Strong democrat” 21.9% (20.6–23.2%) and “Strong republican”"
        in said
    )


def test_the_report_of_kansas_city_prints_rs_means(finished: dict[str, Any], shared: Path) -> None:
    expected = golden(shared, "kcmo_wave1")
    page = (reports(finished, "kcmo", "1QSEP2021") / "report.en.html").read_bytes()
    (table,) = (rows for title, rows in html_captioned(page).items() if "qualityoftheirmeasurement" in title)
    printed = [(row[1], row[3]) for row in table[1:]]
    means = [expected[f"idx_{scale}"]["all"] for scale in expected["scales"]]
    assert printed == [(f"{value['mean']:.2f}", f"{value['n']:,}") for value in means]


def test_every_analysis_runs_on_real_answers_or_says_why_not(finished: dict[str, Any]) -> None:
    from survey.analyse.catalogue import ANALYSES

    release = finished["kcmo"].release("1QSEP2021")
    ran, skipped = set(release.estimates["analysis"]), release.facts["skipped"]
    assert ran | set(skipped["analysis"]) == set(ANALYSES)
    assert {"compare", "association", "factor", "robustness", "imputation", "divide"} <= ran
    assert skipped["reason"].str.endswith(".").all()

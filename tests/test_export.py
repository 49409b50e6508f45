"""One released table for another document: LaTeX, Word, CSV; protected, and the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import small_study
from survey.commands import tables
from survey.errors import SurveyError
from survey.exchange.tables import Printed, docx, latex
from survey.pipeline.exports import exported
from survey.report.single import _letter
from survey.study import Study

FEW = "seed: 7\nanalyses: [describe, indicators, compare, dont_know]\n"


def estimated(folder: Path, settings: str = FEW) -> Study:
    """The small study in which men agree and women do not, estimated."""
    small_study.write(folder)
    lines = small_study.rows(0).splitlines()
    for k, line in enumerate(lines[1:], start=1):
        cells = line.split(",")
        cells[5] = str(4 + k // 2 % 2 if cells[4] == "1" else 1 + k // 8 % 2)
        cells[6] = cells[5]
        lines[k] = ",".join(cells)
    (folder / "data/raw/2025/responses.csv").write_text("\n".join(lines) + "\n")
    place = folder / "study.yaml"
    place.write_text(place.read_text().replace("seed: 7\n", settings))
    study = Study.load(folder)
    study.prepare()
    study.estimate()
    return study


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    return estimated(tmp_path_factory.mktemp("export") / "s")


def one(study: Study, name: str, to: str, language: str = "en", wave: str | None = None) -> str:
    """The text of the one file that an export makes."""
    ((_, content),) = exported(study, name, to, study.folder, wave, language).items()
    return content.decode()


def words(content: bytes) -> str:
    """What a Word document says."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return re.sub(r"<[^>]+>", " ", archive.read("word/document.xml").decode())


def test_a_csv_of_rows_has_every_digit_of_the_release(study):
    found = pd.read_csv(io.StringIO(one(study, "indicators:openness:sex", "csv")))
    released = pd.read_parquet(study.folder / "reports/2025/estimates.parquet")
    here = released[(released["analysis"] == "indicators") & (released["by"] == "sex")]
    assert found["estimate"].tolist() == here["estimate"].tolist()
    np.testing.assert_array_equal(found["std_error"], here["std_error"])
    assert "population" not in found


def test_the_file_is_named_after_wave_table_and_language(study):
    assert list(exported(study, "indicators:openness:sex", "latex", study.folder)) == [
        "exports/2025/indicators-openness-sex.id.tex"
    ]


def test_latex_has_three_lines_across_and_none_down(study):
    text = one(study, "indicators:openness:sex", "latex")
    assert [text.count(f"\\{name}rule") for name in ("top", "mid", "bottom")] == [1, 1, 1]
    assert r"\begin{tabular}{@{}lrrr@{}}" in text
    assert "Male & 4." in text
    assert r"95\% interval" in text


def test_a_synthetic_wave_says_so_in_every_document(study):
    for language, said in (("en", "Synthetic data"), ("id", "Data sintetis")):
        assert said in one(study, "indicators:openness", "latex", language)
        (content,) = exported(study, "indicators:openness", "docx", study.folder, None, language).values()
        assert said in words(content)


def test_a_word_document_is_the_same_on_every_run(study):
    first, second = (exported(study, "banner:sex", "docx", study.folder, None, "en") for _ in range(2))
    assert first == second
    (content,) = first.values()
    assert "Table 1" in words(content)
    assert "Mean of each indicator by Sex" in words(content)


def test_a_banner_marks_the_higher_mean_of_an_announced_pair(study):
    lines = one(study, "banner:sex", "latex").splitlines()
    heading, row = (next(line for line in lines if line.startswith(start)) for start in ("Indicator", "Openness"))
    assert heading == r"Indicator & A: Male & B: Female \\"
    assert re.fullmatch(r"Openness & 4\.\d\d B & 1\.\d\d \\\\", row)


def test_a_banner_has_no_letter_where_nothing_is_announced(study):
    text = one(study, "banner:sex", "latex", wave="2024")
    assert re.search(r"Openness & \d\.\d\d & \d\.\d\d \\\\", text)


def test_letters_go_on_after_z():
    assert [_letter(k) for k in (0, 25, 26, 52)] == ["A", "Z", "AA", "BA"]


def test_hidden_cells_stay_hidden_in_every_format(tmp_path):
    hidden = estimated(tmp_path / "s", FEW + "release: {min_n: 60}\n")
    rows = pd.read_csv(io.StringIO(one(hidden, "indicators:openness:sex", "csv")))
    assert set(rows["status"]) == {"suppressed"}
    assert "estimate" not in rows
    text = one(hidden, "indicators:openness:sex", "latex")
    assert "Male & [c]" in text
    assert "withheld to protect respondents" in text


def test_a_table_of_the_report_is_found_by_name(study):
    assert "Female" in one(study, "answers-sex", "csv")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("answer-sex", r"no table named 'answer-sex'.*Did you mean 'answers-sex'"),
        ("indicators:opennes", r"no rows named 'indicators:opennes'.*Did you mean 'indicators:openness'"),
        ("indicators:openness:age", r"expected indicators:openness, indicators:openness:sex"),
        ("banner:age", r"no table 'banner:age'; expected banner:sex"),
    ],
)
def test_an_unknown_table_offers_the_nearest(study, name, said):
    with pytest.raises(SurveyError, match=said):
        one(study, name, "csv")


def test_a_banner_without_its_tests_is_refused(tmp_path):
    plain = estimated(tmp_path / "s", "seed: 7\nanalyses: [indicators]\n")
    with pytest.raises(SurveyError, match="Letters rest on the analysis `compare`"):
        one(plain, "banner:sex", "csv")


def test_an_unknown_format_or_wave_is_refused(study):
    with pytest.raises(SurveyError, match=r"no format of a table named 'latx'.*'latex'"):
        one(study, "indicators", "latx")
    with pytest.raises(SurveyError, match="no wave named '2035'"):
        one(study, "indicators", "csv", wave="2035")


def test_a_wave_that_was_not_estimated_says_what_to_run(tmp_path):
    bare = Study.load(small_study.write(tmp_path / "s"))
    with pytest.raises(SurveyError, match="Run `survey estimate` first"):
        one(bare, "indicators", "csv")


def test_data_are_not_exported_in_this_version(study):
    with pytest.raises(SurveyError, match="survey export --to sav without --table: not in this version"):
        tables.export(study=study.folder, to="sav")


def test_the_command_writes_below_out(study, tmp_path):
    for place in ("reports", "data"):
        (tmp_path / place).mkdir()
    answer = tables.export(study=study.folder, to="latex", table="indicators:openness", out=tmp_path, lang="en")
    assert answer.written == ["exports/2025/indicators-openness.en.tex"]
    assert (tmp_path / answer.written[0]).read_text().startswith(r"\begin{table}")


NASTY = Printed(
    name="t",
    label="Table",
    caption="50% of A_B & C#1",
    columns=("Group", "x^2"),
    lines=(("Heading",), ("[c] first", r"\input{/etc/passwd}"), ("*", "a~b $x$ {y} <i>"), ("line\nbreak\x07", '"|`')),
    words=frozenset(),
    note="Note.",
    notes=("100 %",),
    language="en",
)


def test_latex_computes_nothing_that_is_text():
    text = latex(NASTY).decode()
    assert r"\caption{50\% of A\_B \& C\#1}" in text
    assert r"\textbackslash{}input\{/etc/passwd\}" in text
    assert r"a\textasciitilde{}b \$x\$ \{y\} \textless{}i\textgreater{}" in text
    assert r"x\textasciicircum{}2" in text
    assert "line break &" in text
    assert r"\multicolumn{2}{l}{\textit{Heading}} \\" in text


def test_a_latex_row_never_begins_with_what_a_line_break_would_swallow():
    rows = [line for line in latex(NASTY).decode().splitlines() if line.endswith(r"\\")]
    assert [r for r in rows if r.startswith(("[", "*"))] == []
    assert any(r.startswith("{}[c] first") for r in rows)


def test_word_shows_markup_as_it_is_written():
    assert "&lt;i&gt;" in words(docx(NASTY))
    assert "Heading" in words(docx(NASTY))

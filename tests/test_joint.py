"""Interviews beside numbers: the rule of the meta-inference, quotations, frequencies, agreement, open answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import coded_interviews as made
import measurement_study
import survey
from survey.analyse import joint as joint_display
from survey.analyse.indicators import indicators
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.joint import joint, quotations
from survey.analyse.open_answers import open_answers, pattern
from survey.analyse.passages import passages
from survey.cli import main
from survey.core import estimates
from survey.core.interviews import Interviews
from survey.core.qualitative import Link, Rule
from survey.core.questions import Theme
from survey.core.words import Words
from survey.errors import SchemaError
from survey.prepare.interviews import read
from survey.stats.agreement import krippendorff_alpha

EXACT = 1e-12  # the same sums in the same order

#: One shared factor; the mean of the scale lies near 3, the middle of 1 … 5.
ANSWERS = measurement_study.answers(n=300, k=3)
USER = np.array([1, 2, 2, 2] * 75)
OPEN = ["Sinyal lemah", "APLIKASINYA lambat, sinyal hilang", "", "Tidak ada", "data  pribadi", "prasinyal saja"] * 50
#: Sure to lie above or below 3.
HIGH, LOW = np.minimum(ANSWERS + 1, 5), np.maximum(ANSWERS - 1, 1)

QUALITATIVE = {"coded": "i.qdpx", "codebook": "c.qdc", "links": {"akses": {"measures": ["scale"], "says": "negative"}}}
QUESTIONS = (
    {"name": "user", "type": "nominal", "codes": {1: "no", 2: "yes"}, "text": "user"},
    {"name": "money", "type": "ordinal", "codes": {1: "a", 2: "b", 3: "c"}, "text": "money", "pdp": {"class": "spesifik"}},
    {"name": "wish", "role": "open", "text": "wish", "keywords": {
        "net": {"en": "Network", "words": ["sinyal", "kuota"]}, "app": {"en": "App", "words": "aplikasi"},
        "data": {"en": "Data", "words": ["data pribadi"]}}},
)  # fmt: skip


def write(folder: Path, answers: np.ndarray = ANSWERS, qualitative: dict | None = None, **study) -> Path:
    made.write(folder)
    data = measurement_study.frame(answers, user=USER, money=[1, 2, 3] * 100, wish=OPEN)
    told = QUALITATIVE if qualitative is None else qualitative
    return measurement_study.write(folder, data, questions=QUESTIONS, qualitative=told, **study)


def with_interviews(folder: Path) -> Inference:
    study = survey.load(folder)
    assert study.spec.qualitative is not None
    return replace(measurement_study.inference(folder), interviews=read(folder, study.spec.qualitative))


@pytest.fixture
def inf(tmp_path: Path) -> Inference:
    return with_interviews(write(tmp_path))


@pytest.mark.parametrize(
    ("says", "low", "high", "together"),
    [
        ("positive", 3.1, 3.4, "confirm"),
        ("negative", 2.1, 2.9, "confirm"),
        ("positive", 2.1, 2.9, "discord"),
        ("negative", 3.1, 3.4, "discord"),
        ("positive", 2.9, 3.1, "expand"),
        ("positive", 3.0, 3.1, "expand"),
        ("mixed", 3.1, 3.4, "expand"),
        ("positive", None, None, "expand"),
        (None, 3.1, 3.4, "undeclared"),
    ],
)
def test_the_rule_looks_at_the_whole_interval_and_the_declared_direction(says, low, high, together):
    assert Link("k", ("m",), says).beside(low, high, 3.0) == together


@pytest.mark.parametrize(("answers", "together"), [(HIGH, "discord"), (LOW, "confirm")])
def test_numbers_are_those_of_the_indicators_and_discord_is_computed(tmp_path, answers, together):
    inf = with_interviews(write(tmp_path, answers))
    row = measurement_study.value(joint(inf), "mean", "akses")
    own = measurement_study.value(indicators(inf), "mean")
    for column in ("estimate", "std_error", "conf_low", "conf_high", "df"):
        assert row[column] == pytest.approx(own[column], rel=EXACT)
    assert (row["n"], row["note"]) == (own["n"], together)


def test_a_plain_list_shows_the_number_and_infers_nothing(tmp_path):
    table = joint(with_interviews(write(tmp_path, qualitative=QUALITATIVE | {"links": {"biaya": ["scale", "user"]}})))
    assert measurement_study.value(table, "mean", "biaya")["note"] == "undeclared"
    share = measurement_study.value(table, "proportion", "biaya", "user")
    assert share["estimate"] == pytest.approx(0.75)


def test_a_declared_middle_decides_the_side(tmp_path):
    links = {"akses": {"measures": "user", "says": "positive", "middle": 0.9}}
    table = joint(with_interviews(write(tmp_path, qualitative=QUALITATIVE | {"links": links})))
    assert measurement_study.value(table, "proportion", "akses", "user")["note"] == "discord"


def test_a_published_statement_stands_beside_the_number_without_a_code(tmp_path):
    claim = {"statement": "All is well.", "source": "Somebody 2019", "measures": "scale", "says": "positive"}
    inf = with_interviews(write(tmp_path, LOW, QUALITATIVE | {"links": {"claim": claim}}))
    assert measurement_study.value(joint(inf), "mean", "claim")["note"] == "discord"
    assert inf.interviews is not None
    assert inf.study.qualitative is not None
    facts = joint_display.facts(inf.interviews, inf.study.qualitative, inf.instrument)
    assert facts["joint_quotations"].empty


def test_a_sensitive_question_is_not_repeated(tmp_path):
    table = joint(with_interviews(write(tmp_path, qualitative=QUALITATIVE | {"links": {"biaya": "money"}})))
    row = measurement_study.value(table, "mean", "biaya", "money")
    assert row["status"] == estimates.NOT_ESTIMABLE
    assert pd.isna(row["estimate"])
    assert "sensitive" in row["note"]


def test_a_sample_without_errors_contradicts_nothing(tmp_path):
    design = {"design": {"sampling": "nonprobability"}}
    row = measurement_study.value(joint(with_interviews(write(tmp_path, LOW, **design))), "mean", "akses")
    assert (row["note"], np.isnan(row["std_error"])) == ("expand", True)


def test_a_wave_without_interviews_says_so(tmp_path):
    with pytest.raises(NotApplicable, match="no coded interviews for this wave"):
        joint(measurement_study.inference(write(tmp_path)))


def test_overlapping_spans_of_two_coders_are_one_passage(inf):
    assert inf.interviews is not None
    held = passages(inf.interviews)
    assert held.unit.tolist() == [0, 0, 1, 1, 1, 2, 2, 3, 3]
    assert held.document.tolist() == [0, 0, 1, 1]
    assert held.judged.all()


def test_spans_that_only_touch_are_two_passages():
    held = _held(made.document("W", [(0, 22, "A", "akses"), (22, 50, "B", "biaya")]))
    assert held.unit.tolist() == [0, 1]


def _held(*documents):
    from survey.core.interviews import SEGMENT_COLUMNS

    lines = made.rows(documents)[1:]
    segments = pd.DataFrame(lines, columns=[*SEGMENT_COLUMNS]).astype({"start": int, "end": int, "year": "Int64"})
    codebook = pd.DataFrame([(e.name, e.frame, e.parent, e.description, e.usable) for e in made.BOOK],
                            columns=["code", "frame", "parent", "description", "usable"])  # fmt: skip
    return passages(Interviews(codebook, segments))


def test_frequencies_count_documents_and_passages_of_any_coder(inf):
    table = joint(inf)
    count = {(r.level, r.estimand): r.estimate for r in table[table["measure"].eq("interviews")].itertuples()}
    assert (count["akses", "documents"], count["akses", "passages"]) == (2, 3)
    assert (count["biaya", "documents"], count["biaya", "passages"]) == (2, 2)
    assert (count["jaringan", "documents"], count["jaringan", "passages"]) == (1, 1)


def test_agreement_is_that_of_the_passages_that_two_coders_read(inf):
    table = joint(inf)
    assert measurement_study.value(table, "units", None, "interviews")["estimate"] == 4
    assert measurement_study.value(table, "percent_agreement", "akses", "interviews")["estimate"] == 0.75
    judged = np.array([[1, 1], [0, 0], [1, 0], [1, 1]], dtype=float)
    found = measurement_study.value(table, "krippendorff_alpha", "akses", "interviews")["estimate"]
    assert found == pytest.approx(krippendorff_alpha(judged).estimate)


def test_one_coder_has_no_agreement(tmp_path, inf):
    assert inf.interviews is not None
    alone = Interviews(inf.interviews.codebook, inf.interviews.segments.query("coder == '1'"))
    table = joint(replace(inf, interviews=alone))
    row = measurement_study.value(table, "krippendorff_alpha", "akses", "interviews")
    assert (row["status"], row["note"]) == (estimates.NOT_ESTIMABLE, "no document was read by two coders")


def test_coders_who_never_differ_have_no_interval(inf):
    assert inf.interviews is not None
    both = inf.interviews.segments.query("coder == '1'")
    segments = pd.concat([both, both.assign(coder="2")]).sort_values(["document", "start"], kind="stable")
    table = joint(replace(inf, interviews=Interviews(inf.interviews.codebook, segments.reset_index(drop=True))))
    row = measurement_study.value(table, "kappa", "akses", "interviews")
    assert row["estimate"] == 1
    assert np.isnan(row["conf_low"])


def test_a_document_that_one_coder_read_is_no_disagreement():
    held = _held(
        made.document("W1", [(0, 22, "A", "akses"), (0, 22, "B", "akses")]),
        made.document("W2", [(0, 22, "A", "biaya")]),
    )
    assert held.doubly_judged.tolist() == [True, False]
    assert joint_display.voices.tables(held, Interviews(_codebook(), held.segments))["interview_disagreements"].empty


def _codebook() -> pd.DataFrame:
    return pd.DataFrame([(e.name, e.frame, e.parent, e.description, e.usable) for e in made.BOOK],
                        columns=["code", "frame", "parent", "description", "usable"])  # fmt: skip


def test_disagreements_name_place_and_code_and_no_words(inf):
    found = facts(inf)["interview_disagreements"]
    assert found[["document", "start", "code", "given_by", "not_given_by"]].values.tolist() == [
        ["W1", 23, "jaringan", "1", "2"],
        ["W2", 0, "akses", "1", "2"],
        ["W2", 0, "biaya", "2", "1"],
    ]
    assert "text" not in found


def facts(inf: Inference) -> dict[str, pd.DataFrame]:
    assert inf.interviews is not None
    assert inf.study.qualitative is not None
    return joint_display.facts(inf.interviews, inf.study.qualitative, inf.instrument)


def test_codes_that_meet_and_documents_by_stage_and_year_are_counted(inf):
    found = facts(inf)
    assert found["interview_meetings"].values.tolist() == [["akses", "biaya", 1, 1], ["biaya", "jaringan", 1, 1]]
    assert found["interview_stages"].values.tolist() == [["awal", 2020, 1], ["akhir", 2022, 1]]
    ranks = found["interview_codes"].set_index("code")["rank"].dropna().to_dict()
    assert ranks == {"akses": 1, "biaya": 1, "jaringan": 3}


def test_quotations_are_passages_that_all_coders_agree_on(inf):
    assert facts(inf)["joint_quotations"]["text"].tolist() == ["Aplikasi sulit dibuka.", "Hubungi [PHONE] saja."]


def test_passages_agreed_in_most_codes_are_quoted_first():
    pairs = [(0, 22, "A", "akses"), (0, 22, "B", "akses"), (23, 50, "A", "akses biaya"), (23, 40, "B", "akses biaya")]
    held = _held(made.document("W", pairs))
    assert quotations(held, ["akses"], 2)["text"].tolist() == [made.TEXT[23:50], made.TEXT[0:22]]
    assert len(quotations(held, ["akses"], 1)) == 1
    assert quotations(held, ["akses"], 0).empty


def test_long_passages_are_cut_at_a_word(monkeypatch):
    monkeypatch.setattr(joint_display, "LONGEST", 12)
    held = _held(made.document("W", [(0, 22, "A", "akses")]))
    assert quotations(held, ["akses"], 1)["text"].tolist() == ["Aplikasi …"]


def test_open_answers_are_counted_from_the_start_of_a_word(inf):
    table = open_answers(inf)
    share = {r.level: (r.estimate, r.n_level, r.n) for r in table[table["by"].isna()].itertuples()}
    # Blank cells leave the base: 250 of 300 wrote something.
    assert share == {"net": (0.4, 100, 250), "app": (0.2, 50, 250), "data": (0.2, 50, 250), "none": (0.4, 100, 250)}


def test_open_answers_appear_nowhere_in_what_is_released(tmp_path):
    write(tmp_path, analyses=["open_answers", "joint"])
    survey.load(tmp_path).run()
    for place in (tmp_path / "reports" / "w").rglob("*"):
        if place.suffix in (".csv", ".json", ".html"):
            text = place.read_text(encoding="utf-8")
            assert "lambat" not in text, place.name
            assert "0812" not in text, place.name
    facts_json = (tmp_path / "reports" / "w" / "facts.json").read_text(encoding="utf-8")
    assert '"joint_quotations"' in facts_json
    assert '"segments"' not in facts_json
    page = (tmp_path / "reports" / "w" / "report.en.html").read_text(encoding="utf-8")
    assert "Joint display" in page
    assert "Hubungi [PHONE] saja." in page
    assert "no theme found" in page


def test_themes_match_phrases_and_no_middles_of_words():
    found = pattern(Theme("t", Words(), ("Data Pribadi", "wi-fi")))
    assert found.search("soal data pribadi kami")
    assert found.search("wi-finya")
    assert not found.search("metadata pribadi")


def changed(folder: Path, **study) -> list:
    write(folder, **study)
    with pytest.raises(SchemaError) as refused:
        survey.load(folder)
    return list(refused.value.problems)


@pytest.mark.parametrize(
    ("qualitative", "found", "hint"),
    [
        ({"wave": "v"}, "no wave named 'v'", ""),
        ({"by": "sexx"}, "no group named 'sexx'", ""),
        ({"links": {"akses": "scal"}}, "no question, indicator or derived variable named 'scal'", "'scale'"),
        ({"links": {"akses": "wish"}}, "'wish', which has neither a mean nor two levels", ""),
        ({"links": {"akses": {"says": "positive"}}}, "", ""),
        ({"links": {"akses": {"measures": "scale", "says": "good"}}}, "'good'", ""),
        ({"links": {"akses": {"measures": "scale", "sayz": "positive"}}}, "sayz", "says"),
        ({"links": {"c": {"measures": "scale", "statement": "x"}}}, "a statement without `source`", ""),
        ({"quotations": 9}, "9", ""),
    ],
)
def test_what_qualitative_gets_wrong_is_refused(tmp_path, qualitative, found, hint):
    (problem, *_) = changed(tmp_path, qualitative=QUALITATIVE | qualitative)
    assert found in f"{problem.column} {problem.found}"
    assert hint in problem.hint
    assert problem.row is not None


def test_keywords_belong_to_text_and_their_names_are_not_taken(tmp_path):
    write(tmp_path)
    path = tmp_path / "instrument.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["questions"][-3]["keywords"] = {"none": {"en": "N", "words": "x"}}
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    with pytest.raises(SchemaError) as refused:
        survey.load(tmp_path)
    said = str(refused.value)
    assert "`keywords` on type nominal" in said
    assert "a theme named 'none'" in said


def test_bad_interviews_stop_check_and_run_with_their_place(tmp_path, capsys):
    write(tmp_path, qualitative=QUALITATIVE | {"coded": "i.csv"})
    lines = made.rows()
    lines[2][3] = "aksess"
    (tmp_path / "i.csv").write_text(made.csv_text(lines), encoding="utf-8")
    for verb in ("check", "run"):
        with pytest.raises(SystemExit) as ended:
            main([verb, str(tmp_path)])
        assert ended.value.code == 2
        assert "i.csv, row 3, code: found no code named 'aksess'" in "".join(capsys.readouterr())
    assert not (tmp_path / "reports").exists()


def test_a_rule_without_a_year_has_no_lag():
    assert Rule(Words.plain("x"), "national", 2018).lag(2016) == 2
    assert Rule(Words.plain("x"), "national", 2008).lag(2016) == -8
    assert Rule(Words.plain("x"), "city").lag(2016) is None
    assert Rule(Words.plain("x"), "city", 2018).lag(None) is None


def test_the_first_row_of_the_tangsel_display_is_the_supply_sides_claim():
    study = survey.load(Path(__file__).parents[1])
    assert study.spec.qualitative is not None
    first = study.spec.qualitative.links[0]
    assert "berjalan dengan baik" in first.statement.in_language("id")
    assert first.says == "positive"
    assert first.measures == tuple(i.name for i in study.instrument.indicators[:6])
    assert study.spec.tells(study.spec.waves[-1]) is study.spec.qualitative
    assert study.spec.tells(study.spec.waves[0]) is None
    assert study.spec.documents is not None
    assert [r.lag(study.spec.documents.launch) for r in study.spec.documents.rules][:3] == [-8, -7, 2]

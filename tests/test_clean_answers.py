"""Cells of coded and multi-response questions: codes, labels, synonyms, missing, and what is none of them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaning import FILE, cleaned, instrument, raw, wave
from survey.core.wave import MISSING
from survey.errors import InputError
from survey.prepare.clean import clean

AGREE = """
scales:
  setuju5:
    type: ordinal
    codes:
      1: {id: Sangat tidak setuju, en: Strongly disagree, abbr: STS}
      2: {id: Tidak setuju, en: Disagree, abbr: TS}
      3: {id: Netral, en: Neutral, abbr: N}
      4: {id: Setuju, en: Agree, abbr: S}
      5: {id: Sangat setuju, en: Strongly agree, abbr: SS}
    synonyms: {"kurang setuju": 2}
"""
ONE = AGREE + "questions: [{name: q, text: Q, scale: setuju5%s}]\n"
PAD = ["1"] * 40  # enough good cells that one bad one is below 5 %


def codes(result, name="q"):
    return [None if pd.isna(v) else v for v in result.frame[name]]


def kinds(result, name="q"):
    return [None if pd.isna(v) else v for v in result.frame[name + MISSING]]


def rules(result):
    return result.audit["rule"].tolist()


@pytest.mark.parametrize(
    ("cell", "code", "rule"),
    [
        ("4", 4, None), ("4.0", 4, None), ("04", 4, None), (" 4 ", 4, "trimmed"),
        ("Setuju", 4, None), ("Agree", 4, None), ("SS", 5, None), ("setuju", 4, "spelling"),
        ("Sangat  setuju", 5, "spelling"), ("Kurang Setuju", 2, "synonym"), ("\ufeffSetuju", 4, "spelling"),
    ],
)  # fmt: skip
def test_a_cell_is_a_code_a_label_or_a_synonym(cell, code, rule):
    result = cleaned(ONE % "", {"q": [cell, *PAD]})
    assert codes(result)[0] == code
    assert rules(result)[:1] == ([rule] if rule else [])


@pytest.mark.parametrize(
    "cell", ["²", "３", "1_0", "2025-03-01", "3,0", "6", "1e0", "#REF!", "\ufeff4", "-1", "4.5", "Setujuu"]
)
def test_what_only_resembles_an_answer_is_an_unknown_code(cell):
    result = cleaned(ONE % "", {"q": [cell, *PAD]})
    assert codes(result)[0] is None
    assert kinds(result)[0] == "blank"
    assert result.audit[["row", "column", "raw", "rule"]].to_numpy().tolist() == [[2, "q", cell, "unknown_code"]]


def test_answers_codes_reads_no_labels_and_answers_labels_reads_both():
    with pytest.raises(InputError, match=r"1 of 1 answers .* with unknown code: 'Setuju'.*or set answers: auto"):
        cleaned(ONE % "", {"q": ["Setuju"]}, answers="codes")
    assert codes(cleaned(ONE % "", {"q": ["Setuju", "4"]}, answers="labels")) == [4, 4]


def test_a_column_of_labels_that_look_like_codes_is_read_as_labels():
    yaml = "questions: [{name: n, text: N, type: ordinal, codes: {1: '0', 2: '1', 3: '2', 4: 3+}}]\n"
    assert codes(cleaned(yaml, {"n": ["0", "1", "2", "3+"]}), "n") == [1, 2, 3, 4]
    assert codes(cleaned(yaml, {"n": ["1", "2", "3", "4"]}), "n") == [1, 2, 3, 4]
    with pytest.raises(InputError, match=r"labels of some levels and codes of others.*answers: codes"):
        cleaned(yaml, {"n": ["0", "1", "4"]})


SEX = """
questions:
  - {name: jk, text: Sex, type: nominal, codes: {1: {id: Laki-laki, en: Male}, 2: {id: Perempuan, en: Female}},
     synonyms: {Pria: 1, Wanita: 2}}
"""


def test_p_is_female_beside_l_and_male_beside_w():
    assert codes(cleaned(SEX, {"jk": ["L", "P", "P"]}), "jk") == [1, 2, 2]
    assert codes(cleaned(SEX, {"jk": ["W", "P", "P"]}), "jk") == [2, 1, 1]


def test_p_beside_both_l_and_w_stops():
    with pytest.raises(InputError, match="P beside words of both"):
        cleaned(SEX, {"jk": ["L", "P", "W"]})


def test_a_synonym_of_p_does_not_outvote_the_column():
    yaml = SEX.replace("Wanita: 2", "Wanita: 2, P: 2, W: 2")
    assert codes(cleaned(yaml, {"jk": ["W", "P"]}), "jk") == [2, 1]


MISSING_9 = ', missing: {9: dont_know, "99": not_applicable, Menolak: refused}'


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("9", "dont_know"), ("9.0", "dont_know"), ("99", "not_applicable"), ("menolak", "refused"), (None, "blank"),
        ("", "blank"), ("  ", "blank"), ("NA", "blank"), ("-6", "blank"), ("-7", "not_applicable"),
        ("-8", "dont_know"), ("-9", "refused"), ("Don't know", "dont_know"), ("Don’t know", "dont_know"),
    ],
)  # fmt: skip
def test_missing_is_what_the_question_and_the_instrument_declare(cell, kind):
    result = cleaned(ONE % MISSING_9, {"q": [cell, "1"]})
    assert kinds(result) == [kind, None]
    assert codes(result) == [None, 1]
    assert rules(result) == []


def test_an_empty_cell_is_what_the_question_says_it_is():
    yaml = ONE % ', missing: {"": refused, "NA": dont_know}'
    assert kinds(cleaned(yaml, {"q": [None, "NA", "1"]})) == ["refused", "dont_know", None]


def test_missing_codes_may_differ_by_wave():
    yaml = ONE % ', missing: {"2025": {8: refused}, "2023": {9: refused}}'
    result = cleaned(yaml, {"q": ["8", *PAD, "9"]})
    assert kinds(result)[0] == "refused"
    assert rules(result) == ["unknown_code"]


def test_recode_turns_the_source_codes_of_one_wave():
    result = cleaned(ONE % ', recode: {"2025": {1: 5, 2: 4, 4: 2, 5: 1}}', {"q": ["1", "2", "3", "4", "5"]})
    assert codes(result) == [5, 4, 3, 2, 1]
    assert result.audit["rule"].value_counts().to_dict() == {"recode": 4}


def test_more_than_5_percent_unknown_codes_stop_the_run():
    at_the_limit = ["x"] * 5 + ["1"] * 95
    assert rules(cleaned(ONE % "", {"q": at_the_limit})) == ["unknown_code"] * 5
    with pytest.raises(InputError) as stopped:
        cleaned(ONE % "", {"q": ["1", "x", "y", *["1"] * 30]})
    (problem,) = stopped.value.problems
    assert (problem.file, problem.row, problem.column) == (FILE, 3, "q")
    assert problem.found == "2 of 33 answers (6%) with unknown code: 'x', 'y'"
    assert problem.expected == "one of 1, 2, 3, 4, 5"


def test_blank_cells_do_not_dilute_the_share_of_unknown_codes():
    with pytest.raises(InputError, match="1 of 10 answers"):
        cleaned(ONE % "", {"q": ["x", *["1"] * 9, *[None] * 50, *["NA"] * 50]})


def test_personal_data_among_unknown_codes_is_neither_shown_nor_audited():
    nik = "3674014107900001"
    with pytest.raises(InputError) as stopped:
        cleaned(ONE % "", {"q": [nik, "zzz"]})
    assert nik not in str(stopped.value)
    assert "zzz" in str(stopped.value)
    result = cleaned(ONE % "", {"q": [nik, *PAD]})
    assert rules(result) == ["unknown_code"]
    assert result.audit["raw"].isna().all()


LABELS = {"1": "Sangat setuju", "5": "Sangat tidak setuju", "3": "Netral"}


def test_a_file_whose_labels_run_the_other_way_is_refused():
    file = raw({"q": ["1", "3", "5"]}, format="sav", labels={"q": LABELS})
    with pytest.raises(InputError, match=r"code 1 labelled 'Sangat setuju'.*to be code 5.*add recode"):
        clean(file, instrument(ONE % ""), wave(), FILE)


def test_a_recode_that_turns_the_labels_back_is_accepted():
    file = raw({"q": ["1", "3", "5"]}, format="sav", labels={"q": LABELS})
    result = clean(file, instrument(ONE % ', recode: {"2025": {1: 5, 5: 1}}'), wave(), FILE)
    assert codes(result) == [5, 3, 1]


def test_an_unknown_code_is_read_by_the_label_that_the_file_gives_it():
    file = raw({"q": ["10", "1"]}, format="sav", labels={"q": {"10": "Setuju"}})
    result = clean(file, instrument(ONE % ""), wave(), FILE)
    assert codes(result) == [4, 1]
    assert rules(result) == ["file_label"]


def test_user_missing_codes_take_the_kind_of_their_label_else_blank():
    file = raw(
        {"q": ["88", "99", "1"]}, format="sav",
        labels={"q": {"88": "Tidak tahu"}}, missing={"q": frozenset({"88", "99"})},
    )  # fmt: skip
    result = clean(file, instrument(ONE % ""), wave(), FILE)
    assert kinds(result) == ["dont_know", "blank", None]
    assert rules(result) == ["user_missing", "user_missing"]


def test_a_code_declared_as_an_answer_stays_one_though_the_file_calls_it_missing():
    file = raw({"q": ["3", "1"]}, format="sav", missing={"q": frozenset({"3"})})
    assert codes(clean(file, instrument(ONE % ""), wave(), FILE)) == [3, 1]


def test_two_questions_may_read_one_column():
    yaml = (
        AGREE
        + """
questions:
  - {name: a, text: A, scale: setuju5, column: X}
  - {name: b, text: B, scale: setuju5, column: X, reverse: true}
"""
    )
    result = cleaned(yaml, {"X": ["1", "5"]})
    assert codes(result, "a") == codes(result, "b") == [1, 5]


def test_categories_are_the_codes_in_the_instruments_order():
    result = cleaned(ONE % "", {"q": ["4", "1"]})
    dtype = result.frame["q"].dtype
    assert (list(dtype.categories), dtype.ordered) == ([1, 2, 3, 4, 5], True)
    text = cleaned("questions: [{name: u, text: U, type: nominal, codes: {U: Urban, R: Rural}}]\n", {"u": ["R", "u"]})
    assert list(text.frame["u"].dtype.categories) == ["U", "R"]
    assert codes(text, "u") == ["R", "U"]


DEVICES = """
questions:
  - name: alat
    text: Devices
    type: multi
    codes:
      hp: {id: HP pintar, en: Smartphone}
      pc: {id: Komputer / laptop, en: "Computer, laptop"}
      tdk: {id: Tidak punya, en: None, exclusive: true}
"""


@pytest.mark.parametrize(
    ("cell", "want", "kind"),
    [
        ("pc hp", "hp;pc", None), ("hp", "hp", None), (None, "", None), ("NA", None, "blank"),
        ("-8", None, "dont_know"),
        ("HP pintar", "hp", None), ("HP pintar Komputer / laptop", "hp;pc", None), ("tdk", "tdk", None),
    ],
)  # fmt: skip
def test_a_cell_holds_every_chosen_option(cell, want, kind):
    result = cleaned(DEVICES, {"alat": [cell, "hp"]})
    assert codes(result, "alat")[0] == want
    assert kinds(result, "alat")[0] == kind


def test_labels_may_hold_the_separator():
    yaml = DEVICES.rstrip() + '\n    separator: ", "\n'
    result = cleaned(yaml, {"alat": ["Smartphone, Computer, laptop", "Computer, laptop", "hp, pc"]})
    assert codes(result, "alat") == ["hp;pc", "pc", "hp;pc"]


def test_an_unknown_part_is_dropped_and_the_known_ones_stay():
    result = cleaned(DEVICES, {"alat": ["hp xx", "xx", *["hp"] * 50]})
    assert codes(result, "alat")[:2] == ["hp", None]
    assert rules(result) == ["unknown_code"] * 2


def test_an_exclusive_option_beside_another_is_kept_and_counted():
    result = cleaned(DEVICES, {"alat": ["hp tdk", "hp"]})
    assert codes(result, "alat")[0] == "hp;tdk"
    assert result.quality.set_index("check").loc["exclusive", ["item", "n"]].tolist() == ["alat", 1]


def test_nothing_ticked_is_an_answer_unless_declared_missing():
    yaml = DEVICES.rstrip() + '\n    missing: {"": refused}\n'
    assert kinds(cleaned(yaml, {"alat": [None, "hp"]}), "alat") == ["refused", None]


MARKS = """
questions:
  - {name: alat, text: Devices, type: multi, codes: {hp: {id: HP, en: Phone}, pc: {id: PC, en: Computer}},
     columns: {hp: a1, pc: a2}%s}
"""


@pytest.mark.parametrize(
    ("cells", "want", "kind"),
    [
        (("1", "0"), "hp", None), (("Ya", "Tidak"), "hp", None), ((None, None), "", None), (("0", "0"), "", None),
        (("Phone", "Not selected"), "hp", None), (("pc", "1"), "pc", None), (("NA", "NA"), None, "blank"),
        (("-8", None), None, "dont_know"),
        (("TRUE", "True"), "hp;pc", None), (("Not selected", "Computer"), "pc", None),
    ],
)  # fmt: skip
def test_one_column_an_option_says_chosen_or_not(cells, want, kind):
    filler = ["1"] * 30
    table = {"a1": [cells[0], *filler], "a2": [cells[1], *filler]}
    result = cleaned(MARKS % "", table)
    assert codes(result, "alat")[0] == want
    assert kinds(result, "alat")[0] == kind


def test_a_declared_mark_is_the_only_one():
    result = cleaned(MARKS % ", selected: '2'", {"a1": ["2", "1"], "a2": ["1", "2"]})
    assert codes(result, "alat") == ["hp", "pc"]


cells = st.lists(st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["1", " 2", "Setuju", "-8", "NA", "hp pc"])))


@given(cells)
def test_every_cell_ends_as_a_declared_code_or_a_kind_of_missing(texts):
    try:
        result = cleaned(ONE % "", {"q": [*texts, "1"]})
    except InputError:
        return
    values, missing = result.frame["q"], result.frame["q" + MISSING]
    assert (values.isna() == missing.notna()).all()
    assert result.counts["cells_total"] == sum(n for name, n in result.counts.items() if name.startswith("cells_")) / 2


def test_a_label_that_two_codes_share_names_neither():
    yaml = "questions: [{name: q, text: Q, type: nominal, codes: {1: Yes, 2: Other, 3: other}}]\n"
    result = cleaned(yaml, {"q": ["OTHER", "Other", *["Yes"] * 40]})
    assert codes(result)[:2] == [None, 2]
    assert rules(result) == ["unknown_code"]


def test_recode_reads_the_parts_of_a_multi_response_cell():
    yaml = DEVICES.rstrip() + '\n    recode: {"2025": {"1": hp, "2": pc}}\n'
    result = cleaned(yaml, {"alat": ["2 1", "hp"]})
    assert codes(result, "alat") == ["hp;pc", "hp"]
    assert rules(result) == ["recode"]


def test_a_text_beside_the_marks_of_an_option_is_unknown():
    filler = ["1"] * 40
    result = cleaned(MARKS % "", {"a1": ["1", "?", *filler], "a2": ["?", "?", *filler]})
    assert codes(result, "alat")[:2] == ["hp", None]
    assert result.audit["raw"].tolist() == ["hp=1; pc=?", "hp=?; pc=?"]

"""Answers that contradict the instrument: over 5 % of a column, or of a person, and nobody guesses."""

from __future__ import annotations

import pandas as pd
import pyreadstat
import pytest

from hostile.hostile_study import REFUSERS, RESPONDENTS, THREE_ROWS, WAVE, table
from hostile.refusal import At

AGREED = RESPONDENTS - len(REFUSERS)
FIRST = THREE_ROWS[0]
#: Three answers of 58.
SHARE = f"3 of {AGREED} answers (5%)"


def three(cell: str) -> dict[int, str]:
    return dict.fromkeys(THREE_ROWS, cell)


@pytest.mark.parametrize(
    ("column", "cell", "found", "expected"),
    [
        pytest.param("puas", "sangatt setuju sekali", "unknown code", "one of 1, 2, 3, 4, 5", id="label"),
        pytest.param("puas", "6", "unknown code: '6'", "one of 1, 2, 3, 4, 5", id="code"),
        pytest.param("puas", "-1", "unknown code: '-1'", "one of 1, 2, 3, 4, 5", id="negative-code"),
        pytest.param("puas", "3.5", "unknown code: '3.5'", "one of 1, 2, 3, 4, 5", id="between-codes"),
        pytest.param("puas", "③", "unknown code: '③'", "one of 1, 2, 3, 4, 5", id="circled-digit"),
        pytest.param("puas", "4²", "unknown code: '4²'", "one of 1, 2, 3, 4, 5", id="superscript"),
        pytest.param("puas", "１", "unknown code: '１'", "one of 1, 2, 3, 4, 5", id="full-width-digit"),
        pytest.param("puas", "#REF!", "unknown code: '#REF!'", "one of 1, 2, 3, 4, 5", id="broken-reference"),
        pytest.param("puas", "04-Mar", "unknown code: '04-Mar'", "one of 1, 2, 3, 4, 5", id="spreadsheet-date"),
        pytest.param("jk", "3", "unknown code: '3'", "one of 1, 2", id="nominal-code"),
        pytest.param("umur", "tua", "not a number: 'tua'", "a whole number", id="word-for-number"),
        pytest.param("umur", "1_0", "not a number: '1_0'", "a whole number", id="underscored-number"),
        pytest.param("umur", "1e999", "not a number: '1e999'", "a whole number", id="infinite-number"),
        pytest.param("umur", "30.5", "not a number: '30.5'", "a whole number", id="fraction"),
        pytest.param("tgl", "2025-02-30", "not a date: '2025-02-30'", "YYYY-MM-DD", id="day-that-is-none"),
        pytest.param("tgl", "45870", "not a date: '45870'", "YYYY-MM-DD", id="serial-number-of-a-day"),
    ],
)
def test_above_five_percent_unreadable_answers_stop_the_run(study, column, cell, found, expected):
    study.write(table().put(column, three(cell)))
    study.refuses(At(f"{SHARE} with {found}", FIRST, column, expected, hint=column))


def test_an_option_that_is_none_stops_the_run_too(study):
    made = table().put("media", three("1 9"))
    filled = sum(1 for row, cell in enumerate(made.column("media"), start=2) if cell and row not in REFUSERS)
    study.write(made)
    study.refuses(At(f"3 of {filled} answers (6%) with unknown code: '1 9'", FIRST, "media", "one of 1, 2, 3"))


def test_labels_in_a_wave_that_is_declared_to_hold_codes_stop_the_run(study):
    study.source("responses.csv", " answers: codes,")
    study.write(table().put("puas", three("Setuju")))
    study.refuses(At(f"{SHARE} with unknown code: 'Setuju'", FIRST, "puas", hint="answers:"))


def test_unreadable_columns_are_named_together(study):
    study.write(table().put("puas", three("6")).put("jk", three("9")).put("umur", three("x")))
    study.refuses(*(At(SHARE, FIRST, column) for column in ("puas", "jk", "umur")))


def test_labels_that_are_also_other_codes_are_not_guessed(study):
    study.edit("instrument.yaml", ("1: {id: Laki-laki, en: Male}, 2: {id: Perempuan, en: Female}", '1: "2", 2: "3"'))
    study.write(table().put("jk", {3: "3"}))
    study.refuses(At("labels of some levels and codes of others", column="jk", hint="answers: codes"))


def test_an_ambiguous_letter_of_sex_is_not_guessed(study):
    made = table().fill("jk", "P")
    study.write(made.put("jk", {3: "L", 4: "W"}))
    study.refuses(At("P beside words of both L/P and P/W", column="jk", expected="one convention"), more=True)


def test_a_phone_number_in_the_place_of_an_answer_is_counted_and_not_shown(study):
    phone = "0812 3456 7890"
    study.private |= {phone, phone.replace(" ", "")}
    study.write(table().put("puas", three(phone)))
    study.refuses(At(f"{SHARE} with unknown code", FIRST, "puas"))


def test_names_in_the_place_of_answers_are_counted_and_not_shown(study):
    names = {row: f"Dewi Tersembunyi{row}" for row in range(2, RESPONDENTS + 2)}
    study.private |= {"Tersembunyi"}
    study.write(table().put("puas", names))
    study.refuses(At(f"{AGREED} of {AGREED} answers", 2, "puas"))


def test_conflicting_ids_are_named_by_their_rows_and_never_shown(study):
    made = table()
    made.put("resp", {20: made.column("resp")[6], 31: made.column("resp")[6], 45: made.column("resp")[9]})
    study.write(made)
    study.refuses(
        At("the same id with different answers in rows 8, 20, 31", 8, "resp"),
        At("the same id with different answers in rows 11, 45", 11, "resp"),
    )


def test_ids_that_a_spreadsheet_rounded_are_refused_and_never_shown(study):
    study.private |= {"3.67E+15"}
    study.write(table().put("resp", three("3.67E+15")))
    study.refuses(At("3 ids in scientific notation", FIRST, "resp", hint="as text"))


def test_a_wave_that_nobody_agreed_to_is_refused(study):
    study.write(table().fill("izin", "2"))
    study.refuses(At(f"{RESPONDENTS} of {RESPONDENTS} records without consent", expected="at least one respondent"))


def test_a_violated_check_of_severity_error_names_every_row(study):
    old = dict.fromkeys(THREE_ROWS, "2019-08-01")
    study.write(table().put("tgl", old | dict.fromkeys(REFUSERS, "2019-08-01")))
    rows = ", ".join(map(str, THREE_ROWS))
    study.refuses(At(f"check K01 violated in 3 rows: {rows}", FIRST, expected="year(tgl) >= 2020"))


def test_two_violated_checks_are_named_together(study):
    study.edit("instrument.yaml", ("checks:\n", 'checks:\n  - {id: K02, severity: error, rule: "kosong == 0"}\n'))
    study.edit("instrument.yaml", ("derived:\n", 'derived:\n  - {name: kosong, from: "umur - umur"}\n'))
    study.edit("instrument.yaml", ('rule: "kosong == 0"', 'rule: "kosong > 0"'))
    study.write(table().put("tgl", dict.fromkeys(THREE_ROWS, "2019-08-01")))
    study.refuses(At("check K01 violated", FIRST), At(f"check K02 violated in {AGREED} rows", 2), more=True)


def test_answers_and_weights_that_are_wrong_are_named_together(study):
    study.write(table().put("puas", three("6")).put("bobot", {9: "0"}))
    study.refuses(At(SHARE, FIRST, "puas"), At(f"1 of {AGREED} weights", 9, "bobot"))


def test_a_violated_check_and_a_weight_that_is_none_are_named_together(study):
    study.write(table().put("tgl", three("2019-08-01")).put("bobot", {9: "-1"}))
    study.refuses(At("check K01 violated", FIRST), At(f"1 of {AGREED} weights", 9, "bobot"))


def test_a_design_column_that_cannot_be_read_is_one_problem_and_the_others_are_judged(study):
    study.design("{weight: bobot, stratum: jk, psu: rt}")
    study.write(table().put("jk", three("7")).put("bobot", {9: "0"}).put("rt", {11: ""}))
    study.refuses(At(SHARE, FIRST, "jk"), At(f"1 of {AGREED} weights", 9, "bobot"))


def test_a_derived_whole_number_that_comes_out_fractional_is_refused(study):
    study.edit("instrument.yaml", ("derived:\n", 'derived:\n  - {name: separuh, from: "umur / 2", type: integer}\n'))
    study.refuses(At("values of 'umur / 2' with a fraction", column="separuh", file="instrument.yaml"), more=True)


def spss(study, labels=None, columns=("puas",), **changes) -> str:
    """The wave as an SPSS file; returns its path."""
    made = table()
    frame = pd.DataFrame({name: made.column(name) for name in made.header})
    numeric = ["izin", "jk", "umur", "puas", "so1", "so2", "kec", "rt", "bobot"]
    frame = frame.astype(dict.fromkeys(numeric, float))
    path = study.source("responses.sav")
    pyreadstat.write_sav(frame, str(study.place(path)), variable_value_labels=dict.fromkeys(columns, labels or {}))
    return path


REVERSED = {1: "Sangat setuju", 2: "Setuju", 3: "Netral", 4: "Tidak setuju", 5: "Sangat tidak setuju"}


def test_a_file_whose_labels_run_the_other_way_is_refused_code_by_code(study):
    path = spss(study, REVERSED, ("puas", "so1"))
    study.refuses(
        *(
            At(
                f"code {code} labelled {REVERSED[code]!r} in the file", column=column, file=path,
                expected=f"code {6 - code}", hint=f"recode to {column!r}",
            )
            for column in ("puas", "so1")
            for code in (1, 2, 4, 5)
        )
    )  # fmt: skip


def test_a_truncated_spss_file_is_refused(study):
    path = spss(study)
    study.write(study.place(path).read_bytes()[:-200], path)
    study.refuses(At("cases instead of the 60 of its header", file=path, expected="a whole file"))


def test_an_spss_file_that_counts_fewer_cases_than_it_holds_is_refused(study):
    path = spss(study)
    content = bytearray(study.place(path).read_bytes())
    content[80:84] = (RESPONDENTS - 2).to_bytes(4, "little")
    study.write(bytes(content), path)
    study.refuses(At(f"more cases than the {RESPONDENTS - 2} of its header", file=path))


def test_an_spss_file_with_a_broken_dictionary_is_refused(study):
    path = spss(study)
    content = study.place(path).read_bytes()
    study.write(content[:200] + b"\xff" * 400 + content[600:], path)
    study.refuses(At("a corrupt file", file=path, expected="a whole .sav file"))


def parquet(study, name: str, frame: pd.DataFrame) -> None:
    frame.to_parquet(study.place(f"data/raw/{WAVE}/{name}"), index=False)


def frame_of_answers() -> pd.DataFrame:
    made = table()
    return pd.DataFrame({name: made.column(name) for name in made.header})


def test_a_truncated_parquet_file_is_refused(study):
    path = study.source("responses.parquet")
    parquet(study, "responses.parquet", frame_of_answers())
    study.write(study.place(path).read_bytes()[:-100], path)
    study.refuses(At("a truncated or corrupt file", file=path, expected="a whole Parquet file"))


def test_parquet_parts_that_differ_are_refused_by_name(study):
    path = study.source("*.parquet")
    parquet(study, "a.parquet", frame_of_answers())
    parquet(study, "b.parquet", frame_of_answers().drop(columns="puas"))
    study.refuses(At("another schema in b.parquet", file=path))


def test_a_parquet_column_of_lists_is_refused_by_name(study):
    path = study.source("responses.parquet")
    frame = frame_of_answers()
    parquet(study, "responses.parquet", frame.assign(media=frame["media"].str.split()))
    study.refuses(At("a column of type list", column="media", file=path))


def test_a_truncated_stata_file_is_refused(study):
    path = study.source("responses.dta")
    frame_of_answers().to_stata(study.place(path), write_index=False, version=118)
    study.write(study.place(path).read_bytes()[:-400], path)
    study.refuses(At("trunc", file=path, expected="a whole .dta file"))


def test_a_folder_without_parquet_is_refused(study):
    path = study.source("kosong")
    study.place(path).mkdir()
    study.refuses(At("a folder without Parquet files", file=path))


def test_a_format_of_a_later_version_or_an_unknown_suffix_is_refused(study):
    path = study.source("responses.xlss")
    study.write(b"resp\n1\n", path)
    study.refuses(At("without a known suffix", column="format", file=path, hint="'xlsx'"))

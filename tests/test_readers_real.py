"""Files that other people's tools wrote arrive whole; counts and twins are those of their publishers."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from survey.errors import InputError
from survey.prepare import ingest

pytestmark = pytest.mark.real

FLOAT = 1e-12  # a decimal text and the double it stands for


@pytest.fixture(scope="module")
def read(shared):
    return lambda name, **options: ingest.table(shared / "data" / name, name, **options)


@pytest.fixture(scope="module")
def golden(shared):
    return lambda name: json.loads((shared / "golden" / name).read_text())


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("kcmo_2021/kcmo_wave_1QSEP2021.csv", (1033, 156)),
        ("anes_2020/anes_2020.csv", (7453, 21)),
        ("anes_2020/anes_2020_stata_example.dta", (7453, 44)),
        ("masculinity_2018/raw-responses.csv", (1615, 98)),
        ("bfi/bfi.csv", (2800, 29)),
        ("google_forms/2019_en_form_responses.csv", (1838, 48)),
        ("limesurvey/rse_2017_de.csv", (325, 248)),
        ("surveymonkey/comma-survey.csv", (1129, 13)),
        ("kobo_kcmo/kcmo_xml_both.csv", (400, 26)),
        ("kobo_kcmo/kcmo_xml_both.xlsx", (400, 26)),
        ("stat_formats/pspp_examples/hotel.sav", (17, 5)),
        ("stat_formats/pspp_examples/personnel.sav", (56, 6)),
        ("stat_formats/pyreadstat/sample_large.sav", (485, 7)),
    ],
)
def test_every_record_and_column_arrives(read, name, shape):
    raw = read(name)
    assert raw.frame.shape == shape
    assert raw.rows[0] == (1 if raw.format in ("sav", "dta") else 2)
    assert raw.rows.is_unique


@pytest.mark.parametrize("name", ["kcmo_2021/kcmo_wave_1QSEP2021.csv", "masculinity_2018/raw-responses.csv"])
def test_every_cell_of_a_csv_is_as_written(shared, read, name):
    with (shared / "data" / name).open(encoding="utf-8", newline="") as file:
        want = [[cell or None for cell in record] for record in csv.reader(file)][1:]
    got = read(name).frame
    assert got.astype(object).where(got.notna(), None).to_numpy().tolist() == want


def test_a_survey_whose_first_header_is_empty_names_it_by_position(read):
    raw = read("masculinity_2018/raw-responses.csv")
    assert raw.frame.columns[0] == raw.decisions["unnamed_columns"] == "unnamed_1"


def test_counts_of_answers_are_the_published_ones(read, golden):
    frame = read("kcmo_2021/kcmo_wave_1QSEP2021.csv").frame
    for item, waves in golden("kcmo_wave1.json")["item_dist"].items():
        counts = frame[item].value_counts()
        for code, n in waves["1QSEP2021"]["counts"].items():
            assert counts.get(code, 0) == n


def test_repeated_question_texts_are_refused_by_name_and_place(read):
    with pytest.raises(InputError, match=r"por la que aprendiste R.' in columns 6, 14"):
        read("google_forms/2019_es_form_responses.csv")


def test_a_kobo_workbook_and_its_csv_hold_the_same_text(read):
    pd.testing.assert_frame_equal(read("kobo_kcmo/kcmo_xml_both.xlsx").frame, read("kobo_kcmo/kcmo_xml_both.csv").frame)


def test_a_workbook_with_a_repeat_group_asks_for_the_sheet(read):
    name = "kobo_formpack/grouped_repeatable__xml__both.xlsx"
    with pytest.raises(InputError, match="2 sheets with data"):
        read(name)
    assert "household_member_name" in read(name, sheet="houshold_member_repeat").frame


SAMPLES = ["sample.sav", "sample.zsav", "sample.dta", "sample.por"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_equals_its_csv_twin(shared, read, name):
    want = pd.read_csv(shared / "data/stat_formats/pyreadstat/sample.csv", dtype=str, encoding="utf-8-sig")
    want["dtime"] = want["dtime"].str.removesuffix(".000000")
    want["mytime"] = want["mytime"].str.removesuffix(".000000").replace("0:00:00", "00:00:00")
    got = read(f"stat_formats/pyreadstat/{name}").frame
    pd.testing.assert_frame_equal(got.set_axis(want.columns, axis=1), want)


def test_declared_missing_values_stay_and_are_named(shared, read):
    raw = read("stat_formats/pyreadstat/sample_missing.sav")
    twin = pd.read_csv(
        shared / "data/stat_formats/pyreadstat/sample_missing_user.csv", na_values=["#NULL!"], keep_default_na=False
    )
    for name in ("mynum", "mylabl", "myord"):
        np.testing.assert_allclose(raw.frame[name].astype(float), twin[name], rtol=FLOAT)
    assert raw.missing == {"mynum": {"-1", "2500"}, "mylabl": {"-1"}, "myord": {"-1", "-2", "-3"}}
    assert raw.labels["mylabl"] == {"-1": "undetermined", "1": "Male", "2": "Female"}
    assert read("stat_formats/pyreadstat/missing_char.sav").missing == {"mychar": {"Z"}}


def test_extended_missing_values_of_stata_keep_their_letter(read):
    raw = read("stat_formats/haven/tagged-na-int.dta")
    assert raw.frame["x"].tolist() == ["1", "2", "3", "4", "5", ".a", ".h", ".z"]
    assert raw.missing == {"x": {".a", ".h", ".z"}}
    assert raw.labels == {"x": {".a": "apple", ".z": ".zebra"}}


def test_a_large_stata_file_equals_the_table_made_from_it(shared, read):
    stata, table = read("anes_2020/anes_2020_stata_example.dta"), read("anes_2020/anes_2020.csv")
    assert stata.frame["V200001"].tolist() == table.frame["CaseID"].tolist()
    assert stata.frame["V200010d"].tolist() == table.frame["Stratum"].tolist()
    assert stata.labels["V201006"]["-9"] == "-9. Refused"


def test_letters_beyond_ascii_arrive(read):
    assert read("stat_formats/haven/umlauts.sav").labels["var1"]["1"] == "the ä umlaut"
    assert read("stat_formats/pyreadstat/hebrews.sav").frame.columns.tolist() == ["ותק_ב"]
    assert read("stat_formats/pyreadstat/tegulu.sav").frame.iloc[0, 1].startswith("నేను")


def test_a_date_beyond_the_calendar_is_refused(read):
    with pytest.raises(InputError, match=r"datetime\.sav, row 1, date\.posix: .*the years 1 to 9999"):
        read("stat_formats/haven/datetime.sav")

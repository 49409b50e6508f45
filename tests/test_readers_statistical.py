"""SPSS and Stata files: codes, labels and declared missing values as text, and nothing lost."""

import io
import struct

import pandas as pd
import pyreadstat
import pytest

from survey.errors import InputError
from survey.prepare.readers import spss, stata
from survey.prepare.readers.source import Part, Source, Table

CASES = 80  # place of the count of cases in the header of a .sav


def source(path, format, content=None, **options):
    return Source(path.name, format, (Part(path.name, path.read_bytes() if content is None else content),), **options)


def sav(path, content=None, **options):
    return spss.read(source(path, "sav", content, **options))


def dta(path, content=None):
    return stata.read(source(path, "dta", content))


@pytest.fixture
def wave_sav(tmp_path):
    path = tmp_path / "wave.sav"
    frame = pd.DataFrame(
        {"q1": [1.0, 2.0, 99.0, None, 97.0], "q2": [0.1, -5.0, 1e6, 3.0, 3.5], "kota": ["BSD ", "", " Z", "99", "Q"]}
    )
    pyreadstat.write_sav(
        frame,
        path,
        variable_value_labels={"q1": {1: "Baik", 99: "Tidak tahu"}, "kota": {"Q": "Kyu"}},
        missing_ranges={"q1": [{"lo": 97, "hi": 99}], "q2": [{"lo": float("-inf"), "hi": 0}, 3], "kota": ["99", "XX"]},
    )
    return path


def test_codes_read_as_text_and_system_missing_as_missing(wave_sav):
    frame = sav(wave_sav).frame
    assert frame["q1"].tolist()[:3] == ["1", "2", "99"]
    assert frame["q1"].isna().tolist() == [False, False, False, True, False]
    assert frame["q2"].tolist() == ["0.1", "-5", "1000000", "3", "3.5"]


def test_only_the_blanks_that_pad_a_text_are_cut(wave_sav):
    frame = sav(wave_sav).frame
    assert frame["kota"].tolist()[2:] == [" Z", "99", "Q"]
    assert frame["kota"].isna().tolist()[1]


def test_labels_go_by_the_code_as_text(wave_sav):
    assert sav(wave_sav).labels == {"q1": {"1": "Baik", "99": "Tidak tahu"}, "kota": {"Q": "Kyu"}}


def test_missing_ranges_name_the_codes_that_occur(wave_sav):
    found = sav(wave_sav).missing
    assert found["q1"] == {"97", "99"}
    assert found["q2"] == {"-5", "3"}
    assert found["kota"] == {"99", "XX"}


def test_cases_are_numbered_from_one(wave_sav):
    assert list(sav(wave_sav).rows) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("count", "said"), [(3, "more cases than the 3"), (9, "5 cases instead of the 9")])
def test_a_count_of_cases_that_does_not_fit_is_refused(wave_sav, count, said):
    content = bytearray(wave_sav.read_bytes())
    content[CASES : CASES + 4] = struct.pack("<i", count)
    with pytest.raises(InputError, match=said):
        sav(wave_sav, bytes(content))


def test_a_file_that_does_not_count_its_cases_is_read_to_the_end(wave_sav):
    content = bytearray(wave_sav.read_bytes())
    content[CASES : CASES + 4] = struct.pack("<i", -1)
    assert len(sav(wave_sav, bytes(content)).frame) == 5


def test_a_header_that_promises_more_than_memory_holds_is_refused(wave_sav):
    content = bytearray(wave_sav.read_bytes())
    content[CASES : CASES + 4] = struct.pack("<i", 2**31 - 1)
    with pytest.raises(InputError, match="Convert it to Parquet"):
        sav(wave_sav, bytes(content))


@pytest.mark.parametrize("cut", [1, 8, 40, 200, 600])
def test_a_truncated_sav_is_refused(wave_sav, cut):
    with pytest.raises(InputError, match=r"wave\.sav: found"):
        sav(wave_sav, wave_sav.read_bytes()[:-cut])


def test_every_damaged_byte_ends_in_a_table_or_a_refusal(wave_sav):
    whole = wave_sav.read_bytes()
    ended = set()
    for at in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        try:
            ended.add(type(sav(wave_sav, bytes(damaged))))
        except InputError as refusal:
            ended.add(type(refusal))
    assert ended == {Table, InputError}


def test_compressed_files_read_alike(tmp_path, wave_sav):
    frame, meta = pyreadstat.read_sav(wave_sav, user_missing=True)
    pyreadstat.write_sav(frame, tmp_path / "z.zsav", compress=True, variable_value_labels=meta.variable_value_labels)
    found = spss.read(source(tmp_path / "z.zsav", "zsav"))
    pd.testing.assert_frame_equal(found.frame, sav(wave_sav).frame)


def test_dates_are_iso_in_every_format(tmp_path):
    moments = pd.to_datetime(["2025-08-01 09:30:00", None])
    frame = pd.DataFrame({"day": moments.date, "at": moments, "clock": [pd.Timestamp("2000-01-01 07:05").time(), None]})
    for name, write, read in (("d.sav", pyreadstat.write_sav, sav), ("d.dta", pyreadstat.write_dta, dta)):
        write(frame, tmp_path / name)
        found = read(tmp_path / name).frame
        assert found.iloc[0].tolist() == ["2025-08-01", "2025-08-01T09:30:00", "07:05:00"]
        assert found.iloc[1].isna().all()


def test_a_date_beyond_the_calendar_is_refused_by_case(tmp_path):
    pyreadstat.write_sav(
        pd.DataFrame({"tgl": [13949971200.0, 9e15, 1e300]}), tmp_path / "d.sav", variable_format={"tgl": "DATE11"}
    )
    with pytest.raises(InputError, match=r"(?s)d.sav, row 2, tgl: .*the years 1 to 9999.*row 3, tgl"):
        sav(tmp_path / "d.sav")


def test_a_portable_file_keeps_its_names(tmp_path):
    pyreadstat.write_por(pd.DataFrame({"q1": [1.0, None]}), tmp_path / "a.por")
    assert spss.read(source(tmp_path / "a.por", "por")).frame.columns.tolist() == ["Q1"]


def test_extended_missing_values_keep_their_letter(tmp_path):
    frame = pd.DataFrame({"q1": [1, 2, "a", "z"], "kota": ["a", "b", "", "d"]})
    pyreadstat.write_dta(
        frame,
        tmp_path / "a.dta",
        missing_user_values={"q1": ["a", "z"]},
        variable_value_labels={"q1": {1: "ya", "a": "menolak"}},
    )
    found = dta(tmp_path / "a.dta")
    assert found.frame["q1"].tolist() == ["1", "2", ".a", ".z"]
    assert found.missing == {"q1": {".a", ".z"}}
    assert found.labels == {"q1": {"1": "ya", ".a": "menolak"}}
    assert found.frame["kota"].tolist()[0] == "a"


def test_single_precision_shows_the_digits_it_has(tmp_path):
    content = io.BytesIO()
    pd.DataFrame({"x": pd.Series([3.14, 2], dtype="float32")}).to_stata(content, write_index=False, version=118)
    assert dta(tmp_path / "a.dta", content.getvalue()).frame["x"].tolist() == ["3.14", "2"]


@pytest.mark.parametrize("cut", [1, 10, 100, 500])
def test_a_truncated_dta_is_refused(tmp_path, cut):
    pyreadstat.write_dta(pd.DataFrame({"q1": [1, 2]}), tmp_path / "a.dta")
    with pytest.raises(InputError, match=r"a truncated file"):
        dta(tmp_path / "a.dta", (tmp_path / "a.dta").read_bytes()[:-cut])


def test_a_file_without_cases_is_refused(tmp_path):
    pyreadstat.write_sav(pd.DataFrame({"q1": pd.Series([], dtype=float)}), tmp_path / "a.sav")
    with pytest.raises(InputError, match="no case"):
        sav(tmp_path / "a.sav")

"""A wave's source is found, is what it says it is, and is never read in two ways."""

import hashlib
import os

import pandas as pd
import pytest

from survey.core.expression import parse
from survey.core.sampling import DesignSpec
from survey.core.study import WaveSpec
from survey.core.words import Words
from survey.errors import InputError
from survey.prepare import ingest
from survey.prepare.readers import READERS, reader, source


def wave(**keys):
    return WaveSpec(name="2025", source="data.csv", label=Words.plain("2025"), design=DesignSpec(), **keys)


def refused(path, **options):
    with pytest.raises(InputError) as error:
        ingest.table(path, f"raw/{path.name}", **options)
    assert str(error.value).startswith(f"raw/{path.name}")
    assert str(path.parent) not in str(error.value)
    return str(error.value)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("id,q1\n1,5\n2,4\n3,\n")
    return path


def test_a_wave_is_read_as_its_spec_says(tmp_path):
    path = tmp_path / "data.txt"
    path.write_bytes("id|kota\n1|Bogôr\n".encode("cp1252"))
    raw = ingest.read(path, wave(format="csv", encoding="cp1252", delimiter="|"), "data.txt")
    assert raw.frame.to_dict("list") == {"id": ["1"], "kota": ["Bogôr"]}
    assert (raw.file, raw.format) == ("data.txt", "csv")
    assert raw.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert raw.decisions["encoding"] == "cp1252"


def test_every_reader_can_be_imported():
    assert all(callable(reader(format)) for format in READERS)


def test_a_missing_file_offers_the_nearest_name(csv):
    message = refused(csv.with_name("dat.csv"))
    assert "no such file" in message
    assert "Did you mean 'data.csv'?" in message


def test_a_missing_folder_is_named_as_the_study_names_it(tmp_path):
    assert "a folder raw that holds it" in refused(tmp_path / "nowhere" / "data.csv")


def test_only_regular_files_are_opened(tmp_path, csv):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to(csv)
    assert "not a regular file" in refused(tmp_path / "pipe.csv")
    assert "a symbolic link" in refused(tmp_path / "link.csv")


def test_a_folder_without_parquet_is_refused(csv):
    with pytest.raises(InputError, match="a folder without Parquet files"):
        ingest.table(csv.parent, "raw")


def test_an_unknown_suffix_asks_for_the_format(tmp_path):
    path = tmp_path / "data.xlss"
    path.write_text("id\n1\n")
    message = refused(path)
    assert "without a known suffix (xlss)" in message
    assert "Did you mean 'xlsx'?" in message


def test_a_planned_format_says_so(csv):
    assert "format kobo, which is not in this version" in refused(csv, format="kobo")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"PK\x03\x04" + b"\0" * 26 + b"xl/workbook.xml", "found an Excel workbook (xlsx)"),
        ("a.csv", b"<!DOCTYPE html><table>", "found an HTML page"),
        ("a.csv", b"$FL2@(#) SPSS", "Declare `format: sav`"),
        ("a.csv", b"\x1f\x8b\x08", "found a gzip archive"),
        ("a.csv", b"", "found an empty file"),
        ("a.xlsx", b"id,q1\n1,2\n", "found plain text; expected an Excel workbook (xlsx)"),
        ("a.xlsx", b" <html><body>", "found an HTML page"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "before 2007"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "an encrypted Excel workbook",
        ),
        ("a.xlsx", b"PK\x03\x04" + b"\0" * 60, "found a zip archive"),
        ("a.sav", b"id,q1\n", "expected an SPSS file (sav)"),
        ("a.parquet", b"id,q1\n", "expected a Parquet file"),
        ("a.dta", b"PAR1xx", "found a Parquet file; expected a Stata file"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused_for_what_it_is(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    assert said in refused(tmp_path / name)


def test_a_declared_format_wins_over_the_suffix(tmp_path, csv):
    path = csv.rename(tmp_path / "data.dat")
    assert ingest.table(path, "data.dat", format="csv").format == "csv"
    assert "expected an Excel workbook" in refused(path, format="xlsx")


def test_a_file_above_the_limit_is_refused(monkeypatch, csv):
    monkeypatch.setattr(ingest, "MAX_BYTES", 10)
    assert "Convert it to Parquet" in refused(csv)


def test_a_cell_above_the_limit_is_refused(monkeypatch, csv):
    csv.write_text("id,q1\n1," + "x" * 30 + "\n")
    monkeypatch.setattr(ingest, "MAX_CELL", 20)
    message = refused(csv)
    assert "a cell of more than 20 characters" in message
    assert "xxx" not in message


def test_a_table_above_the_limit_of_columns_is_refused(csv):
    csv.write_text(",".join(f"q{i}" for i in range(source.MAX_COLUMNS + 1)) + "\n")
    assert "found 2001 columns; expected at most 2000" in refused(csv)


def test_where_keeps_the_records_for_which_it_is_true(csv):
    raw = ingest.table(csv, "data.csv")
    kept, left_out = ingest.select(raw, parse("q1 >= 5"))
    assert kept.frame["id"].tolist() == ["1"]
    assert list(kept.rows) == [2]
    assert list(left_out) == [3, 4]  # where it is unknown, too
    assert kept.decisions["left_out"] == "2"
    assert len(raw.frame) == 3


def test_where_compares_texts_and_numbers_alike(csv):
    raw = ingest.table(csv, "data.csv")
    for text in ("id == '2'", "id == 2"):
        assert ingest.select(raw, parse(text))[0].frame["id"].tolist() == ["2"]


def test_where_that_names_no_column_offers_the_nearest(csv):
    raw = ingest.table(csv, "data.csv")
    with pytest.raises(InputError, match=r"data.csv, where: found no column named 'q11'.*Did you mean 'q1'"):
        ingest.select(raw, parse("q11 == 1 and id == 1"))


def test_where_that_leaves_nobody_is_refused(csv):
    with pytest.raises(InputError, match="no record for which id == 9 is true"):
        ingest.select(ingest.table(csv, "data.csv"), parse("id == 9"))


def test_the_frame_is_text_or_missing(csv):
    frame = ingest.table(csv, "data.csv").frame
    assert (frame.dtypes == pd.Series([pd.StringDtype(na_value=float("nan"))] * 2, index=frame.columns)).all()
    assert frame["q1"].isna().tolist() == [False, False, True]

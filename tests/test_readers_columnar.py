"""Parquet: the same text as from every other format, from one file or a folder of parts."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from survey.errors import InputError
from survey.prepare import ingest


def refused(path):
    with pytest.raises(InputError) as error:
        ingest.table(path, path.name)
    return str(error.value)


def test_every_type_reads_as_text(tmp_path):
    columns = {
        "whole": pa.array([1, None], pa.int8()),
        "real": pa.array([1.0, 0.1]),
        "single": pa.array([3.14, None], pa.float32()),
        "logical": pa.array([True, None]),
        "text": pa.array(["NA", ""]),
        "code": pa.array(["b", "a"]).dictionary_encode(),
        "day": pa.array([dt.date(2025, 8, 1), None]),
        "at": pa.array([dt.datetime(2025, 8, 1, 9, 30), None], pa.timestamp("us")),
        "local": pa.array([dt.datetime(2025, 8, 1, 2, 30), None], pa.timestamp("ms", "UTC")).cast(
            pa.timestamp("ms", "Asia/Jakarta")
        ),
        "money": pa.array([Decimal("2.50"), Decimal("3.00")]),
        "nothing": pa.nulls(2),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    raw = ingest.table(tmp_path / "a.parquet", "a.parquet")
    first, second = (raw.frame.iloc[i].dropna().to_dict() for i in (0, 1))
    assert first == {
        **{"whole": "1", "real": "1", "single": "3.14", "logical": "1", "text": "NA", "code": "b", "day": "2025-08-01"},
        **{"at": "2025-08-01T09:30:00", "local": "2025-08-01T09:30:00", "money": "2.5"},
    }
    assert second == {"real": "0.1", "code": "a", "money": "3"}
    assert raw.decisions["time_zones"] == "local in Asia/Jakarta"
    assert list(raw.rows) == [1, 2]


@pytest.fixture
def parts(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    for name, values in (("b", [3]), ("a", [1, 2])):
        pq.write_table(pa.table({"id": values}), folder / f"{name}.parquet")
    (folder / "_SUCCESS").touch()
    return folder


def test_parts_are_read_in_the_order_of_their_names(parts):
    folder = ingest.table(parts, "parts")
    assert folder.frame["id"].tolist() == ["1", "2", "3"]
    assert folder.decisions["parts"] == "2"
    assert ingest.table(parts / "*.parquet", "parts/*.parquet").sha256 == folder.sha256


def test_a_glob_that_fits_nothing_says_so(parts):
    assert "no file that fits the pattern" in refused(parts / "c*.parquet")


def test_parts_of_different_schemas_are_refused(parts):
    pq.write_table(pa.table({"id": ["x"]}), parts / "c.parquet")
    assert "another schema in c.parquet" in refused(parts)


def test_only_parquet_comes_in_parts(parts):
    with pytest.raises(InputError, match="only Parquet may come in parts"):
        ingest.table(parts, "parts", format="csv")


def test_nested_and_binary_columns_are_refused_by_name(tmp_path):
    pq.write_table(pa.table({"a": [[1]], "b": [b"x"], "c": [1]}), tmp_path / "a.parquet")
    message = refused(tmp_path / "a.parquet")
    assert "a.parquet, a: found a column of type list" in message
    assert "a.parquet, b: found a column of type binary" in message


def test_repeated_names_are_refused(tmp_path):
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "a.parquet")
    assert "the name 'a' in columns 1, 2" in refused(tmp_path / "a.parquet")


def test_a_file_without_records_is_refused(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int8())}), tmp_path / "a.parquet")
    assert "no record" in refused(tmp_path / "a.parquet")


@pytest.mark.parametrize("cut", [1, 8, 100])
def test_a_truncated_file_is_refused(tmp_path, cut):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": list(range(100))}), path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert "a truncated or corrupt file" in refused(path)


def test_damaged_pages_are_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": list(range(5000))}), path, compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[60:200] = bytes(140)
    path.write_bytes(bytes(content))
    assert "a truncated or corrupt file" in refused(path)

"""CSV files that are cut, mixed up or written in no encoding: refused with the row, never half read."""

from __future__ import annotations

import pandas as pd
import pytest

from hostile.hostile_study import COLUMNS, OTHER_RAW, RAW, RESPONDENTS, table
from hostile.refusal import At

LAST_ROW = RESPONDENTS + 1


def with_bytes(row: int, cell: bytes) -> bytes:
    """The file with the open answer of a row replaced by bytes."""
    return table().put("usul", {row: "@@"}).text().encode().replace(b"@@", cell)


@pytest.mark.parametrize(
    ("content", "at"),
    [
        pytest.param(table().text().encode("utf-16-le"), At("a NUL byte", 1, hint="utf-16"), id="utf-16-without-mark"),
        pytest.param(with_bytes(9, b"caf\x81"), At("Windows-1252 does not define", 9), id="byte-of-no-codepage"),
        pytest.param(with_bytes(9, b"a\0b"), At("a NUL byte", 9), id="nul"),
        pytest.param(with_bytes(9, "a\ufffdb".encode()), At("1 characters U+FFFD", 9), id="destroyed-character"),
        pytest.param(with_bytes(9, "Bogôr".encode() + b" \xe9t\xe9"), At("mixture of encodings", 9), id="mixed"),
        pytest.param(with_bytes(9, b"\xcf\xf0\xe8\xe2\xe5\xf2"), At("another alphabet", 9), id="cyrillic-1251"),
        pytest.param(table().text().encode("utf-16")[:-1], At("not utf-16", LAST_ROW), id="utf-16-cut"),
    ],
)
def test_a_doubtful_encoding_is_refused_at_its_row(study, content, at):
    study.write(content)
    study.refuses(at)


def test_a_declared_encoding_that_is_not_the_files_is_refused_at_its_row(study):
    study.source("responses.csv", " encoding: utf-8,")
    study.write(with_bytes(9, b"caf\xe9"))
    study.refuses(At("bytes that are not utf-8", 9))


def test_an_encoding_that_does_not_exist_is_refused(study):
    study.source("responses.csv", " encoding: utf-88,")
    study.refuses(At("the encoding 'utf-88'", column="encoding"))


def test_a_quote_never_closed_is_refused_where_it_opens(study):
    study.write(table().put("usul", {30: "@@"}).text().replace("@@", '"tidak'))
    study.refuses(At("a quote that is never closed", 30, hint="Close the quote"))


def test_a_quote_that_swallows_records_is_refused_where_it_opens(study):
    text = table().put("usul", {30: "@open", 33: "@close"}).text()
    study.write(text.replace("@open", '"tidak').replace("@close", 'ya"'))
    study.refuses(At("a quoted cell in which 2 lines read as whole records", 30, "usul"))


def test_a_cell_of_more_than_a_megabyte_is_refused_and_not_shown(study):
    study.write(table().put("usul", {30: "rahasia" * 150_000}))
    study.private |= {"rahasiarahasia"}
    study.refuses(At("a cell of more than 1000000 characters", 30))


def test_text_after_a_closing_quote_is_refused(study):
    study.write(table().put("usul", {30: "@@"}).text().replace("@@", '"a" b'))
    study.refuses(At("text after a closing quote", 30))


def test_a_row_too_long_and_a_row_too_short_are_named_together(study):
    lines = table().text().splitlines()
    lines[6] += ",1"
    lines[10] = lines[10].rpartition(",")[0]
    study.write("\n".join(lines))
    width = len(COLUMNS)
    study.refuses(
        At(f"{width + 1} fields", 7, expected=f"{width} fields"),
        At(f"{width - 1} fields", 11, expected=f"{width} fields"),
    )


def test_shifted_columns_are_refused_column_by_column(study):
    made = table()
    at = made.header.index("media")
    for line in made.lines[1:]:  # media, puas, so1, so2: each answer one column to the right
        line[at : at + 4] = [line[at + 3], *line[at : at + 3]]
    study.write(made)
    study.refuses(At("unknown code: '4', '5'", 2, "media"), At("unknown code: '1 3'", 2, "puas"), more=True)


def test_a_repeated_column_name_is_refused_with_its_positions(study):
    made = table()
    made.header[8] = made.header[7]
    made.header[12] = made.header[11]
    study.write(made)
    study.refuses(At("the name 'puas' in columns 8, 9", 1), At("the name 'kec' in columns 12, 13", 1))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(",".join(COLUMNS) + "\n", "a header and no record below it", id="header-only"),
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(b"\xef\xbb\xbf", "no record", id="byte-order-mark-only"),
        pytest.param("\n\n  \n", "no record", id="blank-lines-only"),
    ],
)
def test_a_file_without_records_is_refused(study, content, found):
    study.write(content)
    study.refuses(At(found, expected="answers" if "record" in found else "plain text"))


def test_missing_columns_are_named_together_with_the_nearest_that_exist(study):
    made = table()
    for name, instead in {"puas": "puaas", "umur": "Umur", "bobot": "bobot_"}.items():
        made.header[made.header.index(name)] = instead
    study.write(made)
    study.refuses(
        At("no column 'puas'", column="puas", expected="of question 'puas'", hint="'puaas'"),
        At("no column 'umur'", column="umur", hint="'Umur'"),
        At("no column 'bobot'", column="bobot", expected="of the sampling design", hint="'bobot_'"),
    )


def test_a_missing_consent_column_stops_everything(study):
    made = table()
    made.header[2] = "ijin"
    study.write(made)
    study.refuses(At("no column 'izin'", column="izin"))


def test_a_missing_column_and_an_unreadable_one_are_named_together(study):
    made = table().fill("so1", "7")
    made.header[7] = "puaas"
    study.write(made)
    study.refuses(At("no column 'puas'", column="puas"), At("58 of 58 answers", 2, "so1"))


def test_the_faults_of_two_waves_are_named_together(study):
    study.write(table().fill("so1", "7"))
    study.write(b"", OTHER_RAW)
    study.refuses(At("58 of 58 answers", 2, "so1"), At("an empty file", file=OTHER_RAW))


def test_a_delimiter_that_is_none_is_refused(study):
    study.source("responses.csv", ' delimiter: "ab",')
    study.refuses(At("the delimiter 'ab'", column="delimiter"))


def test_a_delimiter_that_the_file_does_not_use_is_refused(study):
    study.source("responses.csv", ' delimiter: ";",')
    study.refuses(At("no column 'izin'", column="izin"), more=True)


@pytest.mark.parametrize(
    ("name", "found"),
    [("respones.csv", "no such file"), ("lain*.parquet", "no file that fits the pattern")],
)
def test_a_source_that_is_not_there_is_refused_with_the_nearest(study, name, found):
    path = study.source(name)
    study.refuses(At(found, file=path, expected="responses.csv", hint="responses.csv" if name.endswith("csv") else ""))


def test_a_link_in_the_place_of_the_source_is_not_followed(study, tmp_path):
    (tmp_path / "elsewhere.csv").write_text(table().text())
    study.place().unlink()
    study.place().symlink_to(tmp_path / "elsewhere.csv")
    study.refuses(At("a symbolic link"))


@pytest.mark.parametrize("name", ["lain", "lain/*.parquet"])
def test_a_link_in_a_folder_of_parts_is_not_followed(study, tmp_path, name):
    part, elsewhere = study.place("data/raw/2025/lain/a.parquet"), tmp_path / "a.parquet"
    made = table()
    part.parent.mkdir()
    pd.DataFrame(made.lines[1:], columns=made.header).to_parquet(part)
    path = study.source(name)
    assert study.command(["run", str(study.folder), "--json"]).status == 0
    elsewhere.write_bytes(part.read_bytes())
    part.unlink()
    part.symlink_to(elsewhere)
    study.refuses(At("a symbolic link", file=path))


def test_where_without_its_column_or_without_a_record_is_refused(study):
    study.edit("study.yaml", (f"source: {RAW},", f"source: {RAW}, where: \"gelombang == '2025'\","))
    study.edit("study.yaml", (f"source: {OTHER_RAW}", f'source: {OTHER_RAW}, where: "kec == 9"'))
    study.refuses(
        At("no column named 'gelombang'", column="where"), At("no record for which", column="where", file=OTHER_RAW)
    )

"""CSV and TSV: every record arrives whole, or the file is refused with the row."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.errors import InputError
from survey.prepare.readers import delimited
from survey.prepare.readers.source import Part, Source


def source(content, format="csv", **options):
    content = content.encode() if isinstance(content, str) else content
    return Source("a.csv", format, (Part("a.csv", content),), **options)


def table(content, format="csv", **options):
    return delimited.read(source(content, format, **options))


def refused(content, format="csv", **options):
    with pytest.raises(InputError) as error:
        table(content, format, **options)
    return error.value


def cells(found):
    return [[None if c != c else c for c in row] for row in found.frame.to_numpy().tolist()]


def test_cells_stay_as_they_are_in_the_file():
    found = table('id,q1,q2\n1, a ,NA\n2,null,""\n3,007,1.50\n')
    assert cells(found) == [["1", " a ", "NA"], ["2", "null", None], ["3", "007", "1.50"]]
    assert list(found.rows) == [2, 3, 4]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_whose_field_counts_agree(delimiter):
    found = table(f'id{delimiter}q1\n1{delimiter}"a,b;c|d"\n2{delimiter}3.5\n')
    assert found.frame.shape == (2, 2)


def test_a_decimal_comma_does_not_pass_for_a_delimiter():
    found = table("id;tinggi;berat\n1;1,5;60,5\n2;1,6;61,2\n")
    assert found.frame["berat"].tolist() == ["60,5", "61,2"]
    assert found.decisions["delimiter"] == "semicolon"


def test_a_declared_delimiter_wins():
    assert table("a;b,c\n1;2,3\n", delimiter=";").frame.columns.tolist() == ["a", "b,c"]
    assert table("a\tb\n1\t2\n", delimiter="tab").frame.shape == (1, 2)
    assert "a single character" in str(refused("a,b\n1,2\n", delimiter="::"))


def test_a_single_column_is_a_table():
    found = table('q1\n5\n""\n4\n')
    assert cells(found) == [["5"], [None], ["4"]]
    assert table("q1\n5\n", "tsv").frame.shape == (1, 1)


def test_a_tsv_with_commas_is_refused():
    assert "fields separated by a comma; expected fields separated by tabs" in str(refused("a,b\n1,2\n", "tsv"))


def test_rows_are_counted_as_a_spreadsheet_counts_them():
    found = table('id,q1\n\n1,"two\nlines"\n   \n2,x\n\n')
    assert list(found.rows) == [3, 5]
    assert found.frame["q1"].tolist() == ["two\nlines", "x"]
    assert found.decisions["blank_lines"] == "3"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_arrives_intact_and_the_codec_is_recorded(codec):
    found = table("id,kota\n1,Curaçao – “Léon”\n".encode(codec))
    assert found.frame["kota"].tolist() == ["Curaçao – “Léon”"]
    assert found.frame.columns.tolist() == ["id", "kota"]
    assert found.decisions["encoding"] == codec


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"id,q1\n1,a\n2,\x81b\n",
            "row 3: found bytes that are not UTF-8, and bytes that Windows-1252 does not define",
        ),
        ("id,q1\n1,é\n".encode() + "2,ü\n".encode("cp1252"), "row 2: found bytes that are not UTF-8, and a mixture"),
        ("id,q1\n1,Привет\n".encode("cp1251"), "another alphabet"),
        ("id,q1\n1,d‚ja\n".encode("cp1252"), "symbols in words"),
        (b"id,q1\n1,a\n2,\x00\n", "row 3: found a NUL byte"),
        ("id,q1\n1,a\n".encode("utf-16-le"), "declare `encoding: utf-16`"),
        ("id,q1\n1,\ufffd\n", "row 2: found 1 characters U+FFFD"),
        (b"", "no record"),
        (b"\n\n", "no record"),
        (b"id,q1\n", "a header and no record"),
    ],
)
def test_doubtful_text_is_refused_with_its_row(content, said):
    assert said in str(refused(content))


def test_a_declared_encoding_is_strict():
    assert table("id,q1\n1,Привет\n".encode("cp1251"), encoding="cp1251").frame["q1"].tolist() == ["Привет"]
    assert "row 3: found bytes that are not utf-8" in str(refused(b"id\n1\n\xe9\n", encoding="utf-8"))
    assert "the encoding 'utf8x'" in str(refused("id\n1\n", encoding="utf8x"))
    assert table("\ufeffid\n1\n", encoding="utf-8").frame.columns.tolist() == ["id"]


def test_a_quote_never_closed_is_refused_where_it_opened():
    message = str(refused('id,q1\n1,a\n2,"b\n3,c\n4,d\n'))
    assert message.startswith("a.csv, row 3: found a quote that is never closed; it swallows lines 3 to")


def test_a_quote_closed_by_a_later_one_is_refused_where_it_opened():
    assert "row 3: found text after a closing quote (lines 3 to 5)" in str(refused('id,q1\n1,a\n2,"b\n3,c\n4,"d"\n'))


def test_a_quoted_cell_that_holds_whole_records_is_refused():
    content = 'id,q1,q2\n1,a,b\n2,"c,d\n3,e,f\n4,g,h\n5,i,j",k\n6,l,m\n'
    error = refused(content)
    assert "row 3, q1: found a quoted cell in which 2 lines read as whole records" in str(error)
    assert "e,f" not in str(error)


def test_a_long_answer_with_line_breaks_is_not_suspected():
    found = table('id,q1,q2\n1,"Jalan rusak,\nlampu mati,\nair keruh\ndan mahal",5\n')
    assert found.frame.shape == (1, 3)


def test_ragged_rows_are_listed_and_counted():
    error = refused("id,q1,q2\n" + "1,2\n" * 12 + "1,2,3,4\n9,9,9\n")
    assert [p.row for p in error.problems] == [*range(2, 12), None]
    assert str(error.problems[0]).startswith("a.csv, row 2: found 2 fields; expected 3 fields")
    assert "13 rows with another number of fields" in str(error.problems[-1])


def test_repeated_names_and_ragged_rows_are_told_at_once():
    error = refused("id,q1,q1\n1,2\n")
    assert "the name 'q1' in columns 2, 3" in str(error)
    assert "row 2: found 2 fields" in str(error)


def test_an_empty_header_cell_gets_a_name_by_its_position():
    found = table(",q1,\n1,2,3\n")
    assert found.frame.columns.tolist() == ["unnamed_1", "q1", "unnamed_3"]
    assert found.decisions["unnamed_columns"] == "unnamed_1, unnamed_3"


def test_a_cell_beyond_the_limit_is_refused():
    assert "row 3: found a cell of more than 1000000 characters" in str(refused("id,q1\n1,a\n2," + "x" * 1_000_001))


# Too short for three lines with a delimiter each, which would count as swallowed records.
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffd\ufeff"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), min_size=1, max_size=6))
def test_whatever_is_written_by_the_rules_is_read_back(rows):
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    assert cells(table(written.getvalue())) == [[cell or None for cell in row] for row in rows]

"""The language of ask_if, from, rule and where."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.core.expression import order, parse
from survey.errors import SchemaError, SurveyError

T, F, U = True, False, None
ORDERED = pd.CategoricalDtype([1, 2, 3], ordered=True)
COLUMNS = {
    "age": pd.Series([17, 40, np.nan, 70]),
    "wave": pd.Series(["2023", "2025", None, "x"]),
    "year": pd.Series([2023, 2025, None, 1], dtype="Int64"),
    "use": pd.Series([1, 3, None, 2]).astype(ORDERED),
    "region": pd.Series(["001", "002", None, "001"]).astype("category"),
    "village": pd.Series(["001.7", "001.9", "002.1", None]),
    "owns": pd.Series(["hp;pc", "", None, "hpb"]),
    "day": pd.to_datetime(pd.Series(["2025-08-01", None, "2023-12-31", "2024-02-29"])),
    "isoday": pd.Series(["2025-08-01", None, "2023-12-31", "soon"]),
    "sch.wide": pd.Series(["Yes", "No", None, "Yes"]),
    "how many?": pd.Series([1.0, 2.0, 3.0, 4.0]),
}


def evaluated(text: str) -> list[object]:
    values = parse(text).evaluate(COLUMNS, 4)
    return [None if pd.isna(v) else v for v in values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age >= 18", [F, T, U, T]),
        ("18 <= age <= 65", [F, T, U, F]),
        ("18 > age", [T, F, U, F]),
        ("use in [1, 2]", [T, F, U, T]),
        ("use not in [1, '2']", [F, T, U, F]),
        ("use >= 2", [F, T, U, T]),
        ("not age >= 18", [T, F, U, F]),
        ("-age < -30", [F, T, U, T]),
        ("`sch.wide` == 'Yes'", [T, F, U, T]),
        ("sch.wide == \"Yes\"", [T, F, U, T]),
        ("`how many?` > 2", [F, F, T, T]),
        ("startswith(village, region)", [T, F, U, U]),
        ("startswith(village, '001')", [T, T, F, U]),
        ("selected(owns, 'hp')", [T, F, U, F]),
        ("is_missing(age)", [F, F, T, F]),
        ("is_missing(age + use)", [F, F, T, F]),
        ("day >= '2024-01-01'", [T, U, F, T]),
        ("isoday < '2024-01-01'", [F, U, T, F]),
        ("age == use", [F, F, U, F]),
        ("region == region", [T, T, U, T]),
        ("(age > 18) + (use > 1) == 2", [F, T, U, T]),
        ("use and age > 18", [F, T, U, T]),
        ("1 < 2", [T, T, T, T]),
    ],
)  # fmt: skip
def test_conditions_are_three_valued(text, expected):
    assert evaluated(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wave == '2025'", [F, T, U, F]),
        ("wave == 2025", [F, T, U, F]),
        ("wave != 2025", [T, F, U, T]),
        ("year == '2025'", [F, T, U, F]),
        ("year == 2025", [F, T, U, F]),
        ("wave > 2024", [F, T, U, U]),
        ("region == '1'", [F, F, U, F]),
        ("region == 1", [T, F, U, T]),
        ("use == '3'", [F, T, U, F]),
    ],
)
def test_numbers_and_texts_meet_as_the_literal_is_written(text, expected):
    assert evaluated(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year(day) - age", [2008.0, None, None, 1954.0]),
        ("year(isoday)", [2025.0, None, 2023.0, None]),
        ("age / (age - 40)", [17 / -23, None, None, 70 / 30]),
        ("1 + 2 * 3 - 4 / 2", [5.0] * 4),
        ("-(2 - 5)", [3.0] * 4),
        ("max(age, use)", [17.0, 40.0, None, 70.0]),
        ("min(age, use, 2)", [1.0, 2.0, None, 2.0]),
        ("sum(age, use)", [18.0, 43.0, None, 72.0]),
        ("mean(age, use)", [9.0, 21.5, None, 36.0]),
        ("count(owns)", [2.0, 0.0, None, 1.0]),
        ("count(age, wave, use)", [3.0, 3.0, 0.0, 3.0]),
        ("count(owns) - selected(owns, 'hp')", [1.0, 0.0, None, 1.0]),
        ("age * 1e308 * 100", [None] * 4),
    ],
)
def test_arithmetic_with_a_missing_answer_is_missing(text, expected):
    assert evaluated(text) == expected


# Kleene (1952), Introduction to Metamathematics, §64: strong three-valued tables.
AND = {(T, T): T, (T, F): F, (F, F): F, (T, U): U, (F, U): F, (U, U): U}
OR = {(T, T): T, (T, F): T, (F, F): F, (T, U): T, (F, U): U, (U, U): U}


@pytest.mark.parametrize(("word", "table"), [("and", AND), ("or", OR)])
def test_and_or_follow_kleenes_tables(word, table):
    full = table | {(b, a): v for (a, b), v in table.items()}
    number = {T: 1.0, F: 0.0, U: np.nan}
    a, b = zip(*full, strict=True)
    columns = {"a": pd.Series([number[v] for v in a]), "b": pd.Series([number[v] for v in b])}
    found = parse(f"a == 1 {word} b == 1").evaluate(columns, len(full))
    assert [None if pd.isna(v) else bool(v) for v in found] == list(full.values())


def test_results_have_the_types_of_what_they_say():
    types = {text: str(parse(text).evaluate(COLUMNS, 4).dtype) for text in ("age > 1", "age + 1", "'x'", "use")}
    assert types == {"age > 1": "boolean", "age + 1": "float64", "'x'": "string", "use": "category"}
    kinds = [parse(text).kind for text in ("age > 1", "age + 1", "'x'", "use", "not use", "a or b", "selected(a, 'b')")]
    assert kinds == ["condition", "number", "text", "name", "condition", "condition", "condition"]


def test_rows_are_found_by_position_not_by_index():
    shuffled = {"a": pd.Series([1, 2], index=[7, 3]), "b": pd.Series([1, 3], index=[0, 1])}
    assert list(parse("a == b").evaluate(shuffled, 2)) == [True, False]


def test_names_are_listed_once_in_order():
    assert parse("max(b, a) > c and b in [1] or `d e` == sch.wide").names == ("b", "a", "c", "d e", "sch.wide")
    assert parse("umur").bare == "umur"
    assert parse("umur + 0").bare is None


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 1, "expected a name"),
        ("a >", 4, "expected a name"),
        ("a = 1", 3, "Equality is written =="),
        ("a == 1 & b == 2", 8, "joined by `and`"),
        ("!a", 1, "written `not`"),
        ("maxx(a, b)", 1, "Did you mean 'max'"),
        ("a in []", 7, "a number or a 'text'"),
        ("a in 1", 6, "expected ["),
        ("a not 1", 7, "expected `in`"),
        ("(a", 3, "expected an operator or )"),
        ("a b", 3, "expected an operator or the end"),
        ("max()", 1, "at least 1 argument"),
        ("year(a, b)", 1, "1 argument"),
        ("selected(a, b)", 1, "selected(question, 'code')"),
        ("'open", 1, "expected a name"),
        ("9x", 1, "expected a name"),
        ("__import__('os')", 1, "one of the functions"),
        ("a.__class__[0]", 12, "expected an operator"),
        ("(" * 51 + "a" + ")" * 51, 52, "at most 50 levels"),
        ("not " * 51 + "a", 205, "at most 50 levels"),
        ("a + " * 500 + "a", None, "at most 2000"),
    ],
)
def test_what_does_not_belong_is_refused_with_its_position(text, position, says):
    with pytest.raises(SchemaError) as error:
        parse(text)
    assert says in str(error.value)
    assert position is None or f"at position {position};" in str(error.value)


def test_an_unknown_column_is_refused_with_the_nearest():
    with pytest.raises(SurveyError, match=r"no column named 'agee'.*Did you mean 'age'"):
        parse("agee > 1").evaluate(COLUMNS, 4)


def test_definitions_are_ordered_by_what_they_read():
    assert order({"c": ["b"], "a": ["x"], "b": ["a"]}) == ["a", "b", "c"]


def test_a_circle_of_definitions_is_spelled_out():
    with pytest.raises(SchemaError, match="a → b → c → a"):
        order({"a": ["b"], "b": ["c"], "c": ["a"]})


def test_a_definition_that_reads_itself_is_a_circle():
    with pytest.raises(SchemaError, match="a → a"):
        order({"a": ["a"]})


def test_a_long_chain_of_definitions_is_no_deep_recursion():
    assert order({f"v{i}": [f"v{i + 1}"] for i in range(3000)})[0] == "v2999"


def test_deep_nesting_is_evaluated_once_a_level():
    text = "is_missing(" * 49 + "age" + ")" * 49
    assert evaluated(text) == [False] * 4


WORDS = st.sampled_from(
    ["age", "wave", "owns", "day", "region", "1", "0.5", "'hp'", "'2'", "+", "-", "*", "/", "==", "<", ">=", "!=", "in",
     "not", "and", "or", "(", ")", "[", "]", ",", "max", "count", "year", "selected", "startswith", "is_missing", "`"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=12).map(" ".join)))
def test_any_text_parses_and_evaluates_or_is_refused(text):
    with suppress(SurveyError):
        assert len(parse(text).evaluate(COLUMNS, 4)) == 4


NODES = st.recursive(
    st.sampled_from(["age", "use", "year", "2", "0", "1.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"(-{t})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda t: f"max({', '.join(t)})"),
    ),
    max_leaves=8,
)


def by_hand(text: str, row: int) -> float:
    """Python's own arithmetic on one respondent, as the truth."""
    numbers = {n: float(COLUMNS[n].astype("Float64").iloc[row]) for n in ("age", "use", "year")}
    return float(eval(text, {"max": max}, numbers))


@settings(max_examples=150, deadline=None)
@given(NODES)
def test_arithmetic_equals_pythons_own(text):
    found = parse(text).evaluate(COLUMNS, 4).astype("Float64")
    for row in (0, 1, 3):  # row 2 has missing answers
        try:
            assert found.iloc[row] == pytest.approx(by_hand(text, row))
        except ZeroDivisionError:
            assert pd.isna(found.iloc[row])

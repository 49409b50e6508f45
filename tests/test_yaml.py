"""YAML text to plain data: what is read, and what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.core.yamltext import load
from survey.errors import SchemaError


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"), ("Y", "Y"), ("on", "on"), ("true", True), ("False", False), ("~", None), ("", None),
        ("1:30", "1:30"), ("2025-08-01", "2025-08-01"), ("0012", "0012"), ("-07", "-07"), ("12", 12), ("-8", -8),
        ("+5", 5), ("0x1F", 31), ("0o17", 15), ("1e3", 1000.0), ("1.50", 1.5), (".5", 0.5), ("1_000", "1_000"),
        ("9" * 30, "9" * 30), ("36.74.01", "36.74.01"), ("'12'", "12"), ('"true"', "true"), (".inf", float("inf")),
        ("1.", 1.0), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2(written, read):
    found = load(f"a: {written}", "f").data["a"]
    assert found == read
    assert type(found) is type(read)


def test_keys_keep_their_kind():
    data = load("1: a\n'1': b\ntrue: c\nno: d\n-8: e\n~: f", "f").data
    assert data == {1: "a", "1": "b", "true": "c", "no": "d", -8: "e", "~": "f"}


def test_every_key_and_entry_has_its_line():
    document = load("a:\n  - x\n  - name: y\n    b: 1\nc: &k {d: 2}\ne: *k", "f")
    paths = [("a",), ("a", 0), ("a", 1), ("a", 1, "b"), ("c", "d"), ("e", "d"), ("nowhere",)]
    assert [document.line(p) for p in paths] == [1, 2, 3, 4, 5, 6, None]


def test_aliases_repeat_what_they_name():
    assert load("a: &x {b: [1]}\nc: *x", "f").data == {"a": {"b": [1]}, "c": {"b": [1]}}


def test_all_repeated_keys_and_tags_are_named_at_once():
    with pytest.raises(SchemaError) as error:
        load("a: 1\na: 2\nb: !!python/object/apply:os.system [x]\nc: {x: 1, x: 2}\nd: !t 3", "study.yaml")
    assert [(p.row, p.column) for p in error.value.problems] == [(2, "a"), (3, "b"), (4, "c.x"), (5, "d")]
    assert "it stands in line 1" in str(error.value)
    assert "Tags are never followed" in str(error.value)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "found an empty file"),
        ("# only a remark", 1, "found an empty file"),
        ("- 1", 1, "found no keys at the top level"),
        ("word", 1, "found no keys at the top level"),
        ("a: 1\n---\nb: 2", 2, "a second document"),
        ("a: " + "[" * 60 + "]" * 60, 1, "at most 50 levels"),
        ("a: " + "[" * 100_000, 1, "at most 50 levels"),
        ("a: &a [*a]", 1, "the alias *a"),
        ("a: *nobody", 1, "the alias *nobody"),
        ("a: &x 1\nb: [" + "*x, " * 1001 + "]", 2, "more than 1000 aliases"),
        (BOMB, 6, "once aliases are expanded"),
        ("? [1]\n: 2", 1, "a key that is a list or a mapping"),
        ("a:\n\t- 1", 2, "indent by spaces"),
        ("a: b: c", 1, "Quote a text that contains a colon"),
        ("a: [1, 2\nb: 3", 2, "a comma or the closing bracket"),
        ("a: 'open", 1, "Close the quote"),
        ("a: [1,, 2]", 1, "comma or bracket too many"),
        ("a: @x", 1, "starts with a letter, digit or quote"),
        ("a: \x07", 1, "Save the file as UTF-8"),
        ("a: \ud800", None, "not YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(text, line, says):
    with pytest.raises(SchemaError) as error:
        load(text, "study.yaml")
    assert says in str(error.value)
    assert error.value.problems[0].row == line
    assert error.value.problems[0].file == "study.yaml"


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="ab12:-?!&*[]{},'\"|># \n\t%@", max_size=60)))
def test_any_text_is_read_or_refused(text):
    with suppress(SchemaError):
        assert isinstance(load(text, "f").data, dict)

"""Derived variables and indicator scores of a cleaned wave."""

import numpy as np
import pandas as pd
import pytest

from cleaning import cleaned
from survey.core.wave import MISSING
from survey.errors import InputError, SchemaError

RTOL = 1e-12  # means of small whole numbers

PEOPLE = """
questions:
  - {name: tgl, text: Day, type: date}
  - {name: thn, text: Year of birth, type: integer, min: 1900, max: 2010}
  - {name: pddk, text: Education, type: ordinal, codes: {0: None, 1: SD, 2: SMP, 3: SMA, 4: D3, 9: Other}}
  - {name: kota, text: City, type: nominal, codes: {U: Urban, R: Rural, X: Elsewhere}}
  - {name: s1, text: S1, type: ordinal, codes: {0: Never, 1: Heard, 2: Used}}
  - {name: s2, text: S2, type: ordinal, codes: {0: Never, 1: Heard, 2: Used}, ask_if: "s1 >= 1"}
derived:
  - {name: umur, from: "year(tgl) - thn", type: integer}
  - {name: umur_kel, from: umur, breaks: [18, 25, 65], labels: ["18-24", "25-64", "65+"]}
  - {name: pddk3, from: pddk, codes: {"0-2": {id: SMP, en: Low}, "3": {id: SMA, en: Mid}, "4": {id: D3, en: High}}}
  - {name: gen, from: thn, codes: {"<=1964": {id: Tua, en: Old}, "1965-2010": {id: Muda, en: Young}}}
  - {name: desa, from: kota, codes: {"U": {id: Kota, en: Urban}, "R": {id: Desa, en: Rural}}}
  - {name: pengguna, from: "s1 >= 2 or s2 >= 2", type: binary, id: Pengguna, en: User}
  - {name: rasio, from: "umur / s1"}
"""


def people(**columns):
    n = len(next(iter(columns.values())))
    base = {"tgl": "2025-08-01", "thn": "1990", "pddk": "3", "kota": "U", "s1": "2", "s2": "1"}
    return cleaned(PEOPLE, {name: [cell] * n for name, cell in base.items()} | columns).frame


def texts(frame, name):
    return [None if pd.isna(v) else str(v) for v in frame[name]]


def test_breaks_are_left_closed_and_the_last_is_open():
    frame = people(thn=["2008", "2007", "2001", "2000", "1961", "1960", "1900", None])
    assert frame["umur"].tolist()[:7] == [17, 18, 24, 25, 64, 65, 125]
    assert texts(frame, "umur_kel") == [None, "18-24", "18-24", "25-64", "25-64", "65+", "65+", None]
    assert frame["umur_kel"].dtype.ordered


def test_what_is_missing_in_the_source_is_missing_for_the_same_reason():
    frame = people(thn=["1990", "-9", None])
    assert frame["umur" + MISSING].tolist()[1:] == ["refused", "blank"]
    assert frame["umur_kel" + MISSING].tolist()[1:] == ["refused", "blank"]
    assert frame["umur" + MISSING].isna().tolist() == [True, False, False]


def test_a_regrouping_reads_ranges_of_codes_and_leaves_out_what_it_does_not_name():
    frame = people(pddk=["0", "2", "3", "4", "9", "-8"])
    assert texts(frame, "pddk3") == ["0-2", "0-2", "3", "4", None, None]
    assert frame["pddk3" + MISSING].tolist()[4:] == ["not_applicable", "dont_know"]


def test_a_regrouping_reads_ranges_of_numbers():
    assert texts(people(thn=["1900", "1964", "1965", "2010"]), "gen") == ["<=1964", "<=1964", "1965-2010", "1965-2010"]


def test_a_regrouping_of_texts_is_literal():
    frame = people(kota=["U", "R", "X"])
    assert texts(frame, "desa") == ["U", "R", None]
    assert frame["desa" + MISSING].tolist()[2] == "not_applicable"


def test_a_binary_is_three_valued():
    # s2 was not asked where s1 is 0: false or unknown is unknown, true or unknown is true
    frame = people(s1=["2", "1", "1", "0", None], s2=["0", "2", "0", None, None])
    assert texts(frame, "pengguna") == ["1", "1", "0", None, None]
    assert frame["pengguna"].dtype.categories.tolist() == [0, 1]
    assert frame["pengguna" + MISSING].tolist()[3:] == ["not_applicable", "blank"]


def test_division_by_zero_is_blank():
    frame = people(s1=["2", "0"], s2=["1", None])
    np.testing.assert_array_equal(frame["rasio"], [17.5, np.nan])
    assert frame["rasio" + MISSING].tolist()[1] == "blank"


def test_an_integer_that_comes_out_fractional_is_refused():
    yaml = """
questions: [{name: q, text: Q, type: integer}]
derived: [{name: half, from: "q / 2", type: integer}]
"""
    with pytest.raises(InputError, match="half: found 1 values of 'q / 2' with a fraction; expected whole numbers"):
        cleaned(yaml, {"q": ["2", "3"]})


ITEMS = """
questions:
  - {name: a, text: A, type: ordinal, codes: {1: One, 2: Two, 3: Three, 4: Four, 5: Five}}
  - {name: b, text: B, type: ordinal, codes: {1: One, 2: Two, 3: Three, 4: Four, 5: Five}, reverse: true}
  - {name: c, text: C, type: integer, min: 0, max: 10, reverse: true, ask_if: "a >= 2"}
indicators:
  count: {id: Hitung, en: Count, items: [a, b, c], min_valid: 2}
  share: {id: Bagian, en: Share, items: [a, b], min_valid: 0.5}
  later: {id: Nanti, en: Later, items: [d], min_valid: 1}
derived:
  - {name: tinggi, from: "count >= 4", type: binary, id: Tinggi, en: High}
"""
NOT_ASKED = ITEMS.replace(
    "indicators:", '  - {name: d, text: D, type: integer, min: 1, max: 5, column: {"2025": null}}\nindicators:'
)


def test_a_score_is_the_mean_of_reversed_valid_items():
    frame = cleaned(
        NOT_ASKED, {"a": ["4", "1", None, "5"], "b": ["1", "5", "2", None], "c": ["0", None, "3", None]}
    ).frame
    # by hand: (4 + 5 + 10) / 3; (1 + 1) / 2, c not asked; (4 + 7) / 2; one of two needed is missing
    np.testing.assert_allclose(frame["count"], [19 / 3, 1.0, 5.5, np.nan], rtol=RTOL)
    np.testing.assert_allclose(frame["share"], [4.5, 1.0, 4.0, 5.0], rtol=RTOL)


def test_reversing_changes_the_score_and_not_the_items_own_column():
    frame = cleaned(NOT_ASKED, {"a": ["4"], "b": ["1"], "c": ["0"]}).frame
    assert frame["b"].tolist() == [1]


def test_an_indicator_of_items_that_the_wave_did_not_ask_is_absent():
    assert "later" not in cleaned(NOT_ASKED, {"a": ["4"], "b": ["1"], "c": ["0"]}).frame


def test_a_derived_variable_may_read_a_score():
    frame = cleaned(NOT_ASKED, {"a": ["4", "1"], "b": ["1", "5"], "c": ["0", None]}).frame
    assert texts(frame, "tinggi") == ["1", "0"]


def test_definitions_in_a_circle_are_refused():
    yaml = """
questions:
  - {name: a, text: A, type: integer, ask_if: "b > 1"}
  - {name: b, text: B, type: integer, ask_if: "a > 1"}
"""
    with pytest.raises(SchemaError, match="circle"):
        cleaned(yaml, {"a": ["1"], "b": ["1"]})


def test_an_expression_may_yield_the_codes_of_an_ordinal_or_a_number():
    yaml = """
questions: [{name: q, text: Q, type: integer}]
derived:
  - {name: tahap, from: "q - 1", type: ordinal, codes: {0: Awal, 1: Lanjut}}
  - {name: dua, from: "q * 2.5", type: number}
"""
    frame = cleaned(yaml, {"q": ["1", "2", "3", None]}).frame
    assert texts(frame, "tahap") == ["0", "1", None, None]
    assert frame["tahap"].dtype.categories.tolist() == [0, 1]
    np.testing.assert_array_equal(frame["dua"], [2.5, 5.0, 7.5, np.nan])

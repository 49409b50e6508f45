"""Numbers and dates as Indonesian respondents, spreadsheets and attackers write them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.prepare import numbers


@pytest.mark.parametrize(
    "text", ["150.000", "Rp150rb", "150 ribu", "0,15 juta", "Rp 150.000,-", "rp.150.000,00", "150000"]
)
def test_every_spelling_of_150_thousand_is_150000(text):
    assert numbers.indonesian_number(text) == 150_000


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("1.500", "1500"), ("3,5", "3.5"), ("Rp1.500.000", "1500000"), ("1,5 jt", "1500000"),
        ("2 milyar", "2000000000"),
        ("3.5", "3.5"), ("-1.500", "-1500"), ("12,25", "12.25"), ("0", "0"),
    ],
)  # fmt: skip
def test_a_point_groups_thousands_and_a_comma_begins_decimals(text, want):
    assert numbers.number_text(numbers.indonesian_number(text)) == want


@pytest.mark.parametrize("text", ["1.50.000", "1,500,000", "12,5%", "juta", "", "Rp", "1.5.0", "３", "1_0", "1e999"])
def test_what_is_no_indonesian_number_is_refused(text):
    assert numbers.indonesian_number(text) is None


@pytest.mark.parametrize(
    "text", ["1e999", "1_0", "３", "²", "inf", "nan", "1,5", "1.", "0x10", "1 000", "3.67E+15", ""]
)
def test_what_python_would_take_for_a_number_is_refused(text):
    assert numbers.plain_number(text) is None


@pytest.mark.parametrize(("text", "want"), [("1", 1), ("1.0", 1), ("-2.5", -2.5), ("1e+05", 100000), ("007", 7)])
def test_plain_numbers_have_a_decimal_point(text, want):
    assert numbers.plain_number(text) == Decimal(str(want))


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_survive_their_text(value):
    assert numbers.number_text(numbers.plain_number(str(value))) == str(value)


@given(st.text())
def test_any_text_is_a_finite_number_or_none(text):
    for read in (numbers.plain_number, numbers.indonesian_number):
        value = read(text)
        assert value is None or value.is_finite()


FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y")


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2025-08-01", date(2025, 8, 1)), ("2025-08-01T09:30:00.000+07:00", date(2025, 8, 1)),
        ("03/04/2026", date(2026, 4, 3)), ("21 November 2026", date(2026, 11, 21)), ("1 Peb 2025", date(2025, 2, 1)),
        ("17 Agt 2025", date(2025, 8, 17)), ("2 Nop 2025", date(2025, 11, 2)), ("25 Desember 2025", date(2025, 12, 25)),
        ("9 Mei 2025", date(2025, 5, 9)), ("7 Okt 2025", date(2025, 10, 7)),
    ],
)  # fmt: skip
def test_dates_are_read_in_the_declared_formats(text, want):
    assert numbers.read_date(text, FORMATS) == want


@pytest.mark.parametrize("text", ["2025-02-30", "31/02/2025", "kemarin", "45139", "２025-08-01", "", "1 Foo 2025"])
def test_what_is_no_day_is_refused(text):
    assert numbers.read_date(text, FORMATS) is None


def test_a_date_that_two_formats_read_differently_is_refused():
    assert numbers.read_date("03/04/2026", ("%d/%m/%Y", "%m/%d/%Y")) is None
    assert numbers.read_date("13/04/2026", ("%d/%m/%Y", "%m/%d/%Y")) == date(2026, 4, 13)


@given(st.text())
def test_any_text_is_a_day_or_none(text):
    assert isinstance(numbers.read_date(text, FORMATS), date | None)

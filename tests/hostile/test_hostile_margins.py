"""Population margins that are wrong, incomplete or invented: refused as targets, by name and row."""

from __future__ import annotations

import pytest

from hostile.hostile_study import MARGINS, MARGINS_TEXT, OTHER_RAW, RAW, other_table, table
from hostile.refusal import At

CALIBRATED = "{weight: bobot, stratum: kec, psu: rt, calibrate: {to: [[jk]]}}"
HEADER = MARGINS_TEXT.splitlines()[0]
MEN, WOMEN = MARGINS_TEXT.splitlines()[1:]


@pytest.fixture
def calibrated(study):
    study.design(CALIBRATED)
    return study


def margins(*lines: str) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


def test_the_margins_themselves_can_be_met(calibrated):
    assert calibrated.command(["check", str(calibrated.folder), "--json"]).status == 0


def test_categories_that_are_none_and_numbers_that_are_none_are_named_together(calibrated):
    calibrated.write(margins(MEN.replace("jk,1", "jk,Lelaki"), WOMEN.replace("531000", "separuh")), MARGINS)
    calibrated.refuses(
        At("'Lelaki'", 2, "kategori1", expected="a code of jk: 1, 2", file=MARGINS),
        At("'separuh'", 3, "jumlah", expected="a plain number", file=MARGINS),
    )


@pytest.mark.parametrize("cell", ["-5", "inf", "nan", "1e999", "Rp5000", "529.000.000"])
def test_a_total_that_is_no_plain_number_is_refused_at_its_row(calibrated, cell):
    calibrated.write(margins(MEN, WOMEN.replace("531000", cell)), MARGINS)
    calibrated.refuses(At(repr(cell), 3, "jumlah", file=MARGINS))


def test_a_category_twice_is_refused_at_its_row(calibrated):
    calibrated.write(margins(MEN, WOMEN, MEN), MARGINS)
    calibrated.refuses(At("1 again", 4, "kategori1", file=MARGINS))


def test_a_blank_total_is_refused_as_a_target_by_name(calibrated):
    calibrated.write(margins(MEN, WOMEN.replace("531000", "")), MARGINS)
    calibrated.refuses(At("margin 'jk' has blank totals", 3, "jumlah", file=MARGINS))


def test_an_unsourced_total_is_refused_as_a_target_by_name(calibrated):
    calibrated.write(margins(MEN, WOMEN.replace("official", "unsourced")), MARGINS)
    calibrated.refuses(At("margin 'jk' is unsourced", 3, "jumlah", hint="official source", file=MARGINS))


def test_totals_that_contradict_each_other_are_refused(study):
    study.design("{weight: bobot, stratum: kec, psu: rt, calibrate: {to: [[jk], [muda]]}}")
    study.write(margins(MEN, WOMEN, "muda,muda,0,,,700000,official", "muda,muda,1,,,400000,official"), MARGINS)
    study.refuses(
        At("margin 'muda' adds up to 1,100,000, margin 'jk' to 1,060,000", 4, "jumlah", file=MARGINS), more=True
    )


def test_a_category_without_respondents_is_refused_by_name(calibrated):
    calibrated.write(table().fill("jk", "1"))
    calibrated.refuses(At("no respondent in 2", 3, "jk", hint="Merge", file=MARGINS))


def test_a_category_without_a_total_is_refused_by_name(calibrated):
    calibrated.write(margins(MEN), MARGINS)
    calibrated.refuses(At("no total for 2", None, "jk", expected="a total above 0", file=MARGINS), more=True)


def test_a_margin_that_the_file_does_not_have_is_refused_by_name(study):
    study.design("{weight: bobot, stratum: kec, psu: rt, calibrate: {to: [[jk], [puas], [jk, puas]]}}")
    study.refuses(
        At("no margin of puas", column="calibrate.to", file=MARGINS),
        At("no margin of jk × puas", column="calibrate.to", file=MARGINS),
        more=True,
    )


def test_missing_columns_of_the_margins_are_named_together(calibrated):
    calibrated.edit(MARGINS, ("kategori1", "kategory1"), ("jumlah", "total"))
    calibrated.refuses(
        At("no such column", 1, "kategori1", hint="'kategory1'", file=MARGINS),
        At("no such column", 1, "jumlah", file=MARGINS),
    )


@pytest.mark.parametrize("line", ["jk,jk,1,,,529,063,official", "jk,jk,1,,529000,official"])
def test_a_line_of_too_many_or_too_few_cells_is_refused(calibrated, line):
    calibrated.write(margins(line, WOMEN), MARGINS)
    calibrated.refuses(At("fields", 2, expected="7 fields", file=MARGINS), more=True)


def test_blank_lines_are_counted_as_a_spreadsheet_does(calibrated):
    calibrated.write(margins("", WOMEN, "", MEN.replace("529000", "banyak")), MARGINS)
    calibrated.refuses(At("'banyak'", 5, "jumlah", file=MARGINS))


def test_a_quote_never_closed_in_the_margins_is_refused_where_it_opens(calibrated):
    calibrated.write(margins(MEN, WOMEN, 'muda,muda,1,,,400000,"official', "muda,muda,0,,,660000,official"), MARGINS)
    calibrated.refuses(At("a quote that is never closed", 4, file=MARGINS))


def test_a_cell_of_a_megabyte_in_the_margins_is_refused(calibrated):
    calibrated.write(margins(MEN, WOMEN.replace("official", "x" * 1_000_001)), MARGINS)
    calibrated.refuses(At("a cell of more than", 3, file=MARGINS))


def test_margins_in_another_encoding_are_read_as_answers_are(calibrated):
    calibrated.write(MARGINS_TEXT.replace("official", "r\xe9smi").encode("cp1252"), MARGINS)
    assert calibrated.command(["check", str(calibrated.folder)]).status == 0


def test_a_margins_file_that_is_not_there_offers_the_nearest(calibrated):
    calibrated.edit("study.yaml", (MARGINS, "data/raw/margin.csv"))
    calibrated.refuses(At("no such file", file="data/raw/margin.csv", hint="'margins.csv'"))


def test_margins_and_answers_that_are_wrong_are_named_together(calibrated):
    calibrated.write(margins(MEN.replace("jk,1", "jk,Lelaki"), WOMEN), MARGINS)
    calibrated.write(table().fill("puas", "7"))
    calibrated.write(other_table().fill("so1", "7"), OTHER_RAW)
    calibrated.refuses(
        At("58 of 58 answers", 2, "puas"),
        At("58 of 58 answers", 2, "so1", file=OTHER_RAW),
        At("'Lelaki'", 2, "kategori1", file=MARGINS),
    )


def test_margins_that_are_wrong_are_named_where_no_wave_can_be_read(calibrated):
    calibrated.write(margins(MEN.replace("jk,1", "jk,Lelaki"), WOMEN), MARGINS)
    for raw in (RAW, OTHER_RAW):
        calibrated.place(raw).unlink()
    calibrated.refuses(
        At("no such file", expected="folder"),
        At("no such file", file=OTHER_RAW),
        At("'Lelaki'", 2, "kategori1", file=MARGINS),
    )

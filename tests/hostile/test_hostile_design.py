"""Weights, strata, sampling units and population sizes that no estimate can rest on."""

from __future__ import annotations

import pytest

from hostile.hostile_study import MARGINS, OTHER_RAW, RAW, REFUSERS, RESPONDENTS, other_table, table
from hostile.refusal import At

AGREED = RESPONDENTS - len(REFUSERS)
#: Blocks of the first district, and the rows of its only respondents once it is cut to one block.
FIRST_DISTRICT_BLOCKS = ("1", "2", "3", "4")


@pytest.mark.parametrize(
    "cell",
    ["0", "-1.5", "", "nan", "NaN", "inf", "-inf", "1e999", "berat", "1,5", "１", "1_0", "TRUE", "0x10", "1.5.2"],
)
def test_a_weight_that_is_no_positive_number_is_refused_at_its_row(study, cell):
    study.write(table().put("bobot", {9: cell, 21: cell}))
    study.refuses(At(f"2 of {AGREED} weights", 9, "bobot", expected="a positive number in every row"))


def test_the_weight_of_whoever_refused_is_not_looked_at(study):
    study.write(table().put("bobot", dict.fromkeys(REFUSERS, "0")))
    assert study.command(["check", str(study.folder), "--json"]).status == 0


def test_a_stratum_of_one_sampling_unit_is_refused_under_fail(study):
    made = table()
    made.put("rt", dict.fromkeys(made.rows_where("kec", "1"), "1"))
    study.write(made)
    study.refuses(At("1 stratum(s) with a single sampling unit", 2, "kec", hint="lonely_psu"))


def test_sampling_units_left_empty_by_refusals_leave_a_stratum_lonely(study):
    made = table()
    left = {row: "2" for block in FIRST_DISTRICT_BLOCKS[1:] for row in made.rows_where("rt", block)}
    study.write(made.put("izin", left))
    study.refuses(At("1 stratum(s) with a single sampling unit", 2, "kec"))


@pytest.mark.parametrize(("column", "role"), [("kec", "stratum"), ("rt", "psu")])
def test_an_empty_cell_of_the_design_is_refused_at_its_row(study, column, role):
    study.write(table().put(column, {30: "", 44: ""}))
    study.refuses(At(f"2 of {AGREED} rows without a {role}", 30, column, expected=f"a {role} in every row"))


WITH_FPC = "{weight: bobot, stratum: kec, psu: rt, fpc: banyak}"


def both_waves(study, made, other) -> None:
    study.write(made)
    study.write(other, OTHER_RAW)


def test_a_population_smaller_than_its_sample_is_refused(study):
    study.design(WITH_FPC)
    both_waves(study, table().with_column("banyak", "3"), other_table().with_column("banyak", "40"))
    study.refuses(At("an fpc of 3 where the sample holds 4 units", 2, "banyak", hint="counts"))


def test_a_population_of_a_share_is_refused(study):
    study.design(WITH_FPC)
    both_waves(study, table().with_column("banyak", "0.1"), other_table().with_column("banyak", "40"))
    study.refuses(At("an fpc of 0.1 where the sample holds 4 units", 2, "banyak", hint="not sampling fractions"))


@pytest.mark.parametrize("cell", ["", "banyak", "-4"])
def test_a_population_that_is_no_number_is_refused_at_its_row(study, cell):
    study.design(WITH_FPC)
    made = table().with_column("banyak", "40").put("banyak", {12: cell})
    both_waves(study, made, other_table().with_column("banyak", "40"))
    study.refuses(At("", 12, "banyak"), more=True)


def test_a_population_that_varies_in_a_stratum_is_refused(study):
    study.design(WITH_FPC)
    made = table().with_column("banyak", "40")
    made.put("banyak", {made.rows_where("kec", "2")[4]: "41"})
    both_waves(study, made, other_table().with_column("banyak", "40"))
    study.refuses(At("more than one fpc in a stratum", made.rows_where("kec", "2")[0], "banyak"))


def test_a_census_of_the_sampling_units_without_a_second_stage_is_refused(study):
    study.design(WITH_FPC)
    both_waves(study, table().with_column("banyak", "4"), other_table().with_column("banyak", "40"))
    study.refuses(At("all 4 sampling units of a stratum in the sample", 2, "banyak", hint="next stage"))


def test_every_fault_of_a_design_is_named_at_once(study):
    study.design(WITH_FPC)
    made = table().with_column("banyak", "3").put("bobot", {9: "0"}).put("kec", {30: ""}).put("rt", {31: ""})
    both_waves(study, made, other_table().with_column("banyak", "40").put("bobot", {13: "-1"}))
    study.refuses(
        At(f"1 of {AGREED} weights", 9, "bobot"),
        At("rows without a stratum", 30, "kec"),
        At("rows without a psu", 31, "rt"),
        At("an fpc of 3", 2, "banyak"),
        At(f"1 of {AGREED} weights", 13, "bobot", file=OTHER_RAW),
        more=True,
    )


def test_columns_of_the_design_that_are_not_in_the_file_are_named_with_the_nearest(study):
    study.design("{weight: bobott, stratum: [kec], psu: [rt, rmh]}")
    study.refuses(
        *(
            at
            for file in (OTHER_RAW, RAW)
            for at in (
                At("no column 'bobott'", column="bobott", hint="'bobot'", file=file),
                At("no column 'rmh'", column="rmh", expected="of the sampling design", file=file),
            )
        )
    )


def test_calibration_that_its_bounds_do_not_allow_names_the_margin(study):
    study.design("{weight: bobot, stratum: kec, psu: rt, calibrate: {to: [[jk]], bounds: [0.99, 1.01]}}")
    study.edit(MARGINS, ("529000", "52900"))
    study.refuses(At("margin jk", file="study.yaml", column="calibrate"), more=True)


def test_replicate_columns_that_the_file_does_not_have_are_refused(study):
    study.design("{weight: bobot, replicates: {type: bootstrap, columns: 'repw[0-9]+'}}")
    study.refuses(
        *(
            At("'repw[0-9]+'", column="design.replicates.columns", expected="two or more", file=f)
            for f in (RAW, OTHER_RAW)
        )
    )

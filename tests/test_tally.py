"""Sums by unit, domain and level, made block by block, are those of a plain loop."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from survey.stats import products
from survey.stats.crossings import Crossing
from survey.stats.products import Grouping, Partition
from survey.stats.sampling import sampling
from survey.stats.tallied import joined
from survey.stats.tally import column_tally, level_tallies, level_tally, number_tallies

# The same additions in another order.
RTOL = 1e-12

UNITS, N = 11, 500
RNG = np.random.default_rng(20260101)
UNIT = RNG.integers(0, UNITS, N)
WEIGHT = RNG.uniform(0.5, 3, N)
GROUPINGS = tuple(Grouping(RNG.integers(-1, size, N), size) for size in (1, 3, 4))
VARIABLES = tuple(Grouping(RNG.integers(-1, size, N).astype(np.int8), size) for size in (5, 2, 7))
NUMBER = np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(50, 9, N))
MARGIN = RNG.integers(0, 3, N)


def sampled(order=slice(None), unit=UNIT, calibrated=True):
    stage = (np.zeros(len(unit), np.intp)[order], unit[order], np.full(len(unit), np.inf)[order])
    margins = [MARGIN[order]] if calibrated else ()
    return sampling(WEIGHT[order], [stage], margins=margins, base=2 * WEIGHT[order])


def same(found, expected):
    assert type(found) is type(expected)
    if is_dataclass(expected):
        for f in fields(expected):
            same(getattr(found, f.name), getattr(expected, f.name))
    elif isinstance(expected, tuple):
        for a, b in zip(found, expected, strict=True):
            same(a, b)
    elif expected is not None:
        np.testing.assert_allclose(found, expected, rtol=RTOL, atol=RTOL)


@pytest.mark.parametrize("block", [2**4, 2**20], ids=["many-blocks", "one-block"])
@pytest.mark.parametrize("order", [np.arange(N), np.argsort(UNIT, kind="stable")], ids=["mixed", "by-unit"])
def test_sums_by_unit_margin_domain_and_level_are_those_of_a_loop(monkeypatch, block, order):
    monkeypatch.setattr(products, "BLOCK", block)
    monkeypatch.setattr(products, "MIN_ROWS", 7)
    groupings = [Grouping(g.code[order], g.size) for g in GROUPINGS]
    variables = [Grouping(v.code[order], v.size) for v in VARIABLES]
    for v, tally in zip(variables, level_tallies(variables, groupings, sampled(order)), strict=True):
        unit = np.zeros((8, UNITS, v.size))
        margin, count = np.zeros((8, 3, v.size)), np.zeros((8, v.size))
        for i, row in enumerate(order):
            start = 0
            for g in groupings:
                if g.code[i] >= 0 and v.code[i] >= 0:
                    unit[start + g.code[i], UNIT[row], v.code[i]] += WEIGHT[row]
                    margin[start + g.code[i], MARGIN[row], v.code[i]] += 2 * WEIGHT[row]
                    count[start + g.code[i], v.code[i]] += 1
                start += g.size
        np.testing.assert_allclose(tally.unit, unit, rtol=RTOL)
        np.testing.assert_allclose(tally.margin, margin, rtol=RTOL)
        np.testing.assert_allclose(tally.total, unit.sum(axis=1), rtol=RTOL)
        np.testing.assert_array_equal(tally.count, count)
        np.testing.assert_array_equal(tally.n, count.sum(axis=1))
        np.testing.assert_array_equal(tally.in_psu, unit.sum(axis=2) > 0)


@pytest.mark.parametrize("unit", [UNIT, np.arange(N)], ids=["clusters", "elements"])
def test_several_variables_have_the_tallies_of_each_alone(unit):
    s = sampled(unit=unit, calibrated=False)
    for v, found in zip(VARIABLES, level_tallies(VARIABLES, GROUPINGS, s), strict=True):
        same(found, level_tally(v.code, v.size, GROUPINGS, s))


@pytest.mark.parametrize("unit", [UNIT, np.arange(N)], ids=["clusters", "elements"])
def test_numbers_have_the_tally_of_their_deviations(unit):
    s, known = sampled(unit=unit, calibrated=False), np.isfinite(NUMBER)
    apart = np.where(known, NUMBER - 50, 0.0)
    columns = np.column_stack([np.ones(N), apart, apart**2])
    for found in number_tallies([NUMBER, NUMBER], [50.0, 50.0], GROUPINGS, s):
        same(found, column_tally(columns, known, GROUPINGS, s))


def test_variables_whose_sums_do_not_fit_together_are_tallied_one_after_another(monkeypatch):
    together = list(level_tallies(VARIABLES, GROUPINGS, sampled()))
    monkeypatch.setattr("survey.stats.tally.HELD", 1)
    monkeypatch.setattr("survey.stats.tally.HELD_COLUMNS", 0)
    for found, expected in zip(level_tallies(VARIABLES, GROUPINGS, sampled()), together, strict=True):
        same(found, expected)


def test_counts_do_not_depend_on_which_groupings_are_crossed(monkeypatch):
    (everyone,) = Crossing.all_of(GROUPINGS)
    monkeypatch.setattr("survey.stats.crossings.CELLS", 1)
    apart = list(Crossing.all_of(GROUPINGS))
    assert len(apart) == len(GROUPINGS)
    for v in VARIABLES:
        np.testing.assert_array_equal(everyone.count(v), np.concatenate([c.count(v) for c in apart]))


def test_a_joined_tally_comes_apart_again():
    s = sampled()
    parts = [level_tally(VARIABLES[0].code, 5, [g], s) for g in GROUPINGS]
    for found, expected in zip(joined(parts).separate([g.size for g in GROUPINGS]), parts, strict=True):
        same(found, expected)
        assert found.df_together() == expected.df_together()


def test_a_partition_keeps_the_order_within_a_part():
    parts = Partition.of(np.array([2, 0, 2, 0, 1]), 4)
    assert parts.order is not None
    assert parts.order.tolist() == [1, 3, 4, 0, 2]
    assert parts.first.tolist() == [0, 2, 3, 5, 5]

"""Differential item functioning against MASS::polr, and planted items."""

from __future__ import annotations

import numpy as np
import pytest

from measurement import GROUPS, LOADINGS, answers, items_of
from survey.stats.dif import dif
from survey.stats.patterns import by_group

LIKELIHOOD = 1e-6  # polr stops at 1e-14 of the likelihood; asked for: 1e-4
COUNTED = 1e-9


def two_groups(seed: int, n: int, **second):
    rng = np.random.default_rng(seed)
    loadings = second.pop("loadings", LOADINGS)
    x = np.vstack([answers(rng, n, LOADINGS), answers(rng, n, loadings, **second)])
    return by_group(x, np.repeat([0, 1], n), 2)


@pytest.mark.parametrize("case", GROUPS["dif"], ids=lambda case: case["name"])
def test_tests_and_explained_variance_are_those_of_polr(case):
    groups = by_group(items_of(case), np.array(case["group"]), max(case["group"]) + 1)
    found = dif(groups, purify=False)
    assert found.anchor.all()
    for own, want in zip(found.items, case["items"], strict=True):
        assert [own.uniform.statistic, own.non_uniform.statistic] == pytest.approx(want["chisq"], abs=LIKELIHOOD)
        np.testing.assert_allclose(own.r2, want["r2"], atol=LIKELIHOOD)
        np.testing.assert_allclose(own.explained, want["explained"], atol=LIKELIHOOD)
        assert own.uniform.df == own.non_uniform.df == max(case["group"])
        assert own.total.df == 2 * max(case["group"])
        assert own.total.statistic == pytest.approx(sum(want["chisq"]), abs=LIKELIHOOD)


@pytest.mark.parametrize("seed", range(4))
def test_a_harder_item_is_found_and_no_other_is_accused(seed):
    found = dif(two_groups(seed, 500, harder=0.9))
    assert [item.found for item in found.items] == [False, True, False, False, False]
    assert found.items[1].magnitude == "large"
    assert found.anchor.tolist() == [True, False, True, True, True]


@pytest.mark.parametrize("seed", range(4))
def test_groups_that_differ_only_in_their_mean_are_not_accused(seed):
    found = dif(two_groups(seed, 500, mean=0.8))
    assert not any(item.found for item in found.items)
    assert found.anchor.all()


def test_an_item_that_means_nothing_to_a_group_is_non_uniform():
    loadings = np.where(np.arange(5) == 0, 0.0, LOADINGS)
    found = dif(two_groups(1, 800, loadings=loadings))
    assert found.items[0].found
    assert found.items[0].non_uniform.p_value < 1e-6


def test_purification_clears_items_that_only_answer_for_another():
    groups = two_groups(2, 800, harder=1.2)
    raw, clean = dif(groups, purify=False), dif(groups)
    others = [0, 2, 3, 4]
    assert sum(clean.items[j].delta_r2 for j in others) < sum(raw.items[j].delta_r2 for j in others)


def test_a_small_effect_in_a_large_sample_is_negligible():
    found = dif(two_groups(3, 20_000, harder=0.08)).items[1]
    assert found.total.p_value < 1e-6
    assert found.magnitude == "negligible"


def test_an_item_without_variation_is_not_estimable():
    groups = two_groups(4, 200)
    for group in groups:
        group.level[:, 0] = 2
    found = dif(groups).items[0]
    assert found.magnitude is None
    assert np.isnan(found.delta_r2)
    assert not found.found


def test_the_order_of_the_rows_changes_nothing():
    rng = np.random.default_rng(5)
    x, group = answers(rng, 600, LOADINGS), rng.integers(0, 3, 600)
    order = rng.permutation(600)
    a, b = dif(by_group(x, group, 3)), dif(by_group(x[order], group[order], 3))
    assert [i.total.statistic for i in a.items] == pytest.approx([i.total.statistic for i in b.items], rel=COUNTED)


def test_scores_and_groups_count_not_rows():
    rng = np.random.default_rng(6)
    x, group = answers(rng, 400, LOADINGS), rng.integers(0, 2, 400)
    doubled = dif(by_group(np.vstack([x, x]), np.tile(group, 2), 2), purify=False)
    once = dif(by_group(x, group, 2), purify=False)
    for two, one in zip(doubled.items, once.items, strict=True):
        assert two.total.statistic == pytest.approx(2 * one.total.statistic, rel=1e-6)
        assert two.delta_r2 == pytest.approx(one.delta_r2, rel=1e-6)

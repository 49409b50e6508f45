"""The ladder of invariance against lavaan's multi-group models, and planted groups."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from measurement import GROUPS, LOADINGS, answers, items_of
from survey.stats.invariance import Limits, invariance
from survey.stats.merging import merged_alike, merged_levels
from survey.stats.patterns import by_group

INDEX = 1e-4  # lavaan stops when its discrepancy changes by 1e-10 of itself; asked for: 1e-3
CHI2 = 1e-4  # relative
ONE = np.ones((5, 1), dtype=bool)


def two_groups(seed: int, n: int, **second):
    rng = np.random.default_rng(seed)
    loadings = second.pop("loadings", LOADINGS)
    x = np.vstack([answers(rng, n, LOADINGS), answers(rng, n, loadings, **second)])
    return by_group(x, np.repeat([0, 1], n), 2)


@pytest.mark.parametrize("case", GROUPS["invariance"], ids=lambda case: case["name"])
def test_every_step_fits_as_in_lavaan(case):
    groups = by_group(items_of(case), np.array(case["group"]), max(case["group"]) + 1)
    found = invariance(groups, np.array(case["pattern"]) > 0)
    assert [step.name for step in found.steps] == [want["step"] for want in case["fits"]]
    for step, want in zip(found.steps, case["fits"], strict=True):
        own = step.model.fit
        assert step.model.converged
        assert own.chi2.df == want["df"]
        assert step.model.uncorrected.statistic == pytest.approx(want["chisq"], rel=CHI2)
        assert own.chi2.statistic == pytest.approx(want["chisq.scaled"], rel=CHI2)
        for name, theirs in {
            "cfi": "cfi.scaled",
            "tli": "tli.scaled",
            "rmsea": "rmsea.scaled",
            "rmsea_low": "rmsea.ci.lower.scaled",
            "rmsea_high": "rmsea.ci.upper.scaled",
            "srmr": "srmr",
        }.items():
            assert getattr(own, name) == pytest.approx(want[theirs], abs=INDEX), (step.name, name)


def test_changes_are_against_the_step_before():
    steps = invariance(two_groups(1, 300), ONE).steps
    assert np.isnan(steps[0].delta_cfi)
    for before, after in pairwise(steps):
        assert after.delta_cfi == after.model.fit.cfi - before.model.fit.cfi
        assert after.delta_rmsea == after.model.fit.rmsea - before.model.fit.rmsea


@pytest.mark.parametrize("seed", range(4))
def test_groups_that_differ_only_in_their_mean_are_not_accused(seed):
    found = invariance(two_groups(seed, 400, mean=0.5), ONE)
    assert found.holds_to == "strict"
    assert found.steps[2].model.factor_mean[1, 0] == pytest.approx(0.5, abs=0.2)


@pytest.mark.parametrize("seed", range(4))
def test_an_item_that_is_harder_for_a_group_ends_the_ladder_before_scalar(seed):
    found = invariance(two_groups(seed, 400, harder=0.6), ONE)
    assert found.holds_to == "metric"
    assert [step.holds for step in found.steps] == [True, True, False, False]


@pytest.mark.parametrize("seed", range(4))
def test_an_item_that_means_nothing_to_a_group_ends_the_ladder_before_metric(seed):
    loadings = np.where(np.arange(5) == 0, 0.15, LOADINGS)
    assert invariance(two_groups(seed, 500, loadings=loadings), ONE).holds_to == "configural"


def test_a_pattern_that_fits_no_group_holds_to_nothing():
    rng = np.random.default_rng(1)
    x = np.hstack([answers(rng, 800, LOADINGS[:3]), answers(rng, 800, LOADINGS[:3])])
    found = invariance(by_group(x, np.repeat([0, 1], 400), 2), np.ones((6, 1), dtype=bool))
    assert found.holds_to is None


def test_small_groups_are_left_out_and_said_so():
    rng = np.random.default_rng(2)
    group = np.repeat([0, 1, 2], [300, 300, 199])
    found = invariance(by_group(answers(rng, 799, LOADINGS), group, 3), ONE)
    assert found.tested.tolist() == [True, True, False]
    assert found.n.tolist() == [300, 300, 199]
    assert len(found.steps) == 4


def test_one_large_group_is_not_tested():
    group = np.repeat([0, 1], [300, 60])
    found = invariance(by_group(answers(np.random.default_rng(3), 360, LOADINGS), group, 2), ONE)
    assert found.steps == ()
    assert found.holds_to is None


def test_levels_that_a_group_left_empty_are_merged_in_all():
    groups = two_groups(4, 300)
    for item in range(5):
        groups[1].level[groups[1].level[:, item] == 4, item] = 3
    found = invariance(groups, ONE)
    assert [m.tolist() for m in found.merged] == [[0, 1, 2, 3, 3]] * 5
    assert [step.equal for step in found.steps] == ["nothing", "thresholds_loadings", "scalar", "strict"]


def test_two_levels_are_tested_in_one_step():
    rng = np.random.default_rng(5)
    x = (answers(rng, 800, LOADINGS) > 2).astype(float)
    found = invariance(by_group(x, np.repeat([0, 1], 400), 2), ONE)
    assert [step.name for step in found.steps] == ["configural", "strict"]
    assert found.holds_to == "strict"


@pytest.mark.parametrize(
    ("count", "want"),
    [
        ([[5, 5, 5], [5, 5, 5]], [0, 1, 2]),
        ([[0, 5, 5, 5, 5]], [0, 0, 1, 2, 3]),
        ([[5, 5, 5, 5, 0]], [0, 1, 2, 3, 3]),
        ([[5, 0, 5, 5, 5], [5, 5, 5, 0, 5]], [0, 1, 1, 1, 2]),
        ([[0, 0, 5, 5, 5]], [0, 0, 0, 1, 2]),
        ([[5, 0, 0, 0]], [0, 0, 0, 0]),
        ([[0, 0]], [0, 0]),
    ],
)
def test_an_empty_level_joins_its_neighbour_towards_the_middle(count, want):
    assert merged_levels(np.array(count, float)).tolist() == want


def test_merging_keeps_every_respondent():
    groups = two_groups(6, 300)
    groups[0].level[groups[0].level[:, 0] == 0, 0] = 1
    merged, mapping = merged_alike(groups)
    assert [g.n for g in merged] == [300, 300]
    assert mapping[0].tolist() == [0, 0, 1, 2, 3]
    assert mapping[1].tolist() == [0, 1, 2, 3, 4]


def test_limits_are_data():
    groups = two_groups(7, 400, harder=0.6)
    assert invariance(groups, ONE, Limits(delta_cfi=-0.5)).holds_to == "strict"


@pytest.mark.parametrize("groups", [2, 6])
@pytest.mark.parametrize("seed", range(2))
def test_unrelated_items_have_nothing_that_could_be_the_same(seed, groups):
    x = answers(np.random.default_rng(seed), 400 * groups, np.zeros(5))
    found = invariance(by_group(x, np.repeat(np.arange(groups), 400), groups), ONE)
    assert found.unrelated < Limits().related
    assert found.steps == ()
    assert found.holds_to is None


def test_either_change_may_be_made_to_suffice():
    steps = invariance(two_groups(8, 200), ONE, Limits(signs=1)).steps
    for step in steps[1:]:
        against = step.delta_cfi <= -0.010 or step.delta_rmsea >= 0.015
        assert not (step.holds and against)

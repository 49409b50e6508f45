"""The area-level model against metafor and sae's printed milk example; smoothed variances against their definition."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from survey.errors import DesignError
from survey.stats.smallarea import fay_herriot, smoothed

RTOL = 1e-8  # two optimisers of one likelihood, both run to the end
PRINTED = 2e-6  # sae stops scoring at a step of 1e-4 and prints seven decimals
TRUTH = json.loads((Path(__file__).parent / "reference" / "smallarea.json").read_text())


def arrays(case: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(case["y"]), np.array(case["variance"]), np.array(case["x"], float).reshape(len(case["y"]), -1)


@pytest.fixture(scope="module")
def milk():
    return fay_herriot(*arrays(TRUTH["milk"]))


@pytest.mark.parametrize("part", ["sigma2", "beta", "covariance", "gamma", "eblup", "mse", "log_likelihood"])
def test_the_milk_model_equals_metafors(milk, part):
    np.testing.assert_allclose(getattr(milk, part), TRUTH["milk"][part], rtol=RTOL)


@pytest.mark.parametrize("part", ["beta", "eblup", "mse"])
def test_the_milk_model_equals_what_sae_prints(milk, part):
    np.testing.assert_allclose(getattr(milk, part), TRUTH["printed"][part], atol=PRINTED)


def test_areas_that_differ_less_than_their_errors_leave_no_area_variance():
    found = fay_herriot(*arrays(TRUTH["flat"]))
    assert found.sigma2 == 0
    np.testing.assert_array_equal(found.gamma, 0)
    np.testing.assert_allclose(found.eblup, TRUTH["flat"]["beta"], rtol=RTOL)


def test_an_area_without_a_sample_has_the_regressions_value_and_the_area_variance_in_its_error(milk):
    value, mse = milk.synthetic(np.array([[1.0, 0, 0, 1]]))
    assert value[0] == pytest.approx(milk.beta[0] + milk.beta[3])
    spread = milk.covariance[0, 0] + 2 * milk.covariance[0, 3] + milk.covariance[3, 3]
    assert mse[0] == pytest.approx(milk.sigma2 + spread)
    assert mse[0] > milk.mse[25:].max()


def test_an_area_model_needs_more_areas_than_coefficients_positive_variances_and_free_covariates():
    y, x = np.arange(4.0), np.column_stack([np.ones(4), np.arange(4.0)])
    with pytest.raises(DesignError, match="2 areas cannot carry 2 coefficients"):
        fay_herriot(y[:2], np.ones(2), x[:2])
    with pytest.raises(DesignError, match="variance is not above 0"):
        fay_herriot(y, np.array([1.0, 1, 0, 1]), x)
    with pytest.raises(DesignError, match="linear combinations of each other"):
        fay_herriot(y, np.ones(4), np.column_stack([x, x[:, 1]]))


def test_smoothed_variances_are_deff_times_pooled_variance_over_n():
    y = np.array([1.0, 2, 3, 4, 2, 4, np.nan, 7])
    area, psu = np.array([0, 0, 0, 0, 1, 1, 1, -1]), np.array([0, 0, 1, 1, 2, 3, 3, 4])
    found = smoothed(y, np.ones(8), area, psu, np.zeros(2, dtype=int))
    s2 = (5 + 2) / (3 + 1)
    # Each area's PSU totals of (y − mean)/n are ∓d: the variance of the mean is 2/(2 − 1) · 2 d².
    deff = (4 * 0.5**2 * 4 / s2 + 4 * 0.5**2 * 2 / s2) / 2
    assert found.deff == pytest.approx(deff)
    np.testing.assert_allclose(found.mean, [2.5, 3])
    np.testing.assert_allclose(found.variance, deff * s2 / np.array([4, 2]))
    assert found.n.tolist() == [4, 2]
    assert found.psus.tolist() == [2, 2]


def test_a_design_effect_is_never_below_one_and_unknown_where_each_area_is_one_unit():
    y, area = np.array([1.0, 3, 1, 3]), np.array([0, 0, 1, 1])
    alike = smoothed(np.tile([1.0, 3], 4), np.ones(8), np.repeat([0, 1], 4), np.arange(8) // 2, np.zeros(2, dtype=int))
    assert alike.deff == 1  # units' means are equal: more alike than chance
    assert np.isnan(smoothed(y, np.ones(4), area, area, np.zeros(2, dtype=int)).deff)


def test_an_area_without_answers_has_no_mean():
    found = smoothed(np.array([1.0, 2, np.nan]), np.ones(3), np.array([0, 0, 1]), np.arange(3), np.zeros(2, dtype=int))
    assert np.isnan(found.mean[1])
    assert found.n[1] == 0


@pytest.mark.slow
def test_prasad_rao_errors_are_right_on_average():
    rng = np.random.default_rng(5)
    x, psi, squared, claimed = np.ones((40, 1)), rng.uniform(0.02, 0.1, 40), [], []
    for _ in range(400):
        truth = 3 + 0.2 * rng.normal(size=40)
        fit = fay_herriot(truth + np.sqrt(psi) * rng.normal(size=40), psi, x)
        squared.append((fit.eblup - truth) ** 2)
        claimed.append(fit.mse)
    assert np.mean(claimed) / np.mean(squared) == pytest.approx(
        1, abs=0.08
    )  # 400 × 40 draws, and the order of the formula

"""Polychoric correlations, their errors and the bivariate normal against lavaan, psych, scipy and identities."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from measurement import MODELS, answers, items_of
from survey.stats.bivariate import binormal_cdf
from survey.stats.patterns import by_group, patterns
from survey.stats.polychoric import moments, polychoric

EXACT = 1e-13  # the same function by another formula
OPTIMUM = 1e-6  # two optimisers of one likelihood; asked for: 1e-4
GOLDEN = 1e-4  # psych's thresholds and cells are corrected otherwise in the fifth digit
COUNTED = 1e-12  # sums over patterns against sums over rows


@pytest.fixture(params=MODELS["polychoric"], ids=lambda case: case["name"])
def case(request):
    return request.param, items_of(request.param)


@pytest.mark.parametrize("rho", [-0.99, -0.4, 0.0, 0.3, 0.9, 0.9999])
def test_the_bivariate_normal_is_scipys(rho):
    grid = np.array([-3.0, -0.7, 0.0, 0.2, 1.5])
    x, y = (a.ravel() for a in np.meshgrid(grid, grid))
    want = multivariate_normal(cov=[[1, rho], [rho, 1]], abseps=1e-14, releps=1e-14).cdf(np.column_stack([x, y]))
    np.testing.assert_allclose(binormal_cdf(x, y, np.array(rho)), want, atol=1e-9 if abs(rho) > 0.99 else EXACT)


def test_a_quarter_of_the_bivariate_normal_is_sheppards():
    rho = np.linspace(-0.999, 0.999, 21)
    quarter = binormal_cdf(np.zeros(21), np.zeros(21), rho)
    np.testing.assert_allclose(quarter, 0.25 + np.arcsin(rho) / (2 * np.pi), atol=EXACT)


def test_correlations_and_thresholds_match_lavaan(case):
    want, x = case
    found = polychoric(patterns(x))
    np.testing.assert_allclose(found.correlation, want["correlation"], atol=OPTIMUM)
    for own, theirs in zip(found.thresholds, want["thresholds"], strict=True):
        np.testing.assert_allclose(own[np.isfinite(own)], theirs, atol=OPTIMUM)


def test_errors_match_lavaan(case):
    want, x = case
    n = len(x)  # lavaan divides by n − 1
    np.testing.assert_allclose(
        polychoric(patterns(x)).std_error * np.sqrt(n / (n - 1)), want["std_error"], rtol=1e-5, atol=1e-12
    )


def test_the_joint_covariance_holds_the_errors_and_is_a_covariance(case):
    _, x = case
    p = patterns(x)
    found, pairs = moments(p), polychoric(p)
    error = np.sqrt(np.diagonal(found.covariance) / found.n)[len(found.threshold) :]
    np.testing.assert_allclose(error, pairs.std_error[found.first, found.second], rtol=1e-9)
    assert np.linalg.eigvalsh(found.covariance)[0] > -1e-9


@pytest.mark.real
@pytest.mark.parametrize("scale", ["agree", "consc"])
def test_real_correlations_match_psych(shared, scale):
    pd = pytest.importorskip("pandas")
    want = json.loads((shared / "golden" / "psych_bfi.json").read_text())[scale]
    x = pd.read_csv(shared / "data" / "bfi" / "bfi.csv")[want["items"]].to_numpy(float)
    reversed_items = np.isin(want["items"], want["reversed"])
    x = np.where(reversed_items, 7 - x, x)[np.isfinite(x).all(axis=1)]
    rho = pd.DataFrame(want["polychoric"]["rho"]).to_numpy()
    np.testing.assert_allclose(polychoric(patterns(x)).correlation, rho, atol=GOLDEN)


def test_counts_of_patterns_say_what_rows_say():
    rng = np.random.default_rng(2)
    x = answers(rng, 500, np.array([0.8, 0.7, 0.6]))
    rows = np.vstack([x, x[:100], x[:100]])
    count = np.where(np.arange(500) < 100, 3.0, 1.0)
    counted, listed = patterns(x, count), patterns(rows)
    assert counted.n == listed.n
    assert len(counted.count) == len(listed.count)
    np.testing.assert_allclose(moments(counted).covariance, moments(listed).covariance, atol=1e-8)
    np.testing.assert_allclose(polychoric(counted).correlation, polychoric(listed).correlation, rtol=COUNTED)


def test_missing_answers_leave_only_their_own_pairs():
    x = answers(np.random.default_rng(3), 400, np.array([0.8, 0.7, 0.6]))
    x[:150, 0] = np.nan
    found = polychoric(patterns(x))
    assert found.n.tolist() == [[250, 250, 250], [250, 400, 400], [250, 400, 400]]
    assert found.correlation[1, 2] == pytest.approx(polychoric(patterns(x[:, 1:])).correlation[0, 1], rel=COUNTED)
    assert moments(patterns(x)).n == 250


def test_an_item_that_does_not_vary_has_no_correlation():
    x = answers(np.random.default_rng(4), 200, np.array([0.8, 0.7, 0.6]))
    x[:, 2] = 4
    found = polychoric(patterns(x))
    assert np.isfinite(found.correlation[0, 1])
    assert np.isnan(found.correlation[:2, 2]).all()


def test_items_in_one_order_are_close_to_one_without_an_error():
    level = np.repeat([0.0, 1, 2], 50)
    found = polychoric(patterns(np.column_stack([level, level, level > 0])))
    assert (found.correlation[np.triu_indices(3, 1)] > 0.9).all()
    assert np.isnan(found.std_error[np.triu_indices(3, 1)]).all()


def test_an_unused_level_changes_nothing():
    x = answers(np.random.default_rng(5), 300, np.array([0.8, 0.7, 0.6]))
    stretched = np.where(x >= 3, x + 5, x)
    np.testing.assert_array_equal(polychoric(patterns(x)).correlation, polychoric(patterns(stretched)).correlation)


def test_groups_keep_one_numbering_of_the_levels():
    x = np.array([[1.0, 2], [2, 2], [3, 1], [np.nan, 1], [3, 2]])
    first, second = by_group(x, np.array([0, 0, 1, 1, -1]), 2)
    assert first.categories.tolist() == second.categories.tolist() == [3, 2]
    assert sorted(map(tuple, first.level)) == [(0, 1), (1, 1)]
    assert sorted(map(tuple, second.level)) == [(-1, 0), (2, 0)]

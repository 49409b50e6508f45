"""Sampling adequacy, parallel analysis and exploratory factors against psych and planted structures."""

from __future__ import annotations

import numpy as np
import pytest

from measurement import LOADINGS, MODELS, answers, items_of
from survey.stats.dimensionality import adequacy, ordinal_parallel, parallel, partial_factors, sphericity
from survey.stats.efa import exploratory
from survey.stats.patterns import patterns

RTOL = 1e-10  # closed forms
ROTATED = 1e-4  # GPArotation stops at 1e-5 of the gradient; asked for: 1e-3
SEED = 7


@pytest.fixture(scope="module")
def want():
    return MODELS["adequacy"]


@pytest.fixture(scope="module")
def correlation(want):
    return np.corrcoef(items_of(want).T)


def one_factor(seed: int, n: int = 600) -> np.ndarray:
    return answers(np.random.default_rng(seed), n, LOADINGS)


def two_factors(seed: int, n: int = 600) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.hstack([answers(rng, n, LOADINGS), answers(rng, n, LOADINGS)])


def test_sampling_adequacy_is_psychs(correlation, want):
    found = adequacy(correlation)
    assert found.overall == pytest.approx(want["kmo"], rel=RTOL)
    np.testing.assert_allclose(found.item, want["kmo_item"], rtol=RTOL)


def test_sphericity_is_psychs(correlation, want):
    found = sphericity(correlation, len(items_of(want)))
    assert found.statistic == pytest.approx(want["chisq"], rel=RTOL)
    assert found.df == want["df"]
    assert found.p_value < 1e-300


def test_partial_correlations_are_psychs_and_find_three(correlation, want):
    factors, means = partial_factors(correlation)
    np.testing.assert_allclose(means[:6], want["map"], rtol=RTOL)
    assert factors == 3


def test_a_singular_matrix_has_no_adequacy():
    found = adequacy(np.ones((3, 3)))
    assert np.isnan(found.overall)
    assert np.isnan(sphericity(np.ones((3, 3)), 100).statistic)


@pytest.mark.parametrize("case", MODELS["efa"], ids=lambda case: case["name"])
def test_exploratory_factors_are_psychs(case):
    found = exploratory(np.corrcoef(items_of(case).T), case["factors"], case["extraction"])
    assert found.converged
    assert found.admissible
    np.testing.assert_allclose(found.loading, case["loadings"], atol=ROTATED)
    np.testing.assert_allclose(found.factor_correlation, case["phi"], atol=ROTATED)
    np.testing.assert_allclose(found.unique, case["uniqueness"], atol=ROTATED)


def test_exploratory_factors_find_a_planted_pattern_exactly():
    planted = np.kron(np.eye(2), np.array([[0.8], [0.7], [0.6], [0.5]])) * [1, 0.9]
    phi = np.array([[1, 0.3], [0.3, 1]])
    correlation = planted @ phi @ planted.T
    np.fill_diagonal(correlation, 1)
    found = exploratory(correlation, 2)
    np.testing.assert_allclose(found.loading, planted, atol=1e-5)
    assert found.factor_correlation[0, 1] == pytest.approx(0.3, abs=1e-5)
    assert found.residual == pytest.approx(0, abs=1e-6)


def test_an_extraction_at_its_floor_is_a_heywood_case():
    correlation = np.array([[1, 0.9, 0.9], [0.9, 1, 0.6], [0.9, 0.6, 1]])
    assert not exploratory(correlation, 1).admissible


@pytest.mark.parametrize("seed", range(4))
def test_random_items_hold_no_factor(seed):
    x = np.random.default_rng(seed).integers(0, 5, (400, 8)).astype(float)
    assert parallel(np.corrcoef(x.T), 400, SEED).factors == 0
    assert ordinal_parallel(patterns(x), SEED, draws=40).factors == 0
    assert adequacy(np.corrcoef(x.T)).overall < 0.6


@pytest.mark.parametrize("seed", range(4))
def test_a_two_factor_scale_is_found(seed):
    x = two_factors(seed)
    assert parallel(np.corrcoef(x.T), len(x), SEED).factors == 2
    assert ordinal_parallel(patterns(x), SEED, draws=40).factors == 2
    assert partial_factors(np.corrcoef(x.T))[0] == 2


@pytest.mark.parametrize("seed", range(4))
def test_a_clean_scale_is_not_accused_of_a_second_factor(seed):
    x = one_factor(seed)
    assert parallel(np.corrcoef(x.T), len(x), SEED).factors == 1
    assert ordinal_parallel(patterns(x), SEED, draws=40).factors == 1


def test_an_unreversed_item_loads_against_the_others():
    x = one_factor(9)
    x[:, 3] = 4 - x[:, 3]
    loading = exploratory(np.corrcoef(x.T), 1).loading[:, 0]
    assert np.sign(loading).tolist() == [1, 1, 1, -1, 1]


def test_random_eigenvalues_without_rows_are_those_of_drawn_rows():
    n, k, rng = 150, 6, np.random.default_rng(1)
    drawn = [np.linalg.eigvalsh(np.corrcoef(rng.standard_normal((k, n))))[::-1] for _ in range(2000)]
    found = parallel(np.eye(k), n, SEED, draws=2000).random
    np.testing.assert_allclose(found, np.percentile(drawn, 95, axis=0), atol=0.015)  # four Monte Carlo errors


def test_the_normal_limit_is_that_of_drawn_answers(monkeypatch):
    x = np.random.default_rng(8).binomial(4, [0.2, 0.5, 0.7, 0.4, 0.9], (2000, 5)).astype(float)
    monkeypatch.setattr("survey.stats.dimensionality.LARGE", 10_000)
    drawn = ordinal_parallel(patterns(x), SEED, draws=300).random
    monkeypatch.setattr("survey.stats.dimensionality.LARGE", 1000)
    limit = ordinal_parallel(patterns(x), SEED, draws=2000).random
    np.testing.assert_allclose(limit, drawn, atol=0.008)  # four Monte Carlo errors of 300 draws


def test_correlations_that_are_drawn_have_the_eigenvalues_of_many_items_and_few_answers(monkeypatch):
    x = np.digitize(np.random.default_rng(9).normal(size=(200, 12)), [-1.4, -0.5, 0.3, 1.2]).astype(float)
    limit = ordinal_parallel(patterns(x), SEED, draws=1000).random
    monkeypatch.setattr("survey.stats.dimensionality.LARGE", 10_000)
    drawn = ordinal_parallel(patterns(x), SEED, draws=60).random
    np.testing.assert_allclose(limit, drawn, atol=0.06)  # four Monte Carlo errors of 60 draws


def test_one_seed_draws_one_result():
    p = patterns(one_factor(3))
    assert ordinal_parallel(p, 5, 10).random.tolist() == ordinal_parallel(p, 5, 10).random.tolist()
    assert ordinal_parallel(p, 5, 10).random.tolist() != ordinal_parallel(p, 6, 10).random.tolist()

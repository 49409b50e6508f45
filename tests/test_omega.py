"""Omega, ordinal and weighted alpha against psych, lavaan's figures and identities."""

from __future__ import annotations

import json

import numpy as np
import pytest

from measurement import LOADINGS, MODELS, answers, items_of
from survey.stats.cfa import cfa
from survey.stats.omega import (
    average_correlation,
    general_factor,
    omega_total,
    omega_totals,
    weighted_covariance,
    without_each,
)
from survey.stats.one_factor import one_factor
from survey.stats.patterns import patterns
from survey.stats.polychoric import polychoric
from survey.stats.reliability import alpha, complete_moments

OMEGA = 1e-5  # lavaan's optimiser stops short of the optimum
PSYCH = 1e-3  # so does GPArotation, at 1e-5 of the gradient
ORDINAL = 1e-5  # psych's polychoric correlations differ in the fifth digit
RTOL = 1e-12


@pytest.fixture(scope="module", params=["agree", "consc"])
def scale(shared, request):
    pd = pytest.importorskip("pandas")
    want = json.loads((shared / "golden" / "psych_bfi.json").read_text())[request.param]
    x = pd.read_csv(shared / "data" / "bfi" / "bfi.csv")[want["items"]].to_numpy(float)
    x = np.where(np.isin(want["items"], want["reversed"]), 7 - x, x)
    return x[np.isfinite(x).all(axis=1)], want


@pytest.mark.real
def test_omega_total_is_that_of_lavaans_one_factor_model(scale):
    x, want = scale
    found = omega_total(np.cov(x.T))
    assert found == pytest.approx(want["omega_cfa_ml"]["raw"], abs=OMEGA)


@pytest.mark.real
def test_hierarchical_omega_is_psychs(scale):
    x, want = scale
    found = general_factor(np.corrcoef(x.T)).omega
    assert found == pytest.approx(want["psych_omega_3f_minres"]["omega_h"], abs=PSYCH)


@pytest.mark.real
def test_ordinal_alpha_is_psychs(scale):
    x, want = scale
    assert alpha(polychoric(patterns(x)).correlation) == pytest.approx(want["ordinal_alpha"], abs=ORDINAL)


@pytest.mark.real
def test_average_correlation_is_psychs(scale):
    x, want = scale
    assert average_correlation(np.corrcoef(x.T)) == pytest.approx(
        want["alpha_listwise"]["total"]["average_r"], rel=1e-9
    )


def test_hierarchical_omega_of_twelve_items_is_psychs():
    want = MODELS["hierarchical"]
    assert general_factor(np.corrcoef(items_of(want).T)).omega == pytest.approx(want["omega_h"], abs=1e-5)


def test_omega_of_equal_loadings_is_alpha():
    covariance = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    assert omega_total(covariance) == pytest.approx(alpha(covariance), rel=1e-9)


def test_three_items_hold_no_three_factors():
    assert np.isnan(general_factor(np.eye(3)).omega)


def test_one_thing_has_no_special_factors_beside_it():
    x = answers(np.random.default_rng(9), 2000, np.full(9, 0.8))
    assert not general_factor(np.corrcoef(x.T)).admissible
    assert general_factor(np.corrcoef(items_of(MODELS["hierarchical"]).T)).admissible


def test_omega_ignores_the_units_of_the_items():
    x = answers(np.random.default_rng(1), 400, LOADINGS)
    assert omega_total(np.cov(x.T) * 9) == pytest.approx(omega_total(np.cov(x.T)), rel=1e-8)


def test_omega_without_an_item_is_that_of_the_others():
    covariance = np.cov(answers(np.random.default_rng(2), 400, LOADINGS).T)
    found = omega_totals(without_each(covariance))
    assert found[0] == pytest.approx(omega_total(covariance[1:, 1:]), rel=RTOL)
    assert np.isnan(omega_totals(without_each(covariance[:3, :3]))).all()


def test_fewer_than_three_items_are_not_estimable():
    assert np.isnan(omega_total(np.array([[1.0, 0.5], [0.5, 1.0]])))


def test_a_heywood_case_is_not_estimable():
    correlation = np.array([[1, 0.9, 0.9], [0.9, 1, 0.6], [0.9, 0.6, 1]])  # λ₁² = 0.9 · 0.9 / 0.6 > 1
    assert np.isnan(omega_total(correlation))


def test_a_covariance_of_nobody_is_not_estimable():
    assert np.isnan(omega_total(np.full((4, 4), np.nan)))


def test_random_items_have_no_reliability():
    rng = np.random.default_rng(3)
    x = rng.integers(1, 6, (800, 5)).astype(float)
    assert alpha(np.cov(x.T)) < 0.2
    assert not omega_total(np.cov(x.T)) > 0.3


def test_an_unreversed_item_lowers_omega_below_what_it_is_without_it():
    x = answers(np.random.default_rng(4), 600, LOADINGS)
    x[:, 2] = 4 - x[:, 2]
    covariance = np.cov(x.T)
    assert omega_totals(without_each(covariance))[2] > omega_total(covariance) + 0.1


def test_weights_count_as_repeated_answers():
    rng = np.random.default_rng(5)
    x, weight = answers(rng, 200, LOADINGS), rng.integers(1, 4, 200)
    repeated = complete_moments(np.repeat(x, weight, axis=0)).covariance
    assert alpha(weighted_covariance(x, weight.astype(float))) == pytest.approx(alpha(repeated), rel=RTOL)
    assert alpha(weighted_covariance(x, np.full(200, 7.0))) == pytest.approx(alpha(np.cov(x.T)), rel=RTOL)


def test_a_missing_answer_leaves_the_weighted_covariance():
    x = answers(np.random.default_rng(6), 50, LOADINGS)
    x[0, 0] = np.nan
    weight = np.ones(50)
    np.testing.assert_allclose(weighted_covariance(x, weight), weighted_covariance(x[1:], weight[1:]), rtol=RTOL)
    assert np.isnan(weighted_covariance(x[:1], weight[:1])).all()


def test_many_covariances_at_once_have_the_omega_of_each_alone():
    rng = np.random.default_rng(7)
    covariances = [np.cov(answers(rng, n, LOADINGS[:k]).T) for n, k in ((300, 5), (60, 4), (20, 5), (400, 3))]
    together = omega_totals([*covariances, np.full((4, 4), np.nan), np.eye(2)])
    np.testing.assert_allclose(together[:4], [omega_total(c) for c in covariances], rtol=1e-9)
    assert np.isnan(together[4:]).all()


def test_the_closed_steps_of_one_factor_reach_the_optimum_of_the_general_model():
    rng = np.random.default_rng(8)
    covariances = np.stack([np.cov(answers(rng, n, LOADINGS).T) for n in (25, 60, 200, 900)])
    found = one_factor(covariances)
    for at, covariance in enumerate(covariances):
        want = cfa(covariance, 100, np.ones((5, 1), dtype=bool))
        np.testing.assert_allclose(found.loading[at] * np.sqrt(0.99), want.loading[:, 0], rtol=1e-8)
        np.testing.assert_allclose(found.unique[at] * 0.99, want.unique, rtol=1e-7)
        assert found.admissible[at] == want.admissible

"""Confirmatory factor models of continuous and ordinal items against lavaan and planted structures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from measurement import LOADINGS, MODELS, answers, items_of
from survey.stats.cfa import cfa
from survey.stats.constructs import composite_reliability, heterotrait_ratio, variance_extracted
from survey.stats.fit import ChiSquare, fit
from survey.stats.ordinal_cfa import ordinal_cfa
from survey.stats.patterns import patterns
from survey.stats.polychoric import moments, polychoric

ESTIMATE = 1e-5  # lavaan's optimiser stops when the discrepancy changes by 1e-10 of itself
INDEX = 1e-4  # fit indices inherit that, and a bound of RMSEA is a root lavaan finds to 1e-5
CHI2 = 1e-6  # relative
ONE = np.ones((5, 1), dtype=bool)


@pytest.fixture(params=MODELS["cfa"], ids=lambda case: case["name"])
def case(request):
    return request.param, items_of(request.param), np.array(request.param["pattern"]) > 0


def assert_indices(found, want: dict, suffix: str = "") -> None:
    for own, theirs in {
        "cfi": "cfi",
        "tli": "tli",
        "rmsea": "rmsea",
        "rmsea_low": "rmsea.ci.lower",
        "rmsea_high": "rmsea.ci.upper",
    }.items():
        assert getattr(found, own) == pytest.approx(want[theirs + suffix], abs=INDEX), own
    assert found.srmr == pytest.approx(want["srmr"], abs=INDEX)
    assert found.chi2.df == want["df"]
    assert found.chi2.statistic == pytest.approx(want["chisq" + suffix], rel=CHI2)
    assert found.chi2.p_value == pytest.approx(want["pvalue" + suffix], abs=CHI2)


def test_maximum_likelihood_estimates_and_fit_are_lavaans(case):
    want, x, pattern = case
    found = cfa(np.cov(x.T), len(x), pattern)
    assert found.converged
    assert found.admissible
    for name, value in {
        "loadings": found.loading,
        "std_error": found.std_error,
        "standardised": found.standardised,
        "factor_correlation": found.factor_correlation,
    }.items():
        np.testing.assert_allclose(value, want["ml"][name], atol=ESTIMATE)
    assert_indices(found.fit, want["ml"]["fit"])


def test_ordinal_estimates_and_robust_fit_are_lavaans(case):
    want, x, pattern = case
    found = ordinal_cfa(moments(patterns(x)), pattern)
    r = want["wlsmv"]
    assert found.converged
    assert found.admissible
    np.testing.assert_allclose(found.loading[0], r["standardised"], atol=ESTIMATE)
    np.testing.assert_allclose(found.factor_correlation[0], r["factor_correlation"], atol=ESTIMATE)
    error = np.array(r["std_error"])[pattern]
    np.testing.assert_allclose(found.std_error[: len(error)], error, rtol=ESTIMATE)
    assert found.uncorrected.statistic == pytest.approx(r["fit"]["chisq"], rel=CHI2)
    assert_indices(found.fit, r["fit"], ".scaled")


@pytest.mark.real
def test_the_holzinger_model_is_that_of_lavaans_tutorial(shared):
    pd = pytest.importorskip("pandas")
    want = json.loads((shared / "golden" / "lavaan_holzinger.json").read_text())["cfa_ml"]
    names = [f"x{i}" for i in range(1, 10)]
    x = pd.read_csv(shared / "data" / "holzinger" / "HolzingerSwineford1939.csv")[names].to_numpy()
    found = cfa(np.cov(x.T), len(x), np.kron(np.eye(3), np.ones((3, 1))) > 0)
    factors, first = ["visual", "textual", "speed"], found.loading[[0, 3, 6], range(3)]  # lavaan fixes these to 1
    covariance = found.factor_correlation * np.outer(first, first)
    for row in want["params"]:
        left, right = row["lhs"], row["rhs"]
        if row["op"] == "=~":
            own = found.loading[names.index(right), factors.index(left)] / first[factors.index(left)]
        elif left in factors:
            own = covariance[factors.index(left), factors.index(right)]
        else:
            own = found.unique[names.index(left)]
        assert own == pytest.approx(row["est"], abs=ESTIMATE), (left, right)
    assert_indices(found.fit, want["fit"])


def test_a_saturated_model_fits_exactly():
    covariance = np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
    found = cfa(covariance, 100, np.ones((3, 1), dtype=bool))
    np.testing.assert_allclose(
        found.standardised[:, 0] ** 2, [0.5 * 0.4 / 0.3, 0.5 * 0.3 / 0.4, 0.4 * 0.3 / 0.5], atol=1e-8
    )
    assert (found.fit.chi2.df, found.fit.cfi, found.fit.rmsea) == (0, 1.0, 0.0)
    assert np.isnan(found.fit.chi2.p_value)


def test_a_negative_variance_is_not_admissible():
    correlation = np.array([[1, 0.9, 0.9], [0.9, 1, 0.6], [0.9, 0.6, 1]])
    found = cfa(correlation, 100, np.ones((3, 1), dtype=bool))
    assert not found.admissible
    assert found.unique[0] < 0 or not found.converged


def test_more_parameters_than_moments_have_no_optimum():
    found = cfa(np.array([[1, 0.5], [0.5, 1]]), 100, np.ones((2, 1), dtype=bool))
    assert not found.converged
    assert np.isnan(found.loading).all()


def test_items_without_a_correlation_have_no_ordinal_model():
    x = answers(np.random.default_rng(0), 200, LOADINGS)
    x[:, 2] = 1
    found = ordinal_cfa(moments(patterns(x)), ONE)
    assert not found.converged
    assert np.isnan(found.fit.cfi)


def test_the_rmsea_interval_inverts_the_noncentral_distribution():
    found = fit(ChiSquare(60.0, 20), ChiSquare(900.0, 28), 500, 0.04)
    from scipy.stats import ncx2

    for bound, tail in ((found.rmsea_low, 0.95), (found.rmsea_high, 0.05)):
        assert ncx2.cdf(60, 20, bound**2 * 500 * 20) == pytest.approx(tail, abs=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_a_clean_scale_is_not_accused(seed):
    x = answers(np.random.default_rng(seed), 500, LOADINGS)
    found = ordinal_cfa(moments(patterns(x)), ONE)
    assert found.fit.cfi > 0.98
    assert found.fit.srmr < 0.05
    assert (found.loading[0] > 0.35).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_two_factor_scale_does_not_pass_for_one(seed):
    rng = np.random.default_rng(seed)
    x = np.hstack([answers(rng, 500, LOADINGS[:3]), answers(rng, 500, LOADINGS[:3])])
    m, two = moments(patterns(x)), np.kron(np.eye(2), np.ones((3, 1))) > 0
    one = ordinal_cfa(m, np.ones((6, 1), dtype=bool)).fit
    assert one.cfi < 0.80
    assert one.rmsea_low > 0.10
    assert ordinal_cfa(m, two).fit.cfi > 0.98


def test_an_unreversed_item_loads_negatively():
    x = answers(np.random.default_rng(1), 500, LOADINGS)
    x[:, 3] = 4 - x[:, 3]
    assert np.sign(ordinal_cfa(moments(patterns(x)), ONE).loading[0, :, 0]).tolist() == [1, 1, 1, -1, 1]


def test_random_items_load_on_nothing():
    x = np.random.default_rng(2).integers(0, 5, (500, 5)).astype(float)
    found = ordinal_cfa(moments(patterns(x)), ONE)
    assert not found.admissible or variance_extracted(found.loading[0], ONE)[0] < 0.25


@pytest.mark.real
@pytest.mark.parametrize("scale", ["agree", "consc"])
def test_variance_extracted_and_composite_reliability_are_r_s(shared, scale):
    want = json.loads((shared / "golden" / "psych_bfi.json").read_text())[scale]
    loading = np.array(list(want["omega_cfa_ml"]["loadings_std"].values()))[:, None]
    assert variance_extracted(loading, ONE)[0] == pytest.approx(want["AVE_CR"]["AVE"], rel=1e-9)
    assert composite_reliability(loading, ONE)[0] == pytest.approx(want["AVE_CR"]["CR"], rel=1e-9)


def test_the_heterotrait_ratio_of_a_clean_pattern_is_the_factor_correlation():
    pattern = np.kron(np.eye(2), np.ones((3, 1))) > 0
    loading, phi = pattern * 0.7, np.array([[1, 0.4], [0.4, 1]])
    correlation = loading @ phi @ loading.T
    np.fill_diagonal(correlation, 1)
    np.testing.assert_allclose(heterotrait_ratio(correlation, pattern), phi, rtol=1e-12)


def test_a_factor_of_one_item_has_no_heterotrait_ratio():
    found = heterotrait_ratio(
        polychoric(patterns(answers(np.random.default_rng(3), 300, LOADINGS[:3]))).correlation,
        np.array([[1, 0], [1, 0], [0, 1]]) > 0,
    )
    assert np.isnan(found[0, 1])

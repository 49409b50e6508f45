"""One factor against several: lavaan's test of the difference, and what it finds in planted structures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from measurement import LOADINGS, REFERENCE, answers
from survey.stats.nested import one_against_several, one_score
from survey.stats.patterns import patterns
from survey.stats.polychoric import moments

CHI2 = 1e-3  # relative; lavaan stops when the discrepancy changes by 1e-10 of itself
ESTIMATE = 1e-4
CASES = json.loads((REFERENCE / "nested.json").read_text())


def nested(case: dict):
    return one_against_several(moments(patterns(np.array(case["data"], float).T)), np.array(case["pattern"]) > 0)


@pytest.mark.parametrize("want", CASES, ids=lambda case: case["name"])
def test_the_difference_of_two_models_is_lavaans(want):
    found = nested(want)
    assert found.difference.df == want["df_diff"]
    assert found.difference.statistic == pytest.approx(want["chisq_diff"], rel=CHI2)
    assert found.difference.p_value == pytest.approx(want["p_value"], abs=ESTIMATE)
    for model, own in (("several", found.several), ("one", found.one)):
        assert own.fit.chi2.statistic == pytest.approx(want[model]["chisq.scaled"], rel=CHI2)
        assert own.fit.cfi == pytest.approx(want[model]["cfi.scaled"], abs=ESTIMATE)
        assert own.fit.rmsea == pytest.approx(want[model]["rmsea.scaled"], abs=ESTIMATE)
    first, second = np.triu_indices(len(want["pattern"][0]), 1)
    np.testing.assert_allclose(found.several.factor_correlation[0][first, second], want["correlation"], atol=ESTIMATE)
    np.testing.assert_allclose(found.std_error[first, second], want["std_error"], atol=ESTIMATE)


def test_a_model_without_an_optimum_has_no_difference():
    x = answers(np.random.default_rng(1), 300, LOADINGS)
    same = moments(patterns(np.column_stack([x[:, 0], x[:, 0], x[:, 1:]])))
    found = one_against_several(same, np.repeat(np.eye(2, dtype=bool), 3, axis=0))
    assert np.isnan(found.difference.statistic)


def test_thresholds_change_nothing_in_the_model_of_one_group():
    case = CASES[2]
    held = moments(patterns(np.array(case["data"], float).T))
    pattern = np.array(case["pattern"]) > 0
    found, without = one_against_several(held, pattern), one_against_several(held.correlations, pattern)
    assert without.difference.statistic == pytest.approx(found.difference.statistic, rel=1e-7)
    assert without.several.fit.cfi == pytest.approx(found.several.fit.cfi, rel=1e-9)
    np.testing.assert_allclose(without.std_error, found.std_error, rtol=1e-7)


def test_two_things_contradict_one_score_and_one_thing_supports_it():
    assert [one_score(nested(case), 0.95) for case in CASES] == ["contradicted", "supported", "contradicted"]


def test_too_few_answers_do_not_decide():
    rng = np.random.default_rng(3)
    factors = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 60)
    response = 0.7 * factors[:, [0, 0, 0, 1, 1, 1]] + 0.71 * rng.normal(size=(60, 6))
    x = np.digitize(response, [-0.5, 0.5]).astype(float)
    found = one_against_several(moments(patterns(x)), np.repeat(np.eye(2, dtype=bool), 3, axis=0))
    assert one_score(found, 0.95) != "supported"

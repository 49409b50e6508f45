"""Adjusted p-values and equivalence against statsmodels, and against simulation's formulas."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from survey.stats.multiplicity import adjusted, bonferroni_level, equivalence, equivalence_power

RTOL = 1e-12  # the same closed forms


@pytest.mark.parametrize("method", ["holm", "fdr_bh"])
def test_adjustment_equals_statsmodels_and_leaves_missing_p_out_of_the_family(method):
    p = np.random.default_rng(3).beta(0.4, 3, 60)
    holes = p.copy()
    holes[[4, 17]] = np.nan
    known = np.isfinite(holes)
    want = multipletests(holes[known], method=method)[1]
    np.testing.assert_allclose(adjusted(holes, method)[known], want, rtol=RTOL)
    assert np.isnan(adjusted(holes, method)[~known]).all()


def test_no_adjustment_is_the_identity():
    p = np.array([0.2, np.nan, 0.01])
    np.testing.assert_array_equal(adjusted(p, "none"), p)


def test_bonferroni_level_of_six_intervals():
    assert bonferroni_level(0.95, 6) == pytest.approx(1 - 0.05 / 6)


def test_tost_is_the_larger_of_two_one_sided_tests():
    d, se, df, bound = 0.1, 0.2, 30.0, 0.5
    want = max(stats.t.sf((d + bound) / se, df), stats.t.cdf((d - bound) / se, df))
    np.testing.assert_allclose(equivalence(np.array(d), np.array(se), np.array(df), bound), want, rtol=RTOL)


def test_tost_power_agrees_with_draws():
    # 200,000 draws: Monte-Carlo error of a power near 0.5 is 0.0011; the t approximation adds its own 0.01.
    rng = np.random.default_rng(1)
    se, df, bound = 0.021, 73.0, 0.05
    d = rng.normal(0, se, 200_000)
    s = se * np.sqrt(rng.chisquare(df, 200_000) / df)
    found = (equivalence(d, s, np.full(d.shape, df), bound) < 0.05).mean()
    assert equivalence_power(se, df, bound) == pytest.approx(found, abs=0.015)

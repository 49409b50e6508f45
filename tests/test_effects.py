"""Ratios, odds ratios and standardised differences against regressions that equal R's."""

import numpy as np
import pytest

from reference_designs import LEVELS, weighted
from survey.analyse.inference import Inference
from survey.stats import contrasts, effects
from survey.stats.regression import logistic
from survey.stats.tally import level_tally

RTOL = 1e-7  # the logistic fit converges to 1e-8


@pytest.fixture(scope="module", params=["srs", "strata_psu", "strata_psu_fpc", "two_stage"])
def yes_by_sex(request):
    inf = Inference.of(weighted(request.param).wave, ["sex"])
    code = inf.wave.frame["yes"].cat.codes.to_numpy().astype(np.intp)
    tally = level_tally(code, 2, [inf.groupings[1]], inf.sampling)
    return inf, code, tally, contrasts.group_means(tally, np.array([0.0, 1.0]), inf.sampling)


def test_the_odds_ratio_is_the_coefficient_of_a_one_way_logistic_regression(yes_by_sex):
    inf, code, _, shares = yes_by_sex
    sex = inf.wave.frame["sex"].cat.codes.to_numpy()
    fit = logistic(code.astype(float), (sex == 0).astype(float)[:, None], (code >= 0) & (sex >= 0), inf.sampling)
    found = effects.odds_ratio(shares, 0, 1, shares.df, 0.95)
    np.testing.assert_allclose(np.log(found.estimate), fit.coefficients.estimate[1], rtol=RTOL)
    np.testing.assert_allclose(found.log_error, fit.coefficients.std_error[1], rtol=RTOL)


def test_a_ratio_is_one_over_the_ratio_the_other_way_round(yes_by_sex):
    shares = yes_by_sex[3]
    one, other = (effects.ratio_of_means(shares, a, b, shares.df, 0.95) for a, b in ((0, 1), (1, 0)))
    np.testing.assert_allclose((one.estimate, one.low, one.high), (1 / other.estimate, 1 / other.high, 1 / other.low))


def test_a_share_of_zero_has_no_odds_ratio(yes_by_sex):
    shares = yes_by_sex[3]
    empty = contrasts.GroupMeans(shares.group, np.array([0.0, 0.4]), shares.covariance, shares.weight, shares.df)
    assert np.isnan(effects.odds_ratio(empty, 0, 1, shares.df, 0.95).estimate)


def test_without_weights_the_pooled_deviation_is_the_textbooks():
    inf = Inference.of(weighted("srs").wave, ["sex"])
    item = inf.wave.frame["item"].cat.codes.to_numpy().astype(np.intp)
    sex = inf.wave.frame["sex"].cat.codes.to_numpy()
    tally = level_tally(item, 5, [inf.groupings[1]], inf.sampling)
    score = np.array(LEVELS["item"], float)
    y = [score[item[(item >= 0) & (sex == s)]] for s in (0, 1)]
    n = np.array([len(v) for v in y], float)
    # weighted by n instead of n - 1: with 120 a group the two differ in the fourth digit
    want = np.sqrt(sum(len(v) * v.var(ddof=1) for v in y) / n.sum())
    got = effects.pooled_deviation(tally.total, score, tally.n.astype(float), np.array([0, 1]))
    assert got == pytest.approx(want, rel=1e-12)
    assert effects.d_design(0.5, 0.1, 0.9, got) == pytest.approx((0.5 / got, 0.1 / got, 0.9 / got))

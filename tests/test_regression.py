"""Regressions under the design equal R survey's; what cannot be fitted is refused with its columns."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import expit

from reference_designs import LEVELS, MATRIX, cleaned, weighted
from survey.analyse.respondents import sampling_of
from survey.errors import ConvergenceError, DesignError
from survey.stats import contrasts, margins, proportionality
from survey.stats.ordinal import ordinal
from survey.stats.products import Grouping
from survey.stats.regression import linear, logistic
from survey.stats.sampling import sampling
from survey.stats.tally import level_tally
from survey.stats.variance import covariance_of_rows

# Closed forms; R's logit and calibrated weights stop at 1e-8 or better. svyolr stops early and takes a
# numerical Hessian: 1e-3. The ordinal references of regression.json rest on numerical derivatives: 1e-6.
RTOL, RTOL_ITERATED, RTOL_SVYOLR, RTOL_NUMERICAL, LOG10_P = 1e-9, 1e-8, 1e-3, 1e-6, 1e-6
# The optimum: gradient, and log-likelihood below R's, over the log-likelihood.
OPTIMUM = 1e-8
# Identities on the same numbers.
SAME = 1e-10

REFERENCE = Path(__file__).parent / "reference"
DESIGN_TESTS = json.loads((REFERENCE / "design_tests.json").read_text())["cases"]
REGRESSION = json.loads((REFERENCE / "regression.json").read_text())["cases"]
FRAME = cleaned().frame
EVERYONE = np.ones(len(FRAME), dtype=bool)


def numbers(name):
    column = FRAME[name]
    if name == "yes":
        return column.astype("float").to_numpy(float)
    if name == "item":
        return np.where(column.cat.codes < 0, np.nan, column.cat.codes).astype(float)
    return column.to_numpy(float)


def dummies(*names):
    """Columns of R's treatment contrasts; a number is itself."""
    columns = []
    for name in names:
        if name in LEVELS:
            code = FRAME[name].cat.codes.to_numpy()
            columns += [np.where(code < 0, np.nan, code == k) for k in range(1, len(LEVELS[name]))]
        else:
            columns.append(numbers(name))
    return np.column_stack(columns).astype(float)


def sampled(name):
    return sampling_of(weighted(name).wave.design)


def tolerance(case, iterated=False):
    return RTOL_ITERATED if iterated or MATRIX["designs"][case["design"]]["calibrate"] else RTOL


def chosen(cases, **keys):
    found = [c for c in cases if all(c[k] in v for k, v in keys.items())]
    return pytest.mark.parametrize("case", found, ids=[c["id"] for c in found])


def agree(test, expected, rtol):
    for name in ("statistic", "df", "df2"):
        np.testing.assert_allclose(getattr(test, name), expected[name][0], rtol=rtol, err_msg=name)
    assert abs(np.log10(test.p_value / expected["p_value"][0])) < LOG10_P


def fitted_glm(case, covariates):
    fit, y = (linear, "y") if case["model"] == "linear" else (logistic, "yes")
    domain = FRAME["sex"].eq("f").to_numpy() if case["what"] == "women" else EVERYONE
    return fit(numbers(y), dummies(*covariates), domain, sampled(case["design"]))


@chosen(DESIGN_TESTS, test=["gaussian"])
def test_linear_regression_matches_svyglm(case):
    found = linear(numbers("y"), dummies("sex", "age", "x"), EVERYONE, sampled(case["design"])).coefficients
    want, rtol = case["expected"], tolerance(case)
    np.testing.assert_allclose(found.estimate, want["estimate"], rtol=rtol)
    np.testing.assert_allclose(found.covariance, want["covariance"], rtol=rtol)
    assert found.df == want["df"][0]


@chosen(DESIGN_TESTS, test=["logit"])
def test_logistic_regression_matches_svyglm(case):
    found = logistic(numbers("yes"), dummies("sex", "age"), EVERYONE, sampled(case["design"])).coefficients
    want, rtol = case["expected"], tolerance(case, iterated=True)
    np.testing.assert_allclose(found.estimate, want["estimate"], rtol=rtol)
    np.testing.assert_allclose(found.covariance, want["covariance"], rtol=rtol)
    assert found.df == want["df"][0]


def log_likelihood(parameter, level, x, weight):
    """Cumulative logit, written plainly."""
    p = x.shape[1]
    below = np.column_stack([np.zeros(len(x)), expit(parameter[p:] - (x @ parameter[:p])[:, None]), np.ones(len(x))])
    return weight @ np.log(np.diff(below, axis=1)[np.arange(len(x)), level])


@chosen(DESIGN_TESTS, test=["ordinal"])
def test_ordinal_regression_is_at_the_optimum_that_svyolr_is_near(case):
    y, x, s = numbers("item"), dummies("sex", "g"), sampled(case["design"])
    fit, want = ordinal(y, x, EVERYONE, s), case["expected"]
    # The slope of sex is 1e-3 of its error: compare in units of the standard error.
    distance = (fit.coefficients.estimate - want["estimate"]) / fit.coefficients.std_error
    assert np.abs(distance).max() < RTOL_SVYOLR
    np.testing.assert_allclose(fit.coefficients.std_error, want["std_error"], rtol=RTOL_SVYOLR)
    allowed = OPTIMUM * abs(fit.log_likelihood)
    assert fit.log_likelihood >= want["log_likelihood"][0] - allowed
    level, kept, weight = y[fit.used].astype(int), x[fit.used], s.weight[fit.used] / s.weight[fit.used].mean()
    at, step = fit.coefficients.estimate, 1e-5 * np.eye(len(fit.coefficients.estimate))
    gradient = [log_likelihood(at + h, level, kept, weight) - log_likelihood(at - h, level, kept, weight) for h in step]
    assert np.abs(gradient).max() / 2e-5 <= allowed
    np.testing.assert_allclose(fit.log_likelihood, log_likelihood(at, level, kept, weight), rtol=SAME)


@chosen(REGRESSION, model=["linear", "logistic"], what=["coefficients", "women"])
def test_tests_contrasts_domains_and_lonely_psus_match_svyglm(case):
    names = ["age", "x"] if case["what"] == "women" else ["sex", "age", "x"]
    found, want = fitted_glm(case, names).coefficients, case["expected"]
    rtol = tolerance(case, iterated=case["model"] == "logistic")
    np.testing.assert_allclose(found.estimate, want["estimate"], rtol=rtol)
    np.testing.assert_allclose(found.std_error, want["std_error"], rtol=rtol)
    np.testing.assert_allclose(np.log10(found.p_value), want["log10_p"], atol=LOG10_P)
    assert found.df == want["df"][0]
    ages = [len(names) - 1, len(names)]
    agree(found.at(ages).wald(), want["wald"], rtol)
    weight = np.zeros((1, len(found.estimate)))
    weight[0, ages] = -1, 1
    contrast = found.contrast(weight)
    np.testing.assert_allclose(contrast.estimate, want["contrast"]["estimate"], rtol=rtol)
    np.testing.assert_allclose(contrast.std_error, want["contrast"]["std_error"], rtol=rtol)


def groups_set(x, first):
    return [margins.setting(x, [first, first + 1], v) for v in ((0, 0), (1, 0), (0, 1))]


@chosen(REGRESSION, model=["linear", "logistic"], what=["margins"])
def test_margins_hold_the_error_of_coefficients_and_of_covariates(case):
    fit = fitted_glm(case, ["g", "age", "x"])
    settings = groups_set(dummies("g", "age", "x"), 0)
    found = margins.predicted_margins(fit, settings, sampled(case["design"]))
    rtol = tolerance(case, iterated=case["model"] == "logistic")
    np.testing.assert_allclose(found.estimate, case["expected"]["estimate"], rtol=rtol)
    covariance = np.array(case["expected"]["covariance"])
    np.testing.assert_allclose(found.covariance, covariance, rtol=rtol, atol=rtol * covariance.max())


def merged_item():
    """Levels as make_regression.R merges them: nobody of group c chose 5."""
    return np.minimum(numbers("item"), 3)


@chosen(REGRESSION, model=["ordinal"])
def test_ordinal_results_match_numerical_derivatives(case):
    y, x, s = merged_item(), dummies("sex", "g"), sampled(case["design"])
    fit, want = ordinal(y, x, EVERYONE, s), case["expected"]
    if case["what"] == "coefficients":
        np.testing.assert_allclose(fit.coefficients.estimate, want["estimate"], rtol=RTOL_NUMERICAL)
        np.testing.assert_allclose(fit.coefficients.std_error, want["std_error"], rtol=RTOL_NUMERICAL)
        np.testing.assert_allclose(fit.log_likelihood, want["log_likelihood"][0], rtol=RTOL_NUMERICAL)
        assert fit.coefficients.df == want["df"][0]
    elif case["what"] == "margins":
        found = margins.predicted_margins(fit, groups_set(x, 1), s)
        covariance = np.array(want["covariance"])
        np.testing.assert_allclose(found.estimate, want["estimate"], rtol=RTOL_NUMERICAL)
        np.testing.assert_allclose(found.covariance, covariance, atol=RTOL_NUMERICAL * covariance.max())
    elif case["what"] == "score":
        agree(proportionality.score_test(fit, y, x, s), want, RTOL_NUMERICAL)
    else:
        found = proportionality.brant(y, x, EVERYONE, s)
        np.testing.assert_allclose(found.slopes.estimate, want["slope"], rtol=RTOL_NUMERICAL)
        np.testing.assert_allclose(found.differences.estimate, want["difference"], rtol=RTOL_NUMERICAL)
        np.testing.assert_allclose(found.differences.std_error, want["std_error"], rtol=RTOL_NUMERICAL)
        agree(found.working, want["working"], RTOL_NUMERICAL)
        agree(found.wald, want["wald"], RTOL_NUMERICAL)


def test_mean_score_margins_are_the_levels_margins_times_their_scores():
    s, x = sampled("strata_psu"), dummies("sex", "g")
    levels = margins.predicted_margins(ordinal(numbers("item"), x, EVERYONE, s), groups_set(x, 1), s)
    shares = levels.estimate.reshape(3, 5)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=SAME)
    found = margins.mean_scores(levels, np.arange(1.0, 6.0))
    np.testing.assert_allclose(found.estimate, shares @ np.arange(1.0, 6.0), rtol=SAME)
    assert ((found.std_error > 0) & (found.std_error < 0.3)).all()


@pytest.mark.parametrize("design", ["weights", "strata_psu", "rake"])
def test_differences_of_linear_margins_are_the_coefficients(design):
    s, x = sampled(design), dummies("g", "x")
    fit = linear(numbers("y"), x, EVERYONE, s)
    found = margins.differences(margins.predicted_margins(fit, groups_set(x, 0), s))
    np.testing.assert_allclose(found.estimate, fit.coefficients.estimate[1:3], rtol=SAME)
    np.testing.assert_allclose(found.covariance, fit.coefficients.covariance[1:3, 1:3], rtol=1e-8)


@pytest.mark.parametrize("design", ["weights", "strata_psu", "two_stage", "lonely_average", "rake"])
def test_a_regression_on_groups_alone_has_the_covariance_of_their_means(design):
    s, score = sampled(design), np.array(LEVELS["item"], float)
    level = np.where(FRAME["g"].isna(), -1, FRAME["item"].cat.codes).astype(np.intp)
    tally = level_tally(level, 5, [Grouping(FRAME["g"].cat.codes.to_numpy(np.intp), 3)], s)
    means = contrasts.group_means(tally, score, s)
    fit = linear(numbers("item") + 1, dummies("g"), EVERYONE, s).coefficients
    found = fit.contrast(np.array([[1.0, 0, 0], [1, 1, 0], [1, 0, 1]]))
    np.testing.assert_allclose(found.estimate, means.mean, rtol=SAME)
    np.testing.assert_allclose(found.covariance, means.covariance, rtol=1e-8, atol=SAME)
    np.testing.assert_allclose(fit.at([1, 2]).wald().statistic, contrasts.wald(means).statistic, rtol=1e-8)


def test_an_ordinal_answer_of_two_levels_is_a_logistic_regression():
    s, x = sampled("strata_psu"), dummies("sex", "age")
    binary, two = (fit(numbers("yes"), x, EVERYONE, s) for fit in (logistic, ordinal))
    turned = two.coefficients.contrast(np.array([[0, 0, 0, -1.0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]))
    np.testing.assert_allclose(turned.estimate, binary.coefficients.estimate, rtol=SAME)
    np.testing.assert_allclose(turned.covariance, binary.coefficients.covariance, rtol=1e-8)
    np.testing.assert_allclose(two.log_likelihood, binary.log_likelihood, rtol=SAME)


FITS = pytest.mark.parametrize(
    ("fit", "y"), [(linear, "y"), (logistic, "yes"), (ordinal, "item")], ids=["linear", "logistic", "ordinal"]
)


@FITS
def test_units_of_a_covariate_and_of_weights_change_no_test(fit, y):
    s, x = sampled("strata_psu"), dummies("sex", "x")
    shifted = np.column_stack([x[:, 0], 2025 + x[:, 1] / 1000])
    heavier = sampling(1000 * s.weight, [(s.stratum, s.psu, np.full(len(x), np.inf))])
    plain, other = fit(numbers(y), x, EVERYONE, s), fit(numbers(y), shifted, EVERYONE, heavier)
    at = [0, 1] if y == "item" else [1, 2]
    np.testing.assert_allclose(other.coefficients.statistic[at], plain.coefficients.statistic[at], rtol=1e-8)
    np.testing.assert_allclose(other.log_likelihood, plain.log_likelihood, rtol=1e-8)


@FITS
def test_respondents_outside_the_domain_keep_their_psu_and_count_nothing(fit, y):
    s, x = sampled("strata_psu"), dummies("age")
    women = FRAME["sex"].eq("f").to_numpy()
    answers = numbers(y)
    found = fit(answers, x, women, s)
    other = fit(np.where(women, answers, 0.0), np.where(women[:, None], x, np.nan), EVERYONE, s)
    np.testing.assert_array_equal(found.coefficients.covariance, other.coefficients.covariance)
    assert not found.influence[~found.used].any()
    np.testing.assert_allclose(found.influence.sum(axis=0), 0, atol=SAME)


@FITS
def test_the_order_of_respondents_changes_nothing(fit, y):
    s, x, order = sampled("strata_psu"), dummies("sex", "g"), np.random.default_rng(1).permutation(len(FRAME))
    turned = sampling(s.weight[order], [(s.stratum[order], s.psu[order], np.full(len(x), np.inf))])
    here = fit(numbers(y), x, EVERYONE, s).coefficients
    there = fit(numbers(y)[order], x[order], EVERYONE, turned).coefficients
    np.testing.assert_allclose(there.estimate, here.estimate, rtol=SAME)
    np.testing.assert_allclose(there.std_error, here.std_error, rtol=SAME)


def test_intervals_are_t_intervals_on_the_models_df():
    found = linear(numbers("y"), dummies("sex"), EVERYONE, sampled("strata_psu")).coefficients
    low, high = found.interval(0.95)
    assert found.df == 19  # 24 PSUs − 4 strata − 1 slope
    np.testing.assert_allclose((high - low) / 2, 2.093024054408263 * found.std_error, rtol=SAME)  # t table, 19 df


def random_sample(n, seed=1):
    r = np.random.default_rng(seed)
    s = sampling(r.uniform(0.5, 3, n), [(np.zeros(n, np.intp), np.arange(n), np.full(n, np.inf))])
    return r, s, np.ones(n, dtype=bool)


def test_separation_is_refused_exactly_where_a_linear_programme_finds_it():
    """A direction that no answer contradicts exists, or it does not (Albert and Anderson 1984)."""
    refused = separated = 0
    for seed in range(60):
        r, s, everyone = random_sample(40, seed)
        x = np.column_stack([np.round(r.normal(size=(40, 2)), 1), r.random((40, 2)) < 0.2]).astype(float)
        y = (x[:, 0] * r.uniform(0, 6) + r.logistic(size=40) > 0).astype(float)
        side = np.column_stack([everyone, x]) * (2 * y - 1)[:, None]
        best = linprog(-side.sum(axis=0), A_ub=-side, b_ub=np.zeros(40), bounds=[(-1, 1)] * 5)
        separated += -best.fun > 1e-7
        try:
            logistic(y, x, everyone, s)
        except ConvergenceError:
            refused += 1
            assert -best.fun > 1e-7
    assert refused == separated > 5


@pytest.mark.parametrize(("fit", "highest"), [(logistic, 1), (ordinal, 3)])
def test_separation_names_the_column(fit, highest):
    r, s, everyone = random_sample(200)
    x = np.column_stack([r.normal(size=(200, 2)), r.random(200) < 0.2])
    y = np.where(x[:, 2] == 1, highest, r.integers(0, highest + 1, 200)).astype(float)
    with pytest.raises(ConvergenceError, match="separates the answers") as refusal:
        fit(y, x, everyone, s)
    assert [p.column for p in refusal.value.problems] == ["2"]


def test_brant_says_at_which_threshold_the_answers_are_separated():
    with pytest.raises(ConvergenceError, match="no separation of the answers above level 3") as refusal:
        proportionality.brant(numbers("item"), dummies("sex", "g"), EVERYONE, sampled("strata_psu"))
    assert [p.column for p in refusal.value.problems] == ["2"]


@FITS
def test_constant_and_collinear_columns_are_refused_together(fit, y):
    x = np.column_stack([dummies("sex", "age"), dummies("age") @ [1, 2], np.full(len(FRAME), 2025.1)])
    with pytest.raises(DesignError, match="the ones before it add up to") as refusal:
        fit(numbers(y), x, EVERYONE, sampled("strata_psu"))
    assert "one value in the domain" in str(refusal.value)
    assert [p.column for p in refusal.value.problems] == ["3", "4"]


@FITS
def test_more_covariates_than_degrees_of_freedom_are_refused(fit, y):
    two_psus = FRAME["stratum"].eq("D").to_numpy()
    with pytest.raises(DesignError, match="5 covariates and 3 degrees of freedom"):
        fit(numbers(y), dummies("sex", "age", "g"), two_psus, sampled("strata_psu"))


@FITS
def test_answers_that_do_not_vary_are_refused(fit, y):
    answers = numbers(y)
    with pytest.raises(DesignError, match="gave the same answer"):
        fit(np.where(np.isnan(answers), np.nan, 1.0), dummies("sex"), EVERYONE, sampled("strata_psu"))


@FITS
def test_an_empty_domain_is_refused(fit, y):
    with pytest.raises(DesignError, match="no respondent of the domain"):
        fit(numbers(y), dummies("sex"), ~EVERYONE, sampled("strata_psu"))


def test_an_empty_level_below_the_highest_is_refused():
    y = numbers("item")
    with pytest.raises(DesignError, match="no answer at level 2, counted from 0"):
        ordinal(np.where(y == 2, 3, y), dummies("sex"), EVERYONE, sampled("strata_psu"))


def test_a_singular_covariance_is_not_testable():
    found = linear(numbers("y"), dummies("sex", "x"), EVERYONE, sampled("strata_psu")).coefficients
    assert np.isnan(found.contrast(np.array([[0, 1.0, 0], [0, 2.0, 0]])).wald().p_value)


@pytest.mark.parametrize("design", ["weights", "rake"])
def test_two_levels_have_no_odds_to_compare(design):
    s, x = sampled(design), dummies("sex")
    fit = ordinal(numbers("yes"), x, EVERYONE, s)
    assert np.isnan(proportionality.score_test(fit, numbers("yes"), x, s).p_value)


def test_the_covariance_of_rows_is_the_variance_of_a_total():
    s = sampled("two_stage")
    y = np.nan_to_num(numbers("y"))
    tally = level_tally(np.zeros(len(y), np.intp), 1, [Grouping(np.zeros(len(y), np.intp), 1)], s)
    assert tally.df[0] == 20
    both = covariance_of_rows(np.column_stack([s.weight * y, -2 * s.weight * y]), s, EVERYONE)
    np.testing.assert_allclose(both / both[0, 0], [[1, -2], [-2, 4]], rtol=SAME)

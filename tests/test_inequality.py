"""Measures of inequality equal R's definitions and errors, printed rules of thumb and identities."""

import json
import os
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

from reference_designs import cleaned, weighted
from survey.analyse.respondents import sampling_of
from survey.stats import gaps, inequality, influence, replicate
from survey.stats.group_sums import Linear, Presence, Sample, linear
from survey.stats.products import Grouping
from survey.stats.regression import Estimated
from survey.stats.resampling import Bootstrap
from survey.stats.sampling import Sampling, sampling
from survey.stats.tally import number_tallies
from survey.stats.variance import unit_totals

# R's derivatives come by a complex step: only the order of addition differs. Calibrated weights stop at 1e-8.
RTOL, RTOL_ITERATED = 1e-9, 1e-7
# Identities on the same numbers.
SAME = 1e-12
# A PSU bootstrap of 4,000 draws knows an error to about 1 / sqrt(2 × 4000), and its own linearisation's to a few per cent.
BOOTSTRAP = 0.05

CASES = json.loads((Path(__file__).parent / "reference" / "inequality.json").read_text())["cases"]
FRAME = cleaned().frame
ENDS = {"item": (1.0, 5.0), "yes": (0.0, 1.0), "x": (0.0, 120.0)}
GROUP = FRAME["g"].cat.codes.to_numpy().astype(np.intp)
AGE = FRAME["age"].cat.codes.to_numpy().astype(np.intp)


def numbers(name: str) -> np.ndarray:
    return FRAME[name].astype("float").to_numpy(float)


@cache
def sampled(design: str) -> Sampling:
    return sampling_of(weighted(design).wave.design)


def measured(case: dict) -> tuple[Linear, int]:
    """The package's estimate of a case, and which of its values the case is."""
    y, estimand = numbers(case["measure"]), case["estimand"]
    s = sampled(case["design"])
    if estimand in ("from_population", "shortfall"):
        everyone = Sample.of(y, np.where(GROUP < 0, 3, GROUP), 4)
        measure = partial(getattr(gaps, estimand), groups=3)
        return linear(everyone, measure, s), "abc".index(case["level"])
    by_age, by_value = Sample.of(y, AGE, 3), values(y)
    low, high = ENDS[case["measure"]]
    found = {
        "slope": lambda: linear(by_age, inequality.slope_index, s),
        "log_relative": lambda: linear(by_age, inequality.relative_index, s),
        "concentration": lambda: linear(by_age, inequality.concentration_index, s),
        "erreygers": lambda: linear(by_age, partial(inequality.erreygers_index, low=low, high=high), s),
        "wagstaff": lambda: linear(by_age, partial(inequality.wagstaff_index, low=low, high=high), s),
        "gini": lambda: linear(by_value, inequality.concentration_index, s),
        "theil": lambda: linear(by_value, inequality.theil_index, s),
        "theil_between": lambda: linear(by_age, inequality.theil_index, s),
        "theil_within": lambda: linear(by_value, inequality.theil_index, s).minus(
            linear(by_age, inequality.theil_index, s)
        ),
    }[estimand]()
    return found, 0


def values(y: np.ndarray) -> Sample:
    """Each distinct answer a group of its own."""
    known = np.isfinite(y)
    distinct, place = np.unique(y[known], return_inverse=True)
    code = np.full(len(y), -1)
    code[known] = place
    return Sample.of(y, code, len(distinct))


def simple(y: np.ndarray, group: np.ndarray, groups: int, weight: np.ndarray | None = None) -> tuple:
    """A sample of people drawn one by one, and its sampling."""
    n = len(y)
    s = sampling(np.ones(n) if weight is None else weight, [(np.zeros(n, int), np.arange(n), np.full(n, np.inf))])
    return Sample.of(y, group, groups), s


@pytest.mark.parametrize("design", sorted({c["design"] for c in CASES}))
def test_estimates_errors_and_df_equal_r(design):
    rtol = RTOL_ITERATED if design == "rake" else RTOL
    for case in (c for c in CASES if c["design"] == design):
        found, at = measured(case)
        e = found.under(sampled(design))
        where = f"{case['measure']} {case['estimand']}"
        np.testing.assert_allclose(e.estimate[at], case["estimate"], rtol=rtol, atol=1e-11, err_msg=where)
        np.testing.assert_allclose(e.std_error[at], case["std_error"], rtol=rtol, err_msg=where)
        assert e.df == case["df"], where


def test_the_printed_concentration_index_of_child_deaths_in_india():
    # O'Donnell et al. (2008), table 8.1: births by wealth group, deaths of children under five per 1,000; -0.1694.
    births = np.array([29939, 28776, 26528, 24689, 19739.0])
    deaths = births * np.array([154.7, 152.9, 119.5, 86.9, 54.3]) / 1000
    assert inequality.concentration_index(births, deaths).estimate[0] == pytest.approx(-0.1694, abs=5e-5)


@pytest.mark.parametrize(("y", "gini"), [([1, 2, 3, 4], 0.25), ([5, 5, 5], 0.0), ([0, 0, 0, 8], 0.75)])
def test_gini_of_a_few_people_is_half_their_relative_mean_difference(y, gini):
    sample, s = simple(np.array(y, float), np.zeros(len(y), int), 1)
    found = linear(values(sample.y), inequality.concentration_index, s)
    assert found.estimate[0] == pytest.approx(gini, abs=SAME)


def test_theil_is_zero_where_all_are_equal_and_the_logarithm_of_n_where_one_has_all():
    assert inequality.theil_index(np.array([4.0]), np.array([12.0])).estimate[0] == pytest.approx(0, abs=SAME)
    assert inequality.theil_index(np.array([7.0, 1.0]), np.array([0.0, 9.0])).estimate[0] == pytest.approx(np.log(8))


def test_of_a_share_erreygers_and_wagstaff_are_the_concentration_index_times_their_printed_factor():
    weight, total = np.array([3.0, 5, 2]), np.array([1.0, 3, 1.5])
    c, mean = inequality.concentration_index(weight, total).estimate[0], total.sum() / weight.sum()
    assert inequality.erreygers_index(weight, total, 0, 1).estimate[0] == pytest.approx(4 * mean * c)
    assert inequality.wagstaff_index(weight, total, 0, 1).estimate[0] == pytest.approx(c / (1 - mean))


def test_erreygers_mirrors_and_does_not_move_with_the_origin_while_the_concentration_index_does():
    weight, total = np.array([3.0, 5, 2]), np.array([6.0, 15, 8])
    turned, moved = 6 * weight - total, total + 10 * weight
    found = inequality.erreygers_index(weight, total, 1, 5).estimate
    np.testing.assert_allclose(inequality.erreygers_index(weight, turned, 1, 5).estimate, -found)
    np.testing.assert_allclose(inequality.erreygers_index(weight, moved, 11, 15).estimate, found)
    before, after = (inequality.concentration_index(weight, t).estimate[0] for t in (total, moved))
    assert abs(before - after) > 0.01


def test_within_and_between_make_the_whole_of_theil():
    rng = np.random.default_rng(4)
    y, group = rng.gamma(2, 2, 300).round(1), rng.integers(0, 3, 300)
    sample, s = simple(y, group, 3)
    whole, between = linear(values(y), inequality.theil_index, s), linear(sample, inequality.theil_index, s)
    within = sum(
        (y[group == g].sum() / y.sum()) * linear(values(np.where(group == g, y, np.nan)), inequality.theil_index, s).estimate[0]
        for g in range(3)
    )  # fmt: skip
    assert whole.minus(between).estimate[0] == pytest.approx(within)


def clusters(rng: np.random.Generator, psus: int = 40, size: int = 12) -> tuple:
    """Answers 0-100 of people in three ordered groups, whose sizes vary between PSUs of four strata."""
    psu = np.repeat(np.arange(psus), size)
    lean = np.repeat(rng.normal(0, 1, psus), size)
    group = np.clip(np.round(1 + 0.6 * lean + rng.normal(0, 0.7, len(psu))), 0, 2).astype(np.intp)
    y = np.clip(50 + 8 * (group - 1) + 4 * lean + rng.normal(0, 15, len(psu)), 0, 100)
    weight = rng.uniform(0.5, 2, len(psu))
    stratum = (psu % 4).astype(np.intp)
    return Sample.of(y, group, 3), sampling(weight, [(stratum, psu, np.full(len(psu), np.inf))])


def test_the_error_of_the_indices_holds_the_sampling_of_the_ranks():
    sample, s = clusters(np.random.default_rng(11))
    factors = replicate.rao_wu(s.stratum_of_psu, 4000, seed=5)[:, s.psu]
    for f in (inequality.concentration_index, inequality.slope_index, inequality.relative_index):
        again = f(*sample.sums((factors * s.weight).T)).estimate[:, 0]
        error = linear(sample, f, s).under(s).std_error[0]
        assert error == pytest.approx(again.std(ddof=1), rel=BOOTSTRAP), f.__name__


@pytest.mark.parametrize("design", ["strata_psu", "two_stage", "lonely_average", "rake", "weights"])
def test_bootstrap_draws_have_the_design_variance(design):
    s = sampled(design)
    found = linear(Sample.of(numbers("item"), AGE, 3), inequality.group_means, s)
    covariance = found.under(s).covariance
    drawn = Bootstrap(s, 20_000, np.random.default_rng(2)).deviations(found, covariance)
    np.testing.assert_allclose(drawn.std(axis=0), np.sqrt(np.diagonal(covariance)), rtol=BOOTSTRAP)


@pytest.mark.parametrize("design", ["strata_psu", "two_stage", "lonely_average", "rake"])
def test_draws_are_the_same_from_respondents_and_from_their_sums(design):
    s, item = sampled(design), numbers("item")
    found = linear(Sample.of(item, AGE, 3), inequality.group_means, s)
    covariance = found.under(s).covariance
    tally = next(number_tallies([item], [0.0], [Grouping(AGE, 3)], s))
    value = influence.column_mean(tally.total, 0.0).value
    totals = unit_totals(tally, value, s)[:, :, 0].T
    of_rows, of_sums = (Bootstrap(s, 50, np.random.default_rng(3)) for _ in range(2))
    drawn = of_rows.deviations(found, covariance)
    assert of_sums.draws_units_of(tally)
    np.testing.assert_allclose(drawn, of_sums.of_units(totals, np.diagonal(covariance)), rtol=0, atol=RTOL)


def test_draws_of_one_stage_are_the_replicate_weights_of_their_units():
    s = sampled("strata_psu_fpc")
    found = linear(Sample.of(numbers("item"), AGE, 3), inequality.group_means, s)
    stage, m = s.stages[0], np.bincount(s.stratum_of_psu)[s.stratum_of_psu]
    by_psu = np.stack([np.bincount(s.psu, z, minlength=s.n_psu) for z in found.influence.T], axis=1)
    factors = (replicate.rao_wu(s.stratum_of_psu, 50, seed=3) - 1) * np.sqrt(stage.factor * (m - 1) / m)
    drawn = Bootstrap(s, 50, np.random.default_rng(3)).deviations(found, found.under(s).covariance)
    np.testing.assert_allclose(drawn, factors @ by_psu, rtol=0, atol=RTOL)


def test_draws_of_replicate_weights_have_their_covariance():
    rng = np.random.default_rng(3)
    sample, s = clusters(rng)
    weight = s.weight[:, None] * replicate.rao_wu(s.stratum_of_psu, 60, seed=1)[:, s.psu].T
    made = replicate.replicates(weight, s.weight, "bootstrap", None, None, 0.0, False)
    s = replace(s, replicates=made)
    found = linear(sample, inequality.group_means, s)
    e = found.under(s)
    drawn = Bootstrap(s, 20_000, rng).deviations(found, e.covariance)
    np.testing.assert_allclose(np.cov(drawn.T), e.covariance, rtol=0, atol=BOOTSTRAP * e.covariance.max())
    again = np.stack([inequality.group_means(*sample.sums(w)).estimate for w in weight.T])
    np.testing.assert_allclose(e.covariance, np.cov(again.T), rtol=1e-9)
    assert e.df == made.df(np.ones(len(made.rows), dtype=bool))


def test_the_gap_of_two_groups_has_the_interval_of_their_difference():
    mean, covariance = np.array([2.0, 3.0]), np.array([[0.02, 0.005], [0.005, 0.03]])
    e = Estimated(mean, covariance, 40.0)
    drawn = np.random.default_rng(1).multivariate_normal([0, 0], covariance, 50_000)
    x = gaps.extremes(e, drawn, 0.95)
    half = 2.0211 * np.sqrt(0.04)  # t of 40 degrees of freedom
    assert (x.high, x.low, x.gap) == (1, 0, 1.0)
    assert x.conf_low == pytest.approx(1 - half, abs=0.01)
    assert x.conf_high == pytest.approx(1 + half, abs=0.01)
    assert x.corrected == pytest.approx(1.0, abs=0.01)


def test_a_gap_picked_out_of_noise_is_corrected_down_and_may_be_zero():
    rng = np.random.default_rng(6)
    found = [_extremes(rng, np.zeros(6)) for _ in range(300)]
    raw, corrected = np.mean([x.gap for x in found]), np.mean([x.corrected for x in found])
    assert raw > 2.4  # errors of 1: the range of six is 2.53 on average
    assert corrected < 0.7 * raw
    assert np.mean([x.conf_low == 0 for x in found]) >= 0.93


def _extremes(rng: np.random.Generator, truth: np.ndarray) -> gaps.Extremes:
    """The gap found among groups with errors of 1, known from 60 degrees of freedom."""
    mean = truth + rng.normal(size=len(truth))
    variance = np.diag(rng.chisquare(60, size=len(truth)) / 60)
    drawn = rng.normal(size=(400, len(truth))) * np.sqrt(np.diagonal(variance))
    return gaps.extremes(Estimated(mean, variance, 60.0), drawn, 0.95)


@pytest.mark.slow
@pytest.mark.parametrize("truth", [[0] * 6, [0, 1, 2], [0, 0, 0, 3, 3, 3], [0, 2, 4, 6, 8, 10], [0, 0, 0, 0, 0, 1]])
def test_the_interval_of_the_largest_gap_covers_it(truth):
    rng, seeds = np.random.default_rng(8), int(os.environ.get("SURVEY_SEEDS", "1000"))
    found = [_extremes(rng, np.array(truth, float)) for _ in range(seeds)]
    covered = np.mean([x.conf_low <= np.ptp(truth) <= x.conf_high for x in found])
    assert covered >= 0.95 - 2.6 * np.sqrt(0.05 * 0.95 / seeds)


def test_the_interval_of_the_largest_gap_covers_it_in_clustered_samples():
    # 150 samples of 40 PSUs, all groups alike but for what PSUs add: a share of 0.95 less 2.6 errors is 0.90.
    covered = []
    for seed in range(150):
        rng = np.random.default_rng([9, seed])
        sample, s = clusters(rng)
        alike = Sample.of(rng.normal(size=len(sample.y)) + rng.normal(0, 0.3, 40)[s.psu], sample.group, 3)
        found = linear(alike, inequality.group_means, s)
        e = found.under(s)
        x = gaps.extremes(e, Bootstrap(s, 300, rng).deviations(found, e.covariance), 0.95)
        covered.append(x.conf_low <= 0 <= x.conf_high)
    assert np.mean(covered) >= 0.90


def test_the_variance_between_groups_loses_what_noise_adds():
    rng, truth, share = np.random.default_rng(7), np.array([0.0, 1, 3]), np.array([0.5, 0.3, 0.2])
    variance = np.diag([0.5, 1.0, 2.0])
    real = share @ (truth - share @ truth) ** 2
    drawn = [
        gaps.between_variance(truth + rng.multivariate_normal(np.zeros(3), variance), variance, share)
        for _ in range(4000)
    ]
    raw, corrected = np.mean(drawn, axis=0)
    assert raw > real + 0.4
    assert corrected == pytest.approx(real, rel=0.1)  # cut off at zero, it stays a little above


def test_degrees_of_freedom_are_of_the_groups_asked_for():
    sample, s = clusters(np.random.default_rng(1))
    presence = Presence.of(sample.group, 3, s)
    for g in range(3):
        inside = sample.group == g
        assert presence.each[g] == len(set(s.psu[inside])) - len(set(s.stratum[inside]))
    assert presence.df() == 36

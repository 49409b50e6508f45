"""Differences, Wald, working Wald, mid-rank Wald and Rao–Scott tests equal R survey's."""

import json
from pathlib import Path

import numpy as np
import pytest

from reference_designs import LEVELS, weighted
from survey.analyse.inference import Inference
from survey.stats import contrasts, interval
from survey.stats.tally import level_tally

# Closed forms on the same data; calibrated weights agree with R's to 1e-8. p is compared on log10.
RTOL, RTOL_CALIBRATED, LOG10_P = 1e-9, 1e-8, 1e-6

CASES = json.loads((Path(__file__).parent / "reference" / "design_tests.json").read_text())
TESTS = [c for c in CASES["cases"] if c["test"] in ("difference", "design_ws", "design_f", "design_rank", "rao_scott")]


def tallied(case):
    """Tally of a measure by its group, the scores of its levels, and the sampling."""
    inf = Inference.of(weighted(case["design"]).wave, [case["by"]])
    answers = inf.wave.frame[case["measure"]]
    if case["measure"] in LEVELS:
        code, score = answers.cat.codes.to_numpy(np.intp), np.array(LEVELS[case["measure"]], float)
    else:
        score, code = np.unique(answers.dropna(), return_inverse=True)
        every = np.full(len(answers), -1, dtype=np.intp)
        every[answers.notna().to_numpy()] = code
        code = every
    return level_tally(code, len(score), [inf.groupings[1]], inf.sampling), score, inf.sampling


def rtol(case):
    return RTOL_CALIBRATED if CASES["designs"][case["design"]]["calibrate"] else RTOL


def agree(got, expected, tolerance):
    for name in ("statistic", "df", "df2"):
        np.testing.assert_allclose(getattr(got, name), expected[name][0], rtol=tolerance, err_msg=name)
    assert abs(np.log10(got.p_value) - np.log10(expected["p_value"][0])) < LOG10_P


@pytest.mark.parametrize("case", [c for c in TESTS if c["test"] != "difference"], ids=lambda c: c["id"])
def test_group_tests_match_r_survey(case):
    tally, score, sampling = tallied(case)
    if case["test"] == "rao_scott":
        found = contrasts.rao_scott(tally, sampling)
        agree(found.test, case["expected"], rtol(case))
        np.testing.assert_allclose(found.cramers_v, case["expected"]["cramers_v"][0], rtol=rtol(case))
        return
    if case["test"] == "design_rank":
        score = contrasts.rank_scores(tally, np.argsort(score))
    means = contrasts.group_means(tally, score, sampling)
    test = contrasts.working_wald if case["test"] == "design_ws" else contrasts.wald
    agree(test(means), case["expected"], rtol(case))


@pytest.mark.parametrize("case", [c for c in TESTS if c["test"] == "difference"], ids=lambda c: c["id"])
def test_pairs_match_r_survey(case):
    tally, score, sampling = tallied(case)
    found = contrasts.pairs(tally, contrasts.group_means(tally, score, sampling))
    want = case["expected"]
    names = LEVELS[case["by"]]
    contrast = [f"{names[a]} - {names[b]}" for a, b in zip(found.first, found.second, strict=True)]
    assert contrast == want["contrast"]
    low, high = interval.wald(found.difference, found.std_error, found.df, 0.95)
    got = {
        "estimate": found.difference,
        "std_error": found.std_error,
        "df": found.df,
        "conf_low": low,
        "conf_high": high,
    }
    for name, value in got.items():
        np.testing.assert_allclose(value, want[name], rtol=rtol(case), err_msg=name)
    np.testing.assert_allclose(np.log10(found.p_value), np.log10(want["p_value"]), atol=LOG10_P)


def test_two_groups_have_the_square_of_t():
    case = {"design": "strata_psu", "measure": "y", "by": "sex"}
    tally, score, sampling = tallied(case)
    means = contrasts.group_means(tally, score, sampling)
    found, pair = contrasts.working_wald(means), contrasts.pairs(tally, means)
    np.testing.assert_allclose(found.statistic, (pair.difference[0] / pair.std_error[0]) ** 2, rtol=1e-12)
    np.testing.assert_allclose((found.df, found.p_value), (1, pair.p_value[0]), rtol=1e-12)


def test_tails_stay_right_far_below_machine_epsilon():
    # R: pf(80, 2.5, 60, lower.tail = FALSE), pf(400, 5, 100, lower.tail = FALSE), 2 * pt(-15, 40)
    assert contrasts.f_tail(80.0, 2.5, 60.0) == pytest.approx(1.914678603377701e-19, rel=1e-6)
    assert contrasts.f_tail(400.0, 5.0, 100.0) == pytest.approx(1.989672087964286e-64, rel=1e-6)
    assert float(contrasts.t_tails(np.array(15.0), np.array(40.0))) == pytest.approx(5.1072815899689e-18, rel=1e-6)


def test_a_group_without_df_of_its_own_stays_out_of_the_test():
    case = {"design": "strata_psu", "measure": "y", "by": "g"}
    tally, score, sampling = tallied(case)
    one_psu = np.flatnonzero(tally.df >= 1)
    assert contrasts.group_means(tally, score, sampling).group.tolist() == one_psu.tolist()

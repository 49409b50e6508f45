"""The unweighted battery equals R's tests and a printed example, from counts and through pingouin."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from comparison_study import DESIGN, PAIRS, TRUTH, inference, rows, write
from survey.analyse.compare import compare
from survey.stats import classical, welch

RTOL = 1e-9  # the same formula: only sums and tails differ
RANGE = 1e-4  # the studentised range is an integral that R and scipy approximate
INTERVAL = 1e-4  # R searches the noncentrality with a coarse stopping rule
PLAIN = {"design": {"sampling": "nonprobability"}}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return compare(inference(write(tmp_path_factory.mktemp("plain"), **PLAIN)))


@pytest.mark.parametrize("estimand", ["anova", "anova_welch", "brown_forsythe", "kruskal"])
def test_tests_over_all_groups_match_r(table, estimand):
    found, want = rows(table, estimand).iloc[0], TRUTH[estimand]
    for name in [n for n in ("statistic", "df", "df2") if n in want]:
        assert found[name] == pytest.approx(want[name], rel=RTOL), name
    assert np.log10(found["p_value"]) == pytest.approx(np.log10(want["p_value"]), rel=1e-7)


def test_shares_of_variation_and_skewness_match_r(table):
    for estimand, want in (
        ("epsilon2", TRUTH["kruskal"]["epsilon2"]),
        ("eta2", TRUTH["eta2"]),
        ("skewness", TRUTH["skewness"]),
    ):
        assert rows(table, estimand)["estimate"].iloc[0] == pytest.approx(want, rel=RTOL)


@pytest.mark.parametrize(
    ("estimand", "column", "truth", "tolerance"),
    [
        ("welch_t", "statistic", "welch_t", RTOL),
        ("welch_t", "df", "welch_df", RTOL),
        ("welch_t", "p_value", "welch_p", RTOL),
        ("welch_t", "estimate", "difference", RTOL),
        ("welch_t", "std_error", "error", RTOL),
        ("t_test", "statistic", "student_t", RTOL),
        ("t_test", "p_value", "student_p", RTOL),
        ("mann_whitney", "statistic", "u", RTOL),
        ("mann_whitney", "p_value", "u_p", RTOL),
        ("games_howell", "p_value", "games_howell_p", RANGE),
        ("hedges_g", "estimate", "hedges_g", RTOL),
        ("hedges_g", "conf_low", "g_low", INTERVAL),
        ("hedges_g", "conf_high", "g_high", INTERVAL),
        ("cliffs_delta", "estimate", "cliffs_delta", RTOL),
        ("cliffs_delta", "conf_low", "d_low", RTOL),
        ("cliffs_delta", "conf_high", "d_high", RTOL),
    ],
)
def test_pairs_match_r(table, estimand, column, truth, tolerance):
    found = rows(table, estimand).loc[PAIRS.index, column].to_numpy(float)
    np.testing.assert_allclose(found, PAIRS[truth].to_numpy(), rtol=tolerance)


def test_games_howell_of_three_small_groups_by_hand():
    first, second, third = [1.0, 2, 3, 4, 5], [3.0, 4, 5, 6, 7], [2.0, 9, 11, 16, 22]
    score = np.unique(first + second + third)
    count = np.array([[group.count(v) for v in score] for group in (first, second, third)], float)
    found = classical.pair_tests(count, score)
    assert found.t[0] == pytest.approx(-2.0)  # (3 - 5) / sqrt(2.5 / 5 + 2.5 / 5)
    assert found.df[0] == pytest.approx(8.0)
    # R: ptukey(2 * sqrt(2), 3, 8, lower.tail = FALSE)
    assert found.games_howell[0] == pytest.approx(0.1742615, abs=1e-7)


def test_a_nonprobability_wave_has_no_design_tests_and_no_error_of_a_difference(table):
    assert not table["estimand"].str.startswith("design").any()
    difference = rows(table, "difference")
    assert difference[["std_error", "conf_low", "conf_high", "df", "p_value"]].isna().all(axis=None)
    assert difference["method"].str.startswith("nonprobability").all()
    assert difference["estimate"].notna().all()
    for estimand in ("hedges_g", "kruskal", "games_howell", "mann_whitney"):
        assert rows(table, estimand)["method"].str.startswith("unweighted").all()


def test_both_methods_stand_side_by_side_with_the_factor_that_clustering_costs(tmp_path):
    rng = np.random.default_rng(5)
    data = pd.DataFrame(TRUTH["data"])
    data["y"] = (data["y"] + rng.normal(size=24)[data["psu"].to_numpy() - 1]).clip(1, 5).round(1)
    data["g"] = np.array(list("abcd"))[data["psu"].to_numpy() % 4]
    table = compare(inference(write(tmp_path, data, method="both")))
    assert {"design_ws", "anova", "games_howell", "error_factor"} <= set(table["estimand"])
    factor = rows(table, "error_factor")["estimate"].iloc[0]
    # Groups are whole PSUs of ten, whose answers are much alike.
    assert 1.7 < factor < 4


def test_two_groups_have_the_ratio_of_their_errors_as_error_factor(tmp_path):
    data = pd.DataFrame(TRUTH["data"])
    data["g"] = np.where(data["psu"] % 2 == 0, "a", "b")
    data["y"] = (data["y"] + (data["psu"] % 3)).clip(1, 5)
    table = compare(inference(write(tmp_path, data, method="both")))
    pooled = rows(table, "t_test").loc["a - b"]
    difference, weight_free = rows(table, "difference").loc["a - b"], rows(table, "welch_t").loc["a - b"]
    error = weight_free["estimate"] / pooled["statistic"]
    assert rows(table, "error_factor")["estimate"].iloc[0] == pytest.approx(difference["std_error"] / error, rel=RTOL)


def test_classical_leaves_the_design_tests_out(tmp_path):
    estimands = set(compare(inference(write(tmp_path, method="classical")))["estimand"])
    assert {"anova", "kruskal", "difference"} <= estimands
    assert not {"design_ws", "design_f", "design_rank", "linear_trend", "d_design"} & estimands


def test_equal_answers_are_not_testable_and_raise_no_warning():
    count = np.array([[0, 5.0, 0], [0, 7, 0]])
    score = np.array([1.0, 2, 3])
    assert np.isnan(classical.anova(count, score).statistic)
    assert np.isnan(classical.assumptions(count, score).skewness)
    assert len(classical.pair_tests(count, score).first) == 0
    assert np.isnan(welch.welch_anova(welch.moments(count, score)).statistic)
    assert np.isnan(welch.hedges(welch.moments(count, score), np.array([0]), np.array([1])).g[0])


def test_chi2_has_no_continuity_correction():
    # R: chisq.test(matrix(c(10, 20, 30, 15), 2), correct = FALSE)
    found = classical.chi2(np.array([[10.0, 30], [20, 15]]))
    assert found.statistic == pytest.approx(8.0357142857, rel=1e-9)


def test_the_design_grid_loads_no_pingouin(tmp_path):
    folder = write(tmp_path, design=DESIGN)
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]);"
        "from comparison_study import inference; from survey.analyse.compare import compare; from pathlib import Path;"
        "compare(inference(Path(sys.argv[1]))); print('pingouin' in sys.modules, 'statsmodels' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(folder), "tests"], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]

"""The unweighted rank battery against R, scipy and Kansas City's printed figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kruskal as scipy_kruskal

from survey.stats.ranks import explained_share, kruskal, mid_ranks, rank_pairs

RTOL = 1e-12  # sums of counts against sums of rows
RTOL_R = 1e-9  # aov and R's tails add in another order
LOG10_P = 1e-6  # of log10 p: two programs' tails
GOLDEN = 1e-8  # R's figures were written with 15 digits
CASES = json.loads((Path(__file__).parent / "reference" / "ranks.json").read_text())
ITEMS = ("q1_01", "q2_01", "q15_01", "q17_02")
GROUPS = {"age": "q40_w", "gender": "q41_w", "income": "q39_w", "counci": "counci", "q37_race": "q37_race"}


def counts(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """(G, K) counts of sorted values by sorted group."""
    levels, level = np.unique(values, return_inverse=True)
    groups, code = np.unique(group, return_inverse=True)
    return np.bincount(code * len(levels) + level, minlength=levels.size * groups.size).reshape(len(groups), -1) * 1.0


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param | {"count": np.array(request.param["count"], float)}


def test_kruskal_matches_r(case):
    found = kruskal(case["count"])
    assert found.statistic == pytest.approx(case["statistic"], rel=RTOL_R)
    assert found.df == case["df"]
    assert np.log10(found.p_value) == pytest.approx(np.log10(case["p_value"]), rel=LOG10_P, abs=1e-12)
    assert found.epsilon2 == pytest.approx(case["epsilon2"], rel=RTOL_R)
    assert found.n == case["count"].sum()


def test_eta_squared_matches_rs_aov(case):
    assert explained_share(case["count"], np.array(case["score"])) == pytest.approx(case["eta2"], rel=RTOL_R)


def test_dunns_pairs_match_the_formula_on_ranked_rows(case):
    found = rank_pairs(case["count"])
    np.testing.assert_allclose(found.z, np.atleast_1d(case["dunn"]["z"]), rtol=RTOL_R)
    wanted = np.log10(np.atleast_1d(case["dunn"]["p_value"]))
    np.testing.assert_allclose(np.log10(found.p_value), wanted, rtol=LOG10_P, atol=1e-9)


def test_cliffs_delta_and_its_interval_match_effectsize(case):
    found = rank_pairs(case["count"], case["conf_level"])
    for name in ("delta", "low", "high"):
        np.testing.assert_allclose(getattr(found, name), np.atleast_1d(case[name]), rtol=RTOL_R, atol=1e-14)


def test_kruskal_of_counts_is_scipys_kruskal_of_rows():
    rng = np.random.default_rng(11)
    group, y = rng.integers(0, 4, 700), rng.integers(1, 6, 700)
    want = scipy_kruskal(*(y[group == g] for g in range(4)))
    found = kruskal(counts(y, group))
    assert found.statistic == pytest.approx(want.statistic, rel=RTOL)
    assert found.p_value == pytest.approx(want.pvalue, rel=RTOL)


def test_dunns_z_squared_is_h_where_there_are_two_groups():
    count = np.array([[4, 9, 2, 7.0], [3, 3, 8, 11]])
    assert rank_pairs(count).z[0] ** 2 == pytest.approx(kruskal(count).statistic, rel=RTOL)


def test_delta_is_the_share_of_higher_pairs_minus_the_share_of_lower_ones():
    first, second = np.array([1, 3, 3, 5]), np.array([2, 3, 4])
    count = counts(np.concatenate([first, second]), np.repeat([0, 1], [4, 3]))
    by_hand = np.sign(first[:, None] - second[None, :]).mean()
    assert rank_pairs(count).delta[0] == pytest.approx(by_hand, rel=RTOL)


def test_groups_that_do_not_overlap_have_a_delta_of_one():
    found = rank_pairs(np.array([[0, 0, 5.0], [5, 2, 0]]))
    assert (found.delta[0], found.low[0], found.high[0]) == (1, 1, 1)


def test_empty_groups_and_empty_levels_change_nothing():
    count = np.array([[4, 9, 2.0], [3, 3, 8], [6, 1, 1]])
    padded = np.insert(np.insert(count, 1, 0, axis=0), 2, 0, axis=1)
    assert kruskal(padded) == kruskal(count)
    found, want = rank_pairs(padded), rank_pairs(count)
    assert found.first.tolist() == [0, 0, 2]
    assert found.second.tolist() == [2, 3, 3]
    np.testing.assert_array_equal(found.z, want.z)


@pytest.mark.parametrize(
    "count",
    [
        pytest.param([[7.0, 0], [5, 0]], id="one level"),
        pytest.param([[7.0, 3], [0, 0]], id="one group"),
        pytest.param([[0.0, 0], [0, 0]], id="nobody"),
        pytest.param([[1.0, 0], [0, 0]], id="one person"),
    ],
)
def test_what_cannot_be_tested_is_nan_without_a_warning(count):
    found = kruskal(np.array(count))
    assert np.isnan([found.statistic, found.p_value, found.epsilon2]).all()
    assert np.isnan(rank_pairs(np.array(count)).z).all()


def test_mid_ranks_are_the_means_over_ties():
    assert mid_ranks(np.array([[2, 0, 1.0], [1, 4, 0]])).tolist() == [2, 5.5, 8]


@pytest.mark.real
def test_kansas_city_kruskal_and_epsilon_squared(shared):
    pd = pytest.importorskip("pandas")
    golden = json.loads((shared / "golden" / "kcmo_wave1.json").read_text())
    data = pd.read_csv(shared / "data" / "kcmo_2021" / "kcmo_wave_1QSEP2021.csv")
    compared = 0
    for item in ITEMS:
        for name, column in GROUPS.items():
            want = golden.get(item, {}).get(f"kruskal_{name}")
            if want is None:
                continue
            group = data[column].where(data[column].isin([1, 2]) | (name != "gender"))
            used = data[item].between(1, 5) & group.notna()
            found = kruskal(counts(data[item][used].to_numpy(), group[used].astype(str).to_numpy()))
            assert found.n == want["n"]
            assert found.statistic == pytest.approx(want["stat"], rel=GOLDEN)
            assert found.p_value == pytest.approx(want["p"], rel=GOLDEN)
            assert found.epsilon2 == pytest.approx(want["epsilon2"], rel=GOLDEN)
            compared += 1
    assert compared >= 15

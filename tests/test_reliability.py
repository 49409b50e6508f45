"""Alpha, item-rest correlations and Feldt's interval against psych, pingouin and identities."""

from __future__ import annotations

import json

import numpy as np
import pytest

from survey.stats.reliability import alpha, complete_moments, feldt_interval, item_statistics, pairwise_moments

RTOL = 1e-12  # the same formula on the same sums
GOLDEN = 1e-8  # R's figures were written with 15 digits


@pytest.fixture(scope="module")
def items() -> np.ndarray:
    rng = np.random.default_rng(5)
    x = np.clip(np.round(3 + rng.normal(size=(400, 1)) + rng.normal(size=(400, 5))), 1, 5)
    x[rng.random(x.shape) < 0.05] = np.nan
    return x


@pytest.fixture(scope="module")
def bfi(shared):
    pd = pytest.importorskip("pandas")
    block = json.loads((shared / "golden" / "psych_bfi.json").read_text())["agree"]
    x = pd.read_csv(shared / "data" / "bfi" / "bfi.csv")[block["items"]].to_numpy(float)
    x[:, block["items"].index(block["reversed"])] = 7 - x[:, block["items"].index(block["reversed"])]
    return x, block


def column(table: dict, name: str) -> list[float]:
    return [row[name] for row in table.values()]


@pytest.mark.real
@pytest.mark.parametrize(
    ("moments", "name"), [(complete_moments, "alpha_listwise"), (pairwise_moments, "alpha_pairwise")]
)
def test_alpha_of_agreeableness_matches_psych(bfi, moments, name):
    x, block = bfi
    covariance, want = moments(x).covariance, block[name]
    found = item_statistics(covariance)
    assert alpha(covariance) == pytest.approx(want["total"]["raw_alpha"], rel=GOLDEN)
    np.testing.assert_allclose(found.item_rest, column(want["item_stats"], "r.drop"), rtol=GOLDEN)
    np.testing.assert_allclose(found.alpha_if_dropped, column(want["alpha_drop"], "raw_alpha"), rtol=GOLDEN)


@pytest.mark.real
def test_item_total_and_feldts_interval_of_complete_cases_match_psych(bfi):
    x, block = bfi
    moments, want = complete_moments(x), block["alpha_listwise"]
    assert moments.n[0, 0] == block["n_complete"]
    found = item_statistics(moments.covariance)
    np.testing.assert_allclose(found.item_total, column(want["item_stats"], "raw.r"), rtol=GOLDEN)
    low, high = feldt_interval(alpha(moments.covariance), int(moments.n[0, 0]), 5, 0.95)
    assert low == pytest.approx(want["feldt"]["lower"], rel=GOLDEN)
    assert high == pytest.approx(want["feldt"]["upper"], rel=GOLDEN)


@pytest.mark.real
def test_every_scale_of_kansas_city_matches_psych(shared):
    pd = pytest.importorskip("pandas")
    golden = json.loads((shared / "golden" / "kcmo_wave1.json").read_text())["scales"]
    data = pd.read_csv(shared / "data" / "kcmo_2021" / "kcmo_wave_1QSEP2021.csv")
    for name, want in golden.items():
        x = data[want["items"]].where(data[want["items"]].isin(range(1, 6))).to_numpy(float)
        moments, pairwise = complete_moments(x), pairwise_moments(x)
        assert moments.n[0, 0] == want["n_complete"], name
        found = item_statistics(moments.covariance)
        assert alpha(moments.covariance) == pytest.approx(want["alpha_listwise"], rel=GOLDEN), name
        assert alpha(pairwise.covariance) == pytest.approx(want["alpha_pairwise"], rel=GOLDEN), name
        np.testing.assert_allclose(found.item_rest, list(want["item_rest_listwise"].values()), rtol=GOLDEN)
        np.testing.assert_allclose(
            found.alpha_if_dropped, list(want["alpha_if_dropped_listwise"].values()), rtol=GOLDEN
        )


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_alpha_and_its_interval_match_pingouin(items, level):
    pingouin = pytest.importorskip("pingouin")
    pd = pytest.importorskip("pandas")
    complete = items[np.isfinite(items).all(axis=1)]  # with gaps, pingouin's interval counts the incomplete too
    want, (low, high) = pingouin.cronbach_alpha(pd.DataFrame(complete), ci=level)
    moments = complete_moments(items)
    found = alpha(moments.covariance)
    assert found == pytest.approx(want, rel=RTOL)
    # pingouin rounds its interval to three digits
    assert np.round(feldt_interval(found, int(moments.n[0, 0]), 5, level), 3).tolist() == [low, high]


def test_moments_of_complete_cases_give_numpys_covariance(items):
    complete = items[np.isfinite(items).all(axis=1)]
    np.testing.assert_allclose(complete_moments(items).covariance, np.cov(complete.T), rtol=RTOL)


def test_pairwise_moments_give_the_covariance_of_each_pair(items):
    found = pairwise_moments(items)
    both = np.isfinite(items[:, [1, 3]]).all(axis=1)
    assert found.n[1, 3] == found.n[3, 1] == both.sum()
    assert found.covariance[1, 3] == pytest.approx(np.cov(items[both][:, [1, 3]].T)[0, 1], rel=RTOL)


def test_item_statistics_are_correlations_with_the_sums(items):
    x = items[np.isfinite(items).all(axis=1)]
    found = item_statistics(complete_moments(items).covariance)
    for j in range(5):
        others = np.delete(x, j, axis=1)
        assert found.item_rest[j] == pytest.approx(np.corrcoef(x[:, j], others.sum(axis=1))[0, 1], rel=RTOL)
        assert found.item_total[j] == pytest.approx(np.corrcoef(x[:, j], x.sum(axis=1))[0, 1], rel=RTOL)
        assert found.alpha_if_dropped[j] == pytest.approx(alpha(np.cov(others.T)), rel=RTOL)


def test_parallel_items_follow_spearman_and_brown():
    r, k = 0.4, 6
    parallel = np.full((k, k), r) + (1 - r) * np.eye(k)
    assert alpha(parallel) == pytest.approx(k * r / (1 + (k - 1) * r), rel=RTOL)


def test_an_item_without_variation_has_no_correlation_and_no_warning():
    x = np.array([[3, 1, 2], [3, 2, 2], [3, 4, 5], [3, 5, 4.0]])
    found = item_statistics(complete_moments(x).covariance)
    assert np.isnan(found.item_rest[0])
    assert np.isnan(found.item_total[0])
    assert np.isfinite(found.item_rest[1:]).all()


@pytest.mark.parametrize(
    "items",
    [
        pytest.param(np.full((0, 3), np.nan), id="nobody"),
        pytest.param(np.array([[1.0, 2, 3]]), id="one person"),
        pytest.param(np.array([[1.0], [2.0]]), id="one item"),
        pytest.param(np.full((9, 3), 4.0), id="no variation"),
    ],
)
def test_what_has_no_alpha_is_nan_without_a_warning(items):
    moments = complete_moments(items)
    assert np.isnan(alpha(moments.covariance))
    assert np.isnan(item_statistics(moments.covariance).item_rest).all()


def test_two_items_leave_no_alpha_when_one_is_dropped(items):
    assert np.isnan(item_statistics(complete_moments(items[:, :2]).covariance).alpha_if_dropped).all()


def test_feldts_interval_needs_two_cases_and_two_items():
    assert np.isnan(feldt_interval(0.7, 1, 5, 0.95)).all()
    assert np.isnan(feldt_interval(0.7, 50, 1, 0.95)).all()

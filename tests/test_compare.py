"""The grid of indicators and groupings: one family an estimand, one covariance a cell, nothing heavy."""

import time

import numpy as np
import pandas as pd
import pytest
import yaml

from comparison_study import TRUTH, inference, rows, write
from survey.analyse.compare import NO_INDICATORS, compare
from survey.analyse.evaluation import NO_ANSWERS
from survey.analyse.families import NO_GROUPS, Split
from survey.analyse.inference import NotApplicable
from survey.analyse.measures import numbers
from survey.core import estimates
from survey.errors import SchemaError
from survey.stats import contrasts, interval
from survey.stats.groups import part, recombined
from survey.stats.multiplicity import adjusted
from survey.stats.tally import level_tally

RTOL = 1e-9  # the same sums in another order
TESTS = ("design_ws", "design_f", "design_rank", "kruskal", "anova_welch")
PER_PAIR = ("difference", "hedges_g", "cliffs_delta", "d_design")


@pytest.fixture(scope="module")
def inf(tmp_path_factory):
    return inference(write(tmp_path_factory.mktemp("design"), groups=["g", "x"]))


@pytest.fixture(scope="module")
def table(inf):
    return compare(inf)


def means(inf):
    y = numbers(inf.wave, "score")
    value, code = np.unique(y, return_inverse=True)
    tally = level_tally(code, len(value), [inf.groupings[1]], inf.sampling)
    return tally, contrasts.group_means(tally, value, inf.sampling)


def test_the_table_keeps_the_contract(table):
    estimates.check(table)
    assert table[["unit", "method"]].notna().all(axis=None)
    assert set(TESTS) | set(PER_PAIR) | {"epsilon2", "eta2", "linear_trend"} == set(table["estimand"])
    for estimand in TESTS:
        found = rows(table, estimand)
        assert found[["statistic", "df", "p_value", "p_adjusted"]].notna().all(axis=None)
        assert found["estimate"].isna().all()


def test_tests_of_the_grid_are_those_of_the_kernels_that_equal_r(inf, table):
    _, of_groups = means(inf)
    for estimand, want in (("design_ws", contrasts.working_wald(of_groups)), ("design_f", contrasts.wald(of_groups))):
        found = rows(table, estimand, by="g").iloc[0]
        for name in ("statistic", "df", "df2", "p_value"):
            assert found[name] == pytest.approx(getattr(want, name), rel=RTOL)


def test_pairs_read_a_minus_b_in_the_instruments_order(inf, table):
    tally, of_groups = means(inf)
    want = contrasts.pairs(tally, of_groups)
    found = rows(table, "difference", by="g")
    assert found.index.tolist() == ["a - b", "a - c", "a - d", "b - c", "b - d", "c - d"]
    for column, value in (
        ("estimate", want.difference),
        ("std_error", want.std_error),
        ("df", want.df),
        ("p_value", want.p_value),
    ):
        np.testing.assert_allclose(found[column].to_numpy(float), value, rtol=RTOL)
    assert found["n"].tolist()[0] == tally.n[0] + tally.n[1]
    assert found["n_level"].tolist()[0] == tally.n[0]


def test_the_slope_over_ordered_groups_matches_svycontrast(table):
    found = rows(table, "linear_trend", by="g").iloc[0]
    assert found["estimate"] == pytest.approx(TRUTH["linear_trend"]["estimate"], rel=RTOL)
    assert found["std_error"] == pytest.approx(TRUTH["linear_trend"]["std_error"], rel=RTOL)


def test_a_family_is_one_estimand_over_all_groupings(table):
    for estimand in (*TESTS, "difference", "linear_trend"):
        family = table[table["estimand"] == estimand]
        assert family["by"].nunique() == 2
        np.testing.assert_allclose(family["p_adjusted"], adjusted(family["p_value"].to_numpy(), "holm"))


def test_adjusted_intervals_are_bonferronis_over_the_family(table):
    family = table[table["estimand"] == "difference"]
    assert len(family) == 12
    low, high = interval.wald(*(family[c].to_numpy() for c in ("estimate", "std_error", "df")), 1 - 0.05 / 12)
    np.testing.assert_allclose(family["conf_low_adjusted"], low, rtol=RTOL)
    np.testing.assert_allclose(family["conf_high_adjusted"], high, rtol=RTOL)
    for estimand in PER_PAIR:
        found = table[table["estimand"] == estimand]
        assert (found["conf_low_adjusted"] < found["conf_low"]).all()
        assert (found["conf_high_adjusted"] > found["conf_high"]).all()


def test_d_design_has_the_sign_and_the_verdict_of_the_difference(table):
    difference, d = rows(table, "difference", by="g"), rows(table, "d_design", by="g")
    np.testing.assert_allclose(
        d["estimate"] / d["std_error"], difference["estimate"] / difference["std_error"], rtol=RTOL
    )


def test_an_empty_group_stays_as_rows_with_a_reason(tmp_path):
    data = pd.DataFrame(TRUTH["data"])
    table = compare(inference(write(tmp_path, data[data["g"] != "d"])))
    for estimand in PER_PAIR:
        found = rows(table, estimand)
        assert found.loc["a - d", "status"] == "not_estimable"
        assert found.loc["a - d", "note"] == NO_ANSWERS
        assert found.loc["a - b", "status"] == "ok"
        assert pd.isna(found.loc["a - b", "note"])


def test_equivalence_is_tested_where_a_smallest_effect_is_declared(tmp_path):
    table = compare(inference(write(tmp_path, smallest_effect={"indicators": 0.6})))
    difference, found = rows(table, "difference"), rows(table, "equivalence")
    # Two one-sided tests at 5 % find equivalence exactly where the 90 % interval lies within the bounds.
    inside = (found["conf_low"] > -0.6) & (found["conf_high"] < 0.6)
    assert ((found["p_value"] < 0.05) == inside).all()
    assert inside.any()
    assert not inside.all()
    np.testing.assert_allclose(found["conf_level"], 0.9)
    np.testing.assert_array_equal(found["estimate"], difference["estimate"])


def test_an_indicators_own_smallest_effect_wins(tmp_path):
    table = compare(inference(write(tmp_path, smallest_effect={"indicators": 0.6, "score": 0.2})))
    assert rows(table, "equivalence")["method"].str.contains("within 0.2 ").all()


@pytest.mark.parametrize(
    ("study", "column", "found", "hint"),
    [
        ({"smallest_effect": {"scroe": 0.3}}, "smallest_effect.scroe", "no indicator named 'scroe'", "score"),
        ({"smallest_effect": {"score": -0.3}}, "smallest_effect.score", "-0.3", ""),
        (
            {"smallest_effects": {"score": 0.3}},
            "smallest_effects",
            "the unknown key 'smallest_effects'",
            "smallest_effect",
        ),
        ({"method": "clasical"}, "method", "'clasical'", "classical"),
    ],
)
def test_what_a_study_gets_wrong_is_named(tmp_path, study, column, found, hint):
    with pytest.raises(SchemaError) as refused:
        inference(write(tmp_path, **study))
    problem = refused.value.problems[0]
    assert problem.column == column
    assert found in problem.found
    assert hint in f"{problem.expected} {problem.hint}"


def test_no_adjustment_is_none(tmp_path):
    table = compare(inference(write(tmp_path, adjust="none")))
    family = table[table["p_value"].notna()]
    np.testing.assert_array_equal(family["p_adjusted"], family["p_value"])


def test_a_study_without_groups_is_skipped_with_its_reason(tmp_path):
    with pytest.raises(NotApplicable, match=NO_GROUPS):
        compare(inference(write(tmp_path, groups=[])))


def test_a_wave_without_indicators_is_skipped_with_its_reason(tmp_path):
    folder = write(tmp_path)
    text = (folder / "instrument.yaml").read_text()
    (folder / "instrument.yaml").write_text(text[: text.index("indicators:")])
    with pytest.raises(NotApplicable, match=NO_INDICATORS):
        compare(inference(folder))


def test_pairs_have_their_place():
    split = Split(1, "g", tuple("abcde"), 0, True)
    first, second = split.pairs
    assert split.place(first, second).tolist() == list(range(10))


@pytest.mark.parametrize("design", ["units", "elements", "replicates"])
def test_a_part_of_a_joined_tally_is_the_groupings_own(tmp_path, design):
    designs = {
        "units": {"weight": "w", "stratum": "stratum", "psu": "psu"},
        "elements": {"weight": "w", "stratum": "stratum"},
        "replicates": {"weight": "w", "stratum": "stratum", "psu": "psu", "replicates": {"type": "jkn"}},
    }
    inf = inference(write(tmp_path, groups=["g", "x"], design=designs[design]))
    level = np.where(numbers(inf.wave, "score") > 3, 1, 0)
    joined = level_tally(level, 2, inf.groupings, inf.sampling)
    alone = level_tally(level, 2, [inf.groupings[2]], inf.sampling)
    mine = part(joined, 1 + 4, 4)
    score = np.array([0.0, 1.0])
    one, other = (contrasts.group_means(t, score, inf.sampling) for t in (mine, alone))
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=RTOL)
    turned = contrasts.group_means(recombined(mine, np.array([[0.0, 1], [1, 0]])), 1 - score, inf.sampling)
    np.testing.assert_allclose(turned.covariance, other.covariance, rtol=RTOL)
    pairs = contrasts.pairs(mine, one)
    want = [alone.df_together(np.array(both)) for both in zip(pairs.first, pairs.second, strict=True)]
    assert pairs.df.tolist() == want


def test_a_score_of_many_values_is_compared_like_any_other(tmp_path):
    rng = np.random.default_rng(3)
    data = pd.DataFrame(TRUTH["data"])
    data = pd.concat([data] * 3, ignore_index=True)
    data["psu"] += np.repeat([0, 24, 48], 240)
    data["y"] = (data["y"] + rng.uniform(-0.2, 0.2, len(data))).clip(1, 5).round(6)
    assert data["y"].nunique() > 400
    table = compare(inference(write(tmp_path, data)))
    assert (table["status"] == "ok").all()
    assert set(rows(table, "difference").index) == {"a - b", "a - c", "a - d", "b - c", "b - d", "c - d"}


def large(folder):
    """A study of 2,000 respondents, 6 scores of 41 values and 8 groupings of 2 to 7 groups."""
    rng = np.random.default_rng(1)
    n, groups = 2000, {f"g{k}": 2 + k % 6 for k in range(8)}
    data = pd.DataFrame(
        {f"y{j}": rng.integers(0, 41, n) for j in range(6)} | {g: rng.integers(1, k + 1, n) for g, k in groups.items()}
    )
    data = data.assign(psu=np.arange(n) // 10, stratum=np.arange(n) // 500, w=rng.uniform(0.5, 2, n).round(3))
    questions = [{"name": f"y{j}", "type": "number", "text": "y", "min": 0, "max": 40} for j in range(6)]
    questions += [
        {"name": g, "type": "ordinal", "text": g, "codes": {c: str(c) for c in range(1, k + 1)}}
        for g, k in groups.items()
    ]
    write(folder, data, groups=list(groups))
    scores = {f"s{j}": {"en": "s", "items": [f"y{j}"], "min_valid": 1} for j in range(6)}
    (folder / "instrument.yaml").write_text(yaml.safe_dump({"format": 1, "questions": questions, "indicators": scores}))
    return inference(folder)


def test_the_grid_of_six_indicators_and_eight_groupings_takes_less_than_three_seconds(tmp_path):
    inf = large(tmp_path)
    started = time.process_time()
    table = compare(inf)
    assert time.process_time() - started < 3
    assert (table["estimand"] == "design_ws").sum() == 48

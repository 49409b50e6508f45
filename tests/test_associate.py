"""Association of answers and groupings equals R's svychisq; shares are compared pair by pair."""

import numpy as np
import pandas as pd
import pytest

from comparison_study import TRUTH, inference, rows, write
from survey.analyse.associate import association, roots
from survey.analyse.families import NO_GROUPS
from survey.analyse.inference import NotApplicable
from survey.core import estimates
from survey.stats import contrasts
from survey.stats.multiplicity import adjusted, bonferroni_level
from survey.stats.options import of_option, rao_scott_together

RTOL = 1e-9  # the same formula


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return association(inference(write(tmp_path_factory.mktemp("design"))))


@pytest.mark.parametrize(
    ("measure", "level", "truth"),
    [("x", None, "x"), ("o1", None, "o1"), ("o", "o1", "o1"), ("o", "o2", "o2"), ("o", "o3", "o3")],
)
def test_rao_scott_matches_svychisq(table, measure, level, truth):
    found = table[table["estimand"].eq("rao_scott") & table["measure"].eq(measure)]
    found = found[found["level"].isna() if level is None else found["level"].eq(level).fillna(False)].iloc[0]
    want = TRUTH["rao_scott"][truth]
    for name in ("statistic", "df", "df2"):
        assert found[name] == pytest.approx(want[name], rel=RTOL), name
    assert np.log10(found["p_value"]) == pytest.approx(np.log10(want["p_value"]), abs=1e-6)


def test_differences_and_odds_ratios_of_shares_match_r(table):
    for want in TRUTH["shares"]:
        difference = rows(table, "difference", measure="o1").loc[want["contrast"]]
        odds = rows(table, "odds_ratio", measure="o1").loc[want["contrast"]]
        assert difference["level"] == odds["level"] == "1"
        # svyby takes the share of 1, whose difference and error are the same.
        assert difference["estimate"] == pytest.approx(want["difference"], rel=RTOL)
        assert difference["std_error"] == pytest.approx(want["difference_error"], rel=RTOL)
        assert odds["estimate"] == pytest.approx(want["odds_ratio"], rel=RTOL)
        log_half = np.log(odds["conf_high"] / odds["estimate"])
        half = (difference["conf_high"] - difference["estimate"]) / difference["std_error"]
        assert log_half == pytest.approx(half * want["log_error"], rel=1e-8)


def test_a_family_is_all_rows_of_an_estimand(table):
    for estimand in ("rao_scott", "difference"):
        family = table[table["estimand"] == estimand]
        np.testing.assert_allclose(family["p_adjusted"], adjusted(family["p_value"].to_numpy(), "holm"))
    family = table[(table["estimand"] == "difference") & table["conf_low"].notna()]
    assert bonferroni_level(0.95, len(family)) > 0.99
    assert (family["conf_low_adjusted"] < family["conf_low"]).all()


def test_all_options_together_of_one_option_are_that_option(tmp_path):
    inf = inference(write(tmp_path))
    from survey.core.counted import Answered, AnyOf, Chosen, each

    answered = Answered("o")
    tally = inf.respondents.columns(each(answered, Chosen("o", "o1")), AnyOf((answered,)), 1)
    together = rao_scott_together(tally, inf.sampling)
    alone = contrasts.rao_scott(of_option(tally, 0), inf.sampling).test
    # X² is the same; the correction weighs cells by expected instead of by observed shares.
    assert together.df == pytest.approx(alone.df, rel=0.05)
    assert together.statistic == pytest.approx(alone.statistic, rel=0.1)


def test_options_that_everybody_ticks_alike_count_once(tmp_path):
    inf = inference(write(tmp_path))
    from survey.core.counted import Answered, AnyOf, Chosen, each
    from survey.stats.groups import recombined

    answered = Answered("o")
    tally = inf.respondents.columns(each(answered, Chosen("o", "o1")), AnyOf((answered,)), 1)
    twice = recombined(tally, np.array([[1.0, 0, 0], [0, 1, 1]]))
    one, two = rao_scott_together(tally, inf.sampling), rao_scott_together(twice, inf.sampling)
    assert (two.statistic, two.df, two.p_value) == pytest.approx((one.statistic, one.df, one.p_value), rel=1e-9)


def test_cramers_v_rests_on_weighted_shares(table):
    data = pd.DataFrame(TRUTH["data"])
    shares = data.pivot_table(index="g", columns="x", values="w", aggfunc="sum", fill_value=0).to_numpy()
    shares = shares / shares.sum()
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    phi2 = ((shares - expected) ** 2 / expected).sum()
    found = rows(table, "cramers_v", measure="x")["estimate"].iloc[0]
    assert found == pytest.approx(np.sqrt(phi2 / 3), rel=1e-9)


def test_without_a_probability_sample_pearsons_test_stands_there(tmp_path):
    table = association(inference(write(tmp_path, design={"sampling": "nonprobability"})))
    found = rows(table, "chi2", measure="x").iloc[0]
    assert found["statistic"] == pytest.approx(TRUTH["chi2"]["statistic"], rel=RTOL)
    assert found["p_value"] == pytest.approx(TRUTH["chi2"]["p_value"], rel=RTOL)
    assert "rao_scott" not in set(table["estimand"])
    assert rows(table, "odds_ratio")[["conf_low", "std_error", "p_value"]].isna().all(axis=None)


def test_a_variable_is_not_set_against_what_it_is_derived_from(tmp_path):
    inf = inference(write(tmp_path))
    assert set(association(inf)["measure"]) == {"x", "o1", "o"}
    assert roots(inf.instrument)["half"] == {"g"}


def test_a_study_without_groups_is_skipped_with_its_reason(tmp_path):
    with pytest.raises(NotApplicable, match=NO_GROUPS):
        association(inference(write(tmp_path, groups=[])))


def test_the_table_keeps_the_contract(table):
    estimates.check(table)
    assert table[["unit", "method"]].notna().all(axis=None)


def test_a_share_of_nobody_has_no_odds_and_says_why(tmp_path):
    data = pd.DataFrame(TRUTH["data"])
    data.loc[data["g"] == "d", "o1"] = 0
    table = association(inference(write(tmp_path, data)))
    odds = rows(table, "odds_ratio", measure="o1")
    assert odds.loc["c - d", "status"] == "not_estimable"
    assert rows(table, "difference", measure="o1").loc["c - d", "status"] == "ok"

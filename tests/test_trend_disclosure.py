"""What a wave hides cannot be solved from a change, a line or the other waves."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from survey.analyse import catalogue, disclosure, disclosure_over_waves, running
from survey.analyse.trend import trend
from survey.core.release import ReleasePolicy
from trend_study import instrument, respondents, study, waves

NAMES = ("a", "b", "c")
DOMAIN = ["measure", "by", "by_level", "by2", "by2_level"]


def few_old(seed: int) -> pd.DataFrame:
    """Respondents of whom six are old."""
    frame = respondents(seed)
    old = frame.index[frame["age"] == "old"]
    return frame.assign(age=frame["age"].where(~frame.index.isin(old[6:]), "middle"))


@pytest.fixture(scope="module", params=["every analysis", "the trend alone"])
def released(request):
    """The estimates over waves before and after disclosure control, and each wave's release."""
    spec = study(NAMES, release=ReleasePolicy())
    made = waves({"a": respondents(1), "b": few_old(2), "c": respondents(3)}, spec=spec)
    of_waves = {}
    for inf in made.inferences:
        spec_of = spec.wave(inf.respondents.name)
        wanted = ("describe", "dont_know", "indicators") if request.param == "every analysis" else ()
        table = running.run(inf, [catalogue.ANALYSES[name] for name in wanted]).table
        of_waves[spec_of.name] = disclosure.protect(table, spec, spec_of, made.instrument, {}).estimates
    whole = trend(made)
    release = disclosure_over_waves.protect(whole, of_waves, spec, made.instrument, {})
    return whole, release, of_waves


def shown(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["status"].ne("suppressed")]


def test_a_hidden_domain_of_a_wave_is_in_no_row_that_rests_on_it(released):
    _, release, _ = released
    old = shown(release.estimates[release.estimates["by_level"].eq("old").fillna(False)])
    touching = old["contrast"].fillna("").str.contains("b") | old["wave"].isin(["b", "trend"]) & old["contrast"].isna()
    assert not touching.any()
    apart = old[old["contrast"].eq("c - a").fillna(False)]
    assert len(apart)  # a comparison of two waves that show the group stays
    assert set(release.suppressed["rule"]) >= {"min_n", "complementary", "hidden_in_a_wave"}


def test_no_hidden_value_is_a_shown_value_less_a_shown_change(released):
    _, release, of_waves = released
    held = [t[t["status"].eq("suppressed")] for t in (release.estimates, *of_waves.values())]
    gone = {tuple(r) for t in held for r in t[t["contrast"].isna()][["wave", *DOMAIN]].fillna("").to_numpy().tolist()}
    values = shown(release.estimates)
    solvable = set()
    for later, earlier in (("b", "a"), ("c", "b"), ("c", "a")):
        moved = values[values["contrast"].eq(f"{later} - {earlier}").fillna(False) & values["estimate"].notna()]
        moved = moved[moved["estimand"].str.startswith("difference")]
        keys = moved[DOMAIN].fillna("").to_numpy().tolist()
        solvable |= {(w, *key) for key in keys for w in (later, earlier)}
    assert not gone & solvable


def test_a_waves_own_answers_are_left_to_its_release_where_it_has_them(released, request):
    whole, release, of_waves = released
    single = [t[t["contrast"].isna() & t["wave"].isin(NAMES)] for t in (whole, release.estimates)]
    questions = [t[t["measure"].ne("trust")] for t in single]
    if not len(of_waves["a"]):
        assert len(questions[0]) == len(questions[1]) > 0
        return
    assert len(single[0]) > len(single[1]) > len(questions[1]) == 0
    own = pd.concat(of_waves.values())
    own = own[~(own["analysis"].eq("describe") & own["estimand"].isin(["median", "quantile", "total"]))]
    same = ["wave", "measure", "level", "by", "by_level", "estimate"]
    dropped = questions[0].assign(estimand=questions[0]["estimand"].replace("dont_know", "proportion"))
    shown_there = shown(own).merge(dropped, on=[*same, "estimand"], how="inner")
    hidden_there = own[own["status"].eq("suppressed")].merge(dropped, on=[*same[:-1], "estimand"], how="inner")
    assert len(shown_there) + len(hidden_there) == len(dropped)


def test_a_hidden_answer_of_a_sensitive_question_is_in_no_change():
    asked = instrument(pdp="spesifik")
    second = respondents(2)
    second.loc[second["q1"] == 5, "q1"] = 4
    second.loc[second.index[:3], "q1"] = 5
    spec = study(NAMES[:2], release=ReleasePolicy())
    made = waves({"a": respondents(1), "b": second}, asked, spec)
    nothing = {name: trend(made).iloc[:0] for name in NAMES[:2]}
    out = disclosure_over_waves.protect(trend(made), nothing, spec, asked, {}).estimates
    level = out[out["measure"].eq("q1") & out["level"].eq("5").fillna(False) & out["by"].isna()]
    of_b = level[level["wave"].eq("b")]
    assert len(of_b) == 2  # the wave's own share, and its change
    assert of_b["status"].eq("suppressed").all()
    mean = out[out["measure"].eq("q1") & out["level"].isna() & out["by"].isna() & out["estimand"].eq("difference")]
    assert mean["status"].eq("suppressed").all()


def test_everything_is_printed_where_the_study_says_so():
    spec = study(NAMES[:2], release=replace(ReleasePolicy(), min_n=0, min_cell=0, complementary=False))
    made = waves({"a": respondents(1), "b": few_old(2)}, spec=spec)
    table = trend(made)
    release = disclosure_over_waves.protect(table, dict.fromkeys("ab", table.iloc[:0]), spec, made.instrument, {})
    pd.testing.assert_frame_equal(release.estimates, table)

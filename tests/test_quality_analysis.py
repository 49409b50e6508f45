"""Response quality: what each check finds, what it leaves alone, and when it says that it cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from measurement_study import DONT_KNOW, answers, frame, inference, value, write
from survey.analyse.dispositions import letter
from survey.analyse.indicators import dont_know
from survey.analyse.quality import quality
from survey.analyse.sensitivity import dont_know_sensitivity
from survey.stats.dispositions import NAMES, WEIGHED, Dispositions, outcome_rates
from survey.stats.interviewers import intraclass, separable
from survey.stats.straightlining import repeated, straight

RTOL = 1e-12  # the same formula on the same numbers
ICC = 0.05  # simulated share of variance between 60 interviewers; its estimate has an error of about 0.02
TOLERANCE = 0.06

DURATION = {"name": "minutes", "type": "number", "role": "duration", "text": "Length"}
SEX = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "Man", 2: "Woman"}}
INTERVIEWER = {"name": "who", "type": "text", "role": "interviewer", "text": "Interviewer"}


def checked(folder: Path, data: pd.DataFrame, **study: Any) -> pd.DataFrame:
    return quality(inference(write(folder, data, **study)))


def test_who_ticks_one_column_is_found_although_items_are_reversed(tmp_path: Path) -> None:
    items = answers(n=500)
    items[:50] = 4
    row = value(checked(tmp_path, frame(items), reverse=["i2", "i4"]), "straightlining")
    assert row.n == 500
    assert row.n_level == 50 + straight(items[50:].astype(float), 3)[0].sum()
    assert row.conf_low > 0.08


def test_careful_answers_are_not_accused(tmp_path: Path) -> None:
    items = answers(n=500, loading=0.6)
    items[:, 1::2] = 6 - items[:, 1::2]  # worded the other way round: agreement would be a contradiction
    found = checked(tmp_path, frame(items), reverse=["i2", "i4"])
    assert value(found, "straightlining").estimate < 0.05
    assert abs(value(found, "acquiescence").estimate) < 0.1


def test_too_few_answers_show_no_pattern() -> None:
    nan = np.nan
    flagged, judged = straight(np.array([[4, 4, nan, nan], [4, 4, 4, nan], [4, 4, 4, 5.0]]), 3)
    assert judged.tolist() == [False, True, True]
    assert flagged.tolist() == [False, True, False]


def test_a_copied_questionnaire_is_found_and_gaps_count_as_equal() -> None:
    vectors = np.array([[1, 2, np.nan], [1, 2, np.nan], [1, 2, 3], [0.0, 1, 1], [-0.0, 1, 1]])
    assert repeated(vectors).tolist() == [True, True, False, True, True]
    assert repeated(np.zeros((3, 0))).tolist() == [False, False, False]


def test_copies_are_counted_with_their_original(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    items = rng.integers(1, 6, size=(300, 20))
    items[280:] = items[:20]
    row = value(checked(tmp_path, frame(items)), "duplicates", measure=None)
    assert row.n_level == 40


def test_a_short_questionnaire_cannot_show_copies(tmp_path: Path) -> None:
    assert "duplicates" not in set(checked(tmp_path, frame(answers(n=300)))["estimand"])


def test_interviews_faster_than_a_third_of_the_median_are_speeders(tmp_path: Path) -> None:
    minutes = np.full(200, 30.0)
    minutes[:9] = 9.9
    minutes[9:20] = 10.1
    row = value(
        checked(tmp_path, frame(answers(n=200), minutes=minutes), questions=[DURATION]), "speeders", measure="minutes"
    )
    assert (row.n_level, row.n) == (9, 200)
    assert row.estimate == pytest.approx(9 / 200, rel=RTOL)


def test_the_habit_of_agreeing_is_measured_apart_from_the_opinion(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    opinion, habit = rng.normal(size=(800, 1)), 0.5
    turned = np.array([1, -1, 1, -1])
    items = np.clip(np.round(3 + opinion * turned + habit + 0.5 * rng.normal(size=(800, 4))), 1, 5).astype(int)
    row = value(checked(tmp_path, frame(items), reverse=["i2", "i4"]), "acquiescence")
    assert row.conf_low > 0.3
    assert row.estimate == pytest.approx((items[:, ::2].mean() + items[:, 1::2].mean()) / 2 - 3, rel=1e-9)


def test_a_scale_worded_in_one_direction_cannot_show_the_habit_of_agreeing(tmp_path: Path) -> None:
    assert "acquiescence" not in set(checked(tmp_path, frame(answers(n=100)))["estimand"])


def test_nonresponse_by_kind_is_the_dont_know_share(tmp_path: Path) -> None:
    items = answers(n=300)
    items[:60, 0] = DONT_KNOW
    inf = inference(write(tmp_path, frame(items, w=np.linspace(1, 2, 300)), design={"weight": "w"}))
    found, want = quality(inf), dont_know(inf)
    for measure in ("i1", "scale"):
        ours = value(found, "proportion", "dont_know", measure)
        theirs = value(want, "proportion", measure=measure)
        for column in ("estimate", "std_error", "conf_low", "conf_high", "n", "n_level"):
            assert ours[column] == pytest.approx(theirs[column], rel=RTOL), (measure, column)
    assert (
        value(found, "item_nonresponse", measure="i1").estimate
        == value(found, "proportion", "dont_know", "i1").estimate
    )
    assert value(found, "proportion", "refused", "i1").estimate == 0


def test_completion_is_the_share_answered_and_its_classes_are_those_of_aapor(tmp_path: Path) -> None:
    items = answers(n=100, k=10)
    items[:10, :3] = DONT_KNOW  # 7 of 10: partial
    items[10:15, :6] = DONT_KNOW  # 4 of 10: break-off
    found = checked(tmp_path, frame(items))
    assert value(found, "completion", measure=None).estimate == pytest.approx(1 - (30 + 30) / 1000, rel=1e-9)
    classes = {c: value(found, "completion_class", c, None).n_level for c in ("complete", "partial", "break_off")}
    assert classes == {"complete": 85, "partial": 10, "break_off": 5}


def test_outcome_rates_follow_the_formulas_of_aapor() -> None:
    cases = Dispositions(complete=500, partial=50, refused=200, not_reached=100, other=50, unknown=300, ineligible=100)
    i, p, r, nc, o, u, e = 500, 50, 200, 100, 50, 300, 0.9  # Standard Definitions, 10th ed., pp. 80-90, in its letters
    assert cases.eligible_share == e
    want = {
        "rr1": i / ((i + p) + (r + nc + o) + u),
        "rr2": (i + p) / ((i + p) + (r + nc + o) + u),
        "rr3": i / ((i + p) + (r + nc + o) + e * u),
        "rr4": (i + p) / ((i + p) + (r + nc + o) + e * u),
        "rr5": i / ((i + p) + (r + nc + o)),
        "rr6": (i + p) / ((i + p) + (r + nc + o)),
        "coop1": i / ((i + p) + r + o),
        "coop2": (i + p) / ((i + p) + r + o),
        "coop3": i / ((i + p) + r),
        "coop4": (i + p) / ((i + p) + r),
        "ref1": r / ((i + p) + (r + nc + o) + u),
        "ref2": r / ((i + p) + (r + nc + o) + e * u),
        "ref3": r / ((i + p) + (r + nc + o)),
        "con1": ((i + p) + r + o) / ((i + p) + r + o + nc + u),
        "con2": ((i + p) + r + o) / ((i + p) + r + o + nc + e * u),
        "con3": ((i + p) + r + o) / ((i + p) + r + o + nc),
    }
    found = outcome_rates(cases)
    assert tuple(found) == tuple(want) == NAMES
    assert found == pytest.approx(want, rel=RTOL)
    assert {"rr3", "rr4", "ref2", "con2"} == WEIGHED
    assert np.isnan(list(outcome_rates(Dispositions(0, 0, 0, 0, 0, 0, 0)).values())).all()


def test_every_rate_of_aapor_is_a_row_with_the_share_of_eligible_cases(tmp_path: Path) -> None:
    items = answers(n=200).astype(object)
    outcome = np.repeat(["1.1", "1.2", "2.1", "2.2", "2.3", "3.1", "4.1"], [80, 20, 30, 30, 10, 20, 10])
    items[100:] = ""
    codes = sorted(set(outcome.tolist()))
    found = checked(tmp_path, frame(items, disp=outcome), questions=[disposition(*codes)])
    want = outcome_rates(Dispositions(80, 20, 30, 30, 10, 20, 10))
    for name, rate in want.items():
        row = value(found, name, measure="disp")
        assert row.estimate == pytest.approx(rate, rel=RTOL)
        assert ("e = 0.9444" in row.method) == (name in WEIGHED)


def test_who_breaks_a_check_is_counted_in_every_group(tmp_path: Path) -> None:
    items = answers(n=100)
    items[:, 0], items[:, 1] = 1, 2
    items[:12, 0] = 5  # above the second
    items[90:, 0] = DONT_KNOW  # unknown: neither kept nor broken
    folder = write(tmp_path, frame(items, sex=np.repeat([1, 2], 50)), questions=[SEX], groups=["sex"])
    with (folder / "instrument.yaml").open("a", encoding="utf-8") as file:
        file.write("checks:\n- {id: K1, severity: warning, rule: 'i1 <= i2'}\n")
    found = quality(inference(folder))
    row = value(found, "check_violation", "K1", None)
    assert (row.n, row.n_level) == (90, 12)
    assert row.estimate == pytest.approx(12 / 90, rel=RTOL)
    assert row.conf_low < 12 / 90 < row.conf_high
    assert value(found, "check_violation", "K1", None, by="sex", by_level="1").n_level == 12
    assert value(found, "check_violation", "K1", None, by="sex", by_level="2").n_level == 0


@pytest.mark.parametrize(
    ("code", "meant"),
    [("1.1", "I"), ("110", "I"), ("1.2", "P"), ("2.11", "R"), ("212", "R"), ("2.2", "NC"), ("2.3", "O"), ("3.1", "UH"),
     ("3.9", "UO"), ("4", "NE"), ("4.5", "NE"), ("nc", "NC"), ("5", None), ("done", None)],
)  # fmt: skip
def test_codes_of_dispositions_are_those_of_aapor(code: str, meant: str | None) -> None:
    assert letter(code) == meant


def disposition(*codes: object) -> dict[str, Any]:
    return {
        "name": "disp",
        "type": "nominal",
        "role": "disposition",
        "text": "Outcome",
        "codes": {c: str(c) for c in codes},
    }


def test_cases_without_an_interview_count_in_the_rates_and_nowhere_else(tmp_path: Path) -> None:
    items = answers(n=200).astype(object)
    outcome = np.repeat(["1.1", "2.1", "2.2"], [120, 50, 30])
    items[120:] = ""
    found = checked(tmp_path, frame(items, disp=outcome), questions=[disposition("1.1", "2.1", "2.2")])
    assert value(found, "rr1", measure="disp").estimate == pytest.approx(0.6, rel=RTOL)
    assert value(found, "item_nonresponse", measure="i1").n == 120
    assert value(found, "item_nonresponse", measure="i1").estimate == 0


def test_unknown_codes_of_dispositions_give_no_rate(tmp_path: Path) -> None:
    found = checked(tmp_path, frame(answers(n=60), disp=["7"] * 60), questions=[disposition("7")])
    row = value(found, "rr1", measure="disp")
    assert row.status == "not_estimable"
    assert row.note == "codes of the dispositions are not AAPOR's"


def test_balanced_components_are_those_of_the_textbook() -> None:
    rng = np.random.default_rng(4)
    a, b, m = 12, 4, 5  # interviewers, units each, respondents each
    y = rng.normal(size=(a, 1, 1)) + 0.8 * rng.normal(size=(a, b, 1)) + rng.normal(size=(a, b, m))
    ms_a = b * m * y.mean(axis=(1, 2)).var(ddof=1)
    ms_b = m * ((y.mean(axis=2) - y.mean(axis=(1, 2))[:, None]) ** 2).sum() / (a * (b - 1))
    ms_e = ((y - y.mean(axis=2)[:, :, None]) ** 2).sum() / (a * b * (m - 1))
    i, u = (ms_a - ms_b) / (b * m), (ms_b - ms_e) / m
    who, unit = np.repeat(np.arange(a), b * m), np.repeat(np.arange(a * b), m)
    found = intraclass(y.reshape(-1), who, unit)
    assert found is not None
    assert found.icc == pytest.approx(i / (i + u + ms_e), rel=1e-9)
    assert (found.statistic, found.df, found.df2) == pytest.approx((ms_a / ms_b, a - 1, a * (b - 1)), rel=1e-9)


def test_a_simulated_interviewer_effect_is_recovered_from_unequal_groups() -> None:
    rng = np.random.default_rng(6)
    unit = np.repeat(np.arange(240), rng.integers(4, 16, size=240))
    who = unit // 4
    effect = np.sqrt(ICC) * rng.normal(size=60)
    place = np.sqrt(0.10) * rng.normal(size=240)
    y = effect[who] + place[unit] + np.sqrt(0.85) * rng.normal(size=len(unit))
    found = intraclass(y, who, unit)
    none = intraclass(y - effect[who], who, unit)
    assert found is not None
    assert none is not None
    assert found.icc == pytest.approx(ICC, abs=TOLERANCE)
    assert found.p_value < 0.05 < none.p_value


def test_interviewers_who_work_in_one_place_each_cannot_be_told_from_it(tmp_path: Path) -> None:
    assert not separable(np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2]))
    assert separable(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]))
    block = np.repeat(np.arange(20), 10)
    data = frame(answers(n=200), psu=block, who=[f"w{b}" for b in block])
    row = value(checked(tmp_path, data, questions=[INTERVIEWER], design={"psu": "psu"}), "interviewer_icc")
    assert row.status == "not_estimable"
    assert row.note.startswith("not separable")


def test_interviewers_who_cross_places_have_a_correlation(tmp_path: Path) -> None:
    block = np.repeat(np.arange(20), 10)
    data = frame(answers(n=200), psu=block, who=[f"w{b // 2}" for b in block])
    row = value(checked(tmp_path, data, questions=[INTERVIEWER], design={"psu": "psu"}), "interviewer_icc")
    assert row.status == "ok"
    assert 0 <= row.estimate < 1
    assert (row.df, row.df2) == (9, 10)


def test_any_answer_of_those_who_do_not_know_lies_between_the_bounds(tmp_path: Path) -> None:
    items = answers(n=300)
    unknown = np.random.default_rng(8).random(items.shape) < 0.15
    found = dont_know_sensitivity(inference(write(tmp_path, frame(np.where(unknown, DONT_KNOW, items)))))
    low, middle, high = (value(found, f"mean_dk_{x}").estimate for x in ("low", "midpoint", "high"))
    assert low < items.mean() < high
    assert high - low == pytest.approx(4 * unknown.mean(), rel=1e-9)
    assert middle == pytest.approx((low + high) / 2, rel=1e-9)
    assert value(found, "mean_dk_low").n == 300


def test_excluding_dont_know_is_what_the_indicator_does(tmp_path: Path) -> None:
    from survey.analyse.indicators import indicators

    items = answers(n=200)
    items[:40, :4] = DONT_KNOW
    inf = inference(write(tmp_path, frame(items), reverse=["i2"]))
    ours, theirs = value(dont_know_sensitivity(inf), "mean_dk_excluded"), value(indicators(inf), "mean")
    for column in ("estimate", "std_error", "conf_low", "conf_high", "n"):
        assert ours[column] == pytest.approx(theirs[column], rel=1e-9), column


def test_without_a_probability_sample_shares_have_no_interval(tmp_path: Path) -> None:
    found = checked(tmp_path, frame(answers(n=100)), design={"sampling": "nonprobability"})
    assert found["std_error"].isna().all()
    assert value(found, "straightlining").estimate >= 0

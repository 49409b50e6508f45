"""Targets: the pace needed and observed, verdicts that say no more than they know, probabilities with their price."""

from __future__ import annotations

from math import erf, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import survey
from plan_study import DESIGN, data, inferences, row, waves, write
from survey.analyse import comparability
from survey.analyse import targets as analysis
from survey.analyse.indicators import indicators
from survey.analyse.inference import NotApplicable
from survey.analyse.target_course import NO_PROBABILITY, NOT_COMPARABLE, ONE_WAVE, in_field, year_end
from survey.analyse.trend import trend
from survey.errors import SchemaError
from survey.stats import pace
from survey.stats.pace import Course

RTOL = 1e-10  # the same sums, added in another order
SIMULATED = 0.015  # three standard errors of a share of 20,000 draws
TARGET = {"measure": "scale", "estimand": "score100", "horizon": {"soon": 2024, "late": 2030}, "values": [38, 99]}


def course(estimate, errors, time=None, df=50.0, shared=0.0) -> Course:
    errors = np.array(errors, dtype=float)
    covariance = shared * np.outer(errors, errors)
    np.fill_diagonal(covariance, errors**2)
    when = np.arange(2020.0, 2020.0 + len(errors)) if time is None else np.array(time, dtype=float)
    return Course(when, np.array(estimate, dtype=float), covariance, df)


def test_the_pace_of_two_waves_is_their_difference_a_year():
    found = pace.observed_pace(course([50, 56], [1, 2], time=[2020, 2023]))
    assert found.estimate == pytest.approx(2, rel=RTOL)
    assert found.std_error == pytest.approx(sqrt(5) / 3, rel=RTOL)


def test_what_waves_share_is_taken_off_the_error_of_the_pace():
    apart, paired = (pace.observed_pace(course([50, 56], [1, 1], shared=r)).std_error for r in (0.0, 0.5))
    assert paired == pytest.approx(apart * sqrt(0.5), rel=RTOL)


def test_the_pace_of_many_waves_is_the_weighted_regression_line():
    y, se, time = [50, 51, 53.5, 54], [1.0, 0.5, 2.0, 0.7], [2018, 2020, 2021, 2025]
    slope, covariance = np.polyfit(time, y, 1, w=1 / np.array(se), cov="unscaled")
    found = pace.observed_pace(course(y, se, time))
    assert found.estimate == pytest.approx(slope[0], rel=1e-8)
    assert found.std_error == pytest.approx(sqrt(covariance[0, 0]), rel=1e-8)


def test_waves_that_lie_off_the_line_make_the_pace_less_sure():
    straight, bent = (pace.observed_pace(course(y, [1, 1, 1])).std_error for y in ([50, 52, 54], [50, 60, 54]))
    assert straight == pytest.approx(sqrt(0.5), rel=RTOL)
    assert bent > 5 * straight


def test_the_margin_counts_the_last_waves_error_once_though_both_paces_rest_on_it():
    rng = np.random.default_rng(1)
    errors, target, horizon = np.array([1.0, 0.5, 0.8]), 60.0, 2026.0
    drawn = np.array([50, 51, 52]) + errors * rng.standard_normal((40_000, 3))
    found = pace.margin(course([50, 51, 52], errors), target, horizon)
    weights = np.linalg.lstsq(np.column_stack([1 / errors, np.arange(3) / errors]), np.diag(1 / errors), rcond=None)[0][
        1
    ]
    margins = drawn @ weights - (target - drawn[:, 2]) / 4
    assert found.estimate == pytest.approx(1 - 8 / 4, rel=1e-8)
    assert found.std_error == pytest.approx(margins.std(), rel=0.02)


def test_a_declared_drift_gives_the_probability_of_the_normal_distribution():
    errors, drift, target = np.array([1.0, 1.2, 0.8]), 1.5, 60.0
    c = course([50, 54, 55], errors)
    x = np.column_stack([np.ones(3), c.time - 2022.0 - 2])
    of_fit = np.linalg.inv(x.T @ np.diag(1 / (errors**2 + drift**2)) @ x)
    at = (of_fit @ x.T @ np.diag(1 / (errors**2 + drift**2)) @ c.estimate)[0]
    z = (at - target) / sqrt(of_fit[0, 0] + drift**2)
    found = pace.probability(c, target, 2024.0, drift, 20_000, np.random.default_rng(2))
    assert found == pytest.approx((1 + erf(z / sqrt(2))) / 2, abs=SIMULATED)


def test_the_drift_of_waves_is_found_on_average():
    rng = np.random.default_rng(4)
    errors = np.full(8, 0.5)
    drawn = [pace.drift_of(course(50 + rng.normal(0, sqrt(1.5**2 + 0.25), 8), errors)) ** 2 for _ in range(2000)]
    assert np.mean(drawn) == pytest.approx(1.5**2, rel=0.06)  # truncated at 0 in few draws


def test_probabilities_are_refused_without_the_waves_that_tell_of_drift_and_beyond_their_reach():
    with pytest.raises(ValueError, match="too few occasions"):
        pace.probability(course([50, 51, 52], [1, 1, 1]), 60, 2023.0, None, 10, np.random.default_rng(0))
    with pytest.raises(ValueError, match="beyond twice"):
        pace.probability(course([50, 51], [1, 1]), 60, 2022.5, 1.0, 10, np.random.default_rng(0))
    with pytest.raises(ValueError, match="nothing of drift"):
        pace.drift_of(course([50, 51], [1, 1]))


def test_the_sample_asked_for_has_the_power_promised():
    n, se, gap = 400.0, 1.0, 4.0
    size = pace.sample_size(n, se, gap, 0.95)
    rng = np.random.default_rng(3)
    error = sqrt(se**2 + n * se**2 / size)
    seen = np.abs(rng.normal(gap, error, 100_000)) > 1.959964 * error
    assert seen.mean() == pytest.approx(pace.POWER, abs=0.01)
    assert np.isnan(pace.sample_size(n, se, 2.7, 0.95))  # 2.80 of the wave's own errors would be needed


@pytest.mark.parametrize("shared", [0.0, 0.6])
def test_a_pace_that_just_suffices_is_called_neither_enough_nor_too_little(shared):
    """The true margin is 0: yes and no together come up in one sample of twenty."""
    rng = np.random.default_rng(7)
    errors = np.array([1.0, 1.0, 1.0])
    covariance = course([0, 0, 0], errors, shared=shared).covariance
    wrong = 0
    for y in rng.multivariate_normal([50, 52, 54], covariance, 2000):
        found = pace.margin(Course(np.array([2020.0, 2021, 2022]), y, covariance, np.inf), 60.0, 2025.0)
        wrong += abs(found.estimate) > 1.96 * found.std_error
    assert wrong / 2000 <= 0.06  # growing the error by lack of fit makes it fewer than 0.05


@pytest.fixture(scope="module")
def rising(tmp_path_factory) -> Path:
    falling = {**TARGET, "estimand": "dont_know", "values": [0.2, 0.1]}
    drift = {**TARGET, "estimand": "mean", "values": [3.2, 4.9], "drift_sd": 0.1, "example": True}
    keys = {"targets": [TARGET, drift, falling]}
    return write(tmp_path_factory.mktemp("rising"), data([2.9, 3.0, 3.0]), **keys)


@pytest.fixture(scope="module")
def table(rising):
    return analysis.targets(waves(rising))


def test_the_baseline_is_the_latest_waves_estimate(rising, table):
    latest = inferences(rising)[-1]
    known = row(indicators(latest), measure="scale", estimand="score100")
    found = row(table, measure="scale", estimand="score100")
    for column in ("estimate", "std_error", "conf_low", "df", "n"):
        assert found[column] == pytest.approx(known[column], rel=RTOL)
    gap = row(table, measure="scale", estimand="target_gap", level="score100 late")
    assert gap["estimate"] == pytest.approx(99 - known["estimate"], rel=RTOL)
    assert gap["std_error"] == pytest.approx(known["std_error"], rel=RTOL)


def test_the_needed_pace_runs_from_the_middle_of_fieldwork_to_the_end_of_the_year(rising, table):
    last = in_field(survey.load(rising).spec.waves[-1])
    gap, needed = (
        row(table, measure="scale", estimand=e, level="score100 late")["estimate"]
        for e in ("target_gap", "needed_pace")
    )
    assert year_end(2030) - last == pytest.approx(8.5, abs=0.01)
    assert needed == pytest.approx(gap / (year_end(2030) - last), rel=RTOL)


def test_a_pace_that_clearly_suffices_and_one_that_does_not_are_told_apart(table):
    verdicts = {
        h: row(table, measure="scale", estimand="target_verdict", level=f"score100 {h}") for h in ("soon", "late")
    }
    assert (verdicts["soon"]["note"], verdicts["soon"]["estimate"]) == (analysis.YES, 1)
    assert (verdicts["late"]["note"], verdicts["late"]["estimate"]) == (analysis.NO, 0)
    assert verdicts["late"]["method"] == analysis.VERDICT


def test_three_waves_give_a_probability_only_where_the_drift_is_declared(table):
    undeclared = row(table, measure="scale", estimand="target_probability", level="score100 soon")
    assert undeclared["status"] == "not_estimable"
    assert undeclared["note"] == analysis.TOO_FEW_WAVES
    declared = row(table, measure="scale", estimand="target_probability", level="mean soon")
    assert declared["status"] == "not_estimable"  # 2024.99 lies beyond twice the two years observed
    assert declared["note"] == analysis.TOO_FAR


def test_a_probability_stands_in_one_cell_with_its_assumptions(tmp_path):
    target = {**TARGET, "horizon": {"soon": 2023}, "values": [50], "drift_sd": 1}
    found = analysis.targets(waves(write(tmp_path, data([2.6, 2.8, 3.0]), targets=[target])))
    p = row(found, measure="scale", estimand="target_probability", level="soon")
    assert 0 < p["estimate"] < 1
    assert p["method"] == f"{analysis.SIMULATED} (declared, 1 a wave)"


def test_values_that_fall_are_to_be_reached_from_above(table):
    """Nobody answered "don't know": the share is 0, which has no error to read a pace from."""
    gap = row(table, measure="scale", estimand="required_n", level="dont_know soon")
    assert gap["note"] == analysis.REACHED


def test_examples_are_marked_in_every_row_that_rests_on_them(table):
    of_example = table[table["level"].fillna("").str.startswith("mean ")]
    assert len(of_example)
    assert of_example["method"].str.endswith("; example").all()
    assert not table[table["level"].fillna("").str.startswith("score100 ")]["method"].str.endswith("example").any()


def test_one_wave_tells_the_distance_and_no_verdict(tmp_path):
    (inf,) = inferences(write(tmp_path, data([2.6]), targets=[TARGET]))
    found = analysis.of_wave(inf)
    assert row(found, measure="scale", estimand="needed_pace", level="late")["estimate"] > 0
    verdict = row(found, measure="scale", estimand="target_verdict", level="late")
    assert verdict["note"] == ONE_WAVE
    assert np.isnan(verdict["estimate"])
    assert "observed_pace" not in set(found["estimand"])


def test_waves_that_cannot_be_compared_give_no_pace(tmp_path):
    folder = write(tmp_path, data([2.6, 2.8, 3.0]), targets=[TARGET])
    text = (folder / "instrument.yaml").read_text()
    (folder / "instrument.yaml").write_text(text.replace("- name: i1\n", "- name: i1\n  changed: {'2022': Reworded}\n"))
    found = analysis.targets(waves(folder))
    assert row(found, measure="scale", estimand="target_verdict", level="soon")["note"] == NOT_COMPARABLE
    assert "observed_pace" not in set(found["estimand"])


def test_the_pace_is_read_back_to_the_last_break(tmp_path):
    folder = write(tmp_path, data([4.0, 2.8, 3.0]), targets=[TARGET])
    text = (folder / "instrument.yaml").read_text()
    (folder / "instrument.yaml").write_text(text.replace("- name: i1\n", "- name: i1\n  changed: {'2021': Reworded}\n"))
    assert row(analysis.targets(waves(folder)), measure="scale", estimand="observed_pace")["estimate"] > 0


def test_a_nonprobability_sample_has_no_verdict(tmp_path):
    design = {**DESIGN, "sampling": "nonprobability"}
    found = analysis.targets(waves(write(tmp_path, data([2.6, 2.8]), targets=[TARGET], design=design)))
    assert row(found, measure="scale", estimand="target_verdict", level="soon")["note"] == NO_PROBABILITY
    assert row(found, measure="scale", estimand="required_n", level="late")["status"] == "not_estimable"


def test_a_horizon_in_the_past_is_refused(tmp_path):
    past = {**TARGET, "horizon": {"gone": 2019}, "values": [50]}
    found = analysis.targets(waves(write(tmp_path, data([2.6, 2.8]), targets=[past])))
    assert row(found, measure="scale", estimand="needed_pace", level="gone")["note"] == analysis.PASSED
    assert row(found, measure="scale", estimand="target_verdict", level="gone")["status"] == "not_estimable"


def test_initiatives_have_a_baseline_and_a_sample_size_of_their_own(tmp_path):
    plan = {
        "id": "R1",
        "title": "Training",
        "dimension": "living",
        "horizon": "soon",
        "indicator": "scale",
        "target": 60,
    }
    frames = {"near": {"dimensions": {"living": ["i1"], "economy": ["i2"]}}}
    folder = write(tmp_path, data([2.6, 2.8]), {"frames": frames}, frame="near", initiatives=[plan])
    found = analysis.targets(waves(folder))
    known = row(indicators(inferences(folder)[-1]), measure="scale", estimand="score100")
    assert row(found, measure="scale", estimand="initiative_baseline", level="R1")["estimate"] == pytest.approx(
        known["estimate"]
    )
    assert row(found, measure="scale", estimand="initiative_required_n", level="R1")["estimate"] > 1


def test_a_study_without_targets_is_told_so(tmp_path):
    folder = write(tmp_path, data([2.6, 2.8]))
    with pytest.raises(NotApplicable, match="sets no targets"):
        analysis.targets(waves(folder))
    with pytest.raises(NotApplicable, match="sets no targets"):
        analysis.of_wave(inferences(folder)[0])


PLAN = {"id": "R1", "title": "Training", "dimension": "living", "horizon": "soon", "indicator": "scale"}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"targets": [{**TARGET, "values": [1]}]}, "1 values for 2 horizons"),
        ({"targets": [TARGET, TARGET]}, "a target of 'scale' again"),
        ({"targets": [{**TARGET, "measure": "scael"}]}, "Did you mean 'scale'|no measure or dimension named 'scael'"),
        ({"targets": [{**TARGET, "estimand": "median"}]}, "'median'"),
        ({"targets": [{**TARGET, "level": "3"}]}, "a level with score100"),
        ({"targets": [{**TARGET, "measure": "sex"}]}, "score100 of 'sex'"),
        ({"targets": [{**TARGET, "measure": "i1", "estimand": "proportion"}]}, "a proportion of no answer"),
        ({"targets": [{**TARGET, "measure": "i1", "estimand": "proportion", "level": "9"}]}, "no answer '9' of 'i1'"),
        ({"targets": [{**TARGET, "drift_sd": 0}]}, "more than 0"),
        ({"initiatives": [PLAN]}, "a dimension of a frame named in the key `frame`"),
        ({"frame": "near", "initiatives": [PLAN, PLAN]}, "the initiative 'R1' again"),
        ({"frame": "near", "initiatives": [{**PLAN, "dimension": "livin"}]}, "no dimension named 'livin'"),
        ({"frame": "near", "initiatives": [{**PLAN, "funds": "x"}]}, "the unknown key 'funds'"),
    ],
)
def test_what_contradicts_the_instrument_or_itself_is_refused(tmp_path, keys, message):
    frames = {"near": {"dimensions": {"living": ["i1"], "economy": ["i2"]}}}
    folder = write(tmp_path, data([2.6], n=60, blocks=6), {"frames": frames}, **keys)
    with pytest.raises(SchemaError, match=message):
        survey.load(folder)


def said(folder: Path, language: str = "en") -> str:
    """The section on targets in words, of all waves."""
    from survey.analyse import disclosure_over_waves
    from survey.report.page import page
    from survey.report.sections.targets import targets as section

    every = waves(folder)
    released = {inf.respondents.name: indicators(inf) for inf in every.inferences}
    release = disclosure_over_waves.protect(analysis.targets(every), released, every.study, every.instrument, {})
    return str(section(page(release, language)))


def test_the_report_puts_the_probability_and_its_assumptions_into_one_sentence(tmp_path):
    target = {**TARGET, "horizon": {"soon": 2023}, "values": [50], "drift_sd": 1, "example": True}
    text = said(write(tmp_path, data([2.6, 2.8, 3.0]), targets=[target]))
    assert "with sampling errors and a supposed drift of 1.0 a wave, the probability is" in text
    assert "50.0 by the end of 2023, soon (example)" in text


def test_the_report_prints_no_probability_without_the_waves_for_it(tmp_path):
    text = said(write(tmp_path, data([2.6, 2.8, 3.0]), targets=[TARGET]))
    assert "probability" not in text
    assert "(example)" not in text


def test_what_may_be_compared_is_found_once_for_the_trend_and_the_targets(tmp_path, monkeypatch):
    asked, found = [], comparability.verdicts
    monkeypatch.setattr(comparability, "verdicts", lambda *pair: asked.append(pair) or found(*pair))
    together = waves(write(tmp_path, data([4.0, 2.8, 3.0]), targets=[TARGET]))
    first = analysis.targets(together)
    trend(together)
    assert len(asked) == 3  # each wave and the one before, and the last and the first
    pd.testing.assert_frame_equal(first, analysis.targets(waves(tmp_path)))


def test_every_verdict_has_words_in_the_report():
    from survey.analyse import target_course
    from survey.report.sections.roadmap import SIZES
    from survey.report.sections.targets import VERDICTS

    notes = [
        getattr(target_course, name)
        for name in ("ONE_WAVE", "NOT_COMPARABLE", "NO_PROBABILITY", "NO_TIMES", "NO_ERROR")
    ]
    assert {*notes, analysis.YES, analysis.NO, analysis.BOTH, analysis.PASSED, analysis.NO_DATES} == set(VERDICTS)
    assert {analysis.REACHED, analysis.TOO_NOISY} == set(SIZES)

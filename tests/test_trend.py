"""Change between waves equals R's; what cannot be compared is not; what one wave hides no change gives back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reference_designs import LEVELS
from reference_designs import instrument as reference_instrument
from survey.analyse import comparability as why
from survey.analyse import disclosure_over_waves
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.respondents import InMemory
from survey.analyse.sharing import NEEDS_KEY
from survey.analyse.trend import SAME_UNITS, trend
from survey.analyse.waves import Waves
from survey.core.instrument import Indicator, Instrument
from survey.core.sampling import CalibrationSpec, DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.wave import Cleaned
from survey.core.words import Words
from survey.prepare.weight import weigh
from survey.report.page import page
from survey.report.sections.changes import changes
from survey.report.sections.trend_summary import summary
from survey.stats.course import line, out_of_control
from survey.stats.multiplicity import adjusted
from trend_study import instrument, respondents, study, wave, waves

RTOL = 1e-9  # closed forms on the same data
REFERENCE = Path(__file__).parent / "reference"
DESIGN_TESTS = json.loads((REFERENCE / "design_tests.json").read_text())
TRUTH = json.loads((REFERENCE / "trend.json").read_text())
CHANGES = [case for case in DESIGN_TESTS["cases"] if case["test"] == "change"]


def only(table: pd.DataFrame, **key: str | None) -> pd.Series:
    """The one row of a key; columns left out of it are empty."""
    columns = ["measure", "estimand", "level", "by", "by_level", "contrast", "wave"]
    wanted = {name: key.get(name) for name in columns if name in key or name not in ("contrast", "wave")}
    for name, value in wanted.items():
        table = table[table[name].isna() if value is None else table[name].eq(value).fillna(False)]
    assert len(table) == 1, (key, len(table))
    return table.iloc[0]


def cleaned(columns: dict) -> Cleaned:
    raw = pd.DataFrame(columns)
    frame = pd.DataFrame({"y": pd.to_numeric(raw["y"]), "x": pd.to_numeric(raw["x"])})
    for name, codes in LEVELS.items():
        frame[name] = pd.Categorical(raw[name], categories=list(codes), ordered=name == "item")
    for name in [*frame]:
        frame[f"{name}__missing"] = pd.Categorical([None] * len(frame), categories=["dont_know", "not_applicable"])
    empty = pd.DataFrame()
    return Cleaned(frame, raw.astype("string"), pd.RangeIndex(2, len(raw) + 2), empty, empty)


@pytest.fixture(scope="module")
def changes_of_r():
    """Overlap → the trend of R's two samples."""
    found = {}
    for overlap in ("none", "psu"):
        spec = DesignSpec(weight="w", strata=("stratum",), psus=("psu",), overlap=overlap, overlap_stated=True)
        specs = tuple(WaveSpec(name, "", Words.plain(name), spec) for name in ("first", "second"))
        of = StudySpec("s", Words.plain("s"), ("en",), "i.yaml", specs, spec)
        made = reference_instrument()
        each = [
            weigh(cleaned(DESIGN_TESTS[key]), of, w, made, [], "sample.csv").wave
            for key, w in zip(("data", "later"), specs, strict=True)
        ]
        inferences = tuple(Inference.within(of, InMemory.of(w)) for w in each)
        found[overlap] = trend(Waves(inferences, {}, of, made))
    return found


@pytest.mark.parametrize("case", CHANGES, ids=lambda c: c["id"])
def test_changes_of_two_samples_equal_rs_stacked_design(changes_of_r, case):
    table = changes_of_r[case["overlap"]]
    row = only(table, measure=case["measure"], estimand="difference", level=case["level"])
    assert (row["wave"], row["contrast"]) == ("second", "second - first")
    for name, value in case["expected"].items():
        np.testing.assert_allclose(row[name], value[0], rtol=RTOL, err_msg=name)


def test_a_family_is_an_estimand_and_a_later_wave():
    table = trend(waves({"a": respondents(1), "b": respondents(2), "c": respondents(3)}))
    moved = table[table["contrast"].notna() & table["p_value"].notna()]
    assert set(moved["contrast"]) == {"b - a", "c - b", "c - a"}
    for (_, estimand), family in moved.groupby(["wave", "estimand"]):
        expected = adjusted(family["p_value"].to_numpy(float), "holm")
        np.testing.assert_allclose(family["p_adjusted"].to_numpy(float), expected, err_msg=estimand)
        assert (family["conf_low_adjusted"] <= family["conf_low"]).all()


def test_score100_moves_as_the_mean_does():
    table = trend(waves({"a": respondents(1), "b": respondents(2, level=3.6)}))
    mean, score = (only(table, measure="trust", estimand=e) for e in ("difference", "difference_score100"))
    assert score["estimate"] == pytest.approx(25 * mean["estimate"])
    assert score["std_error"] == pytest.approx(25 * mean["std_error"])


def test_a_change_is_that_of_the_waves_own_estimates():
    table = trend(waves({"a": respondents(1), "b": respondents(2)}))
    for by, level in ((None, None), ("sex", "f"), ("age", "old")):
        own = [only(table, measure="q2", estimand="proportion", level="4", by=by, by_level=level, wave=w) for w in "ab"]
        moved = only(table, measure="q2", estimand="difference", level="4", by=by, by_level=level)
        assert moved["estimate"] == pytest.approx(own[1]["estimate"] - own[0]["estimate"])
        assert moved["std_error"] == pytest.approx(np.hypot(own[1]["std_error"], own[0]["std_error"]))
        assert moved["df"] == own[0]["df"] + own[1]["df"]


def test_persons_asked_twice_have_the_error_of_their_differences():
    first = respondents(4, n=60)
    second = first.assign(q1=np.clip(first["q1"] + np.arange(60) % 2, 1, 5))
    spec = study(["a", "b"], DesignSpec(overlap="persons", overlap_stated=True))
    table = trend(waves({"a": first, "b": second.sample(frac=1, random_state=1)}, spec=spec, elementwise=True))
    row = only(table, measure="q1", estimand="difference")
    moved = (second["q1"] - first["q1"]).to_numpy(float)
    assert row["estimate"] == pytest.approx(moved.mean())
    assert row["std_error"] == pytest.approx(moved.std(ddof=1) / np.sqrt(60))  # the paired t test
    assert row["df"] == 59


def test_persons_without_a_key_are_refused():
    spec = study(["a", "b"], DesignSpec(overlap="persons", overlap_stated=True))
    numbered = respondents(1).assign(id=lambda d: d.index.astype(str))
    with pytest.raises(NotApplicable, match="SURVEY_KEY"):
        trend(waves({"a": numbered, "b": numbered}, spec=spec))
    assert "SURVEY_KEY" in NEEDS_KEY


def test_units_named_alike_are_a_warning_unless_the_study_says_what_it_shares():
    answers = {"a": respondents(1), "b": respondents(2)}
    silent = trend(waves(answers, spec=study(["a", "b"], DesignSpec())))
    row = only(silent, measure=None, estimand="shared_units")
    assert row["estimate"] == 40
    assert row["note"] == SAME_UNITS
    assert "shared_units" not in set(trend(waves(answers))["estimand"])


def test_a_nonprobability_wave_has_changes_without_errors():
    answers, spec = {"a": respondents(1), "b": respondents(2)}, study(["a", "b"])
    both = waves(answers, spec=spec)
    drawn = tuple(
        Inference.within(spec, InMemory.of(replace(i.wave, design=replace(i.wave.design, probability=False)), ("sex",)))
        for i in both.inferences
    )
    row = only(trend(replace(both, inferences=drawn)), measure="trust", estimand="difference")
    assert np.isfinite(row["estimate"])
    assert row[["std_error", "conf_low", "df", "p_value"]].isna().all()
    assert row["method"].startswith("nonprobability sample")


def verdict(made=None, spec=None, second=None) -> tuple[pd.Series, pd.DataFrame]:
    """Whether the indicator may be compared, and the rows of the trend."""
    answers = {"a": respondents(1), "b": respondents(2) if second is None else second}
    table = trend(waves(answers, made, spec))
    return only(table, measure="trust", estimand="comparable"), table


def assert_barred(made, spec, second, measure: str, reason: str) -> None:
    _, table = verdict(made, spec, second)
    row = only(table, measure=measure, estimand="comparable")
    assert row["estimate"] == 0
    assert reason in row["note"].split("; ")
    moved = table[table["measure"].eq(measure) & table["contrast"].notna() & table["estimand"].ne("comparable")]
    moved = moved[~moved["estimand"].isin(["composition"])]
    assert moved["estimate"].isna().all()
    assert moved["status"].eq("not_estimable").all()
    assert moved["note"].str.startswith("not comparable: ").all()


def test_waves_of_one_questionnaire_are_comparable():
    row, _ = verdict()
    assert row["estimate"] == 1
    assert pd.isna(row["note"])


@pytest.mark.parametrize(
    ("changes", "measure", "reason"),
    [
        ({"changed": {"b": Words.plain("another verb")}}, "q1", why.REWORDED),
        ({"changed": {"b": Words.plain("another verb")}}, "trust", why.ITEM_REWORDED),
        ({"changed": {"b": Words.plain("another verb")}}, "agree1", why.OF_SOURCE),
        ({"recode": {"b": {"1": "1", "2": "1", "3": "3"}}}, "q1", why.MERGED),
        ({"recode": {"b": {"1": "1", "2": "1", "3": "3"}}}, "trust", why.MERGED),
    ],
)
def test_a_declared_change_of_a_question_bars_what_rests_on_it(changes, measure, reason):
    assert_barred(instrument(**changes), None, None, measure, reason)


def test_a_wording_of_the_first_wave_bars_nothing():
    row, _ = verdict(instrument(changed={"a": Words.plain("the first wording")}))
    assert row["estimate"] == 1


def test_translated_codes_are_comparable_and_said():
    _, table = verdict(instrument(recode={"b": {"5": "1", "1": "5"}}))
    row = only(table, measure="q1", estimand="comparable")
    assert (row["estimate"], row["note"]) == (1, why.RECODED)


def test_a_dropped_item_bars_its_indicator():
    assert_barred(None, None, respondents(2).drop(columns="q5"), "trust", why.OTHER_ITEMS)


def test_another_mode_bars_everything():
    spec = study(["a", "b"])
    modes = tuple(replace(w, mode=m) for w, m in zip(spec.waves, ("face_to_face", "web"), strict=True))
    assert_barred(None, replace(spec, waves=modes), None, "q2", why.OTHER_MODE)


def test_another_kind_of_sample_bars_everything():
    spec = study(["a", "b"])
    online = replace(spec.waves[1], design=DesignSpec(sampling="nonprobability"))
    assert_barred(None, replace(spec, waves=(spec.waves[0], online)), None, "q2", why.OTHER_SAMPLE)


def test_a_scale_turned_around_is_caught():
    turned = respondents(2).assign(q3=lambda d: 6 - d["q3"])
    assert_barred(None, None, turned, "q3", why.TURNED)
    assert_barred(None, None, turned, "trust", why.ITEM_TURNED)


def test_an_indicator_of_which_one_question_became_easier_is_barred():
    easier = respondents(2, n=900).assign(q4=lambda d: np.minimum(d["q4"] + 1, 5))
    table = trend(waves({"a": respondents(1, n=900), "b": easier}))
    assert only(table, measure="trust", estimand="comparable")["note"] == why.INVARIANCE
    assert only(table, measure="q4", estimand="comparable")["estimate"] == 1


def test_three_waves_have_a_line_and_its_lack_of_fit():
    answers = {name: respondents(k, level=3 + 0.2 * k, n=600) for k, name in enumerate("abc")}
    table = trend(waves(answers))
    slope = only(table, measure="trust", estimand="linear_trend")
    points = [only(table, measure="trust", estimand="mean", wave=name) for name in "abc"]
    y, v = (np.array([p[c] for p in points], float) for c in ("estimate", "std_error"))
    found = line(np.arange(3.0), y, np.diag(v**2))
    assert (slope["wave"], slope["unit"]) == ("trend", "scale points a wave")
    assert slope["estimate"] == pytest.approx(found.slope)
    assert slope["p_adjusted"] < 0.001
    assert only(table, measure="trust", estimand="lack_of_fit")["statistic"] == pytest.approx(found.q)


def test_a_line_with_known_variances_equals_r():
    case = TRUTH["line"]
    found = line(np.array(case["time"]), np.array(case["estimate"]), np.diag(case["variance"]))
    for got, name in ((found.slope, "slope"), (found.std_error, "std_error"), (found.q, "q"), (found.p_value, "p")):
        assert got == pytest.approx(case[name], rel=RTOL)


def test_shared_units_enter_the_line():
    answers = {name: respondents(k) for k, name in enumerate("abc")}
    shared = study(list("abc"), DesignSpec(overlap="psu", overlap_stated=True))
    table = trend(waves(answers, spec=shared))
    slope = only(table, measure="trust", estimand="linear_trend")
    ends = only(table, measure="trust", estimand="difference", contrast="c - a")
    apart = only(trend(waves(answers)), measure="trust", estimand="linear_trend")
    assert slope["std_error"] != pytest.approx(apart["std_error"])
    assert slope["std_error"] <= ends["std_error"] / 2 * (1 + 1e-9)  # the line fits best of all linear estimates


def test_a_line_is_not_drawn_through_waves_that_cannot_be_compared():
    answers = {name: respondents(k) for k, name in enumerate("abc")}
    table = trend(waves(answers, instrument(changed={"c": Words.plain("x")})))
    assert only(table, measure="trust", estimand="linear_trend")["note"].startswith("not comparable")


def test_flags_wait_for_eight_waves():
    few = trend(waves({name: respondents(k, n=120) for k, name in enumerate("ab")}))
    assert "control_flag" not in set(few["estimand"])
    assert set(only(few, measure="trust", estimand="change_flag")[["estimate"]]) == {0.0}
    many = {name: respondents(k, n=120, level=3 if k < 7 else 4.5) for k, name in enumerate("abcdefgh")}
    row = only(trend(waves(many)), measure="trust", estimand="control_flag")
    assert (row["wave"], row["estimate"]) == ("h", 1.0)


def test_a_large_change_is_flagged():
    table = trend(waves({"a": respondents(1), "b": respondents(2, level=4.0)}))
    assert only(table, measure="trust", estimand="change_flag")["estimate"] == 1


def test_flags_of_two_waves_are_two_families_everyone_and_groups():
    table = trend(waves({"a": respondents(1), "b": respondents(2), "c": respondents(3, level=3.4)}, of_two()))
    flags = table[table["estimand"].eq("change_flag")]
    moved = table[
        table["estimand"].eq("difference") & table["level"].isna() & table["measure"].isin(["trust", "first"])
    ]
    key = ["measure", "by", "by_level", "contrast"]
    both = flags.merge(moved, on=key, suffixes=("", "_of_change"))
    assert len(both) == len(flags) == 2 * 3 * 6  # two indicators, three pairs of waves, everyone and five groups
    for (pair, everyone), family in both.groupby(["contrast", both["by"].isna()]):
        expected = adjusted(family["p_value_of_change"].to_numpy(float), "holm")
        np.testing.assert_allclose(family["p_adjusted"].to_numpy(float), expected, err_msg=f"{pair} {everyone}")
    assert (both["estimate"].eq(1) == both["p_adjusted"].lt(0.05)).all()
    assert both["p_adjusted"].le(both["p_adjusted_of_change"]).all()


def of_two() -> Instrument:
    """The questionnaire with a second indicator."""
    made = instrument()
    return replace(made, indicators=(*made.indicators, Indicator("first", Words.plain("first"), ("q1", "q2"), 1)))


def test_the_report_announces_what_is_flagged_in_everyone_and_names_the_groups():
    made = waves({"a": respondents(1), "b": respondents(2, level=3.5)})
    table = trend(made)
    flags = table[table["estimand"].eq("change_flag")].set_index(["by", "by_level"])["estimate"]
    assert 0 < flags.sum() < len(flags)
    release = disclosure_over_waves.protect(table, dict.fromkeys("ab", table.iloc[:0]), made.study, made.instrument, {})
    of_trust = changes(page(release, "en")).blocks[-1]
    said = [s.text for s in of_trust.blocks[0].sentences]
    assert said[0].startswith("a to b: rose by 0.")
    assert said[1].startswith("a to b, each group by itself: rose among ")
    for (by, level), flag in flags.items():
        if not pd.isna(by):
            assert (f"{level} ({by}, " in said[1]) == (flag == 1)


def first_page(level: float, **planted: object) -> list[str]:
    """Sentences of the summary over two waves, the second at `level`, the first at 3."""
    made = waves({"a": respondents(1, level=3.0), "b": respondents(2, level=level)}, **planted)
    table = trend(made)
    release = disclosure_over_waves.protect(table, dict.fromkeys("ab", table.iloc[:0]), made.study, made.instrument, {})
    return [s.text for s in summary(page(release, "en")).blocks[0].sentences]


@pytest.mark.parametrize(("level", "word"), [(4.0, "risen"), (2.0, "fallen")])
def test_the_summary_says_which_way_a_certain_change_went(level, word):
    said = first_page(level)
    assert said[0].startswith(f"a to b, certainly {word}, in points of the scale: trust ")
    assert not any("not enough evidence" in s for s in said)


def test_the_summary_claims_no_change_where_none_was_planted():
    said = first_page(3.0)
    assert said[:2] == ["a to b: no indicator certainly changed.", "a to b, not enough evidence of a change: trust."]
    assert not any("risen" in s or "fallen" in s for s in said)


def test_the_summary_sets_waves_apart_that_cannot_be_compared():
    spec = study(["a", "b"])
    asked = (replace(spec.waves[0], mode="face_to_face"), replace(spec.waves[1], mode="web"))
    said = first_page(4.0, spec=replace(spec, waves=asked))
    assert "a and b cannot be compared on trust; why is said below." in said
    assert not any("risen" in s for s in said)


def test_control_limits_rest_on_the_values_before():
    # Mean 10, mean moving range 1, so that limits are 10 ± 3 × 1 / 1.1284: printed in Montgomery's tables as 2.66.
    assert out_of_control(np.array([10, 11, 10, 9, 10, 12.5])).tolist() == [False] * 6
    assert out_of_control(np.array([10, 11, 10, 9, 10, 12.7])).tolist() == [False] * 5 + [True]


def test_weights_that_fix_a_value_leave_no_test():
    spec = DesignSpec(calibrate=CalibrationSpec((("sex",),)), overlap_stated=True)
    table = trend(waves({"a": respondents(1), "b": respondents(2)}, spec=study(["a", "b"], spec)))
    fixed = table[table["estimand"].eq("composition") & table["level"].eq("sex")]
    assert fixed["note"].eq("composition is fixed by the weights").all()
    assert len(fixed) == 1


def test_a_wave_holds_no_change_of_a_group_by_itself():
    table = trend(waves({"a": respondents(1), "b": respondents(2)}))
    assert not (table["by"] == table["measure"]).fillna(False).any()


def test_rows_are_the_same_in_two_runs():
    made = waves({"a": respondents(1), "b": respondents(2)})
    pd.testing.assert_frame_equal(trend(made), trend(made))


def test_the_wave_of_a_study_has_its_places(tmp_path):
    made = wave("a", instrument(), respondents(1))
    assert made.design.places is not None
    assert len(np.unique(made.design.places.unit)) == 40

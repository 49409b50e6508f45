"""Invariance of indicators over groups and waves: what is said of groups that are alike, spoilt, or too small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import measurement
from measurement import LOADINGS
from measurement_study import frame, inference, value, write
from survey.analyse.catalogue import ANALYSES
from survey.analyse.disclosure import protect
from survey.analyse.inference import NotApplicable
from survey.analyse.invariance import SHARED_UNITS, across, invariance
from survey.core import estimates
from survey.report.blocks import Bullets, Section
from survey.report.page import page
from survey.report.sections.invariance import invariance as section
from survey.stats.invariance import LIMITS
from survey.stats.invariance import invariance as ladder
from survey.stats.patterns import by_group

SEX = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "Man", 2: "Woman"}}
MODE = {"name": "mode", "type": "nominal", "role": "mode", "text": "Mode", "codes": {1: "Visit", 2: "Web"}}
STEPS = ["configural", "metric", "scalar", "strict"]
SECONDS = 20
ITEMS = ("i1", "i2", "i3", "i4", "i5")


def answers(n: int = 400, seed: int = 1, **second: Any) -> np.ndarray:
    """Answers 1 … 5 of two groups of n."""
    rng = np.random.default_rng(seed)
    loadings = second.pop("loadings", LOADINGS)
    groups = measurement.answers(rng, n, LOADINGS), measurement.answers(rng, n, loadings, **second)
    return (np.vstack(groups) + 1).astype(int)


def found(folder: Path, items: np.ndarray, sex: np.ndarray | None = None) -> pd.DataFrame:
    half = np.repeat([1, 2], len(items) // 2) if sex is None else sex
    made = invariance(inference(write(folder, frame(items, sex=half), questions=[SEX], groups=["sex"])))
    return estimates.check(made)


def level(table: pd.DataFrame, by: str = "sex") -> pd.Series:
    rows = table[table["estimand"].eq("invariance_level") & table["by"].eq(by)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_rows_are_the_kernels_figures(tmp_path: Path) -> None:
    items = answers(harder=0.2)
    table = found(tmp_path, items)
    want = ladder(by_group(items.astype(float), np.repeat([0, 1], 400), 2), np.ones((5, 1), dtype=bool))
    for step in want.steps:
        fit = step.model.fit
        chi2 = value(table, "chi2", step.name, by="sex")
        assert (chi2.statistic, chi2.df, chi2.n) == (fit.chi2.statistic, fit.chi2.df, 800)
        rmsea = value(table, "rmsea", step.name, by="sex")
        assert (rmsea.estimate, rmsea.conf_low, rmsea.conf_high) == (fit.rmsea, fit.rmsea_low, fit.rmsea_high)
        assert rmsea.conf_level == 0.90
        assert value(table, "cfi", step.name, by="sex").estimate == fit.cfi
        if step.name != "configural":
            assert value(table, "delta_cfi", step.name, by="sex").estimate == step.delta_cfi
            assert value(table, "delta_rmsea", step.name, by="sex").estimate == step.delta_rmsea
    assert list(table.loc[table["estimand"].eq("cfi"), "level"]) == STEPS


def test_groups_that_differ_only_in_their_mean_may_be_compared(tmp_path: Path) -> None:
    row = level(found(tmp_path, answers(mean=0.6)))
    assert (row.level, row.estimate, row.note) == ("strict", 4, "means may be compared")


def test_a_harder_item_leaves_associations_only(tmp_path: Path) -> None:
    row = level(found(tmp_path, answers(harder=0.7)))
    assert (row.level, row.note) == ("metric", "associations may be compared, means may not")


def test_an_item_that_means_nothing_to_a_group_leaves_nothing(tmp_path: Path) -> None:
    loadings = np.where(np.arange(5) == 0, 0.1, LOADINGS)
    row = level(found(tmp_path, answers(500, loadings=loadings)))
    assert (row.level, row.note) == ("configural", "nothing may be compared")


def test_two_scales_in_one_leave_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    halves = [measurement.answers(rng, 800, LOADINGS[:3]) for _ in range(2)]
    row = level(found(tmp_path, (np.hstack(halves) + 1).astype(int)))
    assert pd.isna(row.level)
    assert (row.estimate, row.note) == (0, "nothing may be compared")


def test_small_groups_are_left_out_and_shown(tmp_path: Path) -> None:
    sex = np.repeat([1, 2], [601, 199])
    table = found(tmp_path, answers(), sex)
    assert level(table).status == "not_estimable"
    assert level(table).note == "not tested: fewer than two groups with 200 complete cases or more"
    assert level(table).n == 800
    small = value(table, "tested", by="sex", by_level="2")
    assert (small.estimate, small.n, small.note) == (0, 199, "fewer than 200 complete cases: left out")
    assert value(table, "tested", by="sex", by_level="1").estimate == 1
    assert not table["estimand"].isin(["cfi", "chi2"]).any()


def test_an_answer_that_a_group_never_gave_is_merged_in_both_and_said(tmp_path: Path) -> None:
    items = answers()
    items[400:, 2] = np.minimum(items[400:, 2], 4)
    table = found(tmp_path, items)
    row = value(table, "levels_left", "i3", by="sex")
    assert row.estimate == 4
    assert "put together in all groups alike" in row.note
    assert table["estimand"].eq("levels_left").sum() == 1


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (answers()[:, :2], "fewer than three items"),
        ((measurement.answers(np.random.default_rng(1), 800, np.zeros(5)) + 1).astype(int), "the items are hardly related"),
        (np.where(np.arange(5) == 1, 3, answers()), "an item is left with one answer that all groups gave"),
        (answers()[:, [0, 0, 1, 2, 3]], "the model has no solution"),
    ],
    ids=["two items", "unrelated items", "a constant item", "one item twice"],
)  # fmt: skip
def test_what_cannot_be_tested_says_why(tmp_path: Path, items: np.ndarray, reason: str) -> None:
    row = level(found(tmp_path, items))
    assert (row.status, row.note) == ("not_estimable", f"not tested: {reason}")
    assert np.isnan(row.estimate)


def test_the_mode_of_the_interview_is_a_grouping_without_being_asked_for(tmp_path: Path) -> None:
    data = frame(answers(), mode=np.tile([1, 2], 400))
    row = level(invariance(inference(write(tmp_path, data, questions=[MODE]))), "mode")
    assert row.note == "means may be compared"


def test_a_study_without_groups_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable, match=r"The study compares no groups\."):
        invariance(inference(write(tmp_path, frame(answers()))))


def test_items_are_turned_before_they_are_judged(tmp_path: Path) -> None:
    items = answers()
    turned = items.copy()
    turned[:, 3] = 6 - turned[:, 3]
    study = {"questions": [SEX], "groups": ["sex"]}
    sex = np.repeat([1, 2], 400)
    plain = invariance(inference(write(tmp_path / "a", frame(items, sex=sex), **study)))
    reverse = invariance(inference(write(tmp_path / "b", frame(turned, sex=sex), reverse=["i4"], **study)))
    pd.testing.assert_frame_equal(plain, reverse)


def test_waves_that_share_sampling_units_carry_a_warning() -> None:
    first, second = np.split(answers(mean=0.3).astype(float), 2)
    apart = across("scale", ITEMS, {"2023": first, "2025": second}, "none")
    shared = across("scale", ITEMS, {"2023": first, "2025": second}, "psu")
    for row, other in zip(apart, shared, strict=True):
        assert row["by"] == "wave"
        if row["estimand"] == "chi2":
            assert other["note"] == SHARED_UNITS
            assert np.isnan(other["p_value"])
            assert row["p_value"] >= 0
        else:
            assert row == other
    assert [row["by_level"] for row in shared if row["estimand"] == "tested"] == ["2023", "2025"]
    held = next(row for row in shared if row["estimand"] == "invariance_level")
    assert held["note"] == "means may be compared"


def test_the_rule_in_force_is_the_one_that_is_printed(tmp_path: Path) -> None:
    method = level(found(tmp_path, answers())).method
    assert f"CFI falls by {-LIMITS.delta_cfi:.3f} and RMSEA rises by {LIMITS.delta_rmsea:.3f}" in method
    assert f"below {LIMITS.cfi:.2f}" in method
    assert LIMITS.signs == 2
    assert LIMITS.group == 200


def sentences(folder: Path, items: np.ndarray, sex: np.ndarray, language: str = "en") -> list[str]:
    """What the report says of one scale by sex."""
    inf = inference(write(folder, frame(items, sex=sex), questions=[SEX], groups=["sex"], languages=[language]))
    table = estimates.concat([ANALYSES["invariance"].run(inf), ANALYSES["dif"].run(inf)])
    made = section(page(protect(table, inf.study, inf.study.waves[0], inf.instrument, {}), language))
    assert isinstance(made, Section)
    return [s.text for block in made.blocks if isinstance(block, Bullets) for s in block.sentences]


def test_the_report_says_what_may_be_compared_and_which_question_stands_out(tmp_path: Path) -> None:
    said = sentences(tmp_path, answers(harder=0.9), np.repeat([1, 2], 400))
    assert len(said) == 1
    assert said[0].startswith("Scale by Sex: associations only")
    assert said[0].endswith("answered differently by people who judge alike: “i2”.")


def test_the_report_says_why_nothing_was_tested(tmp_path: Path) -> None:
    said = sentences(tmp_path, answers(), np.repeat([1, 2], [700, 100]))
    assert said == ["Scale: not tested – fewer than two groups of 200 people answered every question."]


def test_the_reasons_of_the_analysis_are_known_to_the_report() -> None:
    from survey.analyse import grouped_answers, invariance
    from survey.report.sections.invariance import REASONS, WORDS

    own = {invariance.FEW_GROUPS, invariance.ONE_LEVEL, invariance.UNRELATED, invariance.NO_OPTIMUM}
    items = {f"not tested: {reason}" for reason in (grouped_answers.FEW_ITEMS, grouped_answers.NUMBERS)}
    assert set(REASONS) == own | items
    assert set(WORDS) == {step or "" for step in invariance.COMPARABLE}

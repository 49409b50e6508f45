"""Headlines under every reasonable analysis: what flips is found and named, what is solid is not accused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from measurement_study import DONT_KNOW, frame, inference, value, write
from survey.analyse.compare import compare
from survey.analyse.describe import describe
from survey.analyse.headlines import NOT_TRIED
from survey.analyse.indicators import indicators
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.robustness import NOTHING_TO_TRY, robustness
from survey.analyse.specifications import Specification, specifications
from survey.stats.centres import centres
from survey.stats.leave_out import recalibrated_without
from survey.stats.pooling import pool
from survey.stats.products import Grouping
from survey.stats.sampling import sampling
from survey.stats.sides import Measured
from survey.stats.statements import Statement
from survey.stats.verdicts import agreement, value_verdict

RTOL = 1e-10  # the same formula by another way of summing
N = 800
AREAS = ("north", "east", "south", "west")
SEX = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "m", 2: "f"}}
AREA = {"name": "area", "type": "nominal", "role": "geography", "text": "Area", "codes": {a: a for a in AREAS}}


def items(shift: np.ndarray, seed: int = 1) -> np.ndarray:
    """Answers 1 to 5 around 3 plus a shift a person."""
    rng = np.random.default_rng(seed)
    noise = 0.8 * rng.normal(size=(N, 1)) + 0.6 * rng.normal(size=(N, 5))
    return np.clip(np.round(3 + shift[:, None] + noise), 1, 5).astype(int)


def people() -> dict[str, np.ndarray]:
    return {"sex": np.arange(N) % 2 + 1, "area": np.array(AREAS)[np.arange(N) // 200], "block": np.arange(N) // 10}


def studied(folder: Path, answers: np.ndarray, design: dict[str, Any] | None = None, **more: Any) -> Inference:
    columns = people() | {k: v for k, v in more.items() if isinstance(v, np.ndarray)}
    study = {k: v for k, v in more.items() if not isinstance(v, np.ndarray)}
    declared = {"stratum": "area", "psu": "block"} if design is None else design
    spec = {"groups": ["sex", "area"], "design": declared} | study
    return inference(write(folder, frame(answers, **columns), questions=[SEX, AREA], **spec))


def agreed(
    table: pd.DataFrame, estimand: str = "agreement_verdict", measure: str = "scale", by: str | None = None
) -> Any:
    rows = table[table["estimand"].eq(estimand) & table["measure"].eq(measure)]
    rows = rows[rows["by"].isna() if by is None else rows["by"].eq(by).fillna(False)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_gap_that_one_area_carries_is_found_and_named(tmp_path: Path) -> None:
    who = people()
    shift = np.where((who["sex"] == 2) & (who["area"] == "south"), 1.5, 0.0)
    table = robustness(studied(tmp_path, items(shift)))
    row = agreed(table, by="sex")
    assert "without_area_south" in row.note.split(", ")
    assert not {"without_area_north", "without_area_east", "classical"} & set(row.note.split(", "))
    rows = table[table["by"].eq("sex").fillna(False) & table["estimand"].eq("difference")].set_index("level")
    assert rows.loc["study", "note"] == "announced"
    assert rows.loc["without_area_south", "note"] == "not announced"
    others = len(rows) - 1
    assert row.estimate == pytest.approx(1 - len(row.note.split(", ")) / others)


def test_a_solid_headline_agrees_everywhere(tmp_path: Path) -> None:
    answers = items(np.where(people()["sex"] == 2, 1.4, 0.5)).astype(object)
    answers[np.random.default_rng(2).random((N, 5)) < 0.05] = DONT_KNOW
    table = robustness(studied(tmp_path, answers))
    for by in (None, "sex"):
        for estimand in ("agreement_sign", "agreement_verdict"):
            row = agreed(table, estimand, by=by)
            assert row.estimate == 1
            assert pd.isna(row.note)
            assert row.n == value(table, "difference", "study").n if by is None else True
    levels = set(table["level"].dropna())
    assert {
        "study",
        "median",
        "classical",
        "imputed",
        "dont_know_midpoint",
        "min_valid_all",
        "without_area_north",
    } <= levels


def test_a_verdict_that_hangs_on_the_weights_is_named(tmp_path: Path) -> None:
    who = people()
    weight = np.where(who["sex"] == 1, 9.0, 1.0)
    answers = items(np.where(who["sex"] == 1, -0.4, 1.0))
    table = robustness(studied(tmp_path, answers, {"weight": "w", "stratum": "area", "psu": "block"}, w=weight))
    assert value(table, "difference", "study").note == "below the middle"
    assert value(table, "difference", "unweighted").note == "above the middle"
    assert "unweighted" in agreed(table, "agreement_sign").note.split(", ")
    assert "unweighted" in agreed(table).note.split(", ")


def test_a_headline_that_rests_on_who_answers_everything_is_named(tmp_path: Path) -> None:
    shift = np.where(np.arange(N) % 4 == 0, 1.2, -0.6)
    answers = items(shift).astype(object)
    low = np.arange(N) % 4 != 0
    answers[low, np.random.default_rng(3).integers(0, 5, N)[low]] = DONT_KNOW
    table = robustness(studied(tmp_path, answers))
    assert value(table, "difference", "study").note == "below the middle"
    assert value(table, "difference", "min_valid_all").note == "above the middle"
    assert "min_valid_all" in agreed(table).note.split(", ")
    assert "imputed" not in agreed(table).note.split(", ")


def test_the_study_s_own_row_is_the_figure_of_the_report(tmp_path: Path) -> None:
    inf = studied(tmp_path, items(np.zeros(N)))
    row, mean = value(robustness(inf), "difference", "study"), value(indicators(inf), "mean")
    for column, shift in (("estimate", 3.0), ("conf_low", 3.0), ("conf_high", 3.0), ("std_error", 0.0), ("df", 0.0)):
        np.testing.assert_allclose(row[column] + shift, mean[column], rtol=RTOL)


def test_the_study_s_own_verdict_is_that_of_the_comparison(tmp_path: Path) -> None:
    inf = studied(tmp_path, items(np.where(people()["sex"] == 2, 0.25, 0.0)))
    compared = compare(inf)
    whole = compared[compared["estimand"].eq("design_ws")].set_index("by")["p_adjusted"]
    study = robustness(inf)
    study = study[study["level"].eq("study").fillna(False) & study["contrast"].notna()]
    pairs = compared[compared["estimand"].eq("difference")]
    both = study.merge(pairs, on=["measure", "by", "contrast"], suffixes=("", "_compared"))
    assert len(both) == len(study) == 2
    np.testing.assert_allclose(both["estimate"], both["estimate_compared"], rtol=RTOL)
    np.testing.assert_allclose(both["p_adjusted"], both["p_adjusted_compared"], rtol=1e-8)
    announced = both["p_adjusted_compared"].lt(0.05).to_numpy() & whole.loc[both["by"]].lt(0.05).to_numpy()
    assert (both["note"].eq("announced").to_numpy() == announced).all()


def test_without_a_probability_sample_there_are_signs_only(tmp_path: Path) -> None:
    who = people()
    answers = items(np.where(who["sex"] == 2, 1.0, 0.0))
    inf = studied(tmp_path, answers, {"sampling": "nonprobability"}, claims=[_claim()])
    table = robustness(inf)
    assert not table["estimand"].eq("agreement_verdict").any()
    assert table["estimand"].eq("agreement_sign").any()
    assert table[["std_error", "conf_low", "df", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert not table["note"].isin(["announced", "not announced", "undecided", "supported"]).any()


def test_a_small_area_cannot_be_had_by_leaving_it_or_its_cover_out(tmp_path: Path) -> None:
    who = people()
    area = who["area"].copy()
    area[(area == "west") & (np.arange(N) >= 607)] = "north"  # 7 people are left in the west
    area[(area == "east") & (np.arange(N) >= 300)] = "south"  # the east is the next smallest, and covers for it
    inf = studied(tmp_path, items(np.zeros(N)), {"psu": "block"}, area=area)
    left_out = {s.without.key for s in specifications(inf, False) if s.without}
    assert left_out == {"north", "south"}


def _claim(**more: Any) -> dict[str, Any]:
    return {"id": "C1", "text": "Low", "source": "x", "measure": "scale", "estimand": "mean"} | (
        {"direction": "below", "value": 3} | more
    )


@pytest.mark.parametrize(
    ("shift", "claim", "verdict"),
    [
        (-0.6, {}, "supported"),
        (0.6, {}, "contradicted"),
        (-0.6, {"direction": "above"}, "contradicted"),
        (0.0, {"direction": None, "equivalence": 0.3}, "supported"),
        (1.0, {"direction": None, "equivalence": 0.3}, "contradicted"),
        (0.0, {"measure": None, "measures": ["i1", "i2", "i3"]}, "undecided"),
        (-0.6, {"measure": None, "measures": ["i1", "scale"]}, "supported"),
        (-0.6, {"estimand": "score100", "value": 50}, "supported"),
    ],
)
def test_claims_are_judged_under_every_specification(
    tmp_path: Path, shift: float, claim: dict[str, Any], verdict: str
) -> None:
    given = {k: v for k, v in _claim(**claim).items() if v is not None}
    table = robustness(studied(tmp_path, items(np.full(N, shift)), claims=[given]))
    assert value(table, "difference", "study", measure="C1").note == verdict
    assert agreed(table, measure="C1").n == N


def test_a_claim_that_cannot_be_tried_says_so(tmp_path: Path) -> None:
    table = robustness(studied(tmp_path, items(np.zeros(N)), claims=[_claim(estimand="top2", value=0.4)]))
    row = agreed(table, measure="C1")
    assert row.status == "not_estimable"
    assert row.note == NOT_TRIED


def test_no_indicator_and_no_claim_leave_nothing_to_try(tmp_path: Path) -> None:
    folder = write(tmp_path, frame(items(np.zeros(N))))
    text = (folder / "instrument.yaml").read_text()
    (folder / "instrument.yaml").write_text(text[: text.index("indicators:")])
    with pytest.raises(NotApplicable) as reason:
        robustness(inference(folder))
    assert str(reason.value) == NOTHING_TO_TRY


def test_a_specification_is_named_by_what_it_does_otherwise() -> None:
    assert Specification().key == "study"
    assert (
        Specification("unweighted", "midpoint", "all", "median").key
        == "unweighted+dont_know_midpoint+min_valid_all+median"
    )


def test_weights_without_a_part_meet_the_margins_that_are_left() -> None:
    rng = np.random.default_rng(1)
    area, age = rng.integers(0, 4, 400), rng.integers(0, 3, 400)
    weight, base, kept = rng.uniform(1, 3, 400), rng.uniform(1, 3, 400), area != 2
    found = recalibrated_without(weight, base, [area, age], kept)
    assert (found[~kept] == 0).all()
    np.testing.assert_allclose(found.sum(), weight[kept].sum(), rtol=1e-9)
    ages = np.bincount(age, weight) / weight.sum()
    np.testing.assert_allclose(np.bincount(age, found) / found.sum(), ages, rtol=1e-9)
    areas = np.bincount(area, np.where(kept, weight, 0)) / weight[kept].sum()
    np.testing.assert_allclose(np.bincount(area, found) / found.sum(), areas, rtol=1e-9, atol=1e-12)


def test_margins_that_cannot_be_met_leave_the_weights_alone() -> None:
    margin, other = np.array([0, 0, 1, 1, 0, 1]), np.array([0, 0, 1, 1, 1, 0])
    weight, kept = np.array([1.0, 1, 1, 1, 5, 1]), np.array([1, 1, 1, 1, 0, 0], dtype=bool)
    found = recalibrated_without(weight, np.ones(6), [margin, other], kept)
    np.testing.assert_array_equal(found, np.where(kept, weight, 0))


def test_a_median_has_the_error_of_its_woodruff_interval(tmp_path: Path) -> None:
    age = np.random.default_rng(4).integers(18, 80, N)
    question = {"name": "age", "type": "integer", "text": "Age"}
    folder = write(tmp_path, frame(items(np.zeros(N)), age=age, **people()), questions=[SEX, question], groups=["sex"],
                   design={"psu": "block"})  # fmt: skip
    inf = inference(folder)
    table = describe(inf)
    for grouping, domains in zip(inf.groupings, ([{}], [{"by": "sex", "by_level": s} for s in "12"]), strict=True):
        found = centres(age.astype(float), grouping, inf.sampling, "median").means
        for at, domain in enumerate(domains):
            row = value(table, "median", measure="age", **domain)
            assert found.mean[at] == row.estimate
            np.testing.assert_allclose(np.sqrt(found.covariance[at, at]), row.std_error, rtol=RTOL)


@pytest.mark.parametrize("rule", ["school", "math"])
def test_medians_follow_the_study_s_rule_for_quantiles(tmp_path: Path, rule: str) -> None:
    half = np.repeat([2, 4], N // 2)[:, None].repeat(5, axis=1)  # half of them at 2, half at 4: the rules differ
    study = {"quantile_rule": rule, "claims": [_claim(measure="i1")]}
    inf = studied(tmp_path, half, {}, **study)
    shown = value(describe(inf), "median", measure="i1")
    tried = value(robustness(inf), "difference", "median", measure="C1")
    assert (shown.estimate, tried.estimate + 3) == ({"school": 3, "math": 2}[rule],) * 2
    assert tried.std_error == pytest.approx(shown.std_error, rel=RTOL)


def test_gaps_over_completed_data_sets_are_pooled_by_rubin() -> None:
    rng = np.random.default_rng(6)
    n, m = 240, 20
    stages = [(np.zeros(n, dtype=np.intp), np.arange(n) // 6, np.full(n, np.inf))]
    s, grouping = sampling(rng.uniform(1, 2, n), stages), Grouping(np.arange(n) % 3, 3)
    y = rng.normal(size=(n, 1)) + np.where(rng.random((n, 1)) < 0.3, rng.normal(size=(n, m)), 0)
    found = centres(y, grouping, s).pairs()
    each = [centres(column, grouping, s).pairs() for column in y.T]
    want = pool(np.array([p.difference for p in each]), np.array([p.std_error**2 for p in each]), each[0].df)
    np.testing.assert_allclose(found.difference, want.estimate, rtol=RTOL)
    np.testing.assert_allclose(found.std_error**2, want.variance, rtol=RTOL)
    np.testing.assert_allclose(found.df, want.df, rtol=RTOL)


def test_verdicts_on_a_value_and_on_a_side() -> None:
    assert value_verdict((0.71, 0.79), (0.70, 0.80), 0.75, 0.05) == "supported"
    assert value_verdict((0.82, 0.88), (0.81, 0.89), 0.75, 0.05) == "contradicted"
    assert value_verdict((0.76, 0.84), (0.75, 0.85), 0.75, 0.05) == "undecided"
    low = Statement(3, alpha=0.05, direction="below")
    for means, said in (((2.7, 2.8), "supported"), ((2.0, 2.95), "undecided"), ((2.0, 3.4), "contradicted")):
        assert low.of_all([Measured(*np.array([[m], [0.1], [50.0], [400.0]])) for m in means]).words[0] == said


def test_agreement_counts_the_others_and_names_those_that_differ() -> None:
    found = agreement(["a", "a", "b", "a", "a"])
    assert found.share == 0.75
    assert found.differing == (2,)
    assert np.isnan(agreement(["a"]).share)

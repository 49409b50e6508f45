"""What items measure, as rows: how many things, how well one explains them, and when one score is fair.

R's figures are in test_nested.py, test_cfa.py, test_polychoric.py, test_dimensionality.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import survey
from measurement_study import DONT_KNOW, answers, frame, inference, value, write
from survey.analyse import disclosure, running
from survey.analyse.factor import factor
from survey.analyse.inference import Inference
from survey.core import estimates
from survey.stats.patterns import patterns
from survey.stats.polychoric import polychoric

RTOL = 1e-9  # the same sums in another order
FACETS = {"first": ["i1", "i2", "i3"], "second": ["i4", "i5", "i6"]}
SEX = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "one", 2: "two"}}


def two_things(n: int = 800, correlation: float = 0.4, seed: int = 5, k: int = 6) -> np.ndarray:
    """Answers 1 … 5 to k items, the first half of one factor, the second of another."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], n)
    latent = 0.75 * np.repeat(factors, k // 2, axis=1) + np.sqrt(1 - 0.75**2) * rng.normal(size=(n, k))
    return np.clip(np.round(3 + latent), 1, 5).astype(int)


def changed(folder: Path, indicators: Mapping[str, object]) -> Path:
    """The study with other indicators."""
    path = folder / "instrument.yaml"
    told = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(told | {"indicators": dict(indicators)}, sort_keys=False))
    return folder


def with_facets(folder: Path, facets: Mapping[str, Sequence[str]] = FACETS) -> Path:
    items = [item for members in facets.values() for item in members]
    return changed(folder, {"scale": {"en": "Scale", "items": items, "facets": dict(facets)}})


def pair(table: pd.DataFrame, estimand: str, contrast: str, measure: str | None = "scale") -> pd.Series:
    rows = table[table["estimand"].eq(estimand) & table["contrast"].eq(contrast)]
    rows = rows[rows["measure"].isna() if measure is None else rows["measure"].eq(measure).fillna(False)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_rows_keep_the_contract(tmp_path: Path) -> None:
    estimates.check(factor(inference(with_facets(write(tmp_path, frame(two_things()))))))


def test_items_of_one_thing_are_one_thing(tmp_path: Path) -> None:
    found = factor(inference(write(tmp_path, frame(answers(loading=0.7)))))
    assert value(found, "factors_suggested").estimate == 1
    assert value(found, "cfi", "one_factor").estimate > 0.98
    rmsea = value(found, "rmsea", "one_factor")
    assert rmsea.conf_low <= rmsea.estimate <= rmsea.conf_high
    assert rmsea.conf_level == 0.9
    assert value(found, "kmo").estimate > 0.8
    assert value(found, "bartlett").p_value < 1e-6
    assert found.loc[found["estimand"].eq("loading"), "estimate"].between(0.55, 0.85).all()
    assert value(found, "cr").estimate > 0.75


def test_random_items_measure_nothing(tmp_path: Path) -> None:
    found = factor(inference(write(tmp_path, frame(answers(loading=0)))))
    assert value(found, "factors_suggested").estimate == 0
    assert value(found, "kmo").estimate < 0.6
    assert value(found, "bartlett").p_value > 0.01


def test_an_item_whose_reversal_was_forgotten_loads_the_other_way(tmp_path: Path) -> None:
    items = answers()
    items[:, 2] = 6 - items[:, 2]
    found = factor(inference(write(tmp_path, frame(items))))
    for estimand, contrast in (("loading", "scale"), ("loading_efa", "F1")):
        rows = found[found["estimand"].eq(estimand) & found["contrast"].eq(contrast)].set_index("level")["estimate"]
        assert rows["i3"] < -0.4
        assert (rows.drop("i3") > 0.4).all()


def test_two_things_are_found_with_and_without_being_named(tmp_path: Path) -> None:
    found = factor(inference(with_facets(write(tmp_path, frame(two_things())))))
    assert value(found, "factors_suggested").estimate == 2
    assert value(found, "cfi", "one_factor").estimate < 0.90
    assert value(found, "cfi", "facets").estimate > 0.98
    assert value(found, "one_factor").note == "contradicted"
    assert value(found, "chi2_difference").p_value < 1e-6
    between = pair(found, "factor_correlation", "first - second")
    assert between.conf_low < 0.4 < between.conf_high
    assert pair(found, "htmt", "first - second").estimate == pytest.approx(0.4, abs=0.1)


def test_one_thing_named_as_two_stays_one(tmp_path: Path) -> None:
    found = factor(inference(with_facets(write(tmp_path, frame(answers(k=6))))))
    assert value(found, "one_factor").note == "supported"


def test_each_facet_has_its_own_weighted_mean_in_every_group(tmp_path: Path) -> None:
    items, weight, sex = two_things(n=400), np.arange(400) % 3 + 1.0, np.arange(400) % 2 + 1
    items[:100, 0] = DONT_KNOW
    data = frame(items, w=weight, sex=sex)
    study = {"design": {"weight": "w"}, "groups": ["sex"], "questions": [SEX]}
    found = factor(inference(with_facets(write(tmp_path, data, **study))))
    first = np.nanmean(np.where(items == DONT_KNOW, np.nan, items)[:, :3].astype(float), axis=1)
    for level in (None, "1"):
        rows = np.full(400, True) if level is None else sex == 1
        by = {} if level is None else {"by": "sex", "by_level": level}
        row = value(found, "mean", "first", **by)
        assert row.estimate == pytest.approx(np.average(first[rows], weights=weight[rows]), rel=RTOL)
        assert row.std_error > 0
        hundred = value(found, "score100", "first", **by)
        assert hundred.estimate == pytest.approx((row.estimate - 1) * 25, rel=RTOL)
        assert hundred.std_error == pytest.approx(row.std_error * 25, rel=RTOL)


def test_correlations_are_those_of_the_complete_cases_and_name_their_pair(tmp_path: Path) -> None:
    items = answers(n=300)
    items[:60, 1] = DONT_KNOW
    found = factor(inference(write(tmp_path, frame(items, w=np.arange(300) + 1.0), design={"weight": "w"})))
    want, row = polychoric(patterns(items[60:].astype(float))), pair(found, "polychoric", "i1 - i3")
    assert row.n == 240
    assert row.estimate == pytest.approx(want.correlation[0, 2], rel=RTOL)
    assert row.std_error == pytest.approx(want.std_error[0, 2], rel=RTOL)
    assert "unweighted, complete cases" in row.method


def test_indicators_are_told_apart_or_not(tmp_path: Path) -> None:
    apart, same = two_things(correlation=0.3), answers(n=800, k=6, loading=0.75, seed=6)
    four = np.column_stack([apart, same])
    items = [f"i{j + 1}" for j in range(12)]
    named = {name: {"en": name, "items": items[3 * j : 3 * j + 3]} for j, name in enumerate("abcd")}
    found = factor(inference(changed(write(tmp_path, frame(four)), named)))
    assert value(found, "factors_suggested", measure=None).estimate == 3
    assert pair(found, "htmt", "a - b", "a").estimate < 0.5
    assert pair(found, "htmt", "c - d", "c").estimate > 0.9
    assert pair(found, "factor_correlation", "a - b", None).estimate == pytest.approx(0.3, abs=0.15)
    assert value(found, "kmo", measure=None).n == 800
    assert value(found, "cr", "a", measure=None).estimate > 0.6


@pytest.mark.parametrize(
    ("items", "points", "why"),
    [
        pytest.param(answers(n=40), 5, "fewer than 50 respondents answered every question", id="few"),
        pytest.param(answers(k=2), 5, "fewer than three questions: no factor model", id="two items"),
        pytest.param(np.column_stack([answers(k=3), np.full(600, 3)]), 5,
                     "all who answered every question gave the same answer to one of them", id="constant"),
        pytest.param(np.full((60, 3), DONT_KNOW), 5, "no answers in this group", id="nobody knows"),
    ],
)  # fmt: skip
def test_what_has_no_factor_says_why(tmp_path: Path, items: np.ndarray, points: int, why: str) -> None:
    row = value(factor(inference(write(tmp_path, frame(items), points=points))), "cfi", "one_factor")
    assert (row.status, row.note) == ("not_estimable", why)


def test_numbers_have_no_polychoric_correlations(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    folder = write(tmp_path, frame(rng.integers(1, 6, (300, 3)), x=rng.integers(0, 60, 300)),
                   questions=[{"name": "x", "type": "integer", "text": "X", "min": 0, "max": 60}])  # fmt: skip
    found = factor(inference(changed(folder, {"scale": {"en": "Scale", "items": ["i1", "i2", "i3", "x"]}})))
    assert (
        value(found, "kmo").note == "a question with more than ten different answers is a number, not an ordinal scale"
    )


def test_facets_that_cannot_be_tested_say_why(tmp_path: Path) -> None:
    folder = with_facets(write(tmp_path, frame(answers(k=4))), {"a": ["i1", "i2", "i3"], "b": ["i4"]})
    row = value(factor(inference(folder)), "one_factor")
    assert row.status == "not_estimable"
    assert row.note == "the wave asked fewer than two facets with two questions of their own each"


def test_three_items_test_nothing(tmp_path: Path) -> None:
    found = factor(inference(write(tmp_path, frame(answers(k=3)))))
    assert value(found, "cfi", "one_factor").note.startswith("three questions fit one factor whatever they measure")
    assert value(found, "cr").status == "ok"


def test_the_same_study_gives_the_same_rows(tmp_path: Path) -> None:
    inf: Inference = inference(write(tmp_path, frame(answers(n=80))))
    pd.testing.assert_frame_equal(factor(inf), factor(inf))


def test_a_hidden_group_hides_its_facets_too(tmp_path: Path) -> None:
    sex = np.where(np.arange(300) < 5, 1, 2)
    data = frame(two_things(n=300), sex=sex)
    folder = with_facets(write(tmp_path, data, questions=[SEX], groups=["sex"], analyses=["factor"]))
    study = survey.load(folder)
    table = running.estimate(study.wave("w"), study.spec).table
    release = disclosure.protect(table, study.spec, study.spec.waves[0], study.instrument, {})
    shown = release.estimates
    assert shown.loc[shown["by_level"].eq("1"), "status"].eq("suppressed").all()
    assert shown.loc[shown["by"].isna() & shown["estimand"].eq("mean"), "status"].eq("ok").all()

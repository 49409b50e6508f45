"""Reliability as rows: what it rests on, what it finds, what it hides. R's numbers are in tests/real/test_scales.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import survey
from measurement_study import answers, frame, inference, value, write
from survey.analyse import disclosure, running
from survey.analyse.reliability import reliability

ATOL = 1e-12  # the same sums in another order
SEX = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "one", 2: "two"}}


def test_items_that_share_nothing_have_no_reliability(tmp_path: Path) -> None:
    found = reliability(inference(write(tmp_path, frame(answers(loading=0)))))
    assert value(found, "alpha").conf_high < 0.3
    assert found.loc[found["estimand"].eq("item_rest"), "estimate"].abs().max() < 0.15


def test_items_of_one_factor_have_it(tmp_path: Path) -> None:
    found = reliability(inference(write(tmp_path, frame(answers(loading=0.8)))))
    assert value(found, "alpha").conf_low > 0.8
    assert found.loc[found["estimand"].eq("item_rest"), "estimate"].min() > 0.5


def test_an_item_whose_reversal_was_forgotten_is_found(tmp_path: Path) -> None:
    items = answers()
    items[:, 2] = 6 - items[:, 2]
    forgotten = reliability(inference(write(tmp_path / "a", frame(items))))
    declared = reliability(inference(write(tmp_path / "b", frame(items), reverse=["i3"])))
    assert value(forgotten, "item_rest", "i3").estimate < -0.3
    assert value(declared, "item_rest", "i3").estimate > 0.3
    assert value(declared, "alpha").estimate > value(forgotten, "alpha").estimate


def test_the_base_is_those_who_answered_everything_and_no_weight_enters(tmp_path: Path) -> None:
    items = answers(n=100)
    items[:30, 0] = 8
    data = frame(items, w=np.linspace(1, 3, 100))
    found = reliability(inference(write(tmp_path, data, design={"weight": "w"})))
    row = value(found, "alpha")
    assert row.n == 70
    assert "unweighted" in row.method
    covariance = np.cov(items[30:].T)
    assert row.estimate == pytest.approx(5 / 4 * (1 - np.trace(covariance) / covariance.sum()), abs=ATOL)
    assert value(found, "alpha_pairwise").n == 100


def test_every_group_has_its_own_alpha(tmp_path: Path) -> None:
    items = np.vstack([answers(n=300, loading=0.9), answers(n=300, loading=0.0, seed=4)])
    data = frame(items, sex=np.repeat([1, 2], 300))
    found = reliability(inference(write(tmp_path, data, questions=[SEX], groups=["sex"])))
    first, second = (value(found, "alpha", by="sex", by_level=level) for level in "12")
    assert first.n == second.n == 300
    assert first.estimate > 0.85
    assert second.estimate < 0.3


def test_a_group_whose_complete_cases_are_few_is_hidden(tmp_path: Path) -> None:
    items = answers(n=200)
    items[:192, 1][np.arange(192) % 2 == 0] = 8  # of the first group only 4 answer everything
    sex = np.where((np.arange(200) % 2 == 0), 1, 2)
    data = frame(items, sex=sex)
    study = survey.load(write(tmp_path, data, questions=[SEX], groups=["sex"], analyses=["reliability", "indicators"]))
    table = running.estimate(study.wave("w"), study.spec).table
    release = disclosure.protect(table, study.spec, study.spec.waves[0], study.instrument, {})
    shown = release.estimates.set_index(["analysis", "estimand", "by_level"])["status"]
    assert shown.loc[("reliability", "alpha", "1")] == "suppressed"
    assert shown.loc[("indicators", "mean", "1")] != "suppressed"


@pytest.mark.parametrize(
    ("items", "why"),
    [
        pytest.param(np.full((40, 3), 4), "answers do not vary", id="constant"),
        pytest.param(np.arange(40)[:, None] % 5 + 1, "one item: nothing to compare", id="one item"),
        pytest.param(np.full((40, 3), 8), "no answers in this group", id="nobody knows"),
    ],
)
def test_what_has_no_alpha_says_why(tmp_path: Path, items: np.ndarray, why: str) -> None:
    row = value(reliability(inference(write(tmp_path, frame(items)))), "alpha")
    assert row.status == "not_estimable"
    assert row.note == why
    assert pd.isna(row.estimate)


def test_weighted_alpha_is_that_of_everyone_repeated_by_weight(tmp_path: Path) -> None:
    items, weight = answers(n=200), np.arange(200) % 3 + 1
    found = reliability(inference(write(tmp_path, frame(items, w=weight), design={"weight": "w"})))
    covariance = np.cov(np.repeat(items, weight, axis=0).T)
    want = 5 / 4 * (1 - np.trace(covariance) / covariance.sum())
    assert value(found, "alpha_weighted").estimate == pytest.approx(want, abs=ATOL)


def test_two_items_have_no_omega_and_say_so(tmp_path: Path) -> None:
    found = reliability(inference(write(tmp_path, frame(answers(k=2)))))
    assert value(found, "omega_total").status == "not_estimable"
    assert value(found, "omega_total").note == "no admissible one-factor solution"
    assert value(found, "alpha").status == "ok"


def test_parallel_items_have_omega_equal_to_alpha(tmp_path: Path) -> None:
    found = reliability(inference(write(tmp_path, frame(answers(n=5000, loading=0.8)))))
    assert value(found, "omega_total").estimate == pytest.approx(value(found, "alpha").estimate, abs=0.005)
    assert value(found, "ordinal_alpha").estimate > value(found, "alpha").estimate


def test_omega_without_an_item_tells_which_item_lowers_it(tmp_path: Path) -> None:
    items = np.column_stack([answers(n=800, k=4, loading=0.8), answers(n=800, k=1, seed=9)])
    sex = np.repeat([1, 2], 400)
    found = reliability(inference(write(tmp_path, frame(items, sex=sex), questions=[SEX], groups=["sex"])))
    for by in ({}, {"by": "sex", "by_level": "2"}):
        whole = value(found, "omega_total", **by).estimate
        assert value(found, "omega_if_dropped", "i5", **by).estimate > whole + 0.05
        assert value(found, "omega_if_dropped", "i1", **by).estimate < whole


def test_three_items_have_no_omega_without_one_of_them(tmp_path: Path) -> None:
    row = value(reliability(inference(write(tmp_path, frame(answers(k=3))))), "omega_if_dropped", "i1")
    assert (row.status, row.note) == ("not_estimable", "no admissible one-factor solution")


#: Nine items, 0.6 on the general factor and 0.5 on one of three: its part of the variance of their sum.
PLANTED = (9 * 0.6) ** 2 / ((9 * 0.6) ** 2 + 3 * (3 * 0.5) ** 2 + 9 * 0.39)


def hierarchy(n: int = 3000) -> np.ndarray:
    """Answers 1 … 5 to nine items of a general factor and three special ones."""
    rng = np.random.default_rng(2)
    general, special = rng.normal(size=(n, 1)), rng.normal(size=(n, 3))
    latent = 0.6 * general + 0.5 * np.repeat(special, 3, axis=1) + np.sqrt(0.39) * rng.normal(size=(n, 9))
    return np.clip(np.round(3 + latent), 1, 5).astype(int)


def test_a_general_factor_needs_six_questions(tmp_path: Path) -> None:
    five = reliability(inference(write(tmp_path / "5", frame(answers(k=5)))))
    row = value(five, "omega_hierarchical")
    assert row.status == "not_estimable"
    assert row.note == "fewer than six questions cannot tell a general factor from three special ones"
    nine = value(reliability(inference(write(tmp_path / "9", frame(hierarchy())))), "omega_hierarchical")
    assert nine.estimate == pytest.approx(PLANTED, abs=0.03)  # rounding to five answers takes a little of it


def test_one_thing_has_no_special_factors_and_says_so(tmp_path: Path) -> None:
    row = value(reliability(inference(write(tmp_path, frame(answers(n=2000, k=9, loading=0.8))))), "omega_hierarchical")
    assert row.status == "not_estimable"
    assert row.note == "no three special factors beside a general one: the questions measure fewer things"

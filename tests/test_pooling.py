"""Rubin's rules: equal to R's `mice`, and to what they must be at the edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from survey.stats.influence import column_mean
from survey.stats.pooling import completed_columns, completed_means, pool

CASES = json.loads((Path(__file__).parent / "reference" / "pooling.json").read_text())
RTOL = 1e-10  # the same closed form; the reference is written with 15 digits
FIELDS = ("estimate", "within", "between", "variance", "df")


def pooled(case: dict[str, Any]) -> Any:
    df = np.inf if case["df_complete"] is None else case["df_complete"]
    return pool(np.array(case["estimate"]), np.array(case["variance"]), df)


@pytest.mark.parametrize("name", CASES)
def test_pooled_figures_are_those_of_mice(name: str) -> None:
    found, expected = pooled(CASES[name]), CASES[name]["expected"]
    for field in FIELDS:
        np.testing.assert_allclose(getattr(found, field), expected[field], rtol=RTOL, atol=1e-25, err_msg=field)
    if expected["between"] > 0:
        np.testing.assert_allclose(found.missing_information, expected["missing_information"], rtol=RTOL)


def test_degrees_of_freedom_never_exceed_those_of_the_design() -> None:
    between = np.random.default_rng(1).normal(size=(20, 50)) * np.geomspace(1e-6, 10, 50)
    found = pool(between, np.ones((20, 50)), 11.0)
    assert (found.df < 11).all()
    assert np.argmax(found.df) == 0


def test_equal_data_sets_lose_no_information() -> None:
    found = pool(np.full((20, 1), 3.2), np.full((20, 1), 0.01), 40.0)
    assert found.variance == pytest.approx(0.01)
    assert found.missing_information == 0


def test_one_data_set_cannot_be_pooled() -> None:
    with pytest.raises(ValueError, match="two completed data sets or more"):
        pool(np.ones((1, 2)), np.ones((1, 2)))


def test_means_of_all_data_sets_are_the_means_of_each() -> None:
    rng = np.random.default_rng(2)
    y, weight = rng.normal(3, 1, (40, 3)), rng.uniform(1, 2, 40)
    many = completed_means((completed_columns(y, 3.0) * weight[:, None]).sum(axis=0)[None], 3.0)
    for m in range(3):
        columns = np.column_stack([np.ones(40), y[:, m] - 3, (y[:, m] - 3) ** 2])
        one = column_mean((columns * weight[:, None]).sum(axis=0)[None], 3.0)
        np.testing.assert_allclose(many.estimate[0, m], one.estimate[0, 0], rtol=RTOL)
        np.testing.assert_allclose(many.spread[0, m], one.spread[0, 0], rtol=RTOL)
        linearised = completed_columns(y, 3.0) @ many.value[0, :, m]
        np.testing.assert_allclose(linearised, columns @ one.value[0, :, 0], rtol=1e-8, atol=1e-15)

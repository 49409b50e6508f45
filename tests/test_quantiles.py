"""Quantiles by R's default rule equal svyquantile's, and a study chooses the rule."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reference_designs import weighted
from survey.analyse.describe import describe
from survey.analyse.inference import UNDECLARED, Inference
from survey.analyse.respondents import InMemory
from survey.stats.quantile import Ordered, quantile

# The same values and the same weights; only the order of addition differs.
RTOL = 1e-9

CASES = json.loads((Path(__file__).parent / "reference" / "quantiles.json").read_text())["cases"]


def quartiles(design: str, rule: str) -> pd.DataFrame:
    respondents = InMemory.of(weighted(design).wave, ["g"])
    inf = Inference.within(replace(UNDECLARED, quantile_rule=rule), respondents)
    table = describe(inf, ["item", "y", "x"])
    return table[table["estimand"].isin(["median", "quantile"])]


@pytest.fixture(scope="module")
def tables():
    return {design: quartiles(design, "math") for design in ("srs", "strata_psu")}


@pytest.mark.parametrize("case", CASES, ids=lambda c: "/".join(map(str, list(c.values())[:3])))
def test_rule_math_matches_svyquantile(case, tables):
    table = tables[case["design"]]
    rows = table[table["measure"] == case["measure"]]
    rows = rows[rows["by_level"].eq(case["by_level"]) if case["by_level"] else rows["by"].isna()]
    for name, want in case["expected"].items():
        np.testing.assert_allclose(rows[name], np.array(want, float), rtol=RTOL, err_msg=name)
    assert set(rows["method"]) == {"Woodruff interval, rule math"}


def test_the_rules_differ_only_where_a_sum_of_weights_meets_the_goal():
    total, score, p = np.array([[1.0, 1, 1, 1], [1, 2, 1, 1]]), np.array([1.0, 2, 3, 4]), np.array([[0.5], [0.5]])
    assert quantile(total, score, p, "school").ravel().tolist() == [2.5, 2.0]
    assert quantile(total, score, p, "math").ravel().tolist() == [2.0, 2.0]


@pytest.mark.parametrize("rule", ["school", "math"])
def test_sorted_answers_have_the_quantiles_of_their_tally(rule):
    rng = np.random.default_rng(1)
    score, domain = np.arange(6.0), np.repeat([0, 1], 200)
    code, weight = rng.integers(0, 6, 400), rng.integers(1, 4, 400).astype(float)
    p = np.tile(np.linspace(0, 1, 41), (2, 1))
    order = np.lexsort((code, domain))
    in_order = Ordered.of(score[code][order], weight[order], domain[order], 2).at(p, rule)
    total = np.bincount(domain * 6 + code, weight, 12).reshape(2, 6)
    np.testing.assert_array_equal(in_order, quantile(total, score, p, rule))

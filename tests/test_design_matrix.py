"""Means, totals, shares, ratios and quantiles under twenty designs equal R survey's."""

import numpy as np
import pandas as pd
import pytest

from reference_designs import MATRIX, weighted
from survey.analyse.describe import describe
from survey.analyse.inference import Inference
from survey.analyse.respondents import sampling_of
from survey.stats import influence
from survey.stats.tally import column_tally
from survey.stats.variance import variance

# Closed forms on the same data: only the order of addition differs. Calibrated weights are solved
# to 1e-12 by R and to 1e-11 here, so everything that uses them agrees to 1e-8.
RTOL, RTOL_CALIBRATED = 1e-9, 1e-8


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """The table of every design, over everyone, g, sex and g × sex."""
    found = {}
    for name in MATRIX["designs"]:
        inf = Inference.of(weighted(name).wave, ["g", "sex", "age"], [("g", "sex"), ("sex", "g"), ("sex", "age")])
        found[name] = describe(inf, ["y", "x", "item", "yes", "g", "sex", "age"])
    return found


def rows_of(table: pd.DataFrame, case: dict) -> pd.DataFrame:
    estimand = {"quantile": ["quantile", "median"]}.get(case["estimator"], [case["estimator"]])
    by = case["by"]
    key = (table["measure"] == case["measure"]) & table["estimand"].isin(estimand)
    for column, at in (("by", 0), ("by2", 1)):
        key &= table[column].eq(by[at]).fillna(False) if len(by) > at else table[column].isna()
    found = table[key].copy()
    found["level"] = found["level"].where(found["estimand"] != "median", "0.5")
    return found


CLOSED = [c for c in MATRIX["cases"] if c["estimator"] != "ratio"]


@pytest.mark.parametrize("case", CLOSED, ids=lambda c: c["id"])
def test_estimates_match_r_survey(case, tables):
    want = pd.DataFrame(case["expected"])
    keys = [k for k in ("by_level", "by2_level", "level") if k in want]
    got = rows_of(tables[case["design"]], case)
    if keys:
        got = got.set_index(keys).reindex(pd.MultiIndex.from_frame(want[keys]) if len(keys) > 1 else want[keys[0]])
    assert len(got) == len(want)
    estimable = (got["status"] != "not_estimable").to_numpy()
    rtol = RTOL_CALIBRATED if MATRIX["designs"][case["design"]]["calibrate"] else RTOL
    for column in ("estimate", "std_error", "conf_low", "conf_high", "df", "deff", "n", "weighted_n"):
        if column not in want:
            continue
        expected = want[column].astype(float).to_numpy()
        found = got[column].astype(float).to_numpy()
        compared = estimable & np.isfinite(expected) & np.isfinite(found)
        if column in ("estimate", "n"):
            assert (np.isfinite(found) | ~estimable).all()
        np.testing.assert_allclose(found[compared], expected[compared], rtol=rtol, atol=1e-12, err_msg=column)
        # what R prints and we leave blank must be a degenerate cell: a share of 0 or 1, or df < 1
        edge = np.isin(want["estimate"].round(12), (0.0, 1.0)) if "estimate" in want else False
        assert (compared | ~np.isfinite(expected) | ~estimable | edge).all(), column


@pytest.mark.parametrize("case", [c for c in MATRIX["cases"] if c["estimator"] == "ratio"], ids=lambda c: c["id"])
def test_ratios_match_r_survey(case):
    wave = weighted(case["design"]).wave
    inf = Inference.of(wave, case["by"])
    y, x = wave.frame["y"].to_numpy(float), wave.frame["x"].to_numpy(float)
    valid = np.isfinite(y) & np.isfinite(x)
    columns = np.where(valid[:, None], np.column_stack([y, x]), 0.0)
    sampling = sampling_of(wave.design)
    grouping = inf.groupings[1 if case["by"] else 0]
    tally = column_tally(columns, valid, [grouping], sampling)
    lin = influence.ratio(tally.total, 0, 1)
    se = np.sqrt(variance(tally, lin.value, sampling))
    rtol = RTOL_CALIBRATED if MATRIX["designs"][case["design"]]["calibrate"] else RTOL
    np.testing.assert_allclose(lin.estimate.ravel(), case["expected"]["estimate"], rtol=rtol)
    np.testing.assert_allclose(se.ravel(), case["expected"]["std_error"], rtol=rtol)

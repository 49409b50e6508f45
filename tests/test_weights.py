"""Calibrated and trimmed weights: the targets are met, contradictions are named."""

import json

import numpy as np
import pandas as pd
import pytest

from survey.errors import ConvergenceError
from survey.stats.calibrate import calibrate, kish_deff, trim

# R calibrate() stops at 1e-12, ours at 1e-11 of the total: weights agree to 1e-8.
RTOL = 1e-8


@pytest.fixture(scope="module")
def clus1(shared):
    """apiclus1, its golden weights, and the two margins they are calibrated to."""
    data = pd.read_csv(shared / "data" / "api" / "apiclus1.csv")
    golden = json.loads((shared / "golden" / "survey_api.json").read_text())["weighting_clus1"]
    stype = pd.Categorical(data["stype"], ["E", "H", "M"]).codes.astype(np.intp)
    wide = pd.Categorical(data["sch.wide"], ["No", "Yes"]).codes.astype(np.intp)
    targets = [np.array([row["Freq"] for row in golden["targets"][k]], float) for k in ("stype", "sch.wide")]
    return data["pw"].to_numpy(float), [stype, wide], targets, golden


@pytest.mark.real
def test_raked_weights_equal_rs(clus1):
    base, margins, targets, golden = clus1
    np.testing.assert_allclose(calibrate(base, margins, targets).weight, golden["calibrate_raking"]["w"], rtol=RTOL)


@pytest.mark.real
def test_poststratified_weights_equal_rs(clus1):
    base, margins, targets, golden = clus1
    found = calibrate(base, margins[:1], targets[:1], "poststratify")
    np.testing.assert_allclose(found.weight, golden["poststrat"]["w"], rtol=RTOL)


@pytest.mark.real
def test_trimming_shares_what_it_cuts_and_keeps_the_total(clus1):
    _, _, _, golden = clus1
    raked = np.array(golden["rake"]["w"])
    np.testing.assert_allclose(trim(raked, 5, 45), golden["trim_rake_5_45"]["w"], rtol=RTOL)


@pytest.mark.real
def test_kish_design_effect_equals_the_golden_one(clus1):
    _, _, _, golden = clus1
    assert kish_deff(np.array(golden["rake"]["w"])) == pytest.approx(golden["kish_deff"]["rake_clus1"], rel=1e-9)


@pytest.mark.parametrize("method", ["rake", "linear", "logit"])
def test_every_margin_is_met(method):
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 3, 400), rng.integers(0, 4, 400)
    base = rng.uniform(0.5, 2, 400)
    goal = rng.uniform(0.8, 1.25, 400) * base
    targets = [np.bincount(a, goal), np.bincount(b, goal)]
    found = calibrate(base, [a, b], targets, method, (0.4, 2.5))
    for code, target in zip((a, b), targets, strict=True):
        np.testing.assert_allclose(np.bincount(code, found.weight), target, rtol=1e-9)
    assert (found.ratio >= 0.4).all()
    assert (found.ratio <= 2.5).all()


def test_margins_that_contradict_each_other_are_refused_by_name():
    a = np.array([0, 0, 1, 1])
    targets = [np.array([10.0, 30.0]), np.array([30.0, 10.0])]
    with pytest.raises(ConvergenceError, match=r"margin (first|second).*contradict"):
        calibrate(np.ones(4), [a, a], targets, "rake", None, ["first", "second"])


def test_bounds_that_are_too_narrow_are_refused():
    a = np.array([0, 0, 0, 1])
    with pytest.raises(ConvergenceError, match="within bounds 0.9 to 1.1"):
        calibrate(np.ones(4), [a], [np.array([1.0, 3.0])], "rake", (0.9, 1.1))


def test_trimming_never_leaves_the_limits():
    weight = np.random.default_rng(4).lognormal(0, 1, 300)
    trimmed = trim(weight, 0.3, 3.0)
    assert trimmed.min() >= 0.3 - 1e-12
    assert trimmed.max() <= 3.0 + 1e-12
    assert trimmed.sum() == pytest.approx(weight.sum(), rel=1e-9)

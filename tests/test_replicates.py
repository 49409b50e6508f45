"""Estimates under replicate weights equal R survey's; replicates we make agree with linearisation."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reference_designs import cleaned, instrument, weighted
from survey.analyse.describe import describe
from survey.analyse.inference import Inference
from survey.analyse.respondents import sampling_of
from survey.core.sampling import CalibrationSpec, DesignSpec, ReplicateSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.words import Words
from survey.errors import ConvergenceError
from survey.prepare.margins import Margin
from survey.prepare.weight import weigh
from survey.stats.regression import linear, logistic
from survey.stats.replicate import made, rao_wu, replicates
from survey.stats.sampling import sampling
from survey.stats.variance import covariance_of_rows

# The same weights and the same closed form; calibrated replicates are solved to 1e-11, R's fits to 1e-14.
RTOL, RTOL_CALIBRATED, RTOL_FITTED = 1e-9, 1e-8, 1e-8

REFERENCE = json.loads((Path(__file__).parent / "reference" / "replicates.json").read_text())


def wave_under(name: str):
    design = REFERENCE["designs"][name]
    answers = cleaned()
    weights = np.array(design["weights"], float)
    columns = pd.DataFrame({f"rw{r + 1}": weights[:, r] for r in range(weights.shape[1])})
    answers.design_columns[columns.columns] = columns
    margins, calibrate = [], None
    if "targets" in design:
        totals = {(key,): float(v) for key, v in design["targets"].items()}
        margins = [Margin("sex", ("sex",), totals, dict.fromkeys(totals, 2), "synthetic", "", "", "")]
        calibrate = CalibrationSpec((("sex",),))
    replicates = ReplicateSpec(
        design["type"], "rw[0-9]+", scale=design["scale"], rscales=tuple(design["rscales"]), rho=design["rho"],
        mse=design["mse"],
    )  # fmt: skip
    spec = WaveSpec("w", "s.csv", Words.plain("w"), DesignSpec(weight="w", replicates=replicates, calibrate=calibrate))
    study = StudySpec("s", Words.plain("s"), ("en",), "i.yaml", (spec,))
    return weigh(answers, study, spec, instrument(), margins, "s.csv").wave


@pytest.fixture(scope="module")
def tables():
    found = {}
    for name in REFERENCE["designs"]:
        found[name] = describe(Inference.of(wave_under(name), ["g"]), ["y", "item"])
    return found


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda c: c["id"])
def test_replicate_estimates_match_r_survey(case, tables):
    table, want = tables[case["design"]], case["expected"]
    rows = table[(table["measure"] == case["measure"]) & (table["estimand"] == case["estimator"])]
    rows = rows[rows["by_level"].eq(want["by_level"])] if "by_level" in want else rows[rows["by"].isna()]
    if "level" in want:
        rows = rows[rows["level"].eq(want["level"])]
    (row,) = rows.to_dict("records")
    rtol = RTOL_CALIBRATED if case["design"] == "jkn_raked" else RTOL
    for name in ("estimate", "std_error", "df"):
        np.testing.assert_allclose(row[name], want[name], rtol=rtol, err_msg=name)


def test_scale_of_each_type_without_a_declared_one():
    # statistics.md table of types: brr 1/R, fay 1/(R(1-rho)^2), jk1 (R-1)/R, bootstrap 1/(R-1), jkn 1
    weight, base = np.ones((6, 4)), np.ones(6)
    got = {
        t: replicates(weight, base, t, None, None, 0.3, False).scale for t in ("brr", "fay", "jk1", "bootstrap", "jkn")
    }
    want = {"brr": 1 / 4, "fay": 1 / (4 * 0.49), "jk1": 3 / 4, "bootstrap": 1 / 3, "jkn": 1.0}
    assert got == pytest.approx(want)


def own(type_: str, number: int = 500) -> pd.DataFrame:
    spec = DesignSpec(weight="w", strata=("stratum",), psus=("psu",), replicates=ReplicateSpec(type_, number=number))
    wave = WaveSpec("w", "s.csv", Words.plain("w"), spec)
    study = StudySpec("s", Words.plain("s"), ("en",), "i.yaml", (wave,), seed=7)
    return describe(Inference.of(weigh(cleaned(), study, wave, instrument(), [], "s.csv").wave, ["sex"]), ["y", "item"])


def test_own_jackknife_is_close_to_linearisation_and_bootstrap_within_its_monte_carlo_error():
    # 500 replicates: the error of an SE is 1/sqrt(1000) = 3.2 %; every row within 10 %, mean ratio 0.98-1.02.
    taylor = describe(Inference.of(weighted("strata_psu").wave, ["sex"]), ["y", "item"])
    smooth = taylor["estimand"].isin(["mean", "proportion"]) & taylor["estimate"].between(0.02, 200)
    for kind, mean_within in (("jkn", 0.02), ("bootstrap", 0.03)):
        ratio = (own(kind)["std_error"] / taylor["std_error"])[smooth].astype(float)
        assert ratio.between(0.9, 1.1).mean() > 0.9, kind
        assert abs(ratio.mean() - 1) < mean_within, kind


def test_rao_wu_draws_one_psu_fewer_than_the_stratum_has():
    strata = np.repeat([0, 1, 2], [4, 2, 7])
    factor = rao_wu(strata, 50, seed=3)
    for h, n in enumerate((4, 2, 7)):
        drawn = factor[:, strata == h] * (n - 1) / n
        np.testing.assert_allclose(drawn.sum(axis=1), n - 1)
    assert np.array_equal(factor, rao_wu(strata, 50, seed=3))


def test_balanced_halves_are_orthogonal_between_strata():
    strata = np.repeat(np.arange(5), 2)
    factor = made("brr", strata, 0, 0.0, 1).factor[:, ::2] - 1
    np.testing.assert_allclose(factor.T @ factor, len(factor) * np.eye(5), atol=1e-12)


def regression_under(name: str, model: str):
    """A regression of everyone under the replicates of a design, and its sampling."""
    wave = wave_under(name)
    frame, s = wave.frame, sampling_of(wave.design)
    everyone = np.ones(len(frame), dtype=bool)

    def dummies(group: str) -> np.ndarray:
        code = frame[group].cat.codes.to_numpy()[:, None]
        return np.where(code < 0, np.nan, code == np.arange(1, len(frame[group].cat.categories)))

    if model == "linear":
        x = np.column_stack([dummies("sex"), frame["x"].to_numpy(float)])
        return linear(frame["y"].to_numpy(float), x, everyone, s), s
    x = np.column_stack([dummies("sex"), dummies("age")])
    return logistic(frame["yes"].astype(float).to_numpy(float), x, everyone, s), s


@pytest.mark.parametrize("case", REFERENCE["regressions"], ids=lambda c: c["id"])
def test_regressions_fitted_again_under_each_replicate_match_svyglm(case):
    found, want = regression_under(case["design"], case["model"])[0].coefficients, case["expected"]
    np.testing.assert_allclose(found.estimate, want["estimate"], rtol=RTOL_FITTED)
    np.testing.assert_allclose(found.covariance, want["covariance"], rtol=RTOL_FITTED)
    assert found.df == want["df"]


def test_the_first_order_step_of_a_regression_is_near_the_fit_again():
    # What models without a replicate fit of their own use; the difference is of second order.
    fit, s = regression_under("jkn", "logistic")
    near = np.sqrt(np.diag(covariance_of_rows(fit.influence, s, fit.used)))
    np.testing.assert_allclose(near, fit.coefficients.std_error, rtol=0.05)


def test_a_replicate_that_cannot_be_fitted_is_refused():
    x = np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]])
    y, base = np.array([0.0, 1, 1, 0, 1, 0]), np.ones(6)
    weight = np.column_stack([np.tile([2.0, 1, 0], 2), [1.5, 1.5, 0, 1.5, 1.5, 0], [2.0, 2, 2, 0, 0, 0]])
    six = sampling(base, [(np.zeros(6, np.intp), np.arange(6), np.full(6, np.inf))])
    six = replace(six, replicates=replicates(weight, base, "bootstrap", None, None, 0.0, False))
    with pytest.raises(ConvergenceError, match="a replicate weight under which the covariates cannot be told apart"):
        logistic(y, x, np.ones(6, dtype=bool), six)

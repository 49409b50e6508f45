"""Models of a study: equal to the regressions they rest on and to MASS::polr on real answers, refused with reasons."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import modelled_study
import survey
from measurement_study import inference
from survey.analyse.inference import NotApplicable
from survey.analyse.models import FEW, NOTHING, SEPARATED, UNFIT, models
from survey.analyse.regressors import NO_ERROR
from survey.errors import SchemaError
from survey.stats.ordinal import ordinal
from survey.stats.regression import linear
from survey.stats.sampling import sampling

# polr stops where the log-likelihood changes by 1e-15 of itself; the issue asks for 1e-5.
POLR, POLR_LIKELIHOOD = 1e-5, 1e-9
# Identities on the same numbers.
SAME = 1e-10

REFERENCE = json.loads((Path(__file__).parent / "reference" / "polr.json").read_text())["cases"]
MODELS = [
    {"measure": "ease", "on": ["edu", "sex", "age", "skill"]},
    {"measure": "user", "on": ["edu", "age"]},
    {"measure": "i1", "on": ["edu", "skill"]},
]


@pytest.fixture(scope="module")
def inf(tmp_path_factory):
    return inference(modelled_study.write(tmp_path_factory.mktemp("models"), models=MODELS))


@pytest.fixture(scope="module")
def found(inf):
    return models(inf)


def of(table, estimand, measure="ease", **key):
    rows = table[table["estimand"].eq(estimand) & table["measure"].eq(measure)]
    for column in ("by", "by_level", "contrast", "level"):
        wanted = key.get(column)
        rows = rows[rows[column].isna() if wanted is None else rows[column].eq(wanted).fillna(False)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize("case", REFERENCE, ids=lambda case: case["item"])
def test_proportional_odds_on_real_answers_are_those_of_polr(shared, case):
    d = pd.read_csv(shared / "data" / "bfi" / "bfi.csv")
    d = d.dropna(subset=["A2", "N1", "O4", "gender", "education", "age"])
    n = len(d)
    dummies = [d["gender"].eq(2), *(d["education"].eq(k) for k in range(2, 6))]
    x = np.column_stack([*dummies, d["age"]]).astype(float)
    one, each = np.zeros(n, dtype=np.intp), np.arange(n)
    simple = sampling(np.ones(n), [(one, each, np.full(n, np.inf))])
    fit = ordinal(d[case["item"]].to_numpy(float) - 1, x, np.ones(n, dtype=bool), simple)
    assert n == case["n"]
    np.testing.assert_allclose(fit.coefficients.estimate[:6], case["slope"], atol=POLR, rtol=0)
    np.testing.assert_allclose(fit.coefficients.estimate[6:], case["threshold"], atol=POLR, rtol=0)
    assert fit.log_likelihood == pytest.approx(case["log_likelihood"], rel=POLR_LIKELIHOOD)


def test_coefficients_and_the_joint_test_are_those_of_the_regression(inf, found):
    wave = inf.wave
    edu, sex, age = (wave.answers(name).cat.codes.to_numpy() for name in ("edu", "sex", "age"))
    x = np.column_stack(
        [edu == 1, edu == 2, sex == 1, age == 1, age == 2, wave.answers("skill").to_numpy(float)]
    ).astype(float)
    y = wave.answers("ease").to_numpy(float)
    fit = linear(y, x, np.ones(len(y), dtype=bool), inf.sampling)
    keys = [{"by": "edu", "by_level": "mid"}, {"by": "edu", "by_level": "high"}, {"by": "sex", "by_level": "2"}]
    keys += [{"by": "age", "by_level": "2"}, {"by": "age", "by_level": "3"}, {"by": "skill"}]
    rows = [of(found, "coefficient", **key) for key in keys]
    np.testing.assert_allclose([r["estimate"] for r in rows], fit.coefficients.estimate[1:], rtol=SAME)
    np.testing.assert_allclose([r["std_error"] for r in rows], fit.coefficients.std_error[1:], rtol=SAME)
    joint, row = fit.coefficients.at([1, 2]).wald(), of(found, "wald", by="edu")
    assert (row["statistic"], row["df"], row["df2"]) == pytest.approx((joint.statistic, 2, joint.df2))
    assert row["p_adjusted"] >= row["p_value"]


def test_of_a_linear_model_margins_differ_by_the_coefficient(found):
    high, low = (of(found, "margin", by="edu", by_level=level) for level in ("high", "low"))
    coefficient = of(found, "coefficient", by="edu", by_level="high")
    assert high["estimate"] - low["estimate"] == pytest.approx(coefficient["estimate"], abs=SAME)
    difference = of(found, "margin_difference", by="edu", contrast="low - high")
    assert difference["estimate"] == pytest.approx(-coefficient["estimate"], abs=SAME)
    assert difference["p_value"] == pytest.approx(coefficient["p_value"], rel=1e-6)
    assert (difference["n"], difference["n_level"]) == (low["n"] + high["n"], low["n"])


def test_skill_is_found_and_education_tells_nothing_beyond_it(found):
    skill = of(found, "coefficient", by="skill")
    assert skill["conf_low"] < modelled_study.EASE_BY_SKILL < skill["conf_high"]
    assert of(found, "wald", by="edu")["p_value"] > 0.05


def test_the_kind_of_model_follows_the_measure(found):
    method = {m: found.loc[found["measure"].eq(m), "method"].iloc[0].split(",")[0] for m in ("ease", "user", "i1")}
    assert method == {"ease": "least squares", "user": "logit", "i1": "proportional odds"}


def test_margins_of_shares_are_shares_with_intervals_inside_0_and_1(found):
    rows = found[found["estimand"].eq("margin") & found["measure"].eq("user")]
    assert rows["unit"].eq("proportion").all()
    assert rows["conf_low"].between(0, rows["estimate"]).all()
    assert rows["conf_high"].between(rows["estimate"], 1).all()


def test_odds_ratios_are_exponentials_of_coefficients(found):
    for measure in ("user", "i1"):
        key = {"measure": measure, "by": "edu", "by_level": "high"}
        odds, coefficient = of(found, "odds_ratio", **key), of(found, "coefficient", **key)
        assert odds["conf_high"] == pytest.approx(np.exp(coefficient["conf_high"]), rel=SAME)


def test_an_ordinal_model_has_thresholds_scores_and_its_assumption_tested(found):
    thresholds = found[found["estimand"].eq("threshold") & found["measure"].eq("i1")]
    assert thresholds["estimate"].is_monotonic_increasing
    assert thresholds["level"].tolist() == [str(k) for k in range(2, 8)]
    assert of(found, "proportional_odds", "i1")["p_value"] > 0.001
    margin = of(found, "margin", "i1", by="edu", by_level="mid")
    assert margin["unit"] == "scale points"
    assert 3 < margin["estimate"] < 5


def test_by_default_each_indicator_is_regressed_on_all_groups(tmp_path):
    table = models(inference(modelled_study.write(tmp_path)))
    assert set(table["measure"]) == {"ease"}
    assert set(table["by"].dropna()) == {"sex", "age", "edu"}


def test_by_default_a_group_that_others_determine_is_left_out(tmp_path):
    study = modelled_study.write(tmp_path, groups=["sex", "edu", "again"])
    derived = "derived:\n- {name: again, from: edu, codes: {low: Low, mid: Other, high: High}, en: Again}\n"
    with (study / "instrument.yaml").open("a") as file:
        file.write(derived)
    assert set(models(inference(study))["by"].dropna()) == {"sex", "edu"}


def test_a_nonprobability_sample_has_coefficients_without_errors_or_tests(tmp_path):
    design = {"sampling": "nonprobability", "weight": "weight"}
    table = models(inference(modelled_study.write(tmp_path, models=MODELS, design=design)))
    assert table.loc[table["estimand"].eq("coefficient"), "estimate"].notna().all()
    assert table[["std_error", "conf_low", "p_value"]].isna().all(axis=None)
    assert table.loc[table["estimand"].eq("coefficient"), "method"].eq(NO_ERROR).all()
    assert not {"wald", "proportional_odds"} & set(table["estimand"])


@pytest.mark.parametrize(
    ("data", "model", "note"),
    [
        (lambda d: d.head(24), MODELS[0], FEW),
        (lambda d: d.assign(sex=1), MODELS[0], UNFIT),
        (lambda d: d.assign(user=d["user"].where(d["age"] != 3, 1)), MODELS[1], SEPARATED),
    ],
    ids=["few", "constant", "separated"],
)
def test_a_model_that_cannot_be_fitted_is_a_row_with_its_reason(tmp_path, data, model, note):
    answers = data(modelled_study.answers())
    if note == UNFIT:
        model = model | {"on": [*model["on"], "same"]}
        answers["same"] = 1.0
    study = modelled_study.write(tmp_path, answers, models=[model], design={"weight": "weight"})
    if note == UNFIT:
        text = (study / "instrument.yaml").read_text()
        extra = "questions:\n- {name: same, type: number, text: Same}\n"
        (study / "instrument.yaml").write_text(text.replace("questions:\n", extra))
    table = models(inference(study))
    assert table[["status", "note"]].to_numpy().tolist() == [["not_estimable", note]]


def test_a_study_without_groups_is_skipped_with_a_reason(tmp_path):
    with pytest.raises(NotApplicable, match=NOTHING):
        models(inference(modelled_study.write(tmp_path, groups=[])))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "eas"}, "named 'eas'.*Did you mean 'ease'"),
        ({"measure": "sex", "type": "linear"}, "'sex', which is none; expected an indicator, a number"),
        ({"measure": "user", "type": "ordinal"}, "'user', which is none; expected a scale of three levels"),
        ({"measure": "ease", "type": "logistic"}, "'ease', which is none; expected a variable of two levels"),
        ({"measure": "resp"}, "'resp', which is none; expected an indicator"),
        ({"measure": ["ease", "ease"]}, "'ease' again; expected one model a measure"),
        ({"on": ["resp"]}, "'resp', which is none; expected a number, an indicator"),
        ({"on": ["ed"]}, "named 'ed'.*Did you mean 'edu'"),
        ({"on": ["ease"]}, "'ease' again; expected each variable once"),
        ({"type": "probit"}, "found 'probit'; expected one of 'linear', 'logistic' or 'ordinal'"),
        ({"onn": ["edu"]}, "the unknown key 'onn'.*Did you mean 'on'"),
    ],
)
def test_a_model_that_does_not_fit_the_instrument_is_refused_at_its_place(tmp_path, change, message):
    folder = modelled_study.write(tmp_path, models=[MODELS[0] | change])
    with pytest.raises(SchemaError, match=message) as refused:
        survey.load(folder).instrument  # noqa: B018 - reading it is what compares the two files
    assert all("models" in (p.column or "") for p in refused.value.problems)

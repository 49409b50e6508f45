"""Indirect association: equal to R's regressions, honest about its order, and without a causal word."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import modelled_study
import survey
from measurement_study import inference
from reference_designs import cleaned, weighted
from survey.analyse import indirect as analysis
from survey.analyse.indirect import FEW, NOTHING, UNFIT, indirect
from survey.analyse.inference import NotApplicable
from survey.analyse.respondents import sampling_of
from survey.errors import SchemaError
from survey.stats import mediation
from survey.stats.resampling import psu_bootstrap

# Least squares twice, other steps: rounding.
ATOL = 1e-9
# Bootstrap errors of 120 sampling units against linearised ones: their own spread and second-order terms.
RTOL_BOOTSTRAP = 0.35

CASES = json.loads((Path(__file__).parent / "reference" / "decomposition.json").read_text())["cases"]
CASES = [c for c in CASES if c["what"] == "indirect"]
ORDER = {"from": "edu", "through": "skill", "to": "ease", "with": ["age"]}


def fitted(case, samples=0):
    frame = cleaned().frame
    sex, age = (frame[name].cat.codes.to_numpy() for name in ("sex", "age"))
    m, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    used = np.isfinite(m) & np.isfinite(y) & (sex >= 0) & (age >= 0)
    x = np.column_stack([np.ones(len(m)), sex == 1, age == 1, age == 2]).astype(float)
    sampling = sampling_of(weighted(case["design"]).wave.design)
    weights = sampling.weight[None]
    if samples:
        weights = np.vstack([weights, psu_bootstrap(sampling, samples, 4)])
    return mediation.indirect(m[used], y[used], x[used], np.array([[0.0, -1, 0, 0]]), weights[:, used])


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_the_product_of_coefficients_and_the_sensitivity_are_those_of_r(case):
    found = fitted(case)
    values = [found.indirect[0, 0], found.direct[0, 0], found.total[0, 0], found.sensitivity[0]]
    np.testing.assert_allclose(values, case["estimate"], atol=ATOL, rtol=0)


@pytest.mark.parametrize("case", [c for c in CASES if c["design"] in ("strata_psu", "rake")], ids=lambda c: c["id"])
def test_bootstrap_errors_agree_with_linearised_ones(case):
    found = fitted(case, 1000)
    again = [x[1:].ravel().std(ddof=1) for x in (found.indirect, found.direct, found.total, found.sensitivity)]
    np.testing.assert_allclose(again, case["std_error"], rtol=RTOL_BOOTSTRAP)


def test_the_association_vanishes_at_the_sensitivity_correlation():
    """y is made anew with the residual correlation taken out, as if an unmeasured variable had brought it."""
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(500), rng.normal(size=500)])
    m = x[:, 1] + rng.normal(size=500)
    y = 0.5 * m + x[:, 1] + rng.normal(size=500)
    weights, contrast = np.ones((1, 500)), np.array([[0.0, 1.0]])
    found = mediation.indirect(m, y, x, contrast, weights)
    left_m = m - x @ np.linalg.lstsq(x, m, rcond=None)[0]
    left_y = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    shared = found.sensitivity[0] * np.sqrt((left_y @ left_y) / (left_m @ left_m)) * left_m
    assert mediation.indirect(m, y - shared, x, contrast, weights).indirect[0, 0] == pytest.approx(0, abs=1e-10)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return indirect(inference(modelled_study.write(tmp_path_factory.mktemp("indirect"), indirect=[ORDER])))


def of(table, estimand, contrast=None):
    rows = table[table["estimand"].eq(estimand)]
    rows = rows[rows["contrast"].isna() if contrast is None else rows["contrast"].eq(contrast).fillna(False)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_planted_association_lies_inside_the_interval(found):
    row = of(found, "indirect_association", "low - high")
    planted = -2 * modelled_study.SKILL_BY_EDUCATION * modelled_study.EASE_BY_SKILL
    assert row["conf_low"] < planted < row["conf_high"]
    assert (row["by"], row["level"], row["measure"]) == ("edu", "skill", "ease")
    direct = of(found, "direct_association", "low - high")
    assert direct["conf_low"] < 0 < direct["conf_high"]
    assert of(found, "sensitivity_correlation")["conf_low"] > 0.2


def test_indirect_and_direct_add_up_to_the_total(found):
    for contrast in ("low - mid", "low - high", "mid - high"):
        parts = [of(found, f"{kind}_association", contrast)["estimate"] for kind in ("indirect", "direct", "total")]
        assert parts[0] + parts[1] == pytest.approx(parts[2], abs=1e-10)


def test_the_same_study_has_the_same_intervals(found, tmp_path):
    again = indirect(inference(modelled_study.write(tmp_path, indirect=[ORDER])))
    assert again.equals(found)


def test_no_text_of_the_analysis_has_a_causal_word(found):
    texts = [*found["method"].dropna().unique(), *found["note"].dropna().unique(), *found["estimand"].unique()]
    texts += [v for k, v in vars(analysis).items() if k.isupper() and isinstance(v, str)]
    assert not [t for t in texts if re.search(r"caus|effect|mediat|impact|influenc|because|leads? to", t, re.I)]


def test_a_number_may_come_first(tmp_path):
    order = {"from": "skill", "through": "i1", "to": "i2"}
    table = indirect(inference(modelled_study.write(tmp_path, indirect=[order])))
    assert of(table, "indirect_association")["estimate"] > 0


def test_a_nonprobability_sample_has_no_interval(tmp_path):
    design = {"sampling": "nonprobability", "weight": "weight"}
    table = indirect(inference(modelled_study.write(tmp_path, indirect=[ORDER], design=design)))
    assert table["estimate"].notna().all()
    assert table[["std_error", "conf_low"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("data", "note"),
    [(lambda d: d.head(24), FEW), (lambda d: d.assign(skill=d["age"].astype(float)), UNFIT)],
    ids=["few", "unfit"],
)
def test_an_association_that_cannot_be_had_is_a_row_with_its_reason(tmp_path, data, note):
    folder = modelled_study.write(
        tmp_path, data(modelled_study.answers()), indirect=[ORDER], design={"weight": "weight"}
    )
    assert indirect(inference(folder))[["status", "note"]].to_numpy().tolist() == [["not_estimable", note]]


def test_without_a_declared_order_the_analysis_is_skipped_with_a_reason(tmp_path):
    with pytest.raises(NotApplicable, match=re.escape(NOTHING)):
        indirect(inference(modelled_study.write(tmp_path)))


def test_an_order_that_is_declared_twice_is_refused(tmp_path):
    with pytest.raises(SchemaError, match="an order of variables again; expected each order once"):
        survey.load(modelled_study.write(tmp_path, indirect=[ORDER, ORDER | {"with": []}])).instrument  # noqa: B018


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from": "ed"}, "named 'ed'.*Did you mean 'edu'"),
        ({"through": "age_"}, "named 'age_'.*Did you mean 'age'"),
        ({"through": "sex"}, "'sex', which is none; expected an indicator, a number"),
        ({"to": "user"}, "'user', which is none; expected an indicator, a number"),
        ({"to": "skill"}, "'skill' again; expected each variable once"),
        ({"with": ["edu"]}, "'edu' again; expected each variable once"),
        ({"trough": "skill"}, "the unknown key 'trough'.*Did you mean 'through'"),
    ],
)
def test_an_order_that_does_not_fit_the_instrument_is_refused_at_its_place(tmp_path, change, message):
    folder = modelled_study.write(tmp_path, indirect=[ORDER | change])
    with pytest.raises(SchemaError, match=message) as refused:
        survey.load(folder).instrument  # noqa: B018 - reading it is what compares the two files
    assert all("indirect" in (p.column or "") for p in refused.value.problems)

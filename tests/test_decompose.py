"""Gaps and their parts: equal to what R computes from first principles, adding up, and refused with reasons."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

import modelled_study
import survey
from measurement_study import inference, value
from reference_designs import LEVELS, cleaned, weighted
from survey.analyse.decompose import FEW, NO_OWN, NOTHING, SEPARATED, UNCLEAR, UNFIT, decompose
from survey.analyse.inference import NotApplicable
from survey.analyse.regressors import REPLICATES
from survey.analyse.respondents import sampling_of
from survey.core.schema import load_study
from survey.errors import SchemaError
from survey.stats.binary_decomposition import yun
from survey.stats.contrasts import group_means, pairs
from survey.stats.decomposition import Design, oaxaca, terms_of
from survey.stats.fairlie import fairlie, matched_by_rank
from survey.stats.products import Grouping
from survey.stats.resampling import psu_bootstrap
from survey.stats.sampling import sampling
from survey.stats.tally import level_tally
from survey.stats.variance import covariance_of_rows

# R's parts rest on lm and glm stopped at 1e-14; errors on central differences with one extrapolation.
ATOL, RTOL_ERROR = 1e-10, 1e-8
# Identities on the same numbers.
SAME = 1e-10
# 2,000 bootstrap samples: the error of an error, 1.6 per cent, five times over.
BOOTSTRAP = 0.08

CASES = json.loads((Path(__file__).parent / "reference" / "decomposition.json").read_text())["cases"]
FRAME = cleaned().frame
PARTS = ("gap", "endowments", "coefficients", "interaction", "explained", "unexplained")


def columns(name):
    if name not in LEVELS:
        return FRAME[name].to_numpy(float)[:, None]
    code = FRAME[name].cat.codes.to_numpy()
    return np.where((code < 0)[:, None], np.nan, code[:, None] == np.arange(len(LEVELS[name]))).astype(float)


def answer(what):
    return FRAME["y"].to_numpy(float) if what == "linear" else FRAME["yes"].astype("float").to_numpy(float)


EACH = [columns(name) for name in ("age", "g", "x")]
DESIGN = Design(np.hstack(EACH), terms_of([c.shape[1] for c in EACH]))
SEX = FRAME["sex"].cat.codes.to_numpy().astype(np.intp)


def sampled(case):
    return sampling_of(weighted(case["design"]).wave.design)


def chosen(*what):
    found = [c for c in CASES if c["what"] in what]
    return pytest.mark.parametrize("case", found, ids=[c["id"] for c in found])


def decomposed(case):
    method = oaxaca if case["what"] == "linear" else yun
    return method(answer(case["what"]), DESIGN, SEX, sampled(case))


@chosen("linear", "binary")
def test_parts_and_their_errors_are_those_computed_in_r(case):
    found = decomposed(case)
    estimate = np.concatenate([found.value[part] for part in PARTS])
    error = np.concatenate([np.sqrt(np.diagonal(found.covariance[part])) for part in PARTS])
    np.testing.assert_allclose(estimate, case["estimate"], atol=ATOL, rtol=0)
    np.testing.assert_allclose(error, case["std_error"], rtol=RTOL_ERROR)


@chosen("fairlie")
def test_fairlies_parts_are_the_mean_over_all_orders(case):
    found = fairlie(answer("binary"), DESIGN, SEX, sampled(case).weight[None])[0]
    np.testing.assert_allclose(found, case["estimate"], atol=ATOL, rtol=0)
    whole = decomposed(case | {"what": "binary"}).value["explained"][0]
    assert found.sum() == pytest.approx(whole, abs=SAME)


@chosen("linear", "binary")
def test_parts_add_up_to_the_gap(case):
    v = decomposed(case).value
    gap = pytest.approx(v["gap"][0], abs=SAME)
    assert v["explained"][0] + v["unexplained"][0] == gap
    assert v["endowments"][0] + v["coefficients"][0] + v["interaction"][0] == gap
    for part in ("explained", "unexplained"):
        assert v[part][1:].sum() == pytest.approx(v[part][0], abs=SAME)


def test_without_missing_covariates_the_gap_has_the_error_of_a_difference_of_domain_means():
    sampling = sampled({"design": "rake"})
    everyone = Design(np.nan_to_num(DESIGN.columns), DESIGN.terms)
    item = np.where(FRAME["item"].isna(), np.nan, FRAME["item"].cat.codes).astype(float)
    found = oaxaca(item, everyone, SEX, sampling)
    code = np.where(np.isnan(item), -1, item).astype(np.intp)
    tally = level_tally(code, 5, [Grouping(SEX, 2)], sampling)
    known = pairs(tally, group_means(tally, np.arange(5.0), sampling))
    assert found.value["gap"][0] == pytest.approx(known.difference[0], abs=SAME)
    assert np.sqrt(found.covariance["gap"][0, 0]) == pytest.approx(known.std_error[0], rel=1e-9)


def test_the_first_level_of_a_covariate_makes_no_difference():
    turned = Design(DESIGN.columns[:, [2, 0, 1, 4, 3, 5, 6]], DESIGN.terms)
    sampling = sampled({"design": "strata_psu"})
    for method, what in ((oaxaca, "linear"), (yun, "binary")):
        one, other = (method(answer(what), design, SEX, sampling) for design in (DESIGN, turned))
        for part in PARTS:
            np.testing.assert_allclose(one.value[part], other.value[part], atol=1e-9)


def test_people_are_matched_at_the_same_weighted_rank():
    value_of = np.array([0.9, 0.1, 0.5, 0.3, 0.2])
    first = np.array([True, True, True, False, False])
    a, b, share = matched_by_rank(value_of, first, np.array([1.0, 1.0, 2.0, 3.0, 1.0]))
    assert [(int(i), int(j)) for i, j in zip(a, b, strict=True)] == [(1, 4), (2, 3), (0, 3)]
    np.testing.assert_allclose(share, [0.25, 0.5, 0.25])


@pytest.mark.parametrize("design", ["strata_psu", "rake"])
def test_bootstrap_errors_of_a_total_are_those_of_the_variance_formula(design):
    sampling = sampled({"design": design})
    y = np.nan_to_num(answer("linear"))
    mean = float(sampling.weight @ y / sampling.weight.sum())
    weights = psu_bootstrap(sampling, 2000, 1)
    again = weights @ y / weights.sum(axis=1)
    z = (sampling.weight * (y - mean) / sampling.weight.sum())[:, None]
    want = float(np.sqrt(covariance_of_rows(z, sampling, np.ones(len(y), dtype=bool))[0, 0]))
    assert again.std(ddof=1) == pytest.approx(want, rel=BOOTSTRAP)


def test_a_unit_alone_in_its_stratum_stays_in_every_bootstrap_sample():
    sampling = sampled({"design": "lonely_average"})
    alone = (np.bincount(sampling.stratum_of_psu) == 1)[sampling.stratum]
    weights = psu_bootstrap(sampling, 20, 1)
    assert alone.any()
    np.testing.assert_array_equal(weights[:, alone], np.tile(sampling.weight[alone], (20, 1)))
    assert (weights[:, ~alone] == 0).any()


def test_bootstrap_weights_meet_the_margins():
    sampling = sampled({"design": "rake"})
    p = sampling.projection
    margins = p.dummies[p.pattern]
    again = psu_bootstrap(sampling, 20, 1) @ margins
    np.testing.assert_allclose(again, np.tile(sampling.weight @ margins, (20, 1)), rtol=1e-6)


GAP = {"measure": "ease", "by": "edu", "groups": ["low", "high"], "with": ["skill", "age"]}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    both = [GAP, GAP | {"measure": "user"}]
    return decompose(inference(modelled_study.write(tmp_path_factory.mktemp("gap"), decompose=both)))


def of(table, estimand, level=None, measure="ease"):
    rows = table[table["estimand"].eq(estimand) & table["measure"].eq(measure)]
    rows = rows[rows["level"].isna() if level is None else rows["level"].eq(level).fillna(False)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_gap_made_by_skill_is_found_to_go_with_skill(found):
    planted = -2 * modelled_study.SKILL_BY_EDUCATION * modelled_study.EASE_BY_SKILL
    skill = of(found, "explained", "skill")
    assert skill["conf_low"] < planted < skill["conf_high"]
    rest = of(found, "unexplained")
    assert rest["conf_low"] < 0 < rest["conf_high"]
    assert skill["contrast"] == "low - high"
    share = of(found, "explained_share")
    assert (share["analysis"], share["status"]) == ("divide", "ok")
    assert share["estimate"] == pytest.approx(of(found, "explained")["estimate"] / of(found, "gap")["estimate"])


def test_a_share_has_its_parts_after_yun_and_after_fairlie(found):
    both = [of(found, part, "skill", "user") for part in ("explained", "explained_fairlie")]
    assert both[0]["unit"] == "proportion"
    assert both[0]["estimate"] == pytest.approx(both[1]["estimate"], abs=0.02)
    assert both[1]["std_error"] == pytest.approx(both[0]["std_error"], rel=0.3)


def test_groups_are_compared_in_the_instruments_order(tmp_path):
    turned = GAP | {"groups": ["high", "low"]}
    assert set(decompose(inference(modelled_study.write(tmp_path, decompose=[turned])))["contrast"]) == {"low - high"}


def test_by_default_ordered_and_two_level_groups_are_decomposed_by_the_other_groups(tmp_path):
    table = decompose(inference(modelled_study.write(tmp_path)))
    assert set(table["contrast"]) == {"1 - 2", "1 - 3", "low - high"}
    assert set(table.loc[table["by"].eq("edu"), "level"].dropna()) == {"sex", "age", "constant"}


def test_a_gap_that_is_not_clear_of_zero_has_no_share(tmp_path):
    table = decompose(inference(modelled_study.write(tmp_path, decompose=[GAP | {"by": "sex", "groups": [1, 2]}])))
    assert of(table, "explained_share")["note"] == UNCLEAR


def test_a_nonprobability_sample_has_parts_without_errors(tmp_path):
    design = {"sampling": "nonprobability", "weight": "weight"}
    both = [GAP, GAP | {"measure": "user"}]
    table = decompose(inference(modelled_study.write(tmp_path, decompose=both, design=design)))
    assert table["estimate"].notna().sum() > 20
    assert table[["std_error", "conf_low", "conf_high", "df"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda d: d[(d["edu"] != "low") | (d.index < 60)], FEW),
        (lambda d: d.assign(skill=d["age"]), UNFIT),
        (lambda d: d.assign(user=d["user"].where(d["age"] != 3, 1)), SEPARATED),
    ],
    ids=["few", "collinear", "separated"],
)
def test_a_gap_that_cannot_be_decomposed_is_a_row_with_its_reason(tmp_path, change, note):
    data = change(modelled_study.answers())
    measure = "user" if note == SEPARATED else "ease"
    table = decompose(inference(modelled_study.write(tmp_path, data, decompose=[GAP | {"measure": measure}])))
    assert value(table, "gap", measure=measure, by="edu")["note"] == note


@pytest.mark.parametrize("measure", ["ease", "user"])
def test_where_a_group_lacks_a_level_the_explained_part_is_shown_and_the_rest_has_a_reason(tmp_path, measure):
    d = modelled_study.answers()
    d = d[(d["edu"] != "low") | (d["age"] != 3)]
    table = decompose(inference(modelled_study.write(tmp_path, d, decompose=[GAP | {"measure": measure}])))
    assert of(table, "explained", "skill", measure)["status"] == "ok"
    gap, parts = of(table, "gap", None, measure), [of(table, p, None, measure) for p in ("explained", "unexplained")]
    assert sum(part["estimate"] for part in parts) == pytest.approx(gap["estimate"], abs=SAME)
    assert of(table, "endowments", None, measure)["note"] == NO_OWN


def test_a_study_without_groups_and_one_of_replicate_weights_are_skipped_with_a_reason(tmp_path):
    with pytest.raises(NotApplicable, match=NOTHING):
        decompose(inference(modelled_study.write(tmp_path / "none", groups=[])))
    design = {
        "weight": "weight",
        "stratum": "district",
        "psu": "block",
        "replicates": {"type": "bootstrap", "number": 20},
    }
    with pytest.raises(NotApplicable, match=REPLICATES):
        decompose(inference(modelled_study.write(tmp_path / "replicates", design=design)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "eas"}, "no question, indicator or derived variable named 'eas'.*Did you mean 'ease'"),
        ({"measure": "edu"}, "'edu', which is none; expected an indicator, a number"),
        ({"by": "skill"}, "'skill', which is none; expected a question or derived variable that puts"),
        ({"by": "ed"}, "named 'ed'.*Did you mean 'edu'"),
        ({"groups": ["low", "hig"]}, "no level 'hig' of 'edu'.*Did you mean 'high'"),
        ({"groups": ["low", "low"]}, "'low' again; expected two groups that differ"),
        ({"groups": ["low"]}, "expected 2 or more entries"),
        ({"with": ["skil"]}, "named 'skil'.*Did you mean 'skill'"),
        ({"with": ["skill", "skill"]}, "'skill' again; expected each variable once"),
        ({"with": ["edu"]}, "'edu' again; expected each variable once"),
        ({"with": []}, "expected 1 or more entries"),
        ({"without": ["skill"]}, "the unknown key 'without'.*Did you mean 'with'"),
    ],
)
def test_a_decomposition_that_does_not_fit_the_instrument_is_refused_at_its_place(tmp_path, change, message):
    folder = modelled_study.write(tmp_path, decompose=[GAP | change])
    with pytest.raises(SchemaError, match=message) as refused:
        survey.load(folder).instrument  # noqa: B018 - reading it is what compares the two files
    assert all("decompose" in (p.column or "") for p in refused.value.problems)


def test_a_gap_that_is_decomposed_twice_is_refused(tmp_path):
    again = {"measure": "ease", "by": "edu", "with": ["sex"]}
    with pytest.raises(SchemaError, match="'ease' again, by the same groups; expected each gap once"):
        survey.load(modelled_study.write(tmp_path, decompose=[GAP, again])).instrument  # noqa: B018


def test_the_schema_reads_a_decomposition_of_several_measures():
    text = "\n".join(
        [
            "format: 1", "study: s", "title: t", "languages: [en]", "instrument: i.yaml", "waves: {w: {source: d.csv}}",
            "decompose: [{measure: [a, b], by: c, with: d}]",
        ]
    )  # fmt: skip
    (spec,) = load_study(text, "study.yaml").decompose
    assert (spec.measures, spec.by, spec.groups, spec.covariates) == (("a", "b"), "c", None, ("d",))


@pytest.mark.slow
def test_intervals_of_the_explained_part_hold_the_truth_in_95_of_100_samples():
    """Units share an effect on the covariate and on the answer; the truth is that of the population drawn from."""
    seeds = int(os.environ.get("SURVEY_SEEDS", "400"))
    held = {"explained": 0, "unexplained": 0, "binary": 0}
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        unit = np.repeat(np.arange(100), 10)
        shared = rng.normal(0, 0.3, (100, 2))[unit]
        group = rng.integers(0, 2, 1000)
        x = group + shared[:, 0] + rng.normal(size=1000)
        y = 0.6 * x + 0.3 * group + shared[:, 1] + rng.normal(size=1000)
        weight = rng.uniform(0.5, 2, 1000)
        drawn = sampling(weight, [(unit // 20, unit, np.full(1000, np.inf))])
        found = oaxaca(y, Design(x[:, None], terms_of([1])), group, drawn)
        for part, truth in (("explained", -0.6), ("unexplained", -0.3)):
            half = 1.985 * np.sqrt(found.covariance[part][0, 0])
            held[part] += abs(found.value[part][0] - truth) < half
        share = yun((y > 0.5).astype(float), Design(x[:, None], terms_of([1])), group, drawn)
        half = 1.985 * np.sqrt(share.covariance["gap"][0, 0])
        # Total variance of y is 0.36 (1 + 0.09) + 0.09 + 1; its mean is 0 in group a and 0.9 in group b.
        spread = np.sqrt(0.36 * 1.09 + 1.09)
        held["binary"] += abs(share.value["gap"][0] - (ndtr(-0.5 / spread) - ndtr(0.4 / spread))) < half
    slack = 3 * np.sqrt(0.95 * 0.05 / seeds)
    assert all(abs(count / seeds - 0.95) < slack + 0.01 for count in held.values()), held

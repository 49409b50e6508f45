"""Strata where groups meet: equal to R's restricted likelihood, shrunken, and never shown where few answered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import modelled_study
import survey
from measurement_study import inference
from reference_designs import LEVELS, cleaned
from survey.analyse.inference import NotApplicable
from survey.analyse.intersections import FEW_STRATA, NO_GROUPS, NO_PROBABILITY, ONLY_MODELLED, intersections
from survey.errors import SchemaError
from survey.stats.area_model import main_effects, strata_model
from survey.stats.smallarea import Direct

# R's optimise stops at 1e-8 of the variance; the issue asks for 1e-4.
REML = 1e-5
AREA = json.loads((Path(__file__).parent / "reference" / "strata.json").read_text())


def reference():
    """The strata of the reference with the design effect that it is given, and their levels."""
    n = np.array(AREA["n"], dtype=np.intp)
    variance = AREA["deff"] * AREA["s2"] / n
    keys = [cell.split("|") for cell in AREA["cell"]]
    levels = np.array([[LEVELS[g].index(k) for g, k in zip(("sex", "age", "g"), key, strict=True)] for key in keys])
    return Direct(np.array(AREA["mean"]), variance, n, n, AREA["deff"]), levels


def test_variances_vpc_pcv_and_shrunken_means_are_those_computed_in_r():
    model = strata_model(*reference())
    assert model.null.sigma2 == pytest.approx(AREA["variance_null"], rel=REML)
    assert model.main.sigma2 == pytest.approx(AREA["variance_main"], rel=REML, abs=REML)
    assert (model.vpc, model.vpc_main, model.pcv) == pytest.approx(
        (AREA["vpc"], AREA["vpc_main"], AREA["pcv"]), abs=REML
    )
    np.testing.assert_allclose(model.main.eblup, AREA["shrunken"], atol=REML)
    np.testing.assert_allclose(model.fitted, AREA["fitted"], atol=REML)
    assert model.within == pytest.approx(AREA["s2"])


def test_the_reference_strata_are_those_of_the_sample():
    frame = cleaned().frame.dropna(subset=["y", "sex", "age", "g"])
    assert sum(AREA["n"]) == len(frame)


def test_main_effects_leave_out_the_first_level_and_levels_that_nobody_holds():
    levels = np.array([[0, 0], [0, 3], [1, 0], [1, 3]])
    np.testing.assert_array_equal(main_effects(levels), [[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]])


def planted(bump: float, seed: int = 3, n: int = 2400):
    """Answers in which old women of low education judge `bump` points otherwise than their groups let expect."""
    d = modelled_study.answers(n, seed)
    both = (d["sex"] == 2) & (d["age"] == 3) & (d["edu"] == "low")
    for item in ("i1", "i2"):
        d[item] = np.clip(np.round(d[item] + bump * both), 1, 7).astype(int)
    return d


def rows(table, estimand):
    return table[table["estimand"].eq(estimand)].set_index("level")


def test_groups_that_add_up_leave_next_to_nothing_between_strata(tmp_path):
    table = intersections(inference(modelled_study.write(tmp_path)))
    value = table.set_index("estimand")["estimate"]
    assert value["vpc"] > 0.1
    assert value["pcv"] > 0.9
    assert value["vpc_main"] < 0.02


def test_a_stratum_that_stands_out_is_shown_beyond_its_main_effects(tmp_path):
    table = intersections(inference(modelled_study.write(tmp_path, planted(-1.5))))
    beyond = rows(table, "interaction")["estimate"]
    assert beyond.idxmin() == "2 × 3 × low"
    assert beyond.min() < -0.7
    assert table.loc[table["estimand"].eq("vpc_main"), "estimate"].item() > 0.03


def test_strata_of_few_people_are_in_the_model_and_have_no_value_in_the_table(tmp_path):
    d = planted(0)
    both = (d["sex"] == 2) & (d["age"] == 3)
    few = d[both & (d["edu"] == "low")].index[7:].union(d[both & (d["edu"] == "mid")].index[6:])
    table = intersections(inference(modelled_study.write(tmp_path, d.drop(few))))
    means = rows(table, "shrunken_mean")
    hidden = means.loc[["2 × 3 × low", "2 × 3 × mid"]]
    assert hidden["note"].eq(ONLY_MODELLED).all()
    assert hidden[["estimate", "std_error", "n_level"]].isna().all(axis=None)
    assert not {"2 × 3 × low", "2 × 3 × mid"} & {*rows(table, "interaction").index, *rows(table, "shrinkage").index}
    assert means["estimate"].notna().sum() == 16


def test_one_stratum_of_few_people_takes_the_next_smallest_with_it(tmp_path):
    d = planted(0)
    few = d[(d["sex"] == 2) & (d["age"] == 3) & (d["edu"] == "low")].index[7:]
    table = intersections(inference(modelled_study.write(tmp_path, d.drop(few))))
    means = rows(table, "shrunken_mean")
    assert means["note"].eq(ONLY_MODELLED).sum() == 2


def test_shrunken_means_lie_between_the_direct_mean_and_the_main_effects(tmp_path):
    inf = inference(modelled_study.write(tmp_path, planted(-1.5)))
    table = intersections(inf)
    means, beyond, lent = (rows(table, e)["estimate"] for e in ("shrunken_mean", "interaction", "shrinkage"))
    assert lent.between(0, 1).all()
    y, w = inf.wave.answers("ease").to_numpy(float), inf.sampling.weight
    keys = inf.wave.frame[["sex", "age", "edu"]].astype(str).agg(" × ".join, axis=1)
    for level in means.index:
        at = (keys == level).to_numpy()
        direct = w[at] @ y[at] / w[at].sum()
        fitted = means[level] - beyond[level]
        assert means[level] == pytest.approx((1 - lent[level]) * direct + lent[level] * fitted, abs=1e-9)


def test_two_groups_may_be_crossed(tmp_path):
    table = intersections(inference(modelled_study.write(tmp_path, intersections=["edu", "age"])))
    assert set(rows(table, "shrunken_mean").index) == {f"{e} × {a}" for e in ("low", "mid", "high") for a in "123"}


def test_strata_without_two_units_each_are_a_row_with_its_reason(tmp_path):
    d = modelled_study.answers(48).assign(i1=4, i2=4)
    table = intersections(inference(modelled_study.write(tmp_path, d, design={"weight": "weight"})))
    assert table[["status", "note"]].to_numpy().tolist() == [["not_estimable", FEW_STRATA]]


@pytest.mark.parametrize(
    ("study", "reason"),
    [
        ({"groups": ["sex"]}, NO_GROUPS),
        ({"design": {"sampling": "nonprobability", "weight": "weight"}}, NO_PROBABILITY),
    ],
)
def test_where_intersections_do_not_apply_a_reason_is_given(tmp_path, study, reason):
    with pytest.raises(NotApplicable, match=reason):
        intersections(inference(modelled_study.write(tmp_path, **study)))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["edu", "ag"], "named 'ag'.*Did you mean 'age'"),
        (["edu", "skill"], "'skill', which is none; expected a question or derived variable that puts"),
        (["edu", "edu"], "'edu' again; expected each variable once"),
        (["edu"], "expected 2 or more entries"),
        (["edu", "age", "sex", "user"], "expected at most 3 entries"),
    ],
)
def test_intersections_that_do_not_fit_the_instrument_are_refused(tmp_path, names, message):
    with pytest.raises(SchemaError, match=message):
        survey.load(modelled_study.write(tmp_path, intersections=names)).instrument  # noqa: B018

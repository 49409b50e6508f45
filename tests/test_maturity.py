"""Maturity: cells by rule, probabilities by bootstrap, and no placement called certain that is not."""

from __future__ import annotations

from math import erf, sqrt

import numpy as np
import pytest

import survey
from plan_study import DESIGN, FRAMES, data, inferences, row, write
from survey.analyse.inference import NotApplicable
from survey.analyse.maturity import NO_PROBABILITY, NO_RULE, NOT_ASKED, OPEN, maturity
from survey.errors import SchemaError
from survey.stats.placement import placed

RTOL = 1e-9
BOOTSTRAP = 0.04  # three standard errors of a share of 2,000 draws, and what few units differ from normal by
CELLS = {
    "initial": ["below", "below"],
    "developing": ["above", "below"],
    "managed": ["below", "above"],
    "optimized": ["above", "above"],
}


def rule(readiness: float = 50, performance: float = 50, **keys):
    cuts = {"readiness": readiness, "performance": performance}
    return {"readiness": ["i1", "i2"], "performance": ["i3", "i4", "i5"], "cuts": cuts, "cells": CELLS} | keys


def made(folder, table=None, **keys):
    (inf,) = inferences(write(folder, data([2.6]) if table is None else table, {"frames": FRAMES}, **keys))
    return maturity(inf)


def normal(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2


@pytest.mark.parametrize("design", [DESIGN, {}], ids=["units", "persons"])
def test_the_probability_of_a_side_is_that_of_the_scores_error(tmp_path, design):
    found = made(tmp_path, maturity=rule(readiness=42, performance=1), design=design)
    score = row(found, measure="maturity", estimand="score100", level="readiness")
    z = (score["estimate"] - 42) / score["std_error"]
    above = row(found, measure="maturity", estimand="cell_probability", level="optimized")["estimate"]
    assert 0.02 < above < 0.98
    assert above == pytest.approx(normal(z), abs=BOOTSTRAP)


def test_the_cells_of_every_domain_add_up_to_one(tmp_path):
    found = made(tmp_path, maturity=rule(42, 40))
    cells = found[found["estimand"].eq("cell_probability")]
    np.testing.assert_allclose(cells.groupby(["by", "by_level"], dropna=False)["estimate"].sum(), 1, rtol=RTOL)
    assert len(cells) == 4 * 3  # everyone, two groups


def test_both_scores_come_from_the_same_people_and_move_together(tmp_path):
    """Independent axes would give the product of the sides' probabilities."""
    found = made(tmp_path, maturity=rule(41.0, 40.0))
    p = {cell: row(found, measure="maturity", estimand="cell_probability", level=cell)["estimate"] for cell in CELLS}
    ready, performs = p["developing"] + p["optimized"], p["managed"] + p["optimized"]
    assert 0.1 < ready < 0.9
    assert 0.1 < performs < 0.9
    assert p["optimized"] > ready * performs + 0.03


def test_a_clear_placement_is_named_and_one_near_the_cut_is_not_certain(tmp_path):
    clear = row(made(tmp_path / "a", maturity=rule(10, 90)), measure="maturity", estimand="placement")
    assert (clear["note"], clear["estimate"]) == ("developing", 1)
    score = row(made(tmp_path / "b", maturity=rule()), measure="maturity", estimand="score100", level="readiness")
    at_cut = round(float(score["estimate"]) - 0.3 * float(score["std_error"]), 3)
    near = row(made(tmp_path / "c", maturity=rule(at_cut, 10)), measure="maturity", estimand="placement")
    assert near["estimate"] < 0.9
    assert near["note"] == "optimized" + OPEN


def test_the_words_of_the_cells_are_the_rules(tmp_path):
    turned = {**CELLS, "developing": ["below", "above"], "managed": ["above", "below"]}
    found = made(tmp_path, maturity=rule(10, 90, cells=turned))
    assert row(found, measure="maturity", estimand="placement")["note"] == "managed"


def test_few_units_make_no_placement_certain(tmp_path):
    table = data([2.6], n=48, blocks=6)
    found = made(tmp_path, table, maturity=rule(10, 90))
    stands = row(found, measure="maturity", estimand="placement")
    assert (stands["status"], stands["note"]) == ("imprecise", "developing" + OPEN)


def test_an_example_rule_is_called_one_in_every_row(tmp_path):
    assert made(tmp_path, maturity=rule(example=True))["method"].str.endswith("; example rule").all()


def test_the_same_seed_gives_the_same_probabilities(tmp_path):
    one, two = (made(tmp_path / name, maturity=rule(42, 41)) for name in "ab")
    assert one.equals(two)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({}, NO_RULE),
        ({"maturity": rule(), "design": {**DESIGN, "sampling": "nonprobability"}}, NO_PROBABILITY),
        ({"maturity": rule(readiness_of=None), "frame": "near"}, NOT_ASKED),
    ],
)
def test_where_no_placement_can_be_told_the_reason_is(tmp_path, keys, reason):
    if reason == NOT_ASKED:
        keys = {**keys, "maturity": rule() | {"readiness": ["people"]}}
    with pytest.raises(NotApplicable, match=reason):
        made(tmp_path, **keys)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (rule(cuts={"readiness": 50}), "no cut of performance"),
        (rule(readiness=120), "less than 100"),
        (rule(cells={k: v for k, v in CELLS.items() if k != "managed"}), "no cell for"),
        (rule() | {"readiness": ["sex"]}, "score100 of 'sex'"),
        (rule() | {"readiness": ["i9"]}, "no measure or dimension named 'i9'"),
        (rule(cells={**CELLS, "initial": ["under", "below"]}), "'under'"),
        (rule(cells={**CELLS, "begun": ["below", "below"]}), "begun"),
    ],
)
def test_a_rule_that_does_not_hold_together_is_refused(tmp_path, broken, message):
    folder = write(tmp_path, data([2.6], n=60, blocks=6), {"frames": FRAMES}, maturity=broken)
    with pytest.raises(SchemaError, match=message):
        survey.load(folder)


def test_a_score_at_its_cut_lies_above_it():
    found = placed(np.array([[50.0, 49.9]]), np.zeros((4, 1, 2)), np.array([50.0, 50.0]))
    assert found.above.tolist() == [[True, False]]
    assert found.probability[0].tolist() == [[0, 0], [1, 0]]


@pytest.mark.parametrize(
    ("cut", "says", "never"), [(10, "The city stands at", "No placement"), (41, "No placement is certain", "stands at")]
)
def test_the_report_names_a_placement_only_where_it_is_certain(tmp_path, cut, says, never):
    from survey.analyse import disclosure
    from survey.report.page import page
    from survey.report.sections.maturity import maturity as section

    (inf,) = inferences(write(tmp_path, data([2.6]), maturity=rule(cut, 10)))
    release = disclosure.protect(maturity(inf), inf.study, inf.study.waves[0], inf.instrument, {})
    text = str(section(page(release, "en")).blocks[0])
    assert says in text
    assert never not in text

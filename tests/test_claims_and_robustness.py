"""A claim is tested in one way: the study's own specification of `robustness` repeats the row of `claims`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import survey
from measurement_study import DONT_KNOW, frame, inference, write
from survey.analyse.claims import claims
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.analyse.robustness import robustness

Key, Row = tuple[str, str], dict[str, Any]
ATOL = 1e-12  # the same sums in another order
N = 600
DESIGNS: dict[str, dict[str, Any]] = {
    "simple": {},
    "clusters": {"stratum": "st", "psu": "psu", "weight": "w"},
    "weights": {"weight": "w"},
    "units": {"stratum": "st", "psu": "psu"},
}
QUESTIONS = [
    {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "m", 2: "f"}},
    {"name": "aware", "type": "nominal", "text": "Aware", "codes": {0: "no", 1: "yes"}},
    {"name": "heard", "type": "nominal", "text": "Heard", "codes": {0: "no", 1: "a little", 2: "much"}},
    {"name": "all_yes", "type": "nominal", "text": "All", "codes": {0: "no", 1: "yes"}},
    {"name": "even", "type": "nominal", "text": "Even", "codes": {0: "no", 1: "yes"}},
    {"name": "age", "type": "integer", "text": "Age"},
    {"name": "sources", "type": "multi", "text": "Sources", "separator": ";", "codes": {1: "radio", 2: "paper"}},
]
#: What is claimed; each is about what another branch of the test decides.
CLAIMS: dict[str, dict[str, Any]] = {
    "value": {"measure": "aware", "estimand": "proportion", "value": 0.6, "equivalence": 0.05},
    "readings": {
        "measure": "aware", "estimand": "proportion", "value": 0.25, "equivalence": 0.04,
        "readings": [{"measure": "heard", "answer": 2, "text": "x"}, {"measure": "sources", "answer": 1, "text": "x"}],
    },
    "answer": {"measure": "heard", "answer": 0, "estimand": "proportion", "direction": "below", "value": 0.5},
    "share_near": {"measure": "heard", "answer": 1, "estimand": "proportion", "direction": "above", "value": 0.31},
    "everyone": {"measure": "all_yes", "estimand": "proportion", "direction": "above", "value": 0.99},
    "half_of_every_unit": {"measure": "even", "estimand": "proportion", "direction": "above", "value": 0.4},
    "mean": {"measure": "scale", "estimand": "mean", "direction": "below", "value": 3.05},
    "mean_of_value": {"measure": "i1", "estimand": "mean", "value": 3, "equivalence": 0.2},
    "means_of_value": {"measures": ["i1", "i2", "scale"], "estimand": "mean", "value": 3, "equivalence": 0.1},
    "score100": {"measure": "scale", "estimand": "score100", "direction": "above", "value": 51},
    "several": {"measures": ["i1", "i2", "i3"], "estimand": "mean", "direction": "above", "value": 2.9, "adjust": "holm"},
    "mixed": {"measures": ["i1", "i4"], "estimand": "mean", "direction": "above", "value": 3.2},
    "top2": {"measures": ["i1", "i4"], "estimand": "top2", "direction": "above", "value": 0.2},
    "age": {"measure": "age", "estimand": "mean", "direction": "above", "value": 47},
    "unsaid": {"measure": "i2", "estimand": "dont_know", "direction": "below", "value": 0.12},
    "both": {"measure": "i3", "estimand": "mean", "direction": "above", "value": 3, "equivalence": 0.2},
    "largest": {"measures": ["i1", "i2", "i4"], "estimand": "mean", "largest": "i4"},
    "not_largest": {"measures": ["i1", "i2", "i4"], "estimand": "mean", "largest": "i2", "adjust": "none"},
    "largest_share": {"measures": ["aware", "all_yes"], "estimand": "proportion", "largest": "all_yes"},
}  # fmt: skip


def studied(folder: Path, design: dict[str, Any]) -> Inference:
    """60 units of ten, unequal weights, blanks and don't-know answers; the fourth item lies above the others."""
    rng, at = np.random.default_rng(8), np.arange(N)
    unit = rng.normal(size=(60, 1)).repeat(10, axis=0)
    given = np.round(3 + 0.3 * unit + rng.normal(size=(N, 4)) + [0, 0, 0, 0.6])
    items = np.clip(given, 1, 5).astype(int).astype(object)
    items[rng.random((N, 4)) < 0.1] = DONT_KNOW
    aware = (0.25 * unit[:, 0] + rng.normal(size=N) < 0.3).astype(int)
    more = {
        "sex": at % 2 + 1, "aware": aware, "heard": rng.choice(3, N, p=[0.45, 0.3, 0.25]), "all_yes": np.ones(N, int),
        "even": 1 - at % 2,
        "age": rng.integers(18, 80, N), "sources": rng.choice(["1", "2", "1;2"], N, p=[0.2, 0.5, 0.3]),
        "w": rng.uniform(0.5, 2, N), "st": at // 150, "psu": at // 10,
    }  # fmt: skip
    declared = [{"id": name, "text": "x"} | claim for name, claim in CLAIMS.items()]
    table = frame(items, **more)
    return inference(write(folder, table, questions=QUESTIONS, groups=["sex"], design=design, claims=declared))


def of_claims(inf: Inference) -> dict[Key, Row]:
    """The rows of everyone that bear a verdict on a whole claim or on a reading of it."""
    table, declared = claims(inf), {c.id: c for c in inf.study.claims}
    rows = keyed(table[table["by"].isna() & table["estimand"].ne("equivalence")], "level")
    wanted = {(c.id, name) for c in declared.values() for name in ("", *(r.measure for r in c.readings))}
    return {key: row for key, row in rows.items() if key in wanted}


def of_robustness(inf: Inference) -> dict[Key, Row]:
    """What the study's own specification says of each claim and each reading."""
    table, ids = robustness(inf), [c.id for c in inf.study.claims]
    own = table["measure"].isin(ids) & table["level"].eq("study").fillna(False) & table["estimate"].notna()
    return keyed(table[own], "contrast")


def keyed(table: pd.DataFrame, column: str) -> dict[Key, Row]:
    """(claim, reading or nothing) → row; the first of several that rest on one another."""
    rows = table.assign(**{column: table[column].fillna("")}).drop_duplicates(["measure", column])
    return {(row["measure"], row[column]): row for row in rows.to_dict("records")}


def assert_same(inf: Inference) -> None:
    """Same verdict, same p, for every claim and reading that is tried."""
    said, own = of_claims(inf), of_robustness(inf)
    tested = {key: row for key, row in said.items() if row["note"] != "not_testable"}
    assert set(own) == set(tested)
    for key, row in own.items():
        assert (key, row["note"]) == (key, tested[key]["note"])
        assert row["p_value"] == pytest.approx(tested[key]["p_value"], rel=0, abs=ATOL, nan_ok=True), key


@pytest.mark.parametrize("design", DESIGNS)
def test_the_study_s_own_specification_repeats_the_row_of_the_claim(tmp_path: Path, design: str) -> None:
    inf = studied(tmp_path, DESIGNS[design])
    assert_same(inf)
    assert (of_claims(inf)["half_of_every_unit", ""]["note"] == "not_testable") == (design == "units")
    if design == "simple":
        assert {row["note"] for row in of_robustness(inf).values()} == {"supported", "contradicted", "undecided"}


def test_the_interval_of_a_share_leaves_a_value_out_where_its_test_does(tmp_path: Path) -> None:
    inf = studied(tmp_path, DESIGNS["clusters"])
    said, own = of_claims(inf), of_robustness(inf)
    for name, value in (("answer", 0.5), ("value", 0.6), ("everyone", 0.99)):
        of_claim, row = said[name, ""], own[name, ""]
        for end in ("estimate", "conf_low", "conf_high"):
            assert row[end] + value == pytest.approx(of_claim[end], abs=ATOL)


def test_a_declared_limit_is_the_reason_why_a_claim_is_not_tried(tmp_path: Path) -> None:
    claim = {"id": "DOM", "text": "x", "measure": "i1", "estimand": "mean", "not_testable": "one survey"}
    missing = {"id": "TOP", "text": "x", "measure": "scale", "estimand": "top2", "direction": "below", "value": 0.4}
    data = frame(np.random.default_rng(1).integers(1, 6, (60, 3)))
    table = robustness(inference(write(tmp_path, data, claims=[claim, missing])))
    notes = table[table["estimand"].eq("agreement_verdict")].set_index("measure")["note"]
    assert notes["DOM"] == "not tested: the study declares that a survey cannot show it"
    assert notes["TOP"] == "only claims about means and shares are tried otherwise"


def test_a_part_that_few_answered_in_cannot_be_had_from_a_claim_without_the_others(tmp_path: Path) -> None:
    at = np.arange(400)
    area = {"name": "area", "type": "nominal", "role": "geography", "text": "Area", "codes": {0: "a", 1: "b", 2: "c"}}
    heard = np.where((at % 3 == 0) & (at > 15), "", (at // 7 % 2).astype(str))  # six answers in the first area
    data = frame(np.random.default_rng(1).integers(1, 6, (400, 3)), area=at % 3, heard=heard)
    claim = {"id": "C", "text": "x", "measure": "heard", "answer": 1, "estimand": "proportion", "value": 0.5}
    inf = inference(write(tmp_path, data, questions=[area, QUESTIONS[2]], groups=["area"],
                          claims=[claim | {"direction": "below"}]))  # fmt: skip
    table = robustness(inf)
    of_claim, of_scale = (set(table.loc[table["measure"].eq(m), "level"].dropna()) for m in ("C", "scale"))
    assert any(level.startswith("without_area") for level in of_scale)
    assert not any(level.startswith("without_area") for level in of_claim)


def test_the_claims_of_the_tangsel_study_are_tested_in_one_way() -> None:
    study = survey.load(Path(__file__).parents[1])
    assert_same(Inference.within(study.spec, InMemory.of(study.wave("2025"))))

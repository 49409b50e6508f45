"""Propositions: a gap, and a difference of gaps, equal their closed forms; what cannot be tested says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import survey
from measurement_study import frame, inference, value, write
from survey.analyse.claims import NO_SAMPLE
from survey.analyse.compare import compare
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.propositions import FEW, NO_PROPOSITIONS, NOTHING_TO_TEST, propositions
from survey.core import estimates
from survey.errors import SchemaError

RTOL = 1e-10  # the same formula by another way of summing
N = 800
USER = {"name": "user", "type": "nominal", "text": "User", "codes": {0: "no", 1: "yes"}}
SCHOOL = {"name": "school", "type": "ordinal", "text": "School", "codes": {1: "low", 2: "middle", 3: "high"}}
GAP = {"measure": "scale", "by": "school", "groups": [3, 1], "direction": "above"}
WIDER = GAP | {"across": "user", "levels": [1, 0]}


def declared(name: str, test: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    made = {"id": name, "text": "theory", "predicts": "more", "rival": "something else"}
    return made | ({"test": test} if test else {}) | more


def studied(folder: Path, *theory: dict[str, Any], widens: float = 1.0, **study: Any) -> Inference:
    """Users with high school stand `widens` points higher than the rest; units of ten in four strata."""
    rng, at = np.random.default_rng(8), np.arange(N)
    school, user = at % 3 + 1, study.pop("user", (at // 3) % 2)
    shift = widens * ((school == 3) & (user == 1))
    given = np.clip(np.round(3 + shift[:, None] + rng.normal(size=(N, 5))), 1, 5).astype(int)
    table = frame(given, school=school, user=user, st=at // 200, psu=at // 10, w=1 + at % 4)
    design = study.pop("design", {"stratum": "st", "psu": "psu", "weight": "w"})
    spec = {"groups": ["school"], "design": design, "propositions": list(theory)} | study
    return inference(write(folder, table, questions=[USER, SCHOOL], **spec))


def test_a_gap_of_two_groups_is_the_difference_of_the_comparison(tmp_path: Path) -> None:
    inf = studied(tmp_path, declared("P1", GAP))
    table, compared = propositions(inf), compare(inf)
    estimates.check(table)
    row = value(table, "difference", "scale", "P1")
    pair = compared[compared["estimand"].eq("difference") & compared["contrast"].eq("1 - 3")].iloc[0]
    np.testing.assert_allclose([row.estimate, row.std_error], [-pair.estimate, pair.std_error], rtol=RTOL)
    np.testing.assert_allclose(row.p_value, pair.p_value / 2, rtol=1e-8)
    assert row.note == "supported"
    assert "school: 3 - 1" in row.method


def test_a_gap_that_widens_with_use_is_found_and_one_that_does_not_is_undecided(tmp_path: Path) -> None:
    wide = value(
        propositions(studied(tmp_path / "a", declared("P2", WIDER))), "difference_of_differences", "scale", "P2"
    )
    assert wide.note == "supported"
    assert 0.6 < wide.estimate < 1.0  # the end of the scale takes some of the planted point
    none = propositions(studied(tmp_path / "b", declared("P2", WIDER), widens=0.0))
    assert value(none, "difference_of_differences", "scale", "P2").note == "undecided"
    less = propositions(studied(tmp_path / "c", declared("P2", WIDER), widens=-1.0))
    assert value(less, "difference_of_differences", "scale", "P2").note == "contradicted"


def test_a_difference_of_gaps_is_the_contrast_of_four_means(tmp_path: Path) -> None:
    inf = studied(tmp_path, declared("P2", WIDER))
    row = value(propositions(inf), "difference_of_differences", "scale", "P2")
    frame_, w = inf.wave.frame, inf.sampling.weight
    y, school, user = (frame_[c].astype(float).to_numpy() for c in ("scale", "school", "user"))

    def mean(s: int, u: int) -> float:
        here = (school == s) & (user == u)
        return float(np.average(y[here], weights=w[here]))

    assert row.estimate == pytest.approx(mean(3, 1) - mean(1, 1) - mean(3, 0) + mean(1, 0))


def test_the_error_of_a_difference_of_gaps_is_that_of_its_psu_totals(tmp_path: Path) -> None:
    inf = studied(tmp_path, declared("P2", WIDER))
    row = value(propositions(inf), "difference_of_differences", "scale", "P2")
    frame_, w, at = inf.wave.frame, inf.sampling.weight, np.arange(N)
    y, school, user = (frame_[c].astype(float).to_numpy() for c in ("scale", "school", "user"))
    z = np.zeros(N)
    for s, u, sign in ((3, 1, 1), (1, 1, -1), (3, 0, -1), (1, 0, 1)):
        here = (school == s) & (user == u)
        z[here] += sign * w[here] * (y[here] - np.average(y[here], weights=w[here])) / w[here].sum()
    total = np.bincount(at // 10, z).reshape(4, 20)
    variance = (20 / 19 * ((total - total.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)).sum()
    np.testing.assert_allclose(row.std_error, np.sqrt(variance), rtol=RTOL)
    assert row.df == 76


def test_a_share_of_users_is_a_gap_too(tmp_path: Path) -> None:
    test = {"measure": "user", "by": "school", "groups": [3, 1], "direction": "above"}
    row = value(propositions(studied(tmp_path, declared("P1", test))), "difference", "user", "P1")
    assert row.unit == "proportion"
    assert abs(row.estimate) < 0.1


def test_predictions_of_one_theory_are_one_family(tmp_path: Path) -> None:
    table = propositions(studied(tmp_path, declared("P1", GAP), declared("P2", WIDER)))
    p = table["p_value"].to_numpy()
    np.testing.assert_allclose(table["p_adjusted"].min(), 2 * p.min(), rtol=RTOL)


def test_what_cannot_be_tested_is_shown_without_a_verdict(tmp_path: Path) -> None:
    shown = declared("P3", {"measure": "scale"}, not_testable="one city")
    silent = declared("P4", None, not_testable="no data")
    table = propositions(studied(tmp_path, shown, silent))
    row = value(table, "mean", "scale", "P3")
    assert (row.note, np.isnan(row.p_value)) == ("not_testable", True)
    assert row.conf_low < row.estimate < row.conf_high
    nothing = value(table, "mean", None, "P4")
    assert (nothing.note, nothing.method) == ("not_testable", NOTHING_TO_TEST)


def test_without_a_probability_sample_nothing_is_tested(tmp_path: Path) -> None:
    row = value(
        propositions(studied(tmp_path, declared("P1", GAP), design={"sampling": "nonprobability"})),
        "difference", "scale", "P1",
    )  # fmt: skip
    assert (row.note, row.method) == ("not_testable", NO_SAMPLE)
    assert np.isfinite(row.estimate)
    assert np.isnan(row.std_error)


def test_a_contrast_of_a_small_group_is_not_shown(tmp_path: Path) -> None:
    user = np.where(np.arange(N) < 20, 1, 0)
    row = value(propositions(studied(tmp_path, declared("P2", WIDER), user=user)), "difference_of_differences", "scale",
                "P2")  # fmt: skip
    assert (row.status, row.method, row.note) == ("not_estimable", FEW, "not_testable")


def test_a_study_without_propositions_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable) as reason:
        propositions(studied(tmp_path))
    assert str(reason.value) == NO_PROPOSITIONS


@pytest.mark.parametrize(
    ("theory", "message"),
    [
        (declared("P1", None), "a proposition without a test"),
        (declared("P1", {"measure": "scale"}), "a proposition without a test"),
        (declared("P1", GAP | {"measure": "scal"}), "Did you mean 'scale'"),
        (declared("P1", GAP | {"by": "schol"}), "Did you mean 'school'"),
        (declared("P1", GAP | {"groups": [3, 4]}), "no level '4' of 'school'"),
        (declared("P1", GAP | {"groups": [3, 3]}), "'3' twice"),
        (declared("P1", {"measure": "scale", "by": "school", "direction": "above"}), "one of `by` and `groups`"),
        (declared("P1", WIDER | {"levels": [1, 2]}), "no level '2' of 'user'"),
        (
            declared("P1", {"measure": "scale", "across": "user", "levels": [1, 0], "direction": "above"}),
            "without `by`",
        ),
    ],
)
def test_propositions_that_contradict_the_questionnaire_are_refused(
    tmp_path: Path, theory: dict[str, Any], message: str
) -> None:
    folder = write(tmp_path, frame(np.ones((9, 2), dtype=int)), questions=[USER, SCHOOL], propositions=[theory])
    with pytest.raises(SchemaError, match=message):
        survey.load(folder)

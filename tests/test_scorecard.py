"""The scorecard: one frame at a time, dimensions that equal their questions, stakeholders set side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import survey
from plan_study import FRAMES, data, inferences, row, write
from survey.analyse.compare import compare
from survey.analyse.describe import describe
from survey.analyse.inference import NotApplicable
from survey.analyse.scorecard import EXAMPLE, NO_FRAME, NOT_ASKED, scorecard
from survey.analyse.stakeholders import NO_QUESTION, stakeholders
from survey.errors import SchemaError

RTOL = 1e-9  # the same sums, added in another order
AIM = {"measure": "living", "estimand": "score100", "horizon": {"soon": 2024, "late": 2030}, "values": [40, 60]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("scores"), data([2.6]), {"frames": FRAMES}, frame="near", targets=[AIM])
    (inf,) = inferences(folder)
    return inf, scorecard(inf), describe(inf)


@pytest.mark.parametrize("group", [{}, {"by": "sex", "by_level": "1"}, {"by": "sex", "by_level": "2"}])
def test_a_dimension_of_one_question_is_that_questions_mean_in_points_of_100(made, group):
    _, table, answers = made
    found = row(table, measure="living", estimand="score100", **group)
    known = row(answers, measure="i1", estimand="mean", **group)
    for column in ("estimate", "conf_low", "conf_high"):
        assert found[column] == pytest.approx((known[column] - 1) * 25, rel=RTOL)
    assert found["std_error"] == pytest.approx(25 * known["std_error"], rel=RTOL)
    assert (found["df"], found["n"]) == (known["df"], known["n"])
    assert found["deff"] == pytest.approx(known["deff"], rel=RTOL)


def test_a_dimension_of_two_questions_is_the_mean_of_their_means_with_their_covariance(made):
    inf, table, _ = made
    found = row(table, measure="economy", estimand="score100")
    each = inf.wave.frame[["i2", "i3"]].apply(lambda c: c.cat.codes.to_numpy() * 25.0)
    y = each.mean(axis=1)
    block, area = inf.wave.design.psu, inf.wave.design.stages[0].stratum
    totals = pd.DataFrame({"e": (y - y.mean()) / len(y), "block": block, "area": area})
    by_unit = totals.groupby(["area", "block"])["e"].sum()
    variance = sum(len(u) / (len(u) - 1) * ((u - u.mean()) ** 2).sum() for _, u in by_unit.groupby(level=0))
    assert found["estimate"] == pytest.approx(y.mean(), rel=RTOL)
    assert found["std_error"] == pytest.approx(np.sqrt(variance), rel=RTOL)


def test_each_question_of_a_dimension_keeps_its_own_base(tmp_path):
    table = data([2.6])
    table.loc[:50, "i2"] = 8  # don't know
    (inf,) = inferences(write(tmp_path, table, {"frames": FRAMES}, frame="near"))
    answers = describe(inf)
    known = np.mean([(row(answers, measure=i, estimand="mean")["estimate"] - 1) * 25 for i in ("i2", "i3")])
    assert row(scorecard(inf), measure="economy", estimand="score100")["estimate"] == pytest.approx(known, rel=RTOL)


def test_a_dimension_nobody_was_asked_about_is_a_row_with_that_reason(made):
    found = row(made[1], measure="people", estimand="score100")
    assert (found["status"], found["note"]) == ("not_estimable", NOT_ASKED)


def test_the_gap_to_target_is_what_is_missing_with_the_scores_error(made):
    score = row(made[1], measure="living", estimand="score100")
    gap = row(made[1], measure="living", estimand="gap_to_target", level="late")
    assert gap["estimate"] == pytest.approx(60 - score["estimate"])
    assert (gap["conf_low"], gap["conf_high"]) == pytest.approx((60 - score["conf_high"], 60 - score["conf_low"]))
    assert pd.isna(gap["note"])


def test_an_example_target_is_called_one(tmp_path):
    keys = {"frame": "near", "targets": [{**AIM, "example": True}]}
    (inf,) = inferences(write(tmp_path, data([2.6]), {"frames": FRAMES}, **keys))
    assert row(scorecard(inf), measure="living", estimand="gap_to_target", level="late")["note"] == EXAMPLE


def test_nothing_is_averaged_over_dimensions(made):
    assert set(made[1]["measure"]) == {"living", "economy", "people"}


def test_without_a_frame_there_is_no_scorecard(tmp_path):
    (inf,) = inferences(write(tmp_path, data([2.6]), {"frames": FRAMES}))
    with pytest.raises(NotApplicable, match=NO_FRAME):
        scorecard(inf)


def rule(**keys):
    return {"readiness": ["living"], "performance": ["scale"], "cuts": {"readiness": 50, "performance": 50},
            "cells": {"initial": ["below", "below"], "developing": ["above", "below"],
                      "managed": ["below", "above"], "optimized": ["above", "above"]}} | keys  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"frame": ["near", "far"]}, "Frames share dimensions: a mean over several counts some twice"),
        ({"frame": "nera"}, "no frame named 'nera'.*near"),
        ({"frame": "near", "targets": [{**AIM, "measure": "mobility"}]}, "a dimension of the frame 'far'"),
        ({"frame": "near", "maturity": rule(readiness=["living", "mobility"])}, "Dimensions of two frames are never"),
        ({"frame": "near", "targets": [{**AIM, "estimand": "mean"}]}, "mean of the dimension 'living'"),
    ],
)
def test_two_frames_are_never_averaged(tmp_path, keys, message):
    folder = write(tmp_path, data([2.6], n=60, blocks=6), {"frames": FRAMES}, **keys)
    with pytest.raises(SchemaError, match=message):
        survey.load(folder)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({"near": {"dimensions": {"living": ["i1"], "economy": ["i9"]}}}, "named 'i9'"),
        ({"near": {"dimensions": {"living": ["i1"], "economy": ["sex"]}}}, "'sex' of type nominal"),
        ({"near": {"dimensions": {"scale": ["i1"], "economy": ["i2"]}}}, "the dimension 'scale', which is a variable"),
        ({"near": {"dimensions": {"living": ["i1"]}}}, "2 or more entries"),
        ({**FRAMES, "far": {**FRAMES["far"], "crosswalk": {"naer": {}}}}, "no other frame named 'naer'"),
        ({**FRAMES, "far": {**FRAMES["far"], "crosswalk": {"near": {"livin": []}}}}, "no dimension 'livin' of 'far'"),
        ({**FRAMES, "far": {**FRAMES["far"], "crosswalk": {"near": {"living": ["x"]}}}}, "no dimension 'x' of 'near'"),
    ],
)
def test_a_frame_that_contradicts_the_questionnaire_is_refused(tmp_path, frames, message):
    folder = write(tmp_path, data([2.6], n=60, blocks=6), {"frames": frames})
    with pytest.raises(SchemaError, match=message):
        survey.load(folder)


WHO = {"name": "who", "type": "nominal", "role": "stakeholder", "text": "Who", "codes": {1: "Government", 2: "Society"}}

WORK = {
    "name": "work",
    "type": "nominal",
    "text": "Main work",
    "codes": {1: "Civil servant", 2: "Trader", 3: "Student"},
}
OCCUPATION = {
    "name": "who",
    "from": "work",
    "role": "stakeholder",
    "codes": {"office": {"of": [1], "en": "Office"}, "others": {"of": [2, 3], "en": "Others"}},
}


@pytest.mark.parametrize("groups", [["sex"], ["who"]])
def test_the_gap_between_stakeholders_is_the_difference_that_compare_finds(tmp_path, groups):
    table = data([2.6])
    table["who"] = 1 + (np.arange(len(table)) % 3 == 0)
    (inf,) = inferences(write(tmp_path, table, {"frames": FRAMES}, [WHO], frame="near", groups=["who"]))
    known = row(compare(inf), measure="scale", estimand="difference", by="who", contrast="1 - 2")
    (inf,) = inferences(write(tmp_path, table, {"frames": FRAMES}, [WHO], frame="near", groups=groups))
    found = stakeholders(inf)
    gap = row(found, measure="scale", estimand="gap", by="who", contrast="1 - 2")
    assert gap["estimate"] == pytest.approx(25 * known["estimate"], rel=RTOL)
    assert gap["std_error"] == pytest.approx(25 * known["std_error"], rel=RTOL)
    assert gap["df"] == known["df"]
    assert set(found["measure"]) == {"living", "economy", "scale"}


@pytest.mark.parametrize("language", ["en", "id"])
def test_stakeholders_read_from_an_occupation_are_called_residents(tmp_path, language):
    from survey.report.page import page
    from survey.report.sections.scorecard import scorecard as section

    table = data([2.6])
    table["work"] = 1 + np.arange(len(table)) % 3
    asked = {"frames": FRAMES, "derived": [OCCUPATION]}
    folder = write(tmp_path, table, asked, [WORK], frame="near", analyses=["scorecard", "stakeholders"])
    found = page(survey.load(folder).release("2020"), language)
    blocks = section(found).blocks
    said = [sentence for block in blocks for sentence in getattr(block, "sentences", ())]
    caveat = {"en": "Nobody answered for an office", "id": "Tidak seorang pun menjawab atas nama instansi"}[language]
    (of_residents,) = [s.text for s in said if caveat in s.text]
    assert "“Main work”" in of_residents
    scores, gaps = (t for b in blocks for t in getattr(b, "blocks", ()) if t.name.startswith("stakeholder"))
    assert scores.columns[1:] == ("Office", "Others")
    assert [line.header for line in gaps.lines] == ["Office – Others"]


def test_an_asked_stakeholder_needs_no_such_caveat(tmp_path):
    from survey.report.page import page
    from survey.report.sections.scorecard import scorecard as section

    table = data([2.6])
    table["who"] = 1 + (np.arange(len(table)) % 3 == 0)
    keys = {"frame": "near", "analyses": ["scorecard", "stakeholders"]}
    made = section(page(survey.load(write(tmp_path, table, {"frames": FRAMES}, [WHO], **keys)).release("2020"), "en"))
    said = [s.text for block in made.blocks for s in getattr(block, "sentences", ())]
    assert not any("residents, drawn" in text for text in said)
    assert any("Between stakeholders no gap" in text for text in said)


def test_without_a_stakeholder_question_the_gap_table_is_skipped_with_its_reason(made):
    with pytest.raises(NotApplicable, match=NO_QUESTION):
        stakeholders(made[0])


def test_the_report_shows_the_crosswalk_and_says_that_frames_are_not_averaged(made):
    from survey.analyse import disclosure
    from survey.report.page import page
    from survey.report.sections.scorecard import scorecard as section

    inf, table, _ = made
    release = disclosure.protect(table, inf.study, inf.study.waves[0], inf.instrument, {})
    text = str(section(page(release, "en")))
    assert "Crosswalk of the frames" in text
    assert "no counterpart" in text
    assert "never over two frames" in text

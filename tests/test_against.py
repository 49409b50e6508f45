"""A wave whose file is in order and yet not what an earlier wave's was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey.commands import stages
from survey.errors import Problem, SurveyError
from survey.pipeline import against
from survey.study import Study

STUDY = """\
format: 1
study: two-waves
title: Two waves
languages: [en]
instrument: instrument.yaml
waves:
  "2023": {source: w23.csv}
  "2025": {source: w25.csv}
"""
INSTRUMENT = """\
format: 1
scales:
  agree: {type: ordinal, codes: {1: Strongly disagree, 2: Disagree, 3: Neutral, 4: Agree, 5: Strongly agree}}
questions:
  - {name: resp, type: text, role: id, text: Case}
  - {name: sex, type: nominal, text: Sex, codes: {1: Male, 2: Female}}
  - {name: a1, scale: agree, text: a1}
  - {name: a2, scale: agree, text: a2}
  - {name: a3, scale: agree, text: a3}
  - {name: alone, scale: agree, text: alone}
indicators:
  all: {en: All, items: [a1, a2, a3]}
"""


def answers(seed: int, n: int = 500) -> pd.DataFrame:
    """Answers to three items that share a factor and one that stands alone and is mostly agreed to."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=n)
    items = {
        name: np.clip(np.round(3 + 0.9 * (0.8 * latent + 0.6 * rng.normal(size=n))), 1, 5).astype(int)
        for name in ("a1", "a2", "a3")
    }
    alone = rng.choice([1, 2, 3, 4, 5], n, p=[0.04, 0.06, 0.15, 0.35, 0.40])
    sex = rng.integers(1, 3, n)
    return pd.DataFrame({"resp": [f"r{i}" for i in range(n)], "sex": sex, **items, "alone": alone})


@pytest.fixture
def found(tmp_path) -> Callable[..., list[Problem]]:
    """Problems of the second wave, after `change` was made to its answers, against the first."""

    def run(change: Callable[[pd.DataFrame], object] = lambda _: None, instrument: str = INSTRUMENT) -> list[Problem]:
        (tmp_path / "study.yaml").write_text(STUDY)
        (tmp_path / "instrument.yaml").write_text(instrument)
        later = answers(2)
        changed = change(later)
        answers(1).to_csv(tmp_path / "w23.csv", index=False)
        (later if changed is None else changed).to_csv(tmp_path / "w25.csv", index=False)
        study = Study.load(tmp_path)
        return list(against.problems(study, study.spec.waves, "2023"))

    return run


def test_a_second_wave_of_one_population_passes(found):
    assert found() == []


def test_a_scale_turned_around_is_seen_in_its_correlations(found):
    (problem,) = found(lambda w: w.assign(a2=6 - w["a2"]))
    assert (problem.file, problem.column) == ("w25.csv", "a2")
    assert "turned around" in problem.found
    assert "against the other items" in problem.found
    assert problem.expected == "the direction of wave 2023"
    assert 'recode: {"2025": {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}}' in problem.hint


def test_a_single_scale_turned_around_is_seen_in_its_answers(found):
    (problem,) = found(lambda w: w.assign(alone=6 - w["alone"]))
    assert problem.column == "alone"
    assert "if its codes were reversed" in problem.found


def test_a_turned_scale_that_is_declared_passes(found):
    declared = 'text: a2, recode: {"2025": {1: 5, 2: 4, 4: 2, 5: 1}}}'
    assert found(lambda w: w.assign(a2=6 - w["a2"]), INSTRUMENT.replace("text: a2}", declared)) == []


def test_a_share_that_moves_too_far_is_stopped(found):
    (problem,) = found(lambda w: w.assign(sex=np.where(np.arange(len(w)) % 10, 1, 2)))
    assert problem.column == "sex"
    assert problem.found == "code 1 with a share of 90%"
    assert problem.expected.startswith("about ")
    assert problem.expected.endswith("as in wave 2023")


def test_an_answer_that_nobody_gave_before_is_stopped(found):
    instrument = INSTRUMENT.replace("2: Female}", "2: Female, 3: Other}")
    (problem,) = found(lambda w: w.assign(sex=w["sex"].where(w.index % 8 > 0, 3)), instrument)
    assert problem.found.startswith("code 3 with a share of 1")
    assert problem.expected == "about 0%, as in wave 2023"


def test_a_question_that_many_no_longer_answer_is_stopped(found):
    (problem,) = found(lambda w: w.assign(alone=w["alone"].astype("Int64").where(w.index % 2 > 0)))
    assert problem.found == "no answer with a share of 50%"


def test_a_question_declared_as_changed_may_move(found):
    changed = INSTRUMENT.replace("text: Sex,", 'text: Sex, changed: {"2025": another list of answers},')
    assert found(lambda w: w.assign(sex=1), changed) == []


def test_codes_that_nobody_declared_are_named_before_they_stop_the_cleaning(found):
    (problem,) = found(lambda w: w.assign(alone=w["alone"].where(w.index % 40 > 0, 7)))
    assert (problem.column, problem.found) == ("alone", "code 7")
    assert "recode" in problem.hint


def test_a_slip_of_the_keyboard_is_left_to_the_cleaning(found):
    assert found(lambda w: w.assign(alone=w["alone"].where(w.index != 3, 55))) == []


def test_a_new_column_is_named(found):
    (problem,) = found(lambda w: w.assign(extra=1))
    assert (problem.column, problem.expected) == ("extra", "the columns of wave 2023")


def test_a_missing_column_is_named(found):
    (problem,) = found(lambda w: w.drop(columns="a3"))
    assert problem.column == "a3"
    assert "no column" in problem.found


def test_labels_that_changed_are_named(tmp_path):
    import pyreadstat

    (tmp_path / "study.yaml").write_text(STUDY.replace("w23.csv", "w23.sav").replace("w25.csv", "w25.sav"))
    (tmp_path / "instrument.yaml").write_text(INSTRUMENT)
    for name, female in (("w23", "Female"), ("w25", "Woman or other")):
        labels = {"sex": {1: "Male", 2: female}}
        pyreadstat.write_sav(answers(1), tmp_path / f"{name}.sav", variable_value_labels=labels)
    study = Study.load(tmp_path)
    (problem,) = against.problems(study, study.spec.waves, "2023")
    assert (problem.file, problem.column) == ("w25.sav", "sex")
    assert problem.found == "code 2 labelled 'Woman or other'"
    assert problem.expected == "'Female', as in wave 2023"


def test_the_command_ends_with_status_two_and_names_each_problem_once(found, tmp_path):
    found()
    assert stages.check(study=tmp_path, against="2023").status == 0
    found(lambda w: w.drop(columns="a3").assign(extra=1))
    answer = stages.check(study=tmp_path, against="2023")
    assert answer.status == 2
    assert [p.column for p in answer.problems] == ["a3"]
    found(lambda w: w.assign(a2=6 - w["a2"]))
    assert stages.check(study=tmp_path).status == 0
    assert [p.column for p in stages.check(study=tmp_path, against="2023").problems] == ["a2"]


def test_an_unknown_wave_offers_the_nearest(found, tmp_path):
    found()
    study = Study.load(tmp_path)
    with pytest.raises(SurveyError, match=r"Did you mean '2025', '2023'\?"):
        against.problems(study, study.spec.waves, "2032")


def test_the_waves_of_the_tangsel_study_pass():
    study = Study.load(Path(__file__).parents[1])
    assert against.problems(study, study.waves(["2025"]), "2023") == ()

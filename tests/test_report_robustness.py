"""Statements stand among the headlines that other analyses are tried on, by their words."""

from __future__ import annotations

from pathlib import Path

import pytest

import modelled_study
import survey
from survey.analyse import disclosure, running
from survey.report.blocks import Section, tables
from survey.report.page import page
from survey.report.sections.robustness import robustness

CLAIMS = [
    {
        "id": "USE",
        "text": "Most people use it.",
        "source": "A paper",
        "measure": "user",
        "estimand": "proportion",
        "answer": "1",
        "direction": "above",
        "value": 0.5,
        "readings": [{"measure": "sex", "answer": "2", "text": "Most people are women."}],
    },
    {
        "id": "WHY",
        "text": "Skill makes it easy.",
        "source": "A paper",
        "measure": "ease",
        "estimand": "mean",
        "not_testable": "No cause.",
    },
]


@pytest.fixture(scope="module")
def headlines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder: Path = tmp_path_factory.mktemp("claims") / "study"
    loaded = survey.load(modelled_study.write(folder, analyses=["indicators", "claims", "robustness"], claims=CLAIMS))
    found = running.estimate(loaded.wave("w"), loaded.spec)
    wave = loaded.spec.waves[0]
    release = disclosure.protect(found.table, loaded.spec, wave, loaded.instrument, {"skipped": found.skipped})
    made = robustness(page(release, "en"))
    assert isinstance(made, Section)
    return [line.header for _, table in tables(made.blocks) if table.name == "robustness" for line in table.lines]


def test_a_statement_and_each_of_its_readings_are_headlines(headlines: list[str]) -> None:
    assert "Statement: “Most people use it.”" in headlines
    assert "Statement: “Most people are women.”" in headlines


def test_a_statement_that_no_survey_can_test_is_none(headlines: list[str]) -> None:
    assert not [h for h in headlines if "Skill makes it easy" in h]

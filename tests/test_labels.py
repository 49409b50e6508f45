"""Verbal labels: the printed tables of the rules, their gaps, their disagreement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from measurement_study import answers, frame, inference, value, write
from survey.analyse.labels import RULERS, labels
from survey.core.labels import LabelRule, label_rules
from survey.stats.classes import class_of

RULES = {rule.name: rule for rule in label_rules()}
ATOL = 1e-12  # a linear map of the same mean


def word(rule: LabelRule, on_ruler: float) -> str:
    at = class_of(np.array([on_ruler]), np.array([label.floor for label in rule.labels]), rule.decimals)
    return rule.labels[at[0]].key


def of_mean(name: str, mean: float, low: float = 1, high: float = 5, k: int = 5) -> str:
    rule = RULES[name]
    line = RULERS[rule.ruler](low, high, k)
    return word(rule, line.intercept + line.slope * mean)


def scale_with_mean(folder: Path, mean: float, points: int = 5, k: int = 5, n: int = 400) -> Path:
    """A study whose indicator has this mean: everyone gives one of the two codes around it, to all items."""
    low = int(np.floor(mean))
    above = np.arange(n) < round((mean - low) * n)
    return write(folder, frame(np.repeat(low + above[:, None], k, axis=1)), points=points)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_is_a_table_in_both_languages(rule: LabelRule) -> None:
    floors = [label.floor for label in rule.labels]
    assert floors == sorted(set(floors))
    assert set(rule.title.texts) == {"id", "en"}
    assert all(set(label.words.texts) == {"id", "en"} for label in rule.labels)
    assert len({label.key for label in rule.labels}) == len(rule.labels)
    assert {label.side for label in rule.labels} <= {"poor", "fair", "good"}
    assert rule.ruler in RULERS


@pytest.mark.parametrize(
    ("rule", "mean", "said"),
    [
        ("equal_interval", 2.60, "buruk"), ("equal_interval", 2.61, "cukup"), ("equal_interval", 3.00, "cukup"),
        ("equal_interval", 1.80, "sangat buruk"), ("equal_interval", 4.20, "baik"), ("equal_interval", 5.00, "sangat baik"),
        ("tcr_fifths", 2.60, "cukup"), ("tcr_fifths", 3.00, "cukup"), ("tcr_fifths", 1.00, "sangat buruk"),
        ("tcr_grades", 2.60, "tidak baik"), ("tcr_grades", 3.00, "kurang"), ("tcr_grades", 4.50, "sangat baik"),
        ("midpoint", 2.60, "di bawah tengah"), ("midpoint", 3.00, "di tengah"), ("midpoint", 3.01, "di atas tengah"),
    ],
)  # fmt: skip
def test_means_on_five_points_are_called_as_the_tables_say(rule: str, mean: float, said: str) -> None:
    assert of_mean(rule, mean) == said


@pytest.mark.parametrize(
    ("nik", "said"),
    [
        (64.99, "tidak baik"), (64.994, "tidak baik"), (64.995, "kurang baik"), (65.00, "kurang baik"),
        (76.60, "kurang baik"), (76.604, "kurang baik"), (76.605, "baik"), (76.61, "baik"),
        (88.30, "baik"), (88.305, "sangat baik"), (88.31, "sangat baik"), (100.0, "sangat baik"), (25.0, "tidak baik"),
    ],
)  # fmt: skip
def test_no_value_falls_into_the_gaps_of_the_2017_table(nik: float, said: str) -> None:
    assert word(RULES["skm_2017"], nik) == said


def test_the_2004_and_the_2017_tables_differ_on_the_same_score() -> None:
    assert of_mean("quarters_2004", 2.55, high=4, k=9) == "baik"
    assert of_mean("skm_2017", 2.55, high=4, k=9) == "tidak baik"


def test_a_weight_of_011_for_nine_elements_costs_a_hundredth_and_a_class() -> None:
    assert of_mean("skm_2017", 3.54, high=4, k=9) == "sangat baik"
    assert of_mean("skm_2017_rounded", 3.54, high=4, k=9) == "baik"
    line = RULERS["nik_rounded_weight"](1, 4, 9)
    assert line.intercept + line.slope * 4 == pytest.approx(99, abs=ATOL)


def test_labels_carry_the_interval_of_the_mean(tmp_path: Path) -> None:
    found = labels(inference(scale_with_mean(tmp_path, 2.62)))
    row = value(found, "label", "equal_interval")
    assert row.estimate == pytest.approx(2.62, abs=ATOL)
    assert row.conf_low < 2.605 < row.conf_high
    assert row.note == "cukup; buruk"
    tcr = value(found, "label", "tcr_fifths")
    assert tcr.conf_high == pytest.approx(row.conf_high * 20, abs=1e-9)
    assert tcr.conf_low < tcr.estimate < tcr.conf_high
    assert tcr.note == "cukup"


def test_rules_that_disagree_are_reported_as_such(tmp_path: Path) -> None:
    row = value(labels(inference(scale_with_mean(tmp_path, 2.62))), "labels_agree")
    assert row.estimate == 0
    assert row.note.startswith("rules disagree: equal_interval cukup, tcr_fifths cukup, tcr_grades tidak baik")


def test_a_mean_that_everybody_calls_poor_is_agreed_upon(tmp_path: Path) -> None:
    row = value(labels(inference(scale_with_mean(tmp_path, 1.4))), "labels_agree")
    assert row.estimate == 1
    assert row.note.startswith("rules agree")


def test_an_index_of_a_five_point_scale_is_only_indicative(tmp_path: Path) -> None:
    five = labels(inference(scale_with_mean(tmp_path / "5", 3.0)))
    four = labels(inference(scale_with_mean(tmp_path / "4", 3.0, points=4, k=9)))
    assert "indicative" in value(five, "label", "skm_2017").method
    assert "not an official index" in value(five, "label", "skm_2017").method
    assert value(five, "label", "skm_2017").estimate == pytest.approx(62.5, abs=ATOL * 100)
    assert "indicative" not in value(four, "label", "skm_2017").method
    assert value(four, "label", "skm_2017").estimate == pytest.approx(75, abs=ATOL * 100)
    assert value(four, "label", "skm_2017_rounded").estimate == pytest.approx(74.25, abs=ATOL * 100)


def test_without_a_probability_sample_there_is_the_label_of_the_mean_alone(tmp_path: Path) -> None:
    found = labels(inference(write(tmp_path, frame(answers()), design={"sampling": "nonprobability"})))
    assert not found.loc[found["estimand"].eq("label"), "note"].str.contains(";").any()
    assert found["std_error"].isna().all()

"""Types of respondents: known classes found again, what is refused, and what the rows say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import survey
from measurement_study import DONT_KNOW, inference, value, write
from survey.analyse import type_items
from survey.analyse.inference import NotApplicable
from survey.analyse.types import MEASURE, NO_ERROR, ONE_TYPE, UNDECLARED, types
from survey.errors import SchemaError

ITEMS = ["i1", "i2", "i3", "i4", "i5"]
SHARES = np.array([0.5, 0.3, 0.2])
#: Probability of answering 1, 2, 3 to every item, by class; a fourth answer is don't know.
ANSWERS = np.array([[0.8, 0.1, 0.05, 0.05], [0.05, 0.8, 0.1, 0.05], [0.05, 0.1, 0.2, 0.65]])
ATOL = 0.05  # three standard errors of a share of 0.5 among 900 in blocks of ten


def answers(n: int = 900, classes: int = 3, seed: int = 6) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    own = rng.choice(classes, n, p=SHARES[:classes] / SHARES[:classes].sum())
    cumulated = ANSWERS.cumsum(axis=1)[own]
    code = (rng.random((n, 5))[:, :, None] > cumulated[:, None, :]).sum(axis=2) + 1
    code[code > 3] = DONT_KNOW
    data = pd.DataFrame(code, columns=ITEMS)
    sex = np.where(rng.random(n) < np.where(own == 1, 0.8, 0.3), 2, 1)
    return data.assign(resp=[f"r{j}" for j in range(n)], sex=sex, block=np.arange(n) // 10, w=1.0), own


def study(folder: Path, data: pd.DataFrame, **keys) -> Path:
    sex = {"name": "sex", "type": "nominal", "text": "Sex", "codes": {1: "Male", 2: "Female"}}
    common = {"types": {"items": ITEMS}, "groups": ["sex"], "design": {"psu": "block", "weight": "w"}}
    return write(folder, data, points=3, questions=[sex], **common | keys)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    data, own = answers()
    return types(inference(study(tmp_path_factory.mktemp("types"), data))), data, own


def test_the_number_of_classes_with_the_lowest_bic_is_that_of_the_population(made):
    table, _, _ = made
    bic = table[table["estimand"].eq("bic")].set_index("level")["estimate"]
    assert bic.idxmin() == "3"
    assert set(table.loc[table["estimand"].eq("class_share"), "level"]) == {"1", "2", "3"}
    assert table["estimand"].eq("stability").sum() == 1


def test_sizes_and_answers_of_the_classes_are_the_populations(made):
    table, _, own = made
    for k, size in enumerate(np.bincount(own) / len(own), start=1):
        row = value(table, "class_share", str(k), MEASURE)
        assert row["estimate"] == pytest.approx(size, abs=ATOL)
        assert row["conf_low"] < size < row["conf_high"]
    rows = table[table["estimand"].eq("response_probability") & table["measure"].eq("i1")]
    codes = ["1", "2", "3", "dont_know"]
    found = rows.set_index(["level", "contrast"])["estimate"]
    for k, expected in enumerate(ANSWERS, start=1):
        np.testing.assert_allclose([found[str(k), code] for code in codes], expected, atol=2 * ATOL)


def test_dont_know_is_an_answer_and_a_missing_item_is_none(tmp_path):
    data, _ = answers()
    blank = data.astype({"i1": object})
    blank.loc[::3, "i1"] = ""
    found = types(inference(study(tmp_path, blank)))
    assert "dont_know" in set(found.loc[found["measure"].eq("i1"), "contrast"])
    assert value(found, "class_share", "1", MEASURE)["n"] == len(data)


def test_a_groups_share_of_a_class_is_freed_of_wrong_assignments(made):
    table, data, own = made
    for level in ("1", "2"):
        row = value(table, "class_share", "2", MEASURE, by="sex", by_level=level)
        truth = (own[data["sex"].astype(str) == level] == 1).mean()
        assert row["estimate"] == pytest.approx(truth, abs=ATOL)
        assert row["n"] == (data["sex"].astype(str) == level).sum()
        assert row["method"].startswith("latent classes, three-step")


def test_every_two_items_have_a_residual_near_one(made):
    table, _, _ = made
    residual = table[table["estimand"].eq("bivariate_residual")]
    assert len(residual) == 10
    assert residual["estimate"].median() < 2


def test_the_same_wave_and_seed_give_the_same_bytes(made, tmp_path):
    table, data, _ = made
    pd.testing.assert_frame_equal(table, types(inference(study(tmp_path, data))))


def test_a_nonprobability_sample_has_classes_without_errors(tmp_path):
    data, _ = answers()
    table = types(inference(study(tmp_path, data, design={"sampling": "nonprobability"})))
    assert table["std_error"].isna().all()
    assert value(table, "class_share", "1", MEASURE)["method"] == NO_ERROR
    assert not table["estimand"].eq("stability").any()


@pytest.mark.parametrize(
    "design",
    [
        {"psu": "block", "weight": "w", "replicates": {"type": "bootstrap", "number": 60}},
        {"stratum": "lone", "psu": "block", "weight": "w", "lonely_psu": "certainty"},
    ],
    ids=["replicate weights", "a stratum of one unit"],
)
def test_classes_have_errors_under_every_design(tmp_path, design):
    data, _ = answers(600)
    table = types(inference(study(tmp_path, data.assign(lone=(data["block"] == 3) + 1), design=design)))
    size = table[table["estimand"].eq("class_share") & table["by"].isna()]
    assert size["std_error"].between(0.005, 0.06).all()


def test_answers_that_go_together_in_no_way_make_no_types(tmp_path):
    data, _ = answers()
    rng = np.random.default_rng(2)
    shuffled = data.assign(**{item: rng.permutation(data[item]) for item in ITEMS})
    table = types(inference(study(tmp_path, shuffled)))
    row = table[table["estimand"].eq("class_share")]
    assert len(row) == 1
    assert row.iloc[0]["note"] == ONE_TYPE


def test_a_class_of_fewer_than_fifty_people_is_none(tmp_path):
    data, own = answers()
    few = np.concatenate([np.flatnonzero(own < 2)[:360], np.flatnonzero(own == 2)[:30]])
    table = types(inference(study(tmp_path, data.iloc[few], design={"weight": "w"})))
    bic = table[table["estimand"].eq("bic")].set_index("level")["estimate"]
    assert bic.idxmin() == "3"
    assert "3" not in set(table.loc[table["estimand"].eq("class_share"), "level"])


def test_types_need_200_effective_respondents_three_items_and_a_declaration(tmp_path):
    data, _ = answers(240)
    uneven = data.assign(w=np.where(np.arange(240) % 4, 1.0, 8.0))
    with pytest.raises(NotApplicable, match=type_items.FEW_PEOPLE):
        types(inference(study(tmp_path / "a", uneven)))
    without = data.drop(columns=["i4", "i5"])
    with pytest.raises(NotApplicable, match=UNDECLARED):
        types(inference(study(tmp_path / "b", data, types=None)))
    later = [{"name": "later", "scale": "s", "text": "Later", "column": {"other": "x"}}]
    folder = write(tmp_path / "c", without, points=3, questions=later, types={"items": ["i1", "i2", "later"]})
    with pytest.raises(NotApplicable, match=type_items.FEW_ITEMS):
        types(inference(folder))


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ({"items": ["i1", "i2", "i33"]}, "named 'i33'"),
        ({"items": ["i1", "i2"]}, "types.items"),
        ({"items": ["i1", "i2", "i2"]}, "'i2' again"),
        ({"items": ITEMS, "classes": [4, 2]}, "the fewest classes, then the most"),
        ({"items": ITEMS, "clases": [2, 4]}, "classes"),
    ],
)
def test_types_that_study_yaml_names_wrongly_are_refused(tmp_path, key, found):
    data, _ = answers(20)
    with pytest.raises(SchemaError, match=found):
        survey.load(study(tmp_path, data, types=key))

"""Differential item functioning of indicators: found where planted, named by its size, adjusted over one family."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from measurement_study import frame, inference, value, write
from survey.analyse.dif import dif
from survey.analyse.inference import NotApplicable
from survey.core import estimates
from survey.stats.dif import dif as kernel
from survey.stats.multiplicity import adjusted
from survey.stats.patterns import by_group
from test_invariance_analysis import SEX, answers

AREA = {"name": "area", "type": "nominal", "text": "Area", "codes": {1: "North", 2: "South"}}


def found(folder: Path, items: np.ndarray, **study: str) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    data = frame(items, sex=np.repeat([1, 2], len(items) // 2), area=rng.integers(1, 3, len(items)))
    return estimates.check(dif(inference(write(folder, data, questions=[SEX, AREA], groups=["sex", "area"], **study))))


def test_a_harder_item_is_found_in_its_grouping_alone(tmp_path: Path) -> None:
    table = found(tmp_path, answers(harder=0.9))
    sizes = table[table["estimand"].eq("delta_r2")].set_index(["by", "level"])["note"]
    assert sizes["sex", "i2"] == "large"
    assert (sizes.drop(("sex", "i2")) == "negligible").all()
    assert value(table, "dif_uniform", "i2", by="sex").p_adjusted < 1e-6


def test_groups_that_differ_only_in_their_mean_are_not_accused(tmp_path: Path) -> None:
    table = found(tmp_path, answers(mean=0.8))
    assert table.loc[table["estimand"].eq("delta_r2"), "note"].eq("negligible").all()


def test_rows_are_the_kernels_figures(tmp_path: Path) -> None:
    items = answers(harder=0.5)
    table = found(tmp_path, items)
    want = kernel(by_group(items.astype(float), np.repeat([0, 1], 400), 2))
    for name, item in zip(["i1", "i2", "i3", "i4", "i5"], want.items, strict=True):
        for estimand, test in (("uniform", item.uniform), ("non_uniform", item.non_uniform), ("total", item.total)):
            row = value(table, f"dif_{estimand}", name, by="sex")
            assert (row.statistic, row.df, row.p_value, row.n) == (test.statistic, test.df, test.p_value, 800)
        assert value(table, "delta_r2", name, by="sex").estimate == pytest.approx(item.delta_r2)
        explained = value(table, "delta_r2_mckelvey_zavoina", name, by="sex").estimate
        assert explained == pytest.approx(item.explained[2] - item.explained[0])


@pytest.mark.parametrize("method", ["holm", "fdr_bh", "none"])
def test_each_kind_of_test_is_one_family_over_all_groupings(tmp_path: Path, method: str) -> None:
    table = found(tmp_path, answers(harder=0.4), adjust=method)
    for _, family in table.groupby("estimand"):
        p = family["p_value"].to_numpy(float)
        np.testing.assert_array_equal(family["p_adjusted"].to_numpy(float), adjusted(p, method))


def test_small_groups_are_not_tested(tmp_path: Path) -> None:
    table = found(tmp_path, answers(150))
    row = value(table, "dif_total", by="sex")
    assert (row.status, row.n) == ("not_estimable", 300)
    assert row.note == "not tested: fewer than two groups with 200 complete cases or more"


def test_an_item_without_variation_says_so(tmp_path: Path) -> None:
    row = value(found(tmp_path, np.where(np.arange(5) == 1, 3, answers())), "delta_r2", "i2", by="sex")
    assert (row.status, row.note) == ("not_estimable", "answers do not vary, or the group and the score settle them")


def test_a_study_without_indicators_is_told_so(tmp_path: Path) -> None:
    folder = write(tmp_path, frame(answers(), sex=np.repeat([1, 2], 400)), questions=[SEX], groups=["sex"])
    text = (folder / "instrument.yaml").read_text()
    (folder / "instrument.yaml").write_text(text[: text.index("indicators:")])
    with pytest.raises(NotApplicable, match=r"The study has no indicators\."):
        dif(inference(folder))

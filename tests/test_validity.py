"""r hitung and r tabel: the figures examiners know, and why they decide nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from measurement_study import answers, frame, inference, value, write
from survey.analyse.validity import validity
from survey.stats.correlation import critical_r, t_test

PRINTED = {30: 0.361, 63: 0.248, 100: 0.197, 384: 0.100, 400: 0.098}  # printed tables of r, 5 %, two-sided
ROUNDED = 5e-4  # the tables print three decimals
RTOL = 1e-12  # the same formula


@pytest.mark.parametrize("n", PRINTED)
def test_r_tabel_is_that_of_printed_tables(n: int) -> None:
    assert critical_r(n) == pytest.approx(PRINTED[n], abs=ROUNDED)


def test_a_correlation_at_the_critical_value_has_p_of_five_per_cent() -> None:
    _, p = t_test(np.array([critical_r(57)]), 57)
    assert p[0] == pytest.approx(0.05, rel=RTOL)


def test_the_t_test_equals_scipys() -> None:
    from scipy.stats import pearsonr

    x = answers(n=80)[:, :2].astype(float)
    want = pearsonr(x[:, 0], x[:, 1])
    _, p = t_test(np.array([want.statistic]), 80)
    assert p[0] == pytest.approx(want.pvalue, rel=1e-9)


def test_three_cases_are_the_least() -> None:
    assert np.isnan(critical_r(2))
    assert np.isnan(t_test(np.array([0.5]), 2)[1]).all()


def test_pure_noise_passes_r_tabel_and_fails_the_item_rest_correlation(tmp_path: Path) -> None:
    found = validity(inference(write(tmp_path, frame(answers(n=400, loading=0)))))
    hitung = found[found["estimand"].eq("r_hitung")]
    rest = found[found["estimand"].eq("item_rest")]
    assert hitung["note"].eq("above r tabel").all()
    assert hitung["estimate"].mean() == pytest.approx(1 / np.sqrt(5), abs=0.03)  # error of a mean of five r, n = 400
    assert rest["note"].notna().all()
    assert value(found, "r_unrelated").estimate == pytest.approx(0.447, abs=ROUNDED)
    assert value(found, "r_tabel").estimate == pytest.approx(0.098, abs=ROUNDED)


def test_good_items_carry_no_remark_and_reversed_ones_are_named(tmp_path: Path) -> None:
    items = answers(loading=0.8)
    good = validity(inference(write(tmp_path / "a", frame(items))))
    assert good.loc[good["estimand"].eq("item_rest"), "note"].isna().all()
    items[:, 0] = 6 - items[:, 0]
    turned = validity(inference(write(tmp_path / "b", frame(items))))
    assert value(turned, "item_rest", "i1").note.startswith("negative: reversed wording not declared")
    assert value(turned, "r_hitung", "i1").note == "not above r tabel"


def test_r_tabel_says_what_it_assumes(tmp_path: Path) -> None:
    found = validity(inference(write(tmp_path, frame(answers()))))
    assert "simple random sample" in value(found, "r_tabel").method
    assert value(found, "r_tabel").df == 598


def test_two_respondents_have_no_validity(tmp_path: Path) -> None:
    found = validity(inference(write(tmp_path, frame(answers(n=2)))))
    assert value(found, "r_tabel").status == "not_estimable"
    assert value(found, "r_hitung", "i1").status == "not_estimable"

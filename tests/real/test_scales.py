"""Reliability of real scales, from a study folder to the estimates table, against R's psych."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studies import Estimated, Figure, assert_figures, golden, report

pytestmark = pytest.mark.real

RTOL = 1e-8  # R's values were written with 15 digits
OMEGA = 1e-5  # lavaan stops its search where the gradient is small, not zero
PSYCH = 1e-4  # psych's polychoric correlations differ from the maximum by 2e-5
PARTS = {"item_rest": "r.drop", "item_total": "raw.r"}


@pytest.fixture(scope="module")
def kansas(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return Estimated.of("kcmo", shared, tmp_path_factory.mktemp("kcmo")).wave("1QSEP2021")


@pytest.fixture(scope="module")
def bfi(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return Estimated.of("bfi", shared, tmp_path_factory.mktemp("bfi")).wave("2010")


def kansas_figures(scale: str, want: dict[str, Any]) -> Iterator[Figure]:
    yield Figure(scale, "alpha", "estimate", want["alpha_listwise"])
    yield Figure(scale, "alpha", "n", want["n_complete"])
    yield Figure(scale, "alpha_pairwise", "estimate", want["alpha_pairwise"])
    for estimand, key in (("item_rest", "item_rest_listwise"), ("alpha_if_dropped", "alpha_if_dropped_listwise")):
        for item, value in want[key].items():
            yield Figure(scale, estimand, "estimate", value, level=item)


def bfi_figures(scale: str, want: dict[str, Any]) -> Iterator[Figure]:
    listwise = want["alpha_listwise"]
    yield Figure(scale, "alpha", "n", want["n_complete"])
    yield Figure(scale, "alpha", "estimate", listwise["total"]["raw_alpha"])
    yield Figure(scale, "alpha", "conf_low", listwise["feldt"]["lower"])
    yield Figure(scale, "alpha", "conf_high", listwise["feldt"]["upper"])
    yield Figure(scale, "average_r", "estimate", listwise["total"]["average_r"])
    yield Figure(scale, "alpha_pairwise", "estimate", want["alpha_pairwise"]["total"]["raw_alpha"])
    for item, values in listwise["item_stats"].items():
        for estimand, key in PARTS.items():
            yield Figure(scale, estimand, "estimate", values[key], level=item.rstrip("-"))
    for item, values in listwise["alpha_drop"].items():
        yield Figure(scale, "alpha_if_dropped", "estimate", values["raw_alpha"], level=item.rstrip("-"))


def test_six_scales_of_kansas_city_equal_psych(kansas: Any, shared: Path) -> None:
    scales = golden(shared, "kcmo_wave1")["scales"]
    figures = [f for scale, want in scales.items() for f in kansas_figures(scale, want)]
    report("six scales", assert_figures(kansas, figures, RTOL, analyses=["reliability"]))


def test_two_scales_with_reversed_items_equal_psych(bfi: Any, shared: Path) -> None:
    want = golden(shared, "psych_bfi")
    figures = [f for scale in ("agree", "consc") for f in bfi_figures(scale, want[scale])]
    report("agreeableness and conscientiousness", assert_figures(bfi, figures, RTOL, analyses=["reliability"]))


def test_r_hitung_is_the_item_total_correlation_of_psych(bfi: Any, shared: Path) -> None:
    stats = golden(shared, "psych_bfi")["agree"]["alpha_listwise"]["item_stats"]
    figures = [Figure("agree", "r_hitung", "estimate", v["raw.r"], level=i.rstrip("-")) for i, v in stats.items()]
    assert_figures(bfi, figures, RTOL, analyses=["validity"])


def test_omega_is_that_of_one_factor_in_lavaan(bfi: Any, shared: Path) -> None:
    want = golden(shared, "psych_bfi")
    figures = [Figure(s, "omega_total", "estimate", want[s]["omega_cfa_ml"]["raw"]) for s in ("agree", "consc")]
    assert_figures(bfi, figures, OMEGA, analyses=["reliability"])


def test_ordinal_alpha_is_that_of_psych(bfi: Any, shared: Path) -> None:
    want = golden(shared, "psych_bfi")
    figures = [Figure(s, "ordinal_alpha", "estimate", want[s]["ordinal_alpha"]) for s in ("agree", "consc")]
    assert_figures(bfi, figures, PSYCH, analyses=["reliability"])

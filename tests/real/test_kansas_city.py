"""Kansas City 2021, unweighted: every count, mean, median and share that R gives for the same file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studies import Estimated, Figure, assert_figures, golden, report

pytestmark = pytest.mark.real

RTOL = 1e-8  # R's values were written with 15 digits; sums of 1,033 answers
WAVE = "1QSEP2021"
GROUPS = ("age", "gender", "income", "counci", "q37_race")
ITEMS = ("q1_01", "q17_02", "q15_01", "q2_01")


@pytest.fixture(scope="module")
def expected(shared: Path) -> dict[str, Any]:
    return golden(shared, "kcmo_wave1")


@pytest.fixture(scope="module")
def kansas(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Estimated:
    return Estimated.of("kcmo", shared, tmp_path_factory.mktemp("kcmo"))


@pytest.fixture(scope="module")
def estimates(kansas: Estimated) -> Any:
    return kansas.wave(WAVE)


def by_group(block: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, float]]]:
    """(grouping, level, its values), everyone first."""
    yield "", "", block["all"]
    for by in GROUPS:
        for level, values in block[f"by_{by}"].items():
            yield by, level, values


def mean_figures(measure: str, block: dict[str, Any]) -> Iterator[Figure]:
    for by, level, values in by_group(block):
        for column, name in (("n", "n"), ("estimate", "mean")):
            yield Figure(measure, "mean", column, values[name], by=by, by_level=level)


def median_figures(measure: str, block: dict[str, Any]) -> Iterator[Figure]:
    for by, level, values in by_group(block):
        yield Figure(measure, "median", "estimate", values["median"], by=by, by_level=level)


def distribution_figures(item: str, block: dict[str, Any]) -> Iterator[Figure]:
    yield Figure(item, "mean", "estimate", block["mean"])
    yield Figure(item, "top2", "estimate", block["top2"])
    for level, count in block["counts"].items():
        yield Figure(item, "proportion", "n_level", count, level=level)
        yield Figure(item, "proportion", "n", block["n"], level=level)
        yield Figure(item, "proportion", "estimate", count / block["n"], level=level)


def digital_figures(measure: str, block: dict[str, Any]) -> Iterator[Figure]:
    for column, name in (("n", "n"), ("n_level", "k"), ("estimate", "p")):
        yield Figure(measure, "proportion", column, block["all"][name], level="1")
    for by in ("age", "gender", "income", "q34_d", "counci"):
        for level, n in block[f"by_{by}"]["n"].items():
            yield Figure(measure, "proportion", "n", n, level="1", by=by, by_level=level)
            share = block[f"by_{by}"]["p"][level]
            yield Figure(measure, "proportion", "estimate", share, level="1", by=by, by_level=level)


def test_every_answer_is_counted_as_in_r(estimates, expected):
    figures = [f for item, waves in expected["item_dist"].items() for f in distribution_figures(item, waves[WAVE])]
    report("51 items", assert_figures(estimates, figures, RTOL, analyses=["describe"]))


def test_means_and_medians_of_items_equal_r_in_every_group(estimates, expected):
    figures = [f for i in ITEMS for f in (*mean_figures(i, expected[i]), *median_figures(i, expected[i]))]
    report("4 items by group", assert_figures(estimates, figures, RTOL, analyses=["describe"]))


def test_indicator_means_equal_r_in_every_group(estimates, expected):
    figures = [f for s in expected["scales"] for f in mean_figures(s, expected[f"idx_{s}"])]
    report("6 indicators", assert_figures(estimates, figures, RTOL, analyses=["indicators"]))


def test_digital_shares_equal_r_in_every_group(estimates, expected):
    figures = [f for name, block in expected["digital"].items() for f in digital_figures(name, block)]
    report("4 digital items", assert_figures(estimates, figures, RTOL, analyses=["describe"]))


def test_score_medians_equal_r_in_every_group(estimates, expected):
    figures = [f for s in expected["scales"] for f in median_figures(f"score_{s}", expected[f"idx_{s}"])]
    report("medians of 6 scores", assert_figures(estimates, figures, RTOL, analyses=["describe"]))

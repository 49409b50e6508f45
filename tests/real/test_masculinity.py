"""Masculinity survey 2018: the printed weighted tables, and R's weighted shares of the same file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studies import Estimated, Figure, assert_figures, golden, report

pytestmark = pytest.mark.real

PRINTED = 0.0051  # whole percentages, and a hair: 0.5 itself rounds either way
RTOL = 1e-8  # R's values were written with 15 digits

#: Columns of the printed tables, from the third on: everyone, then the groups.
COLUMNS = (
    ("", ""),
    *(("age3", level) for level in ("18 - 34", "35 - 64", "65 and up")),
    *(("race2", level) for level in ("White", "Non-white")),
    *(("kids", level) for level in ("Has children", "No children")),
    *(("orientation", level) for level in ("Straight", "Gay/Bisexual")),
)
#: The tables of single-answer questions in the order of print; the select-all table stands third.
QUESTIONS = {0: "q0001", 1: "q0002", 3: "q0005"} | {3 + i: f"q0007_{i:04d}" for i in range(1, 12)}


@pytest.fixture(scope="module")
def estimates(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("masculinity")
    return Estimated.of("masculinity_2018", shared, folder).wave("may2018")


def printed_tables(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    """(number of the table, answer, its cells) of the published file."""
    number = -1
    with path.open(encoding="utf-8") as lines:
        for title, answer, *cells in list(csv.reader(lines))[2:]:
            if title:
                number += 1
            elif answer:
                yield number, answer, cells


def printed_figures(path: Path) -> Iterator[Figure]:
    for number, answer, cells in printed_tables(path):
        if number in QUESTIONS:
            for (by, level), cell in zip(COLUMNS, cells, strict=True):
                share = float(cell.rstrip("%")) / 100
                yield Figure(QUESTIONS[number], "proportion", "estimate", share, answer, by, level)


def r_figures(question: str, block: dict[str, Any]) -> Iterator[Figure]:
    for answer, share in block["prop"].items():
        yield Figure(question, "proportion", "estimate", share, answer)
        yield Figure(question, "proportion", "n_level", block["counts"][answer], answer)
        yield Figure(question, "proportion", "std_error", block["se"][question + answer], answer)
    for by in ("age3", "race2", "kids", "orientation"):
        for cell in block[f"colprop_{by}"]:
            yield Figure(question, "proportion", "estimate", cell["Freq"], cell[question], by, cell[by])


def test_every_printed_percentage_is_reproduced(estimates, shared):
    figures = list(printed_figures(shared / "data/masculinity_2018/masculinity-survey.csv"))
    assert len(figures) == 790
    report("printed percentages", assert_figures(estimates, figures, rtol=0, atol=PRINTED, analyses=["describe"]))


def test_weighted_shares_and_their_errors_equal_r(estimates, shared):
    expected = golden(shared, "fte_masculinity")
    figures = [f for question in QUESTIONS.values() for f in r_figures(question, expected[question])]
    report("weighted shares", assert_figures(estimates, figures, RTOL, atol=1e-12, analyses=["describe"]))

"""ANES 2020, the full design: shares and means with R's errors, the same from csv and from dta."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studies import Estimated, Figure, assert_figures, golden, per_level, report

pytestmark = pytest.mark.real

RTOL = 1e-8  # R's weights are rescaled by a constant, and its values written with 15 digits
QUESTIONS = ("TrustGovernment", "TrustPeople", "CampaignInterest", "PartyID")
GROUPS = ("AgeGroup", "Education", "Gender", "RaceEth")


@pytest.fixture(scope="module")
def anes(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Estimated:
    return Estimated.of("anes_2020", shared, tmp_path_factory.mktemp("anes"))


def keys(anes: Estimated, name: str) -> dict[str, str]:
    """Label → code as text: R's tables name answers and groups by their labels."""
    return {level.label.in_language("en"): level.key for level in anes.study.instrument.variable(name).levels}


def share_figures(anes: Estimated, question: str, block: dict[str, Any]) -> Iterator[Figure]:
    answer = keys(anes, question)
    for name, value in block["prop"].items():
        level = answer[name.removeprefix(question)]
        yield Figure(question, "proportion", "estimate", value["est"], level)
        yield Figure(question, "proportion", "std_error", value["se"], level)
        yield Figure(question, "proportion", "n_level", block["counts"][name.removeprefix(question)], level)
        yield Figure(question, "proportion", "n", block["n"], level)
    for by in GROUPS:
        group = keys(anes, by)
        for prefix, column in ((question, "estimate"), (f"se.{question}", "std_error")):
            for label, name, value in per_level(block[f"by_{by}"], by, prefix):
                yield Figure(question, "proportion", column, value, answer[name], by, group[label])


def mean_figures(anes: Estimated, question: str, block: dict[str, Any]) -> Iterator[Figure]:
    yield Figure(question, "mean", "estimate", block["mean_code"]["num"]["est"])
    yield Figure(question, "mean", "std_error", block["mean_code"]["num"]["se"])
    group = keys(anes, "Education")
    for row in block["mean_by_Education"]:
        level = group[row["Education"]]
        yield Figure(question, "mean", "estimate", row["num"], by="Education", by_level=level)
        yield Figure(question, "mean", "std_error", row["se"], by="Education", by_level=level)


@pytest.mark.parametrize("wave", ["csv", "dta"])
def test_shares_and_their_errors_equal_r_in_every_group(anes, shared, wave):
    expected = golden(shared, "anes2020")
    figures = [f for q in QUESTIONS for f in share_figures(anes, q, expected[q])]
    # A share of zero has no error in the contract; R prints 0.
    figures = [f for f in figures if not (f.column == "std_error" and f.value == 0)]
    report(f"shares, {wave}", assert_figures(anes.wave(wave), figures, RTOL, analyses=["describe"]))


@pytest.mark.parametrize("wave", ["csv", "dta"])
def test_mean_codes_and_their_errors_equal_r_by_education(anes, shared, wave):
    expected = golden(shared, "anes2020")
    figures = [f for q in QUESTIONS if "mean_code" in expected[q] for f in mean_figures(anes, q, expected[q])]
    report(f"means, {wave}", assert_figures(anes.wave(wave), figures, RTOL, analyses=["describe"]))


def test_both_files_give_the_same_answers(anes):
    tables = [anes.wave(wave) for wave in ("csv", "dta")]
    values = [t.loc[t["analysis"] == "describe", ["estimate", "std_error", "n"]].astype(float) for t in tables]
    assert len(values[0]) == len(values[1])
    # The csv prints the weights with 15 digits, so that they differ in the last.
    assert values[0].to_numpy() == pytest.approx(values[1].to_numpy(), rel=1e-10, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(("wave", "unsure"), [("csv", 0), ("dta", 3)])
def test_only_the_file_with_codes_can_tell_who_did_not_know(anes, wave, unsure):
    figures = [Figure("TrustGovernment", "proportion", "n_level", unsure)]
    assert_figures(anes.wave(wave), figures, rtol=0, analyses=["dont_know"])

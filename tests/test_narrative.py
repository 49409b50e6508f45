"""Sentences about groups: planted releases, and what they must and must not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import report_release
from survey.core import estimates
from survey.core.divide import DivideSpec, LadderStage
from survey.core.estimates import Release
from survey.core.expression import parse
from survey.report.announced import ALIKE, DIFFER, UNCLEAR, standing, standings
from survey.report.behind import behind
from survey.report.page import Page, page
from survey.report.sections.followup import followup
from survey.report.sentences import access, gaps
from survey.report.sentences.findings import MOST, findings

CERTAIN, DOUBTFUL = 0.001, 0.4
FORBIDDEN = (
    "because",
    "cause ",
    "due to",
    "leads to",
    "effect of",
    "karena itu",
    "menyebabkan",
    "akibat",
    "disebabkan",
)


@pytest.fixture(scope="module")
def plain() -> Release:
    return report_release.release()


def planted(release: Release, rows: list[dict[str, Any]], **study: Any) -> Release:
    """The release with further rows, each a wave's row of the estimates table."""
    common = {"wave": "2025", "status": "ok", "n": 900, "conf_level": 0.95}
    more = estimates.table(pd.DataFrame([common | row for row in rows]))
    spec = replace(release.study, **study)
    return replace(release, estimates=estimates.concat([release.estimates, more]), study=spec)


def compared(
    omnibus: float = CERTAIN,
    pair: float = CERTAIN,
    difference: float = 0.5,
    half: float = 0.2,
    d: float = 0.6,
    equivalence: float = 0.9,
) -> list[dict[str, Any]]:
    """Rows of `compare` about access between the two sexes."""
    key = {"analysis": "compare", "measure": "akses", "by": "jk"}
    ends = {"conf_low": difference - half, "conf_high": difference + half}
    adjusted = {"conf_low_adjusted": difference - half, "conf_high_adjusted": difference + half}
    contrast = {"contrast": "1 - 2"}
    return [
        key | {"estimand": "design_ws", "p_value": omnibus, "p_adjusted": omnibus},
        key | contrast | ends | adjusted | {"estimand": "difference", "estimate": difference, "p_adjusted": pair},
        key | contrast | {"estimand": "d_design", "estimate": d},
        key | contrast | ends | {"estimand": "equivalence", "estimate": difference, "p_adjusted": equivalence},
    ]


def access_by_sex(release: Release, language: str = "en") -> tuple[Page, str]:
    sheet = page(release, language)
    sentence = gaps.standing(sheet, sheet.release.instrument.indicator("akses"), standings(sheet))
    return sheet, sentence.text if sentence else ""


def test_a_difference_that_passes_every_test_is_announced_with_its_size(plain: Release) -> None:
    sheet = page(planted(plain, compared()), "en")
    held = standing(sheet, sheet.release.instrument.indicator("akses"), "jk")
    assert held.verdict == DIFFER
    assert gaps.difference(sheet, held.pairs[0]).text == (
        "Ease of access, by Sex: the mean of “Female” is 0.50 (0.30–0.70) scale points below that of “Male”, a medium difference."
    )


def test_a_negative_difference_is_told_the_other_way_round(plain: Release) -> None:
    sheet = page(planted(plain, compared(difference=-0.5, d=-0.9)), "id")
    held = standing(sheet, sheet.release.instrument.indicator("akses"), "jk")
    assert gaps.difference(sheet, held.pairs[0]).text == (
        "Kemudahan akses menurut Jenis kelamin: rata-rata “Laki-laki” 0,50 (0,30–0,70) poin skala di bawah “Perempuan”; "
        "perbedaannya besar."
    )


@pytest.mark.parametrize(
    "rows",
    [
        compared(omnibus=DOUBTFUL),
        compared(pair=DOUBTFUL),
        compared(half=0.6),
        compared(omnibus=0.05),
        compared(pair=0.05),
    ],
    ids=["omnibus", "pair", "interval holds 0", "omnibus at alpha", "pair at alpha"],
)
def test_no_difference_is_claimed_where_one_part_of_the_rule_fails(plain: Release, rows: list[dict[str, Any]]) -> None:
    sheet, said = access_by_sex(planted(plain, rows))
    assert standing(sheet, sheet.release.instrument.indicator("akses"), "jk").verdict == UNCLEAR
    assert said == "Ease of access: not enough evidence of a difference by Sex."
    assert not any("below “" in s.text for s in findings(sheet))


@pytest.mark.parametrize("status", ["imprecise", "suppressed", "not_estimable"])
def test_no_difference_rests_on_a_row_that_is_not_firm(plain: Release, status: str) -> None:
    rows = compared()
    rows[1] |= {"status": status}
    assert access_by_sex(planted(plain, rows))[1].endswith("not enough evidence of a difference by Sex.")


def test_not_enough_evidence_is_never_told_as_equality(plain: Release) -> None:
    text = access_by_sex(planted(plain, compared(pair=DOUBTFUL), smallest_effect={"indicators": 0.3}))[1]
    assert not any(word in text for word in ("equal", "no difference", "smaller", "same"))
    said = access_by_sex(planted(plain, compared(pair=DOUBTFUL)), "id")[1]
    assert said == "Kemudahan akses: tidak cukup bukti adanya perbedaan menurut Jenis kelamin."


def test_equivalence_is_told_with_its_limit(plain: Release) -> None:
    rows = compared(omnibus=DOUBTFUL, pair=DOUBTFUL, difference=0.05, half=0.1, equivalence=CERTAIN)
    sheet, text = access_by_sex(planted(plain, rows, smallest_effect={"indicators": 0.3}))
    assert standing(sheet, sheet.release.instrument.indicator("akses"), "jk").verdict == ALIKE
    assert text == "Ease of access: differences by Sex are shown to be smaller than 0.3 points."


@pytest.mark.parametrize(
    ("d", "word"),
    [(0.1, "very small"), (0.2, "small"), (0.49, "small"), (0.5, "medium"), (0.8, "large"), (-2.0, "large")],
)
def test_words_for_sizes_follow_the_printed_limits(plain: Release, d: float, word: str) -> None:
    sheet = page(planted(plain, compared(d=d)), "en")
    pair = standing(sheet, sheet.release.instrument.indicator("akses"), "jk").pairs[0]
    assert gaps.difference(sheet, pair).text.endswith(f", a {word} difference.")


def lagging(gap: float = 8.0, low: float = 3.0, p: float = CERTAIN, omnibus: float = CERTAIN) -> list[dict[str, Any]]:
    """Rows of `priorities` about access of the oldest."""
    key = {"analysis": "priorities", "measure": "akses", "by": "umur_kel"}
    group = key | {"by_level": "65+"}
    ends = {"conf_low": low, "conf_high": gap + 5, "conf_low_adjusted": low, "conf_high_adjusted": gap + 5}
    rank = {"estimand": "rank", "conf_low": 1.0, "conf_high": 3.0, "status": "imprecise"}
    return [
        key | {"estimand": "design_ws", "p_adjusted": omnibus},
        group | ends | {"estimand": "gap", "estimate": gap, "p_adjusted": p},
        group | {"estimand": "people", "estimate": 82_600.0, "conf_low": 8e4, "conf_high": 9e4},
        group | rank,
    ]


def test_the_follow_up_names_who_is_behind_with_people_and_interval(plain: Release) -> None:
    sheet = page(planted(plain, lagging(), population=1_058_127.0), "en")
    said = " ".join(texts(followup(sheet)))
    assert "65+ (Age group), about 83,000 people: behind on Ease of access, 8.0 (3.0–13.0) points of 100." in said


def test_people_are_counted_only_where_weights_count_the_population(plain: Release) -> None:
    said = texts(followup(page(planted(plain, lagging()), "en")))
    assert "65+ (Age group): behind on Ease of access, 8.0 (3.0–13.0) points of 100." in said


@pytest.mark.parametrize(
    ("ends", "said"),
    [((1.0, 2.0), "The list is no ranking"), ((1.0, 1.0), "65+ (Age group) on Ease of access, rank 1 of 2")],
)
def test_nothing_is_ranked_inside_overlapping_rank_intervals(
    plain: Release, ends: tuple[float, float], said: str
) -> None:
    rows = lagging() + [row | {"measure": "sosialisasi"} for row in lagging()]
    for row in rows:
        if row["estimand"] == "rank":
            row |= {"conf_low": ends[0], "conf_high": ends[1] if row["measure"] == "akses" else 2.0}
            row |= {} if row["measure"] == "akses" else {"conf_low": min(2.0, ends[0])}
    assert said in " ".join(texts(followup(page(planted(plain, rows), "en"))))


@pytest.mark.parametrize(
    "rows",
    [lagging(p=DOUBTFUL), lagging(omnibus=DOUBTFUL), lagging(low=-1.0)],
    ids=["gap", "omnibus", "interval holds 0"],
)
def test_nobody_is_behind_without_evidence(plain: Release, rows: list[dict[str, Any]]) -> None:
    sheet = page(planted(plain, rows), "en")
    assert behind(sheet) == []
    assert texts(followup(sheet)) == ["Not enough evidence: no group is behind the average of everyone for certain."]


def texts(section: Any) -> list[str]:
    """Sentences of a section and of what it holds."""

    def of(block: Any) -> Iterator[str]:
        for sentence in getattr(block, "sentences", ()):
            yield sentence.text
        for inner in getattr(block, "blocks", ()):
            yield from of(inner)

    return list(of(section))


def laddered(release: Release, losses: dict[str, tuple[float, float]]) -> Release:
    """A ladder of three stages; of each its loss and the half-width of the interval."""
    stages = tuple(LadderStage(n, report_release.both(n.title(), n.title()), parse("umur")) for n in losses)
    made = planted(release, list(_ladder_rows(losses)))
    return replace(made, instrument=replace(made.instrument, divide=DivideSpec(ladder=stages)))


def _ladder_rows(losses: dict[str, tuple[float, float]]) -> Iterator[dict[str, Any]]:
    left, before = 1.0, None
    for stage, (lost, half) in losses.items():
        left *= 1 - lost
        key = {"analysis": "divide", "measure": "ladder", "level": stage, "unit": "proportion"}
        yield key | {"estimand": "reached", "estimate": left, "conf_low": left - 0.02, "conf_high": left + 0.02}
        ends = {"conf_low": lost - half, "conf_high": lost + half}
        yield key | ends | {"estimand": "lost", "estimate": lost, "population": before}
        before = stage


@pytest.mark.parametrize(
    ("worst", "said"),
    [((0.6, 0.05), "Most are lost before “Skills”: 60.0%"), ((0.35, 0.1), "No single step loses clearly more")],
)
def test_the_worst_step_is_named_only_where_intervals_lie_apart(
    plain: Release, worst: tuple[float, float], said: str
) -> None:
    made = laddered(plain, {"motivation": (0.2, 0.05), "device": (0.3, 0.05), "skills": worst})
    sentence = access.ladder(page(made, "en"))
    assert sentence is not None
    assert said in sentence.text
    assert "of residents take all 3 steps" in sentence.text


def test_there_are_at_most_five_findings_and_each_names_its_rows(plain: Release) -> None:
    made = laddered(planted(plain, compared() + lagging()), {"motivation": (0.2, 0.05), "device": (0.3, 0.05)})
    for language in ("en", "id"):
        found = findings(page(made, language))
        assert len(found) == MOST
        assert all(s.rows for s in found)
        assert not [w for s in found for w in FORBIDDEN if w in s.text.lower()]


def test_a_sample_that_was_not_drawn_at_random_says_nothing_about_groups() -> None:
    sheet = page(report_release.release("nonprobability"), "en")
    assert standings(sheet) == {}
    assert followup(sheet).reason.startswith("Without a probability sample")  # type: ignore[union-attr]

"""The page on measurement: the word follows from the released rows by the printed rule, and hidden rows stay hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import html5lib
import numpy as np
import pandas as pd
import pytest
import yaml

import survey
from measurement_study import DONT_KNOW, answers, frame, write
from survey.analyse import disclosure, running
from survey.core.estimates import Release
from survey.report import document, verdict
from survey.report.blocks import Omitted
from survey.report.page import page
from survey.report.sections.measurement import measurement
from survey.report.tables import written

ANALYSES = [
    "describe",
    "dont_know",
    "indicators",
    "dont_know_sensitivity",
    "quality",
    "reliability",
    "validity",
    "factor",
    "labels",
]


def release_of(folder: Path, data: pd.DataFrame, **study: object) -> Release:
    made = survey.load(write(folder, data, **({"analyses": ANALYSES} | study)))  # type: ignore[arg-type]
    table = running.estimate(made.wave("w"), made.spec).table
    return disclosure.protect(table, made.spec, made.spec.waves[0], made.instrument, {})


def judged(folder: Path, items: np.ndarray, **study: object) -> tuple[str, str]:
    """The word on the one indicator, and its sentence in English."""
    sheet = page(release_of(folder, frame(items), **study), "en")
    found = verdict.verdict(sheet, sheet.release.instrument.indicators[0])
    assert found is not None
    return found.word, verdict.sentence(sheet, found).text


def text_of(release: Release, language: str = "en") -> str:
    html = document.files(release, language)[f"report.{language}.html"].decode()
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    return " ".join("".join(root.itertext()).split())


def test_a_scale_of_one_factor_may_be_used(tmp_path: Path) -> None:
    word, said = judged(tmp_path, answers(loading=0.8))
    assert word == verdict.USABLE
    assert said.startswith("Scale: usable – its questions hang together (alpha 0.8")


def test_random_answers_may_not(tmp_path: Path) -> None:
    word, said = judged(tmp_path, answers(loading=0))
    assert word == verdict.NOT_USABLE
    assert "its questions do not hang together" in said


def test_a_forgotten_reversal_forbids_the_score_and_names_the_question(tmp_path: Path) -> None:
    items = answers(k=8, loading=0.9)
    items[:, 2] = 6 - items[:, 2]
    word, said = judged(tmp_path, items)
    assert word == verdict.NOT_USABLE
    assert "the answers to “i3” run against the others" in said
    assert "do not hang together" not in said


@pytest.mark.parametrize(
    ("items", "said"),
    [
        pytest.param(answers(loading=0.55), "hang together only loosely", id="loose"),
        pytest.param(np.column_stack([answers(loading=0.85), answers(k=1, seed=9)]), "“i6” belongs only loosely", id="stray item"),
        pytest.param(
            np.where(np.random.default_rng(1).random((600, 5)) < 0.25, DONT_KNOW, answers(loading=0.8)),
            "of the answers asked for are missing", id="do not know",
        ),
        pytest.param(
            np.where(np.arange(600)[:, None] < 240, 4, answers(loading=0.75)),
            "of the people gave one and the same answer to all its questions", id="straight-liners",
        ),
        pytest.param(answers(n=25, loading=0.9), "only 25 people answered all its questions", id="few"),
    ],
)  # fmt: skip
def test_what_a_reader_must_know_makes_a_note(tmp_path: Path, items: np.ndarray, said: str) -> None:
    word, sentence = judged(tmp_path, items)
    assert word == verdict.WITH_NOTE
    assert said in sentence


def two_things(correlation: float, n: int = 900) -> np.ndarray:
    """Answers 1 … 5 to six questions, three about one thing and three about another."""
    rng = np.random.default_rng(5)
    factors = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], n)
    latent = 0.85 * np.repeat(factors, 3, axis=1) + np.sqrt(1 - 0.85**2) * rng.normal(size=(n, 6))
    return np.clip(np.round(3 + latent), 1, 5).astype(int)


PARTS = {"net": ["i1", "i2", "i3"], "tie": ["i4", "i5", "i6"]}


def with_facets(folder: Path, data: pd.DataFrame, facets: Mapping[str, object] = PARTS, **study: object) -> Release:
    """The release of a study whose indicator declares two parts."""
    path = write(folder, data, **({"analyses": ANALYSES} | study)) / "instrument.yaml"  # type: ignore[arg-type]
    told = yaml.safe_load(path.read_text())
    told["indicators"]["scale"]["facets"] = dict(facets)
    path.write_text(yaml.safe_dump(told, sort_keys=False))
    made = survey.load(folder)
    table = running.estimate(made.wave("w"), made.spec).table
    return disclosure.protect(table, made.spec, made.spec.waves[0], made.instrument, {})


def verdict_of(release: Release) -> tuple[str, str]:
    sheet = page(release, "en")
    found = verdict.verdict(sheet, release.instrument.indicators[0])
    assert found is not None
    return found.word, verdict.sentence(sheet, found).text


def test_a_scale_of_two_named_things_is_no_one_score_and_says_so_wherever_it_is_printed(tmp_path: Path) -> None:
    release = with_facets(tmp_path, frame(two_things(0.5)))
    word, said = verdict_of(release)
    assert word == verdict.NOT_USABLE
    assert "its questions measure different things, “net” and “tie” (correlation 0.49)" in said
    text = text_of(release)
    assert "The score mixes things that people judge separately: net has mean" in text
    assert "Scale: the answers contradict one score" in text
    assert "Scale: its parts, each with its own mean" in text


def test_parts_are_printed_by_their_labels(tmp_path: Path) -> None:
    named = {key: {"items": items, "en": f"The {key} itself"} for key, items in PARTS.items()}
    release = with_facets(tmp_path, frame(two_things(0.5)), named)
    assert "“The net itself” and “The tie itself” (correlation 0.49)" in verdict_of(release)[1]
    text = text_of(release)
    assert "judge separately: The net itself has mean" in text
    assert "The tie itself: " in text
    assert not re.search(r"\b(net|tie)\b(?! itself)", text)


def test_one_thing_that_was_named_as_two_may_be_used(tmp_path: Path) -> None:
    release = with_facets(tmp_path, frame(answers(k=6, loading=0.8)))
    assert verdict_of(release)[0] == verdict.USABLE
    text = text_of(release)
    assert "Scale: the answers support one score." in text
    assert "The score mixes" not in text


def test_parts_that_the_answers_leave_open_make_a_note(tmp_path: Path) -> None:
    word, said = verdict_of(with_facets(tmp_path, frame(two_things(0.9, n=500))))
    assert word == verdict.WITH_NOTE
    assert "the answers do not decide whether “net” and “tie” are one thing" in said


def test_two_things_that_nobody_named_are_found(tmp_path: Path) -> None:
    word, said = judged(tmp_path, two_things(0.5))
    assert word == verdict.WITH_NOTE
    assert "its questions seem to measure more than one thing" in said


def test_two_names_for_one_thing_are_found(tmp_path: Path) -> None:
    path = write(tmp_path, frame(answers(k=6, loading=0.8)), analyses=ANALYSES) / "instrument.yaml"
    told = yaml.safe_load(path.read_text())
    told["indicators"] = {
        name: {"en": name.title(), "items": [f"i{j}" for j in items]}
        for name, items in {"a": (1, 2, 3), "b": (4, 5, 6)}.items()
    }
    path.write_text(yaml.safe_dump(told, sort_keys=False))
    made = survey.load(tmp_path)
    table = running.estimate(made.wave("w"), made.spec).table
    word, said = verdict_of(disclosure.protect(table, made.spec, made.spec.waves[0], made.instrument, {}))
    assert word == verdict.WITH_NOTE
    assert re.search(r"people hardly tell it apart from “B” \(HTMT (1\.0|0\.9)", said)


def test_answers_that_cannot_show_reliability_forbid_the_score(tmp_path: Path) -> None:
    word, said = judged(tmp_path, np.full((60, 4), 3))
    assert word == verdict.NOT_USABLE
    assert "cannot be shown" in said


def test_the_sentence_prints_the_rows_it_names(tmp_path: Path) -> None:
    release = release_of(tmp_path, frame(answers(loading=0.8)))
    sheet = page(release, "en")
    made = verdict.verdict(sheet, release.instrument.indicators[0])
    assert made is not None
    sentence = verdict.sentence(sheet, made)
    rows = release.estimates.iloc[list(sentence.rows)]
    assert {"alpha", "item_rest", "item_nonresponse", "mean"} <= set(rows["estimand"])
    alpha = rows.loc[rows["estimand"].eq("alpha"), "estimate"].iloc[0]
    assert written(sheet.t, "alpha", alpha) in sentence.text


def test_a_hidden_alpha_is_neither_printed_nor_judged(tmp_path: Path) -> None:
    release = release_of(tmp_path, frame(answers(n=8, loading=0.9)))
    assert release.estimates["status"].eq("suppressed").all()
    text = text_of(release)
    assert "Scale: do not use – its reliability cannot be shown from these answers." in text
    assert "[c]" in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Measurement quality", "Which indicators may be used", "Tests of validity and reliability", "0.447",
                "What the means are called", "The rules disagree".lower(), "Left out", "How people answered"]),
        ("id", ["Mutu pengukuran", "dapat dipakai", "Uji validitas dan uji reliabilitas", "0,447", "r tabel",
                "Sebutan untuk rata-rata", "indikatif", "Bukan IKM resmi"]),
    ],
)  # fmt: skip
def test_the_page_speaks_both_languages(tmp_path: Path, language: str, words: list[str]) -> None:
    text = text_of(release_of(tmp_path, frame(answers(loading=0.8))), language)
    assert [w for w in words if w not in text] == []


def test_the_rounded_weight_is_printed_only_where_rounding_matters(tmp_path: Path) -> None:
    five = text_of(release_of(tmp_path / "5", frame(answers(loading=0.8))))
    nine = text_of(release_of(tmp_path / "9", frame(answers(k=9, loading=0.8, points=4)), points=4))
    assert "rounded weight" not in five
    assert "rounded weight" in nine
    assert "SKM/IKM (PermenPANRB 14/2017), indicative" in five
    assert "SKM/IKM (PermenPANRB 14/2017), indicative" not in nine


def test_without_these_analyses_the_section_is_left_out_with_the_reason(tmp_path: Path) -> None:
    release = release_of(tmp_path, frame(answers(n=60)), analyses=["describe"])
    assert isinstance(measurement(page(release, "en")), Omitted)
    assert "the analyses of measurement were not asked for" in text_of(release)

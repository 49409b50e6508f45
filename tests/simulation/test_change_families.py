"""What is announced of two waves: rarely a change that is none, and more of those there are than among all domains.

Six indicators in everyone and in five groups, 120 PSUs and 600 respondents a wave; `SURVEY_SEEDS` pairs of samples
(default 400).
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest

from survey.analyse.changes import ChangeRows, point
from survey.analyse.course import change_flags
from survey.analyse.goals import goal
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.core.instrument import Indicator, Instrument
from survey.core.words import Words
from trend_study import instrument, respondents, study, wave

SEEDS = int(os.environ.get("SURVEY_SEEDS", "400"))
NAMES = tuple(f"score{k}" for k in range(6))
UNITS, ALPHA = 120, 0.05
#: α and 2.4 Monte-Carlo errors of a share of α.
FALSE = ALPHA + 2.4 * np.sqrt(ALPHA * (1 - ALPHA) / SEEDS)
#: About three errors of a change in everyone.
PLANTED = 0.2

pytestmark = pytest.mark.slow


def asked() -> Instrument:
    made = instrument()
    scores = (Indicator(name, Words.plain(name), ("q1", "q2"), 1) for name in NAMES)
    return Instrument(made.questions, tuple(scores))


def announced(seed: int, change: float) -> pd.Series:
    """Whether a false change of everyone or of a group is announced, and that of the first score in either family."""
    rng, spec = np.random.default_rng([31, seed]), study(["a", "b"])
    points = []
    for k in range(2):
        made = wave("ab"[k], asked(), respondents(int(rng.integers(2**31)), n=600, units=UNITS))
        psu = np.arange(len(made.frame)) % UNITS
        for name in NAMES:
            level = 3 + change * k * (name == NAMES[0])
            noise = 0.3 * rng.standard_normal(UNITS)[psu] + 0.8 * rng.standard_normal(len(psu))
            made.frame[name] = level + noise
        inf = Inference.within(spec, InMemory.of(made, spec.groups))
        points.append([point(inf, goal(inf, name, "mean", None)) for name in NAMES])
    rows = ChangeRows(spec)
    for earlier, later in zip(*points, strict=True):
        rows.add(later, earlier, None, None, hundred=True)
    moved = rows.table()
    flags = change_flags(moved, NAMES, spec)
    up, everyone, first = flags["estimate"].eq(1), flags["by"].isna(), flags["measure"].eq(NAMES[0])
    false = up & ~(first & (change != 0))
    wide = moved[moved["estimand"].eq("difference_score100") & moved["measure"].eq(NAMES[0]) & moved["by"].isna()]
    return pd.Series({
        "everyone": (false & everyone).any(), "groups": (false & ~everyone).any(),
        "found": (up & everyone & first).any(), "found among all domains": (wide["p_adjusted"] < ALPHA).all(),
    })  # fmt: skip


@pytest.fixture(scope="module")
def repeated() -> dict[float, pd.Series]:
    """Planted change → share of samples with each kind of announcement."""
    found = {change: pd.DataFrame([announced(k, change) for k in range(SEEDS)]).mean() for change in (0.0, PLANTED)}
    print(pd.DataFrame(found).round(3).to_string())
    return found


def test_of_nothing_a_change_is_announced_once_in_twenty_at_most(repeated):
    assert max(repeated[0.0][["everyone", "groups"]]) <= FALSE


def test_a_planted_change_brings_no_false_one_with_it(repeated):
    assert max(repeated[PLANTED][["everyone", "groups"]]) <= FALSE


def test_a_change_of_everyone_is_found_more_often_than_among_all_domains(repeated):
    planted = repeated[PLANTED]
    assert planted["found"] > planted["found among all domains"] + 0.05

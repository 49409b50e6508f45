"""Many waves of the synthetic city, compared group by group: what is announced, and what is true.

A pair of groups is announced if the verdict test of its grouping and the pair itself are both below α
after adjustment over all indicators and groupings.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import coverage_study
import numpy as np
import pandas as pd
from coverage_study import Setting, sampled, setting
from scipy.stats import norm, t

from survey.analyse.compare import compare
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.simulate import truth
from survey.simulate.fieldwork import Scenario

GROUPINGS = ("jk", "umur_kel", "pddk3", "pdpt3", "kec")
#: The study's largest wave.
YEAR, NEIGHBOURHOODS = 2025, 120
ALPHA = 0.05
#: Probability with which a gap of the planned size is announced.
POWER = 0.95
#: Samples of an earlier survey, from which the planned gaps are computed; seeds that the study does not use.
PILOTS, FIRST_PILOT = 40, 1_000_001

KEYS = ["measure", "by", "contrast"]


def compared(s: Setting, seed: int) -> pd.DataFrame:
    """Every pair of groups in one sample: difference, error, df, whether it is announced."""
    inf = Inference.within(s.study, InMemory.of(sampled(s, seed), GROUPINGS))
    table = compare(inf)
    pairs = table.loc[table["estimand"] == "difference", [*KEYS, "estimate", "std_error", "df", "p_adjusted"]]
    verdict = table[table["estimand"] == "design_ws"].set_index(["measure", "by"])["p_adjusted"]
    omnibus = verdict.reindex(pd.MultiIndex.from_frame(pairs[["measure", "by"]])).to_numpy()
    announced = (pairs["p_adjusted"].to_numpy() < ALPHA) & (omnibus < ALPHA)
    return pairs.assign(announced=announced, seed=seed)


_SETTING: Setting | None = None


def _one(seed: int) -> pd.DataFrame:
    assert _SETTING is not None
    return compared(_SETTING, seed)


def study(s: Setting, seeds: int, first: int = 1) -> pd.DataFrame:
    """`compared` of many samples."""
    global _SETTING
    _SETTING = s  # children of a fork share the population instead of copying it
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=get_context("fork")) as pool:
        return pd.concat(pool.map(_one, range(first, first + seeds), chunksize=10), ignore_index=True)


def wave(scenario: Scenario) -> Setting:
    """The study's setting over all groupings, without what a comparison does not read."""
    coverage_study.NEIGHBOURHOODS, coverage_study.YEAR = NEIGHBOURHOODS, YEAR
    coverage_study.GROUPS = GROUPINGS
    coverage_study.ITEMS = ()
    made = setting(scenario)
    return replace(made, study=replace(made.study, cross=(), smallest_effect={}))


def planted(s: Setting) -> tuple[pd.Series, set[tuple[str, str]]]:
    """True size of each planted gap by measure, grouping and contrast; and where no gap was planted at all."""
    facts = truth.facts(s.work, truth.values(s.work))
    gaps = {(g["measure"], g["by"], g["contrast"]): g["true"] for g in facts["planted"]}
    return pd.Series(gaps, dtype=float), {(a["measure"], a["by"]) for a in facts["absent"]}


def true_differences(s: Setting) -> pd.Series:
    """The population's difference of every two groups; exactly 0 where none was planted."""
    found = coverage_study.truth(s).reset_index()
    found = found[found["estimand"] == "difference"].rename(columns={"by_level": "contrast"})
    _, absent = planted(s)
    flat = [s.work.scenario == "no_gaps" or key in absent for key in zip(found["measure"], found["by"], strict=True)]
    return found.assign(value=found["value"].mask(flat, 0.0)).set_index(KEYS)["value"]


def planned_gap(pilot: pd.DataFrame) -> pd.Series:
    """Gap of each pair that is announced with probability `POWER`, from the errors of earlier samples.

    The first step of Holm, as a planner must take it: α over all pairs.
    """
    family = pilot.groupby("seed").size().iloc[0]
    mean = pilot.groupby(KEYS)[["std_error", "df"]].mean()
    critical = t.ppf(1 - ALPHA / family / 2, mean["df"])
    return (critical + norm.ppf(POWER)) * mean["std_error"]


def false_announcements(drawn: pd.DataFrame, true: pd.Series) -> pd.Series:
    """Whether each sample announces a pair that does not differ, or one with the wrong sign."""
    difference = true.reindex(pd.MultiIndex.from_frame(drawn[KEYS])).to_numpy()
    wrong = drawn["announced"].to_numpy() & (np.sign(drawn["estimate"].to_numpy()) != np.sign(difference))
    return pd.Series(wrong).groupby(drawn["seed"].to_numpy()).any()

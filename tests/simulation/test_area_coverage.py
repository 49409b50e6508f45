"""Ranks and small-area values against the population: samples of the study's own design, SURVEY_SEEDS of them.

Direct means of kelurahan are compared with the model's where both are shown.
"""

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from coverage_study import NEIGHBOURHOODS, Setting, sampled, setting

from survey.analyse.areas import areas
from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.core.models import AreasSpec
from survey.core.wave import Wave
from survey.simulate.fieldwork import draw_people

#: Far fewer samples than for single estimates say enough: each holds 7 ranks and some 35 kelurahan of six indicators.
SEEDS = max(int(os.environ.get("SURVEY_SEEDS", "1000")) // 5, 20)
#: 3.7 Monte-Carlo errors of a share of 0.95.
SLACK = 3.7 * np.sqrt(0.95 * 0.05 / SEEDS)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    s = setting()
    return pd.concat([_one(s, seed) for seed in range(1, SEEDS + 1)], ignore_index=True)


def _one(s: Setting, seed: int) -> pd.DataFrame:
    """The areas' rows of one sample with the truth and the direct mean beside them."""
    people = s.work.population
    of_adult = {"kec": people.kec, "kel": people.kel}
    wave, adult = sampled(s, seed), draw_people(s.work, NEIGHBOURHOODS, seed).adult
    kel = pd.Categorical.from_codes(people.kel[adult], [v.code for v in s.instrument.question("kel").levels])
    wave = Wave(wave.name, wave.instrument, wave.frame.assign(kel=kel), wave.design)
    study = replace(s.study, areas=AreasSpec("kel", "kec"))
    table = areas(Inference.within(study, InMemory.of(wave, ("kec",))))
    rows = table[table["estimand"].isin(["rank", "eblup"])].copy()
    keys = {by: [v.key for v in s.instrument.question(by).levels] for by in of_adult}
    truth, direct = {}, {}
    for name, score in s.scores.items():
        own = wave.frame[name].to_numpy(float)
        for by, code in of_adult.items():
            truth |= _means(name, by, keys[by], score, np.ones(len(score)), code)
            direct |= _means(name, by, keys[by], own, wave.design.weight, code[adult])
    at = [*zip(rows["measure"], rows["by"], rows["by_level"], strict=True)]
    return rows.assign(seed=seed, truth=[truth[key] for key in at], direct=[direct[key] for key in at])


def _means(name: str, by: str, keys: list[str], y: np.ndarray, w: np.ndarray, code: np.ndarray) -> dict:
    known = np.isfinite(y)
    size, total = (np.bincount(code[known], x[known], len(keys)) for x in (w, w * np.where(known, y, 0)))
    with np.errstate(invalid="ignore"):
        return {(name, by, key): mean for key, mean in zip(keys, total / size, strict=True)}


def test_all_ranks_of_the_kecamatan_lie_in_their_intervals_in_95_of_100_samples(results):
    ranks = results[results["estimand"].eq("rank")]
    true = ranks.groupby(["seed", "measure"])["truth"].rank(ascending=False)
    inside = (ranks["conf_low"] <= true) & (ranks["conf_high"] >= true)
    held = inside.groupby([ranks["seed"], ranks["measure"]]).all().groupby("measure").mean()
    print(held.round(3).to_string())
    print("width", (ranks["conf_high"] - ranks["conf_low"]).groupby(ranks["measure"]).mean().round(2).to_string())
    assert (held >= 0.95 - SLACK).all()


def test_the_model_is_nearer_the_truth_than_the_direct_means_and_knows_how_near(results):
    small = results[results["estimand"].eq("eblup")]
    error, direct = (small[c] - small["truth"] for c in ("estimate", "direct"))
    inside = small["truth"].between(small["conf_low"], small["conf_high"]).groupby(small["measure"]).mean()
    ratio = (small["std_error"] ** 2).groupby(small["measure"]).mean() / (error**2).groupby(small["measure"]).mean()
    gain = np.sqrt((error**2).mean() / (direct**2).mean())
    print(pd.DataFrame({"coverage": inside, "mse ratio": ratio}).round(3).to_string(), f"\nerror to direct {gain:.3f}")
    assert gain < 0.75
    assert inside.mean() > 0.92

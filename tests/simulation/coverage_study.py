"""Many samples of the synthetic population, estimated by the package, against the population's values.

`study` draws samples, weighs and estimates each, and says for every estimand × domain how often the
95 % interval held the truth and how the estimated variance compares with the variance over samples.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from survey.analyse.describe import describe
from survey.analyse.indicators import dont_know, indicators
from survey.analyse.inference import Inference
from survey.core.instrument import Instrument
from survey.core.questions import Question
from survey.core.schema import load_instrument, load_study
from survey.core.study import StudySpec, WaveSpec
from survey.core.wave import Cleaned, Wave
from survey.core.words import Words
from survey.prepare.margins import Margin
from survey.prepare.weight import weigh
from survey.simulate import perception
from survey.simulate.fieldwork import Fieldwork, Scenario, draw_people, enter
from survey.simulate.population import populate
from survey.simulate.truth import margins as true_margins
from survey.stats import contrasts, interval
from survey.stats.tally import level_tally

ROOT = Path(__file__).parents[2]
GROUPS = ("jk", "umur_kel", "pddk3", "kec")
ITEMS = ("so1", "ka1", "kt2", "as4", "tr5", "pn2", "sc_tahu", "dm_gov")
NEIGHBOURHOODS, YEAR = 80, 2023
#: A number with many values, so that its median is not a step function.
NUMBER = "opinion"


@dataclass(frozen=True)
class Setting:
    """Everything that does not change from sample to sample."""

    study: StudySpec
    spec: WaveSpec
    instrument: Instrument
    work: Fieldwork
    margins: tuple[Margin, ...]
    number: np.ndarray
    scores: dict[str, np.ndarray]


def setting(scenario: Scenario = "gaps") -> Setting:
    """The Tangerang Selatan study and its population in one scenario."""
    study = load_study((ROOT / "study.yaml").read_text(), "study.yaml")
    full = load_instrument(
        (ROOT / study.instrument).read_text(), study.instrument, study.languages, lambda p: (ROOT / p).read_text()
    )
    kelurahan = tuple(level.key for level in full.question("kel").levels)
    population = populate(kelurahan, int(study.simulate["seed"]))
    work = enter(population, YEAR, scenario)
    number = perception.trust(population, population.seed).astype(float) + 10
    text = Words.plain(NUMBER)
    opinion = Question(NUMBER, text, text, "number")
    instrument = Instrument(
        (*full.questions, opinion), full.indicators, full.derived, (), full.missing, (), full.languages
    )
    scores = {name: perception.scores(work.answers, plan) for name, plan in work.plans.items()}
    return Setting(study, study.wave(str(YEAR)), instrument, work, _margins(work), number, scores)


def _margins(work: Fieldwork) -> tuple[Margin, ...]:
    found: dict[str, tuple[tuple[str, ...], dict[tuple[str, ...], float]]] = {}
    for name, dims, keys, n in true_margins(work):
        found.setdefault(name, (dims, {}))[1][keys] = float(n)
    return tuple(
        Margin(name, dims, totals, dict.fromkeys(totals, 2), "synthetic", "", "", "")
        for name, (dims, totals) in found.items()
    )


def sampled(s: Setting, seed: int) -> Wave:
    """One sample, weighted and calibrated as the study says."""
    sample = draw_people(s.work, NEIGHBOURHOODS, seed)
    people, adult = s.work.population, sample.adult
    frame = _frame(s, adult)
    design = pd.DataFrame({"bobot": sample.weight, "kec": people.kec[adult], "rt": people.rt[adult]})
    cleaned = Cleaned(frame, design, pd.RangeIndex(2, len(frame) + 2), pd.DataFrame(), pd.DataFrame())
    return weigh(cleaned, s.study, s.spec, s.instrument, s.margins, "sample").wave


def _frame(s: Setting, adult: np.ndarray) -> pd.DataFrame:
    columns: dict[str, object] = {}
    items = dict.fromkeys([*ITEMS, *(i for plan in s.work.plans.values() for i in plan.items)])
    kinds = {m.code: m.key for m in s.instrument.missing}
    for name in items:
        answers = s.work.answers[name][adult]
        codes = [level.code for level in s.instrument.question(name).levels]
        columns[name] = pd.Categorical(np.where(answers >= 0, answers, -1), categories=codes, ordered=True)
        missing = np.array([kinds.get(code) for code in range(-9, 0)], dtype=object)
        columns[f"{name}__missing"] = pd.Categorical(np.where(answers < 0, missing[np.minimum(answers, -1) + 9], None))
    for name, (code, keys) in s.work.groupings().items():
        if name in GROUPS:
            levels = [level.code for level in s.instrument.variable(name).levels]
            assert [str(c) for c in levels] == list(keys)
            columns[name] = pd.Categorical.from_codes(code[adult], categories=levels)
    columns |= {name: score[adult] for name, score in s.scores.items()}
    return pd.DataFrame(columns | {NUMBER: s.number[adult]})


KEYS = ["measure", "estimand", "level", "by", "by_level"]


def estimates(s: Setting, seed: int) -> pd.DataFrame:
    """Estimates of one sample in the columns of the estimates table, differences of groups among them."""
    inf = Inference.of(sampled(s, seed), GROUPS)
    table = pd.concat(
        [describe(inf, [*ITEMS, NUMBER]), indicators(inf), dont_know(inf, [*ITEMS, *s.scores])], ignore_index=True
    )
    wanted = table["estimand"].isin(["proportion", "mean", "median"])
    wanted &= ~((table["estimand"] == "median") & (table["measure"] != NUMBER))
    table = table.loc[wanted, [*KEYS, "analysis", "estimate", "std_error", "conf_low", "conf_high", "n", "df"]]
    table["estimand"] = table["estimand"].mask(table["analysis"] == "dont_know", "dont_know")
    return pd.concat([table.drop(columns="analysis"), _differences(s, inf)], ignore_index=True)


def _differences(s: Setting, inf: Inference) -> pd.DataFrame:
    rows = []
    for name, by, a, b, difference, se, low, high, df in _pairs(s, inf):
        rows.append((name, "difference", pd.NA, by, f"{a} - {b}", difference, se, low, high, np.nan, df))
    return pd.DataFrame(rows, columns=[*KEYS, "estimate", "std_error", "conf_low", "conf_high", "n", "df"])


def _pairs(s: Setting, inf: Inference) -> Iterator[tuple]:
    for name in s.scores:
        score = inf.wave.frame[name].to_numpy(float)
        known = np.isfinite(score)
        values, code = np.unique(score[known], return_inverse=True)
        level = np.full(len(score), -1, dtype=np.intp)
        level[known] = code
        for at, by in enumerate(GROUPS, start=1):
            keys = [v.key for v in s.instrument.variable(by).levels]
            tally = level_tally(level, len(values), [inf.groupings[at]], inf.sampling)
            found = contrasts.pairs(tally, contrasts.group_means(tally, values, inf.sampling))
            low, high = interval.wald(found.difference, found.std_error, found.df, 0.95)
            parts = (found.first, found.second, found.difference, found.std_error, low, high, found.df)
            for a, b, *rest in zip(*parts, strict=True):
                yield (name, by, keys[a], keys[b], *rest)


def truth(s: Setting) -> pd.Series:
    """The population's value of every estimate, by the same keys."""
    domains: list[tuple[object, object, np.ndarray]] = [(pd.NA, pd.NA, np.ones(s.work.population.n, dtype=bool))]
    for by in GROUPS:
        code, keys = s.work.groupings()[by]
        domains += [(by, key, code == at) for at, key in enumerate(keys)]
    rows = []
    for by, level, inside in domains:
        rows += [(*row[:3], by, level, row[3]) for row in _true_values(s, inside)]
    frame = pd.DataFrame(rows, columns=[*KEYS, "value"])
    means = frame[(frame["estimand"] == "mean") & frame["measure"].isin(list(s.scores)) & frame["by"].notna()]
    for (name, by), part in means.groupby(["measure", "by"]):
        value = part.set_index("by_level")["value"]
        for i, a in enumerate(value.index):
            for b in value.index[i + 1 :]:
                rows.append((name, "difference", pd.NA, by, f"{a} - {b}", value[a] - value[b]))
    return pd.DataFrame(rows, columns=[*KEYS, "value"]).set_index(KEYS)["value"]


def _true_values(s: Setting, inside: np.ndarray) -> Iterator[tuple[str, str, object, float]]:
    for name in ITEMS:
        answers = s.work.answers[name][inside]
        valid = answers[answers >= 0]
        question = s.instrument.question(name)
        for level in question.levels:
            yield name, "proportion", level.key, float((valid == level.code).mean())
        if question.type == "ordinal":
            yield name, "mean", pd.NA, float(valid.mean())
    for name, score in s.scores.items():
        yield name, "mean", pd.NA, float(np.nanmean(score[inside]))
        items = np.stack([s.work.answers[i][inside] for i in s.work.plans[name].items])
        yield name, "dont_know", pd.NA, float((items == -8).sum() / (items != -7).sum())
    for name in {i for plan in s.work.plans.values() for i in plan.items} | set(ITEMS):
        answers = s.work.answers[name][inside]
        yield name, "dont_know", pd.NA, float((answers == -8).sum() / (answers != -7).sum())
    yield NUMBER, "mean", pd.NA, float(s.number[inside].mean())
    yield NUMBER, "median", pd.NA, float(np.median(s.number[inside]))


_SETTING: Setting | None = None


def _one(seed: int) -> pd.DataFrame:
    assert _SETTING is not None
    return estimates(_SETTING, seed).assign(seed=seed)


def study(s: Setting, seeds: int, first: int = 1) -> pd.DataFrame:
    """One row an estimand × domain: truth, coverage, ratio of mean estimated to empirical variance, mean n, df."""
    global _SETTING
    _SETTING = s  # children of a fork share the population instead of copying it
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=get_context("fork")) as pool:
        drawn = pd.concat(pool.map(partial(_one), range(first, first + seeds), chunksize=10), ignore_index=True)
    drawn[KEYS] = drawn[KEYS].astype("string").fillna("")
    value = truth(s)
    value.index = pd.MultiIndex.from_frame(value.index.to_frame(index=False).astype("string").fillna(""))
    drawn["truth"] = value.reindex(pd.MultiIndex.from_frame(drawn[KEYS])).to_numpy()
    drawn = drawn.dropna(subset=["truth", "conf_low"])
    drawn["held"] = (drawn["conf_low"] <= drawn["truth"]) & (drawn["truth"] <= drawn["conf_high"])
    drawn["variance"] = drawn["std_error"] ** 2
    cells = drawn.groupby(KEYS, sort=False).agg(
        truth=("truth", "first"),
        coverage=("held", "mean"),
        seeds=("held", "size"),
        estimated=("variance", "mean"),
        empirical=("estimate", "var"),
        bias=("estimate", "mean"),
        n=("n", "mean"),
        df=("df", "mean"),
    )
    cells["bias"] -= cells["truth"]
    cells["ratio"] = cells["estimated"] / cells["empirical"]
    return cells.reset_index()


def judged(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells to which the criteria apply: df of 8 or more, 50 cases or more, shares from 0.1 to 0.9."""
    share = cells["estimand"].isin(["proportion", "dont_know"])
    inside = cells["truth"].between(0.1, 0.9)
    large = cells["n"].isna() | (cells["n"] >= 50)
    return cells[(cells["by"] != "kec") & large & (cells["df"] >= 8) & (~share | inside) & (cells["empirical"] > 0)]

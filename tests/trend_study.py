"""Waves in memory for the tests of change: five items, an indicator, two groups, clustered samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference
from survey.analyse.respondents import InMemory
from survey.analyse.waves import Waves
from survey.core.design import Design, Places, Stage
from survey.core.expression import parse
from survey.core.instrument import Indicator, Instrument
from survey.core.questions import Level, Question, ResponseScale
from survey.core.sampling import DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.variables import Derived
from survey.core.wave import Wave
from survey.core.words import Words

ITEMS = ("q1", "q2", "q3", "q4", "q5")
TEXT = Words.plain
AGREE = ResponseScale(tuple(Level(k, TEXT(str(k))) for k in range(1, 6)), ordinal=True)
SEX = ResponseScale((Level("f", TEXT("f")), Level("m", TEXT("m"))), ordinal=False)
AGE = ResponseScale(tuple(Level(a, TEXT(a)) for a in ("young", "middle", "old")), ordinal=True)


def instrument(**changes: object) -> Instrument:
    """The questionnaire; `changes` of the first item."""
    items = [Question(name, TEXT(name), TEXT(name), "ordinal", AGREE) for name in ITEMS]
    items[0] = replace(items[0], **changes)  # type: ignore[arg-type]
    groups = [
        Question("sex", TEXT("sex"), TEXT("sex"), "nominal", SEX),
        Question("age", TEXT("age"), TEXT("age"), "ordinal", AGE),
    ]
    old = Derived("agree1", TEXT("agree1"), "nominal", parse("q1"), regroup=True, levels=SEX.levels)
    return Instrument((*items, *groups), (Indicator("trust", TEXT("trust"), ITEMS, 3),), (old,))


def study(names: Sequence[str], design: DesignSpec | None = None, **changes: object) -> StudySpec:
    """A study of these waves, grouped by sex and age."""
    design = design or DesignSpec(overlap_stated=True)
    waves = tuple(WaveSpec(name, "", TEXT(name), design) for name in names)
    made = StudySpec("s", TEXT("s"), ("en",), "i.yaml", waves, design, groups=("sex", "age"), seed=3)
    return replace(made, **changes)  # type: ignore[arg-type]


def respondents(
    seed: int, n: int = 400, level: float = 3.2, units: int = 40, old: float = 0.3, by_age: float = 0.0
) -> pd.DataFrame:
    """Answers to the items and groups, with stratum, PSU and weight.

    Parameters
    ----------
    old : share of the old; by_age : how much lower a step of age answers
    """
    rng = np.random.default_rng(seed)
    psu = np.arange(n) % units
    age = rng.choice(3, n, p=[(1 - old) / 2, (1 - old) / 2, old])
    trust = level + 0.3 * rng.standard_normal(units)[psu] + 0.7 * rng.standard_normal(n) - by_age * (age - 1)
    items = np.clip(np.round(trust[:, None] + 0.7 * rng.standard_normal((n, 5))), 1, 5).astype(int)
    frame = pd.DataFrame(items, columns=list(ITEMS))
    frame["sex"] = rng.choice(["f", "m"], n)
    frame["age"] = np.array(["young", "middle", "old"])[age]
    return frame.assign(psu=psu, stratum=psu % 4, weight=rng.uniform(0.5, 2, n), id=[f"{k:016x}" for k in range(n)])


def wave(name: str, made: Instrument, answers: pd.DataFrame, elementwise: bool = False) -> Wave:
    """The wave of such answers; `elementwise`: everyone is a sampling unit of one stratum."""
    frame = pd.DataFrame({"id": answers["id"]})
    for q in made.questions:
        if q.name in answers:
            keys = [level.code for level in q.levels]
            frame[q.name] = pd.Categorical(answers[q.name], categories=keys, ordered=q.type == "ordinal")
            frame[f"{q.name}__missing"] = pd.Categorical(
                np.where(frame[q.name].isna(), "dont_know", None), categories=["dont_know", "not_applicable"]
            )
    for indicator in made.indicators:
        frame[indicator.name] = answers[[i for i in indicator.items if i in answers]].astype(float).mean(axis=1)
    if "q1" in answers:
        frame["agree1"] = pd.Categorical(np.where(answers["q1"] > 3, "f", "m"), categories=["f", "m"])
    n = len(frame)
    if elementwise:
        design = Design(np.ones(n), (Stage(np.zeros(n, np.intp), np.arange(n), np.full(n, np.inf)),), weighted=False)
        return Wave(name, made, frame, design)
    stratum = pd.factorize(answers["stratum"], sort=True)[0]
    unit = pd.factorize(answers["stratum"] * 10_000 + answers["psu"], sort=True)[0]
    places = Places(answers["stratum"].to_numpy(np.int64), (answers["stratum"] * 10_000 + answers["psu"]).to_numpy())
    stage = Stage(stratum, unit, np.full(n, np.inf))
    return Wave(name, made, frame, Design(answers["weight"].to_numpy(float), (stage,), places=places))


def waves(
    answers: dict[str, pd.DataFrame],
    made: Instrument | None = None,
    spec: StudySpec | None = None,
    elementwise: bool = False,
) -> Waves:
    """The waves of a study, in the order of `answers`."""
    made, spec = made or instrument(), spec or study(list(answers))
    each = [wave(name, made, frame, elementwise) for name, frame in answers.items()]
    inferences = tuple(Inference.within(spec, InMemory.of(w, spec.groups)) for w in each)
    return Waves(inferences, {}, spec, made)

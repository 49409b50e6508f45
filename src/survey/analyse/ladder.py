"""The ladder of access: which stage residents have reached, and at which they are lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey.analyse import steps
from survey.analyse.inference import Inference
from survey.core.divide import LadderStage
from survey.core.wave import Wave
from survey.stats.arrays import Ints

MEASURE = "ladder"
NOT_DECLARED = "the questionnaire declares no ladder"
NOT_ASKED = "the wave did not ask what a stage of the ladder needs"


def ladder(inf: Inference) -> list[pd.DataFrame]:
    """Rows of the ladder (measure `ladder`, `level` a stage), for everyone and each group.

    `passed`: meets the stage's own condition. `reached`: meets it and those of all stages before.
    `lost`: does not, among those who reached the stage before (`population`). Whose highest stage is
    unknown is in none but `passed`.
    """
    stages = inf.instrument.divide.ladder
    if not stages:
        return [steps.absent(inf, MEASURE, NOT_DECLARED)]
    if any(name not in inf.wave.frame for stage in stages for name in stage.passed.names):
        return [steps.absent(inf, MEASURE, NOT_ASKED)]
    met = [met_by(inf.wave, stage) for stage in stages]
    names = tuple(stage.name for stage in stages)
    climbed = steps.Course(MEASURE, names, position(met))
    return [
        steps.passed(inf, MEASURE, names, met),
        steps.reached(inf, climbed),
        *steps.from_step_to_step(inf, climbed, "lost"),
    ]


def met_by(wave: Wave, stage: LadderStage) -> Ints:
    """Whether each respondent meets a stage's condition, (n,): 1 yes, 0 no, −1 unknown."""
    values = {name: wave.answers(name) for name in stage.passed.names}
    known = stage.passed.evaluate(values, len(wave.frame))
    return known.astype("Int64").fillna(-1).to_numpy(dtype=float).astype(np.intp)


def position(met: list[Ints]) -> Ints:
    """Stages each respondent took without a break, (n,); −1 where an unknown stage comes before a missed one."""
    found = np.zeros(len(met[0]), dtype=np.intp)
    climbing, unknown = np.ones(len(found), dtype=bool), np.zeros(len(found), dtype=bool)
    for stage in met:
        unknown |= climbing & (stage < 0)
        climbing &= stage == 1
        found += climbing
    return np.where(unknown, -1, found)

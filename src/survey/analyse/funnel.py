"""The funnel of each service: who knows it, who tried it, who uses it now."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from survey.analyse import steps
from survey.analyse.inference import Inference
from survey.analyse.measures import level_codes
from survey.core.divide import Funnel
from survey.core.questions import Question

MEASURE = "funnels"
NOT_DECLARED = "the questionnaire declares no funnels of services"
NOT_ASKED = "the wave did not ask for a service of the funnels"


def funnels(inf: Inference) -> list[pd.DataFrame]:
    """Rows of each service (measure: its question, `level`: a step), for everyone and each group.

    `reached`: took the step. `conversion`: took it, among those who took the step before (`population`).
    """
    if not inf.instrument.divide.funnels:
        return [steps.absent(inf, MEASURE, NOT_DECLARED)]
    found = []
    for funnel, service in _services(inf):
        code = level_codes(inf.wave, service.name)
        taken = _taken(funnel, service)
        course = steps.Course(service.name, tuple(s.name for s in funnel.steps), np.append(taken, -1)[code])
        found += [steps.reached(inf, course), *steps.from_step_to_step(inf, course, "conversion")]
    return found or [steps.absent(inf, MEASURE, NOT_ASKED)]


def _services(inf: Inference) -> Iterator[tuple[Funnel, Question]]:
    for funnel in inf.instrument.divide.funnels:
        for question in inf.instrument.questions:
            asked = question.scale is not None and question.scale.name == funnel.scale
            if asked and inf.respondents.holds(question.name):
                yield funnel, question


def _taken(funnel: Funnel, service: Question) -> np.ndarray:
    """Steps taken by who chose each level of the scale, (levels,)."""
    keys = [level.key for level in service.levels]
    least = np.array([keys.index(step.least) for step in funnel.steps])
    return np.array([(least <= at).sum() for at in range(len(keys))], dtype=np.intp)

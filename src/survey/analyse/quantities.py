"""Numbers that a wave's respondents make up together: the mean of what each of them counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from survey.analyse.measures import level_codes, numbers, scores, top_two, values
from survey.core.counted import Answered, Asked, Chosen, Missing, each
from survey.core.instrument import Instrument
from survey.core.missing import DONT_KNOW
from survey.core.statements import Claim
from survey.core.variables import Variable
from survey.core.wave import Wave
from survey.stats.arrays import Floats

#: Code of the answer whose share is meant where none is named.
YES = "1"


class Quantity(NamedTuple):
    """An estimand of a measure.

    Attributes
    ----------
    answer : code whose share is meant; None: yes
    """

    measure: str
    estimand: str = "mean"
    answer: str | None = None

    @property
    def share(self) -> bool:
        """Whether it lies between 0 and 1."""
        return self.estimand in ("proportion", "top2", "dont_know")


class Hundred(NamedTuple):
    """The lowest score of a scale and how many points of 100 a scale point is."""

    low: float
    factor: float

    def of(self, scores: Floats) -> Floats:
        """Scores in points of 100."""
        return (scores - self.low) * self.factor


def claimed(claim: Claim) -> tuple[Quantity, ...]:
    """What a claim is about."""
    return tuple(Quantity(name, claim.estimand, claim.answer) for name in claim.measures)


def read_as(claim: Claim) -> tuple[Quantity, ...]:
    """What each of its readings is about."""
    return tuple(Quantity(r.measure, claim.estimand, r.answer) for r in claim.readings)


def counted(wave: Wave, quantity: Quantity) -> Floats | None:
    """What each respondent counts, (n,), NaN where nothing; None if the quantity is no mean of respondents."""
    name, estimand, answer = quantity
    if name not in wave.frame:
        return None
    if not wave.instrument.has(name):
        return _of_indicator(wave, quantity)
    variable = wave.instrument.variable(name)
    if estimand == "dont_know":
        return _held(wave, Asked(name), Missing(name, DONT_KNOW))
    if estimand == "proportion" and variable.type == "multi":
        return _held(wave, Answered(name), Chosen(name, answer or YES))
    if estimand == "mean" and variable.numeric and not variable.levels:
        return numbers(wave, name)
    score = _scores(variable, quantity)
    return None if score is None else np.append(score, np.nan)[level_codes(wave, name)]


def hundred_of(instrument: Instrument, quantity: Quantity) -> Hundred | None:
    """How scores of an indicator become points of 100; None where that is not asked for or its scale has no ends."""
    ends = [instrument.item_range(i) for i in instrument.indicators if i.name == quantity.measure]
    if quantity.estimand != "score100" or not ends or ends[0] is None or ends[0][0] == ends[0][1]:
        return None
    low, high = ends[0]
    return Hundred(low, 100 / (high - low))


def _of_indicator(wave: Wave, quantity: Quantity) -> Floats | None:
    hundred = hundred_of(wave.instrument, quantity)
    if hundred is not None:
        return hundred.of(numbers(wave, quantity.measure))
    return numbers(wave, quantity.measure) if quantity.estimand == "mean" else None


def _held(wave: Wave, base: Answered | Asked, part: Chosen | Missing) -> Floats:
    """1 where a condition holds, 0 elsewhere in its base."""
    columns = values(wave, each(base, part))
    found: Floats = np.where(columns[:, 0] == 1, columns[:, 1], np.nan)
    return found


def _scores(variable: Variable, quantity: Quantity) -> Floats | None:
    """What each level of a coded variable counts."""
    if not variable.levels or variable.type == "multi":
        return None
    if quantity.estimand == "mean":
        return scores(variable)
    if quantity.estimand == "proportion":
        return np.array([float(v.key == (quantity.answer or YES)) for v in variable.levels])
    top = top_two(variable) if quantity.estimand == "top2" else None
    return None if top is None else top.astype(float)

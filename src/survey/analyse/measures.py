"""Measures as arrays: what a question or a derived variable looks like to the tally."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.core.instrument import PARADATA_ROLES, Instrument, Variable
from survey.core.wave import Wave, selections
from survey.stats.arrays import Floats, Ints

#: Up to so many distinct values a number is tallied by value; beyond, its quantiles need a sort.
MANY_VALUES = 400


@dataclass(frozen=True, slots=True)
class Levels:
    """Answers with few values.

    Attributes
    ----------
    code : (n,) int, −1 without a valid answer
    keys : level as text, one a column; empty for numbers
    score : (K,) float, the levels' numbers; None for codes that are text
    """

    code: Ints = field(repr=False)
    keys: tuple[str, ...]
    score: Floats | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Answers with many values: (n,) float, NaN without a valid answer."""

    value: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class Options:
    """A multi-response question: (n, K) 1 chosen, 0 not; NaN rows were not asked or are missing."""

    chosen: Floats = field(repr=False)
    keys: tuple[str, ...]


def described(instrument: Instrument) -> tuple[Variable, ...]:
    """Variables that `describe` shows: all but text, dates and the fieldwork's paradata.

    A stratum that respondents were asked for, with levels, is shown like any question.
    """

    def shown(v: Variable) -> bool:
        if v.type in ("text", "date"):
            return False
        return v.role not in PARADATA_ROLES or (v.role == "stratum" and bool(v.levels))

    return tuple(filter(shown, instrument.variables))


def measure(wave: Wave, variable: Variable) -> Levels | Numbers | Options:
    """The answers to a variable in the form that its type is tallied in."""
    answers = wave.answers(variable.name)
    if variable.type == "multi":
        chosen = selections(answers, variable).to_numpy(float)
        return Options(chosen, tuple(v.key for v in variable.levels))
    if variable.levels:
        score = np.array([v.value for v in variable.levels], float) if variable.numeric else None
        return Levels(answers.cat.codes.to_numpy().astype(np.intp), tuple(v.key for v in variable.levels), score)
    return numbers(answers)


def numbers(answers: pd.Series) -> Levels | Numbers:
    """A numeric variable by value, or as numbers where it has too many."""
    value = answers.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(value)
    distinct, code = np.unique(value[known], return_inverse=True)
    if len(distinct) > MANY_VALUES:
        return Numbers(value)
    codes = np.full(len(value), -1, dtype=np.intp)
    codes[known] = code
    return Levels(codes, (), distinct)

"""Measures as arrays: what an answer, or a column that an analysis names, is for each respondent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from survey.core.counted import Answered, AnyOf, Asked, Chosen, Column, Condition, Deviation, Missing, OneOf
from survey.core.instrument import Instrument
from survey.core.missing import NOT_APPLICABLE
from survey.core.questions import PARADATA_ROLES
from survey.core.variables import Variable
from survey.core.wave import Wave, selections
from survey.stats.arrays import Bools, Floats, Ints


def described(instrument: Instrument) -> tuple[Variable, ...]:
    """Variables that `describe` shows: all but text, dates and the fieldwork's paradata.

    A stratum that respondents were asked for, with levels, is shown like any question.
    """

    def shown(v: Variable) -> bool:
        if v.type in ("text", "date"):
            return False
        return v.role not in PARADATA_ROLES or (v.role == "stratum" and bool(v.levels))

    return tuple(filter(shown, instrument.variables))


def scores(variable: Variable) -> Floats | None:
    """The levels' numbers, (K,); None for codes that are text."""
    return np.array([v.value for v in variable.levels], float) if variable.numeric else None


def top_two(variable: Variable) -> Bools | None:
    """Which levels are the two highest, (K,); None where they have no such order."""
    size, score = len(variable.levels), scores(variable)
    if variable.type != "ordinal" or size < 3:
        return None
    order = np.arange(size) if score is None else np.argsort(score)
    found = np.zeros(size, dtype=bool)
    found[order[-2:]] = True
    return found


def level_codes(wave: Wave, name: str) -> Ints:
    """Position of each respondent's answer among the levels, (n,); −1 without a valid answer."""
    return wave.answers(name).cat.codes.to_numpy().astype(np.intp)


def numbers(wave: Wave, name: str) -> Floats:
    """A numeric variable or a score, (n,); NaN without a valid answer."""
    return wave.answers(name).to_numpy(dtype=float, na_value=np.nan)


def values(wave: Wave, columns: Sequence[Column]) -> Floats:
    """What each respondent counts in each column, (n, K)."""
    held = holding(wave, (c for column in columns if not isinstance(column, Deviation) for c in column.conditions))
    return np.column_stack([_value(wave, column, held) for column in columns])


def holding(wave: Wave, conditions: Iterable[Condition]) -> dict[Condition, Bools]:
    """For whom each condition holds, (n,) bool."""
    wanted = dict.fromkeys(conditions)
    options = {
        name: selections(wave.answers(name), wave.instrument.variable(name))
        for name in dict.fromkeys(c.name for c in wanted if isinstance(c, Chosen))
    }
    return {c: options[c.name][c.key].eq(1).to_numpy() if isinstance(c, Chosen) else _holds(wave, c) for c in wanted}


def _holds(wave: Wave, condition: Answered | OneOf | Asked | Missing) -> Bools:
    if isinstance(condition, Answered):
        return wave.answers(condition.name).notna().to_numpy(bool)
    if isinstance(condition, OneOf):
        code = level_codes(wave, condition.name)
        return np.isin(code, condition.levels)
    if isinstance(condition, Asked):
        return ~_missing(wave, condition.name, NOT_APPLICABLE)
    return _missing(wave, condition.name, condition.kind)


def _missing(wave: Wave, name: str, kind: str) -> Bools:
    """Whose answer is missing in this way, (n,)."""
    found = wave.missing(name).cat
    known = np.append(found.categories.to_numpy() == kind, False)
    return np.asarray(known[found.codes.to_numpy()], dtype=bool)


def _value(wave: Wave, column: Column, held: dict[Condition, Bools]) -> Floats:
    if isinstance(column, Deviation):
        value = numbers(wave, column.name)
        found: Floats = np.where(np.isfinite(value), value - column.centre, 0.0) ** column.power
        return found
    how_many: Floats = np.sum([held[c] for c in column.conditions], axis=0, dtype=float)
    return np.minimum(how_many, 1) if isinstance(column, AnyOf) else how_many

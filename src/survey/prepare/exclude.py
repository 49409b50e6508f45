"""Respondents whom a rule of the study leaves out, before anything is weighted; contract of `exclude`.

Nobody is left out without such a rule. A further flag is a function and a line in `_FLAGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from survey.core.instrument import Instrument
from survey.core.study import Exclusion
from survey.errors import Problem
from survey.prepare import derive
from survey.prepare.columns import Mask
from survey.prepare.routing import Settled
from survey.stats.straightlining import enough, fast, straight


def excluded(exclude: Sequence[Exclusion], settled: Settled, instrument: Instrument) -> NDArray[np.intp]:
    """Which exclusion, counted from 1, leaves each respondent out, (n,); the first that does, 0 for who stays."""
    found = np.zeros(settled.length, dtype=np.intp)
    for number, exclusion in enumerate(exclude, start=1):
        applies = _holds(exclusion, settled) if exclusion.rule else _FLAGS[str(exclusion.flag)](settled, instrument)
        found[(found == 0) & applies] = number
    return found


def nobody_left(exclude: Sequence[Exclusion], respondents: int, file: str) -> Problem:
    """The problem that the rules leave everybody out."""
    rules = "; ".join(e.rule.text if e.rule else str(e.flag) for e in exclude)
    found = f"all {respondents} respondents of {file} left out by: {rules}"
    return Problem("study.yaml", None, "exclude", found, "rules that leave somebody", "Look at the rules' direction.")


def _holds(exclusion: Exclusion, settled: Settled) -> Mask:
    """For whom the rule holds; for whom it is unknown stays."""
    assert exclusion.rule is not None
    holds = exclusion.rule.evaluate(settled.values(), settled.length).reset_index(drop=True)
    return holds.fillna(False).to_numpy(np.bool_)


def _straightliners(settled: Settled, instrument: Instrument) -> Mask:
    """One and the same answer to the items of all indicators, before reverse-scoring."""
    items = dict.fromkeys(item for indicator in instrument.indicators for item in indicator.items)
    given = [derive.as_floats(settled.columns[item].values) for item in items if item in settled.columns]
    if not given:
        return np.zeros(settled.length, dtype=np.bool_)
    return straight(np.column_stack(given), enough(len(given)))[0]


def _speeders(settled: Settled, instrument: Instrument) -> Mask:
    """Interviews shorter than a third of the median of the wave."""
    found = np.zeros(settled.length, dtype=np.bool_)
    for question in instrument.by_role("duration"):
        if question.name in settled.columns and question.type in ("number", "integer"):
            found |= fast(derive.as_floats(settled.columns[question.name].values))
    return found


_FLAGS: Mapping[str, Callable[[Settled, Instrument], Mask]] = {
    "straightliner": _straightliners,
    "speeder": _speeders,
}

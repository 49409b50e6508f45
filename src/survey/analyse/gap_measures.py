"""What gaps are measured of: indicators as scores, and what the instrument declares as shares and amounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from survey.analyse.domains import group_levels
from survey.analyse.inference import Inference
from survey.analyse.measures import level_codes, numbers
from survey.core.instrument import Instrument
from survey.stats.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class GapMeasure:
    """A measure as numbers.

    Attributes
    ----------
    y : (n,) float, NaN without an answer
    ends : of the scale; None for amounts, and for scores whose items declare none
    """

    name: str
    kind: Literal["score", "share", "amount"]
    y: Floats = field(repr=False)
    ends: tuple[float, float] | None
    unit: str


@dataclass(frozen=True, slots=True)
class Split:
    """One grouping of the study: (n,) code of each respondent's level, −1 for none."""

    name: str
    keys: tuple[str, ...]
    code: Ints = field(repr=False)
    ordered: bool


def gap_measures(inf: Inference) -> Iterator[GapMeasure]:
    """The wave's indicators, then the shares and amounts of the instrument's `gaps`, in their order."""
    for indicator in inf.instrument.indicators:
        if inf.respondents.holds(indicator.name):
            ends = inf.instrument.item_range(indicator)
            yield GapMeasure(indicator.name, "score", numbers(inf.wave, indicator.name), ends, "scale points")
    for name, kind in inf.instrument.divide.gaps.items():
        if not inf.respondents.holds(name):
            continue
        variable = inf.instrument.variable(name)
        if kind == "share":
            code = level_codes(inf.wave, name)
            yield GapMeasure(name, kind, np.where(code < 0, np.nan, code.astype(float)), (0.0, 1.0), "proportion")
        else:
            yield GapMeasure(name, kind, numbers(inf.wave, name), None, variable.unit or "number")


def splits(inf: Inference, measure: GapMeasure) -> list[Split]:
    """The groupings of one variable, in the study's order, but those made of the same questions as the measure.

    Users differ from non-users in use: that is no gap but the definition.
    """
    asked = questions_of(inf.instrument, measure.name)
    singles = [(b[0], g) for b, g in zip(inf.respondents.breakdowns, inf.groupings, strict=True) if len(b) == 1]
    return [
        Split(name, group_levels(inf.instrument, name), g.code, inf.instrument.variable(name).type == "ordinal")
        for name, g in singles
        if asked.isdisjoint(questions_of(inf.instrument, name))
    ]


def questions_of(instrument: Instrument, name: str) -> frozenset[str]:
    """The questions that a question, an indicator or a derived variable is made of."""
    parts = {i.name: i.items for i in instrument.indicators} | {d.name: d.source.names for d in instrument.derived}
    return (
        frozenset().union(*(questions_of(instrument, n) for n in parts[name])) if name in parts else frozenset({name})
    )

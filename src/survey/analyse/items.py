"""The items of an indicator as numbers, and the domains that measurement is judged in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from survey.analyse.domains import DomainNames
from survey.analyse.inference import Inference
from survey.analyse.measures import level_codes, numbers, scores
from survey.core.instrument import Indicator
from survey.core.wave import Wave
from survey.stats.arrays import Bools, Floats
from survey.stats.products import Grouping
from survey.stats.scores import reverse

#: An item with more different answers is a number, not an ordinal scale.
MOST_LEVELS = 10


@dataclass(frozen=True, slots=True)
class Battery:
    """The k items of an indicator that a wave asked, with numbers for answers.

    Attributes
    ----------
    names : of the items
    given : (n, k) answers as they were given; NaN where missing
    low, high : (k,) ends of each item's scale; NaN where the instrument declares none
    reversed : (k,) bool
    """

    indicator: Indicator
    names: tuple[str, ...]
    given: Floats = field(repr=False)
    low: Floats
    high: Floats
    reversed: Bools

    @property
    def scored(self) -> Floats:
        """(n, k) answers after reverse-scoring."""
        return np.where(self.reversed, reverse(self.given, self.low, self.high), self.given)

    @property
    def span(self) -> tuple[float, float] | None:
        """Ends of the scale where all items share it; None elsewhere."""
        ends = set(zip(self.low.tolist(), self.high.tolist(), strict=True))
        first = next(iter(ends))
        return first if len(ends) == 1 and np.isfinite(first).all() else None


def batteries(wave: Wave) -> Iterator[Battery]:
    """Each indicator of which the wave asked an item, in the instrument's order."""
    for indicator in wave.instrument.indicators:
        names = tuple(name for name in indicator.items if name in wave.frame)
        if names and indicator.name in wave.frame:
            yield _battery(wave, indicator, names)


def _battery(wave: Wave, indicator: Indicator, names: tuple[str, ...]) -> Battery:
    ends = np.array([_ends(wave, name) for name in names])
    turned = np.array([wave.instrument.question(name).reverse for name in names])
    given = np.column_stack([_answers(wave, name) for name in names])
    return Battery(indicator, names, given, ends[:, 0], ends[:, 1], turned)


def _answers(wave: Wave, name: str) -> Floats:
    variable = wave.instrument.variable(name)
    if not variable.levels:
        return numbers(wave, name)
    value = scores(variable)
    known = np.full(len(variable.levels), np.nan) if value is None else value
    return np.append(known, np.nan)[level_codes(wave, name)]


def _ends(wave: Wave, name: str) -> tuple[float, float]:
    variable = wave.instrument.variable(name)
    values = [v.value for v in variable.levels if v.value is not None]
    low, high = (min(values), max(values)) if values else (variable.minimum, variable.maximum)
    return float("nan") if low is None else low, float("nan") if high is None else high


def everyone_and_groups(inf: Inference) -> tuple[Sequence[Grouping], DomainNames]:
    """Domains of everyone and of each group, without crossings, and their names."""
    chosen = [g for g, by in zip(inf.groupings, inf.respondents.breakdowns, strict=True) if len(by) < 2]
    return chosen, inf.names.part(0, sum(g.size for g in chosen))

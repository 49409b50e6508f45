"""Respondents as the analyses see them: tallies of columns that they name, wherever respondents lie.

`Respondents` is all that an analysis may ask; `InMemory` answers from a `Wave`, `survey.scale` from
Parquet through SQL. Both give the same `stats.tally.Tally`, so that what comes after cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from survey.analyse import measures
from survey.analyse.domains import grouping
from survey.core.counted import MANY_VALUES, AnyOf, Breakdown, Column, Condition, breakdowns
from survey.core.design import Design
from survey.core.instrument import Instrument
from survey.core.wave import Wave
from survey.stats.arrays import Floats, Ints
from survey.stats.products import Grouping
from survey.stats.quantile import Ordered
from survey.stats.replicate import replicates
from survey.stats.sampling import Sampling, sampling
from survey.stats.tallied import ByValue, Tally
from survey.stats.tally import column_tally, level_tallies, level_tally


class Respondents(Protocol):
    """What analyses ask of the respondents of one wave.

    Tallies run over the domains of all `breakdowns`, in order, or over those of the breakdown at one
    position, `at`.
    """

    @property
    def name(self) -> str:
        """The wave's name."""

    @property
    def instrument(self) -> Instrument:
        """What was asked."""

    @property
    def sampling(self) -> Sampling:
        """How they were drawn."""

    @property
    def breakdowns(self) -> tuple[Breakdown, ...]:
        """Everyone first, then each group, then each crossing."""

    @property
    def probability(self) -> bool:
        """Whether the sample carries standard errors."""

    @property
    def weighted(self) -> bool:
        """Whether the study gave weights or calibrates."""

    def holds(self, name: str) -> bool:
        """Whether the wave holds a variable or score of this name."""

    def levels(self, name: str, at: int | None = None) -> Tally:
        """Sums by level of a coded variable; respondents without a valid answer count nowhere."""

    def levels_of(self, names: Sequence[str], at: int | None = None) -> Iterator[Tally]:
        """`levels` of each of several variables, in few passes over the respondents."""

    def split(self, parts: Sequence[Condition], at: int | None = None) -> Tally:
        """Sums by condition, each respondent at the last that holds; who fits none counts nowhere."""

    def splits(self, each: Sequence[Sequence[Condition]], at: int | None = None) -> Iterator[Tally]:
        """`split` by each of several sets of conditions, in few passes over the respondents."""

    def columns(self, columns: Sequence[Column], base: AnyOf, at: int | None = None) -> Tally:
        """Sums of columns over the respondents for whom `base` holds."""

    def by_value(self, name: str, at: int | None = None) -> ByValue | None:
        """Sums by value of a number; None if it has more than `core.counted.MANY_VALUES` values."""

    def middle(self, name: str) -> float:
        """The unweighted mean of a number; 0 where nobody has one."""

    def ordered(self, name: str, at: int) -> Ordered:
        """A number's values in order, with cumulated weights, by domain."""

    def up_to(self, name: str, limits: Floats, at: int) -> Tally:
        """Sums of 1 and of whether a number is at most each limit, (domains, Q), of its domain."""


@dataclass(frozen=True)
class InMemory:
    """Respondents of a wave that lies in memory."""

    wave: Wave = field(repr=False)
    breakdowns: tuple[Breakdown, ...]

    @classmethod
    def of(cls, wave: Wave, groups: Sequence[str] = (), cross: Sequence[tuple[str, str]] = ()) -> InMemory:
        """Everyone of a wave, by each of `groups` and each pair of `cross`."""
        return cls(wave, breakdowns(groups, cross, wave.frame))

    @property
    def name(self) -> str:
        """The wave's name."""
        return self.wave.name

    @property
    def instrument(self) -> Instrument:
        """What was asked."""
        return self.wave.instrument

    @property
    def probability(self) -> bool:
        """Whether the sample carries standard errors."""
        return self.wave.design.probability

    @property
    def weighted(self) -> bool:
        """Whether the study gave weights or calibrates."""
        return self.wave.design.weighted

    @cached_property
    def sampling(self) -> Sampling:
        """How they were drawn."""
        return sampling_of(self.wave.design)

    @cached_property
    def groupings(self) -> tuple[Grouping, ...]:
        """Domain of each respondent in every breakdown."""
        return tuple(grouping(self.wave, names) for names in self.breakdowns)

    def _groupings(self, at: int | None) -> Sequence[Grouping]:
        return self.groupings if at is None else [self.groupings[at]]

    def holds(self, name: str) -> bool:
        """Whether the wave holds a variable or score of this name."""
        return name in self.wave.frame

    def levels(self, name: str, at: int | None = None) -> Tally:
        """Sums by level of a coded variable."""
        return next(self.levels_of([name], at))

    def levels_of(self, names: Sequence[str], at: int | None = None) -> Iterator[Tally]:
        """`levels` of each of several variables."""
        levels = ((name, len(self.instrument.variable(name).levels)) for name in names)
        variables = (Grouping(measures.level_codes(self.wave, name), size) for name, size in levels)
        return level_tallies(variables, self._groupings(at), self.sampling)

    def split(self, parts: Sequence[Condition], at: int | None = None) -> Tally:
        """Sums by condition, each respondent at the last that holds."""
        return next(self.splits([parts], at))

    def splits(self, each: Sequence[Sequence[Condition]], at: int | None = None) -> Iterator[Tally]:
        """`split` by each of several sets of conditions."""
        variables = (Grouping(self._places(parts), len(parts)) for parts in each)
        return level_tallies(variables, self._groupings(at), self.sampling)

    def _places(self, parts: Sequence[Condition]) -> Ints:
        """The last of `parts` that holds for each respondent, (n,); −1 where none does."""
        held = measures.holding(self.wave, parts)
        code = np.full(len(self.wave.frame), -1, dtype=np.intp)
        for place, part in enumerate(parts):
            code[held[part]] = place
        return code

    def columns(self, columns: Sequence[Column], base: AnyOf, at: int | None = None) -> Tally:
        """Sums of columns over the respondents for whom `base` holds."""
        x = measures.values(self.wave, [base, *columns])
        return column_tally(x[:, 1:], x[:, 0] == 1, self._groupings(at), self.sampling)

    def by_value(self, name: str, at: int | None = None) -> ByValue | None:
        """Sums by value of a number; None if it has too many."""
        number = measures.numbers(self.wave, name)
        known = np.isfinite(number)
        distinct, code = np.unique(number[known], return_inverse=True)
        if len(distinct) > MANY_VALUES:
            return None
        codes = np.full(len(number), -1, dtype=np.intp)
        codes[known] = code
        return ByValue(distinct, level_tally(codes, len(distinct), self._groupings(at), self.sampling))

    def middle(self, name: str) -> float:
        """The unweighted mean of a number; 0 where nobody has one."""
        number = measures.numbers(self.wave, name)
        known = np.isfinite(number)
        return float(np.mean(number[known])) if known.any() else 0.0

    def ordered(self, name: str, at: int) -> Ordered:
        """A number's values in order, with cumulated weights, by domain."""
        number, domains = measures.numbers(self.wave, name), self.groupings[at]
        used = np.flatnonzero(np.isfinite(number) & (domains.code >= 0))
        rows = used[np.lexsort((number[used], domains.code[used]))]
        return Ordered.of(number[rows], self.sampling.weight[rows], domains.code[rows], domains.size)

    def up_to(self, name: str, limits: Floats, at: int) -> Tally:
        """Sums of 1 and of whether a number is at most each limit of its domain."""
        number, domains = measures.numbers(self.wave, name), self.groupings[at]
        below = number[:, None] <= limits[np.maximum(domains.code, 0)]
        columns = np.column_stack([np.ones(len(number)), below])
        return column_tally(columns, np.isfinite(number), [domains], self.sampling)


def sampling_of(design: Design) -> Sampling:
    """A core design in the form that `stats` computes with."""
    stages = [(s.stratum, s.unit, s.size) for s in design.stages]
    if (r := design.replicates) is not None:
        rscale = np.array(r.rscales, float) if r.rscales else None
        made = replicates(r.weight, design.weight, r.type, r.scale, rscale, r.rho, r.mse)
        # The strata and units play no part, so that a lonely one is no reason to stop.
        return replace(sampling(design.weight, stages, "certainty"), replicates=made)
    c = design.calibration
    if c is None:
        return sampling(design.weight, stages, design.lonely_psu)
    return sampling(design.weight, stages, design.lonely_psu, c.margins, c.base_weight)

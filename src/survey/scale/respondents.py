"""Respondents of a prepared wave in Parquet, counted by one GROUP BY a breakdown.

What comes back is a row for all respondents who are alike: memory is sampling units × cells, however
many respondents there are. `analyse.respondents.InMemory` answers the same from memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table, Value

from survey.core.counted import MANY_VALUES, AnyOf, Breakdown, Column, Condition, Deviation, breakdowns
from survey.core.design import Codes, Floats
from survey.core.engine import EngineSpec
from survey.core.instrument import Instrument
from survey.core.study import WaveSpec
from survey.core.wave import BASE_WEIGHT, WEIGHT
from survey.scale import engines, layout, queries, terms
from survey.scale.layout import Layout
from survey.scale.queries import Arrays
from survey.scale.sums import exact
from survey.stats.counted import tally
from survey.stats.quantile import Ordered
from survey.stats.sampling import Sampling
from survey.stats.tallied import ByValue, Tally, joined

#: Columns that a query adds; no variable of an instrument begins with two underscores.
VALUE, LEVEL, LIMIT, X = "__value", "__level", "__limit_", "__x_"


@dataclass(frozen=True)
class Stored:
    """Respondents of a wave whose answers lie in a database's table.

    Attributes
    ----------
    table : columns of `prepare.responses`.
    """

    table: Table = field(repr=False)
    spec: WaveSpec = field(repr=False)
    instrument: Instrument = field(repr=False)
    breakdowns: tuple[Breakdown, ...]

    @classmethod
    def of(
        cls,
        paths: Sequence[str],
        engine: EngineSpec,
        spec: WaveSpec,
        instrument: Instrument,
        groups: Sequence[str] = (),
        cross: Sequence[tuple[str, str]] = (),
    ) -> Stored:
        """Everyone in prepared Parquet files, by each of `groups` and each pair of `cross`."""
        table = engines.opened(paths, engine)
        return cls(table, spec, instrument, breakdowns(groups, cross, table.columns))

    @property
    def name(self) -> str:
        """The wave's name."""
        return self.spec.name

    @property
    def probability(self) -> bool:
        """Whether the sample carries standard errors."""
        return self.spec.design.sampling == "probability"

    @property
    def weighted(self) -> bool:
        """Whether the study gave weights or calibrates."""
        return self.spec.design.weight is not None or BASE_WEIGHT in self.table.columns

    @cached_property
    def layout(self) -> Layout:
        """Where in the table the design lies."""
        return layout.read(self.table, self.spec.design, self.spec.source)

    @property
    def sampling(self) -> Sampling:
        """How they were drawn."""
        return self.layout.sampling

    def holds(self, name: str) -> bool:
        """Whether the wave holds a variable or score of this name."""
        return name in self.table.columns

    def levels(self, name: str, at: int | None = None) -> Tally:
        """Sums by level of a coded variable."""
        levels = self.instrument.variable(name).levels
        return self._by_level(self.table[name], terms.codes(levels, self.table[name]), at)

    def levels_of(self, names: Sequence[str], at: int | None = None) -> Iterator[Tally]:
        """`levels` of each of several variables, one query each."""
        return (self.levels(name, at) for name in names)

    def split(self, parts: Sequence[Condition], at: int | None = None) -> Tally:
        """Sums by condition, each respondent at the last that holds."""
        cases = [(terms.holds(self.table, part, self.instrument), place) for place, part in enumerate(parts)]
        return self._by_level(ibis.cases(*reversed(cases)), range(len(parts)), at)

    def splits(self, each: Sequence[Sequence[Condition]], at: int | None = None) -> Iterator[Tally]:
        """`split` by each of several sets of conditions, one query each."""
        return (self.split(parts, at) for parts in each)

    def by_value(self, name: str, at: int | None = None) -> ByValue | None:
        """Sums by value of a number; None if it has too many."""
        number = terms.number(self.table, name)
        few = self.table.filter(number.notnull()).select(**{VALUE: number}).distinct().limit(MANY_VALUES + 1)
        values = np.sort(queries.arrays(few)[VALUE].astype(float))
        if len(values) > MANY_VALUES:
            return None
        return ByValue(values, self._by_level(number, values.tolist(), at))

    def columns(self, columns: Sequence[Column], base: AnyOf, at: int | None = None) -> Tally:
        """Sums of columns over the respondents for whom `base` holds."""
        table = self.table.filter(terms.value(self.table, base, self.instrument) == 1)
        values = {f"{X}{j}": terms.value(table, column, self.instrument) for j, column in enumerate(columns)}
        table = table.mutate(**values)
        decimals = self.layout.decimals(_largest(table, dict(zip(values, columns, strict=True))))
        return joined([self._tally(table, names, None, list(values), decimals) for names in self._within(at)])

    def middle(self, name: str) -> float:
        """The unweighted mean of a number; 0 where nobody has one."""
        table = self._with(VALUE, terms.number(self.table, name))
        decimals = self.layout.decimals(_largest(table, {VALUE: Deviation(name, 0.0, 1)}))
        found = table.aggregate(n=table.count(), sum=exact(table[VALUE], decimals)).to_pyarrow().to_pylist()[0]
        return float(found["sum"] / found["n"]) if found["n"] else 0.0

    def ordered(self, name: str, at: int) -> Ordered:
        """A number's values in order, with cumulated weights, by domain."""
        names = self.breakdowns[at]
        table = self._with(VALUE, terms.number(self.table, name))
        query = table.group_by([*names, VALUE]).agg(**{WEIGHT: exact(table[WEIGHT], self.layout.decimals())})
        found = self._known(queries.arrays(query), names, None)
        order = np.lexsort((found.sums[VALUE], found.domain))
        value, weight = found.sums[VALUE][order], found.sums[WEIGHT][order]
        return Ordered.of(value, weight, found.domain[order], self._domains(names))

    def up_to(self, name: str, limits: Floats, at: int) -> Tally:
        """Sums of 1 and of whether a number is at most each limit of its domain."""
        names, count = self.breakdowns[at], limits.shape[1]
        table = self._with(VALUE, terms.number(self.table, name))
        beside = self._limits(limits, names)
        table = table.join(beside, list(names)) if names else table.cross_join(beside)
        below = {f"{X}{j + 1}": (table[VALUE] <= table[f"{LIMIT}{j}"]).cast("int64") for j in range(count)}
        everyone = {f"{X}0": ibis.literal(1)}
        return self._tally(table.mutate(**everyone, **below), names, columns=[*everyone, *below])

    def _limits(self, limits: Floats, names: Breakdown) -> Table:
        """The limits by domain as a table: in a query's text a number might lose its last digit."""
        keys = {name: self._codes(name) for name in names}
        domains = pd.DataFrame(list(product(*keys.values())), columns=list(keys)) if names else pd.DataFrame(index=[0])
        return ibis.memtable(domains.assign(**{f"{LIMIT}{j}": column for j, column in enumerate(limits.T)}))

    def _by_level(self, level: Value, codes: Sequence[object], at: int | None) -> Tally:
        table = self._with(LEVEL, level)
        return joined([self._tally(table, names, codes=codes) for names in self._within(at)])

    def _tally(
        self,
        table: Table,
        names: Breakdown,
        codes: Sequence[object] | None = None,
        columns: Sequence[str] = (),
        decimals: int | None = None,
    ) -> Tally:
        """One breakdown's sums of the column `LEVEL`, which holds one of `codes`, or of `columns`."""
        for name in names:
            table = table.filter(table[name].notnull())
        keys = list(names) if codes is None else [*names, LEVEL]
        size, k = self._domains(names), len(columns) if codes is None else len(codes)
        places = self.layout.decimals() if decimals is None else decimals
        of_margins = None
        if self.sampling.elementwise:
            found = self._known(queries.by_stratum(table, self.layout, [*keys, *columns]), names, codes)
            cells, of_margins = queries.strata(found.sums, self.layout, found.domain, found.level, columns)
        else:
            found = self._known(queries.by_unit(table, self.layout, keys, columns, places), names, codes)
            cells = queries.units(found.sums, found.domain, found.level, columns)
            if self.layout.calibrated:
                found = self._known(queries.by_pattern(table, self.layout, keys, columns, places), names, codes)
                of_margins = queries.patterns(found.sums, self.layout, found.domain, found.level, columns)
        return tally(cells, size, k, self.sampling, of_margins)

    def _with(self, name: str, value: Value) -> Table:
        """The table with another column, where that is known."""
        table = self.table.mutate(**{name: value})
        return table.filter(table[name].notnull())

    def _within(self, at: int | None) -> Sequence[Breakdown]:
        return self.breakdowns if at is None else [self.breakdowns[at]]

    def _codes(self, name: str) -> Sequence[int | float | str]:
        return terms.codes(self.instrument.variable(name).levels, self.table[name])

    def _domains(self, names: Breakdown) -> int:
        return math.prod(len(self._codes(name)) for name in names)

    def _known(self, found: Arrays, names: Breakdown, codes: Sequence[object] | None) -> Known:
        """The rows of a query's result that lie in a domain and have a level that is known."""
        domain = np.zeros(len(next(iter(found.values()))), dtype=np.intp)
        for name in names:
            levels = self._codes(name)
            each = _positions(found[name], levels)
            domain = np.where((domain >= 0) & (each >= 0), domain * len(levels) + each, -1)
        level = None if codes is None else _positions(found[LEVEL], codes)
        used = (domain >= 0) if level is None else (domain >= 0) & (level >= 0)
        sums = {name: values[used] for name, values in found.items()}
        return Known(sums, domain[used], None if level is None else level[used])


class Known(NamedTuple):
    """A query's result with the domain and the level of each row."""

    sums: Arrays
    domain: Codes
    level: Codes | None


def _largest(table: Table, columns: Mapping[str, Column]) -> float:
    """No column's numbers are larger than this; a scan only where there are numbers."""
    counts = [len(c.conditions) for c in columns.values() if not isinstance(c, Deviation)]
    numbers = {name: table[name].abs().max() for name, c in columns.items() if isinstance(c, Deviation)}
    found = table.aggregate(**numbers).to_pyarrow().to_pylist()[0].values() if numbers else ()
    return float(max([1, *counts, *(value for value in found if value is not None)]))


def _positions(values: np.ndarray, codes: Sequence[object]) -> Codes:
    """Position of each value among the codes, −1 where it is none of them."""
    return pd.Index(list(codes)).get_indexer(pd.Index(values)).astype(np.intp)

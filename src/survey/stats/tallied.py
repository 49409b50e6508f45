"""Sums of respondents by sampling unit × domain × column: what a tally holds, whichever way it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.replicate import Replicates


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over the D domains of all groupings, in order, and K columns.

    Attributes
    ----------
    n : (D,) int, respondents with a valid answer
    in_stratum : (D, H) bool, whether the stratum holds one of them
    in_psu : (D, P) bool, whether the PSU does; None where every respondent is a PSU
    size : (D,) float, their weights' sum
    count : (D, K) float, unweighted sums
    total : (D, K) float, weighted sums
    unit : (D, U, K) float, weighted sums by finest unit; None where every respondent is a PSU
    margin : (D, M, K) float, base-weighted sums by margin category; None without calibration
    elements : sums that take the place of `unit` where every respondent is a PSU
    replicate : (R, D, K) float, sums by each replicate weight; they take the place of both
    in_pattern : (D, C) bool, patterns of replicate weights that hold a valid answer; weights : they
    """

    n: Ints
    in_stratum: Bools = field(repr=False)
    in_psu: Bools | None = field(repr=False)
    size: Floats
    count: Floats
    total: Floats
    unit: Floats | None = field(repr=False)
    margin: Floats | None = field(repr=False)
    elements: tuple[Elements, ...] = field(default=(), repr=False)
    replicate: Floats | None = field(default=None, repr=False)
    in_pattern: Bools | None = field(default=None, repr=False)
    weights: Replicates | None = field(default=None, repr=False)

    @property
    def df(self) -> Ints:
        """(D,) degrees of freedom of each domain: PSUs minus strata that hold a valid answer.

        With replicate weights: the rank of those of the domain, less one.
        """
        if self.weights is not None:
            return np.array([self.df_together(np.array([d])) for d in range(len(self.n))], dtype=np.intp)
        psus = self.n if self.in_psu is None else self.in_psu.sum(axis=1)
        found: Ints = psus - self.in_stratum.sum(axis=1)
        return found

    def df_together(self, domains: Ints | slice = slice(None)) -> int:
        """Degrees of freedom of several domains taken together."""
        if self.weights is not None and self.in_pattern is not None:
            return self.weights.df(np.asarray(self.in_pattern[domains].any(axis=0)))
        psus = self.n[domains].sum() if self.in_psu is None else self.in_psu[domains].any(axis=0).sum()
        return int(psus - self.in_stratum[domains].any(axis=0).sum())

    def separate(self, sizes: Sequence[int]) -> list[Tally]:
        """The tallies of consecutive groupings, from the number of domains of each: undoes `joined`."""
        ends = np.cumsum(sizes).tolist()
        return [self._part(slice(end - size, end), at) for at, (end, size) in enumerate(zip(ends, sizes, strict=True))]

    def _part(self, domains: slice, grouping: int) -> Tally:
        def of(sums: Any) -> Any:
            return None if sums is None else sums[domains]

        return Tally(
            self.n[domains],
            self.in_stratum[domains],
            of(self.in_psu),
            self.size[domains],
            self.count[domains],
            self.total[domains],
            of(self.unit),
            of(self.margin),
            self.elements[grouping : grouping + 1],
            None if self.replicate is None else self.replicate[:, domains],
            of(self.in_pattern),
            self.weights,
        )


@dataclass(frozen=True, slots=True)
class Elements:
    """Respondents of one grouping as their own PSUs, or cells of respondents who are alike.

    Attributes
    ----------
    cell : (r,) int, stratum × domain
    weight : (r,) float, summed over the cell
    level : (r,) int, column that is 1; None where `columns` holds numbers
    columns : (r, K) float or None
    squared : (r,) float, squares of the weights summed over the cell; None: the squares of `weight`
    pattern : (r,) int, crossing of the margins; None without calibration
    """

    cell: Ints
    weight: Floats
    level: Ints | None
    columns: Floats | None
    domains: int
    squared: Floats | None = None
    pattern: Ints | None = None

    @property
    def square(self) -> Floats:
        """(r,) squares of the weights, summed over each cell."""
        return self.weight**2 if self.squared is None else self.squared


class ByValue(NamedTuple):
    """A number tallied by value: the K values, ascending, and their sums."""

    value: Floats
    tally: Tally


def joined(parts: Sequence[Tally]) -> Tally:
    """The tally of several groupings, their domains in order."""

    def stack(name: str) -> Any:
        return np.concatenate([getattr(p, name) for p in parts])

    return Tally(
        stack("n"),
        stack("in_stratum"),
        None if parts[0].in_psu is None else stack("in_psu"),
        stack("size"),
        stack("count"),
        stack("total"),
        None if parts[0].unit is None else stack("unit"),
        None if parts[0].margin is None else stack("margin"),
        tuple(e for p in parts for e in p.elements),
        None if parts[0].replicate is None else np.concatenate([_known(p.replicate) for p in parts], axis=1),
        None if parts[0].in_pattern is None else stack("in_pattern"),
        parts[0].weights,
    )


def _known(sums: Floats | None) -> Floats:
    assert sums is not None
    return sums

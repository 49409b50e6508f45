"""Functions of group sums under the design: from a respondent's answer and group to estimates with errors.

Apart from `tally` because ranks, entropies and shortfalls are not linear in the sums: each is a
`inequality.Statistic` with derivatives, and what a respondent moves it by is weight × derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints, weighted_sums
from survey.stats.inequality import Statistic
from survey.stats.regression import Estimated
from survey.stats.sampling import Sampling
from survey.stats.variance import covariance_of_rows

Measure = Callable[[Floats, Floats], Statistic]


@dataclass(frozen=True, slots=True)
class Sample:
    """Respondents with an answer, each in one of G groups.

    Attributes
    ----------
    y : (n,) float, the answer; size : (n,) float, what it is an answer of: 1, or the number of items asked
    group : (n,) int, from 0; −1 for who is not of the sample
    groups : G
    """

    y: Floats = field(repr=False)
    size: Floats = field(repr=False)
    group: Ints = field(repr=False)
    groups: int

    @classmethod
    def of(cls, y: Floats, group: Ints, groups: int) -> Sample:
        """Answers `y`, (n,), NaN where there is none, in groups; codes below 0 are in none."""
        return cls(y, np.ones(len(y)), np.where(np.isfinite(y), group, -1), groups)

    @property
    def used(self) -> Bools:
        """(n,) bool, who is of the sample."""
        found: Bools = self.group >= 0
        return found

    def sums(self, weight: Floats) -> tuple[Floats, Floats]:
        """Sums of weights and of weighted answers by group, (G,), or (R, G) of replicate weights (n, R)."""
        used = self.used
        group, w = self.group[used], weight[used]
        if weight.ndim == 1:
            columns = (w * self.size[used], w * self.y[used])
            return weighted_sums(group, columns[0], self.groups), weighted_sums(group, columns[1], self.groups)
        of_group = group[:, None] == np.arange(self.groups)
        return w.T @ (of_group * self.size[used, None]), w.T @ (of_group * self.y[used, None])


@dataclass(frozen=True, slots=True)
class Linear:
    """m estimates and what each respondent moves them by.

    Attributes
    ----------
    estimate : (m,) float; influence : (n, m) float, weighted; used : (n,) bool
    replicate : (R, m) float, the estimates by each replicate weight; None without them
    """

    estimate: Floats
    influence: Floats = field(repr=False)
    used: Bools = field(repr=False)
    replicate: Floats | None = field(default=None, repr=False)

    def minus(self, other: Linear) -> Linear:
        """Each estimate less the other's."""
        both = None if self.replicate is None or other.replicate is None else self.replicate - other.replicate
        influence = self.influence - other.influence
        return Linear(self.estimate - other.estimate, influence, self.used | other.used, both)

    def under(self, sampling: Sampling, df: float | None = None) -> Estimated:
        """The estimates with their design covariance; `df` of the sample, which replicates are slow to count."""
        if self.replicate is not None and sampling.replicates is not None:
            covariance = sampling.replicates.covariance(self.replicate, self.estimate)
        else:
            covariance = covariance_of_rows(self.influence, sampling, self.used)
        if df is None:
            df = Presence.of(np.where(self.used, 0, -1), 1, sampling).df()
        return Estimated(self.estimate, covariance, float(df))


def linear(sample: Sample, measure: Measure, sampling: Sampling) -> Linear:
    """A measure of the sample's group sums, ready for a design-based error."""
    found, used = measure(*sample.sums(sampling.weight)), sample.used
    group, w = sample.group[used], sampling.weight[used, None]
    influence = np.zeros((len(used), found.estimate.shape[-1]))
    moved = found.by_weight[:, group].T * sample.size[used, None] + found.by_total[:, group].T * sample.y[used, None]
    influence[used] = w * moved
    again = None if sampling.replicates is None else measure(*sample.sums(sampling.replicates.weight)).estimate
    return Linear(found.estimate, influence, used, again)


@dataclass(frozen=True)
class Presence:
    """Where the respondents of each group lie: PSUs, (G, P), and strata, (G, H), that hold one of them.

    With replicate weights the patterns of weights, (G, C), take the place of PSUs.
    """

    unit: Bools = field(repr=False)
    stratum: Bools = field(repr=False)
    sampling: Sampling = field(repr=False)

    @classmethod
    def of(cls, group: Ints, groups: int, sampling: Sampling) -> Presence:
        """Of groups coded from 0, (n,); −1 is in none."""
        place = sampling.psu if sampling.replicates is None else sampling.replicates.pattern
        return cls(_held(group, groups, place), _held(group, groups, sampling.stratum), sampling)

    def df(self, groups: Ints | slice = slice(None)) -> int:
        """Degrees of freedom of some groups together: PSUs less strata, or rank of the replicates less one."""
        unit = np.asarray(self.unit[groups].any(axis=0))
        if self.sampling.replicates is not None:
            return self.sampling.replicates.df(unit)
        return int(unit.sum() - self.stratum[groups].any(axis=0).sum())

    @cached_property
    def each(self) -> Ints:
        """(G,) degrees of freedom of each group."""
        return np.array([self.df(np.array([g])) for g in range(len(self.unit))], dtype=np.intp)


def _held(group: Ints, groups: int, place: Ints) -> Bools:
    held, size = group >= 0, int(place.max()) + 1
    counted = np.bincount(group[held] * size + place[held], minlength=groups * size)
    return np.asarray(counted.reshape(groups, size) > 0)

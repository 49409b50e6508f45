"""A wave analysed by one specification: the estimates that its headlines rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from survey.analyse import evaluation
from survey.analyse.evaluation import Evaluated, Kind
from survey.analyse.quantities import Quantity
from survey.analyse.specifications import Specification
from survey.analyse.variants import Bench
from survey.core.counted import MANY_VALUES
from survey.stats import influence
from survey.stats.arrays import Floats
from survey.stats.centres import Centres, centres
from survey.stats.multiplicity import adjusted
from survey.stats.products import Grouping
from survey.stats.sampling import Sampling
from survey.stats.sides import Measured
from survey.stats.statements import Lead
from survey.stats.tallied import Tally
from survey.stats.tally import level_tally, number_tallies
from survey.stats.variance import Estimator


@dataclass(frozen=True, slots=True)
class Trial:
    """The wave analysed by one specification."""

    bench: Bench
    spec: Specification
    sampling: Sampling = field(repr=False)

    def centres(self, quantity: Quantity, grouping: Grouping) -> Centres:
        """Centres of a quantity in the groups of a grouping."""
        y, rule = self.bench.values(self.spec, quantity), self.bench.inf.study.quantile_rule
        return centres(y, grouping, self.sampling, self.spec.statistic, rule)

    def figures(self, quantity: Quantity) -> Measured:
        """A quantity in everyone: means and shares as the tables of the wave have them, by the same rules."""
        y = self.bench.values(self.spec, quantity)
        if y.ndim == 2 or self.spec.statistic == "median":
            return self._of_centres(self.centres(quantity, self._everyone), quantity)
        if not np.isfinite(y).any():
            return _nothing(quantity)
        found, tally = self._evaluated(y, quantity)
        estimate, error, df = (x[:, 0] for x in (found.estimate, found.std_error, found.df))
        return Measured(estimate, error, df, tally.n.astype(float), quantity.share)

    def lead(self, quantities: Sequence[Quantity], own: int) -> Lead:
        """One of several means less each other."""
        y = np.column_stack([self.bench.values(self.spec, quantity) for quantity in quantities])
        return Lead.of(y, own, self.sampling, np.ones(len(y), dtype=bool))

    def adjusted(self, p: Floats) -> Floats:
        """p-values adjusted over their family as the study does."""
        return adjusted(p, self.bench.inf.study.adjust)

    @property
    def _everyone(self) -> Grouping:
        return Grouping(np.zeros(self.bench.inf.wave.design.n, dtype=np.intp), 1)

    def _of_centres(self, found: Centres, quantity: Quantity) -> Measured:
        if not len(found.means.mean):
            return _nothing(quantity)
        error = np.sqrt(np.maximum(np.diagonal(found.means.covariance), 0.0))
        return Measured(found.means.mean, error, np.array([found.df]), found.tally.n.astype(float), quantity.share)

    def _evaluated(self, y: Floats, quantity: Quantity) -> tuple[Evaluated, Tally]:
        tally, estimator = _mean_of(y, self._everyone, self.sampling)
        kind: Kind = "share" if quantity.share else "mean"
        inf = self.bench.inf
        if not inf.probability:
            return evaluation.without_error(tally, estimator, kind), tally
        return evaluation.with_error(tally, estimator, kind, self.sampling, inf.conf_level, with_deff=False), tally


def _nothing(quantity: Quantity) -> Measured:
    blank = np.full(1, np.nan)
    return Measured(blank, blank, blank, np.zeros(1), quantity.share)


def _mean_of(y: Floats, grouping: Grouping, sampling: Sampling) -> tuple[Tally, Estimator]:
    """Sums of a number, NaN where it is missing, and its mean: by value where there are few, as the wave's tables."""
    known = np.isfinite(y)
    value, code = np.unique(y[known], return_inverse=True)
    if len(value) > MANY_VALUES:
        centre = float(y[known].mean())
        tally = next(number_tallies([y], [centre], [grouping], sampling))
        return tally, partial(influence.column_mean, centre=centre)
    level = np.full(len(y), -1, dtype=np.intp)
    level[known] = code
    return level_tally(level, len(value), [grouping], sampling), partial(influence.level_mean, score=value)

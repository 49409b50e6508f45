"""Centres of an answer in groups with their joint covariance: means, medians, means over completed data sets.

All three give the same record, so that one comparison of groups serves every way to estimate them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np

from survey.stats import contrasts, influence, interval, quantile
from survey.stats.arrays import Floats
from survey.stats.contrasts import GroupMeans, Pairs, t_tails
from survey.stats.pooling import barnard_rubin
from survey.stats.products import Grouping
from survey.stats.quantile import Rule
from survey.stats.sampling import Sampling
from survey.stats.tallied import Tally
from survey.stats.tally import column_tally, level_tally
from survey.stats.variance import Estimator, joint_covariance

Statistic = Literal["mean", "median"]
#: Level of the interval whose width says how steep the distribution is at its median.
WOODRUFF = 0.95


@dataclass(frozen=True, slots=True)
class Centres:
    """Centres of G groups.

    Attributes
    ----------
    means : the centres with the covariance that tests use
    imputed : (G, G) float, the part of the covariance that imputation adds; None where there is none
    sets : completed data sets
    """

    tally: Tally = field(repr=False)
    means: GroupMeans
    imputed: Floats | None = field(default=None, repr=False)
    sets: int = 1

    def pairs(self) -> Pairs:
        """Every difference of two groups, a before b."""
        found = contrasts.pairs(self.tally, self.means)
        if self.imputed is None:
            return found
        a, b = np.triu_indices(len(self.means.mean), 1)
        added = self.imputed[a, a] + self.imputed[b, b] - 2 * self.imputed[a, b]
        df = barnard_rubin(_share(added, found.std_error**2), self.sets, found.df)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = t_tails(found.difference / found.std_error, df)
        return replace(found, df=df, p_value=p)

    def omnibus(self) -> float:
        """p of the working Wald test that all centres are equal."""
        if len(self.means.mean) < 2 or not np.isfinite(self.means.covariance).all():
            return float("nan")
        return contrasts.working_wald(replace(self.means, df=int(self.df))).p_value

    @property
    def df(self) -> float:
        """Degrees of freedom of all groups together."""
        if self.imputed is None:
            return float(self.means.df)
        share = _share(np.trace(self.imputed), np.trace(self.means.covariance))
        return float(barnard_rubin(share, self.sets, float(self.means.df)))


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros_like(np.asarray(whole, float)), where=whole > 0))


def centres(
    y: Floats, grouping: Grouping, sampling: Sampling, statistic: Statistic = "mean", rule: Rule = "school"
) -> Centres:
    """Centres of `y` in the groups that can be compared.

    Parameters
    ----------
    y : (n,), or (n, M) of completed data sets; NaN where there is no value
    rule : of quantiles, for medians
    """
    if y.ndim == 2:
        return _pooled(y, grouping, sampling)
    return _medians(y, grouping, sampling, rule) if statistic == "median" else _means(y, grouping, sampling)


def _means(y: Floats, grouping: Grouping, sampling: Sampling) -> Centres:
    known = np.isfinite(y)
    centre = float(y[known].mean()) if known.any() else 0.0
    apart = np.where(known, y - centre, 0.0)
    tally = column_tally(np.column_stack([np.ones(len(y)), apart, apart**2]), known, [grouping], sampling)
    return Centres(tally, _jointly(tally, partial(influence.column_mean, centre=centre), sampling))


def _pooled(y: Floats, grouping: Grouping, sampling: Sampling) -> Centres:
    each = [_means(column, grouping, sampling) for column in y.T]
    m, first = len(each), each[0].means
    mean = np.stack([c.means.mean for c in each])
    within = np.mean([c.means.covariance for c in each], axis=0)
    apart = mean - mean.mean(axis=0)
    added = (1 + 1 / m) * apart.T @ apart / (m - 1)
    return Centres(
        each[0].tally, replace(first, mean=mean.mean(axis=0), covariance=within + added), imputed=added, sets=m
    )


def _medians(y: Floats, grouping: Grouping, sampling: Sampling, rule: Rule) -> Centres:
    """Medians whose errors are those of the share below, by the slope that Woodruff's interval implies."""
    known = np.isfinite(y)
    value, code = np.unique(y[known], return_inverse=True)
    level = np.full(len(y), -1, dtype=np.intp)
    level[known] = code
    tally = level_tally(level, len(value), [grouping], sampling)
    half = np.full((len(tally.n), 1), 0.5)
    median = quantile.quantile(tally.total, value, half, rule)
    below = quantile.at_most(tally.total, value, median)
    shares = _jointly(tally, partial(influence.shares_below, below=below), sampling)
    slope = _slope(tally, value, shares, rule)
    usable = slope > 0
    means = GroupMeans(
        shares.group[usable],
        median[shares.group[usable], 0],
        (shares.covariance * np.outer(slope, slope))[np.ix_(usable, usable)],
        shares.weight[usable],
        shares.df,
    )
    return Centres(tally, means)


def _slope(tally: Tally, value: Floats, shares: GroupMeans, rule: Rule) -> Floats:
    """Scale points of the median a unit of the share below, (G,); 0 where the interval has no width."""
    se = np.sqrt(np.maximum(np.diagonal(shares.covariance), 0))
    df = np.asarray(tally.df[shares.group], dtype=np.float64)
    t = interval.t_quantile(df, WOODRUFF)
    ends = np.stack([shares.mean - t * se, shares.mean + t * se], axis=1)
    reached = quantile.quantile(tally.total[shares.group], value, ends, rule)
    width = np.nan_to_num(reached[:, 1] - reached[:, 0])
    return np.divide(width, 2 * t * se, out=np.zeros(len(se)), where=se > 0)


def _jointly(tally: Tally, estimator: Estimator, sampling: Sampling) -> GroupMeans:
    """One estimate a group, of the groups with df ≥ 1, with their covariance under the design."""
    lin, group = estimator(tally.total), np.flatnonzero(tally.df >= 1)
    value = np.zeros((*tally.total.shape, len(group)))
    for at, g in enumerate(group):
        value[g, :, at] = lin.value[g, :, 0]
    if tally.replicate is not None and sampling.replicates is not None:
        again = np.stack([estimator(total).estimate[group, 0] for total in tally.replicate])
        covariance = sampling.replicates.covariance(again, lin.estimate[group, 0])
    else:
        covariance = joint_covariance(tally, value, sampling)
    return GroupMeans(group, lin.estimate[group, 0], covariance, tally.size[group], tally.df_together(group))

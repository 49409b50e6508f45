"""Means of several answers of the same respondents, with the covariance that comes of their being the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.contrasts import GroupMeans, t_tails
from survey.stats.group_sums import Presence
from survey.stats.sampling import Sampling
from survey.stats.variance import covariance_of_rows


def joint_means(y: Floats, sampling: Sampling, domain: Bools) -> GroupMeans:
    """Weighted means of the columns of `y`, (n, k), over a domain, each on its own base; df of all together.

    Columns without an answer in the domain are left out. R: ``svyratio`` of answers to answered, jointly.

    Parameters
    ----------
    y : NaN where an answer is missing
    domain : (n,) bool
    """
    used = np.isfinite(y) & domain[:, None]
    kept = np.flatnonzero(used.any(axis=0))
    used, y = used[:, kept], np.where(used, y, 0.0)[:, kept]
    w = sampling.weight[:, None] * used
    size = w.sum(axis=0)
    mean: Floats = (w * y).sum(axis=0) / size
    anyone = np.asarray(used.any(axis=1))
    df = Presence.of(np.where(anyone, 0, -1), 1, sampling).df()
    return GroupMeans(kept, mean, covariance_of_rows(w * (y - mean) / size, sampling, anyone), size, df)


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences a − b of means of the same respondents; one entry a pair, two-sided p."""

    first: Ints
    second: Ints
    difference: Floats
    std_error: Floats
    p_value: Floats


def differences(means: GroupMeans, first: Ints, second: Ints) -> Differences:
    """Differences of some pairs of `means`, given by place; the t test is on the df of all answers together."""
    v = means.covariance
    difference = means.mean[first] - means.mean[second]
    se = np.sqrt(np.maximum(v[first, first] + v[second, second] - 2 * v[first, second], 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = t_tails(difference / se, np.full(len(difference), float(means.df)))
    return Differences(first, second, difference, se, p)

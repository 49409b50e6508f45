"""How alike respondents of one sampling unit are, and how groups mix within units: what a planned sample keeps.

References
----------
Searle, S. R. (1971). Linear Models. Wiley, §9.8 (interval by the F distribution).
Shrout, P. E. and Fleiss, J. L. (1979). Intraclass correlations. Psychological Bulletin 86, 420-428.
Kish, L. (1965). Survey Sampling. Wiley, §5.4, §8.2 (design effect), §14.1 (groups across units).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import fdtri

from survey.stats.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Likeness:
    """Intraclass correlation of sampling units within strata, with its interval.

    Attributes
    ----------
    std_dev : of an answer within its stratum, units and respondents together
    """

    icc: float
    low: float
    high: float
    std_dev: float


def likeness(y: Floats, unit: Ints, stratum: Ints, conf_level: float = 0.95) -> Likeness:
    """One-way random effects of units nested in strata, unweighted; an estimate below 0 is 0.

    The interval is exact for units of equal size; with others it takes the analysis of variance's mean size.

    Parameters
    ----------
    y : (n,) answers, NaN where there is none
    unit, stratum : (n,) codes, units nested in strata
    """
    known = np.isfinite(y)
    y, unit, stratum = y[known], np.unique(unit[known], return_inverse=True)[1], stratum[known]
    if not len(y):
        return Likeness(*[float("nan")] * 4)
    stratum = np.unique(stratum, return_inverse=True)[1]
    size, home = np.bincount(unit).astype(float), np.zeros(int(unit.max()) + 1, dtype=np.intp)
    home[unit] = stratum
    n, units, strata = len(y), len(size), int(stratum.max()) + 1
    centred = y - y.mean()
    of_unit, of_stratum = np.bincount(unit, centred), np.bincount(stratum, centred)
    between = (of_unit**2 / size).sum() - (of_stratum**2 / np.bincount(stratum)).sum()
    within = centred @ centred - (of_unit**2 / size).sum()
    if units - strata < 1 or n - units < 1 or not within > 0:
        all_of_it = float(np.sqrt((between + within) / max(n - strata, 1)))
        return Likeness(0.0, 0.0, 0.0, all_of_it)
    mean_size = (n - (np.bincount(home, size**2) / np.bincount(home, size)).sum()) / (units - strata)
    ms_between, ms_within = between / (units - strata), within / (n - units)
    icc, low, high = _interval(ms_between / ms_within, mean_size, units - strata, n - units, conf_level)
    of_units = max((ms_between - ms_within) / mean_size, 0.0)
    return Likeness(max(icc, 0.0), max(low, 0.0), max(high, 0.0), float(np.sqrt(of_units + ms_within)))


def _interval(f: float, size: float, df: float, df2: float, conf_level: float) -> tuple[float, float, float]:
    """Correlation and interval from the ratio of mean squares."""
    upper = float(fdtri(df, df2, (1 + conf_level) / 2))
    lower = float(fdtri(df, df2, (1 - conf_level) / 2))
    icc, low, high = ((ratio - 1) / (ratio + size - 1) for ratio in (f, f / upper, f / lower))
    return icc, low, high


@dataclass(frozen=True, slots=True)
class Mixing:
    """How G groups lie in the sampling units.

    Attributes
    ----------
    share : (G,) of all respondents
    product : (G, G) mean product of two groups' shares of a unit, free of the noise of small units
    held : (G, G) share of units with a respondent of either group; the diagonal is of the group itself
    strata : (G, G) number of strata with a respondent of either group
    held_all, strata_all : the same of all groups together
    take : respondents a unit
    """

    share: Floats = field(repr=False)
    product: Floats = field(repr=False)
    held: Floats = field(repr=False)
    strata: Floats = field(repr=False)
    held_all: float
    strata_all: float
    take: float


def mixing(group: Ints, size: int, unit: Ints, stratum: Ints) -> Mixing:
    """How `size` groups mix in units; `group` is (n,), −1 for respondents of none."""
    unit, stratum = np.unique(unit, return_inverse=True)[1], np.unique(stratum, return_inverse=True)[1]
    units, n = int(unit.max()) + 1, len(group)
    inside = group >= 0
    count = np.zeros((units, size))
    np.add.at(count, (unit[inside], group[inside]), 1.0)
    take = np.bincount(unit).astype(float)
    pairs = float((take * (take - 1)).sum())
    product = count.T @ count - np.diag(count.sum(axis=0))
    in_strata = np.zeros((int(stratum.max()) + 1, size), dtype=bool)
    in_strata[stratum[inside], group[inside]] = True
    return Mixing(
        count.sum(axis=0) / n,
        product / pairs if pairs else np.zeros((size, size)),
        _either(count > 0).mean(axis=0),
        _either(in_strata).sum(axis=0).astype(float),
        float((count > 0).any(axis=1).mean()),
        float(in_strata.any(axis=1).sum()),
        n / units,
    )


def _either(held: Bools) -> Bools:
    """(rows, G, G) whether a row holds one or the other of two groups."""
    found: Bools = held[:, :, None] | held[:, None, :]
    return found


@dataclass(frozen=True, slots=True)
class Clustering:
    """What one more unit of intraclass correlation adds to variances, in units of σ²·Kish, of a planned sample.

    Attributes
    ----------
    mean : (G,) of group means; difference : (G, G) of their differences, less what groups of one unit share
    df, df_pair : (G,), (G, G) degrees of freedom of a group and of two; `df_all` of all groups together
    """

    mean: Floats = field(repr=False)
    difference: Floats = field(repr=False)
    df: Floats = field(repr=False)
    df_pair: Floats = field(repr=False)
    df_all: float


def clustering(found: Mixing, units: float, take: float) -> Clustering:
    """The same mixture in a sample of `units` with `take` respondents each.

    A unit holds none of a group as often as its present size says; with another size, as often as
    independent draws would.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = found.product / np.outer(found.share, found.share)
    structural = (take - 1) / (take * units) * relative
    own = np.diagonal(structural)
    difference = np.maximum(own[:, None] + own[None, :] - 2 * structural, 0.0)
    growth = take / found.take
    df = np.where(found.held > 0, (1 - (1 - found.held) ** growth) * units - found.strata, np.nan)
    df_all = (1 - (1 - found.held_all) ** growth) * units - found.strata_all
    return Clustering(own.copy(), difference, np.diagonal(df).copy(), df, df_all)

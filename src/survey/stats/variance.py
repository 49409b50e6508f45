"""The one variance formula. Every standard error in the package comes through here.

An estimator gives its linearised value at each domain × column (`influence`); here they meet the
sampling units' sums. A new estimator therefore has a design-based error, domains, calibration and
every kind of stage without a line in this module.

References
----------
Binder, D. (1983). On the variances of asymptotically normal estimators from complex surveys.
International Statistical Review 51, 279-292.
Deville, J.-C. and Särndal, C.-E. (1992). Calibration estimators in survey sampling. JASA 87, 376-382.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from survey.stats import elements
from survey.stats.arrays import Bools, Floats, weighted_sums
from survey.stats.influence import Linearised
from survey.stats.sampling import Sampling, StageUnits
from survey.stats.tallied import Tally

Estimator = Callable[[Floats], Linearised]


def estimated(
    tally: Tally, estimator: Estimator, sampling: Sampling, calibrated: bool = True
) -> tuple[Linearised, Floats]:
    """Estimates of all domains and their variances, (D, m), by linearisation or by replicate weights.

    Parameters
    ----------
    estimator : from weighted sums, (D, K), to linearised estimates, (D, m)
    """
    lin = estimator(tally.total)
    if tally.replicate is None or sampling.replicates is None:
        return lin, variance(tally, lin.value, sampling, calibrated)
    again = np.stack([estimator(total).estimate for total in tally.replicate])
    return lin, sampling.replicates.variance(again, lin.estimate)


def variance(tally: Tally, value: Floats, sampling: Sampling, calibrated: bool = True) -> Floats:
    """Variance of estimates under the design, in squared units of the estimates.

    Parameters
    ----------
    value : (D, K, m)
        Linearised value per unit of weight of the m estimates at each domain and column.
    calibrated : whether the part that calibration fixed is projected out.

    Returns
    -------
    (D, m) float
    """
    if tally.elements:
        return _inflation(tally.in_stratum, sampling)[:, None] * elements.variances(tally, value, sampling, calibrated)
    z = unit_totals(tally, value, sampling, calibrated)
    found: Floats = np.sum([_between_units(z, stage) for stage in sampling.stages], axis=0)
    return _inflation(tally.in_stratum, sampling)[:, None] * found


def joint_covariance(tally: Tally, value: Floats, sampling: Sampling) -> Floats:
    """Covariance of J statistics that each add up over the domains of one grouping.

    Parameters
    ----------
    tally : of a single grouping, so that no respondent is in two domains
    value : (D, K, J) linearised value per unit of weight at each domain and column

    Returns
    -------
    (J, J) float
    """
    touched = np.asarray(tally.in_stratum.any(axis=0, keepdims=True))
    inflation = float(_inflation(touched, sampling)[0])
    if tally.elements:
        return inflation * elements.covariance(tally, value, sampling)
    z = _joint_totals(tally, value, sampling)[None]
    parts = [centred(z, stage)[0] for stage in sampling.stages]
    found: Floats = np.sum([e.T @ e for e in parts], axis=0)
    return inflation * found


def covariance_of_rows(z: Floats, sampling: Sampling, domain: Bools) -> Floats:
    """Covariance of the totals of k weighted linearised values, (k, k), for models that need rows.

    With replicate weights: of the totals under each replicate, a first-order step to fitting anew.

    Parameters
    ----------
    z : (n, k) weight times linearised value; 0 outside `domain`, (n,) bool
    """
    if sampling.replicates is not None:
        again = (sampling.replicates.weight / sampling.weight[:, None]).T @ z
        return sampling.replicates.covariance(again, z.sum(axis=0))
    k, p = z.shape[1], sampling.projection
    totals = np.empty((1, sampling.n_units, k))
    for j in range(k):
        totals[0, :, j] = weighted_sums(sampling.unit, z[:, j], sampling.n_units)
    if p is not None:
        part = p.base / sampling.weight
        by_pattern = [weighted_sums(p.pattern, part * column, len(p.dummies)) for column in z.T]
        totals -= p.unit_sums @ (p.inverse @ (p.dummies.T @ np.stack(by_pattern, axis=1)))
    touched = np.bincount(sampling.stratum[domain], minlength=sampling.n_strata)[None] > 0
    parts = [centred(totals, stage)[0] for stage in sampling.stages]
    found: Floats = np.sum([e.T @ e for e in parts], axis=0)
    return float(_inflation(touched, sampling)[0]) * found


def _inflation(in_stratum: Bools, sampling: Sampling) -> Floats:
    """(D,) strata of a domain over those with an error of their own; 1 unless lonely PSUs are averaged."""
    # Calibration ties every stratum to every domain, so none leaves the average.
    counted = np.ones_like(in_stratum) if sampling.projection is not None else in_stratum
    strata, lone = counted.sum(axis=1), (counted & sampling.averaged).sum(axis=1)
    found: Floats = np.divide(strata, strata - lone, out=np.ones(len(strata)), where=strata > lone)
    return found


def unit_totals(tally: Tally, value: Floats, sampling: Sampling, calibrated: bool = True) -> Floats:
    """Linearised totals of the finest sampling units, (D, U, m): what errors and covariances are made of."""
    z: Floats = np.matmul(_unit(tally), value)
    p = sampling.projection
    if p is not None and calibrated and tally.margin is not None:
        beta = np.matmul(p.inverse, np.matmul(tally.margin, value))
        z = z - np.matmul(p.unit_sums, beta)
    return z


def _joint_totals(tally: Tally, value: Floats, sampling: Sampling) -> Floats:
    """Linearised totals of the finest sampling units, (U, J), added up over the domains."""
    z: Floats = np.tensordot(_unit(tally), value, axes=((0, 2), (0, 1)))
    p = sampling.projection
    if p is not None and tally.margin is not None:
        z = z - p.unit_sums @ (p.inverse @ np.tensordot(tally.margin, value, axes=((0, 2), (0, 1))))
    return z


def _unit(tally: Tally) -> Floats:
    if tally.unit is None:
        raise ValueError("elements and replicates carry no totals of sampling units")
    return tally.unit


def _between_units(z: Floats, stage: StageUnits) -> Floats:
    e = centred(z, stage)
    found: Floats = np.einsum("dum,dum->dm", e, e)
    return found


def centred(z: Floats, stage: StageUnits) -> Floats:
    """Totals of one stage's units around their stratum's mean, scaled so that squares sum to the variance."""
    y = _to_stage(z, stage)
    h = stage.stratum
    if (h[1:] < h[:-1]).any():
        order = np.argsort(h, kind="stable")
        first = np.searchsorted(h[order], np.arange(int(h.max()) + 1))
        sums = np.add.reduceat(y[:, order], first, axis=1)
    else:
        sums = np.add.reduceat(y, np.searchsorted(h, np.arange(int(h[-1]) + 1)), axis=1)
    found: Floats = (sums / np.bincount(h)[None, :, None])[:, h]
    found *= -stage.centred[:, None]
    found += y
    found *= np.sqrt(stage.factor)[:, None]
    return found


def _to_stage(z: Floats, stage: StageUnits) -> Floats:
    units = len(stage.stratum)
    if units == z.shape[1]:
        return z[:, np.argsort(stage.unit)] if not np.array_equal(stage.unit, np.arange(units)) else z
    y = np.zeros((units, z.shape[0], z.shape[2]))
    np.add.at(y, stage.unit, z.transpose(1, 0, 2))
    return y.transpose(1, 0, 2)

"""Placement by two scores and their cuts: how probable each of the four cells is, given the sample's error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.stats.arrays import Bools, Floats
from survey.stats.resampling import Bootstrap
from survey.stats.sampling import Sampling
from survey.stats.tallied import Tally
from survey.stats.variance import Estimator, joint_covariance, unit_totals, variance


@dataclass(frozen=True, slots=True)
class Placement:
    """Cells of D domains.

    Attributes
    ----------
    above : (D, 2) bool, whether each score lies at or above its cut
    probability : (D, 2, 2) of the cells, by whether the first and the second score are above
    """

    above: Bools
    probability: Floats


def placed(score: Floats, deviation: Floats, cut: Floats) -> Placement:
    """Cells of the scores, and the share of bootstrap draws that fall into each.

    Parameters
    ----------
    score : (D, 2); deviation : (R, D, 2) of bootstrap draws from `score`; cut : (2,)
    """
    above = score >= cut
    drawn = score + deviation >= cut
    first, second = drawn[..., 0], drawn[..., 1]
    cells = [[(~first & ~second), (~first & second)], [(first & ~second), (first & second)]]
    return Placement(above, np.array([[c.mean(axis=0) for c in row] for row in cells]).transpose(2, 0, 1))


def deviations(
    tally: Tally,
    estimators: tuple[Estimator, Estimator],
    sampling: Sampling,
    sizes: Sequence[int],
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    """(R, D, 2) draws of two estimates less their values, from the same resampled units.

    From the linearised unit totals, so that calibration is in them; normal draws of the design's covariance where
    units do not carry the error.

    Parameters
    ----------
    sizes : number of domains of each of the tally's groupings
    """
    bootstrap = Bootstrap(sampling, draws, rng)
    if not bootstrap.draws_units_of(tally):
        drawn = [_normal(part, estimators, bootstrap) for part in tally.separate(sizes)]
        return np.concatenate(drawn, axis=1)
    value = _value(tally, estimators)
    totals = unit_totals(tally, value, sampling).transpose(1, 0, 2)
    found = bootstrap.of_units(totals.reshape(len(totals), -1), variance(tally, value, sampling).ravel())
    return found.reshape(draws, -1, 2)


def _value(tally: Tally, estimators: tuple[Estimator, Estimator]) -> Floats:
    """(D, K, 2) linearised values of both estimates."""
    return np.concatenate([estimator(tally.total).value for estimator in estimators], axis=2)


def _normal(tally: Tally, estimators: tuple[Estimator, Estimator], bootstrap: Bootstrap) -> Floats:
    value = _value(tally, estimators)
    each = [bootstrap.normal(_covariance(tally, estimators, value, bootstrap.sampling, d)) for d in range(len(value))]
    return np.stack(each, axis=1)


def _covariance(
    tally: Tally, estimators: tuple[Estimator, Estimator], value: Floats, sampling: Sampling, domain: int
) -> Floats:
    """(2, 2) of the two estimates in one domain."""
    if tally.replicate is not None and sampling.replicates is not None:
        again = np.stack(
            [[estimator(total).estimate[domain, 0] for estimator in estimators] for total in tally.replicate]
        )
        full = np.array([estimator(tally.total).estimate[domain, 0] for estimator in estimators])
        return sampling.replicates.covariance(np.nan_to_num(again), np.nan_to_num(full))
    alone = np.zeros_like(value)
    alone[domain] = value[domain]
    return joint_covariance(tally, alone, sampling)

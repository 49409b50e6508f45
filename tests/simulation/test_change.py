"""Change over repeated samples: errors of shared units are right, nothing is found where nothing changed.

54 PSUs in three strata, asked in both waves; a PSU's level in one wave correlates 0.8 with its level in the
other. `SURVEY_SEEDS` pairs of samples (default 400).
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from survey.core.design import Places
from survey.stats.change import independent, shared_units
from survey.stats.influence import column_mean
from survey.stats.products import Grouping
from survey.stats.sampling import sampling
from survey.stats.tally import number_tallies
from survey.stats.variance import estimated, unit_totals

SEEDS = int(os.environ.get("SURVEY_SEEDS", "400"))
UNITS, EACH, CORRELATION = 54, 15, 0.8
#: Monte-Carlo error of an empirical standard deviation, three times.
NEAR = 3 / np.sqrt(2 * SEEDS)

pytestmark = pytest.mark.slow


def one(seed: int, change: float = 0.0) -> tuple[float, float, float, float]:
    """A change and its error as of shared and as of independent samples, and the df of the first."""
    rng = np.random.default_rng([20, seed])
    psu = np.repeat(np.arange(UNITS), EACH)
    places = Places((psu % 3).astype(np.int64), psu.astype(np.int64))
    levels = 0.35 * rng.multivariate_normal([0, 0], [[1, CORRELATION], [CORRELATION, 1]], UNITS)
    everyone, found = [Grouping(np.zeros(len(psu), dtype=np.intp), 1)], []
    order = np.argsort(np.arange(UNITS) % 3, kind="stable")
    code = np.argsort(order)[psu]
    for wave in range(2):
        y = levels[psu, wave] + rng.standard_normal(len(psu)) + change * wave
        weight = rng.uniform(0.5, 2, len(psu))
        s = sampling(weight, [((psu % 3).astype(np.intp), code.astype(np.intp), np.full(len(psu), np.inf))])
        tally = next(number_tallies([y], [0.0], everyone, s))
        lin, squared = estimated(tally, lambda t: column_mean(t, 0.0), s)
        found.append((lin.estimate, np.sqrt(squared), tally, unit_totals(tally, lin.value, s)))
    first = np.unique(code, return_index=True)[1]
    identity = (places.stratum[first], places.unit[first])
    units = shared_units(identity, identity)
    later, earlier = found[1], found[0]
    apart = independent((later[0], later[1], np.array([[51.0]])), (earlier[0], earlier[1], np.array([[51.0]])))
    error = float(np.sqrt(units.variance(later[3], earlier[3])[0, 0]))
    df = float(units.df(later[2].in_psu, earlier[2].in_psu)[0])
    return float(apart.difference[0, 0]), error, float(apart.std_error[0, 0]), df


@pytest.fixture(scope="module")
def repeated() -> np.ndarray:
    return np.array([one(seed) for seed in range(SEEDS)])


def test_paired_errors_are_the_spread_of_the_changes(repeated):
    spread = repeated[:, 0].std(ddof=1)
    assert np.sqrt((repeated[:, 1] ** 2).mean()) == pytest.approx(spread, rel=NEAR)
    assert (repeated[:, 3] == UNITS - 3).all()


def test_errors_of_independent_samples_would_be_too_large(repeated):
    assert np.sqrt((repeated[:, 2] ** 2).mean()) > 1.1 * repeated[:, 0].std(ddof=1)


def test_no_change_is_found_one_time_in_twenty(repeated):
    from scipy.stats import t

    rejected = (np.abs(repeated[:, 0] / repeated[:, 1]) > t.ppf(0.975, UNITS - 3)).mean()
    assert rejected == pytest.approx(0.05, abs=3.3 * np.sqrt(0.05 * 0.95 / SEEDS))


def test_a_planted_change_is_found():
    from scipy.stats import t

    moved = np.array([one(seed, change=0.3) for seed in range(min(SEEDS, 200))])
    assert (moved[:, 0] / moved[:, 1] > t.ppf(0.975, UNITS - 3)).mean() > 0.95

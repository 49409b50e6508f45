"""How often the verdicts on measurement err: scales that are sound or spoilt on purpose, judged by the rules in force.

Five items answered on five points, one factor with loadings 0.5 to 0.8, n respondents a group. Rates
and their Monte-Carlo errors are in docs/methods.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

from measurement import FIVE, LOADINGS, answers
from survey.report.verdict import GOOD, GOOD_CFI, LEAST, LEAST_REST, POOR_CFI
from survey.stats import correlation, omega
from survey.stats import reliability as stats
from survey.stats.dif import dif
from survey.stats.dimensionality import ordinal_parallel
from survey.stats.invariance import LIMITS, Limits, invariance
from survey.stats.ordinal_cfa import ordinal_cfa
from survey.stats.patterns import Patterns, by_group, patterns
from survey.stats.polychoric import moments
from survey.stats.straightlining import straight

SEEDS = int(os.environ.get("SURVEY_SEEDS", "200"))
N = 500
#: Of the second group: shifts of one item's thresholds in standard deviations of the answer; a loading, 0.8 before.
SLIGHTLY, HARDER, MUCH, WEAK = 0.25, 0.5, 0.9, 0.2
ONE = np.ones((len(LOADINGS), 1), dtype=bool)
EITHER = Limits(signs=1)
CARELESS, HONEST = 25, 475

Draw = Callable[[np.random.Generator], np.ndarray]
Found = Callable[[np.random.Generator], dict[str, float]]

pytestmark = pytest.mark.slow


def clean(rng: np.random.Generator) -> np.ndarray:
    return answers(rng, N, LOADINGS)


def unrelated(rng: np.random.Generator) -> np.ndarray:
    return answers(rng, N, np.zeros(5))


def unreversed(rng: np.random.Generator) -> np.ndarray:
    x = clean(rng)
    x[:, 2] = len(FIVE) - x[:, 2]
    return x


def two_factors(rng: np.random.Generator) -> np.ndarray:
    """Three items on each of two factors that are correlated 0.3."""
    factor = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], size=N)
    response = np.repeat(factor, 3, axis=1) * 0.75 + rng.normal(size=(N, 6)) * np.sqrt(1 - 0.75**2)
    return np.digitize(response, FIVE).astype(float)


def scale_verdict(rng: np.random.Generator, draw: Draw) -> dict[str, float]:
    """What the rule of the report says of one scale, and what r tabel does."""
    x = draw(rng)
    covariance = stats.complete_moments(x).covariance
    each, alpha, total = stats.item_statistics(covariance), stats.alpha(covariance), omega.omega_total(covariance)
    lowest = min(v for v in (alpha, total) if np.isfinite(v))
    return {
        "usable": lowest >= GOOD and each.item_rest.min() >= LEAST_REST,
        "not to be used": lowest < LEAST or each.item_rest.min() < 0,
        "item against the others": each.item_rest.min() < 0,
        "all r hitung above r tabel": (each.item_total > correlation.critical_r(len(x))).all(),
    }


def factors(rng: np.random.Generator, draw: Draw) -> dict[str, float]:
    """What parallel analysis suggests, and whether one factor fits by the rule of the report."""
    found = patterns(draw(rng))
    suggested = ordinal_parallel(found, int(rng.integers(1 << 31))).factors
    cfi = ordinal_cfa(moments(found), np.ones((len(found.categories), 1), dtype=bool)).fit.cfi
    poor = cfi < POOR_CFI or (cfi < GOOD_CFI and suggested > 1)
    return {"more than one factor": suggested > 1, "one factor does not fit": poor}


def groups(rng: np.random.Generator, n: int, larger: int = 1, **second: float) -> list[Patterns]:
    """Two groups, of n and `larger` times n; the second half a standard deviation above the first, spoilt as told."""
    loading = np.where(np.arange(5) == 0, second.pop("loading", LOADINGS[0]), LOADINGS)
    x = np.vstack([answers(rng, n, LOADINGS), answers(rng, larger * n, loading, mean=0.5, **second)])
    return by_group(x, np.repeat([0, 1], [n, larger * n]), 2)


def ladder(rng: np.random.Generator, n: int, **second: float) -> dict[str, float]:
    sets, found = groups(rng, n, **second), {}
    for rule, limits in (("both", LIMITS), ("either", EITHER)):
        steps = {step.name: step.holds for step in invariance(sets, ONE, limits).steps}
        found |= {
            f"metric fails, {rule}": not steps["metric"],
            f"scalar or before fails, {rule}": not steps["scalar"],
            f"any step fails, {rule}": not steps["strict"],
        }
    return found


def unrelated_groups(rng: np.random.Generator) -> dict[str, float]:
    """Two groups of unrelated items: a ladder that is judged would hold, since it has nothing to explain."""
    x = answers(rng, 2 * N, np.zeros(5))
    return {"judged": bool(invariance(by_group(x, np.repeat([0, 1], N), 2), ONE).steps)}


def functioning(rng: np.random.Generator, n: int, spoilt: int | None, **second: float) -> dict[str, float]:
    items = dif(groups(rng, n, **second)).items
    accused = [item.found for j, item in enumerate(items) if j != spoilt]
    found = {"any sound item accused": any(accused), "sound items accused": float(np.mean(accused))}
    return found if spoilt is None else found | {"spoilt item found": items[spoilt].found}


def careless(rng: np.random.Generator) -> dict[str, float]:
    """One in twenty ticks a column through six scales of five items, of which two are worded the other way."""
    honest = np.hstack([answers(rng, HONEST, LOADINGS) for _ in range(6)])
    turned = np.tile([False, True, False, True, False], 6)
    honest[:, turned] = len(FIVE) - honest[:, turned]
    ticked = np.repeat(rng.integers(0, 5, (CARELESS, 1)), 30, axis=1).astype(float)
    slips = rng.random(ticked.shape) < 0.02  # a column with one slip in fifty is no longer straight
    ticked = np.where(slips, rng.integers(0, 5, ticked.shape), ticked)
    x = np.vstack([honest, ticked])
    whole, one = straight(x, 15)[0], straight(x[:, :5], 3)[0]
    return {
        "found, one scale": one[HONEST:].mean(),
        "found, whole questionnaire": whole[HONEST:].mean(),
        "honest flagged, one scale": one[:HONEST].mean(),
        "honest flagged, whole questionnaire": whole[:HONEST].mean(),
    }


SCENARIOS: dict[str, Found] = {
    "clean scale": partial(scale_verdict, draw=clean),
    "unrelated items": partial(scale_verdict, draw=unrelated),
    "unreversed item": partial(scale_verdict, draw=unreversed),
    "one factor": partial(factors, draw=clean),
    "two factors": partial(factors, draw=two_factors),
    "invariant, n 200": partial(ladder, n=200),
    "invariant, n 500": partial(ladder, n=500),
    "invariant, n 200 and 1000": partial(ladder, n=200, larger=5),
    "slightly harder item, n 500": partial(ladder, n=500, harder=SLIGHTLY),
    "harder item, n 200": partial(ladder, n=200, harder=HARDER),
    "harder item, n 500": partial(ladder, n=500, harder=HARDER),
    "weak item, n 200": partial(ladder, n=200, loading=WEAK),
    "weak item, n 500": partial(ladder, n=500, loading=WEAK),
    "unrelated items, groups": unrelated_groups,
    "no DIF, n 200": partial(functioning, n=200, spoilt=None),
    "no DIF, n 500": partial(functioning, n=500, spoilt=None),
    "slightly harder item, DIF, n 500": partial(functioning, n=500, spoilt=1, harder=SLIGHTLY),
    "harder item, DIF, n 200": partial(functioning, n=200, spoilt=1, harder=HARDER),
    "harder item, DIF, n 500": partial(functioning, n=500, spoilt=1, harder=HARDER),
    "much harder item, DIF, n 500": partial(functioning, n=500, spoilt=1, harder=MUCH),
    "weak item, DIF, n 500": partial(functioning, n=500, spoilt=0, loading=WEAK),
    "straight-lining": careless,
}


def drawn(seed: int) -> dict[str, dict[str, float]]:
    return {name: scenario(np.random.default_rng([seed, at])) for at, (name, scenario) in enumerate(SCENARIOS.items())}


@pytest.fixture(scope="module")
def rate() -> Callable[[str, str], float]:
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        samples = list(pool.map(drawn, range(1, SEEDS + 1), chunksize=5))
    for name in SCENARIOS:
        for what in samples[0][name]:
            values = np.array([float(s[name][what]) for s in samples])
            print(f"{name:33} {what:40} {values.mean():.3f} ({values.std() / np.sqrt(SEEDS):.3f})")
    return lambda name, what: float(np.mean([s[name][what] for s in samples]))


def slack() -> float:
    """Three Monte-Carlo errors of a rate near 0.05."""
    return 3 * np.sqrt(0.05 * 0.95 / SEEDS)


def test_a_clean_scale_is_not_accused(rate):
    assert rate("clean scale", "usable") >= 0.95 - slack()
    assert rate("clean scale", "not to be used") <= slack()
    assert rate("one factor", "more than one factor") <= 0.05 + slack()
    assert rate("one factor", "one factor does not fit") <= slack()


def test_unrelated_items_do_not_pass_although_they_exceed_r_tabel(rate):
    assert rate("unrelated items", "not to be used") >= 1 - slack()
    assert rate("unrelated items", "all r hitung above r tabel") >= 0.95
    assert rate("unrelated items, groups", "judged") == 0


def test_an_unreversed_item_is_found(rate):
    assert rate("unreversed item", "item against the others") >= 1 - slack()


def test_a_scale_of_two_factors_is_found(rate):
    assert rate("two factors", "more than one factor") >= 0.95 - slack()
    assert rate("two factors", "one factor does not fit") >= 0.95 - slack()


@pytest.mark.parametrize("n", [200, 500])
def test_groups_that_differ_in_their_mean_alone_are_seldom_accused(rate, n):
    assert rate(f"invariant, n {n}", "any step fails, both") <= 0.07 + slack()


def test_groups_with_a_harder_or_a_weaker_item_are_found(rate):
    assert rate("harder item, n 500", "scalar or before fails, both") >= 0.95 - slack()
    assert rate("weak item, n 500", "metric fails, both") >= 0.95 - slack()


def test_differential_functioning_is_found_and_seldom_invented(rate):
    assert rate("much harder item, DIF, n 500", "spoilt item found") >= 0.95 - slack()
    assert rate("no DIF, n 500", "any sound item accused") <= 0.05 + slack()


def test_straight_liners_are_found_and_the_honest_are_not(rate):
    assert rate("straight-lining", "found, one scale") >= 0.85
    assert rate("straight-lining", "honest flagged, whole questionnaire") <= 0.001

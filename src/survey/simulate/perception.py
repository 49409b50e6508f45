"""The six indicators: thirty items whose group gaps, clustering and don't-knows are planted.

Every adult's score is solved for, not hoped for: the effects of age, schooling, income, sex and kecamatan
are found so that the *marginal* mean score of every group is the planned one, although the groups overlap
(the old have less schooling). A new planted gap is one entry in `PLANS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from survey.simulate.habits import DONT_KNOW, NOT_APPLICABLE
from survey.simulate.population import Codes, Column, Floats, Ints, Population, age_group, schooling, stream

#: Score points by level, in the instrument's order; only differences count.
AGE = (0.25, 0.35, 0.15, -0.05, -0.25, -0.50)
SCHOOLING = (-0.25, 0.0, 0.25)
INCOME = (-0.20, 0.0, 0.25)
KECAMATAN = (0.10, 0.08, -0.02, -0.06, 0.04, 0.0, -0.14)
SEX = (0.0, 0.0)
FLAT_KECAMATAN = (0.0,) * 7

#: Correlation of the scores of two adults of one RT, and of one kelurahan but different RT; SD of a score.
ICC_RT, ICC_KELURAHAN, SCORE_SD = 0.05, 0.02, 0.8
#: Latent standard deviations: what all indicators share, what one has alone, a facet, a single answer.
TRUST, OWN, FACET, ANSWER = 0.45, 0.45, 0.3, 0.85
THRESHOLDS = (1.5, 2.5, 3.5, 4.5)
#: The closed ends of the scale shrink differences of opinion to this share of themselves in the score.
PULL = 0.93


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planted in one indicator.

    Attributes
    ----------
    items : items in the instrument's order; `reverse` is the one worded the other way.
    filtered, filter_by : item asked only of users of a service, and the service.
    level, slope : mean score in 2021 and its yearly change.
    profiles : grouping → score points by level; groupings left out follow from the others.
    difficulty : score points by which each item is easier than the indicator; 0 for a filtered item.
    facets : position of the second facet's first item; None: one factor.
    unknown : share of don't-know of a typical adult.
    """

    items: tuple[str, ...]
    reverse: str
    level: float
    slope: float
    profiles: Mapping[str, tuple[float, ...]]
    difficulty: tuple[float, ...] = (0.25, 0.05, -0.10, -0.20, 0.0)
    filtered: str | None = None
    filter_by: str | None = None
    facets: int | None = None
    unknown: float = 0.09


def _items(stem: str) -> tuple[str, ...]:
    return tuple(f"{stem}{i}" for i in range(1, 6))


_BASE = {"umur_kel": AGE, "pddk3": SCHOOLING, "jk": SEX}
_RICH = _BASE | {"pdpt3": INCOME}
PLANS: Mapping[str, Plan] = {
    "sosialisasi": Plan(_items("so"), "so5", 2.55, 0.04, _RICH | {"kec": KECAMATAN}, unknown=0.07),
    "akses": Plan(
        _items("ka"), "ka4", 2.85, 0.025, _RICH | {"kec": KECAMATAN}, (0.15, 0.10, -0.05, -0.20, 0.0), "ka5", "sv_tsc"
    ),
    "keterhubungan": Plan(_items("kt"), "kt3", 2.95, 0.0, _RICH | {"kec": KECAMATAN}, facets=3, unknown=0.06),
    "aspirasi": Plan(_items("as"), "as5", 2.70, 0.0, _RICH | {"kec": FLAT_KECAMATAN}, unknown=0.10),
    "transparansi": Plan(_items("tr"), "tr5", 2.60, 0.05, _BASE | {"kec": FLAT_KECAMATAN}, unknown=0.12),
    "penanggapan": Plan(
        _items("pn"), "pn4", 2.65, 0.0, _BASE | {"kec": KECAMATAN}, (0.20, 0.05, -0.15, -0.10, 0.0), "pn5", "sv_siaran",
        unknown=0.11,
    ),
}  # fmt: skip


def null_plans() -> dict[str, Plan]:
    """The plans without any gap between groups: the scenario in which every announcement is false."""
    return {name: replace(p, profiles={g: (0.0,) * len(v) for g, v in p.profiles.items()}) for name, p in PLANS.items()}


def trust(population: Population, seed: int) -> Floats:
    """(adults,) standard normal opinion that all indicators share."""
    return stream(seed, "percaya umum").standard_normal(population.n, dtype=np.float32)


def perceptions(
    population: Population,
    answers: Mapping[str, Column],
    shared: Floats,
    year: int,
    seed: int,
    plans: Mapping[str, Plan] = PLANS,
) -> dict[str, Codes]:
    """The thirty items by name, over the whole population, with don't-knows and routing.

    Parameters
    ----------
    answers : the answers of `habits`; filters and awareness are read from them.
    shared : (adults,) standard normal, from `trust`.
    """
    cells = Cells.of(population)
    silent = _reticence(population, answers, year, seed)
    found: dict[str, Codes] = {}
    for name, plan in plans.items():
        hidden = _hidden(plan, answers, silent, year, seed)
        valid = sum((~h).astype(np.int8) for h in hidden) >= 3
        clusters = _clusters(population, name, year, seed)
        fixed = solve(plan, year, cells, np.bincount(cells.of_adult, valid, cells.n).astype(float))
        opinion = fixed[cells.of_adult] + clusters + TRUST * shared
        found |= _answer(plan, opinion, hidden, answers, year, seed)
    return found


@dataclass(frozen=True)
class Cells:
    """Adults sorted into the cells of all planted groupings.

    Attributes
    ----------
    of_adult : (adults,) cell. levels : grouping → (cells,) level.
    """

    of_adult: Ints = field(repr=False)
    levels: Mapping[str, Ints] = field(repr=False)
    n: int

    @classmethod
    def of(cls, population: Population) -> Cells:
        """The cells of age, schooling, income, sex and kecamatan."""
        t = population.traits
        parts = {
            "umur_kel": age_group(t["umur"]),
            "pddk3": schooling(t["pddk"]),
            "pdpt3": np.array([0, 0, 0, 1, 2, 2])[t["pdpt"]],
            "jk": t["jk"] - 1,
            "kec": population.kec,
        }
        sizes = {"umur_kel": 6, "pddk3": 3, "pdpt3": 3, "jk": 2, "kec": 7}
        shape = tuple(sizes.values())
        of_adult = np.ravel_multi_index(tuple(p.astype(np.intp) for p in parts.values()), shape)
        n = int(np.prod(shape))
        return cls(of_adult, dict(zip(sizes, np.unravel_index(np.arange(n), shape), strict=True)), n)


def solve(plan: Plan, year: int, cells: Cells, adults: NDArray[np.float64]) -> Floats:
    """(cells,) latent mean of each cell such that every planted group has its planned mean score.

    Parameters
    ----------
    adults : (cells,) adults who have a score.

    Notes
    -----
    One group at a time is moved by what it lacks, as raking does, until all agree.
    """
    level = plan.level + plan.slope * (year - 2021)
    latent = np.full(cells.n, level)
    targets = {g: _centred(profile, cells.levels[g], adults) + level for g, profile in plan.profiles.items()}
    for _ in range(60):
        worst = 0.0
        for grouping, target in targets.items():
            group = cells.levels[grouping]
            weight = np.bincount(group, adults)
            lack = target - np.bincount(group, adults * expected_score(latent, plan)) / weight
            latent = latent + 1.1 * lack[group]
            worst = max(worst, float(np.abs(lack).max()))
        if worst < 1e-5:
            break
    return latent.round(6).astype(np.float32)  # the same on every processor


def expected_score(latent: NDArray[np.float64], plan: Plan) -> NDArray[np.float64]:
    """Mean score of adults around each latent mean: the five closed steps of the scale pull it inwards."""
    spread = np.sqrt(_within_variance(plan) + ANSWER**2)
    passed = [ndtr((latent + d - t) / spread) for d in plan.difficulty for t in THRESHOLDS]
    return np.asarray(1 + np.sum(passed, axis=0) / len(plan.difficulty), dtype=np.float64)


def _within_variance(plan: Plan) -> float:
    facet = FACET**2 if plan.facets else 0.0
    return TRUST**2 + OWN**2 + facet + ICC_RT * (SCORE_SD / PULL) ** 2


def _centred(profile: tuple[float, ...], group: Ints, adults: NDArray[np.float64]) -> NDArray[np.float64]:
    points = np.array(profile, dtype=np.float64)
    return points - float(np.average(points[group], weights=adults))


def _clusters(population: Population, name: str, year: int, seed: int) -> Floats:
    """(adults,) what a kelurahan and an RT add; nothing on average in a kecamatan or kelurahan."""
    rng = stream(seed, year, name, "wilayah")
    in_kel = np.bincount(population.kelurahan_of_rt, population.adults_of_rt)
    kel = _clustered(rng, population.kecamatan_of_kelurahan, in_kel, ICC_KELURAHAN)
    rt = _clustered(rng, population.kelurahan_of_rt, population.adults_of_rt, ICC_RT - ICC_KELURAHAN)
    both: Floats = (rt + kel[population.kelurahan_of_rt]).astype(np.float32)
    return both[population.rt]


def _clustered(rng: np.random.Generator, parent: Ints, adults: Ints, share: float) -> NDArray[np.float64]:
    """Effects of units that cancel out within each parent and make up `share` of the variance of a score."""
    effect = rng.standard_normal(len(parent))
    effect = effect - (np.bincount(parent, effect * adults) / np.bincount(parent, adults))[parent]
    size = float(np.sqrt(share / np.average(effect**2, weights=adults))) * SCORE_SD / PULL
    return effect * size


def _reticence(population: Population, answers: Mapping[str, Column], year: int, seed: int) -> Floats:
    """(adults,) logits by which an adult says "don't know" more often: the old, the unaware, some persons."""
    noise = stream(seed, year, "tidak tahu").standard_normal(population.n, dtype=np.float32)
    old = age_group(population.traits["umur"]).astype(np.float32)
    silent: Floats = 0.28 * (old - 2) + 0.5 * (answers["sc_tahu"] == 0).astype(np.float32) + 0.7 * noise
    return silent


def _hidden(plan: Plan, answers: Mapping[str, Column], silent: Floats, year: int, seed: int) -> list[NDArray[np.bool_]]:
    """One (adults,) mask an item: where it was not asked or not known."""
    base = np.log(plan.unknown / (1 - plan.unknown))
    chance = (1 / (1 + np.exp(-(silent.astype(np.float64) + base)))).round(6)
    hidden = []
    for item in plan.items:
        mask = stream(seed, year, item, "?").random(len(silent), dtype=np.float32) < chance
        hidden.append(mask | (answers[plan.filter_by] < 2) if item == plan.filtered and plan.filter_by else mask)
    return hidden


def _answer(
    plan: Plan,
    opinion: Floats,
    hidden: list[NDArray[np.bool_]],
    answers: Mapping[str, Column],
    year: int,
    seed: int,
) -> dict[str, Codes]:
    def normal(*names: str) -> Floats:
        return stream(seed, year, *names).standard_normal(len(opinion), dtype=np.float32)

    opinion = opinion + OWN * normal(*plan.items)
    facets = [FACET * normal(item, "segi") for item in (plan.items[0], plan.items[plan.facets])] if plan.facets else []
    found: dict[str, Codes] = {}
    for k, (item, unseen) in enumerate(zip(plan.items, hidden, strict=True)):
        felt = opinion + np.float32(plan.difficulty[k]) + ANSWER * normal(item)
        if plan.facets:
            felt = felt + facets[int(k >= plan.facets)]
        code = np.clip(np.rint(felt), 1, 5).astype(np.int8)
        code = np.where(unseen, DONT_KNOW, 6 - code if item == plan.reverse else code).astype(np.int8)
        if item == plan.filtered and plan.filter_by:
            code[answers[plan.filter_by] < 2] = NOT_APPLICABLE
        found[item] = code
    return found


def scores(answers: Mapping[str, Column], plan: Plan) -> NDArray[np.float64]:
    """(adults,) mean of the valid items, the reversed one turned, at least three valid; NaN otherwise."""
    total = np.zeros(len(answers[plan.items[0]]))
    valid = np.zeros(len(total), dtype=np.int8)
    for item in plan.items:
        code = answers[item]
        seen = code > 0
        total += np.where(seen, 6 - code if item == plan.reverse else code, 0)
        valid += seen
    return np.where(valid >= 3, total / np.maximum(valid, 1), np.nan)

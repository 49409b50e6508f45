"""The three-stage draw of a wave: RT with probability proportional to adults, 13 households, one adult.

Nobody is substituted. Whether a person responds depends on sex, age and RT only; `willingness` can be
made to depend on the answers, which no weighting repairs (the negative twin of every coverage test).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survey.simulate.population import Floats, Ints, Population, age_group, apportion, stream

HOUSEHOLDS_PER_RT = 13
#: Logits of the response: everyone, women, by age group, spread between RT, by opinion in the negative twin.
EVERYONE, WOMEN, BY_AGE, BETWEEN_RT, BY_OPINION = 1.10, 0.35, (-0.35, -0.15, 0.0, 0.15, 0.25, 0.15), 0.35, 0.9


@dataclass(frozen=True, slots=True)
class Sample:
    """Who answered.

    Attributes
    ----------
    adult : (n,) position in the population, in the order of the draw.
    weight : (n,) adults of the city that one respondent stands for, before calibration.
    approached : adults drawn, those who did not answer included.
    """

    adult: Ints = field(repr=False)
    weight: NDArray[np.float64] = field(repr=False)
    approached: int


def allocation(population: Population, neighbourhoods: int) -> Ints:
    """(7,) RT to draw in each kecamatan: in proportion to the square root of its adults."""
    return apportion(neighbourhoods, np.sqrt(_adults_of_kecamatan(population)))


def willingness(population: Population, opinion: Floats | None = None) -> Floats:
    """(adults,) probability of responding; 0.77 on average.

    Parameters
    ----------
    opinion : (adults,) standard normal answer on which response is made to depend; None: on none.
    """
    logit = EVERYONE + WOMEN * (population.traits["jk"] == 2) + np.array(BY_AGE)[age_group(population.traits["umur"])]
    rt = stream(population.seed, "kesediaan").standard_normal(len(population.adults_of_rt))
    logit = logit + BETWEEN_RT * rt[population.rt]
    if opinion is not None:
        logit = logit + BY_OPINION * opinion
    chance: Floats = (1 / (1 + np.exp(-logit))).round(6).astype(np.float32)
    return chance


def draw(population: Population, neighbourhoods: int, willing: Floats, rng: np.random.Generator) -> Sample:
    """One sample of the finite population.

    Weight = [M_h / (m_h · M_rt)] · [households of the RT / households that answered] · adults of the
    household, M being adults, h the kecamatan and m_h its RT in the sample.
    """
    rt = np.concatenate(
        [_proportional(population, kec, int(m), rng) for kec, m in enumerate(allocation(population, neighbourhoods))]
    )
    household = _households(population, rt, rng)
    in_household = population.adults_of_household[household]
    adult = population.first_adult[household] + np.floor(rng.random(household.shape) * in_household).astype(np.intp)
    answered = rng.random(household.shape) < willing[adult]
    weight = (_rt_weight(population, rt) / np.maximum(answered.sum(axis=1), 1))[:, None] * in_household
    return Sample(adult[answered], weight[answered], adult.size)


def _adults_of_kecamatan(population: Population) -> NDArray[np.float64]:
    kec = population.kecamatan_of_kelurahan[population.kelurahan_of_rt]
    return np.bincount(kec, population.adults_of_rt).astype(np.float64)


def _proportional(population: Population, kec: int, m: int, rng: np.random.Generator) -> Ints:
    """Systematic draw with probability proportional to adults; kelurahan in order, RT shuffled inside them."""
    inside = np.flatnonzero(population.kecamatan_of_kelurahan[population.kelurahan_of_rt] == kec)
    inside = inside[np.lexsort((rng.random(len(inside)), population.kelurahan_of_rt[inside]))]
    reached = np.cumsum(population.adults_of_rt[inside])
    points = (rng.random() + np.arange(m)) * reached[-1] / m
    drawn: Ints = inside[np.searchsorted(reached, points, side="right")]
    return drawn


def _households(population: Population, rt: Ints, rng: np.random.Generator) -> Ints:
    """(RT, 13) households by simple random sampling without replacement."""
    listed = population.households_of_rt[rt]
    lots = rng.random((len(rt), int(listed.max())))
    lots[np.arange(lots.shape[1]) >= listed[:, None]] = 2.0
    return population.first_household[rt][:, None] + np.argsort(lots, axis=1)[:, :HOUSEHOLDS_PER_RT]


def _rt_weight(population: Population, rt: Ints) -> NDArray[np.float64]:
    """(RT,) inverse probability of the RT times its households."""
    kec = population.kecamatan_of_kelurahan[population.kelurahan_of_rt[rt]]
    drawn = np.bincount(kec, minlength=len(population.kecamatan))
    return (
        _adults_of_kecamatan(population)[kec]
        / (drawn[kec] * population.adults_of_rt[rt])
        * population.households_of_rt[rt]
    )

"""What two waves share: the sampling units, or the persons, by which the error of a change is paired."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.respondents import InMemory, sampling_of
from survey.core.wave import ID, Wave
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.change import SharedUnits, shared_units
from survey.stats.influence import Linearised
from survey.stats.sampling import Sampling
from survey.stats.tallied import Tally
from survey.stats.variance import unit_totals

NEEDS_ROWS = "Waves that share units or persons are compared in memory only: set `engine: memory`."
NEEDS_KEY = "Persons are followed by their id, which needs the environment variable SURVEY_KEY in every wave."
#: Length of the pseudonym that stands for an id where the key is set.
PSEUDONYM = 16


@dataclass(frozen=True)
class ByUnit(InMemory):
    """Respondents of a wave whose sums are held unit by unit, also where everyone is a unit of their own."""

    @cached_property
    def sampling(self) -> Sampling:
        """How they were drawn."""
        return replace(sampling_of(self.wave.design), elementwise=False)


def by_unit(inf: Inference) -> Inference:
    """The inference of a wave's everyone and groups, with sums by unit.

    Raises
    ------
    NotApplicable
        Where respondents lie outside memory.
    """
    if not isinstance(inf.respondents, InMemory):
        raise NotApplicable(NEEDS_ROWS)
    kept = tuple(b for b in inf.respondents.breakdowns if len(b) < 2)
    return Inference.within(inf.study, ByUnit(inf.respondents.wave, kept))


def sharing(later: Inference, earlier: Inference) -> SharedUnits | None:
    """The units of two waves, matched as the later wave's design declares; None where they share nothing.

    Units of one place are one. Persons who were asked twice make one of the units in which they lay.

    Raises
    ------
    NotApplicable
        Persons without ids that hold from wave to wave.
    """
    overlap = later.study.wave(later.respondents.name).design.overlap
    if overlap == "none":
        return None
    waves = (later.wave, earlier.wave)
    if any(inf.sampling.replicates is not None for inf in (later, earlier)):
        return None
    links = [_places(waves)] if all(_unit(w) is not None for w in waves) else []
    if overlap == "persons":
        links.append(_persons(waves))
    sizes = tuple(w.design.n_psu for w in waves)
    unit = _together(links, sizes)
    stratum = _strata(waves, unit, sizes)
    lonely = waves[0].design.lonely_psu
    parts = (slice(0, sizes[0]), slice(sizes[0], None))
    of_later, of_earlier = ((stratum[part], unit[part]) for part in parts)
    return shared_units(of_later, of_earlier, "adjust" if lonely == "average" else lonely)


def _unit(wave: Wave) -> np.ndarray | None:
    return wave.design.places.unit if wave.design.places is not None else None


def _first(wave: Wave) -> Ints:
    """A respondent of each first-stage unit."""
    return np.unique(wave.design.psu, return_index=True)[1]


def _places(waves: tuple[Wave, Wave]) -> tuple[Ints, Ints]:
    """Pairs of units, the later wave's and the earlier's, that stand for one place."""
    named = [(_unit(w), _first(w)) for w in waves]
    found = [pd.Series(unit[first]) for unit, first in named if unit is not None]
    return _matched(found[0], found[1])


def _persons(waves: tuple[Wave, Wave]) -> tuple[Ints, Ints]:
    """Pairs of units, the later wave's and the earlier's, that hold one person."""
    ids = [w.frame[ID].astype("string") if ID in w.frame else pd.Series(dtype="string") for w in waves]
    if any(not len(i) or not i.str.len().eq(PSEUDONYM).all() for i in ids):
        raise NotApplicable(NEEDS_KEY)
    later, earlier = _matched(ids[0], ids[1])
    return waves[0].design.psu[later], waves[1].design.psu[earlier]


def _matched(later: pd.Series, earlier: pd.Series) -> tuple[Ints, Ints]:
    """Positions of equal values."""
    place = pd.Series(np.arange(len(earlier)), index=earlier.to_numpy()).groupby(level=0).first()
    found = place.reindex(later.to_numpy()).to_numpy(float)
    held = np.flatnonzero(np.isfinite(found))
    return held, found[held].astype(np.intp)


def _together(links: list[tuple[Ints, Ints]], sizes: tuple[int, ...]) -> Ints:
    """Number of the unit that each unit of either wave is, the later's first, when linked ones are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a = np.concatenate([first for first, _ in links] or [np.zeros(0, dtype=np.intp)])
    b = np.concatenate([second for _, second in links] or [np.zeros(0, dtype=np.intp)]) + sizes[0]
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(sum(sizes), sum(sizes)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _strata(waves: tuple[Wave, Wave], unit: Ints, sizes: tuple[int, ...]) -> Ints:
    """Stratum of each unit of either wave; a unit of both waves keeps the earlier's."""
    named = [
        w.design.places.stratum[_first(w)] if w.design.places else np.zeros(w.design.n_psu, np.int64) for w in waves
    ]
    stratum = np.unique(np.concatenate(named), return_inverse=True)[1].reshape(-1).astype(np.intp)
    of_unit = np.zeros(int(unit.max()) + 1, dtype=np.intp)
    of_unit[unit] = stratum
    return of_unit[unit]


def first_stage_totals(tally: Tally, lin: Linearised, sampling: Sampling) -> Floats:
    """Linearised totals of the first-stage units, (D, P, m)."""
    z = unit_totals(tally, lin.value, sampling)
    psu = sampling.stages[0].unit
    if np.array_equal(psu, np.arange(z.shape[1])):
        return z
    out = np.zeros((sampling.n_psu, z.shape[0], z.shape[2]))
    np.add.at(out, psu, z.transpose(1, 0, 2))
    return out.transpose(1, 0, 2)


def held_units(tally: Tally) -> Bools:
    """First-stage units that hold an answer of a domain, (D, P)."""
    if tally.in_psu is None:
        raise ValueError("respondents who carry the variance themselves are no units")
    return tally.in_psu


def alike(later: Wave, earlier: Wave) -> tuple[int, int]:
    """How many first-stage units two waves name alike, and how many the smaller of them has."""
    named = [_unit(w) for w in (later, earlier)]
    distinct = [np.unique(unit) for unit in named if unit is not None]
    if len(distinct) < 2:
        return 0, 0
    return len(np.intersect1d(distinct[0], distinct[1])), min(map(len, distinct))

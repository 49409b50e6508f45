"""One wave of the Tangerang Selatan study: what every adult would answer, and samples of it.

`enter` costs a few seconds and is made once; `draw` takes a sample in milliseconds, so that a study of
coverage can draw a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.simulate import habits, perception
from survey.simulate.perception import Plan
from survey.simulate.population import Codes, Floats, Ints, Population, stream
from survey.simulate.sample import Sample, willingness
from survey.simulate.sample import draw as draw_sample

#: gaps: as planned. no_gaps: no group differs. selective: who is content responds more, which no weight repairs.
Scenario = Literal["gaps", "no_gaps", "selective"]
SCENARIOS: tuple[Scenario, ...] = ("gaps", "no_gaps", "selective")


@dataclass(frozen=True)
class Fieldwork:
    """A wave before anybody is sampled.

    Attributes
    ----------
    answers : question → (adults,) codes; negative where not applicable, not known or refused.
    willing : (adults,) probability of responding.
    plans : indicator → what was planted.
    """

    population: Population = field(repr=False)
    year: int
    scenario: Scenario
    answers: Mapping[str, NDArray[np.integer]] = field(repr=False)
    willing: Floats = field(repr=False)
    plans: Mapping[str, Plan] = field(repr=False)

    def groupings(self) -> dict[str, tuple[Codes, tuple[str, ...]]]:
        """Grouping → (adults,) position of the level, -1 where missing, and the levels' keys."""
        found = habits.groupings(self.answers)
        found["kec"] = (self.population.kec.astype(np.int8), self.population.kecamatan)
        return found


def enter(population: Population, year: int, scenario: Scenario = "gaps") -> Fieldwork:
    """The wave of a year: everyone's answers, the same whenever it is asked for."""
    seed = population.seed
    plans = perception.null_plans() if scenario == "no_gaps" else perception.PLANS
    trust = perception.trust(population, seed)
    answers = habits.code_answers(population, seed, year)
    answers |= habits.habits(population, habits.skill(population), trust, year, seed)
    answers |= perception.perceptions(population, answers, trust, year, seed, plans)
    opinion = trust if scenario == "selective" else None
    return Fieldwork(population, year, scenario, answers, willingness(population, opinion), plans)


def draw(work: Fieldwork, neighbourhoods: int, seed: int, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A sample as codes, without faults: for studies of coverage and power.

    Parameters
    ----------
    columns : answers to return; None: all.

    Returns
    -------
    pandas.DataFrame
        Columns kec and kel (text codes), rt (number), bobot (weight before calibration), then `columns`,
        as integers with the instrument's negative codes of missing answers.
    """
    sample, people = draw_people(work, neighbourhoods, seed), work.population
    frame = {
        "kec": np.array(people.kecamatan)[people.kec[sample.adult]],
        "kel": np.array(people.kelurahan)[people.kel[sample.adult]],
        "rt": rt_numbers(people)[people.rt[sample.adult]],
        "bobot": sample.weight,
    }
    return pd.DataFrame(frame | {c: work.answers[c][sample.adult] for c in columns or work.answers})


def draw_people(work: Fieldwork, neighbourhoods: int, seed: int) -> Sample:
    """The same sample as `draw`, as positions in the population; waves are drawn independently."""
    return draw_sample(work.population, neighbourhoods, work.willing, stream(seed, work.year, "sampel"))


def rt_numbers(population: Population) -> Ints:
    """(3780,) four-digit number of each RT, random so that it tells nothing about the place."""
    return 1001 + stream(population.seed, "nomor rt").permutation(len(population.adults_of_rt))

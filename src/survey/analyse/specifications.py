"""The reasonable ways to analyse a wave: the choices that another analyst could have made.

A new choice is a field of `Specification`, a line in `specifications`, and in `bench` the answers or
the weights that it gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from survey.analyse.inference import Inference
from survey.analyse.items import batteries
from survey.analyse.measures import numbers
from survey.core.wave import Wave
from survey.stats.arrays import Floats, Ints
from survey.stats.centres import Statistic

Weights = Literal["study", "unweighted", "classical"]
DontKnow = Literal["excluded", "midpoint"]
Needed = Literal["study", "1", "all"]
#: What makes one set of answers: how "don't know" counts, and how many valid items a score needs.
Treatment = tuple[DontKnow, Needed]


@dataclass(frozen=True, slots=True)
class Without:
    """A level of a geography whose respondents are left out."""

    name: str
    key: str
    position: int


@dataclass(frozen=True, slots=True)
class Specification:
    """One way to analyse; every default is what the study itself does."""

    weights: Weights = "study"
    dont_know: DontKnow = "excluded"
    min_valid: Needed = "study"
    statistic: Statistic = "mean"
    imputed: bool = False
    without: Without | None = None

    @property
    def key(self) -> str:
        """What it does otherwise than the study, joined by `+`; `study` where nothing."""
        parts = [
            "" if self.weights == "study" else self.weights,
            "dont_know_midpoint" if self.dont_know == "midpoint" else "",
            "" if self.min_valid == "study" else f"min_valid_{self.min_valid}",
            "median" if self.statistic == "median" else "",
            "imputed" if self.imputed else "",
            f"without_{self.without.name}_{self.without.key}" if self.without else "",
        ]
        return "+".join(filter(None, parts)) or "study"

    @property
    def treatment(self) -> Treatment:
        """Which set of answers it rests on."""
        return self.dont_know, self.min_valid


STUDY = Specification()


def specifications(inf: Inference, gaps_filled: bool) -> tuple[Specification, ...]:
    """The study's own way first, then every crossing of the choices, then one departure at a time."""
    weights: tuple[Weights, ...] = ("study", "unweighted") if inf.respondents.weighted else ("study",)
    unknown: tuple[DontKnow, ...] = ("excluded", "midpoint")
    needed: tuple[Needed, ...] = ("study", "1", "all")
    centre: tuple[Statistic, ...] = ("mean", "median")
    found = [Specification(*choice) for choice in product(weights, unknown, needed, centre)]
    if inf.probability and not (inf.sampling.elementwise and inf.sampling.n_strata == 1 and len(weights) == 1):
        found.append(Specification("classical"))
    if gaps_filled:
        found.append(Specification(imputed=True))
    return (*found, *(Specification(without=each) for each in _parts_left_out(inf)))


def _parts_left_out(inf: Inference) -> Iterator[Without]:
    """Levels of every geography among the groups that may be left out without giving a small one away."""
    least = inf.study.release.min_n
    for by, grouping in zip(inf.respondents.breakdowns, inf.groupings, strict=True):
        if len(by) != 1 or inf.instrument.variable(by[0]).role != "geography":
            continue
        levels = inf.instrument.variable(by[0]).levels
        count = _least_answers(inf.wave, grouping.code, grouping.size)
        order = [int(at) for at in np.argsort(count, kind="stable") if count[at] > 0]
        small = [at for at in order if count[at] < least]
        # The whole less all but two parts gives the sum of two; of one alone it would give that one.
        hidden = set(order[: len(small) + 1]) if small else set()
        if len(order) - len(hidden) >= 2 and len(order) > 2:
            yield from (Without(by[0], levels[at].key, at) for at in sorted(set(order) - hidden))


def _least_answers(wave: Wave, code: Ints, size: int) -> Floats:
    """(size,) the fewest valid scores of any indicator in each level; all respondents where there is none."""
    valid = [np.isfinite(numbers(wave, b.indicator.name)) for b in batteries(wave)] or [np.ones(len(code), bool)]
    each = [np.bincount(code[v & (code >= 0)], minlength=size) for v in valid]
    return np.asarray(np.min(each, axis=0), dtype=np.float64)

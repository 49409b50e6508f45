"""How much of a change goes with who was in the sample, and how much with what people answered (Kitagawa).

The characteristics are the study's `composition`, else its groups. Where both waves are weighted to the same
margins of a characteristic its part is nothing by construction, and a row says so instead of a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from survey.analyse.changes import contrast
from survey.analyse.inference import Inference
from survey.analyse.measures import level_codes, numbers
from survey.analyse.respondents import InMemory
from survey.analyse.series import POINTS
from survey.core import estimates
from survey.core.instrument import Instrument
from survey.core.study import StudySpec, WaveSpec
from survey.core.variables import Derived
from survey.stats import composition
from survey.stats.arrays import Floats, Ints
from survey.stats.change import SharedUnits
from survey.stats.composition import Components
from survey.stats.resampling import drawn_units, percentiles, reweighted

FIXED = "composition is fixed by the weights"
NO_VARIABLE = "the waves hold no variable to split by, of two levels with ten respondents each"
REPLICATES, LEAST = 400, 10
METHOD = (
    "Kitagawa, symmetric, main effects; levels of fewer than 10 respondents in a wave joined with the next; "
    "PSU bootstrap, percentile interval"
)

Record = dict[str, Any]


@dataclass(frozen=True)
class TwoSamples:
    """Two waves with the bootstrap weights that all measures share.

    Attributes
    ----------
    variables : that the change is split by; fixed : those that the weights make alike
    codes : variable → level of each respondent of a wave, the later first, after small levels were joined
    weights : (1 + R, n) of a wave, the first row the wave's own
    """

    pair: tuple[Inference, Inference] = field(repr=False)
    variables: tuple[str, ...]
    fixed: tuple[str, ...]
    codes: tuple[tuple[Ints, ...], tuple[Ints, ...]] = field(repr=False)
    sizes: tuple[int, ...]
    weights: tuple[Floats, Floats] = field(repr=False)

    @property
    def split(self) -> tuple[str, ...]:
        """Variables whose part is estimated."""
        return tuple(v for v in self.variables if v not in self.fixed)

    def components(self, measure: str) -> tuple[Components, int]:
        """The change of a mean and its parts, and respondents whom they rest on."""
        sides = [
            composition.cells(numbers(inf.wave, measure), codes, self.sizes, weights)
            for inf, codes, weights in zip(self.pair, self.codes, self.weights, strict=True)
        ]
        known = [
            np.isfinite(numbers(inf.wave, measure)) & (np.min(np.stack(codes), axis=0) >= 0)
            for inf, codes in zip(self.pair, self.codes, strict=True)
        ]
        return composition.components(sides[0], sides[1], self.sizes), int(sum(k.sum() for k in known))


def samples(later: Inference, earlier: Inference, shared: SharedUnits | None) -> TwoSamples | None:
    """Two waves made ready; None where respondents lie outside memory, or a sample was not drawn at random."""
    pair = (later, earlier)
    if not all(inf.probability and isinstance(inf.respondents, InMemory) for inf in pair):
        return None
    if any(inf.sampling.replicates is not None for inf in pair):
        return None
    study, wanted = later.study, _wanted(later.study, pair)
    fixed = tuple(v for v in wanted if all(_met(later.instrument, study, inf, v) for inf in pair))
    names, codes, sizes = _coded(pair, [v for v in wanted if v not in fixed])
    weights = _bootstrap(pair, shared) if names else (np.zeros((1, 0)), np.zeros((1, 0)))
    return TwoSamples(pair, (*fixed, *names), fixed, codes, sizes, weights)


def rows(two: TwoSamples, measures: Sequence[str]) -> list[Record]:
    """Records of the estimates table: `composition` as a whole and by variable (`level`), and `rate`."""
    later, earlier = two.pair
    of_pair: Record = {"wave": later.respondents.name, "analysis": "trend", "contrast": contrast(later, earlier)}
    found: list[Record] = []
    for measure in measures:
        common = of_pair | {"measure": measure, "unit": POINTS, "method": METHOD}
        note = {"estimand": "composition", "status": estimates.NOT_ESTIMABLE}
        found += [common | note | {"level": v, "note": FIXED} for v in two.fixed]
        if not two.split:
            found.append(common | note | {"note": FIXED if two.fixed else NO_VARIABLE})
            continue
        parts, n = two.components(measure)
        common |= {"n": n}
        whole = parts.composition.sum(axis=1)
        found.append(common | {"estimand": "composition"} | _interval(whole, later.conf_level))
        found.append(common | {"estimand": "rate"} | _interval(parts.rate, later.conf_level))
        for v, part in zip(two.split, parts.composition.T, strict=True):
            found.append(common | {"estimand": "composition", "level": v} | _interval(part, later.conf_level))
    return found


def _wanted(study: StudySpec, pair: Sequence[Inference]) -> list[str]:
    """Variables that both waves hold: the study's, else its groups."""
    names = study.composition or study.groups
    return [name for name in names if all(inf.respondents.holds(name) for inf in pair)]


def _met(instrument: Instrument, study: StudySpec, inf: Inference, variable: str) -> bool:
    """Whether the wave's weights meet a margin that fixes the shares of a variable's levels."""
    spec: WaveSpec = study.wave(inf.respondents.name)
    met = {name for margin in (spec.design.calibrate.to if spec.design.calibrate else ()) for name in margin}
    coarser: dict[str, Derived] = {d.name: d for d in instrument.derived if d.regroup}
    sources = coarser[variable].source.names if variable in coarser else ()
    return variable in met or any(name in met for name in sources)


def _coded(
    pair: Sequence[Inference], names: Sequence[str]
) -> tuple[list[str], tuple[tuple[Ints, ...], tuple[Ints, ...]], tuple[int, ...]]:
    """Variables of two levels or more after joining, each wave's codes of them, and how many levels are left."""
    kept, codes, sizes = [], [], []
    for name in names:
        levels = len(pair[0].instrument.variable(name).levels)
        each = [level_codes(inf.wave, name) for inf in pair]
        new = composition.joined_levels(np.stack([np.bincount(c[c >= 0], minlength=levels) for c in each]), LEAST)
        if new[-1] > 0:
            kept.append(name)
            codes.append([np.where(c >= 0, new[np.maximum(c, 0)], -1) for c in each])
            sizes.append(int(new[-1]) + 1)
    sides = (tuple(c[0] for c in codes), tuple(c[1] for c in codes))
    return kept, sides, tuple(sizes)


def _bootstrap(pair: Sequence[Inference], shared: SharedUnits | None) -> tuple[Floats, Floats]:
    """Each wave's weights and those of its bootstrap samples; units that both hold are drawn together."""
    seeds = [int(inf.random("composition").integers(2**31)) for inf in pair]
    if shared is None:
        drawn = [drawn_units(inf.sampling.stratum_of_psu, REPLICATES, s) for inf, s in zip(pair, seeds, strict=True)]
    else:
        joint = drawn_units(shared.stratum, REPLICATES, seeds[0])
        drawn = [joint[:, shared.later], joint[:, shared.earlier]]
    later, earlier = (
        np.vstack([inf.sampling.weight[None], reweighted(inf.sampling, d)]) for inf, d in zip(pair, drawn, strict=True)
    )
    return later, earlier


def _interval(values: Floats, level: float) -> Record:
    """The first of some values, with the error and the interval of the others."""
    low, high = percentiles(values[1:, None], level)
    error = float(values[1:].std(ddof=1))
    return {"estimate": float(values[0]), "std_error": error, "conf_low": float(low[0]), "conf_high": float(high[0]),
            "conf_level": level}  # fmt: skip

"""The items that make types of respondents, as patterns of answers on the effective number of respondents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from survey.analyse.inference import Inference, NotApplicable, evaluate
from survey.analyse.measures import level_codes
from survey.core.missing import DONT_KNOW
from survey.core.models import TypesSpec
from survey.stats import influence
from survey.stats import latent_classes as stats
from survey.stats.arrays import Floats, Ints

FEW_ITEMS = "Fewer than three of the items of `types` were asked."
FEW_PEOPLE = "Fewer than 200 effective respondents: too few for types."
LEAST_ITEMS = 3
#: Effective respondents below which no classes are sought.
LEAST_EFFECTIVE = 200


@dataclass(frozen=True)
class Items:
    """The items of a wave and everyone's answers to them.

    Attributes
    ----------
    keys : of the C categories of all items, in order: an item's codes, then `dont_know` where it occurs
    answers : patterns over all respondents
    weight : (P,) of the patterns, scaled to the effective number of respondents
    n, effective : respondents who answered an item, and how many a simple random sample would need
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    answers: stats.Answers = field(repr=False)
    weight: Floats = field(repr=False)
    n: int
    effective: float


def items_of(inf: Inference, spec: TypesSpec) -> Items:
    """The items that the wave asked. A question that did not apply, or was left out, leaves the likelihood.

    Raises
    ------
    NotApplicable
        Fewer than three, or too few respondents.
    """
    names = tuple(name for name in spec.items if inf.respondents.holds(name))
    if len(names) < LEAST_ITEMS:
        raise NotApplicable(FEW_ITEMS)
    columns, keys = zip(*(_codes(inf, name) for name in names), strict=True)
    level = np.column_stack(columns)
    answered = (level >= 0).any(axis=1)
    weight, n = np.where(answered, inf.sampling.weight, 0.0), int(answered.sum())
    effective = n / _deff(inf, names)
    if effective < LEAST_EFFECTIVE:
        raise NotApplicable(FEW_PEOPLE)
    answers = stats.patterns(level, np.array([len(k) for k in keys], dtype=np.intp))
    scaled = answers.weight(weight * effective / weight.sum())
    return Items(names, tuple(key for k in keys for key in k), answers, scaled, n, effective)


def _codes(inf: Inference, name: str) -> tuple[Ints, tuple[str, ...]]:
    """Each respondent's category of an item, −1 where none; don't know is one if anybody said so."""
    code = level_codes(inf.wave, name)
    keys = tuple(level.key for level in inf.instrument.variable(name).levels)
    if inf.instrument.variable(name).derived:
        return code, keys
    unknown = inf.wave.missing(name).eq(DONT_KNOW).fillna(False).to_numpy(bool)
    return (np.where(unknown, len(keys), code), (*keys, DONT_KNOW)) if unknown.any() else (code, keys)


def _deff(inf: Inference, names: Sequence[str]) -> float:
    """Mean design effect of the items' shares, each weighted by its variance; Kish's without a probability sample."""
    if not inf.probability:
        w = inf.sampling.weight
        return float(len(w) * (w**2).sum() / w.sum() ** 2)
    each = []
    for name in names:
        tally = inf.respondents.levels(name, 0)
        found = evaluate(inf, tally, influence.shares, "share")
        p, deff = found.estimate[0], found.deff[0]
        known = np.isfinite(deff)
        if known.any():
            each.append(np.average(deff[known], weights=1 - p[known]))
    return max(float(np.mean(each)), 1.0) if each else 1.0

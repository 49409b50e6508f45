"""Whether ordinal items measure the same thing in every group: a ladder of models, each equating more.

What may be compared follows from the last step that holds: relations of scores after `metric`, means
after `scalar`, observed scores of single answers after `strict`. Steps are judged by the change of fit,
not by the difference of two chi-squares, which large samples always find.

References
----------
Wu, H. and Estabrook, R. (2016). Identification of confirmatory factor analysis models of different levels
of invariance for ordered categorical outcomes. Psychometrika 81, 1014-1045.
Chen, F. F. (2007). Sensitivity of goodness of fit indexes to lack of measurement invariance.
Structural Equation Modeling 14, 464-504.
Kenny, D. A. (2024). Measuring model fit. https://davidakenny.net/cm/fit.htm
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.fit import fit
from survey.stats.merging import merged_alike
from survey.stats.ordinal_cfa import starting_loadings
from survey.stats.ordinal_model import Cells, Layout, OrdinalFit, fitted, unrelated
from survey.stats.patterns import Patterns
from survey.stats.polychoric import OrdinalMoments, moments

Equal = Literal["nothing", "loadings", "thresholds_loadings", "scalar", "strict"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What counts as too much (Chen 2007).

    Attributes
    ----------
    delta_cfi, delta_rmsea : changes from one step to the next that tell against it
    signs : how many of the two must reach their limit for a step to fail
    cfi : the least that the first step, which equates nothing, must reach
    related : RMSEA of unrelated items below which there is too little to fit, and CFI says nothing (Kenny 2024)
    group : the fewest complete cases of a group that is tested
    """

    delta_cfi: float = -0.010
    delta_rmsea: float = 0.015
    signs: int = 2
    cfi: float = 0.90
    related: float = 0.158
    group: int = 200


LIMITS = Limits()

#: The ladder by the fewest categories of an item. Thresholds of up to four levels say nothing without the
#: loadings and are equated with them; those of two levels say nothing about anything but all at once.
LADDERS: tuple[tuple[int, tuple[tuple[str, Equal], ...]], ...] = (
    (5, (("configural", "nothing"), ("metric", "loadings"), ("scalar", "scalar"), ("strict", "strict"))),
    (3, (("configural", "nothing"), ("metric", "thresholds_loadings"), ("scalar", "scalar"), ("strict", "strict"))),
    (2, (("configural", "nothing"), ("strict", "strict"))),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One model of the ladder.

    Attributes
    ----------
    name : configural, metric, scalar, strict; equal : what its groups share
    model : its estimates
    delta_cfi, delta_rmsea : against the step before; NaN for the first
    holds : whether this step and all before it do
    """

    name: str
    equal: Equal
    model: OrdinalFit
    delta_cfi: float
    delta_rmsea: float
    holds: bool


@dataclass(frozen=True, slots=True)
class Invariance:
    """The ladder of one set of items over G groups.

    Attributes
    ----------
    n : (G,) float, complete cases; tested : (G,) bool, groups large enough
    merged : new number of each item's levels, (K,) an item; 0, 1, 2, … where nothing was merged
    unrelated : RMSEA of the model of unrelated items; NaN where it was not looked at
    steps : empty where fewer than two groups are large enough, an item is left with one level or items are unrelated
    """

    n: Floats
    tested: Bools
    merged: tuple[Ints, ...]
    unrelated: float
    steps: tuple[Step, ...]

    @property
    def holds_to(self) -> str | None:
        """Name of the last step that holds; None where none does or nothing was tested."""
        held = [step.name for step in self.steps if step.holds]
        return held[-1] if held else None


def invariance(groups: Sequence[Patterns], pattern: Bools, limits: Limits = LIMITS) -> Invariance:
    """The ladder over the complete cases of groups with at least `limits.group` of them. R: lavaan, WLSMV, delta.

    Parameters
    ----------
    groups : patterns of the same items with one numbering of the levels, as `by_group` gives them
    pattern : (p, m), which factor each item may load on
    """
    complete = [group.complete for group in groups]
    n = np.array([group.n for group in complete])
    tested = n >= limits.group
    if tested.sum() < 2:
        return Invariance(n, tested, (), float("nan"), ())
    merged, mapping = merged_alike([group for group, large in zip(complete, tested, strict=True) if large])
    fewest = int(merged[0].categories.min())
    ladder = next((steps for least, steps in LADDERS if fewest >= least), ())
    found = [moments(group) for group in merged] if ladder else []
    if not found:
        return Invariance(n, tested, tuple(mapping), float("nan"), ())
    nothing = unrelated(found)
    rmsea = fit(nothing, nothing, sum(g.n - 1 for g in found), float("nan"), len(found)).rmsea
    if not rmsea >= limits.related:
        return Invariance(n, tested, tuple(mapping), rmsea, ())
    models = [(name, equal, fitted(found, grouped(found, pattern, equal), nothing)) for name, equal in ladder]
    return Invariance(n, tested, tuple(mapping), rmsea, _judged(models, limits))


def _judged(models: Sequence[tuple[str, Equal, OrdinalFit]], limits: Limits) -> tuple[Step, ...]:
    steps: list[Step] = []
    for name, equal, model in models:
        if not steps:
            steps.append(Step(name, equal, model, float("nan"), float("nan"), model.fit.cfi >= limits.cfi))
            continue
        before = steps[-1]
        cfi, rmsea = model.fit.cfi - before.model.fit.cfi, model.fit.rmsea - before.model.fit.rmsea
        signs = (cfi <= limits.delta_cfi) + (rmsea >= limits.delta_rmsea)
        fails = not model.converged or signs >= limits.signs
        steps.append(Step(name, equal, model, cfi, rmsea, before.holds and not fails))
    return tuple(steps)


class _Numbering:
    """Hands out parameters with their starting values."""

    def __init__(self) -> None:
        self.start: list[float] = []

    def take(self, start: Floats) -> Ints:
        """Numbers of new parameters, in the shape of their starting values."""
        first = len(self.start)
        self.start.extend(start.ravel().tolist())
        return np.arange(first, len(self.start)).reshape(start.shape)

    def groups(self, start: Floats, equal: bool) -> Ints:
        """One set of parameters for all groups, or a set each; `start` is (G, …)."""
        if not equal:
            return self.take(start)
        return np.broadcast_to(self.take(start.mean(axis=0)), start.shape).copy()

    def later(self, value: Floats, free: bool) -> Cells:
        """Fixed at `value`, (G, …), in the first group, and in the others too unless they are `free`."""
        index = np.full(value.shape, -1)
        if free:
            index[1:] = self.take(value[1:])
        return Cells(index, value)


def grouped(groups: Sequence[OrdinalMoments], pattern: Bools, equal: Equal) -> Layout:
    """The model of a step. Factors have mean 0 and variance 1 in the first group, items scale 1."""
    count, (p, m), (item, factor) = len(groups), pattern.shape, np.nonzero(pattern)
    number = _Numbering()
    start = np.stack([starting_loadings(group, pattern) for group in groups])
    threshold = np.stack([group.threshold for group in groups])
    same_thresholds = equal not in ("nothing", "loadings")
    if equal == "strict":  # residual variance 1: everything in units of the residual
        spread = _residual_spread(start, pattern)
        start, threshold = start / spread[:, item], threshold / spread[:, groups[0].item]
    loading = np.full((count, p, m), -1)
    loading[:, item, factor] = number.groups(start, equal != "nothing")
    cuts = Cells(number.groups(threshold, same_thresholds), np.zeros(threshold.shape))
    return Layout(
        Cells(loading, np.zeros((count, p, m))),
        _factor_covariance(number, count, m, equal != "nothing"),
        number.later(np.zeros((count, m)), equal in ("scalar", "strict")),
        number.later(np.zeros((count, p)), equal == "thresholds_loadings"),
        number.later(np.ones((count, p)), equal in ("thresholds_loadings", "scalar")),
        cuts,
        equal == "strict",
        np.array(number.start),
    )


def _residual_spread(loading: Floats, pattern: Bools) -> Floats:
    """Standard deviation that the factors leave of each standardised item, (G, p), not below 0.4."""
    shared = np.zeros((len(loading), *pattern.shape))
    item, factor = np.nonzero(pattern)
    shared[:, item, factor] = loading**2
    found: Floats = np.sqrt(np.maximum(1 - shared.sum(axis=2), 0.16))
    return found


def _factor_covariance(number: _Numbering, groups: int, m: int, variances: bool) -> Cells:
    first, second = np.triu_indices(m, 1)
    index = np.full((groups, m, m), -1)
    pairs = number.take(np.full((groups, len(first)), 0.3))
    index[:, first, second] = index[:, second, first] = pairs
    if variances:
        index[1:, np.arange(m), np.arange(m)] = number.take(np.ones((groups - 1, m)))
    return Cells(index, np.broadcast_to(np.eye(m), (groups, m, m)).copy())

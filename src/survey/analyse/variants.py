"""What specifications are tried on: the answers and the weights of a wave under each choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np

from survey.analyse.imputation import Completed
from survey.analyse.inference import Inference
from survey.analyse.items import Battery, batteries
from survey.analyse.measures import level_codes, scores
from survey.analyse.quantities import Quantity, counted, hundred_of
from survey.analyse.respondents import sampling_of
from survey.analyse.specifications import DontKnow, Needed, Specification, Treatment
from survey.core.design import Design
from survey.core.missing import DONT_KNOW
from survey.core.wave import Wave
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.leave_out import recalibrated_without
from survey.stats.sampling import Sampling, sampling
from survey.stats.scores import score, valid_needed

Answers = Mapping[Treatment, Floats]
AS_STUDIED: Treatment = ("excluded", "study")


def indicator_answers(wave: Wave, battery: Battery) -> Answers:
    """Scores, (n,), under every treatment; of treatments that give the same scores the first."""
    k, study = len(battery.names), battery.indicator.min_valid
    needed: dict[Needed, float] = {"study": study}
    others: tuple[tuple[Needed, int], ...] = (("1", 1), ("all", k))
    needed |= {key: float(count) for key, count in others if valid_needed(k, study) != count}
    items: dict[DontKnow, Floats] = {"excluded": battery.scored}
    unknown = np.column_stack([_unknown(wave, name) for name in battery.names])
    if battery.span is not None and unknown.any():
        items["midpoint"] = np.where(unknown, sum(battery.span) / 2, battery.scored)
    found: dict[Treatment, Floats] = {}
    for dk, (key, count) in product(items, needed.items()):
        y = score(items[dk], count)
        if not any(np.array_equal(y, other, equal_nan=True) for other in found.values()):
            found[dk, key] = y
    return found


def answers_to(wave: Wave, quantity: Quantity) -> Answers | None:
    """What each respondent counts, (n,), under every treatment; None for what is no mean of respondents.

    "Don't know" in the middle of the scale changes the mean of a coded question, and no share.
    """
    given = counted(wave, quantity)
    if given is None or quantity.estimand != "mean" or not wave.instrument.has(quantity.measure):
        return None if given is None else {AS_STUDIED: given}
    variable, found = wave.instrument.variable(quantity.measure), {AS_STUDIED: given}
    value = scores(variable) if variable.levels else None
    if value is not None and not variable.derived and (unknown := _unknown(wave, variable.name)).any():
        found["midpoint", "study"] = np.where(unknown, (value.min() + value.max()) / 2, given)
    return found


def _unknown(wave: Wave, name: str) -> Bools:
    found: Bools = wave.missing(name).eq(DONT_KNOW).fillna(False).to_numpy(bool)
    return found


@dataclass(frozen=True)
class Bench:
    """What respondents count by quantity and treatment, samplings by how they weigh.

    Attributes
    ----------
    completed : items with their gaps filled in; None where there is nothing to fill in
    """

    inf: Inference = field(repr=False)
    answers: Mapping[Quantity, Answers] = field(repr=False)
    completed: Completed | None = field(repr=False)

    @classmethod
    def of(cls, inf: Inference, wanted: Sequence[Quantity], completed: Completed | None) -> Bench:
        """All indicators' means and the quantities wanted, as far as the wave has them."""
        found: dict[Quantity, Answers] = {}
        for battery in batteries(inf.wave):
            found[Quantity(battery.indicator.name)] = indicator_answers(inf.wave, battery)
        for quantity in wanted:
            scores, hundred = found.get(Quantity(quantity.measure)), hundred_of(inf.instrument, quantity)
            if scores is not None and hundred is not None:
                found[quantity] = {treatment: hundred.of(y) for treatment, y in scores.items()}
            elif quantity not in found and (each := answers_to(inf.wave, quantity)):
                found[quantity] = each
        return cls(inf, found, completed)

    @property
    def alpha(self) -> float:
        """Level of the tests."""
        return 1 - self.inf.conf_level

    @cached_property
    def batteries(self) -> tuple[Battery, ...]:
        """The indicators that the wave asked."""
        return tuple(batteries(self.inf.wave))

    @property
    def single_groupings(self) -> tuple[int, ...]:
        """Positions of the groups among the breakdowns."""
        return tuple(at for at, by in enumerate(self.inf.respondents.breakdowns) if len(by) == 1)

    def answered(self, quantity: Quantity) -> int:
        """Respondents who count in a quantity, in the study's own analysis."""
        return int(np.isfinite(self.answers[quantity][AS_STUDIED]).sum())

    def answered_by(self, quantity: Quantity, position: int) -> Ints:
        """(levels,) the same in each level of a grouping."""
        grouping = self.inf.groupings[position]
        known = np.isfinite(self.answers[quantity][AS_STUDIED]) & (grouping.code >= 0)
        return np.bincount(grouping.code[known], minlength=grouping.size)

    def applies(self, spec: Specification, quantity: Quantity) -> bool:
        """Whether a specification differs from the study's own for a quantity, or is that one."""
        if spec.imputed:
            return self._position(quantity) is not None
        if spec.statistic == "median" and quantity.share:
            return False
        return spec.treatment in self.answers[quantity]

    def gives_away(self, spec: Specification, quantity: Quantity) -> bool:
        """Whether the whole less the rest would tell what few respondents of some part of a geography answered."""
        if spec.without is None:
            return False
        known = np.isfinite(self.answers[quantity][AS_STUDIED])
        count = np.bincount(level_codes(self.inf.wave, spec.without.name)[known] + 1)[1:]
        return bool(((count > 0) & (count < self.inf.study.release.min_n)).any())

    def values(self, spec: Specification, quantity: Quantity) -> Floats:
        """What respondents count, (n,), or (n, M) imputed; the study's own where the specification does not apply."""
        if spec.imputed and self.completed is not None and (at := self._position(quantity)) is not None:
            scores, hundred = self.completed.scores(at), hundred_of(self.inf.instrument, quantity)
            return scores if hundred is None else hundred.of(scores)
        answers = self.answers[quantity]
        y = answers.get(spec.treatment, answers[AS_STUDIED])
        return np.where(self._kept(spec), y, np.nan)

    def sampling(self, spec: Specification) -> Sampling:
        """How a specification takes the respondents as drawn and weighted."""
        design = self.inf.wave.design
        if spec.weights == "classical":
            return sampling(np.ones(design.n), [_simple(design.n)], "certainty")
        if spec.weights == "unweighted":
            return sampling_of(replace(design, weight=np.ones(design.n), calibration=None, replicates=None))
        if spec.without is None or design.calibration is None or design.replicates is not None:
            return self.inf.sampling
        return sampling_of(self._left_out(design, self._kept(spec)))

    def _position(self, quantity: Quantity) -> int | None:
        if self.completed is None or quantity.share:
            return None
        return next((at for at, b in enumerate(self.completed.batteries) if b.indicator.name == quantity.measure), None)

    def _kept(self, spec: Specification) -> Bools:
        if spec.without is None:
            return np.ones(self.inf.wave.design.n, dtype=bool)
        return np.asarray(level_codes(self.inf.wave, spec.without.name) != spec.without.position)

    def _left_out(self, design: Design, kept: Bools) -> Design:
        """The design whose kept respondents meet the margins anew; the others stay in it with weight 0."""
        assert design.calibration is not None
        margins, base = design.calibration.margins, design.calibration.base_weight
        declared = next((w.design.calibrate for w in self.inf.study.waves if w.name == self.inf.wave.name), None)
        how = () if declared is None else (declared.method, declared.bounds)
        weight = recalibrated_without(design.weight, base, margins, kept, *how)
        calibration = replace(design.calibration, base_weight=np.where(kept, base, 0.0))
        return replace(design, weight=weight, calibration=calibration)


def _simple(n: int) -> tuple[Ints, Ints, Floats]:
    """The one stage of a simple random sample with replacement."""
    return np.zeros(n, dtype=np.intp), np.arange(n, dtype=np.intp), np.full(n, np.inf)

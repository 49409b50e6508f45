"""What specifications are tried on: the answers and the weights of a wave under each choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np

from survey.analyse.imputation import Completed
from survey.analyse.inference import Inference, sampling_of
from survey.analyse.items import Battery, batteries
from survey.analyse.measures import level_codes, numbers, scores
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


def question_answers(wave: Wave, name: str) -> Answers | None:
    """Numbers, (n,), of a question or derived variable; a binary one is 1 at level "1". None for what has neither."""
    variable = wave.instrument.variable(name)
    if variable.type == "binary":
        code = level_codes(wave, name)
        yes = [v.key for v in variable.levels].index("1")
        return {AS_STUDIED: np.where(code < 0, np.nan, (code == yes).astype(float))}
    if not variable.numeric:
        return None
    value = scores(variable) if variable.levels else None
    if value is None:
        return {AS_STUDIED: numbers(wave, name)}
    given = np.append(value, np.nan)[level_codes(wave, name)]
    found: dict[Treatment, Floats] = {AS_STUDIED: given}
    if not variable.derived and (unknown := _unknown(wave, name)).any():
        found["midpoint", "study"] = np.where(unknown, (value.min() + value.max()) / 2, given)
    return found


def _unknown(wave: Wave, name: str) -> Bools:
    found: Bools = wave.missing(name).eq(DONT_KNOW).fillna(False).to_numpy(bool)
    return found


@dataclass(frozen=True)
class Bench:
    """Answers by measure and treatment, samplings by how they weigh.

    Attributes
    ----------
    completed : items with their gaps filled in; None where there is nothing to fill in
    """

    inf: Inference = field(repr=False)
    answers: Mapping[str, Answers] = field(repr=False)
    completed: Completed | None = field(repr=False)

    @classmethod
    def of(cls, inf: Inference, questions: Sequence[str], completed: Completed | None) -> Bench:
        """All indicators and the given questions."""
        found: dict[str, Answers] = {b.indicator.name: indicator_answers(inf.wave, b) for b in batteries(inf.wave)}
        for name in questions:
            if name not in found and inf.respondents.holds(name) and (each := question_answers(inf.wave, name)):
                found[name] = each
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

    def answered(self, measure: str) -> int:
        """Respondents with a value of a measure, in the study's own analysis."""
        return int(np.isfinite(self.answers[measure][AS_STUDIED]).sum())

    def answered_by(self, measure: str, position: int) -> Ints:
        """(levels,) the same in each level of a grouping."""
        grouping = self.inf.groupings[position]
        known = np.isfinite(self.answers[measure][AS_STUDIED]) & (grouping.code >= 0)
        return np.bincount(grouping.code[known], minlength=grouping.size)

    def can_test(self, measure: str, estimand: str) -> bool:
        """Whether a claim about this estimand of a measure can be tried."""
        if measure not in self.answers or estimand not in ("mean", "score100", "proportion"):
            return False
        if estimand == "score100":
            return self._ends(measure) is not None
        binary = self.inf.instrument.has(measure) and self.inf.instrument.variable(measure).type == "binary"
        return binary == (estimand == "proportion")

    def in_units(self, estimate: float, se: float, measure: str, estimand: str) -> tuple[float, float]:
        """A mean in scale points and its error in the units of a claim's estimand."""
        if estimand != "score100" or (ends := self._ends(measure)) is None:
            return estimate, se
        factor = 100 / (ends[1] - ends[0])
        return (estimate - ends[0]) * factor, se * factor

    def _ends(self, measure: str) -> tuple[float, float] | None:
        return next((b.span for b in self.batteries if b.indicator.name == measure), None)

    def applies(self, spec: Specification, measure: str) -> bool:
        """Whether a specification differs from the study's own for a measure, or is that one."""
        if spec.imputed:
            return self._position(measure) is not None
        return spec.treatment in self.answers[measure]

    def values(self, spec: Specification, measure: str) -> Floats:
        """The measure's values, (n,), or (n, M) imputed; the study's own where the specification does not apply."""
        if spec.imputed and self.completed is not None and (at := self._position(measure)) is not None:
            return self.completed.scores(at)
        answers = self.answers[measure]
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

    def _position(self, measure: str) -> int | None:
        used = () if self.completed is None else self.completed.batteries
        return next((at for at, b in enumerate(used) if b.indicator.name == measure), None)

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

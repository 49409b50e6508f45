"""Weights of a wave larger than memory: solved over respondents who are alike, then given to each.

Stages of sampling depend on the distinct rows of the design's columns, calibration on those of the
margins' variables; both are few however many respondents there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import numpy as np
import pandas as pd

from survey.core.design import Calibration, Codes, Design, Floats, Stage
from survey.core.instrument import Instrument
from survey.core.sampling import DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.wave import WEIGHT, Wave
from survey.errors import DesignError, Problem
from survey.prepare.facts import Counted, WeightSums, margins_table, weights_table
from survey.prepare.margins import Margin
from survey.prepare.sample import DesignColumns, as_number, stages_of, unusable, unusable_weights
from survey.prepare.weight import calibrated, goals_of


class Alike:
    """Distinct rows of some columns, in the order in which they are met.

    Attributes
    ----------
    members : respondents of each row; first : source row of the first of them; weight : sum of theirs.
    """

    def __init__(self) -> None:
        self._place: dict[tuple[object, ...], int] = {}
        self._met: list[pd.DataFrame] = []
        self.members, self.first, self.weight = np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int64), np.zeros(0)

    def add(self, columns: pd.DataFrame, rows: pd.Index, weight: Floats) -> Codes:
        """The distinct row of each respondent, (n,)."""
        if not len(columns.columns):
            columns = pd.DataFrame({"everyone": np.zeros(len(columns), dtype=np.int8)})
        local = columns.groupby(list(columns), sort=False, dropna=False, observed=True).ngroup().to_numpy()
        first = np.unique(local, return_index=True)[1]
        keys = columns.iloc[first].astype(object).where(columns.iloc[first].notna(), None)
        known = len(self._place)
        place = np.array([self._place.setdefault(key, len(self._place)) for key in keys.itertuples(False, None)], int)
        new = first[place >= known]
        self._met.append(columns.iloc[new])
        self.first = np.concatenate([self.first, rows.to_numpy(np.int64)[new]])
        code = place[local] if len(local) else np.zeros(0, dtype=np.intp)
        self.members = _grown(self.members, len(self._place)) + np.bincount(code, minlength=len(self._place))
        self.weight = _grown(self.weight, len(self._place)) + np.bincount(code, weight, len(self._place))
        return code

    @property
    def frame(self) -> pd.DataFrame:
        """The distinct rows."""
        return pd.concat([met for met in self._met if len(met)], ignore_index=True)


def _grown(values: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate([values, np.zeros(size - len(values), dtype=values.dtype)])


@dataclass(frozen=True, slots=True)
class Placed:
    """What of one part of the respondents their weights hang on: base weight, and which row they are alike to."""

    base: Floats = field(repr=False)
    of_design: Codes = field(repr=False)
    of_margins: Codes = field(repr=False)


class Sample:
    """The sample as far as it has been met: distinct rows of the design and of the margins' variables."""

    def __init__(self, design: DesignSpec, margins: Sequence[Margin], file: str) -> None:
        refuse(design, file)
        self._design, self._margins, self._file = design, margins, file
        self._bad: list[int] = []
        self.design, self.margins, self.n = Alike(), Alike(), 0

    def add(self, frame: pd.DataFrame, design_columns: pd.DataFrame, rows: pd.Index) -> Placed:
        """Remember some respondents."""
        weight = self._design.weight
        base = np.ones(len(frame)) if weight is None else as_number(design_columns[weight])
        self._bad += unusable(base, rows)
        stages = [n for n in design_columns if n != weight or n in _stage_names(self._design)]
        dims = [d for m in self._margins for d in m.dims if set(m.dims) <= set(frame)]
        self.n += len(frame)
        return Placed(
            base,
            self.design.add(design_columns[stages], rows, base),
            self.margins.add(frame[list(dict.fromkeys(dims))], rows, base),
        )

    def weigh(self, study: StudySpec, spec: WaveSpec, instrument: Instrument) -> Weights:
        """Stages and weights of everyone met; the errors are those of `prepare.weight.weigh`."""
        problems: list[Problem] = []
        if self._bad:
            problems.append(unusable_weights(self._bad, self.n, str(spec.design.weight), self._file))
        drawn = DesignColumns(self.design.frame, pd.Index(self.design.first))
        stages = stages_of(drawn, spec.design, self._file, problems, self.design.members)
        if problems:
            raise DesignError(problems)
        goals = goals_of(self.margins.frame, study, spec, instrument, self._margins, self.margins.weight)
        weight, calibration, steps = calibrated(self.margins.weight, goals, spec.design)
        sample = Counted(
            self.margins.frame, instrument, self.margins.members.astype(float), self.margins.weight, weight
        )
        facts = margins_table(sample, self._margins, [goal.margin.name for goal in goals])
        return Weights(spec, instrument, stages, weight / self.margins.weight, calibration, steps, facts, bool(goals))


def _stage_names(design: DesignSpec) -> set[str]:
    return {*design.strata, *design.psus, *design.fpcs}


def refuse(design: DesignSpec, file: str) -> None:
    """Refuse what no engine but memory carries."""
    hint = "Leave it out, or set engine: memory."
    problems = [
        Problem("study.yaml", None, f"design.{key}", what, "a design that is solved without respondents' rows", hint)
        for key, what, there in (
            ("replicates", "replicate weights of a wave that is counted outside memory", design.replicates),
            ("trim", "trimmed weights of a wave that is counted outside memory", design.trim),
        )
        if there is not None
    ]
    if problems:
        raise DesignError(problems)


@dataclass
class Weights:
    """Weights of a sample, for one part of its respondents after the other.

    Attributes
    ----------
    stages : of the distinct rows of the design; ratio : of new to old weight, of those of the margins.
    """

    spec: WaveSpec
    instrument: Instrument = field(repr=False)
    stages: tuple[Stage, ...] = field(repr=False)
    ratio: Floats = field(repr=False)
    calibration: Calibration | None = field(repr=False)
    steps: int
    margins: pd.DataFrame = field(repr=False)
    fitted: bool
    _given: int = 0
    _sums: list[WeightSums] = field(default_factory=list, repr=False)

    def wave(self, frame: pd.DataFrame, placed: Placed) -> Wave:
        """Some respondents with their weights and their place in the design."""
        weight = placed.base * self.ratio[placed.of_margins]
        stages = tuple(self._stage(at, placed.of_design) for at in range(len(self.stages)))
        calibration = self.calibration and replace(
            self.calibration,
            margins=tuple(code[placed.of_margins] for code in self.calibration.margins),
            base_weight=placed.base,
        )
        self._given += len(frame)
        self._sums.append(WeightSums.of(weight, placed.base))
        d = self.spec.design
        weighted, probability = d.weight is not None or self.fitted, d.sampling == "probability"
        design = Design(weight, stages, d.lonely_psu, d.overlap, weighted, probability, calibration)
        return Wave(self.spec.name, self.instrument, frame.assign(**{WEIGHT: weight}), design)

    def _stage(self, at: int, row: Codes) -> Stage:
        stage = self.stages[at]
        # Without sampling units every respondent is one.
        alone = at >= len(self.spec.design.psus)
        unit = self._given + np.arange(len(row)) if alone else stage.unit[row]
        return Stage(stage.stratum[row], unit, stage.size[row])

    def facts(self) -> Mapping[str, pd.DataFrame]:
        """Tables about the weights, once every part has been given its own."""
        sums, first = reduce(add, self._sums), self.stages[0]
        psus = int(first.unit.max()) + 1 if self.spec.design.psus else sums.n
        table = weights_table(sums, self.steps, int(first.stratum.max()) + 1, psus)
        return {"margins": self.margins, "weights": table}

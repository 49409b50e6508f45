"""What is studied: waves, sampling design, groups, analyses, release rules, targets, claims.

Frozen records without arithmetic or files; `core.schema` makes them from YAML.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from survey.core.engine import EngineSpec
from survey.core.expression import Expression
from survey.core.models import AreasSpec, Decomposition, IndirectSpec, ModelSpec, TypesSpec
from survey.core.qualitative import DocumentsSpec, QualitativeSpec
from survey.core.release import ReleasePolicy
from survey.core.roadmap import Initiative, MaturityRule
from survey.core.sampling import DesignSpec
from survey.core.statements import Claim, Proposition
from survey.core.words import Words
from survey.errors import SurveyError, unknown_name

#: The name that stands for all waves together; no wave may have it.
TREND = "trend"

#: Tests that respect the design, the unweighted battery of textbooks, or one beside the other.
TestMethod = Literal["design", "classical", "both"]
#: Stands for all indicators in `StudySpec.smallest_effect`.
ALL_INDICATORS = "indicators"


@dataclass(frozen=True, slots=True)
class WaveSpec:
    """One fielding of the instrument: where its answers lie and how they were drawn.

    Attributes
    ----------
    mode : how people were asked, in a word such as ``face_to_face``; None where the study does not say.
    """

    name: str
    source: str
    label: Words
    design: DesignSpec
    collected: tuple[date, date] | None = None
    where: Expression | None = None
    format: str = "auto"
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    answers: Literal["codes", "labels", "auto"] = "auto"
    synthetic: bool = False
    engine: EngineSpec = field(default_factory=EngineSpec)
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Respondents who are left out before weighting: those for whom `rule` holds, or who show `flag`.

    Attributes
    ----------
    reason : printed by the report.
    """

    reason: Words
    rule: Expression | None = None
    flag: Literal["straightliner", "speeder"] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A value the city has set itself for a measure, with its horizons.

    Attributes
    ----------
    level : answer whose share the values are
    direction : whether the value is to be reached from below (``up``) or from above (``down``)
    drift_sd : declared standard deviation of a wave's true value around a straight line; None: not declared
    """

    measure: str
    estimand: str
    horizon: Mapping[str, int]
    values: tuple[float, ...]
    example: bool = False
    level: str | None = None
    direction: Literal["up", "down"] = "up"
    drift_sd: float | None = None

    def key(self, every: Iterable[Target], horizon: str = "") -> str:
        """What its rows are called by: the horizon, after what tells the targets of one measure apart."""
        alone = sum(other.measure == self.measure for other in every) == 1
        parts = (horizon,) if alone else (self.estimand, self.level, horizon)
        return " ".join(filter(None, parts))


@dataclass(frozen=True)
class StudySpec:
    """Everything study.yaml says. Paths are as written, relative to the study's folder.

    Attributes
    ----------
    composition : variables whose make-up of the sample a change between waves is split by; empty: the groups.
    frame : frame of dimensions that the study reads by; the instrument declares it.
    smallest_effect : indicator, or `ALL_INDICATORS` → difference in scale points below which nobody would act.
    simulate : what `survey simulate` is told, such as ``{"population": "tangsel"}``.
    """

    study: str
    title: Words
    languages: tuple[str, ...]
    instrument: str
    waves: tuple[WaveSpec, ...]
    design: DesignSpec = field(default_factory=DesignSpec)
    margins: str | None = None
    population: float | None = None
    groups: tuple[str, ...] = ()
    cross: tuple[tuple[str, str], ...] = ()
    conf_level: float = 0.95
    quantile_rule: Literal["school", "math"] = "school"
    adjust: Literal["holm", "fdr_bh", "none"] = "holm"
    method: TestMethod = "design"
    smallest_effect: Mapping[str, float] = field(default_factory=dict)
    seed: int = 1
    release: ReleasePolicy = field(default_factory=ReleasePolicy)
    analyses: tuple[str, ...] | None = None
    min_valid: float = 0.5
    exclude: tuple[Exclusion, ...] = ()
    targets: tuple[Target, ...] = ()
    claims: tuple[Claim, ...] = ()
    propositions: tuple[Proposition, ...] = ()
    decompose: tuple[Decomposition, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    intersections: tuple[str, ...] = ()
    indirect: tuple[IndirectSpec, ...] = ()
    composition: tuple[str, ...] = ()
    areas: AreasSpec | None = None
    tiles: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    types: TypesSpec | None = None
    frame: str | None = None
    initiatives: tuple[Initiative, ...] = ()
    maturity: MaturityRule | None = None
    qualitative: QualitativeSpec | None = None
    documents: DocumentsSpec | None = None
    simulate: Mapping[str, object] = field(default_factory=dict)

    @property
    def trend(self) -> WaveSpec:
        """All waves together, as one more wave that has answers of its own nowhere."""
        days = [day for wave in self.waves for day in wave.collected or ()]
        return WaveSpec(
            TREND,
            source="",
            label=Words(),
            design=self.design,
            collected=(min(days), max(days)) if days else None,
            synthetic=any(wave.synthetic for wave in self.waves),
        )

    def tells(self, wave: WaveSpec) -> QualitativeSpec | None:
        """The coded interviews that are shown with this wave; None where there are none."""
        spec = self.qualitative
        return spec if spec is not None and wave.name == (spec.wave or self.waves[-1].name) else None

    def wave(self, name: str) -> WaveSpec:
        """The wave of that name, or an error that offers the nearest names."""
        known = {w.name: w for w in self.waves}
        if name not in known:
            raise SurveyError(unknown_name("wave", name, known, "study.yaml"))
        return known[name]

"""What a plan rests on: spread, likeness within sampling units, groups and weights of the last wave, or assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from survey.analyse.domains import group_levels, grouping
from survey.analyse.measures import level_codes, numbers, scores
from survey.core.instrument import Instrument
from survey.core.study import StudySpec
from survey.core.variables import Variable
from survey.core.wave import Wave
from survey.errors import Problem, SurveyError, unknown_name
from survey.stats.arrays import Bools, Floats
from survey.stats.calibrate import kish_deff
from survey.stats.clusters import Likeness, Mixing, likeness, mixing

#: Before the first wave: a standard deviation of a quarter of the scale, and respondents of a unit this alike.
ASSUMED_SPREAD, ASSUMED_ICC = 0.25, Likeness(0.05, 0.02, 0.10, float("nan"))
ASSUMED_N, ASSUMED_TAKE = 400, 10


@dataclass(frozen=True, slots=True)
class Size:
    """A planned sample: respondents and primary sampling units."""

    n: float
    psus: float

    @property
    def take(self) -> float:
        """Respondents a sampling unit."""
        return self.n / self.psus


@dataclass(frozen=True, slots=True)
class Measured:
    """A score or number as the last wave found it.

    Attributes
    ----------
    mean : weighted, in its own points; low, span : lowest point and width of its scale
    answered : share of respondents with a value
    answered_in : grouping → (G,) the same in each group
    """

    name: str
    mean: float
    low: float
    span: float
    likeness: Likeness
    answered: float
    answered_in: Mapping[str, Floats] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Grouped:
    """A grouping as the last wave found it; `kish` (G,) is the design effect of weights in each group."""

    by: str
    keys: tuple[str, ...]
    mixing: Mixing = field(repr=False)
    kish: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class Experience:
    """Something that few may have experienced: a binary variable, or the last step towards the use of a service."""

    measure: str
    step: str
    share: float


@dataclass(frozen=True, slots=True)
class Basis:
    """All that a plan takes from the last wave.

    Attributes
    ----------
    wave : its name; None where everything is assumed
    size : its respondents and sampling units; strata : number of strata
    kish : design effect of its weights
    clustered : False where respondents are drawn one by one
    stratum : variable of the strata → weighted respondents of each level; empty where strata have no levels
    """

    wave: str | None
    probability: bool
    size: Size
    strata: float
    kish: float
    clustered: bool
    measures: tuple[Measured, ...] = field(repr=False)
    groupings: tuple[Grouped, ...] = field(repr=False)
    instrument: Instrument = field(repr=False)
    study: StudySpec = field(repr=False)
    stratum: Mapping[str, Mapping[str, float]] = field(default_factory=dict, repr=False)
    experiences: tuple[Experience, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, wave: Wave, study: StudySpec, more: Iterable[str] = ()) -> Basis:
        """The basis of a study's next wave; `more` names measures beside the indicators."""
        design, instrument = wave.design, wave.instrument
        groupings = tuple(_grouped(wave, by) for by in study.groups if by in wave.frame)
        named = dict.fromkeys([*(i.name for i in instrument.indicators), *more])
        measures = tuple(_measured(wave, name, groupings, study) for name in named if name in wave.frame)
        size = Size(design.n, design.n_psu)
        weight = kish_deff(design.weight)
        return cls(
            wave.name,
            design.probability,
            size,
            design.n_strata,
            weight,
            not design.elementwise,
            measures,
            groupings,
            instrument,
            study,
            _strata(wave, study),
            tuple(_experiences(wave)),
        )

    @classmethod
    def assumed(cls, instrument: Instrument, study: StudySpec) -> Basis:
        """The basis before a first wave: groups of equal size, spread over all units, and stated assumptions."""
        clustered = bool(study.design.psus)
        take = ASSUMED_TAKE if clustered else 1
        size = Size(ASSUMED_N, ASSUMED_N / take)
        groupings = tuple(_evenly(by, group_levels(instrument, by), take, size) for by in study.groups)
        measures = []
        for indicator in instrument.indicators:
            if (ends := instrument.item_range(indicator)) is not None:
                span = ends[1] - ends[0]
                alike = Likeness(*(_assumed_icc(clustered)), ASSUMED_SPREAD * span)
                everyone = {g.by: np.ones(len(g.keys)) for g in groupings}
                measures.append(Measured(indicator.name, float("nan"), ends[0], span, alike, 1.0, everyone))
        probability = study.design.sampling == "probability"
        return cls(None, probability, size, 1, 1.0, clustered, tuple(measures), groupings, instrument, study)

    def measure(self, name: str) -> Measured:
        """The measure of that name, or an error that offers the nearest."""
        known = {m.name: m for m in self.measures}
        if name not in known:
            raise SurveyError(unknown_name("indicator", name, known))
        return known[name]

    def grouping(self, by: str) -> Grouped:
        """The grouping of that name, or an error that offers the nearest."""
        known = {g.by: g for g in self.groupings}
        if by not in known:
            raise SurveyError(unknown_name("group", by, known))
        return known[by]

    def planned(self, n: float | None = None, psus: float | None = None) -> Size:
        """A size; what is not given is taken from the last wave: its n, its respondents a sampling unit.

        Raises
        ------
        SurveyError
            If there are fewer than two sampling units a stratum, or more of them than respondents.
        """
        size = self._size(n, psus)
        wrong = size.n < 2 or size.psus > size.n or (self.probability and size.psus < 2 * self.strata)
        if wrong:
            found = f"{size.n:g} respondents in {size.psus:g} sampling units"
            least = f"at least two sampling units in each of {self.strata:g} strata, and a respondent in each unit"
            raise SurveyError(Problem(found=found, expected=least, hint="Choose other numbers for --n and --psus."))
        return size

    def _size(self, n: float | None, psus: float | None) -> Size:
        if not self.clustered:
            if psus is not None and psus != (n or self.size.n):
                raise SurveyError(
                    Problem(column="--psus", found=f"{psus:g}", expected="no sampling units: the study declares no psu")
                )
            return Size(n or self.size.n, n or self.size.n)
        if n is None and psus is not None:
            return Size(psus * self.size.take, psus)
        wanted = self.size.n if n is None else n
        return Size(wanted, psus if psus is not None else max(round(wanted / self.size.take), 1))


def _assumed_icc(clustered: bool) -> tuple[float, float, float]:
    alike = ASSUMED_ICC
    return (alike.icc, alike.low, alike.high) if clustered else (0.0, 0.0, 0.0)


def _grouped(wave: Wave, by: str) -> Grouped:
    code, design = grouping(wave, (by,)).code, wave.design
    keys = group_levels(wave.instrument, by)
    kish = [kish_deff(design.weight[code == g]) if (code == g).any() else float("nan") for g in range(len(keys))]
    return Grouped(by, keys, mixing(code, len(keys), design.psu, design.stratum), np.array(kish))


def _measured(wave: Wave, name: str, groupings: Iterable[Grouped], study: StudySpec) -> Measured:
    value, design = _values(wave, name), wave.design
    known = np.isfinite(value)
    mean = float(np.average(value[known], weights=design.weight[known])) if known.any() else float("nan")
    alike = likeness(value, design.psu, design.stratum, study.conf_level)
    inside = {}
    for g in groupings:
        code = grouping(wave, (g.by,)).code
        each = np.bincount(code[code >= 0], known[code >= 0], len(g.keys))
        inside[g.by] = each / np.maximum(np.bincount(code[code >= 0], minlength=len(g.keys)), 1)
    return Measured(name, mean, *_scale(wave, name), alike, float(known.mean()), inside)


def _values(wave: Wave, name: str) -> Floats:
    """A score, a number, or the numbers of an ordinal scale's codes."""
    if not wave.instrument.has(name) or not wave.instrument.variable(name).levels:
        return numbers(wave, name)
    code, points = level_codes(wave, name), _points(wave.instrument.variable(name))
    if points is None:
        return np.full(len(code), np.nan)
    found: Floats = np.where(code >= 0, points[np.maximum(code, 0)], np.nan)
    return found


def _points(variable: Variable) -> Floats | None:
    """Numbers of a scale's codes; 0 and 1 for a binary variable, whose mean is a share."""
    return np.arange(2.0) if variable.type == "binary" else scores(variable)


def _scale(wave: Wave, name: str) -> tuple[float, float]:
    """Lowest point and width of the scale; NaN where it is not known."""
    instrument = wave.instrument
    known = {i.name: i for i in instrument.indicators}
    if name in known:
        ends = instrument.item_range(known[name])
    else:
        points = _points(instrument.variable(name))
        ends = (float(points.min()), float(points.max())) if points is not None and len(points) else None
    return (ends[0], ends[1] - ends[0]) if ends else (float("nan"), float("nan"))


def _strata(wave: Wave, study: StudySpec) -> dict[str, dict[str, float]]:
    """Weighted respondents of each stratum, where the first stage's is a variable with levels."""
    names = study.wave(wave.name).design.strata[:1]
    if not names or not wave.instrument.has(names[0]) or names[0] not in wave.frame:
        return {}
    keys = [level.key for level in wave.instrument.variable(names[0]).levels]
    if not keys:
        return {}
    code = level_codes(wave, names[0])
    total = np.bincount(code[code >= 0], wave.design.weight[code >= 0], len(keys))
    return {names[0]: dict(zip(keys, map(float, total), strict=True))}


def _experiences(wave: Wave) -> Iterator[Experience]:
    """Binary derived variables, and the last step of every service's funnel."""
    instrument, weight = wave.instrument, wave.design.weight
    for derived in instrument.derived:
        if derived.type == "binary" and derived.name in wave.frame:
            code = level_codes(wave, derived.name)
            yield Experience(derived.name, "", _share(code >= 1, code >= 0, weight))
    for funnel in instrument.divide.funnels:
        for question in instrument.questions:
            if question.scale and question.scale.name == funnel.scale and question.name in wave.frame:
                last, keys = funnel.steps[-1], [level.key for level in question.levels]
                code = level_codes(wave, question.name)
                yield Experience(question.name, last.name, _share(code >= keys.index(last.least), code >= 0, weight))


def _share(has: Bools, known: Bools, weight: Floats) -> float:
    return float(weight[has & known].sum() / weight[known].sum()) if known.any() else float("nan")


def _evenly(by: str, keys: tuple[str, ...], take: float, size: Size) -> Grouped:
    """Groups of equal size, each respondent's drawn independently of the unit."""
    g = len(keys)
    share = np.full(g, 1 / g)
    either = np.where(np.eye(g, dtype=bool), 1 / g, 2 / g)
    held = 1 - (1 - np.minimum(either, 1)) ** take
    return Grouped(
        by, keys, Mixing(share, np.full((g, g), 1 / g**2), held, np.ones((g, g)), 1.0, 1.0, take), np.ones(g)
    )

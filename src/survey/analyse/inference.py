"""Sums + design → estimates with their uncertainty. The only caller of `stats.variance`.

An `Inference` holds what all analyses of a wave share: the respondents, the domains' names, the study.
`evaluate` turns linearised estimates into values with error, interval, df, status; `rows.Rows` writes
them into the estimates table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

import numpy as np

from survey.analyse.domains import DomainNames
from survey.analyse.respondents import InMemory, Respondents
from survey.analyse.respondents import sampling_of as sampling_of
from survey.core import estimates
from survey.core.instrument import Instrument
from survey.core.interviews import Interviews
from survey.core.study import StudySpec
from survey.core.wave import Wave
from survey.core.words import Words
from survey.errors import SurveyError
from survey.stats import interval
from survey.stats.arrays import Floats
from survey.stats.influence import Linearised
from survey.stats.sampling import Sampling
from survey.stats.tally import Grouping, Tally
from survey.stats.variance import Estimator, estimated, variance

Kind = Literal["mean", "share", "total"]

#: Errors below this part of the answers' spread are rounding: the estimate has no sampling error.
ROUNDING = 1e-10

_STATUS = np.array([estimates.OK, estimates.IMPRECISE, estimates.NOT_ESTIMABLE], dtype=object)
NO_ANSWERS = "no answers in this group"
ONE_UNIT = "fewer than two sampling units a stratum hold an answer"
NO_ERROR = "the standard error is zero although answers vary"
NEEDS_ROWS = "this analysis needs the respondents' rows in memory: leave it out of `analyses`, or set engine: memory"

#: A study that declares nothing, for respondents analysed outside one.
UNDECLARED = StudySpec("", Words(), (), "", ())


class NotApplicable(Exception):
    """An analysis does not apply to a wave; the message is the reason, a sentence that reports translate."""


@dataclass(frozen=True)
class Inference:
    """What every analysis of one wave shares.

    Attributes
    ----------
    names : of the D domains of all breakdowns: everyone first, then each group, then each crossing.
    study : what analyses are told beyond the data: adjustment, seed, declared effects.
    interviews : coded interviews that are shown with this wave.
    """

    respondents: Respondents = field(repr=False)
    names: DomainNames = field(repr=False)
    conf_level: float = 0.95
    study: StudySpec = field(default=UNDECLARED, repr=False)
    interviews: Interviews | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        wave: Wave,
        groups: Sequence[str] = (),
        cross: Sequence[tuple[str, str]] = (),
        conf_level: float = 0.95,
    ) -> Inference:
        """The inference of a wave in memory over everyone, each of `groups` and each pair of `cross`."""
        return cls.about(InMemory.of(wave, groups, cross), conf_level)

    @classmethod
    def within(cls, study: StudySpec, respondents: Respondents) -> Inference:
        """The inference of a study's respondents, as the study declares it."""
        return cls.about(respondents, study.conf_level, study)

    @classmethod
    def about(cls, respondents: Respondents, conf_level: float = 0.95, study: StudySpec = UNDECLARED) -> Inference:
        """The inference of respondents, wherever they lie, over all their breakdowns."""
        names = DomainNames.of(respondents.instrument, respondents.breakdowns)
        return cls(respondents, names, conf_level, study)

    @property
    def instrument(self) -> Instrument:
        """What was asked."""
        return self.respondents.instrument

    @property
    def sampling(self) -> Sampling:
        """How the respondents were drawn."""
        return self.respondents.sampling

    @property
    def probability(self) -> bool:
        """Whether the sample carries standard errors."""
        return self.respondents.probability

    @property
    def wave(self) -> Wave:
        """The respondents' rows; SurveyError where they lie outside memory."""
        return self._rows().wave

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """Domain of each respondent in every breakdown; SurveyError where they lie outside memory."""
        return self._rows().groupings

    def random(self, purpose: str) -> np.random.Generator:
        """Random numbers that hang on the study's seed, the wave and the purpose alone."""
        return np.random.default_rng([self.study.seed, crc32(self.respondents.name.encode()), crc32(purpose.encode())])

    def _rows(self) -> InMemory:
        if not isinstance(self.respondents, InMemory):
            raise SurveyError(f"wave {self.respondents.name}: {NEEDS_ROWS}")
        return self.respondents


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Estimates of D domains × m estimands with their uncertainty; NaN where there is none."""

    estimate: Floats
    std_error: Floats
    low: Floats
    high: Floats
    df: Floats
    deff: Floats
    status: np.ndarray
    note: np.ndarray
    method: np.ndarray


def evaluate(
    inf: Inference,
    tally: Tally,
    estimator: Estimator,
    kind: Kind,
    span: float | None = None,
    with_deff: bool = True,
) -> Evaluated:
    """Errors, intervals, df and status of estimates by the contract's exact meanings.

    Parameters
    ----------
    estimator : from weighted sums to linearised estimates, one of `stats.influence`
    kind : ``share`` has a logit interval, or Clopper–Pearson at 0 and 1; the others are ± t·SE
    span : width of the answers' scale, for the precision flag of a mean; None: not judged
    """
    if not inf.probability:
        return _without_error(tally, estimator(tally.total), kind)
    lin, squared = estimated(tally, estimator, inf.sampling)
    shape = lin.estimate.shape
    n = np.broadcast_to(tally.n[:, None].astype(float), shape)
    df = np.broadcast_to(tally.df[:, None].astype(float), shape)
    se = np.sqrt(np.maximum(squared, 0))
    varies = lin.spread > ROUNDING * np.maximum(np.abs(np.nan_to_num(lin.estimate)), 1e-300)
    no_error = varies & (se <= ROUNDING * lin.spread)
    se = np.where(no_error | ((kind != "total") & ~varies), 0.0, se)
    se = np.where((kind == "total") & (lin.estimate == 0), np.nan, se)
    if (no_error & (df >= 1)).any():
        no_error &= ~_fixed(inf, tally, lin)
    note = np.full(shape, None, dtype=object)
    note[no_error] = NO_ERROR
    note[df < 1] = ONE_UNIT
    note[n == 0] = NO_ANSWERS
    blank = (n == 0) | (df < 1) | no_error
    found = _intervals(inf, lin.estimate, se, df, n, kind)
    deff = _deff(found[0], lin.spread, n) if with_deff and kind != "total" else np.full(shape, np.nan)
    status = np.where(blank, 2, _imprecise(kind, found, df, n, deff, span).astype(int))
    value, error, low, high, df, deff = (np.where(blank, np.nan, x) for x in (lin.estimate, *found[:3], df, deff))
    return Evaluated(value, error, low, high, df, deff, _STATUS[status], note, found[3])


def _without_error(tally: Tally, lin: Linearised, kind: Kind) -> Evaluated:
    shape = lin.estimate.shape
    nan = np.full(shape, np.nan)
    n = np.broadcast_to(tally.n[:, None], shape)
    status = np.where(n == 0, 2, ((n < 30) & (kind != "total")).astype(int))
    note = np.full(shape, None, dtype=object)
    note[n == 0] = NO_ANSWERS
    method = np.full(shape, "nonprobability sample: no standard error", dtype=object)
    value = np.where(n == 0, np.nan, lin.estimate)
    return Evaluated(value, nan, nan, nan, nan, nan, _STATUS[status], note, method)


def _fixed(inf: Inference, tally: Tally, lin: Linearised) -> np.ndarray:
    """Where calibration or stratification fixes a value, so that an error of 0 is the truth."""
    if inf.sampling.replicates is not None:
        return np.zeros(lin.estimate.shape, dtype=bool)
    if inf.sampling.projection is not None:
        uncalibrated = np.sqrt(np.maximum(variance(tally, lin.value, inf.sampling, calibrated=False), 0))
        return uncalibrated > ROUNDING * lin.spread
    constant = np.array([_constant_in_strata(inf, tally, d) for d in range(len(tally.n))])
    return np.broadcast_to(constant[:, None], lin.estimate.shape)


def _constant_in_strata(inf: Inference, tally: Tally, domain: int) -> bool:
    s = inf.sampling
    if tally.unit is not None:
        stratum = np.zeros(s.n_units, dtype=np.intp)
        stratum[s.unit] = s.stratum
        sums = np.zeros((s.n_strata, tally.unit.shape[2]))
        np.add.at(sums, stratum, tally.unit[domain])
        return bool(((sums > 0).sum(axis=1) <= 1).all())
    for e in tally.elements:
        if domain < e.domains:
            if e.level is None:
                return False
            mine = e.cell % e.domains == domain
            pairs = np.unique(np.stack([e.cell[mine], e.level[mine]]), axis=1)
            return bool(len(np.unique(pairs[0])) == pairs.shape[1])
        domain -= e.domains
    return False


def _intervals(
    inf: Inference, estimate: Floats, se: Floats, df: Floats, n: Floats, kind: Kind
) -> tuple[Floats, Floats, Floats, np.ndarray]:
    base = variance_method(inf)
    if kind != "share":
        low, high = interval.wald(estimate, se, df, inf.conf_level)
        return se, low, high, np.full(estimate.shape, f"{base}, t interval", dtype=object)
    p = np.clip(estimate, 0, 1)
    p = np.where(np.abs(p) < 1e-12, 0.0, np.where(np.abs(1 - p) < 1e-12, 1.0, p))
    low, high = interval.logit(p, se, df, inf.conf_level)
    edge = (p == 0) | (p == 1)
    exact_low, exact_high = interval.clopper_pearson(np.where(edge, p * n, 0), n, inf.conf_level)
    method = np.where(edge, "Clopper-Pearson interval on n", f"{base}, logit interval").astype(object)
    return (
        np.where(edge, np.nan, se),
        np.where(edge, exact_low, low),
        np.where(edge, exact_high, high),
        method,
    )


def variance_method(inf: Inference) -> str:
    """How standard errors of this wave come about, for the column `method`."""
    if inf.sampling.replicates is not None:
        return f"{inf.sampling.replicates.size} replicate weights"
    return "Taylor linearisation" + (", calibrated" if inf.sampling.projection is not None else "")


def _deff(se: Floats, spread: Floats, n: Floats) -> Floats:
    simple = np.divide(spread**2, n - 1, out=np.full_like(se, np.nan), where=n > 1)
    return np.divide(se**2, simple, out=np.full_like(se, np.nan), where=simple > 0)


def _imprecise(
    kind: Kind,
    found: tuple[Floats, Floats, Floats, np.ndarray],
    df: Floats,
    n: Floats,
    deff: Floats,
    span: float | None,
) -> np.ndarray:
    se, low, high, _ = found
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "total":
            middle = np.abs(low + high) / 2
            return np.asarray(se > 0.25 * middle)
        if kind == "share":
            effective = np.where(deff > 0, n / deff, n)
            return (effective < 30) | (high - low > 0.30)
        wide = (high - low) / 2 > 0.10 * span if span is not None else np.zeros(n.shape, dtype=bool)
    return (n < 30) | (df < 8) | wide

"""What all analyses of a wave share: the respondents, the domains' names, the study.

`evaluate` turns linearised estimates into values with error, interval, df, status; `rows.Rows` writes
them into the estimates table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from survey.analyse import evaluation
from survey.analyse.domains import DomainNames
from survey.analyse.evaluation import Evaluated, Kind
from survey.analyse.respondents import InMemory, Respondents
from survey.core.instrument import Instrument
from survey.core.interviews import Interviews
from survey.core.study import StudySpec
from survey.core.wave import Wave
from survey.core.words import Words
from survey.errors import SurveyError
from survey.stats.products import Grouping
from survey.stats.sampling import Sampling
from survey.stats.tallied import Tally
from survey.stats.variance import Estimator

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
        return evaluation.without_error(tally, estimator, kind)
    return evaluation.with_error(tally, estimator, kind, inf.sampling, inf.conf_level, span, with_deff)


def variance_method(inf: Inference) -> str:
    """How standard errors of this wave come about, for the column `method`."""
    return evaluation.variance_method(inf.sampling)

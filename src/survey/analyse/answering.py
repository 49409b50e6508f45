"""A wave's answers as the checks of response quality see them, and the rows that the checks add to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from survey.analyse import dispositions
from survey.analyse.inference import Inference, evaluate
from survey.analyse.items import Battery, batteries, everyone_and_groups
from survey.analyse.means import mean_of
from survey.analyse.measures import described
from survey.analyse.rows import Rows
from survey.core.missing import BLANK, DONT_KNOW, REFUSED
from survey.core.wave import Wave
from survey.stats import influence
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.tally import level_tally

#: Kinds of item nonresponse; an answer is 0, these count from 1, and what was not asked is −1.
KINDS = (BLANK, DONT_KNOW, REFUSED)
NOT_ASKED = -1
#: Roles whose questions the fieldwork fills in, so that no respondent can leave them out.
FILLED_IN = frozenset({"duration", "mode", "disposition"})
#: Stands for the whole questionnaire in place of a measure; the table's cell is empty.
WHOLE = ""


@dataclass(frozen=True)
class Answering:
    """Who was interviewed and what came of each question.

    Attributes
    ----------
    rows : the estimates table under construction
    """

    inf: Inference = field(repr=False)
    rows: Rows = field(repr=False)

    @property
    def wave(self) -> Wave:
        """The wave."""
        return self.inf.wave

    @cached_property
    def interviewed(self) -> Bools:
        """(n,) whether there was an interview."""
        return dispositions.interviewed(self.wave)

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """Questions that respondents answer and that the wave asked."""
        asked = (v for v in described(self.wave.instrument) if not v.derived and v.role not in FILLED_IN)
        return tuple(v.name for v in asked if v.name in self.wave.frame)

    @cached_property
    def kinds(self) -> Ints:
        """(n, questions) 0 for an answer, 1 … for the kinds of nonresponse, −1 not asked or not interviewed."""
        found = np.full((len(self.wave.frame), len(self.questions)), NOT_ASKED, dtype=np.intp)
        for column, name in enumerate(self.questions):
            missing = self.wave.missing(name).cat
            known = [KINDS.index(kind) + 1 if kind in KINDS else NOT_ASKED for kind in missing.categories]
            found[:, column] = np.array([*known, 0])[missing.codes.to_numpy()]
        found[~self.interviewed] = NOT_ASKED
        return found

    @cached_property
    def batteries(self) -> tuple[Battery, ...]:
        """The items of each indicator."""
        return tuple(batteries(self.wave))

    @cached_property
    def span(self) -> tuple[float, float] | None:
        """Ends of the scale where the items of all indicators share it."""
        ends = {battery.span for battery in self.batteries}
        return next(iter(ends)) if len(ends) == 1 else None

    def add_share(self, measure: str, estimand: str, flagged: Bools, base: Bools, level: str | None = None) -> None:
        """Append the share of flagged respondents in `base`, for everyone and each group."""
        groupings, names = everyone_and_groups(self.inf)
        code = np.where(base & self.interviewed, flagged.astype(np.intp), -1)
        tally = level_tally(code, 2, groupings, self.inf.sampling)
        share = partial(influence.share_of, chosen=np.array([False, True]))
        found = evaluate(self.inf, tally, share, "share")
        n_level, levels = tally.count[:, 1], [level]
        self.rows.add(measure, estimand, found, tally, level=levels, n_level=n_level, unit="proportion", names=names)

    def add_mean(self, measure: str, estimand: str, y: Floats, span: float, unit: str) -> None:
        """Append the mean of a number, NaN where it has no value, for everyone and each group."""
        groupings, names = everyone_and_groups(self.inf)
        found, tally = mean_of(self.inf, np.where(self.interviewed, y, np.nan), groupings, span)
        self.rows.add(measure, estimand, found, tally, unit=unit, names=names)

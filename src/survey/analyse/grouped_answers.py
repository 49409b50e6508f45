"""Answer patterns of each indicator in the groups that are compared, for the analyses that ask what they mean there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from survey.analyse.domains import group_levels, grouping
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.items import batteries
from survey.stats.arrays import Bools
from survey.stats.patterns import Patterns, by_group

NO_INDICATORS = "The study has no indicators."
NO_GROUPS = "The study compares no groups."
#: An item with more different answers is a number, not an ordinal scale.
MOST_LEVELS = 10
LEAST_ITEMS = 3
FEW_ITEMS = "fewer than three items"
NUMBERS = "an item is a number, not an ordinal scale"


@dataclass(frozen=True, slots=True)
class GroupedAnswers:
    """Complete answers to the items of a measure in the groups of one grouping.

    Attributes
    ----------
    by : name of the grouping; levels : of its groups
    patterns : of each group, levels of answers numbered alike
    """

    measure: str
    items: tuple[str, ...]
    by: str
    levels: tuple[str, ...]
    patterns: Sequence[Patterns] = field(repr=False)

    @property
    def n(self) -> int:
        """Complete cases of all groups."""
        return int(sum(group.n for group in self.patterns))

    @property
    def unsuitable(self) -> str | None:
        """Why the items are no ordinal scale whose meaning could be tested; None where they are."""
        if len(self.items) < LEAST_ITEMS:
            return FEW_ITEMS
        return NUMBERS if self.patterns[0].categories.max() > MOST_LEVELS else None

    def with_at_least(self, n: int) -> Bools:
        """Which groups have at least n complete cases."""
        return np.array([group.n for group in self.patterns]) >= n


def grouped_answers(inf: Inference) -> Iterator[GroupedAnswers]:
    """Every indicator by each of the study's groups, and by the mode of the interview where it is known.

    Raises
    ------
    NotApplicable
        Where the wave has no indicator or the study no groups.
    """
    scales, names = list(batteries(inf.wave)), compared(inf)
    if not scales:
        raise NotApplicable(NO_INDICATORS)
    if not names:
        raise NotApplicable(NO_GROUPS)
    groups = [(name, group_levels(inf.instrument, name), grouping(inf.wave, (name,)).code) for name in names]
    for scale in scales:
        answers = scale.scored
        held = np.isfinite(answers).all(axis=1)
        for name, levels, code in groups:
            known = held & (code >= 0)
            yield GroupedAnswers(
                scale.indicator.name, scale.names, name, levels, by_group(answers[known], code[known], len(levels))
            )


def compared(inf: Inference) -> tuple[str, ...]:
    """Names of the groupings: the study's, then questions of role `mode`."""
    modes = (q.name for q in inf.instrument.by_role("mode") if q.levels and q.name in inf.wave.frame)
    singles = (names[0] for names in inf.respondents.breakdowns if len(names) == 1)
    return tuple(dict.fromkeys([*singles, *modes]))

"""What analyses over several waves share: each wave's inference and what was released of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from survey.analyse.inference import Inference
from survey.core.instrument import Instrument
from survey.core.study import TREND, StudySpec

if TYPE_CHECKING:
    from survey.analyse.occasions import Occasions


@dataclass(frozen=True)
class Waves:
    """The waves of a study that have been estimated, in time order.

    Attributes
    ----------
    inferences : one a wave, all over the same breakdowns where the waves hold their variables
    released : wave → its estimates table after disclosure control
    """

    inferences: tuple[Inference, ...] = field(repr=False)
    released: Mapping[str, pd.DataFrame] = field(repr=False)
    study: StudySpec = field(repr=False)
    instrument: Instrument = field(repr=False)

    #: What the column `wave` of a comparison of waves holds.
    name = TREND

    @cached_property
    def occasions(self) -> Occasions:
        """What may be compared, found once for every analysis of these waves."""
        from survey.analyse.occasions import Occasions  # it loads the models of invariance, which one wave does without

        return Occasions.of(self.study, self.inferences)

    @property
    def pairs(self) -> tuple[tuple[Inference, Inference], ...]:
        """Every two waves, the later first: neighbours, then the others."""
        places = sorted(combinations(range(len(self.inferences)), 2), key=lambda two: (two[1] - two[0], two))
        return tuple((self.inferences[later], self.inferences[earlier]) for earlier, later in places)

    def __len__(self) -> int:
        return len(self.inferences)

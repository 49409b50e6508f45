"""What every comparison of waves asks of them: which two are compared, what they share, what may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from survey.analyse import comparability
from survey.analyse.comparability import Asked, Verdict
from survey.analyse.inference import Inference
from survey.analyse.sharing import by_unit, sharing
from survey.core.study import StudySpec
from survey.stats.change import SharedUnits


@dataclass(frozen=True)
class Occasions:
    """The waves of a study, made once for all that compares them: models of invariance are slow to fit.

    Attributes
    ----------
    inferences : in time order; pairs : positions of the waves compared, the later first
    """

    study: StudySpec = field(repr=False)
    inferences: tuple[Inference, ...] = field(repr=False)

    @classmethod
    def of(cls, study: StudySpec, inferences: Sequence[Inference]) -> Occasions:
        """The waves, with sums by unit where any two share something."""
        shares = any(spec.design.overlap != "none" for spec in study.waves)
        return cls(study, tuple(map(by_unit, inferences)) if shares else tuple(inferences))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Each wave and the one before; where there are more than two, also the last and the first."""
        last = len(self.inferences) - 1
        return [(k + 1, k) for k in range(last)] + [(last, 0)] * (last > 1)

    @cached_property
    def shared(self) -> dict[tuple[int, int], SharedUnits | None]:
        """The units of every two waves, neighbours or not."""
        every = [(b, a) for a, b in combinations(range(len(self.inferences)), 2)]
        return {(b, a): sharing(self.inferences[b], self.inferences[a]) for b, a in every}

    @cached_property
    def verdicts(self) -> dict[tuple[int, int], dict[str, Verdict]]:
        """Pair → measure → whether it may be compared."""
        asked = [Asked(inf) for inf in self.inferences]
        return {(b, a): {v.measure: v for v in comparability.verdicts(asked[b], asked[a])} for b, a in self.pairs}

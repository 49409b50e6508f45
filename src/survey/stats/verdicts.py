"""Verdicts on published statements, and how many ways to analyse agree with one.

References
----------
Schuirmann, D. J. (1987). J. Pharmacokinet. Biopharm. 15, 657-680 (a value within bounds).
Berger, R. L. (1982). Multiparameter hypothesis testing. Technometrics 24, 295-300 (intersection-union).
Steegen, S. et al. (2016). Increasing transparency through a multiverse analysis. Perspectives on
Psychological Science 11, 702-712.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from survey.stats.arrays import Floats
from survey.stats.multiplicity import Method, adjusted

Verdict = Literal["supported", "contradicted", "undecided"]


def value_verdict(narrow: tuple[float, float], wide: tuple[float, float], value: float, equivalence: float) -> Verdict:
    """Whether a share or mean is `value`, give or take `equivalence`.

    Parameters
    ----------
    narrow, wide : intervals at 1 − 2α and at 1 − α
    """
    low, high = value - equivalence, value + equivalence
    if narrow[0] >= low and narrow[1] <= high:
        return "supported"
    return "contradicted" if wide[1] < low or wide[0] > high else "undecided"


def joint_verdict(supporting: Floats, opposing: Floats, alpha: float) -> Verdict:
    """Whether a statement that k things hold together is borne out, from the one-sided p for and against each.

    Parameters
    ----------
    supporting, opposing : (k,) p; NaN supports nothing and opposes nothing
    """
    if (supporting < alpha).all():
        return "supported"
    return "contradicted" if (adjusted(opposing, "holm") < alpha).any() else "undecided"


def own_verdicts(
    supporting: Floats, opposing: Floats, alpha: float, method: Method = "holm"
) -> tuple[list[Verdict], Floats]:
    """Verdict on each of k things for itself, adjusted over them, and the adjusted p for each."""
    for_it, against = adjusted(supporting, method), adjusted(opposing, method)
    words: list[Verdict] = [
        "supported" if p < alpha else "contradicted" if q < alpha else "undecided"
        for p, q in zip(for_it, against, strict=True)
    ]
    return words, for_it


@dataclass(frozen=True, slots=True)
class Agreement:
    """Share of the ways to analyse that say the same as the first; `differing` are the places of those that do not."""

    share: float
    differing: tuple[int, ...]


def agreement(said: Sequence[object]) -> Agreement:
    """How many of the later entries equal the first; NaN where there are none.

    No test over them: they rest on the same answers.
    """
    differing = tuple(at for at, each in enumerate(said) if each != said[0])
    others = len(said) - 1
    return Agreement(1 - len(differing) / others if others else float("nan"), differing)

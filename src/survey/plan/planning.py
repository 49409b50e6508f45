"""The plan of the next wave: one table a question, each with what must be said beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from survey.plan import allocation, comparisons, precision, rare, targets
from survey.plan.basis import Basis, Size
from survey.prepare.margins import Margin

NO_MARGIN = (
    "The study declares a sample without known probabilities: no margin of error, no power and no effective size exist,"
    " whatever its number of respondents. The sizes above hold for probability samples only."
)


@dataclass(frozen=True, slots=True)
class Part:
    """One question of the planner: its table, and notes below it; `printed` is what people read of the table."""

    name: str
    title: str
    table: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()
    printed: pd.DataFrame | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned wave and what it will be able to show."""

    basis: Basis
    size: Size
    parts: tuple[Part, ...]

    def table(self, name: str) -> pd.DataFrame:
        """The table of one part; KeyError where the plan has none of that name."""
        return {part.name: part.table for part in self.parts}[name]


def plan(
    basis: Basis,
    n: float | None = None,
    psus: float | None = None,
    margin: float = 0.05,
    margins: Iterable[Margin] = (),
) -> Plan:
    """The plan of a wave of `n` respondents in `psus` sampling units; by default as large as the last.

    Parameters
    ----------
    margin : half-width of a share's interval that the sample-size rules and the second frame aim at
    margins : population margins of the study, for the allocation over the strata

    Raises
    ------
    SurveyError
        If the size cannot hold the design.
    """
    size = basis.planned(n, psus)
    parts = [part for part in _parts(basis, size, margin, tuple(margins)) if len(part.table)]
    return Plan(basis, size, tuple(parts))


def _parts(basis: Basis, size: Size, margin: float, margins: tuple[Margin, ...]) -> Iterator[Part]:
    rules = precision.by_rule(margin, basis.study.conf_level, basis.study.population)
    note = "A margin of error is not 1 - confidence. With a design effect of deff, multiply n by deff."
    yield Part("sample_sizes", "Sample size by the usual rules", rules, (note,))
    if not basis.probability:
        yield Part("no_margin", "Precision", pd.DataFrame({"planned n": [round(size.n)]}), (NO_MARGIN,))
        return
    yield Part("design", "The planned sample", precision.whole(basis, size), _of_design(basis))
    alike = "deff = Kish x (1 + (take - 1) x ICC); the interval of ICC comes from the last wave's answers."
    yield Part("likeness", "How alike people of one sampling unit are", precision.likenesses(basis, size), (alike,))
    yield Part("groups", "Margins of error by group", precision.by_group(basis, size), _of_groups(basis))
    yield from _compared(basis, size)
    told = (
        "Change against the last wave, two independent samples; the level is shared by the targets. n: respondents"
        " needed with as many a sampling unit, at least two units a stratum; none (-) where the last wave's own error"
        " is too large.",
    )
    yield Part("targets", "Targets", targets.targets(basis, size), told)
    if (strata := allocation.shares(basis, margins)) is not None:
        yield Part(
            "allocation", "Allocation over the strata", allocation.allocation(basis, size, strata), _OF_ALLOCATION
        )
    yield Part(
        "second_frame", "Rare experience: a second frame", rare.experiences(basis, size, margin), _OF_SECOND_FRAME
    )


def _compared(basis: Basis, size: Size) -> Iterator[Part]:
    found = comparisons.pairs(basis, size)
    if not len(found):
        return
    at = comparisons.levels(basis)
    title = "What differences between groups would be announced"
    notes = (
        f"A pair is announced when its own test and the test of its grouping both pass: {at.pairs} pairs and {at.tests}"
        f" groupings x indicators share the level ({basis.study.adjust}; one gap among none stands at"
        f" {at.pair:.3g} and {at.omnibus:.3g}).",
        "Gaps in scale points that are announced with a probability of 80 and 95 per cent; power at the declared"
        " smallest effect, or a tenth of the scale. What calibration gains is left out: the true gaps may be smaller.",
    )
    yield Part("comparisons", title, found, notes, comparisons.by_grouping(found))


def _of_design(basis: Basis) -> tuple[str, ...]:
    if basis.wave is None:
        said = "No wave has answers yet: a standard deviation of a quarter of the scale, an intraclass correlation of"
        return (f"{said} 0.05 (0.02 to 0.10), equal weights and groups of equal size are assumed.",)
    return (f"Weights, sampling units, spread and mixture of groups are those of wave {basis.wave}.",)


def _of_groups(basis: Basis) -> tuple[str, ...]:
    said = "Margin at .5: of a share of one half. Margin of a mean: of a score of the median spread, in scale points."
    return (said, "A group whose sampling units do not exceed its strata has no margin.")


_OF_ALLOCATION = (
    "Proportional is best for the city, equal for comparing strata, the square root lies between (Bankier's power"
    " allocation with a power of one half). The margin of `all` counts the weights that each way needs.",
)
_OF_SECOND_FRAME = (
    "A general sample holds too few of these people for the margin. They need a frame of their own, such as the"
    " service's register of users, with its own weights; its results are reported apart and never pooled with the"
    " city's: perceived by all is not experienced by users.",
)

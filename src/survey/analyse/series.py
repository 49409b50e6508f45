"""What is followed over waves: of every measure the estimates whose change is asked for, in one wave.

The estimates are those of `describe`, `indicators` and `dont_know`; here they are in one order in every wave,
so that waves can be read side by side, and keep what a covariance between waves needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from survey.analyse.describe import around_the_middle, scale_span
from survey.analyse.evaluation import Kind
from survey.analyse.inference import Inference
from survey.analyse.measures import described, scores
from survey.core.counted import Answered, AnyOf, Asked, Chosen, Condition, HowMany, Missing, OneOf, each
from survey.core.instrument import Indicator
from survey.core.missing import DONT_KNOW
from survey.core.questions import Question
from survey.core.variables import Variable
from survey.stats import influence
from survey.stats.arrays import Floats
from survey.stats.tallied import Tally
from survey.stats.variance import Estimator

POINTS, SHARE = "scale points", "proportion"


@dataclass(frozen=True, slots=True)
class Series:
    """m estimates of one measure over the domains of a wave, and how they follow from its sums.

    Attributes
    ----------
    estimand : ``mean``, ``top2``, ``proportion`` or ``dont_know``
    levels : (m,) answers they are shares of; None for estimates of one answer
    span : ends of the scale of a mean; None where it has none
    n_level : (D, m) respondents at each level; None for means
    with_deff : whether the precision of a share is judged with its design effect
    """

    measure: str
    estimand: str
    levels: tuple[str | None, ...]
    unit: str
    tally: Tally = field(repr=False)
    estimator: Estimator = field(repr=False)
    kind: Kind
    span: tuple[float, float] | None = None
    n_level: Floats | None = field(default=None, repr=False)
    with_deff: bool = True


def followed(inf: Inference) -> Iterator[tuple[Series, ...]]:
    """The series of each question and derived variable, of don't-know answers, and of each indicator.

    As many tuples in the same order for every wave of an instrument; empty where the wave has no such measure.
    """
    yield from _answers(inf)
    yield from _unknown(inf)
    for indicator in inf.instrument.indicators:
        yield tuple(_indicator(inf, indicator)) if inf.respondents.holds(indicator.name) else ()


def _answers(inf: Inference) -> Iterator[tuple[Series, ...]]:
    shown = described(inf.instrument)
    held = {v.name for v in shown if inf.respondents.holds(v.name)}
    coded = [v.name for v in shown if v.name in held and v.levels and v.type != "multi"]
    tallies = inf.respondents.levels_of(coded)
    for variable in shown:
        if variable.name not in held:
            yield ()
        elif variable.type == "multi":
            yield (_options(inf, variable),)
        elif variable.levels:
            yield tuple(_levels(variable, next(tallies)))
        else:
            yield (_number(inf, variable),)


def _levels(variable: Variable, tally: Tally) -> Iterator[Series]:
    keys = tuple(v.key for v in variable.levels)
    yield Series(variable.name, "proportion", keys, SHARE, tally, influence.shares, "share", n_level=tally.count)
    score = scores(variable)
    if score is not None and variable.type == "ordinal":
        estimator = partial(influence.level_mean, score=score)
        ends = (float(score.min()), float(score.max()))
        yield Series(variable.name, "mean", (None,), variable.unit or POINTS, tally, estimator, "mean", ends)


def _options(inf: Inference, variable: Variable) -> Series:
    keys, answered = tuple(v.key for v in variable.levels), Answered(variable.name)
    columns = each(answered, *(Chosen(variable.name, key) for key in keys))
    tally = inf.respondents.columns(columns, AnyOf((answered,)))
    count = tally.count[:, 1:]
    return Series(variable.name, "proportion", keys, SHARE, tally, influence.option_shares, "share", n_level=count)


def _number(inf: Inference, variable: Variable) -> Series:
    known = scale_span(variable) is not None and variable.minimum is not None and variable.maximum is not None
    ends = (variable.minimum or 0.0, variable.maximum or 0.0) if known else None
    return _mean(inf, variable.name, variable.unit or "", ends)


def _mean(inf: Inference, name: str, unit: str, ends: tuple[float, float] | None) -> Series:
    by_value = inf.respondents.by_value(name)
    if by_value is not None:
        estimator: Estimator = partial(influence.level_mean, score=by_value.value)
        return Series(name, "mean", (None,), unit, by_value.tally, estimator, "mean", ends)
    tally, centre = around_the_middle(inf, name)
    return Series(name, "mean", (None,), unit, tally, partial(influence.column_mean, centre=centre), "mean", ends)


def _unknown(inf: Inference) -> Iterator[tuple[Series, ...]]:
    asked = [v.name for v in described(inf.instrument) if not v.derived]
    held = [name for name in asked if inf.respondents.holds(name)]
    each_of: list[Sequence[Condition]] = [(Asked(name), Missing(name, DONT_KNOW)) for name in held]
    tallies = inf.respondents.splits(each_of)
    estimator = partial(influence.share_of, chosen=np.array([False, True]))
    for name in asked:
        if name not in held:
            yield ()
            continue
        tally = next(tallies)
        count = tally.count[:, 1:]
        yield (Series(name, "dont_know", (None,), SHARE, tally, estimator, "share", n_level=count),)


def _indicator(inf: Inference, indicator: Indicator) -> Iterator[Series]:
    yield _mean(inf, indicator.name, POINTS, inf.instrument.item_range(indicator))
    items = [item for item in indicator.items if inf.respondents.holds(item)]
    tops = {item: _top_levels(inf.instrument.question(item)) for item in items}
    answered = tuple(Answered(item) for item in items)
    if items and all(tops.values()):
        pairs = [c for item, top in tops.items() if top for c in (Answered(item), OneOf(item, top))]
        tally = inf.respondents.columns(each(*pairs), AnyOf(answered))
        estimator: Estimator = partial(influence.mean_of_shares, pairs=len(items))
        yield Series(indicator.name, "top2", (None,), SHARE, tally, estimator, "share", with_deff=False)
    if items:
        asked, unknown = tuple(map(Asked, items)), tuple(Missing(item, DONT_KNOW) for item in items)
        columns = (HowMany(asked), HowMany(unknown), AnyOf(asked), AnyOf(unknown))
        tally = inf.respondents.columns(columns, AnyOf(asked))
        estimator = partial(influence.ratio, above=1, below=0)
        count = tally.count[:, 3:]
        yield Series(
            indicator.name, "dont_know", (None,), SHARE, tally, estimator, "share", n_level=count, with_deff=False
        )


def _top_levels(question: Question) -> tuple[int, ...]:
    """Positions of the two highest codes after reverse-scoring; none where codes have no such order."""
    values = [v.value for v in question.levels]
    if len(values) < 3 or None in values:
        return ()
    order = np.argsort(np.array(values, float))
    return tuple((order[:2] if question.reverse else order[-2:]).tolist())

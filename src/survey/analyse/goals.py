"""What targets, dimensions and placements are measured by: one estimate of one measure, or of several together.

An estimate here equals that of `describe`, `indicators` and `dont_know`; a dimension of several measures is the mean
of theirs, each on its own base and in points of 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from survey.analyse.inference import Inference
from survey.analyse.series import POINTS, SHARE, Series
from survey.core.counted import Answered, AnyOf, Asked, Chosen, Column, Deviation, HowMany, Missing, OneOf, each
from survey.core.instrument import Instrument
from survey.core.missing import DONT_KNOW
from survey.core.roadmap import measures_of
from survey.stats import influence
from survey.stats.arrays import Floats
from survey.stats.composite import Parts, mean_of_means

HUNDRED = "points of 100"


def goal(inf: Inference, name: str, estimand: str, level: str | None = None) -> Series | None:
    """The series of a measure or dimension; None where the wave did not ask it.

    Parameters
    ----------
    estimand : ``score100``, ``mean``, ``top2``, ``proportion`` (of `level`) or ``dont_know``
    """
    measures = measures_of((name,), inf.instrument.frame(inf.study.frame))
    if not measures or not all(map(inf.respondents.holds, measures)):
        return None
    if estimand == "score100":
        return in_points(inf, name, measures)
    if estimand == "proportion":
        return _proportion(inf, name, level or "1")
    return {"mean": _mean, "top2": _top2, "dont_know": _dont_know}[estimand](inf, name)


def in_points(inf: Inference, name: str, measures: Sequence[str], at: int | None = None) -> Series:
    """The mean of the measures' scores in points of 100, over all domains or those of the breakdown `at`."""
    columns, parts = together(inf, measures)
    tally = inf.respondents.columns(columns, AnyOf(tuple(map(Answered, measures))), at)
    estimator = partial(mean_of_means, parts=parts)
    return Series(name, "score100", (None,), HUNDRED, tally, estimator, "mean", (0, 100), with_deff=len(measures) == 1)


def together(inf: Inference, measures: Sequence[str]) -> tuple[tuple[Column, ...], Parts]:
    """Columns that several measures are counted by, and how these make their scores in points of 100."""
    blocks = [_block(inf, name, ends(inf.instrument, name)) for name in measures]
    return _joined(blocks)


def ends(instrument: Instrument, name: str) -> tuple[float, float] | None:
    """Lowest and highest value of a measure; None where they are not known."""
    if not instrument.has(name):
        return instrument.item_range(instrument.indicator(name))
    variable = instrument.variable(name)
    values = [v.value for v in variable.levels if v.value is not None]
    if values:
        return min(values), max(values)
    known = variable.minimum is not None and variable.maximum is not None
    return (float(variable.minimum or 0), float(variable.maximum or 0)) if known else None


Block = tuple[tuple[Column, ...], Floats]


def _block(inf: Inference, name: str, scale: tuple[float, float] | None) -> Block:
    """Columns of one measure, and (K, 3) what each adds to its base, its values and their squares.

    Parameters
    ----------
    scale : its ends become 0 and 100; None: the value stays as it is
    """
    low, factor = (0.0, 1.0) if scale is None else (scale[0], 100 / (scale[1] - scale[0]))
    levels = inf.instrument.variable(name).levels if inf.instrument.has(name) else ()
    if levels:
        score = (np.array([v.value for v in levels], dtype=float) - low) * factor
        columns: tuple[Column, ...] = each(*(OneOf(name, (k,)) for k in range(len(levels))))
        return columns, np.column_stack([np.ones(len(score)), score, score**2])
    centre = inf.respondents.middle(name)
    columns = (AnyOf((Answered(name),)), Deviation(name, centre, 1), Deviation(name, centre, 2))
    moved = centre - low
    adds = [[1.0, moved * factor, (moved * factor) ** 2], [0, factor, 2 * moved * factor**2], [0, 0, factor**2]]
    return columns, np.array(adds)


def _joined(blocks: Sequence[Block]) -> tuple[tuple[Column, ...], Parts]:
    size, every = sum(len(adds) for _, adds in blocks), len(blocks)
    sums = np.zeros((3, size, every))
    start = 0
    for j, (_, adds) in enumerate(blocks):
        sums[:, start : start + len(adds), j] = adds.T
        start += len(adds)
    return tuple(c for columns, _ in blocks for c in columns), Parts(*sums)


def part_of(parts: Parts, chosen: Sequence[int]) -> Parts:
    """The parts of some of the measures, over the same columns."""
    return Parts(*(x[:, list(chosen)] for x in (parts.base, parts.value, parts.square)))


def _mean(inf: Inference, name: str) -> Series:
    columns, parts = _joined([_block(inf, name, None)])
    tally = inf.respondents.columns(columns, AnyOf((Answered(name),)))
    unit = (inf.instrument.variable(name).unit if inf.instrument.has(name) else None) or POINTS
    estimator = partial(mean_of_means, parts=parts)
    return Series(name, "mean", (None,), unit, tally, estimator, "mean", ends(inf.instrument, name))


def _proportion(inf: Inference, name: str, level: str) -> Series:
    variable = inf.instrument.variable(name)
    at = [v.key for v in variable.levels].index(level)
    if variable.type == "multi":
        answered = Answered(name)
        tally = inf.respondents.columns(each(answered, Chosen(name, level)), AnyOf((answered,)))
        count = tally.count[:, 1:]
        return Series(name, "proportion", (level,), SHARE, tally, influence.option_shares, "share", n_level=count)
    return _share(inf, name, "proportion", level, (at,))


def _share(inf: Inference, name: str, estimand: str, level: str | None, chosen: Sequence[int]) -> Series:
    tally = inf.respondents.levels(name)
    marked = np.isin(np.arange(tally.count.shape[1]), chosen)
    estimator = partial(influence.share_of, chosen=marked)
    count = tally.count[:, marked].sum(axis=1, keepdims=True)
    return Series(name, estimand, (level,), SHARE, tally, estimator, "share", n_level=count)


def _top2(inf: Inference, name: str) -> Series:
    if inf.instrument.has(name):
        levels = inf.instrument.variable(name).levels
        return _share(inf, name, "top2", None, _highest([v.value for v in levels]))
    items = [i for i in inf.instrument.indicator(name).items if inf.respondents.holds(i)]
    questions = [inf.instrument.question(item) for item in items]
    tops = [_highest([v.value for v in q.levels], q.reverse) for q in questions]
    pairs = [c for item, top in zip(items, tops, strict=True) for c in (Answered(item), OneOf(item, top))]
    tally = inf.respondents.columns(each(*pairs), AnyOf(tuple(map(Answered, items))))
    estimator = partial(influence.mean_of_shares, pairs=len(items))
    return Series(name, "top2", (None,), SHARE, tally, estimator, "share", with_deff=False)


def _highest(values: Sequence[float | None], reverse: bool = False) -> tuple[int, ...]:
    """Positions of the two highest codes after reverse-scoring; of codes without numbers the last two."""
    number = np.arange(len(values)) if None in values else np.array(values, dtype=float)
    order = np.argsort(number)
    return tuple((order[:2] if reverse else order[-2:]).tolist())


def _dont_know(inf: Inference, name: str) -> Series:
    held = inf.respondents
    items = [name] if inf.instrument.has(name) else [i for i in inf.instrument.indicator(name).items if held.holds(i)]
    asked, unknown = tuple(map(Asked, items)), tuple(Missing(item, DONT_KNOW) for item in items)
    columns = (HowMany(asked), HowMany(unknown), AnyOf(unknown))
    tally = held.columns(columns, AnyOf(asked))
    estimator = partial(influence.ratio, above=1, below=0)
    count = tally.count[:, 2:]
    return Series(name, "dont_know", (None,), SHARE, tally, estimator, "share", n_level=count, with_deff=False)

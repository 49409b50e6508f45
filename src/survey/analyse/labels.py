"""The word that each rule in use gives to an indicator's mean, and whether the rules agree.

The rules are data (`core.labels`); here their rulers meet the means. The interval is carried through:
a label is compatible with the mean if some value inside the interval earns it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import floor
from typing import NamedTuple

import numpy as np
import pandas as pd

from survey.analyse.describe import around_the_middle
from survey.analyse.evaluation import Evaluated
from survey.analyse.inference import Inference, evaluate
from survey.analyse.rows import Rows
from survey.core.instrument import Indicator
from survey.core.labels import LabelRule, Ruler, label_rules
from survey.stats import influence
from survey.stats.arrays import Floats, Ints
from survey.stats.classes import class_of
from survey.stats.tallied import Tally

AGREE, DISAGREE = "rules agree", "rules disagree"


class Line(NamedTuple):
    """What a ruler makes of a mean: intercept + slope × mean."""

    intercept: float
    slope: float


def _five(low: float, high: float, _: int) -> Line:
    slope = 4 / (high - low)
    return Line(1 - slope * low, slope)


def _percent_of_highest(_: float, high: float, __: int) -> Line:
    return Line(0.0, 100 / high)


def _nik(low: float, high: float, _: int) -> Line:
    slope = 75 / (high - low)  # on codes 1 to 4 the mean times 25
    return Line(25 - slope * low, slope)


def _nik_rounded_weight(low: float, high: float, k: int) -> Line:
    """As if each of k elements had the weight 1 / k rounded to two decimals: nine times 0.11 is 0.99."""
    weight = k * floor(100 / k + 0.5) / 100
    line = _nik(low, high, k)
    return Line(line.intercept * weight, line.slope * weight)


def _from_middle(low: float, high: float, _: int) -> Line:
    return Line(-(low + high) / 2, 1.0)


RULERS: Mapping[Ruler, Callable[[float, float, int], Line]] = {
    "five": _five,
    "percent_of_highest": _percent_of_highest,
    "nik": _nik,
    "nik_rounded_weight": _nik_rounded_weight,
    "from_middle": _from_middle,
}


def labels(inf: Inference) -> pd.DataFrame:
    """The label of each indicator's mean under every rule, and whether the rules agree, for every domain.

    `label` rows: `level` names the rule, the value cells hold the mean and its interval on the rule's
    ruler, `note` the labels compatible with the interval, that of the mean first. `labels_agree` is 1
    where all rules praise, or all blame, the mean itself, else 0. An indicator whose items do not
    share a scale with known ends has no row.
    """
    rows = Rows(inf, "labels")
    for indicator in inf.instrument.indicators:
        ends = inf.instrument.item_range(indicator)
        if inf.respondents.holds(indicator.name) and ends is not None and ends[0] < ends[1]:
            _label(inf, rows, indicator, ends)
    return rows.table()


def _label(inf: Inference, rows: Rows, indicator: Indicator, ends: tuple[float, float]) -> None:
    tally, centre = around_the_middle(inf, indicator.name)
    mean = evaluate(inf, tally, partial(influence.column_mean, centre=centre), "mean", ends[1] - ends[0])
    asked = sum(inf.respondents.holds(item) for item in indicator.items)
    rules = [r for r in label_rules() if ends[1] > 0 or r.ruler != "percent_of_highest"]
    found = [_on_ruler(mean, RULERS[r.ruler](*ends, asked), _method(r, ends)) for r in rules]
    at = [_classes(rule, each) for rule, each in zip(rules, found, strict=True)]
    for rule, each, (point, low, high) in zip(rules, found, at, strict=True):
        places = zip(point, low, high, each.note[:, 0], strict=True)
        each.note[:, 0] = [_compatible(rule, *place) or old for *place, old in places]
        rows.add(indicator.name, "label", each, tally, level=[rule.name])
    _agreement(rows, indicator, tally, mean, rules, [point for point, _, _ in at])


def _method(rule: LabelRule, ends: tuple[float, float]) -> str:
    if not rule.indicative(ends):
        return rule.source
    official = ", not an official index" if rule.ruler.startswith("nik") else ""
    return f"{rule.source}; indicative: made for another scale than {ends[0]:g}-{ends[1]:g}{official}"


def _on_ruler(mean: Evaluated, line: Line, method: str) -> Evaluated:
    return Evaluated(
        line.intercept + line.slope * mean.estimate,
        line.slope * mean.std_error,
        line.intercept + line.slope * mean.low,
        line.intercept + line.slope * mean.high,
        mean.df,
        mean.deff,
        mean.status,
        mean.note.copy(),
        np.full(mean.method.shape, method, dtype=object),
    )


def _classes(rule: LabelRule, found: Evaluated) -> tuple[Ints, Ints, Ints]:
    """Class of the mean and of the ends of its interval, (D,) each; −1 where there is none."""
    floors = np.array([label.floor for label in rule.labels])
    point, low, high = (class_of(x[:, 0], floors, rule.decimals) for x in (found.estimate, found.low, found.high))
    return point, low, high


def _compatible(rule: LabelRule, point: int, low: int, high: int) -> str | None:
    if point < 0:
        return None
    others = [k for k in range(low, high + 1) if k != point] if low >= 0 else []
    return "; ".join(rule.labels[k].key for k in (point, *others))


def _agreement(
    rows: Rows, indicator: Indicator, tally: Tally, mean: Evaluated, rules: Sequence[LabelRule], points: Sequence[Ints]
) -> None:
    """Append whether all rules say the same of the mean, and what each says."""
    agree, note = np.full(mean.estimate.shape, np.nan), mean.note.copy()
    for d, each in enumerate(zip(*points, strict=True)):
        if each[0] < 0:
            continue
        said = [rule.labels[k] for rule, k in zip(rules, each, strict=True)]
        agree[d, 0] = float(len({label.side for label in said}) == 1)
        verdict = AGREE if agree[d, 0] else DISAGREE
        note[d, 0] = f"{verdict}: " + ", ".join(f"{r.name} {s.key}" for r, s in zip(rules, said, strict=True))
    blank: Floats = np.full(agree.shape, np.nan)
    method = np.full(agree.shape, "the words of all rules, by whether they praise or blame", dtype=object)
    found = Evaluated(agree, blank, blank, blank, blank, blank, mean.status, note, method)
    rows.add(indicator.name, "labels_agree", found, tally)

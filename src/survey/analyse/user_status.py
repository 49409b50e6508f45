"""Each indicator among the unaware, the aware who do not use, and the users: a poor rating may be ignorance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.analyse import indicators
from survey.analyse.domains import group_levels, grouping
from survey.analyse.inference import Inference
from survey.analyse.linear_rows import Base, Key, LinearRows, Value
from survey.analyse.measures import numbers
from survey.analyse.respondents import InMemory
from survey.core.instrument import Indicator
from survey.core.missing import DONT_KNOW, NOT_APPLICABLE
from survey.stats.arrays import Floats, weighted_sums
from survey.stats.contrasts import GroupMeans, working_wald
from survey.stats.group_sums import Presence, Sample, linear
from survey.stats.inequality import group_means

TOO_FEW = "too few groups or sampling units for this test"
METHOD = "working Wald with Rao-Scott correction"
#: Estimand of a group, of the test of all groups, of a pair; and its unit.
MEAN = ("mean", "design_ws", "difference", "scale points")
UNKNOWN = ("dont_know", "design_ws_dont_know", "difference_dont_know", "proportion")


def user_status(inf: Inference) -> list[pd.DataFrame]:
    """Mean and share of don't-know answers of each indicator by the instrument's `user_status`.

    `mean`, `dont_know` for each status; `design_ws`, `design_ws_dont_know` over all of them; `difference`,
    `difference_dont_know` of each two. Nothing where the questionnaire or the wave has no such variable.
    """
    name = inf.instrument.divide.user_status
    if name is None or not inf.respondents.holds(name):
        return []
    held = [i for i in inf.instrument.indicators if inf.respondents.holds(i.name)]
    found = _by_status(inf, name, [i.name for i in held])
    if inf.probability:
        found.append(_tests(inf, name, held))
    return found


def _by_status(inf: Inference, name: str, held: list[str]) -> list[pd.DataFrame]:
    within = Inference.within(inf.study, InMemory.of(inf.wave, (name,)))
    means = indicators.indicators(within, held)
    unknown = indicators.dont_know(within, held).assign(estimand="dont_know")
    both = [means[means["estimand"].eq("mean")], unknown]
    return [t[t["by"].eq(name).fillna(False)].assign(analysis="divide") for t in both]


def _tests(inf: Inference, name: str, held: list[Indicator]) -> pd.DataFrame:
    rows, keys = LinearRows(inf, "divide"), group_levels(inf.instrument, name)
    code = grouping(inf.wave, (name,)).code
    for indicator in held:
        for sample, names in _samples(inf, indicator, code, len(keys)):
            _Status(inf, sample, {"measure": indicator.name, "by": name}, keys, names).add(rows)
    return rows.table()


def _samples(
    inf: Inference, indicator: Indicator, code: np.ndarray, groups: int
) -> Iterator[tuple[Sample, tuple[str, ...]]]:
    yield Sample.of(numbers(inf.wave, indicator.name), code, groups), MEAN
    kinds = [inf.wave.missing(item) for item in indicator.items if inf.respondents.holds(item)]
    unasked, unknown = _count(kinds, NOT_APPLICABLE), _count(kinds, DONT_KNOW)
    asked = len(kinds) - unasked
    yield Sample(unknown, asked, np.where(asked > 0, code, -1), groups), UNKNOWN


def _count(kinds: Sequence[pd.Series], kind: str) -> Floats:
    """Items of each respondent that are missing for one reason, (n,)."""
    found: Floats = np.sum([each.eq(kind).fillna(False).to_numpy(bool) for each in kinds], axis=0, dtype=float)
    return found


@dataclass(frozen=True, slots=True)
class _Status:
    """One answer of one indicator over the levels of the user status."""

    inf: Inference
    sample: Sample
    key: Key
    keys: tuple[str, ...]
    names: tuple[str, ...]

    def add(self, rows: LinearRows) -> None:
        _, test, _, _ = self.names
        s, n = self.inf.sampling, np.bincount(self.sample.group + 1, minlength=len(self.keys) + 1)[1:]
        presence = Presence.of(self.sample.group, self.sample.groups, s)
        kept = np.flatnonzero(presence.each >= 1)
        size = weighted_sums(self.sample.group + 1, s.weight, len(self.keys) + 1)[1:]
        whole = Base(float(n.sum()), float(s.weight[self.sample.used].sum()))
        if len(kept) < 2:
            rows.refuse({**self.key, "estimand": test}, TOO_FEW, METHOD, whole, "F")
            return
        e = linear(_among(self.sample, kept), group_means, s).under(s)
        means = GroupMeans(kept, e.estimate, e.covariance, size[kept], int(e.df))
        rows.add_test({**self.key, "estimand": test}, working_wald(means), whole, METHOD, TOO_FEW)
        self._add_pairs(rows, means, presence, n.astype(float), size)

    def _add_pairs(self, rows: LinearRows, means: GroupMeans, presence: Presence, n: Floats, size: Floats) -> None:
        _, _, pair, unit = self.names
        kept, v = means.group, means.covariance
        for a, b in zip(*np.triu_indices(len(kept), 1), strict=True):
            error = float(np.sqrt(max(v[a, a] + v[b, b] - 2 * v[a, b], 0.0)))
            value = Value(float(means.mean[a] - means.mean[b]), error, presence.df(kept[[a, b]]))
            first, second = kept[a], kept[b]
            base = Base(float(n[first] + n[second]), float(size[first] + size[second]), float(n[first]))
            contrast = f"{self.keys[first]} - {self.keys[second]}"
            rows.add({**self.key, "estimand": pair, "contrast": contrast}, value, base, unit, tested=True)


def _among(sample: Sample, kept: np.ndarray) -> Sample:
    """The sample of some of the groups, numbered anew."""
    place = np.full(sample.groups + 1, -1)
    place[kept] = np.arange(len(kept))
    return Sample(sample.y, sample.size, place[sample.group], len(kept))

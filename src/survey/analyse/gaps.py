"""Measures of the gap of each measure over each grouping: differences, inequality over ordered groups, ratios.

A measure of the gap is offered where it means something: ratios, Gini and Theil need a true zero, which a
score of 1 to 5 does not have, and ranks need ordered groups. What is refused is a row that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from survey.analyse.evaluation import NO_ANSWERS
from survey.analyse.gap_measures import GapMeasure, Split, gap_measures, splits
from survey.analyse.inference import Inference
from survey.analyse.linear_rows import NO_ERROR_OF_SAMPLE, Base, Key, LinearRows, Value
from survey.stats import gaps as stats
from survey.stats import inequality
from survey.stats.arrays import Floats, Ints, weighted_sums
from survey.stats.group_sums import Linear, Measure, Presence, Sample, linear
from survey.stats.regression import Estimated
from survey.stats.resampling import Bootstrap

DRAWS = 1_000
NO_ZERO = "a score has no true zero: the figure would change with the numbers chosen for the answers"
NO_ENDS = "the ends of the scale are not declared"
TOO_FEW = "fewer than two groups are large enough to be compared"
ORIGIN = "depends on where the scale begins; the index of Erreygers does not"
RANKS = "covariance with the weighted mid-rank of ordered groups"
RESELECTED = "PSU bootstrap that picks the two groups again in each draw; simultaneous interval"
WITHOUT_NOISE = "variance of group means less what sampling alone adds"


def gaps(inf: Inference) -> list[pd.DataFrame]:
    """Gaps of indicators, shares and amounts (see `gap_measures`), one row an estimate.

    Of each grouping: `gap`, the highest less the lowest group (`contrast`), `gap_corrected`, less the bias of
    picking them; `between_variance_raw`, `between_variance`; per group `gap_to_population`. Of ordered groups
    `sii`, `rii`, `concentration_index`, `erreygers`, `wagstaff`. Of shares and amounts `ratio` of each two
    groups, `theil_between`, `theil_within`, and for everyone `gini`, `theil`.
    """
    rows, bootstrap = LinearRows(inf, "divide"), Bootstrap(inf.sampling, DRAWS, inf.random("gaps"))
    for measure in gap_measures(inf):
        _between_persons(inf, rows, measure)
        for split in splits(inf, measure):
            cell = Cell(inf, measure, split, bootstrap)
            cell.differences(rows)
            if split.ordered:
                cell.over_ranks(rows)
            cell.relative(rows)
    return [rows.table()]


def by_value(y: Floats) -> Sample:
    """Each distinct answer a group, so that measures between groups are measures between persons."""
    known = np.isfinite(y)
    distinct, place = np.unique(y[known], return_inverse=True)
    code = np.full(len(y), -1)
    code[known] = place
    return Sample.of(y, code, max(len(distinct), 1))


def first_value(found: Linear, inf: Inference, df: int | None = None) -> Value:
    """The one estimate of `found` as a row's value."""
    e = found.under(inf.sampling, df)
    return Value(float(e.estimate[0]), float(e.std_error[0]), e.df)


def _between_persons(inf: Inference, rows: LinearRows, measure: GapMeasure) -> None:
    sample = by_value(measure.y)
    base = Base(float(sample.used.sum()), float(inf.sampling.weight[sample.used].sum()))
    for estimand, f in (("gini", inequality.concentration_index), ("theil", inequality.theil_index)):
        key: Key = {"measure": measure.name, "estimand": estimand}
        if measure.kind == "score":
            rows.refuse(key, NO_ZERO, "not of scores", base, "index")
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                rows.add(key, first_value(linear(sample, f, inf.sampling), inf), base, "index")


@dataclass(frozen=True)
class Cell:
    """One measure over one grouping."""

    inf: Inference
    measure: GapMeasure
    split: Split
    bootstrap: Bootstrap

    @property
    def key(self) -> Key:
        """The key columns that all rows of the cell share."""
        return {"measure": self.measure.name, "by": self.split.name}

    @cached_property
    def code(self) -> Ints:
        """Group of each respondent with an answer; −1 for the others."""
        return np.where(np.isfinite(self.measure.y), self.split.code, -1)

    @cached_property
    def n(self) -> Ints:
        """Respondents of each group."""
        return np.bincount(self.code + 1, minlength=len(self.split.keys) + 1)[1:]

    @cached_property
    def size(self) -> Floats:
        """Weight of each group."""
        return weighted_sums(self.code + 1, self.inf.sampling.weight, len(self.split.keys) + 1)[1:]

    @cached_property
    def presence(self) -> Presence:
        """Where each group lies."""
        return Presence.of(self.code, len(self.split.keys), self.inf.sampling)

    @property
    def whole(self) -> Base:
        """Base of what all groups make together."""
        return Base(float(self.n.sum()), float(self.size.sum()))

    def sample(self, groups: Ints) -> Sample:
        """Respondents of some groups, numbered in their order."""
        place = np.full(len(self.split.keys) + 1, -1)
        place[groups] = np.arange(len(groups))
        return Sample.of(self.measure.y, place[self.code], len(groups))

    @cached_property
    def compared(self) -> Ints:
        """Groups that can be compared: not hidden, and with an error of their own."""
        enough = self.n >= max(self.inf.study.release.min_n, 1)
        if self.inf.probability:
            enough &= self.presence.each >= 1
        return np.flatnonzero(enough)

    @cached_property
    def means(self) -> tuple[Linear, Estimated]:
        """Means of the groups compared."""
        found = linear(self.sample(self.compared), inequality.group_means, self.inf.sampling)
        return found, found.under(self.inf.sampling, self.presence.df(self.compared))

    @cached_property
    def df(self) -> int:
        """Degrees of freedom of all groups together."""
        return self.presence.df()

    def differences(self, rows: LinearRows) -> None:
        """Absolute gaps: of the extremes, between all groups, of each group from the population."""
        unit = self.measure.unit
        if len(self.compared) < 2:
            rows.refuse({**self.key, "estimand": "gap"}, TOO_FEW, RESELECTED, self.whole, unit)
        else:
            self._extremes(rows)
            self._between(rows)
        self._from_population(rows)

    def _extremes(self, rows: LinearRows) -> None:
        found, e = self.means
        unit, names = self.measure.unit, [self.split.keys[g] for g in self.compared]
        high, low = int(np.argmax(e.estimate)), int(np.argmin(e.estimate))
        a, b = self.compared[[high, low]]
        base = Base(float(self.n[a] + self.n[b]), float(self.size[a] + self.size[b]), float(self.n[a]))
        key = {**self.key, "estimand": "gap", "contrast": f"{names[high]} - {names[low]}"}
        if not self.inf.probability:
            rows.add_plain(key, float(np.ptp(e.estimate)), base, unit, NO_ERROR_OF_SAMPLE)
            return
        x = stats.extremes(e, self.bootstrap.deviations(found, e.covariance), self.inf.conf_level)
        ends = (x.conf_low, x.conf_high)
        rows.add_interval(key, x.gap, x.std_error, ends, base, unit, RESELECTED, e.df)
        corrected = {**self.key, "estimand": "gap_corrected"}
        rows.add_interval(corrected, x.corrected, x.std_error, ends, self.whole, unit, RESELECTED, e.df)

    def _between(self, rows: LinearRows) -> None:
        _, e = self.means
        unit, share = f"{self.measure.unit} squared".strip(), self.size[self.compared] / self.size[self.compared].sum()
        raw, corrected = stats.between_variance(e.estimate, e.covariance, share)
        raw_key: Key = {**self.key, "estimand": "between_variance_raw"}
        rows.add_plain(raw_key, raw, self.whole, unit, "variance of group means")
        if self.inf.probability:
            rows.add_plain({**self.key, "estimand": "between_variance"}, corrected, self.whole, unit, WITHOUT_NOISE)

    def _from_population(self, rows: LinearRows) -> None:
        held = np.flatnonzero(self.n)
        e = against_everyone(self, held, stats.from_population).under(self.inf.sampling, self.df)
        for g, level in enumerate(self.split.keys):
            key = {**self.key, "estimand": "gap_to_population", "by_level": level}
            base = Base(float(self.n[g]), float(self.size[g]))
            if not self.n[g]:
                rows.refuse(key, NO_ANSWERS, "mean of the group less that of everyone", base, self.measure.unit)
                continue
            at = int(np.searchsorted(held, g))
            # The group's own units carry nearly all of the error.
            value = Value(float(e.estimate[at]), float(e.std_error[at]), float(self.presence.each[g]))
            rows.add(key, value, base, self.measure.unit, tested=True)

    def over_ranks(self, rows: LinearRows) -> None:
        """Inequality over ordered groups, on the weighted mid-rank of their levels."""
        sample, m = self.sample(np.flatnonzero(self.n)), self.measure
        if sample.groups < 2:
            rows.refuse({**self.key, "estimand": "sii"}, TOO_FEW, RANKS, self.whole, m.unit)
            return
        self._index(rows, "sii", sample, inequality.slope_index, m.unit)
        if m.kind == "score":
            self._refused(rows, "rii")
        else:
            self._index(rows, "rii", sample, inequality.relative_index, "ratio", log=True)
        self._concentration(rows, sample)

    def _concentration(self, rows: LinearRows, sample: Sample) -> None:
        m = self.measure
        if m.kind == "amount":
            self._index(rows, "concentration_index", sample, inequality.concentration_index, "index")
        elif m.ends is None:
            for estimand in ("concentration_index", "erreygers", "wagstaff"):
                rows.refuse({**self.key, "estimand": estimand}, NO_ENDS, RANKS, self.whole, "index")
        else:
            low, high = m.ends
            from_zero = Sample((m.y - low) / (high - low) * 100, sample.size, sample.group, sample.groups)
            note = ORIGIN if m.kind == "score" else None
            self._index(rows, "concentration_index", from_zero, inequality.concentration_index, "index", note=note)
            for estimand, f in (("erreygers", inequality.erreygers_index), ("wagstaff", inequality.wagstaff_index)):
                self._index(rows, estimand, sample, partial(f, low=low, high=high), "index")

    def _index(
        self, rows: LinearRows, estimand: str, sample: Sample, f: Measure, unit: str,
        log: bool = False, note: str | None = None,
    ) -> None:  # fmt: skip
        with np.errstate(divide="ignore", invalid="ignore"):
            e = linear(sample, f, self.inf.sampling).under(self.inf.sampling, self.df)
        value = Value(float(e.estimate[0]), float(e.std_error[0]), e.df, "log" if log else "plain")
        rows.add({**self.key, "estimand": estimand}, value, self.whole, unit, tested=True, note=note)

    def relative(self, rows: LinearRows) -> None:
        """Ratios of groups and Theil's index between and within them: for what has a true zero."""
        if self.measure.kind == "score":
            for estimand in ("ratio", "theil_between", "theil_within"):
                self._refused(rows, estimand)
            return
        self._ratios(rows)
        sample, s = self.sample(np.flatnonzero(self.n)), self.inf.sampling
        with np.errstate(divide="ignore", invalid="ignore"):
            between = linear(sample, inequality.theil_index, s)
            persons = by_value(np.where(sample.used, self.measure.y, np.nan))
            within = linear(persons, inequality.theil_index, s).minus(between)
        for estimand, found in (("theil_between", between), ("theil_within", within)):
            value = first_value(found, self.inf, self.df)
            rows.add({**self.key, "estimand": estimand}, value, self.whole, "index")

    def _ratios(self, rows: LinearRows) -> None:
        if len(self.compared) < 2:
            rows.refuse({**self.key, "estimand": "ratio"}, TOO_FEW, "ratio of group means", self.whole, "ratio")
            return
        _, e = self.means
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.where(e.estimate > 0, np.log(e.estimate), np.nan)
            v = e.covariance / np.outer(e.estimate, e.estimate)
        for i, j in zip(*np.triu_indices(len(self.compared), 1), strict=True):
            a, b = self.compared[[i, j]]
            error = float(np.sqrt(max(v[i, i] + v[j, j] - 2 * v[i, j], 0.0)))
            value = Value(float(log[i] - log[j]), error, self.presence.df(np.array([a, b])), "log")
            base = Base(float(self.n[a] + self.n[b]), float(self.size[a] + self.size[b]), float(self.n[a]))
            contrast = f"{self.split.keys[a]} - {self.split.keys[b]}"
            rows.add({**self.key, "estimand": "ratio", "contrast": contrast}, value, base, "ratio", tested=True)

    def _refused(self, rows: LinearRows, estimand: str) -> None:
        unit = "ratio" if estimand in ("ratio", "rii") else "index"
        rows.refuse({**self.key, "estimand": estimand}, NO_ZERO, "not of scores", self.whole, unit)


def against_everyone(cell: Cell, held: Ints, measure: Callable[..., inequality.Statistic]) -> Linear:
    """A measure of each group against everyone with an answer, those without a group among them."""
    place = np.full(len(cell.split.keys) + 1, len(held))
    place[held] = np.arange(len(held))
    everyone = Sample.of(cell.measure.y, place[cell.code], len(held) + 1)
    return linear(everyone, partial(measure, groups=len(held)), cell.inf.sampling)

"""Indicators with missing answers filled in by multiple imputation, beside complete cases.

Items are filled in before scores are made. An answer that did not apply is never filled in, one that
was "don't know" only in rows named so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from survey.analyse import dispositions
from survey.analyse.domains import DomainNames
from survey.analyse.evaluation import NO_ANSWERS, ONE_UNIT, Evaluated
from survey.analyse.inference import Inference, NotApplicable, variance_method
from survey.analyse.items import Battery, batteries, everyone_and_groups
from survey.analyse.means import mean_of
from survey.analyse.rows import Rows
from survey.core import estimates
from survey.core.missing import BLANK, DONT_KNOW, REFUSED
from survey.core.wave import Wave
from survey.stats import interval
from survey.stats.arrays import Bools, Floats
from survey.stats.imputation import Answers, Filled, data_sets, impute
from survey.stats.pooling import Pooled, completed_columns, completed_means, pool
from survey.stats.products import Grouping
from survey.stats.scores import score
from survey.stats.tallied import Tally
from survey.stats.tally import column_tally
from survey.stats.variance import estimated

LEFT_OUT = float("nan")
NO_INDICATORS = "The wave has no indicators whose items are answered in numbers."
NOTHING_MISSING = "No answer to an item of an indicator is missing."


@dataclass(frozen=True)
class Completed:
    """The items of all indicators with their gaps filled in M times.

    Attributes
    ----------
    batteries : the indicators; given : (n, k) answers to all their items, as scored
    unknown : (n, k) bool, answered "don't know"
    """

    batteries: tuple[Battery, ...]
    given: Floats = field(repr=False)
    unknown: Bools = field(repr=False)
    filled: Filled = field(repr=False)

    @property
    def sets(self) -> int:
        """Completed data sets, M."""
        return len(self.filled.value)

    def items(self, at: int) -> slice:
        """The columns of the items of the indicator at one position."""
        before = sum(len(b.names) for b in self.batteries[:at])
        return slice(before, before + len(self.batteries[at].names))

    def scores(self, at: int, dont_know: float | None = LEFT_OUT) -> Floats:
        """Scores of one indicator in each data set, (n, M); NaN in the same rows of all.

        Parameters
        ----------
        dont_know : the value such answers count as, NaN to leave them out; None: filled in like the others
        """
        part, needed = self.items(at), self.batteries[at].indicator.min_valid
        mine = (self.filled.item >= part.start) & (self.filled.item < part.stop)
        gaps = Filled(self.filled.row[mine], self.filled.item[mine] - part.start, self.filled.value[:, mine])
        each = (gaps.completed(self.given[:, part], m) for m in range(self.sets))
        if dont_know is not None:
            each = (np.where(self.unknown[:, part], dont_know, items) for items in each)
        return np.column_stack([score(items, needed) for items in each])

    def complete(self, at: int) -> Floats:
        """Scores of those who answered every item that applied to them, (n,); NaN for the others."""
        part = self.items(at)
        items, rows = self.given[:, part], self.filled.row[np.isin(self.filled.item, np.r_[part])]
        found = score(items, self.batteries[at].indicator.min_valid)
        found[rows] = np.nan
        found[self.unknown[:, part].any(axis=1)] = np.nan
        return found


def imputation(inf: Inference) -> pd.DataFrame:
    """Mean and `score100` of each indicator with missing answers filled in, for everyone and each group.

    `level` says who is counted: `complete` those who answered every item; `imputed` with blank and
    refused answers filled in; `imputed_with_dont_know` with "don't know" filled in too, between its
    bounds `dont_know_lowest` and `dont_know_highest`. `missing_information` is the share of what a
    full set of answers would tell that the filled-in ones cannot.
    """
    found = completed(inf)
    table = _Table(inf, Rows(inf, "imputation"), *everyone_and_groups(inf))
    for at, battery in enumerate(found.batteries):
        table.add_complete(battery, found.complete(at))
        for level, y in _treatments(found, at):
            table.add_imputed(battery, level, y)
    return table.rows.table()


@dataclass(frozen=True, slots=True)
class _Scale:
    """How a score is printed: its estimand, its unit, its ends; without a common scale infinite."""

    estimand: str
    unit: str
    low: float = 0.0
    factor: float = 1.0
    span: float = np.inf


def _scales(battery: Battery) -> tuple[_Scale, ...]:
    if (ends := battery.span) is None:
        return (_Scale("mean", "scale points"),)
    width = ends[1] - ends[0]
    return _Scale("mean", "scale points", span=width), _Scale("score100", "points of 100", ends[0], 100 / width, 100.0)


@dataclass(frozen=True, slots=True)
class _Table:
    """The table under construction and the domains it runs over."""

    inf: Inference
    rows: Rows
    groupings: Sequence[Grouping]
    names: DomainNames

    def add_complete(self, battery: Battery, y: Floats) -> None:
        """Append the mean over complete cases."""
        for scale in _scales(battery):
            found, tally = mean_of(self.inf, (y - scale.low) * scale.factor, self.groupings, scale.span)
            self._add(battery, scale.estimand, "complete", found, tally, scale.unit, "complete cases")

    def add_imputed(self, battery: Battery, level: str, y: Floats) -> None:
        """Append the pooled mean of (n, M) scores and the missing information."""
        tally, pooled = pooled_mean(self.inf, y, self.groupings)
        told = f"multiple imputation, {y.shape[1]} data sets, predictive mean matching, Rubin's rules"
        for scale in _scales(battery):
            found = _evaluated(self.inf, tally, pooled, scale)
            self._add(battery, scale.estimand, level, found, tally, scale.unit, told)
        if self.inf.probability:
            lost = _without_interval(found, pooled.missing_information)
            self._add(battery, "missing_information", level, lost, tally, "proportion", told)

    def _add(
        self, battery: Battery, estimand: str, level: str, found: Evaluated, tally: Tally, unit: str, told: str
    ) -> None:
        errors = variance_method(self.inf) if self.inf.probability else "nonprobability sample: no standard error"
        told = f"{told}; {errors}"
        measure = battery.indicator.name
        self.rows.add(measure, estimand, found, tally, level=[level], unit=unit, names=self.names, method=told)


def pooled_mean(inf: Inference, y: Floats, groupings: Sequence[Grouping]) -> tuple[Tally, Pooled]:
    """Mean of (n, M) completed scores over the domains of `groupings`, pooled, (D,); errors NaN without a design."""
    valid = np.isfinite(y[:, 0])
    centre = float(y[valid].mean()) if valid.any() else 0.0
    tally = column_tally(completed_columns(y, centre), valid, groupings, inf.sampling)
    estimator = partial(completed_means, centre=centre)
    if not inf.probability:
        found = estimator(tally.total).estimate.T
        return tally, pool(found, np.full(found.shape, np.nan))
    lin, squared = estimated(tally, estimator, inf.sampling)
    return tally, pool(lin.estimate.T, np.maximum(squared, 0).T, np.where(tally.df >= 1, tally.df, np.nan))


def _evaluated(inf: Inference, tally: Tally, pooled: Pooled, scale: _Scale) -> Evaluated:
    """Pooled means as a column of estimates, with the contract's flags."""
    mean, se, n = (pooled.estimate - scale.low) * scale.factor, np.sqrt(pooled.variance) * scale.factor, tally.n
    low, high = interval.wald(mean, se, pooled.df, inf.conf_level)
    blank = (n == 0) | ((tally.df < 1) & inf.probability)
    flag = (n < 30) | ((tally.df < 8) | ((high - low) / 2 > 0.10 * scale.span) if inf.probability else False)
    status = np.where(blank, estimates.NOT_ESTIMABLE, np.where(flag, estimates.IMPRECISE, estimates.OK))
    note = np.full(n.shape, None, dtype=object)
    note[blank], note[n == 0] = ONE_UNIT, NO_ANSWERS
    df = pooled.df if inf.probability else np.full(n.shape, np.nan)
    mean, se, low, high, df = (np.where(blank, np.nan, x)[:, None] for x in (mean, se, low, high, df))
    deff, method = np.full((len(n), 1), np.nan), np.full((len(n), 1), None, dtype=object)
    return Evaluated(mean, se, low, high, df, deff, status.astype(object)[:, None], note[:, None], method)


def _without_interval(found: Evaluated, estimate: Floats) -> Evaluated:
    """A figure about a mean, blank where the mean is."""
    nothing = np.full(found.estimate.shape, np.nan)
    value = np.where(np.isfinite(found.estimate), estimate[:, None], np.nan)
    status = np.where(found.status == estimates.NOT_ESTIMABLE, estimates.NOT_ESTIMABLE, estimates.OK).astype(object)
    return Evaluated(value, nothing, nothing, nothing, nothing, nothing, status, found.note, found.method)


def completed(inf: Inference, sets: int | None = None) -> Completed:
    """The items of all indicators, filled in by chained equations; the same whenever the study's seed is.

    Parameters
    ----------
    sets : data sets to make; None: as many as the missing answers ask for

    Raises
    ------
    NotApplicable
        If there is nothing to fill in, or nothing to fill it with.
    """
    used = tuple(b for b in batteries(inf.wave) if np.isfinite(b.given).any())
    if not used:
        raise NotApplicable(NO_INDICATORS)
    given = np.column_stack([b.scored for b in used])
    unknown, missing = (_of_kinds(inf.wave, used, kinds) for kinds in ((DONT_KNOW,), (BLANK, DONT_KNOW, REFUSED)))
    rows = np.flatnonzero(dispositions.interviewed(inf.wave) & np.isfinite(given).any(axis=1))
    gap = (missing & np.isnan(given))[rows]
    if not gap.any():
        raise NotApplicable(NOTHING_MISSING)
    position = np.repeat(np.arange(len(used)), [len(b.names) for b in used])
    sampling = inf.sampling
    unit = None if sampling.elementwise or sampling.n_psu == len(given) else sampling.psu[rows]
    answers = Answers(given[rows], gap, position, _always(inf)[rows], unit)
    enough = max(data_sets(gap[:, position == at]) for at in range(len(used)))
    filled = impute(answers, sets or enough, inf.random("imputation"))
    return Completed(used, given, unknown, Filled(rows[filled.row], filled.item, filled.value))


def _of_kinds(wave: Wave, used: Sequence[Battery], kinds: Sequence[str]) -> Bools:
    """(n, k) whether the answer to each item is missing for one of these reasons."""
    columns = (wave.missing(name).isin(kinds).to_numpy(bool) for b in used for name in b.names)
    return np.column_stack(list(columns))


def _always(inf: Inference) -> Floats:
    """(n, f) predictors in every model: strata and the levels of each group, and the log weight."""
    groups = [g.code for g, by in zip(inf.groupings, inf.respondents.breakdowns, strict=True) if len(by) == 1]
    parts = [np.log(inf.sampling.weight)[:, None]]
    for code in (inf.sampling.stratum, *groups):
        held = np.unique(code)[1:]
        parts.append((code[:, None] == held).astype(float))
    return np.column_stack(parts)


def _treatments(found: Completed, at: int) -> Iterator[tuple[str, Floats]]:
    """Name and scores, (n, M), of each way to complete an indicator."""
    yield "imputed", found.scores(at)
    if not found.unknown[:, found.items(at)].any():
        return
    yield "imputed_with_dont_know", found.scores(at, None)
    if (ends := found.batteries[at].span) is not None:
        yield "dont_know_lowest", found.scores(at, ends[0])
        yield "dont_know_highest", found.scores(at, ends[1])

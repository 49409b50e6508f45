"""What a theory predicts of the wave: a mean, a gap of two groups, or the difference of two such gaps.

One row a proposition; `note` holds the verdict. Predictions of one theory are one family of tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.analyse.claims import NO_SAMPLE
from survey.analyse.domains import grouping
from survey.analyse.evaluation import NO_ANSWERS, NO_ERROR, ONE_UNIT, ROUNDING
from survey.analyse.inference import Inference, NotApplicable, variance_method
from survey.analyse.measures import level_codes, numbers
from survey.core import estimates
from survey.core.statements import GroupTest, Proposition
from survey.stats import interval
from survey.stats.arrays import Floats, Ints
from survey.stats.group_sums import Presence, Sample, linear
from survey.stats.inequality import group_means
from survey.stats.sides import sides_of_mean
from survey.stats.statements import NOT_TESTABLE
from survey.stats.verdicts import own_verdicts

NO_PROPOSITIONS = "The study declares no propositions."
NOT_ASKED = "not tested: the wave did not ask what the proposition is about"
NOTHING_TO_TEST = "not tested: the study declares no test"
FEW = "a group of the contrast holds fewer respondents than are ever shown"
ESTIMANDS = ("mean", "difference", "difference_of_differences")


def propositions(inf: Inference) -> pd.DataFrame:
    """The result of every proposition's test, adjusted over those that are tested."""
    declared = inf.study.propositions
    if not declared:
        raise NotApplicable(NO_PROPOSITIONS)
    found = [_found(inf, p.test) if p.test is not None else None for p in declared]
    sides = [_sides(inf, p, f) for p, f in zip(declared, found, strict=True)]
    supporting, opposing = np.array(sides, dtype=float).T
    words, adjusted = own_verdicts(supporting, opposing, 1 - inf.conf_level, inf.study.adjust)
    rows = [
        _row(inf, p, f, NOT_TESTABLE if np.isnan(p_for) else said, p_for, p_adjusted)
        for p, f, (p_for, _), said, p_adjusted in zip(declared, found, sides, words, adjusted, strict=True)
    ]
    return estimates.table(pd.DataFrame(rows).assign(wave=inf.respondents.name, analysis="propositions"))


@dataclass(frozen=True, slots=True)
class _Found:
    """What a test's contrast amounts to; NaN and a reason where it cannot be had."""

    estimand: str
    unit: str
    estimate: float = np.nan
    std_error: float = np.nan
    df: float = np.nan
    n: int = 0
    weighted_n: float = 0.0
    reason: str | None = None

    @property
    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Estimate, error and df, (1,) each."""
        return np.array([self.estimate]), np.array([self.std_error]), np.array([self.df])


def _found(inf: Inference, test: GroupTest) -> _Found | None:
    """The estimate of a test; None where the wave did not ask for it."""
    names = [name for name in (test.by, test.across) if name is not None]
    if not all(inf.respondents.holds(name) for name in (test.measure, *names)):
        return None
    cell, coefficient = _cells(inf, test, names)
    y, unit = _values(inf, test.measure)
    estimand = ESTIMANDS[len(names)]
    sample = Sample.of(y, cell, len(coefficient))
    n = np.bincount(sample.group + 1, minlength=len(coefficient) + 1)[1:]
    weighted = float(inf.sampling.weight[sample.used].sum())
    base = _Found(estimand, unit, n=int(n.sum()), weighted_n=weighted)
    if reason := _too_few(inf, n):
        return _Found(estimand, unit, n=base.n, weighted_n=weighted, reason=reason)
    if not inf.probability:
        means = group_means(*sample.sums(inf.sampling.weight)).estimate
        return _Found(estimand, unit, float(means @ coefficient), n=base.n, weighted_n=weighted)
    return _with_error(inf, sample, coefficient, base)


def _with_error(inf: Inference, sample: Sample, coefficient: Floats, base: _Found) -> _Found:
    found, presence = linear(sample, group_means, inf.sampling), Presence.of(sample.group, sample.groups, inf.sampling)
    df = presence.df()
    under = found.under(inf.sampling, float(df))
    se = float(np.sqrt(max(float(coefficient @ under.covariance @ coefficient), 0.0)))
    value = float(coefficient @ under.estimate)
    spread = float(np.std(sample.y[sample.used]))
    reason = ONE_UNIT if (presence.each < 1).any() else NO_ERROR if se <= ROUNDING * max(spread, ROUNDING) else None
    if reason is not None:
        return _Found(base.estimand, base.unit, n=base.n, weighted_n=base.weighted_n, reason=reason)
    return _Found(base.estimand, base.unit, value, se, float(df), base.n, base.weighted_n)


def _cells(inf: Inference, test: GroupTest, names: list[str]) -> tuple[Ints, Floats]:
    """Cell of each respondent, −1 for who is in none of those compared, and each cell's coefficient."""
    code: Ints = np.zeros(len(inf.wave.frame), dtype=np.intp)
    coefficient: Floats = np.ones(1)
    for name, levels in zip(names, (test.groups, test.levels), strict=False):
        keys = [level.key for level in inf.instrument.variable(name).levels]
        place = np.full(len(keys) + 1, -1)
        for at, level in enumerate(levels or ()):
            place[keys.index(level)] = at
        side = place[grouping(inf.wave, (name,)).code]
        code = np.where((code >= 0) & (side >= 0), 2 * code + side, -1)
        coefficient = np.concatenate([[c, -c] for c in coefficient])
    return code, coefficient


def _values(inf: Inference, measure: str) -> tuple[Floats, str]:
    """The measure as a number, (n,), and its unit; two levels are counted as a share of the second."""
    if not inf.instrument.has(measure):
        return numbers(inf.wave, measure), "scale points"
    variable = inf.instrument.variable(measure)
    if not variable.levels:
        return numbers(inf.wave, measure), variable.unit or ""
    value = [v.value for v in variable.levels]
    pair = len(value) == 2
    score = [0.0, 1.0] if pair else [np.nan if v is None else float(v) for v in value]
    return np.append(score, np.nan)[level_codes(inf.wave, measure)], "proportion" if pair else "scale points"


def _too_few(inf: Inference, n: Ints) -> str | None:
    if not n.all():
        return NO_ANSWERS
    return FEW if (n < inf.study.release.min_n).any() else None


def _sides(inf: Inference, proposition: Proposition, found: _Found | None) -> tuple[float, float]:
    """One-sided p for and against what is predicted; NaN where nothing is tested."""
    test = proposition.test
    tested = inf.probability and not proposition.not_testable
    if test is None or test.direction is None or found is None or not tested:
        return np.nan, np.nan
    each = sides_of_mean(*found.arrays, test.value)
    below, above = float(each.below[0]), float(each.above[0])
    return (below, above) if test.direction == "below" else (above, below)


def _row(
    inf: Inference, proposition: Proposition, found: _Found | None, said: str, p: float, p_adjusted: float
) -> dict[str, object]:
    test = proposition.test
    key: dict[str, object] = {"measure": proposition.id, "level": test.measure if test else None, "note": said}
    if found is None:
        why = NOTHING_TO_TEST if test is None else NOT_ASKED
        how = {"estimand": "mean", "unit": "verdict", "method": why, "status": estimates.NOT_ESTIMABLE}
        return key | how
    known = np.isfinite(found.std_error)
    low, high = interval.wald(*found.arrays, inf.conf_level)
    status = estimates.OK if np.isfinite(found.estimate) else estimates.NOT_ESTIMABLE
    return key | {
        "estimand": found.estimand, "estimate": found.estimate, "std_error": found.std_error, "df": found.df,
        "conf_low": float(low[0]), "conf_high": float(high[0]), "conf_level": inf.conf_level if known else np.nan,
        "statistic": np.nan if np.isnan(p) else (found.estimate - (test.value if test else 0.0)) / found.std_error,
        "p_value": p, "p_adjusted": p_adjusted, "n": found.n, "weighted_n": found.weighted_n, "unit": found.unit,
        "method": found.reason or _method(inf, test), "status": status,
    }  # fmt: skip


def _method(inf: Inference, test: GroupTest | None) -> str:
    """How the row came about: which groups, in which order, and the test."""
    if test is None or not inf.probability:
        return NO_SAMPLE
    gap = f"{test.by}: {' - '.join(test.groups)}; " if test.groups else ""
    across = f"{test.across}: {' - '.join(test.levels)}; " if test.levels else ""
    against = f"; one-sided test against {test.value:g}" if test.direction else ""
    return f"{gap}{across}{variance_method(inf)}, t interval{against}"

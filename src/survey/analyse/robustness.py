"""Whether the headlines hold however the wave is analysed: by sign and verdict, over all specifications.

Specifications rest on the same respondents, so agreement is counted, never tested.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from survey.analyse.domains import group_levels
from survey.analyse.headlines import Finding, Headline
from survey.analyse.imputation import Completed, completed
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.specifications import Specification, specifications
from survey.analyse.variants import Bench
from survey.core import estimates
from survey.core.statements import Claim
from survey.stats import interval
from survey.stats.arrays import Bools, Floats
from survey.stats.centres import Centres, centres
from survey.stats.contrasts import Pairs, t_tails
from survey.stats.imputation import LEAST_SETS
from survey.stats.multiplicity import adjusted
from survey.stats.sampling import Sampling
from survey.stats.tally import Grouping
from survey.stats.verdicts import direction_verdict, value_verdict

ABOVE, BELOW, UNDECIDED = "above the middle", "below the middle", "undecided"
ANNOUNCED, NOT_ANNOUNCED = "announced", "not announced"
UNITS = {"mean": "scale points", "score100": "points of 100", "proportion": "proportion"}
NOTHING_TO_TRY = "The wave has no indicator and no claim whose headline could be analysed otherwise."


def robustness(inf: Inference) -> pd.DataFrame:
    """Each headline under every reasonable analysis, and the share of them that agree with the study's own.

    Headlines: each indicator against the middle of its scale; in each grouping the most certain
    difference of two groups; each claim. `level` names the specification, `note` its verdict.
    `agreement_sign` and `agreement_verdict` are shares of the other specifications; their `note` names
    those that differ. Without a probability sample there are signs only.
    """
    questions = [name for claim in inf.study.claims for name in claim.measures]
    filled = _filled(inf)
    bench = Bench.of(inf, questions, filled)
    tried = [Trial(bench, spec, bench.sampling(spec)) for spec in specifications(inf, filled is not None)]
    headlines = [*_overall(bench, tried), *_gaps(bench, tried), *_claims(bench, tried)]
    if not headlines:
        raise NotApplicable(NOTHING_TO_TRY)
    rows = [row for headline in headlines for row in headline.rows(inf)]
    return estimates.table(pd.DataFrame(rows))


def _filled(inf: Inference) -> Completed | None:
    try:
        return completed(inf, LEAST_SETS)
    except NotApplicable:
        return None


@dataclass(frozen=True, slots=True)
class Trial:
    """The wave analysed by one specification."""

    bench: Bench
    spec: Specification
    sampling: Sampling = field(repr=False)

    def centres(self, measure: str, grouping: Grouping) -> Centres:
        """Centres of a measure in the groups of a grouping."""
        return centres(self.bench.values(self.spec, measure), grouping, self.sampling, self.spec.statistic)

    def against(self, measure: str, value: float) -> Finding:
        """Everyone's centre less a value."""
        everyone = Grouping(np.zeros(self.bench.inf.wave.design.n, dtype=np.intp), 1)
        found = self.centres(measure, everyone)
        if not len(found.means.mean):
            return Finding(self.spec, math.nan)
        difference, se = float(found.means.mean[0]) - value, math.sqrt(max(found.means.covariance[0, 0], 0.0))
        t = difference / se if se > 0 else math.copysign(math.inf, difference)
        return Finding(self.spec, difference, se, found.df, float(t_tails(np.array(t), np.array(found.df))))

    def adjusted(self, p: Floats) -> Floats:
        """p-values adjusted over their family as the study does."""
        return adjusted(p, self.bench.inf.study.adjust)


def _overall(bench: Bench, tried: Sequence[Trial]) -> Iterator[Headline]:
    """Each indicator against the middle of its scale, adjusted over the indicators."""
    middle = {b.indicator.name: sum(b.span) / 2 for b in bench.batteries if b.span is not None}
    judged = []
    for trial in tried:
        each = [trial.against(name, value) for name, value in middle.items()]
        p = trial.adjusted(np.array([f.p_value for f in each], dtype=float))
        judged.append([_placed(f, float(q), bench.alpha) for f, q in zip(each, p, strict=True)])
    for at, name in enumerate(middle):
        findings = tuple(f[at] for f in judged if bench.applies(f[at].spec, name))
        yield Headline(name, "scale points", bench.answered(name), findings)


def _placed(f: Finding, p: float, alpha: float) -> Finding:
    verdict = (ABOVE if f.estimate > 0 else BELOW) if p < alpha else UNDECIDED
    return replace(f, p_adjusted=p, verdict=verdict)


@dataclass(frozen=True, slots=True)
class Compared:
    """All pairs of one measure and grouping under one specification; `announced` as in `compare`."""

    pairs: Pairs
    p_adjusted: Floats
    announced: Bools

    def of(self, spec: Specification, pair: tuple[int, int]) -> Finding:
        """What is said of one pair of levels."""
        at = np.flatnonzero((self.pairs.first == pair[0]) & (self.pairs.second == pair[1]))
        if not len(at):
            return Finding(spec, math.nan)
        columns = (self.pairs.difference, self.pairs.std_error, self.pairs.df, self.pairs.p_value, self.p_adjusted)
        difference, se, df, p, adjusted_p = (float(x[at[0]]) for x in columns)
        verdict = ANNOUNCED if self.announced[at[0]] else NOT_ANNOUNCED
        return Finding(spec, difference, se, df, p, adjusted_p, verdict)


def _gaps(bench: Bench, tried: Sequence[Trial]) -> Iterator[Headline]:
    """In each grouping, the pair of groups that the study is most certain of."""
    cells = [(b.indicator.name, at) for b in bench.batteries for at in bench.single_groupings]
    if not cells:
        return
    compared = [_compared(trial, cells) for trial in tried]
    for at, (measure, position) in enumerate(cells):
        pair = _headline_pair(bench, measure, position, compared[0][at])
        if pair is None:
            continue
        by = bench.inf.respondents.breakdowns[position][0]
        levels = group_levels(bench.inf.instrument, by)
        findings = tuple(
            each[at].of(trial.spec, pair)
            for trial, each in zip(tried, compared, strict=True)
            if bench.applies(trial.spec, measure) and not _left_out(trial.spec, by, pair)
        )
        contrast = f"{levels[pair[0]]} - {levels[pair[1]]}"
        yield Headline(measure, "scale points", bench.answered(measure), findings, by, contrast)


def _compared(trial: Trial, cells: Sequence[tuple[str, int]]) -> list[Compared]:
    """Every cell of the grid, its p-values adjusted over the grid."""
    groupings = trial.bench.inf.groupings
    found = [trial.centres(measure, groupings[at]) for measure, at in cells]
    pairs = [c.pairs() for c in found]
    omnibus = trial.adjusted(np.array([c.omnibus() for c in found], dtype=float))
    p = trial.adjusted(np.concatenate([np.zeros(0), *(x.p_value for x in pairs)]))
    alpha, ends = trial.bench.alpha, np.cumsum([0, *(len(x.p_value) for x in pairs)])
    return [
        Compared(x, q, (q < alpha) & (whole < alpha))
        for x, q, whole in zip(pairs, np.split(p, ends[1:-1]), omnibus, strict=True)
    ]


def _headline_pair(bench: Bench, measure: str, position: int, found: Compared) -> tuple[int, int] | None:
    """The pair with the smallest p, of groups large enough to be shown; without a design the widest apart."""
    n, least = bench.answered_by(measure, position), max(bench.inf.study.release.min_n, 1)
    shown = np.flatnonzero((n[found.pairs.first] >= least) & (n[found.pairs.second] >= least))
    order = found.pairs.p_value if bench.inf.probability else -np.abs(found.pairs.difference)
    shown = shown[np.isfinite(order[shown])]
    if not len(shown):
        return None
    at = shown[np.argmin(order[shown])]
    return int(found.pairs.first[at]), int(found.pairs.second[at])


def _left_out(spec: Specification, by: str, pair: tuple[int, int]) -> bool:
    return spec.without is not None and spec.without.name == by and spec.without.position in pair


def _claims(bench: Bench, tried: Sequence[Trial]) -> Iterator[Headline]:
    """Each claim; one about anything but means or shares, or about what the wave did not ask, has no findings."""
    for claim in bench.inf.study.claims:
        value = claim.value
        if value is None or not all(bench.can_test(name, claim.estimand) for name in claim.measures):
            yield Headline(claim.id, UNITS.get(claim.estimand, ""), None, ())
            continue
        findings = tuple(_claimed(bench, trial, claim, value) for trial in tried if _applies(bench, trial.spec, claim))
        n = min(bench.answered(name) for name in claim.measures)
        yield Headline(claim.id, UNITS[claim.estimand], n, findings)


def _applies(bench: Bench, spec: Specification, claim: Claim) -> bool:
    if spec.imputed:
        return all(bench.applies(spec, name) for name in claim.measures)
    if spec.statistic == "median" and claim.estimand == "proportion":
        return False
    return any(bench.applies(spec, name) for name in claim.measures)


def _claimed(bench: Bench, trial: Trial, claim: Claim, value: float) -> Finding:
    """A claim's verdict; of several measures, the figures are those of the one that speaks for it least."""
    each = [trial.against(name, 0.0) for name in claim.measures]
    scaled = [
        bench.in_units(f.estimate, f.std_error, name, claim.estimand)
        for f, name in zip(each, claim.measures, strict=True)
    ]
    estimate, se = np.array(scaled, dtype=float).T
    df = np.array([f.df for f in each])
    if not np.isfinite(estimate).all():
        return Finding(trial.spec, math.nan)
    if claim.direction is None:
        verdict: str = _value_verdict(bench, claim, value, float(estimate[0]), float(se[0]), float(df[0]))
        at = 0
    else:
        verdict = direction_verdict(estimate, se, df, value, claim.direction, bench.alpha)
        at = int(np.argmax(estimate) if claim.direction == "below" else np.argmin(estimate))
    return Finding(trial.spec, float(estimate[at]) - value, float(se[at]), float(df[at]), verdict=verdict)


def _value_verdict(bench: Bench, claim: Claim, value: float, estimate: float, se: float, df: float) -> str:
    between = interval.logit if claim.estimand == "proportion" else interval.wald
    narrow, wide = (
        tuple(float(x) for x in between(np.array(estimate), np.array(se), np.array(df), 1 - k * bench.alpha))
        for k in (2, 1)
    )
    return value_verdict((narrow[0], narrow[1]), (wide[0], wide[1]), value, claim.equivalence or 0.0)

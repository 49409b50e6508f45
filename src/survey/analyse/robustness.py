"""Whether the headlines hold however the wave is analysed: by sign and verdict, over all specifications.

Specifications rest on the same respondents, so agreement is counted, never tested.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from survey.analyse.claim_headlines import claims
from survey.analyse.domains import group_levels
from survey.analyse.headlines import Finding, Headline
from survey.analyse.imputation import Completed, completed
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.quantities import Quantity, claimed, read_as
from survey.analyse.specifications import Specification, specifications
from survey.analyse.trials import Trial
from survey.analyse.variants import Bench
from survey.core import estimates
from survey.stats.arrays import Bools, Floats
from survey.stats.contrasts import Pairs
from survey.stats.imputation import LEAST_SETS

ABOVE, BELOW, UNDECIDED = "above the middle", "below the middle", "undecided"
ANNOUNCED, NOT_ANNOUNCED = "announced", "not announced"
NOTHING_TO_TRY = "The wave has no indicator and no claim whose headline could be analysed otherwise."


def robustness(inf: Inference) -> pd.DataFrame:
    """Each headline under every reasonable analysis, and the share of them that agree with the study's own.

    Headlines: each indicator against the middle of its scale; in each grouping the most certain
    difference of two groups; each claim, and each of its readings with their measure as `contrast`.
    `level` names the specification, `note` its verdict.
    `agreement_sign` and `agreement_verdict` are shares of the other specifications; their `note` names
    those that differ. Without a probability sample there are signs only.
    """
    wanted = [quantity for claim in inf.study.claims for quantity in (*claimed(claim), *read_as(claim))]
    filled = _filled(inf)
    bench = Bench.of(inf, wanted, filled)
    tried = [Trial(bench, spec, bench.sampling(spec)) for spec in specifications(inf, filled is not None)]
    headlines = [*_overall(bench, tried), *_gaps(bench, tried), *claims(bench, tried)]
    if not headlines:
        raise NotApplicable(NOTHING_TO_TRY)
    rows = [row for headline in headlines for row in headline.rows(inf)]
    return estimates.table(pd.DataFrame(rows))


def _filled(inf: Inference) -> Completed | None:
    try:
        return completed(inf, LEAST_SETS)
    except NotApplicable:
        return None


def _overall(bench: Bench, tried: Sequence[Trial]) -> Iterator[Headline]:
    """Each indicator against the middle of its scale, adjusted over the indicators."""
    middle = {b.indicator.name: sum(b.span) / 2 for b in bench.batteries if b.span is not None}
    judged = []
    for trial in tried:
        each = [_against(trial, name, value) for name, value in middle.items()]
        p = trial.adjusted(np.array([f.p_value for f in each], dtype=float))
        judged.append([_placed(f, float(q), bench.alpha) for f, q in zip(each, p, strict=True)])
    for at, name in enumerate(middle):
        findings = tuple(f[at] for f in judged if bench.applies(f[at].spec, Quantity(name)))
        yield Headline(name, "scale points", bench.answered(Quantity(name)), findings)


def _against(trial: Trial, indicator: str, value: float) -> Finding:
    """Everyone's centre less a value."""
    found = trial.figures(Quantity(indicator))
    columns = (found.estimate - value, found.std_error, found.df, found.against(value).two_sided)
    difference, se, df, p = (float(x[0]) for x in columns)
    return Finding(trial.spec, difference, se, df, p)


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
    cells = [(Quantity(b.indicator.name), at) for b in bench.batteries for at in bench.single_groupings]
    if not cells:
        return
    compared = [_compared(trial, cells) for trial in tried]
    for at, (quantity, position) in enumerate(cells):
        pair = _headline_pair(bench, quantity, position, compared[0][at])
        if pair is None:
            continue
        by = bench.inf.respondents.breakdowns[position][0]
        levels = group_levels(bench.inf.instrument, by)
        findings = tuple(
            each[at].of(trial.spec, pair)
            for trial, each in zip(tried, compared, strict=True)
            if bench.applies(trial.spec, quantity) and not _left_out(trial.spec, by, pair)
        )
        contrast = f"{levels[pair[0]]} - {levels[pair[1]]}"
        yield Headline(quantity.measure, "scale points", bench.answered(quantity), findings, by, contrast)


def _compared(trial: Trial, cells: Sequence[tuple[Quantity, int]]) -> list[Compared]:
    """Every cell of the grid, its p-values adjusted over the grid."""
    groupings = trial.bench.inf.groupings
    found = [trial.centres(quantity, groupings[at]) for quantity, at in cells]
    pairs = [c.pairs() for c in found]
    omnibus = trial.adjusted(np.array([c.omnibus() for c in found], dtype=float))
    p = trial.adjusted(np.concatenate([np.zeros(0), *(x.p_value for x in pairs)]))
    alpha, ends = trial.bench.alpha, np.cumsum([0, *(len(x.p_value) for x in pairs)])
    return [
        Compared(x, q, (q < alpha) & (whole < alpha))
        for x, q, whole in zip(pairs, np.split(p, ends[1:-1]), omnibus, strict=True)
    ]


def _headline_pair(bench: Bench, quantity: Quantity, position: int, found: Compared) -> tuple[int, int] | None:
    """The pair with the smallest p, of groups large enough to be shown; without a design the widest apart."""
    n, least = bench.answered_by(quantity, position), max(bench.inf.study.release.min_n, 1)
    shown = np.flatnonzero((n[found.pairs.first] >= least) & (n[found.pairs.second] >= least))
    order = found.pairs.p_value if bench.inf.probability else -np.abs(found.pairs.difference)
    shown = shown[np.isfinite(order[shown])]
    if not len(shown):
        return None
    at = shown[np.argmin(order[shown])]
    return int(found.pairs.first[at]), int(found.pairs.second[at])


def _left_out(spec: Specification, by: str, pair: tuple[int, int]) -> bool:
    return spec.without is not None and spec.without.name == by and spec.without.position in pair

"""Published statements as headlines: the test of `claims`, on the estimates of every specification."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from survey.analyse.claims import DECLARED, statement
from survey.analyse.headlines import NO_ESTIMATE, NOT_TRIED, Finding, Headline
from survey.analyse.quantities import Quantity, claimed, read_as
from survey.analyse.trials import Trial
from survey.analyse.variants import Bench
from survey.core.statements import Claim
from survey.stats.sides import Measured
from survey.stats.statements import NOT_TESTABLE, Statement

UNITS = {"mean": "scale points", "score100": "points of 100"}
SHARE = "proportion"


def claims(bench: Bench, tried: Sequence[Trial]) -> Iterator[Headline]:
    """Each claim, then each of its readings; what cannot be tried has no findings, and the reason."""
    for claim in bench.inf.study.claims:
        wanted = claimed(claim)
        if claim.not_testable:
            yield Headline(claim.id, _unit(wanted[0]), None, (), untried=DECLARED)
            continue
        yield _headline(bench, tried, claim, wanted, None)
        for reading in read_as(claim):
            yield _headline(bench, tried, claim, (reading,), reading.measure)


def _headline(
    bench: Bench, tried: Sequence[Trial], claim: Claim, wanted: Sequence[Quantity], reading: str | None
) -> Headline:
    unit = _unit(wanted[0])
    if not all(quantity in bench.answers for quantity in wanted):
        held = all(bench.inf.respondents.holds(quantity.measure) for quantity in wanted)
        return Headline(claim.id, unit, None, (), contrast=reading, untried=NOT_TRIED if held else NO_ESTIMATE)
    find = _ranked if claim.largest is not None else _tested
    findings = tuple(find(trial, claim, wanted) for trial in tried if _applies(trial, claim, wanted))
    return Headline(claim.id, unit, min(map(bench.answered, wanted)), findings, contrast=reading)


def _unit(quantity: Quantity) -> str:
    return UNITS.get(quantity.estimand, SHARE if quantity.share else "")


def _applies(trial: Trial, claim: Claim, wanted: Sequence[Quantity]) -> bool:
    """Whether a specification changes something, and may; without a joint covariance of answers nothing is ranked."""
    bench, spec = trial.bench, trial.spec
    if claim.largest is not None and (spec.imputed or spec.statistic == "median"):
        return False
    if any(bench.gives_away(spec, quantity) for quantity in wanted):
        return False
    each = [bench.applies(spec, quantity) for quantity in wanted]
    return all(each) if spec.imputed else any(each)


def _tested(trial: Trial, claim: Claim, wanted: Sequence[Quantity]) -> Finding:
    """The verdict on a value or a side; of several measures, the figures of the one that speaks for it least."""
    said, found = statement(trial.bench.inf, claim), [trial.figures(quantity) for quantity in wanted]
    judged = said.of_one(found[0]) if len(found) == 1 else said.of_all(found)
    if not all(m.known.all() for m in found):
        return Finding(trial.spec, math.nan)
    m = found[_least(said, found)]
    low, high = m.interval(trial.bench.inf.conf_level)
    return Finding(
        trial.spec, float(m.estimate[0]) - said.value, float(m.std_error[0]), float(m.df[0]),
        float(judged.p_value[0]), float(judged.p_adjusted[0]), str(judged.words[0]),
        (float(low[0]) - said.value, float(high[0]) - said.value),
    )  # fmt: skip


def _least(said: Statement, found: Sequence[Measured]) -> int:
    """Which measure speaks for a statement least: by its p, or by where it lies if there are no tests."""
    p = np.array([said.supporting(m)[0] for m in found])
    if np.isfinite(p).all():
        return int(np.argmax(p))
    apart = np.array([m.estimate[0] for m in found]) - said.value
    if said.equivalence is not None:
        return int(np.argmax(np.abs(apart)))
    return int(np.argmax(apart) if said.direction == "below" else np.argmin(apart))


def _ranked(trial: Trial, claim: Claim, wanted: Sequence[Quantity]) -> Finding:
    """The verdict on the largest measure; its lead over the nearest other."""
    inf = trial.bench.inf
    lead = trial.lead(wanted, claim.measures.index(claim.largest or ""))
    verdict, p = lead.of_all(1 - inf.conf_level, claim.adjust or inf.study.adjust)
    if verdict == NOT_TESTABLE:
        return Finding(trial.spec, math.nan)
    at = int(np.argmin(lead.difference))
    return Finding(trial.spec, float(lead.difference[at]), float(lead.std_error[at]), lead.df, p, verdict=verdict)

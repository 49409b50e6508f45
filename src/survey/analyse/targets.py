"""Targets and initiatives: how far the latest wave is from them, and whether the observed pace leads there.

Over several waves the pace is observed and a verdict follows; in one wave there is the distance alone, and the pace
that it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.changes import Point, point
from survey.analyse.goals import goal
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.target_course import CANNOT_SAY, NO_PROBABILITY, ONE_WAVE, in_field, target_course, year_end
from survey.analyse.waves import Waves
from survey.core import estimates
from survey.core.roadmap import Initiative
from survey.core.study import Target
from survey.stats import pace
from survey.stats.interval import wald
from survey.stats.pace import Course, Pace

NO_TARGETS = "The study sets no targets and lists no initiatives."
YES, NO = "yes", "no"
BOTH = f"{CANNOT_SAY}: the interval of the pace holds both"
NO_DATES = "the study does not say when the waves were in the field"
PASSED = "the horizon is not after the latest wave"
REACHED = "the latest wave has reached the value"
NOT_ASKED = "the latest wave did not ask it"
TOO_NOISY = "the latest wave's own error hides a change of this size, whatever the next sample"
TOO_FAR = "the horizon is beyond twice the time observed"
TOO_FEW_WAVES = "fewer than four comparable waves, and no drift_sd declared"
EXAMPLE = "example"
GAP, PACE = (
    "value aimed at less the latest estimate",
    "gap over the years from fieldwork to the end of the horizon's year",
)
OBSERVED = "straight line through the waves, generalised least squares; error grown by lack of fit"
MARGIN = "observed less needed pace, in the direction of the target"
VERDICT = "reached if the pace stays in its interval"
SIZE = f"next wave's answers for power {pace.POWER}, two-sided, with the latest wave's error and design effect"
SIMULATED = "simulated: the straight line goes on, with sampling error and drift"
DRAWS = 20_000

Record = dict[str, Any]


def targets(waves: Waves) -> pd.DataFrame:
    """Every target and initiative against the latest wave and the pace over all comparable waves.

    Of a target: the latest estimate; `observed_pace` a year; by horizon (`level`) `target_value`, `target_gap`,
    `needed_pace`, `pace_margin`, `target_verdict` (`note`: yes, no or cannot say), `target_probability`,
    `required_n`. Of an initiative (`level` its id): `initiative_baseline`, `initiative_gap`, `initiative_required_n`.
    """
    if not (waves.study.targets or waves.study.initiatives):
        raise NotApplicable(NO_TARGETS)
    occasions = waves.occasions
    records = list(_initiatives(occasions.inferences[-1]))
    for target in waves.study.targets:
        course, why = target_course(occasions, target)
        records += _target(occasions.inferences[-1], target, course, why)
    return estimates.table(pd.DataFrame(records))


def of_wave(inf: Inference) -> pd.DataFrame:
    """Every target and initiative against one wave; with a verdict, that none can be said, if it is the only one."""
    if not (inf.study.targets or inf.study.initiatives):
        raise NotApplicable(NO_TARGETS)
    records = list(_initiatives(inf))
    for target in inf.study.targets:
        records += _target(inf, target, None, ONE_WAVE if len(inf.study.waves) < 2 else None)
    return estimates.table(pd.DataFrame(records))


def _target(inf: Inference, target: Target, course: Course | None, why: str | None) -> Iterator[Record]:
    """The rows of one target.

    Parameters
    ----------
    course : estimates of the comparable waves; None: no pace is observed
    why : reason why not, which the verdict repeats; None: no verdict is asked for
    """
    common = _common(inf, target.measure)
    series = goal(inf, target.measure, target.estimand, target.level)
    if series is None:
        yield common | {"estimand": target.estimand, "status": estimates.NOT_ESTIMABLE, "note": NOT_ASKED, "n": 0}
        return
    latest = point(inf, series)
    common |= _base(latest) | {"unit": series.unit}
    yield common | _baseline(latest) | {"estimand": target.estimand, "level": target.level}
    if course is not None:
        yield common | _observed(inf, course) | {"level": target.key(inf.study.targets) or None}
    for horizon, value in zip(target.horizon, target.values, strict=True):
        at = {"level": target.key(inf.study.targets, horizon)}
        for row in _horizon(inf, latest, target, (value, year_end(target.horizon[horizon])), course, why):
            yield common | at | row | ({"method": f"{row['method']}; {EXAMPLE}"} if target.example else {})


def _horizon(
    inf: Inference, latest: Point, target: Target, due: tuple[float, float], course: Course | None, why: str | None
) -> Iterator[Record]:
    """The rows of one target at one horizon; `due`: the value, and when, in years."""
    value, when = due
    sign = 1.0 if target.direction == "up" else -1.0
    yield {
        "estimand": "target_value",
        "estimate": value,
        "method": "study.yaml",
        "note": EXAMPLE if target.example else None,
    }
    yield from _gap("target", inf, latest, value, sign)
    last = in_field(inf.study.wave(inf.respondents.name))
    if last is None or when <= last:
        blank = {"status": estimates.NOT_ESTIMABLE, "note": NO_DATES if last is None else PASSED}
        yield {"estimand": "needed_pace", "method": PACE} | blank
        if why is not None or course is not None:
            yield {"estimand": "target_verdict", "method": VERDICT} | blank
        return
    yield _needed(inf, latest, value, when - last)
    if course is not None:
        yield from _against(inf, course, (sign * value, when), sign, target)
    elif why is not None:
        yield {"estimand": "target_verdict", "method": VERDICT, "note": why}


def _against(inf: Inference, course: Course, due: tuple[float, float], sign: float, target: Target) -> Iterator[Record]:
    """Margin, verdict and probability; values are signed so that more is nearer the target."""
    signed = Course(course.time, sign * course.estimate, course.covariance, course.df)
    margin = _with_interval(inf, pace.margin(signed, *due), course.df)
    yield {"estimand": "pace_margin", "method": MARGIN, "unit": "a year"} | margin
    low, high = margin["conf_low"], margin["conf_high"]
    verdict, note = (1.0, YES) if low > 0 else (0.0, NO) if high < 0 else (np.nan, BOTH)
    yield {"estimand": "target_verdict", "estimate": verdict, "note": note, "method": VERDICT, "unit": "yes or no"}
    yield _probability(inf, signed, due, target)


def _probability(inf: Inference, course: Course, due: tuple[float, float], target: Target) -> Record:
    row: Record = {"estimand": "target_probability", "unit": "probability"}
    few = target.drift_sd is None and len(course.time) < pace.FEWEST_WITH_DRIFT
    if few or not course.reaches(due[1]):
        note = TOO_FEW_WAVES if few else TOO_FAR
        return row | {"status": estimates.NOT_ESTIMABLE, "note": note, "method": SIMULATED}
    purpose = f"target {target.measure} {target.estimand} {target.level} {due[1]:.3f}"
    p = pace.probability(course, *due, target.drift_sd, DRAWS, inf.random(purpose))
    drift = "estimated from the waves" if target.drift_sd is None else f"declared, {target.drift_sd:g} a wave"
    return row | {"estimate": p, "method": f"{SIMULATED} ({drift})"}


def _gap(kind: str, inf: Inference, latest: Point, value: float, sign: float) -> Iterator[Record]:
    """What is missing, and the sample that would see it."""
    known = _baseline(latest)
    gap = Pace(value - known["estimate"], known["std_error"])
    method = {"estimand": f"{kind}_gap", "method": GAP}
    yield known | method | _with_interval(inf, gap, known["df"])
    reached = sign * gap.estimate <= 0
    size = pace.sample_size(float(latest.series.tally.n[0]), gap.std_error, gap.estimate, inf.conf_level)
    note = REACHED if reached else None if np.isfinite(size) else TOO_NOISY if inf.probability else NO_PROBABILITY
    status = estimates.OK if note is None else estimates.NOT_ESTIMABLE
    name = "required_n" if kind == "target" else f"{kind}_required_n"
    yield {"estimand": name, "estimate": size if note is None else np.nan, "status": status, "note": note,
           "unit": "respondents", "method": SIZE}  # fmt: skip


def _needed(inf: Inference, latest: Point, value: float, years: float) -> Record:
    known = _baseline(latest)
    needed = Pace((value - known["estimate"]) / years, known["std_error"] / years)
    return known | {"estimand": "needed_pace", "method": PACE} | _with_interval(inf, needed, known["df"])


def _observed(inf: Inference, course: Course) -> Record:
    return {"estimand": "observed_pace", "method": OBSERVED} | _with_interval(
        inf, pace.observed_pace(course), course.df
    )


def _with_interval(inf: Inference, found: Pace, df: float) -> Record:
    low, high = wald(np.array([found.estimate]), np.array([found.std_error]), np.array([df]), inf.conf_level)
    level = inf.conf_level if np.isfinite(low[0]) else np.nan
    return {"estimate": found.estimate, "std_error": found.std_error, "df": df, "conf_low": float(low[0]),
            "conf_high": float(high[0]), "conf_level": level}  # fmt: skip


def _initiatives(inf: Inference) -> Iterator[Record]:
    """Baseline, gap and sample size of every initiative."""
    for entry in inf.study.initiatives:
        yield from _initiative(inf, entry)


def _initiative(inf: Inference, entry: Initiative) -> Iterator[Record]:
    common = _common(inf, entry.indicator) | {"level": entry.id}
    series = goal(inf, entry.indicator, entry.estimand)
    if series is None:
        blank = {"status": estimates.NOT_ESTIMABLE, "note": NOT_ASKED, "n": 0}
        yield common | {"estimand": "initiative_baseline"} | blank
        return
    latest = point(inf, series)
    common |= _base(latest) | {"unit": series.unit}
    yield common | _baseline(latest) | {"estimand": "initiative_baseline"}
    if entry.target is None:
        return
    for row in _gap("initiative", inf, latest, entry.target, 1.0):
        yield common | row | ({"method": f"{row['method']}; {EXAMPLE}"} if entry.example else {})


def _common(inf: Inference, measure: str) -> Record:
    return {"wave": inf.respondents.name, "analysis": "targets", "measure": measure}


def _base(p: Point) -> Record:
    """Whom the latest estimate rests on."""
    s = p.series
    count = {} if s.n_level is None else {"n_level": float(s.n_level[0, 0])}
    return {"n": float(s.tally.n[0]), "weighted_n": float(s.tally.size[0])} | count


def _baseline(p: Point) -> Record:
    f = p.found
    names = {"estimate": f.estimate, "std_error": f.std_error, "conf_low": f.low, "conf_high": f.high, "df": f.df}
    level = p.inf.conf_level if np.isfinite(f.low[0, 0]) else np.nan
    words = {"status": f.status[0, 0], "note": f.note[0, 0], "method": f.method[0, 0], "conf_level": level}
    return {key: float(x[0, 0]) for key, x in names.items()} | words

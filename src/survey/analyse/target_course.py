"""The course of a target's measure over the waves that may be compared, or why there is none to read a pace from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from survey.analyse.changes import Point, first_stage, point
from survey.analyse.goals import goal
from survey.core.roadmap import measures_of
from survey.core.study import Target, WaveSpec
from survey.stats.arrays import Floats
from survey.stats.pace import Course

if TYPE_CHECKING:
    from survey.analyse.occasions import Occasions

CANNOT_SAY = "cannot say"
ONE_WAVE = f"{CANNOT_SAY}: one wave tells no pace"
NOT_COMPARABLE = f"{CANNOT_SAY}: the waves cannot be compared"
NO_PROBABILITY = f"{CANNOT_SAY}: no probability sample"
NO_TIMES = f"{CANNOT_SAY}: it is not known when the waves were in the field"
NO_ERROR = f"{CANNOT_SAY}: an estimate of one of the waves has no error"

DAYS = 365.25


def in_field(wave: WaveSpec) -> float | None:
    """The middle of a wave's fieldwork in years; that of the year it is named by; None where neither is known."""
    if wave.collected is not None:
        first, last = (day.toordinal() for day in wave.collected)
        return (first + last) / 2 / DAYS
    named = re.fullmatch(r"((?:19|20)\d\d)(?:\D.*)?", wave.name)
    return date(int(named[1]), 7, 1).toordinal() / DAYS if named else None


def year_end(year: int) -> float:
    """The last day of a year, in years."""
    return date(year, 12, 31).toordinal() / DAYS


def target_course(occasions: Occasions, target: Target) -> tuple[Course | None, str | None]:
    """Estimates of the latest wave and of those before it as far back as they may be compared; or why none."""
    points = _points(occasions, target)
    if len(points) < 2:
        return None, ONE_WAVE if len(occasions.inferences) < 2 else NOT_COMPARABLE
    inferences = [occasions.inferences[at] for at in points]
    if not all(inf.probability for inf in inferences):
        return None, NO_PROBABILITY
    times = [in_field(inf.study.wave(inf.respondents.name)) for inf in inferences]
    known = np.array([t for t in times if t is not None])
    if len(known) < len(times) or (np.diff(known) <= 0).any():
        return None, NO_TIMES
    found = list(points.values())
    errors = np.array([p.found.std_error[0, 0] for p in found])
    if not (errors > 0).all():
        return None, NO_ERROR
    y, df = (np.array([getattr(p.found, name)[0, 0] for p in found]) for name in ("estimate", "df"))
    return Course(known, y, _covariance(occasions, list(points), found, errors), float(df.sum())), None


def _points(occasions: Occasions, target: Target) -> dict[int, Point]:
    """Position of a wave → its estimate, in time order, back from the latest to the last break."""
    found: dict[int, Point] = {}
    for at in reversed(range(len(occasions.inferences))):
        inf = occasions.inferences[at]
        series = goal(inf, target.measure, target.estimand, target.level)
        if series is None or (found and _barred(occasions, at, target)):
            break
        found[at] = point(inf, series)
    return dict(reversed(found.items()))


def _barred(occasions: Occasions, at: int, target: Target) -> bool:
    """Whether the measure of a wave cannot be compared with that of the next."""
    inf, verdicts = occasions.inferences[at], occasions.verdicts[at + 1, at]
    measures = measures_of((target.measure,), inf.instrument.frame(inf.study.frame))
    return any(verdicts[m].barred is not None for m in measures if m in verdicts)


def _covariance(occasions: Occasions, places: Sequence[int], points: Sequence[Point], errors: Floats) -> Floats:
    """Sampling covariance of the waves' estimates: nothing beside the diagonal where they share nothing."""
    out, everyone = np.diag(errors**2), np.array([0])
    for b in range(len(places)):
        for a in range(b):
            units = occasions.shared[places[b], places[a]]
            if units is not None:
                later, earlier = (first_stage(points[at], everyone) for at in (b, a))
                apart = float(units.variance(later, earlier)[0, 0])
                out[a, b] = out[b, a] = (errors[a] ** 2 + errors[b] ** 2 - apart) / 2
    return out

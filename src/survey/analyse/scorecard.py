"""The readiness scorecard: each dimension of the study's frame in points of 100, by group, and its gap to target.

One frame at a time: frames share dimensions, so that nothing is averaged over frames, and no dimension over others.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from survey.analyse.changes import Point, point
from survey.analyse.goals import HUNDRED, goal
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.rows import Rows
from survey.core import estimates
from survey.core.roadmap import Dimension
from survey.core.study import StudySpec, Target

NO_FRAME = "The study declares no frame of dimensions."
NOT_ASKED = "no question of the wave asks about this dimension"
EXAMPLE = "example target"
GAP = "target less the latest estimate"


def scorecard(inf: Inference) -> pd.DataFrame:
    """`score100` of every dimension in every domain; `gap_to_target` of those with a target, `level` its horizon.

    A dimension that the wave did not ask about is a row without a value. Nothing is averaged over dimensions.
    """
    frame = inf.instrument.frame(inf.study.frame)
    if frame is None:
        raise NotApplicable(NO_FRAME)
    rows, records = Rows(inf, "scorecard"), []
    for dimension in frame.dimensions:
        series = goal(inf, dimension.name, "score100")
        if series is None:
            records.append(_unasked(inf, dimension))
            continue
        p = point(inf, series)
        rows.add(dimension.name, "score100", p.found, series.tally, unit=HUNDRED)
        records += _gaps(inf, dimension, p)
    return estimates.concat([rows.table(), estimates.table(pd.DataFrame(records))])


def _unasked(inf: Inference, dimension: Dimension) -> dict[str, object]:
    return _common(inf, dimension) | {
        "estimand": "score100", "status": estimates.NOT_ESTIMABLE, "note": NOT_ASKED, "n": 0, "unit": HUNDRED,
    }  # fmt: skip


def _common(inf: Inference, dimension: Dimension) -> dict[str, object]:
    return {"wave": inf.respondents.name, "analysis": "scorecard", "measure": dimension.name}


def _gaps(inf: Inference, dimension: Dimension, p: Point) -> Iterator[dict[str, object]]:
    """Target less score, one row a horizon: the score's error is the gap's."""
    target = target_of(inf.study, dimension)
    if target is None:
        return
    found = p.found
    score, se, low, high, df = (
        float(x[0, 0]) for x in (found.estimate, found.std_error, found.low, found.high, found.df)
    )
    for horizon, value in zip(target.horizon, target.values, strict=True):
        yield _common(inf, dimension) | {
            "estimand": "gap_to_target", "level": horizon, "estimate": value - score, "std_error": se,
            "conf_low": value - high, "conf_high": value - low, "df": df, "unit": HUNDRED,
            "conf_level": inf.conf_level if np.isfinite(low) else np.nan,
            "n": float(p.series.tally.n[0]), "weighted_n": float(p.series.tally.size[0]),
            "status": found.status[0, 0], "note": EXAMPLE if target.example else found.note[0, 0], "method": GAP,
        }  # fmt: skip


def target_of(study: StudySpec, dimension: Dimension) -> Target | None:
    """The target in points of 100 of a dimension, or of its only measure."""
    names = (dimension.name, *(dimension.measures if len(dimension.measures) == 1 else ()))
    of_dimension = (t for t in study.targets if t.measure in names and t.estimand == "score100")
    return next(of_dimension, None)

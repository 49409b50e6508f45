"""The course of an indicator over all waves: a straight line with its lack of fit, and which changes stand out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.changes import Domain, Point, families, first_stage
from survey.core import estimates
from survey.core.study import TREND, StudySpec, WaveSpec
from survey.stats.arrays import Floats
from survey.stats.change import SharedUnits
from survey.stats.course import line, out_of_control
from survey.stats.multiplicity import adjusted

FEWEST_OF_LINE, FEWEST_OF_CHART = 3, 8
BROKEN = "not comparable: some of the waves cannot be compared"
MISSING_WAVE = "an estimate of one of the waves is missing"
LINE = "generalised least squares with the waves' sampling covariance, t interval on their df together"
CHART = "more than three standard deviations, by moving ranges, from the waves before"
FLAG_OF_EVERYONE = "p of the change below alpha, adjusted over the indicators of these two waves"
FLAG_OF_GROUPS = "p of the change below alpha, adjusted over the indicators and groups of these two waves"

Record = dict[str, Any]
#: Positions of two waves, the later first → the units that they share.
Shared = Mapping[tuple[int, int], SharedUnits | None]


def times(waves: Sequence[WaveSpec]) -> tuple[Floats, str]:
    """When each wave was in the field, in years, or its number where not all say so; and the unit of a step."""
    days = [_middle(w.collected) for w in waves if w.collected]
    if len(days) < len(waves) or len(set(days)) < len(days):
        return np.arange(len(waves), dtype=float), "a wave"
    return np.array(days) / 365.25, "a year"


def _middle(collected: tuple[date, date]) -> float:
    return (collected[0].toordinal() + collected[1].toordinal()) / 2


def lines(points: Sequence[Point], study: StudySpec, shared: Shared, broken: bool) -> Iterator[Record]:
    """Slope and lack of fit of one series over all waves, in everyone and every group that all waves have.

    Parameters
    ----------
    broken : whether two of the waves cannot be compared
    """
    if len(points) < FEWEST_OF_LINE or not all(p.inf.probability for p in points):
        return
    time, step = times([study.wave(p.inf.respondents.name) for p in points])
    series = points[0].series
    for key in points[0].place:
        if not all(key in p.place for p in points):
            continue
        common: Record = {"wave": TREND, "measure": series.measure, "by": key[0], "by_level": key[1], "method": LINE}
        n = float(sum(p.series.tally.n[p.place[key]] for p in points))
        common |= {"n": n, "weighted_n": float(sum(p.series.tally.size[p.place[key]] for p in points))}
        slope = common | {"estimand": "linear_trend", "unit": f"{series.unit} {step}"}
        reason = BROKEN if broken else None if _known(points, key) else MISSING_WAVE
        if reason is not None:
            yield slope | {"status": estimates.NOT_ESTIMABLE, "note": reason}
            continue
        y = np.array([p.found.estimate[p.place[key], 0] for p in points])
        found = line(time, y, _covariance(points, key, shared))
        df = float(sum(p.found.df[p.place[key], 0] for p in points))
        yield slope | {"estimate": found.slope, "std_error": found.std_error, "df": df}
        yield common | {"estimand": "lack_of_fit", "unit": "chi-squared", "statistic": found.q, "df": float(found.df),
                        "p_value": found.p_value}  # fmt: skip


def _known(points: Sequence[Point], key: Domain) -> bool:
    """Whether every wave has an estimate with an error."""
    return all(p.found.std_error[p.place[key], 0] > 0 for p in points)


def _covariance(points: Sequence[Point], key: Domain, shared: Shared) -> Floats:
    """Sampling covariance of the waves' estimates: nothing beside the diagonal where they share nothing."""
    errors = np.array([p.found.std_error[p.place[key], 0] for p in points])
    out = np.diag(errors**2)
    for (a, b), units in shared.items():
        if units is None:
            continue
        z = [first_stage(points[at], np.array([points[at].place[key]])) for at in (a, b)]
        apart = float(units.variance(z[0], z[1])[0, 0])
        out[a, b] = out[b, a] = (errors[a] ** 2 + errors[b] ** 2 - apart) / 2
    return out


def table(records: Sequence[Record], study: StudySpec) -> pd.DataFrame:
    """The estimates table of lines: slopes tested, one family of all; lack of fit keeps its own p."""
    if not records:
        return estimates.table({})
    columns = ("estimate", "std_error", "df", "statistic", "p_value", "status", "note")
    frame = pd.DataFrame(records).reindex(columns=list(dict.fromkeys([*records[0], *columns])))
    fit = frame["estimand"].eq("lack_of_fit")
    slopes = families(frame[~fit].drop(columns=["statistic", "p_value"]), study)
    rest = estimates.table(frame[fit].assign(analysis="trend"))
    return pd.concat([slopes, rest]).sort_index()


def change_flags(changes: pd.DataFrame, indicators: Collection[str], study: StudySpec) -> pd.DataFrame:
    """Which changes of the indicators' means are announced: `change_flag`, 1 or 0, with the adjusted p it rests on.

    Two waves have two families, as many tests as a reader of one table looks at: the indicators in everyone, and
    the indicators in all groups. `p_adjusted` of the change itself is over all measures and domains of a later wave.

    Parameters
    ----------
    changes : estimates table of changes; those that were not tested have no flag
    """
    of_mean = changes["estimand"].eq("difference") & changes["level"].isna() & changes["p_value"].notna()
    rows = changes[of_mean & changes["measure"].isin(list(indicators))]
    everyone = rows["by"].isna()
    method = np.where(everyone, FLAG_OF_EVERYONE, FLAG_OF_GROUPS)
    single = rows["p_value"].to_numpy(float)
    p = np.full(len(rows), np.nan)
    for family in rows.groupby(["contrast", everyone], sort=False).indices.values():
        p[family] = adjusted(single[family], study.adjust)
    flag = (p < 1 - study.conf_level).astype(float)
    kept = ["wave", "analysis", "measure", "by", "by_level", "contrast", "n", "weighted_n", "status"]
    out = rows[kept].assign(estimand="change_flag", estimate=flag, p_adjusted=p, unit="yes or no", method=method)
    return estimates.table(out)


def control_flags(points: Mapping[str, Sequence[Point]]) -> Iterator[Record]:
    """From eight waves on, which waves of an indicator leave its control chart.

    Parameters
    ----------
    points : indicator → its mean in every wave
    """
    for name, course in points.items():
        if len(course) >= FEWEST_OF_CHART:
            yield from _chart(name, course)


def _chart(name: str, course: Sequence[Point]) -> Iterator[Record]:
    y = np.array([p.found.estimate[p.place[None, None], 0] for p in course])
    if not np.isfinite(y).all():
        return
    beyond = out_of_control(y)
    for k in range(FEWEST_OF_CHART - 1, len(y)):
        n = int(course[k].series.tally.n[0])
        yield {"wave": course[k].inf.respondents.name, "analysis": "trend", "measure": name, "n": n,
               "estimand": "control_flag", "estimate": float(beyond[k]), "unit": "yes or no",
               "method": CHART}  # fmt: skip

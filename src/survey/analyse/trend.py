"""What changed between waves, whether waves may be compared, and how much of a change is one of composition.

Rows that compare two waves bear the later wave's name, and `2025 - 2023` as contrast; rows over all waves bear
the name of the trend. Each wave's own estimates stand beside them, so that a line can be drawn through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from survey.analyse import comparability, composition, course
from survey.analyse.changes import ChangeRows, Point, add_wave, contrast, point
from survey.analyse.occasions import Occasions
from survey.analyse.respondents import InMemory
from survey.analyse.rows import Rows
from survey.analyse.series import Series, followed
from survey.analyse.sharing import alike
from survey.analyse.waves import Waves
from survey.core import estimates

SAME_UNITS = (
    "the waves name many sampling units alike; if these are the same places, declare `overlap: psu`, "
    "or the errors of change are wrong"
)


def trend(waves: Waves) -> pd.DataFrame:
    """Estimates of every wave, their changes, and what is needed to read them.

    `difference` (`difference_score100`, `difference_top2`, `difference_dont_know`) of each measure in everyone and
    in each group; `comparable` with the reason; `composition` and `rate` of an indicator's change; from three
    waves `linear_trend` and `lack_of_fit`; `change_flag` of an indicator, in everyone and in each group, is what may
    be announced; from eight waves `control_flag`; `shared_units` where waves name units alike and do not say what
    they share.

    Raises
    ------
    NotApplicable
        Where waves share units or persons that cannot be matched.
    """
    occasions = waves.occasions
    changes, own = ChangeRows(waves.study), [Rows(inf, "trend") for inf in occasions.inferences]
    records: list[course.Record] = []
    followed_up: dict[str, list[Point]] = {}
    indicators = {i.name for i in waves.instrument.indicators}
    for together in _side_by_side(occasions):
        points = {at: point(occasions.inferences[at], series) for at, series in together.items()}
        first = next(iter(points.values())).series
        hundred = first.measure in indicators
        for at, p in points.items():
            add_wave(own[at], p, hundred)
        _add_changes(occasions, changes, points, hundred)
        if first.estimand == "mean" and len(points) == len(occasions.inferences):
            records += course.lines(list(points.values()), waves.study, occasions.shared, _broken(occasions, first))
            if first.measure in indicators:
                followed_up[first.measure] = list(points.values())
    moved = changes.table()
    made = [*(_own(rows) for rows in own), moved, course.table(records, waves.study)]
    rest = [*_verdict_rows(occasions), *_components(occasions, list(followed_up)), *_warnings(occasions)]
    rest += course.control_flags(followed_up)
    announced = course.change_flags(moved, indicators, waves.study)
    return estimates.concat([*made, estimates.table(pd.DataFrame(rest)), announced])


def _side_by_side(occasions: Occasions) -> Iterator[dict[int, Series]]:
    """Position of a wave → its series, for each series that any wave has."""
    for of_measure in zip(*map(followed, occasions.inferences), strict=True):
        kinds = dict.fromkeys(s.estimand for series in of_measure for s in series)
        for kind in kinds:
            found = {at: s for at, series in enumerate(of_measure) for s in series if s.estimand == kind}
            yield found


def _add_changes(occasions: Occasions, rows: ChangeRows, points: dict[int, Point], hundred: bool) -> None:
    for later, earlier in occasions.pairs:
        if later in points and earlier in points:
            verdict = occasions.verdicts[later, earlier].get(points[later].series.measure)
            shared = occasions.shared[later, earlier]
            rows.add(points[later], points[earlier], shared, verdict.barred if verdict else None, hundred)


def _broken(occasions: Occasions, series: Series) -> bool:
    found = [verdicts.get(series.measure) for verdicts in occasions.verdicts.values()]
    return any(v is not None and v.reasons for v in found)


def _own(rows: Rows) -> pd.DataFrame:
    """A wave's estimates of everyone and of groups other than the measure itself."""
    table = rows.table()
    return table[table["by2"].isna() & table["by"].ne(table["measure"]).fillna(True)]


def _verdict_rows(occasions: Occasions) -> Iterator[dict[str, object]]:
    for (later, earlier), found in occasions.verdicts.items():
        pair = (occasions.inferences[later], occasions.inferences[earlier])
        yield from comparability.rows(list(found.values()), *pair)


def _components(occasions: Occasions, indicators: Sequence[str]) -> Iterator[dict[str, object]]:
    for later, earlier in occasions.pairs:
        pair = (occasions.inferences[later], occasions.inferences[earlier])
        verdicts = occasions.verdicts[later, earlier]
        two = composition.samples(*pair, occasions.shared[later, earlier])
        measures = [name for name in indicators if not verdicts[name].reasons]
        yield from composition.rows(two, measures) if two is not None else ()


def _warnings(occasions: Occasions) -> Iterator[dict[str, object]]:
    """Waves that name sampling units alike and do not say what they share."""
    for later, earlier in occasions.pairs:
        pair = (occasions.inferences[later], occasions.inferences[earlier])
        stated = occasions.study.wave(pair[0].respondents.name).design.overlap_stated
        if stated or not all(isinstance(inf.respondents, InMemory) for inf in pair):
            continue
        same, fewest = alike(pair[0].wave, pair[1].wave)
        if fewest and 2 * same >= fewest:
            yield {"wave": pair[0].respondents.name, "analysis": "trend", "contrast": contrast(*pair),
                   "estimand": "shared_units", "estimate": float(same), "unit": "sampling units",
                   "method": "sampling units of one stratum and name in both waves", "note": SAME_UNITS}  # fmt: skip

"""What goes with what: every question and derived variable against every grouping.

Answers are taken as categories, so that one test serves all of them; a question with several answers has
a test for each option and one for all together. Shares of two-level answers are compared pair by pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.analyse.evaluation import ROUNDING
from survey.analyse.families import UNWEIGHTED, FamilyRows, Split, reasons, scattered, splits, tested, two, whole
from survey.analyse.inference import Inference, variance_method
from survey.analyse.measures import described
from survey.core.counted import Answered, AnyOf, Chosen, each
from survey.core.instrument import Instrument
from survey.core.variables import Variable
from survey.stats import contrasts, effects, influence
from survey.stats.arrays import Floats
from survey.stats.classical import chi2
from survey.stats.groups import part
from survey.stats.options import of_option, rao_scott_together
from survey.stats.tallied import Tally

PROPORTION = "proportion"


@dataclass(frozen=True)
class Cross:
    """One variable, or one option of it, in one grouping."""

    measure: str
    level: str | None
    split: Split
    tally: Tally = field(repr=False)

    @property
    def key(self) -> dict[str, object]:
        """The key columns that all rows share."""
        return {"measure": self.measure, "level": self.level, "by": self.split.name}


def association(inf: Inference) -> pd.DataFrame:
    """Rao–Scott's test and Cramér's V of each variable with levels in each grouping; shares pair by pair.

    Two variables that rest on one question are not set against each other: they agree by construction.
    Without a probability sample, and under `method: classical` or `both`, Pearson's unweighted test stands there.
    """
    rows, groupings, rests_on = FamilyRows(inf, "association"), splits(inf), roots(inf.instrument)
    wanted = [v for v in described(inf.instrument) if v.levels and inf.respondents.holds(v.name)]
    coded = inf.respondents.levels_of([v.name for v in wanted if v.type != "multi"])
    for variable in wanted:
        tally = _options(inf, variable) if variable.type == "multi" else next(coded)
        for split in groupings:
            if not rests_on[variable.name] & rests_on[split.name]:
                _one(inf, rows, variable, split, part(tally, split.start, len(split.keys)))
    return rows.table()


def roots(instrument: Instrument) -> Mapping[str, frozenset[str]]:
    """The questions that each question and derived variable rests on."""
    found = {q.name: frozenset([q.name]) for q in instrument.questions}
    for d in instrument.derived:
        found[d.name] = frozenset[str]().union(*(found.get(name, frozenset([name])) for name in d.source.names))
    return found


def _options(inf: Inference, variable: Variable) -> Tally:
    """Columns answered, option 1, option 2 …"""
    answered = Answered(variable.name)
    columns = each(answered, *(Chosen(variable.name, v.key) for v in variable.levels))
    return inf.respondents.columns(columns, AnyOf((answered,)))


def _one(inf: Inference, rows: FamilyRows, variable: Variable, split: Split, tally: Tally) -> None:
    if variable.type == "multi":
        for option, level in enumerate(variable.levels):
            _tests(inf, rows, Cross(variable.name, level.key, split, of_option(tally, option)))
        if inf.probability and inf.study.method != "classical":
            _together(inf, rows, Cross(variable.name, None, split, tally))
        return
    _tests(inf, rows, Cross(variable.name, None, split, tally))
    if len(variable.levels) == 2:
        _shares(inf, rows, Cross(variable.name, variable.levels[1].key, split, tally))


def _tests(inf: Inference, rows: FamilyRows, cross: Cross) -> None:
    base = cross.key | whole(cross.tally)
    found = contrasts.rao_scott(cross.tally, inf.sampling)
    if inf.probability and inf.study.method != "classical":
        words = f"Rao-Scott, second order; {variance_method(inf)}"
        rows.add(base | tested(found.test) | {"estimand": "rao_scott", "unit": "F", "method": words})
    if not inf.probability or inf.study.method != "design":
        words = f"{UNWEIGHTED}: Pearson's chi-squared without continuity correction"
        columns = tested(chi2(cross.tally.count)) | {"estimand": "chi2", "unit": "chi-squared", "method": words}
        rows.add(base | columns)
    words = "weighted shares, uncorrected" if inf.respondents.weighted else "unweighted shares, uncorrected"
    rows.add(base | {"estimand": "cramers_v", "estimate": found.cramers_v, "unit": "Cramér's V", "method": words})


def _together(inf: Inference, rows: FamilyRows, cross: Cross) -> None:
    words = f"all options together, Rao-Scott, second order (Thomas and Decady); {variance_method(inf)}"
    test = rao_scott_together(cross.tally, inf.sampling)
    columns = tested(test) | {"estimand": "rao_scott", "unit": "F", "method": words}
    rows.add(cross.key | whole(cross.tally) | columns)


def _shares(inf: Inference, rows: FamilyRows, cross: Cross) -> None:
    """Difference and odds ratio of the second level's share, every two groups."""
    first, second = cross.split.pairs
    base = cross.key | {"contrast": cross.split.contrasts, "note": reasons(cross.tally, first, second)}
    base |= two(cross.tally, first, second)
    one = np.array([0.0, 1.0])
    if not inf.probability:
        _without_error(rows, base, influence.level_mean(cross.tally.total, one).estimate[:, 0], cross.split)
        return
    shares = contrasts.group_means(cross.tally, one, inf.sampling)
    found = contrasts.pairs(cross.tally, shares)
    at, size = cross.split.place(found.first, found.second), len(first)
    usable = (found.df >= 1) & (found.std_error > ROUNDING)
    for estimand, unit, words, columns in (
        ("difference", PROPORTION, "t interval", _difference(found)),
        ("odds_ratio", "odds ratio", "t interval on the log scale", _odds(shares, found)),
    ):
        placed = {name: scattered(np.where(usable, column, np.nan), at, size) for name, column in columns.items()}
        words = f"{variance_method(inf)}, {words}"
        rows.add(base | placed | {"estimand": estimand, "unit": unit, "method": words})


def _difference(found: contrasts.Pairs) -> dict[str, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = found.difference / found.std_error
    return {
        "estimate": found.difference,
        "std_error": found.std_error,
        "statistic": t,
        "df": found.df,
        "p_value": found.p_value,
    }


def _odds(shares: contrasts.GroupMeans, found: contrasts.Pairs) -> dict[str, Floats]:
    position = np.zeros(int(shares.group.max(initial=0)) + 1, dtype=np.intp)
    position[shares.group] = np.arange(len(shares.group))
    log, error = effects.log_odds_ratios(shares, position[found.first], position[found.second])
    return {"estimate": np.exp(log), "scale_error": error, "df": found.df}


def _without_error(rows: FamilyRows, base: Mapping[str, object], share: Floats, split: Split) -> None:
    first, second = split.pairs
    inside = np.where((share > 0) & (share < 1), share, np.nan)
    odds = inside / (1 - inside)
    for estimand, unit, estimate in (
        ("difference", PROPORTION, share[first] - share[second]),
        ("odds_ratio", "odds ratio", odds[first] / odds[second]),
    ):
        method = "nonprobability sample: no standard error"
        rows.add({**base, "estimand": estimand, "unit": unit, "estimate": estimate, "method": method})

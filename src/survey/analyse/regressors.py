"""Measures and covariates of a model as arrays, and the rows that models share.

`decompose`, `models` and `indirect` regress a measure on covariates that study.yaml names; here the names
become columns, and estimates become rows of the estimates table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.measures import level_codes, numbers, scores
from survey.core import estimates
from survey.core.instrument import Instrument
from survey.errors import SurveyError
from survey.stats import interval
from survey.stats.arrays import Bools, Floats
from survey.stats.decomposition import regular
from survey.stats.multiplicity import adjusted
from survey.stats.sampling import Sampling

REPLICATES = "Replicate weights name no sampling units, on which the errors of models rest."
NO_ERROR = "nonprobability sample: no standard error"
NOT_HELD = "the wave does not hold every variable of this model"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Covariate:
    """A covariate of a model.

    Attributes
    ----------
    levels : keys of the levels that someone in the domain holds; none for a number
    columns : (n, L) float, a dummy of each level, or the number itself; NaN where missing
    """

    name: str
    levels: tuple[str, ...]
    columns: Floats = field(repr=False)

    @property
    def free(self) -> Floats:
        """Columns that a regression takes: all but the first level's."""
        return self.columns[:, 1:] if self.levels else self.columns


def with_units(inf: Inference) -> None:
    """Make sure that errors of models can be had.

    Raises
    ------
    NotApplicable
        The design consists of replicate weights.
    """
    if inf.sampling.replicates is not None:
        raise NotApplicable(REPLICATES)


def held(inf: Inference, names: Iterable[str]) -> bool:
    """Whether the wave holds every variable."""
    return all(map(inf.respondents.holds, names))


def is_share(instrument: Instrument, name: str) -> bool:
    """Whether a measure has two levels, of which the second is counted."""
    return instrument.has(name) and len(instrument.variable(name).levels) == 2


def number_of(inf: Inference, name: str) -> Floats:
    """An indicator, a number, the codes of a scale, or whether the second of two levels holds, (n,); NaN missing."""
    if not inf.instrument.has(name) or not inf.instrument.variable(name).levels:
        return numbers(inf.wave, name)
    variable = inf.instrument.variable(name)
    value = np.array([0.0, 1.0]) if len(variable.levels) == 2 else scores(variable)
    if value is None:
        raise SurveyError(f"the levels of {name!r} have no numbers")
    return np.append(value, np.nan)[level_codes(inf.wave, name)]


def unit_of(inf: Inference, name: str) -> str:
    """Unit of a measure in the estimates table."""
    if is_share(inf.instrument, name):
        return "proportion"
    return "scale points" if not inf.instrument.has(name) or inf.instrument.variable(name).levels else "units"


def covariate(inf: Inference, name: str, domain: Bools) -> Covariate:
    """A covariate with the levels that occur in `domain`, (n,) bool."""
    if not inf.instrument.has(name) or not inf.instrument.variable(name).levels:
        return Covariate(name, (), numbers(inf.wave, name)[:, None])
    code = level_codes(inf.wave, name)
    keys = [level.key for level in inf.instrument.variable(name).levels]
    present = np.unique(code[domain & (code >= 0)])
    dummies = np.where((code < 0)[:, None], np.nan, code[:, None] == present).astype(float)
    return Covariate(name, tuple(keys[k] for k in present), dummies)


def answered_all(inf: Inference, y: Floats, names: Sequence[str]) -> Bools:
    """(n,) bool, who has an answer and every covariate."""
    known = np.isfinite(y)
    for name in names:
        coded = inf.instrument.has(name) and bool(inf.instrument.variable(name).levels)
        known = known & (level_codes(inf.wave, name) >= 0 if coded else np.isfinite(numbers(inf.wave, name)))
    return np.asarray(known, dtype=np.bool_)


def apart(inf: Inference, names: Sequence[str], domain: Bools) -> tuple[str, ...]:
    """The names that those before them do not add up to in a domain, such as education beside its regrouping."""
    kept: list[str] = []
    rows = answered_all(inf, np.where(domain, 0.0, np.nan), names)
    columns = np.ones((int(rows.sum()), 1))
    for name in names:
        more = np.column_stack([columns, covariate(inf, name, rows).free[rows]])
        if more.shape[1] > columns.shape[1] and regular(more.T @ more):
            columns = more
            kept.append(name)
    return tuple(kept)


def design_df(sampling: Sampling, used: Bools) -> int:
    """Sampling units minus strata that hold one of the respondents used."""
    return len(np.unique(sampling.psu[used])) - len(np.unique(sampling.stratum[used]))


def estimated(inf: Inference, estimate: float, std_error: float, df: float) -> Record:
    """An estimate with its error and t interval; the estimate alone without a probability sample."""
    if not np.isfinite(estimate):
        return {"status": estimates.NOT_ESTIMABLE}
    if not inf.probability:
        return {"estimate": estimate, "method": NO_ERROR}
    low, high = interval.wald(np.array(estimate), np.array(std_error), np.array(float(df)), inf.conf_level)
    status = estimates.IMPRECISE if df < 8 else estimates.OK
    found = {"estimate": estimate, "std_error": std_error, "df": float(df), "status": status}
    return found | {"conf_low": float(low), "conf_high": float(high), "conf_level": inf.conf_level}


def estimated_share(inf: Inference, estimate: float, std_error: float, df: float) -> Record:
    """A share with its error and logit interval; the share alone without a probability sample."""
    found = estimated(inf, estimate, std_error, df)
    if "conf_low" not in found:
        return found
    ends = interval.logit(np.array(estimate), np.array(std_error), np.array(float(df)), inf.conf_level)
    return found | {"conf_low": float(ends[0]), "conf_high": float(ends[1])}


def table(inf: Inference, analysis: str, records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The estimates table of a model's rows; p-values are adjusted over each estimand."""
    if not records:
        return estimates.table({})
    common = {"wave": inf.respondents.name, "analysis": analysis}
    found = pd.DataFrame([common | dict(record) for record in records])
    if "p_value" in found:
        found["p_adjusted"] = np.nan
        for _, family in found.groupby("estimand", sort=False):
            p = family["p_value"].to_numpy(float)
            found.loc[family.index, "p_adjusted"] = adjusted(p, inf.study.adjust)
    return estimates.table(found)

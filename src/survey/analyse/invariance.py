"""Whether an indicator measures the same thing in every group, and so what of it may be compared between them.

A ladder of models, each holding more equal in all groups (`stats.invariance`); how far it holds says what may
be compared. The rule by which a step fails is `stats.invariance.LIMITS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.grouped_answers import GroupedAnswers, grouped_answers
from survey.analyse.inference import Inference
from survey.core import estimates
from survey.core.sampling import Overlap
from survey.stats import invariance as ladder
from survey.stats.arrays import Floats
from survey.stats.fit import RMSEA_LEVEL
from survey.stats.patterns import by_group

MODEL = "ordinal one-factor model, WLSMV, delta parameters, complete cases, unweighted"
RULE = (
    "a step fails when CFI falls by 0.010 and RMSEA rises by 0.015, the first when CFI is below 0.90; "
    "unweighted, complete cases"
)
#: What may be compared where the ladder holds to a step; None: where not even the first step does.
COMPARABLE: Mapping[str | None, str] = {
    None: "nothing may be compared",
    "configural": "nothing may be compared",
    "metric": "associations may be compared, means may not",
    "scalar": "means may be compared",
    "strict": "means may be compared",
}
FEW_GROUPS = "not tested: fewer than two groups with 200 complete cases or more"
ONE_LEVEL = "not tested: an item is left with one answer that all groups gave"
UNRELATED = "not tested: the items are hardly related"
NO_OPTIMUM = "not tested: the model has no solution"
SMALL_GROUP = "fewer than 200 complete cases: left out"
MERGED = "answers put together in all groups alike, because a group gave one of them not at all"
NEGATIVE = "a residual variance is negative"
SHARED_UNITS = "the waves share sampling units: chi-square takes them for independent and is not interpreted"

Record = dict[str, Any]


def invariance(inf: Inference) -> pd.DataFrame:
    """The ladder of every indicator over every grouping; rows of a model carry its name as `level`.

    `chi2` `cfi` `rmsea` (with its 90 % interval) `srmr`, from the second model on `delta_cfi` `delta_rmsea`;
    `invariance_level`, the number of steps that hold, its `level` the last of them and its `note` what may be
    compared. `tested`, 1 or 0, for each group (`by_level`); `levels_left` of each item whose answers were put
    together.

    Raises
    ------
    NotApplicable
        Where there are no indicators or no groups.
    """
    records = [record for answers in grouped_answers(inf) for record in _rows(answers)]
    return estimates.table(pd.DataFrame(records).assign(wave=inf.respondents.name, analysis="invariance"))


def across(measure: str, items: tuple[str, ...], waves: Mapping[str, Floats], overlap: Overlap) -> list[Record]:
    """The rows of `invariance` with the waves for groups: `by` is "wave", `by_level` a wave's name.

    Parameters
    ----------
    items : names of the items that all waves asked
    waves : name of a wave → (n, k) answers to them, reverse-scored; NaN where missing
    overlap : what the waves share; where it is something, chi-square says so in its note
    """
    together = np.vstack(list(waves.values()))
    wave = np.repeat(np.arange(len(waves)), [len(answers) for answers in waves.values()])
    held = np.isfinite(together).all(axis=1)
    groups = by_group(together[held], wave[held], len(waves))
    rows = list(_rows(GroupedAnswers(measure, items, "wave", tuple(waves), groups)))
    if overlap != "none":
        for row in rows:
            if row["estimand"] == "chi2":
                row |= {"note": SHARED_UNITS, "p_value": float("nan")}
    return rows


def _rows(answers: GroupedAnswers) -> Iterator[Record]:
    common: Record = {"measure": answers.measure, "by": answers.by}
    large = answers.with_at_least(ladder.LIMITS.group)
    yield from (common | row for row in _groups(answers, large))
    if reason := answers.unsuitable:
        yield common | _not_tested(answers, f"not tested: {reason}")
        return
    pattern = np.ones((len(answers.items), 1), dtype=bool)
    found = ladder.invariance(answers.patterns, pattern)
    tested = int(found.n[found.tested].sum())
    if reason := _why_not(found):
        yield common | _not_tested(answers, reason)
        return
    common["n"] = tested
    yield common | _level(found)
    yield from (common | row for row in _merged(answers, found))
    for step in found.steps:
        yield from (common | {"level": step.name} | row for row in _model(step))


def _groups(answers: GroupedAnswers, large: np.ndarray) -> Iterator[Record]:
    for level, group, kept in zip(answers.levels, answers.patterns, large, strict=True):
        note = None if kept else SMALL_GROUP
        yield {"estimand": "tested", "by_level": level, "estimate": float(kept), "n": int(group.n), "note": note,
               "unit": "yes or no", "method": "complete cases, unweighted"}  # fmt: skip


def _why_not(found: ladder.Invariance) -> str | None:
    """Why there is no ladder to judge; None where there is."""
    if found.steps:
        return None if found.steps[0].model.converged else NO_OPTIMUM
    if found.tested.sum() < 2:
        return FEW_GROUPS
    if any(number[-1] == 0 for number in found.merged):
        return ONE_LEVEL
    return NO_OPTIMUM if np.isnan(found.unrelated) else UNRELATED


def _not_tested(answers: GroupedAnswers, reason: str) -> Record:
    return {"estimand": "invariance_level", "n": answers.n, "unit": "steps that hold", "method": RULE,
            "status": estimates.NOT_ESTIMABLE, "note": reason}  # fmt: skip


def _level(found: ladder.Invariance) -> Record:
    held = sum(step.holds for step in found.steps)
    return {"estimand": "invariance_level", "level": found.holds_to, "estimate": float(held), "unit": "steps that hold",
            "method": RULE, "note": COMPARABLE[found.holds_to]}  # fmt: skip


def _merged(answers: GroupedAnswers, found: ladder.Invariance) -> Iterator[Record]:
    for item, number in zip(answers.items, found.merged, strict=True):
        if len(number) > (left := int(number[-1]) + 1):
            yield {"estimand": "levels_left", "level": item, "estimate": float(left), "unit": "levels", "note": MERGED,
                   "method": "complete cases, unweighted"}  # fmt: skip


def _model(step: ladder.Step) -> Iterator[Record]:
    fit, model = step.model.fit, {"method": MODEL}
    if not step.model.converged:
        yield model | {"estimand": "chi2", "status": estimates.NOT_ESTIMABLE, "note": NO_OPTIMUM}
        return
    note = None if step.model.admissible else NEGATIVE
    yield model | {"estimand": "chi2", "statistic": fit.chi2.statistic, "df": fit.chi2.df, "p_value": fit.chi2.p_value,
                   "unit": "chi-square", "note": note}  # fmt: skip
    yield model | {"estimand": "cfi", "estimate": fit.cfi, "unit": "index"}
    yield model | {"estimand": "rmsea", "estimate": fit.rmsea, "unit": "index", "conf_low": fit.rmsea_low,
                   "conf_high": fit.rmsea_high, "conf_level": RMSEA_LEVEL}  # fmt: skip
    yield model | {"estimand": "srmr", "estimate": fit.srmr, "unit": "index"}
    for estimand, value in (("delta_cfi", step.delta_cfi), ("delta_rmsea", step.delta_rmsea)):
        if np.isfinite(value):
            yield model | {"estimand": estimand, "estimate": value, "unit": "change of index"}

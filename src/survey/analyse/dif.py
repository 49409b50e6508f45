"""Whether people of different groups with the same score answer one of its questions differently.

Two people who judge the city alike should answer each question alike, whatever group they are of. The
regressions and the classes of the effect are in `stats.dif`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.grouped_answers import GroupedAnswers, grouped_answers
from survey.analyse.inference import Inference
from survey.core import estimates
from survey.stats import dif as kernel
from survey.stats.fit import ChiSquare
from survey.stats.invariance import LIMITS
from survey.stats.multiplicity import Method, adjusted

METHOD = "ordinal logistic regression on the sum of the items without DIF, complete cases, unweighted"
TESTS = ("dif_uniform", "dif_non_uniform", "dif_total")
FEW_GROUPS = "not tested: fewer than two groups with 200 complete cases or more"
SEPARATED = "answers do not vary, or the group and the score settle them"

Record = dict[str, Any]


def dif(inf: Inference) -> pd.DataFrame:
    """Differential functioning of each item (`level`) in every grouping.

    `dif_uniform` `dif_non_uniform` `dif_total`: likelihood-ratio tests that the group adds to the score, that it
    does so unevenly over the score, and both. `delta_r2`: what both add to Nagelkerke's R², its `note` the class
    of the effect; `delta_r2_mckelvey_zavoina` beside it. p-values are adjusted over each kind of test in the wave.

    Raises
    ------
    NotApplicable
        Where there are no indicators or no groups.
    """
    records = [record for answers in grouped_answers(inf) for record in _rows(answers)]
    table = pd.DataFrame(records).assign(wave=inf.respondents.name, analysis="dif", method=METHOD)
    return estimates.table(_with_adjusted(table, inf.study.adjust))


def _with_adjusted(table: pd.DataFrame, method: Method) -> pd.DataFrame:
    """The table with p-values adjusted over one family per estimand."""
    if "p_value" not in table:
        return table
    p = table["p_value"].to_numpy(float)
    out = np.full(len(p), np.nan)
    for estimand in TESTS:
        family = (table["estimand"] == estimand).to_numpy()
        out[family] = adjusted(p[family], method)
    return table.assign(p_adjusted=out)


def _rows(answers: GroupedAnswers) -> Iterator[Record]:
    common: Record = {"measure": answers.measure, "by": answers.by}
    large = [g for g, kept in zip(answers.patterns, answers.with_at_least(LIMITS.group), strict=True) if kept]
    reason = f"not tested: {answers.unsuitable}" if answers.unsuitable else FEW_GROUPS if len(large) < 2 else None
    if reason:
        yield common | {"estimand": "dif_total", "n": answers.n} | _nothing(reason)
        return
    common["n"] = int(sum(group.n for group in large))
    found = kernel.dif(large)
    for item, of in zip(answers.items, found.items, strict=True):
        yield from (common | {"level": item} | row for row in _item(of))


def _item(of: kernel.ItemDif) -> Iterator[Record]:
    for estimand, test in zip(TESTS, (of.uniform, of.non_uniform, of.total), strict=True):
        yield {"estimand": estimand} | _tested(test)
    for estimand, r2 in (("delta_r2", of.r2), ("delta_r2_mckelvey_zavoina", of.explained)):
        row = {"estimand": estimand, "estimate": r2[2] - r2[0], "unit": "share of variance", "note": of.magnitude}
        yield row if of.magnitude else {"estimand": estimand} | _nothing(SEPARATED)


def _tested(test: ChiSquare) -> Record:
    if not np.isfinite(test.statistic):
        return _nothing(SEPARATED)
    return {"statistic": test.statistic, "df": test.df, "p_value": test.p_value, "unit": "chi-square"}


def _nothing(reason: str) -> Record:
    return {"status": estimates.NOT_ESTIMABLE, "note": reason}

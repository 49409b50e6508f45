"""How the fieldwork went: response rates, interviews too fast to be real, interviewers who leave a mark."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from survey.analyse import dispositions
from survey.analyse.answering import Answering
from survey.analyse.measures import numbers
from survey.core import estimates
from survey.stats.dispositions import NAMES, WEIGHED, outcome_rates
from survey.stats.interviewers import intraclass, separable
from survey.stats.straightlining import fast

NOT_AAPOR = "codes of the dispositions are not AAPOR's"
NO_CASES = "no cases"
NOT_SEPARABLE = "not separable: interviewers do not each work in two sampling units or more"
TOO_FEW = "not separable: sampling units hold too few interviews"
NESTED = "nested analysis of variance, interviewers over sampling units, unweighted"

Record = dict[str, Any]


def speeders(a: Answering) -> None:
    """Share of interviews shorter than a third of the wave's unweighted median length."""
    for question in a.wave.instrument.by_role("duration"):
        if question.name not in a.wave.frame or question.type not in ("number", "integer"):
            continue
        length = numbers(a.wave, question.name)
        known = np.isfinite(length) & a.interviewed
        if known.any():
            a.add_share(question.name, "speeders", fast(np.where(known, length, np.nan)), known)


def response_rates(a: Answering) -> pd.DataFrame:
    """AAPOR's rates of response, cooperation, refusal and contact; empty without a question of role `disposition`."""
    asked = dispositions.question(a.wave)
    if asked is None:
        return estimates.table({})
    found = dispositions.outcomes(a.wave, asked)
    cases = None if found is None else dispositions.counts(found)
    values = dict.fromkeys(NAMES, float("nan")) if cases is None else outcome_rates(cases)
    share = "" if cases is None else f"; e = {cases.eligible_share:.4f}"
    why = NOT_AAPOR if found is None else NO_CASES
    records = [
        {"measure": asked.name, "estimand": name, "n": len(a.wave.frame), "unit": "proportion"}
        | _value(value, why)
        | {"method": "AAPOR, unweighted" + (share if name in WEIGHED else "")}
        for name, value in values.items()
    ]
    return _table(a, records)


def interviewers(a: Answering) -> pd.DataFrame:
    """Intraclass correlation of interviewers for each indicator, apart from the sampling units they work in.

    Where interviewers do not each work in two units, places and interviewers are one, and the row is
    not estimable. Empty where the wave does not say who interviewed.
    """
    asked = next((q for q in a.wave.instrument.by_role("interviewer") if q.name in a.wave.frame), None)
    if asked is None:
        return estimates.table({})
    who = pd.factorize(a.wave.answers(asked.name))[0]
    records = [_interviewer_row(a, battery.indicator.name, who) for battery in a.batteries]
    return _table(a, records)


def _interviewer_row(a: Answering, indicator: str, who: np.ndarray) -> Record:
    score = numbers(a.wave, indicator)
    used = np.isfinite(score) & (who >= 0) & a.interviewed
    unit = np.asarray(a.wave.design.psu)[used]
    base = {"measure": indicator, "estimand": "interviewer_icc", "n": int(used.sum()), "method": NESTED}
    if not used.any() or not separable(who[used], unit):
        return base | _value(float("nan"), NOT_SEPARABLE)
    found = intraclass(score[used], who[used], unit)
    if found is None:
        return base | _value(float("nan"), TOO_FEW)
    tested = {"statistic": found.statistic, "df": found.df, "df2": found.df2, "p_value": found.p_value}
    return base | _value(found.icc, "") | tested


def _value(value: float, why: str) -> Record:
    if not np.isfinite(value):
        return {"status": estimates.NOT_ESTIMABLE, "note": why}
    return {"estimate": value}


def _table(a: Answering, records: list[Record]) -> pd.DataFrame:
    return estimates.table(pd.DataFrame(records).assign(wave=a.inf.respondents.name, analysis="quality"))

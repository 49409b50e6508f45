"""One headline of the report under every specification, and its rows in the estimates table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from survey.analyse.inference import Inference
from survey.analyse.specifications import STUDY, Specification
from survey.core import estimates
from survey.stats import interval
from survey.stats.verdicts import agreement

METHOD = "specifications share the respondents: agreement is counted, not tested"
NO_ESTIMATE = "the study's own analysis has no estimate here"
NOT_TRIED = "only claims about means and shares are tried otherwise"
NO_OTHER = "no other specification changes anything here"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one specification says of one headline; NaN where it says nothing.

    Attributes
    ----------
    ends : of the interval, where that is not the estimate ± t errors
    """

    spec: Specification
    estimate: float
    std_error: float = math.nan
    df: float = math.nan
    p_value: float = math.nan
    p_adjusted: float = math.nan
    verdict: str | None = None
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Headline:
    """One statement of the report under every specification, the study's own first.

    Attributes
    ----------
    contrast : the two groups compared; of a claim the measure of one of its readings
    untried : why there are no findings, where there are none
    """

    measure: str
    unit: str
    n: int | None
    findings: tuple[Finding, ...]
    by: str | None = None
    contrast: str | None = None
    untried: str = NOT_TRIED

    def rows(self, inf: Inference) -> Iterator[dict[str, object]]:
        """The agreement, then one row a specification."""
        key = {"wave": inf.respondents.name, "analysis": "robustness", "measure": self.measure, "by": self.by}
        base = key | {"contrast": self.contrast, "n": self.n, "method": METHOD}
        said = [f for f in self.findings if math.isfinite(f.estimate)]
        yield base | self._agreement("agreement_sign", said, [int(np.sign(f.estimate)) for f in said])
        if inf.probability:
            yield base | self._agreement("agreement_verdict", said, [f.verdict for f in said])
        for f in self.findings:
            yield base | {"estimand": "difference", "level": f.spec.key, "unit": self.unit} | _values(inf, f)

    def _agreement(self, estimand: str, said: Sequence[Finding], words: Sequence[object]) -> dict[str, object]:
        unit = {"estimand": estimand, "unit": "share of specifications"}
        if not said or said[0].spec != STUDY:
            note = NO_ESTIMATE if self.findings else self.untried
            return unit | {"estimate": math.nan, "status": estimates.NOT_ESTIMABLE, "note": note}
        found = agreement(words)
        if math.isnan(found.share):
            return unit | {"estimate": math.nan, "status": estimates.NOT_ESTIMABLE, "note": NO_OTHER}
        names = ", ".join(said[at].spec.key for at in found.differing)
        return unit | {"estimate": found.share, "status": estimates.OK, "note": names or None}


def _values(inf: Inference, f: Finding) -> dict[str, object]:
    status = estimates.OK if math.isfinite(f.estimate) else estimates.NOT_ESTIMABLE
    if not inf.probability:
        return {"estimate": f.estimate, "status": status}
    wald = interval.wald(np.array(f.estimate), np.array(f.std_error), np.array(f.df), inf.conf_level)
    low, high = wald if f.ends is None else f.ends
    return {
        "estimate": f.estimate, "std_error": f.std_error, "conf_low": float(low), "conf_high": float(high),
        "conf_level": inf.conf_level if math.isfinite(float(low)) else math.nan,
        "df": f.df, "p_value": f.p_value, "p_adjusted": f.p_adjusted, "status": status, "note": f.verdict,
    }  # fmt: skip

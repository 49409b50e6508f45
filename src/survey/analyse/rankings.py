"""One measure against others that the same respondents answered: is its mean or share the largest?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.analyse.domains import group_levels
from survey.analyse.inference import NEEDS_ROWS, Inference, variance_method
from survey.analyse.quantities import claimed, counted
from survey.analyse.respondents import InMemory
from survey.core import estimates
from survey.core.statements import Claim
from survey.stats import interval
from survey.stats.arrays import Bools, Floats
from survey.stats.statements import Lead

NOT_COMPARABLE = "not tested: only means, scores and shares of the same respondents can be ranked"


@dataclass(frozen=True)
class Compared:
    """The measure that is said to be largest, less each other one, in one domain.

    Attributes
    ----------
    others : names
    n : respondents of the measure with fewer of them, (k − 1,); least : fewest of all measures
    """

    by: str | None
    by_level: str | None
    others: tuple[str, ...]
    lead: Lead = field(repr=False)
    n: Floats
    least: float

    def rows(self, claim: Claim, inf: Inference) -> pd.DataFrame:
        """A row each difference, then one of all together."""
        lead = self.lead
        test = (1 - inf.conf_level, claim.adjust or inf.study.adjust)
        judged, (joint, p) = lead.of_each(*test), lead.of_all(*test)
        domain = {"by": self.by, "by_level": self.by_level, "measure": claim.id}
        low, high = interval.wald(lead.difference, lead.std_error, np.full(len(self.others), lead.df), inf.conf_level)
        told = np.isfinite(lead.supporting)
        each = pd.DataFrame({
            **domain, "level": self.others, "estimand": "difference", "estimate": lead.difference,
            "std_error": lead.std_error, "conf_low": low, "conf_high": high,
            "conf_level": np.where(told, inf.conf_level, np.nan), "df": lead.df,
            "p_value": judged.p_value, "p_adjusted": judged.p_adjusted, "n": self.n, "unit": "as the measures",
            "method": f"{claim.largest} less the measure in `level`, same respondents; {variance_method(inf)}",
            "note": judged.words, "status": np.where(told, estimates.OK, estimates.NOT_ESTIMABLE),
        })  # fmt: skip
        whole = pd.DataFrame([{
            **domain, "estimand": claim.estimand, "p_value": p, "n": self.least,
            "unit": "verdict", "method": "larger than every other measure, each difference after adjustment",
            "note": joint, "status": estimates.OK if lead.known else estimates.NOT_ESTIMABLE,
        }])  # fmt: skip
        return pd.concat([each, whole], ignore_index=True)


def compared(inf: Inference, claim: Claim) -> list[Compared] | str:
    """The measure said to be largest against each other, in everyone and each group; a sentence where it cannot be."""
    if not isinstance(inf.respondents, InMemory):
        return NEEDS_ROWS
    columns = [counted(inf.wave, quantity) for quantity in claimed(claim)]
    y = [c for c in columns if c is not None]
    if len(y) < len(columns):
        return NOT_COMPARABLE
    return [_in_domain(inf, claim, np.column_stack(y), *domain) for domain in _domains(inf)]


def _domains(inf: Inference) -> Iterator[tuple[str | None, str | None, Bools]]:
    """Everyone, then each level of each group, as (n,) bool."""
    for names, grouping in zip(inf.respondents.breakdowns, inf.groupings, strict=True):
        if not names:
            yield None, None, np.ones(len(grouping.code), dtype=bool)
        elif len(names) == 1:
            for place, level in enumerate(group_levels(inf.instrument, names[0])):
                yield names[0], level, np.asarray(grouping.code == place)


def _in_domain(
    inf: Inference, claim: Claim, y: Floats, by: str | None, by_level: str | None, domain: Bools
) -> Compared:
    assert claim.largest is not None
    own = claim.measures.index(claim.largest)
    rest = [j for j in range(len(claim.measures)) if j != own]
    answered = (np.isfinite(y) & domain[:, None]).sum(axis=0).astype(float)
    others = tuple(claim.measures[j] for j in rest)
    lead = Lead.of(y, own, inf.sampling, domain)
    return Compared(by, by_level, others, lead, np.minimum(answered[own], answered[rest]), float(answered.min()))

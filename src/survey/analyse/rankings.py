"""One measure against others that the same respondents answered: is its mean or share the largest?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.analyse.domains import group_levels
from survey.analyse.inference import NEEDS_ROWS, Inference, variance_method
from survey.analyse.measures import level_codes, numbers
from survey.analyse.respondents import InMemory
from survey.core import estimates
from survey.core.statements import Claim
from survey.core.wave import Wave
from survey.stats import interval
from survey.stats.arrays import Bools, Floats
from survey.stats.within import Differences, differences, joint_means

NOT_COMPARABLE = "not tested: only means, scores and shares of the same respondents can be ranked"
YES = "1"


@dataclass(frozen=True)
class Compared:
    """The measure that is said to be largest, less each other one, in one domain.

    Attributes
    ----------
    others : names; supporting, opposing : (k − 1,) one-sided p that the difference is above, below 0
    n : respondents of the measure with fewer of them, (k − 1,); least : fewest of all measures
    known : whether every difference has an error
    """

    by: str | None
    by_level: str | None
    others: tuple[str, ...]
    found: Differences | None = field(repr=False)
    df: float
    supporting: Floats
    opposing: Floats
    n: Floats
    least: float

    @property
    def known(self) -> bool:
        """Whether every difference has an error."""
        return bool(np.isfinite(self.supporting).all())

    def rows(self, claim: Claim, words: Sequence[str], adjusted: Floats, joint: str, inf: Inference) -> pd.DataFrame:
        """A row each difference, then one of all together."""
        k = len(self.others)
        domain = {"by": self.by, "by_level": self.by_level, "measure": claim.id}
        nan = np.full(k, np.nan)
        value, error = (nan, nan) if self.found is None else (self.found.difference, self.found.std_error)
        low, high = interval.wald(value, error, np.full(k, self.df), inf.conf_level)
        told = np.isfinite(self.supporting)
        each = pd.DataFrame({
            **domain, "level": self.others, "estimand": "difference", "estimate": value, "std_error": error,
            "conf_low": low, "conf_high": high, "conf_level": np.where(told, inf.conf_level, np.nan), "df": self.df,
            "p_value": self.supporting, "p_adjusted": adjusted, "n": self.n, "unit": "as the measures",
            "method": f"{claim.largest} less the measure in `level`, same respondents; {variance_method(inf)}",
            "note": np.where(told, np.array(words, dtype=object), "not_testable"),
            "status": np.where(told, estimates.OK, estimates.NOT_ESTIMABLE),
        })  # fmt: skip
        whole = pd.DataFrame([{
            **domain, "estimand": claim.estimand, "p_value": np.max(adjusted), "n": self.least, "unit": "verdict",
            "method": "larger than every other measure, each difference after adjustment", "note": joint,
            "status": estimates.OK if self.known else estimates.NOT_ESTIMABLE,
        }])  # fmt: skip
        return pd.concat([each, whole], ignore_index=True)


def compared(inf: Inference, claim: Claim) -> list[Compared] | str:
    """The claim's first measure against each other, for everyone and each group; a sentence where it cannot be."""
    if not isinstance(inf.respondents, InMemory):
        return NEEDS_ROWS
    columns = [_values(inf.wave, name, claim) for name in claim.measures]
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


def _values(wave: Wave, name: str, claim: Claim) -> Floats | None:
    """What each respondent counts in the claim's estimand, (n,); None where that is no mean of respondents."""
    if not wave.instrument.has(name):
        return numbers(wave, name) if claim.estimand in ("mean", "score100") else None
    variable = wave.instrument.variable(name)
    if not variable.levels and claim.estimand == "mean":
        return numbers(wave, name)
    value = [v.value for v in variable.levels]
    if variable.type == "multi" or not value:
        return None
    if claim.estimand == "proportion":
        score = [float(v.key == (claim.answer or YES)) for v in variable.levels]
    elif claim.estimand == "mean" and None not in value:
        score = [float(v or 0) for v in value]
    elif claim.estimand == "top2" and None not in value and len(value) > 2:
        top = sorted(float(v or 0) for v in value)[-2]
        score = [float(float(v or 0) >= top) for v in value]
    else:
        return None
    return np.append(score, np.nan)[level_codes(wave, name)]


def _in_domain(
    inf: Inference, claim: Claim, y: Floats, by: str | None, by_level: str | None, domain: Bools
) -> Compared:
    assert claim.largest is not None
    own = claim.measures.index(claim.largest)
    rest = [j for j in range(len(claim.measures)) if j != own]
    others = tuple(claim.measures[j] for j in rest)
    answered = np.isfinite(y) & domain[:, None]
    each = answered.sum(axis=0).astype(float)
    n, least = np.minimum(each[own], each[rest]), float(each.min())
    blank = np.full(len(rest), np.nan)
    means = joint_means(y, inf.sampling, domain) if answered.any() else None
    if means is None or len(means.group) < len(claim.measures) or means.df < 1:
        return Compared(by, by_level, others, None, np.nan, blank, blank, n, least)
    found = differences(means, np.full(len(rest), own), np.array(rest))
    half = found.p_value / 2
    up = found.difference > 0
    supporting, opposing = np.where(up, half, 1 - half), np.where(up, 1 - half, half)
    return Compared(by, by_level, others, found, float(means.df), supporting, opposing, n, least)

"""The obstacles that residents are asked to judge, compared with one another, and why people stay away.

Which questions these are, the instrument says (`barriers`). Items are compared within respondents: the
joint Wald test follows the design; Friedman's test stands beside it, unweighted, on complete cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.analyse.describe import describe
from survey.analyse.domains import group_levels
from survey.analyse.indicators import dont_know
from survey.analyse.inference import Inference, NotApplicable, variance_method
from survey.analyse.measures import level_codes, scores
from survey.analyse.respondents import InMemory
from survey.core import estimates
from survey.stats import contrasts, interval
from survey.stats.arrays import Bools, Floats
from survey.stats.friedman import friedman
from survey.stats.multiplicity import adjusted, bonferroni_level
from survey.stats.within import differences, joint_means

NO_BARRIERS = "The questionnaire declares no barriers, or the wave did not ask for two of them."
TOO_FEW = "too few items or sampling units for this test"
NOT_TOLD_APART = "nobody rated two of the items differently"
UNWEIGHTED = "unweighted, complete cases"
#: Estimands of the items, taken over from `describe`.
OF_ITEMS = ("mean", "top2")


def barriers(inf: Inference) -> pd.DataFrame:
    """Means, top-2 and don't-know shares of the items, their joint tests and pairs, and reasons of non-use.

    Items and tests: for everyone and each level of the declared variable. `design_wald` and `friedman`
    have no measure: they are about all items together; `difference` names two items in `level`.
    """
    declared = inf.instrument.barriers
    items = [name for name in declared.items if inf.respondents.holds(name)] if declared else []
    if declared is None or len(items) < 2:
        raise NotApplicable(NO_BARRIERS)
    by = declared.by if declared.by is not None and inf.respondents.holds(declared.by) else None
    within = Inference.within(inf.study, InMemory.of(inf.wave, (by,) if by else ()))
    found = describe(within, items)
    rated = found[found["estimand"].isin(OF_ITEMS)]
    unknown = dont_know(within, items).assign(estimand="dont_know")
    tests = pd.concat([t for domain in _domains(within, by) for t in _tests(within, items, domain)], ignore_index=True)
    reasons = describe(inf, [name for name in declared.reasons if inf.respondents.holds(name)])
    parts = [rated, unknown, _adjusted(within, tests), reasons[reasons["estimand"].eq("proportion")]]
    return estimates.concat([_ours(part, inf) for part in parts])


def _ours(table: pd.DataFrame, inf: Inference) -> pd.DataFrame:
    return estimates.table(table.assign(analysis="barriers", wave=inf.respondents.name))


@dataclass(frozen=True, slots=True)
class _Domain:
    """Everyone, or one level of the declared variable."""

    by: str | None
    by_level: str | None
    member: Bools = field(repr=False)


def _domains(inf: Inference, by: str | None) -> Iterator[_Domain]:
    yield _Domain(None, None, np.ones(len(inf.wave.frame), dtype=bool))
    if by is not None:
        code = inf.groupings[1].code
        for place, level in enumerate(group_levels(inf.instrument, by)):
            yield _Domain(by, level, np.asarray(code == place))


def _tests(inf: Inference, items: Sequence[str], domain: _Domain) -> Iterator[pd.DataFrame]:
    y = np.column_stack([_answers(inf, name) for name in items])
    rated = np.isfinite(y) & domain.member[:, None]
    key: dict[str, object] = {"by": domain.by, "by_level": domain.by_level}
    base = {"n": int(rated.any(axis=1).sum()), "weighted_n": float(inf.sampling.weight[rated.any(axis=1)].sum())}
    if inf.probability and rated.any():
        means = joint_means(y, inf.sampling, domain.member)
        yield _wald(inf, key | base, means)
        yield _pairs(inf, key, items, means, rated)
    yield _friedman(key, y[domain.member & np.isfinite(y).all(axis=1)])


def _answers(inf: Inference, name: str) -> Floats:
    """The answers' numbers, (n,); NaN where there is none."""
    score = scores(inf.instrument.variable(name))
    assert score is not None
    return np.append(score, np.nan)[level_codes(inf.wave, name)]


def _wald(inf: Inference, base: dict[str, object], means: contrasts.GroupMeans) -> pd.DataFrame:
    test = contrasts.wald(means) if means.df >= 1 else contrasts.NOT_TESTABLE
    words = f"Wald test that all items have one mean, same respondents; {variance_method(inf)}"
    return _test_row(base | {"estimand": "design_wald", "unit": "F", "method": words}, test, TOO_FEW)


def _test_row(base: dict[str, object], test: contrasts.Test, reason: str) -> pd.DataFrame:
    told = np.isfinite(test.p_value)
    status = {"status": estimates.OK} if told else {"status": estimates.NOT_ESTIMABLE, "note": reason}
    numbers = {"statistic": test.statistic, "df": test.df, "df2": test.df2, "p_value": test.p_value}
    return pd.DataFrame([base | (numbers if told else {}) | status])


# The base of a pair is that of the item with fewer answers: what is hidden of one is hidden of both.
def _pairs(
    inf: Inference, key: dict[str, object], items: Sequence[str], means: contrasts.GroupMeans, rated: Bools
) -> pd.DataFrame:
    """Each item less each later one."""
    found = differences(means, *np.triu_indices(len(means.group), 1))
    first, second = means.group[found.first], means.group[found.second]
    told = np.isfinite(found.p_value)
    return pd.DataFrame({
        **key, "level": [f"{items[a]} - {items[b]}" for a, b in zip(first, second, strict=True)],
        "estimand": "difference", "estimate": np.where(told, found.difference, np.nan),
        "std_error": np.where(told, found.std_error, np.nan), "df": float(means.df), "p_value": found.p_value,
        "statistic": np.where(told, found.difference / np.where(told, found.std_error, 1.0), np.nan),
        "n": np.minimum(rated.sum(axis=0)[first], rated.sum(axis=0)[second]), "unit": "scale points",
        "method": f"same respondents; {variance_method(inf)}, t interval",
        "status": np.where(told, estimates.OK, estimates.NOT_ESTIMABLE),
        "note": [None if t else TOO_FEW for t in told],
    })  # fmt: skip


def _friedman(key: dict[str, object], y: Floats) -> pd.DataFrame:
    found = friedman(y)
    rows: list[dict[str, object]] = [
        {"estimand": "friedman", "unit": "chi-squared", "method": f"{UNWEIGHTED}: Friedman's test, corrected for ties"},
        {"estimand": "kendalls_w", "unit": "proportion", "method": f"{UNWEIGHTED}: Kendall's W, corrected for ties"},
    ]
    base = key | {"n": len(y)}
    if found is None:
        none = {"status": estimates.NOT_ESTIMABLE, "note": NOT_TOLD_APART}
        return pd.DataFrame([base | row | none for row in rows])
    rows[0] |= {"statistic": found.statistic, "df": found.df, "p_value": found.p_value}
    rows[1] |= {"estimate": found.concordance}
    return pd.DataFrame([base | row for row in rows])


def _adjusted(inf: Inference, tests: pd.DataFrame) -> pd.DataFrame:
    """p-values adjusted, and intervals made wider, over everything of one estimand."""
    out = tests.assign(p_adjusted=np.nan, conf_low_adjusted=np.nan, conf_high_adjusted=np.nan)
    for at in tests.groupby("estimand", sort=False).indices.values():
        out.loc[at, "p_adjusted"] = adjusted(tests.loc[at, "p_value"].to_numpy(float), inf.study.adjust)
    pair = out["estimand"].eq("difference").to_numpy()
    if not pair.any():
        return out
    value, se, df = (out.loc[pair, c].to_numpy(float) for c in ("estimate", "std_error", "df"))
    for suffix, level in (("", inf.conf_level), ("_adjusted", bonferroni_level(inf.conf_level, int(pair.sum())))):
        out.loc[pair, f"conf_low{suffix}"], out.loc[pair, f"conf_high{suffix}"] = interval.wald(value, se, df, level)
    return out.assign(conf_level=np.where(out["conf_low"].notna(), inf.conf_level, np.nan))

"""How well the items of each indicator hang together, for everyone and in each group; unweighted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.inference import NO_ANSWERS, Inference
from survey.analyse.items import Battery, batteries, everyone_and_groups
from survey.core import estimates
from survey.stats import reliability as stats
from survey.stats.arrays import Floats

METHOD = "unweighted, complete cases"
PAIRWISE = "unweighted, pairs of items answered"
FEW = "fewer than two respondents answered all items"
ONE_ITEM = "one item: nothing to compare"
CONSTANT = "answers do not vary"
LEAST = 30

Record = dict[str, Any]


def reliability(inf: Inference) -> pd.DataFrame:
    """Alpha with Feldt's interval, and each item's part in it (`level`), of every indicator.

    `alpha`, `average_r`, `item_rest`, `item_total` and `alpha_if_dropped` rest on the complete cases, `n`;
    `alpha_pairwise` on everyone who answered two items or more. Reversed items are turned first.
    """
    groupings, names = everyone_and_groups(inf)
    keys = [dict(zip(names.columns(), key, strict=True)) for key in zip(*names.columns().values(), strict=True)]
    records: list[Record] = []
    for battery in batteries(inf.wave):
        items = battery.scored
        domains = (items[g.code == d] for g in groupings for d in range(g.size))
        for key, answers in zip(keys, domains, strict=True):
            records += [key | record for record in _of_domain(battery, answers, inf.conf_level)]
    common = {"wave": inf.respondents.name, "analysis": "reliability", "unit": "coefficient"}
    return estimates.table(pd.DataFrame(records).assign(**common) if records else {})


def _of_domain(battery: Battery, answers: Floats, conf_level: float) -> Iterator[Record]:
    """Rows of one indicator in one domain, from its respondents' answers, (n, k)."""
    complete = stats.complete_moments(answers)
    n, covariance = int(complete.n[0, 0]), complete.covariance
    alpha = stats.alpha(covariance)
    low, high = stats.feldt_interval(alpha, n, len(battery.names), conf_level)
    base = {"measure": battery.indicator.name, "n": n, "method": METHOD}
    feldt = {"conf_low": low, "conf_high": high, "conf_level": conf_level, "method": f"{METHOD}, Feldt interval"}
    why = _why_not(battery, n)
    yield base | _value("alpha", alpha, n, why) | (feldt if np.isfinite(alpha) else {})
    pairs = int((np.isfinite(answers).sum(axis=1) > 1).sum())
    pairwise = stats.alpha(stats.pairwise_moments(answers).covariance)
    yield base | {"n": pairs, "method": PAIRWISE} | _value("alpha_pairwise", pairwise, pairs, _why_not(battery, pairs))
    yield base | _value("average_r", _average_r(covariance), n, why)
    each = stats.item_statistics(covariance)
    parts = {
        "item_rest": each.item_rest,
        "item_total": each.item_total,
        "alpha_if_dropped": each.alpha_if_dropped,
    }
    for estimand, values in parts.items():
        for item, value in zip(battery.names, values.tolist(), strict=True):
            yield base | {"level": item} | _value(estimand, value, n, why)


def _average_r(covariance: Floats) -> float:
    """Mean correlation of two different items; NaN where one does not vary."""
    sd = np.sqrt(np.diag(covariance))
    if len(sd) < 2 or not (sd > 0).all():
        return float("nan")
    r = covariance / np.outer(sd, sd)
    return float(r[np.triu_indices(len(sd), 1)].mean())


def _value(estimand: str, value: float, n: int, why: str) -> Record:
    if not np.isfinite(value):
        return {"estimand": estimand, "status": estimates.NOT_ESTIMABLE, "note": why}
    return {"estimand": estimand, "estimate": value, "status": estimates.IMPRECISE if n < LEAST else estimates.OK}


def _why_not(battery: Battery, n: int) -> str:
    if len(battery.names) < 2:
        return ONE_ITEM
    return NO_ANSWERS if n == 0 else FEW if n < 2 else CONSTANT

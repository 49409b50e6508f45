"""The validity test that Indonesian theses ask for, beside the statistic that deserves the name.

"r hitung" is the correlation of an item with the sum that contains it: of k unrelated items it is
1/√k on average, and "r tabel" falls with n, so that noise passes. It is printed, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference
from survey.analyse.items import Battery, batteries
from survey.core import estimates
from survey.stats import correlation
from survey.stats import reliability as stats

PASSES, FAILS = "above r tabel", "not above r tabel"
LOW, NEGATIVE = "below 0.30", "negative: reversed wording not declared, or not about the same thing"
LEAST_REST = 0.30
R_HITUNG = "item-total correlation, unweighted, complete cases; t test as if a simple random sample"
R_TABEL = "two-sided .05 at n - 2; holds for simple random samples"
REST = "item-rest correlation, unweighted, complete cases"
UNRELATED = "1 / square root of the number of items"
NOTHING = "fewer than three complete cases, one item, or answers that do not vary"

Record = dict[str, Any]


def validity(inf: Inference) -> pd.DataFrame:
    """Item-total ("r hitung") and item-rest correlations with what chance would give, for everyone.

    Per item (`level`): `r_hitung` with `note` saying whether it exceeds r tabel, `item_rest` with a note
    below 0.30. Per indicator: `r_tabel`, and `r_unrelated`, the r hitung that k unrelated items have.
    """
    records = [record for battery in batteries(inf.wave) for record in _of_indicator(battery)]
    common = {"wave": inf.respondents.name, "analysis": "validity", "unit": "correlation"}
    return estimates.table(pd.DataFrame(records).assign(**common) if records else {})


def _of_indicator(battery: Battery) -> Iterator[Record]:
    moments, k = stats.complete_moments(battery.scored), len(battery.names)
    n, each = int(moments.n[0, 0]), stats.item_statistics(moments.covariance)
    table, base = correlation.critical_r(n), {"measure": battery.indicator.name, "n": n}
    t, p = correlation.t_test(each.item_total, n)
    yield base | {"method": R_TABEL} | ({"df": n - 2} if n > 2 else {}) | _value("r_tabel", table)
    yield base | {"method": UNRELATED} | _value("r_unrelated", 1 / np.sqrt(k) if k > 1 else np.nan)
    for j, item in enumerate(battery.names):
        total, rest = (x[j] if n > 2 else np.nan for x in (each.item_total, each.item_rest))
        tested = {"statistic": t[j], "df": n - 2, "p_value": p[j], "note": PASSES if total > table else FAILS}
        known = tested if np.isfinite(total) else {}
        yield base | {"level": item, "method": R_HITUNG} | known | _value("r_hitung", total)
        note = NEGATIVE if rest < 0 else LOW if rest < LEAST_REST else None
        yield base | {"level": item, "method": REST, "note": note} | _value("item_rest", rest)


def _value(estimand: str, value: float) -> Record:
    if not np.isfinite(value):
        return {"estimand": estimand, "status": estimates.NOT_ESTIMABLE, "note": NOTHING}
    return {"estimand": estimand, "estimate": float(value)}

"""How well the items of each indicator hang together, for everyone and in each group.

Unweighted, but for `alpha_weighted`: a coefficient describes the scale among those who answered. A
further coefficient is one line in `_coefficients`, or in `_of_everyone` where it is too dear to be
had in every group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.inference import NO_ANSWERS, Inference
from survey.analyse.items import Battery, batteries, everyone_and_groups
from survey.core import estimates
from survey.stats import omega
from survey.stats import reliability as stats
from survey.stats.arrays import Floats
from survey.stats.patterns import patterns
from survey.stats.polychoric import polychoric

METHOD = "unweighted, complete cases"
FELDT = f"{METHOD}, Feldt interval"
PAIRWISE = "unweighted, pairs of items answered"
WEIGHTED = "weighted, complete cases"
ONE_FACTOR = f"one factor by maximum likelihood, {METHOD}"
POLYCHORIC = f"polychoric correlations, {METHOD}"
FEW = "fewer than two respondents answered all items"
ONE_ITEM = "one item: nothing to compare"
CONSTANT = "answers do not vary"
NO_FACTOR = "no admissible one-factor solution"
LEAST = 30
#: An item with more different answers is a number, not an ordinal scale.
MOST_LEVELS = 10

Record = dict[str, Any]


@dataclass(frozen=True)
class Scale:
    """An indicator's items in one domain.

    Attributes
    ----------
    answers : (n, k) reverse-scored; NaN where missing
    weight : (n,)
    """

    battery: Battery = field(repr=False)
    answers: Floats = field(repr=False)
    weight: Floats = field(repr=False)

    @cached_property
    def moments(self) -> stats.Moments:
        """Of the complete cases."""
        return stats.complete_moments(self.answers)

    @property
    def n(self) -> int:
        """Complete cases."""
        return int(self.moments.n[0, 0])

    @cached_property
    def covariance(self) -> Floats:
        """(k, k) of the complete cases."""
        return self.moments.covariance

    @property
    def correlation(self) -> Floats:
        """(k, k) of the complete cases; NaN for an item that does not vary."""
        sd = np.sqrt(np.diag(self.covariance))
        return self.covariance / np.outer(sd, sd) if (sd > 0).all() else np.full(self.covariance.shape, np.nan)


def reliability(inf: Inference) -> pd.DataFrame:
    """Alpha with Feldt's interval and its kin, and each item's part in it (`level`), of every indicator.

    All rest on the complete cases, `n`, but for `alpha_pairwise`, on everyone who answered two items or
    more. `ordinal_alpha` is given for everyone only. Reversed items are turned first.
    """
    groupings, names = everyone_and_groups(inf)
    keys = [dict(zip(names.columns(), key, strict=True)) for key in zip(*names.columns().values(), strict=True)]
    members = [g.code == d for g in groupings for d in range(g.size)]
    records: list[Record] = []
    for battery in batteries(inf.wave):
        items = battery.scored
        scales = [Scale(battery, items[rows], inf.sampling.weight[rows]) for rows in members]
        for key, scale in zip(keys, scales, strict=True):
            records += [key | record for record in (*_coefficients(scale, inf.conf_level), *_items(scale))]
        records += [keys[0] | record for record in _of_everyone(scales[0])]
    common = {"wave": inf.respondents.name, "analysis": "reliability", "unit": "coefficient"}
    return estimates.table(pd.DataFrame(records).assign(**common) if records else {})


def _coefficients(scale: Scale, conf_level: float) -> Iterator[Record]:
    """Rows about the whole indicator that every domain has."""
    alpha = stats.alpha(scale.covariance)
    low, high = stats.feldt_interval(alpha, scale.n, len(scale.battery.names), conf_level)
    feldt = {"conf_low": low, "conf_high": high, "conf_level": conf_level} if np.isfinite(alpha) else {}
    yield _row(scale, "alpha", alpha, FELDT) | feldt
    pairs = int((np.isfinite(scale.answers).sum(axis=1) > 1).sum())
    pairwise = stats.alpha(stats.pairwise_moments(scale.answers).covariance)
    yield _row(scale, "alpha_pairwise", pairwise, PAIRWISE, pairs)
    weighted = stats.alpha(omega.weighted_covariance(scale.answers, scale.weight))
    yield _row(scale, "alpha_weighted", weighted, WEIGHTED)
    yield _row(scale, "average_r", omega.average_correlation(scale.correlation), METHOD)
    estimable = scale.n > len(scale.battery.names) and np.isfinite(scale.correlation).all()
    one_factor = omega.omega_total(scale.covariance, scale.n) if estimable else float("nan")
    yield _row(scale, "omega_total", one_factor, ONE_FACTOR, why=NO_FACTOR if estimable else None)


def _of_everyone(scale: Scale) -> Iterator[Record]:
    """Rows that are computed for everyone only."""
    complete = scale.answers[np.isfinite(scale.answers).all(axis=1)]
    if len(complete) and max(len(np.unique(item)) for item in complete.T) <= MOST_LEVELS:
        varies = scale.n > 1 and np.isfinite(scale.correlation).all()
        ordinal = stats.alpha(polychoric(patterns(complete)).correlation) if varies else float("nan")
        yield _row(scale, "ordinal_alpha", ordinal, POLYCHORIC)


def _items(scale: Scale) -> Iterator[Record]:
    """Rows about each item."""
    each = stats.item_statistics(scale.covariance)
    parts = {"item_rest": each.item_rest, "item_total": each.item_total, "alpha_if_dropped": each.alpha_if_dropped}
    for estimand, values in parts.items():
        for item, value in zip(scale.battery.names, values.tolist(), strict=True):
            yield _row(scale, estimand, value, METHOD) | {"level": item}


def _row(
    scale: Scale, estimand: str, value: float, method: str, n: int | None = None, why: str | None = None
) -> Record:
    base = scale.n if n is None else n
    row = {"measure": scale.battery.indicator.name, "estimand": estimand, "n": base, "method": method}
    if not np.isfinite(value):
        return row | {"status": estimates.NOT_ESTIMABLE, "note": why or _why_not(scale, base)}
    return row | {"estimate": value, "status": estimates.IMPRECISE if base < LEAST else estimates.OK}


def _why_not(scale: Scale, n: int) -> str:
    if len(scale.battery.names) < 2:
        return ONE_ITEM
    return NO_ANSWERS if n == 0 else FEW if n < 2 else CONSTANT

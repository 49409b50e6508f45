"""How well the items of each indicator hang together, for everyone and in each group.

Unweighted, but for `alpha_weighted`: a coefficient describes the scale among those who answered. A
further coefficient is one line in `_coefficients`, or in `_of_everyone` where it is too dear to be
had in every group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.evaluation import NO_ANSWERS
from survey.analyse.inference import Inference
from survey.analyse.items import MOST_LEVELS, Battery, batteries, everyone_and_groups
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
GENERAL = f"Schmid-Leiman, three factors by minimum residuals, {METHOD}"
POLYCHORIC = f"polychoric correlations, {METHOD}"
FEW = "fewer than two respondents answered all items"
ONE_ITEM = "one item: nothing to compare"
CONSTANT = "answers do not vary"
NO_FACTOR = "no admissible one-factor solution"
FEW_ITEMS = "fewer than six questions cannot tell a general factor from three special ones"
NO_GENERAL = "no three special factors beside a general one: the questions measure fewer things"
LEAST = 30
#: Three factors of five items are not identified: any program prints the optimum that lies in its way.
LEAST_GENERAL = 6

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
    def modelled(self) -> bool:
        """Whether a factor model of the complete cases can be tried."""
        return self.n > len(self.battery.names) and bool(np.isfinite(self.correlation).all())

    @property
    def correlation(self) -> Floats:
        """(k, k) of the complete cases; NaN for an item that does not vary."""
        sd = np.sqrt(np.diag(self.covariance))
        return self.covariance / np.outer(sd, sd) if (sd > 0).all() else np.full(self.covariance.shape, np.nan)


def reliability(inf: Inference) -> pd.DataFrame:
    """Alpha with Feldt's interval and its kin, and each item's part in it (`level`), of every indicator.

    All rest on the complete cases, `n`, but for `alpha_pairwise`, on everyone who answered two items or
    more. `ordinal_alpha` and `omega_hierarchical` are given for everyone only. Reversed items are turned first.
    """
    groupings, names = everyone_and_groups(inf)
    keys = [dict(zip(names.columns(), key, strict=True)) for key in zip(*names.columns().values(), strict=True)]
    members = [g.code == d for g in groupings for d in range(g.size)]
    scales = [
        (key, Scale(battery, items[rows], inf.sampling.weight[rows]))
        for battery in batteries(inf.wave)
        for items in [battery.scored]
        for key, rows in zip(keys, members, strict=True)
    ]
    omegas = _omegas([scale for _, scale in scales])
    records: list[Record] = []
    for (key, scale), totals in zip(scales, omegas, strict=True):
        records += [key | record for record in (*_coefficients(scale, inf.conf_level), *_items(scale))]
        records += [key | record for record in _of_factors(scale, totals)]
        if key is keys[0]:
            records += [key | record for record in _of_everyone(scale)]
    common = {"wave": inf.respondents.name, "analysis": "reliability", "unit": "coefficient"}
    return estimates.table(pd.DataFrame(records).assign(**common) if records else {})


def _omegas(scales: Sequence[Scale]) -> Iterator[Floats]:
    """Omega of each scale, then without each item in turn, (1 + k,): hundreds of models, fitted together."""
    parts = [[s.covariance, *omega.without_each(s.covariance)] if s.modelled else [] for s in scales]
    found = iter(omega.omega_totals([covariance for part in parts for covariance in part]))
    for scale, part in zip(scales, parts, strict=True):
        yield np.array([next(found) for _ in part]) if part else np.full(1 + len(scale.battery.names), np.nan)


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


def _of_factors(scale: Scale, totals: Floats) -> Iterator[Record]:
    """Omega of one factor, of all items and without each."""
    why = NO_FACTOR if scale.modelled else None
    yield _row(scale, "omega_total", totals[0], ONE_FACTOR, why=why)
    for item, total in zip(scale.battery.names, totals[1:].tolist(), strict=True):
        yield _row(scale, "omega_if_dropped", total, ONE_FACTOR, why=why) | {"level": item}


def _of_everyone(scale: Scale) -> Iterator[Record]:
    """Rows that are computed for everyone only."""
    few = len(scale.battery.names) < LEAST_GENERAL
    found = omega.general_factor(scale.correlation) if scale.modelled and not few else None
    general = found.omega if found is not None and found.admissible else float("nan")
    why = FEW_ITEMS if few else NO_GENERAL if scale.modelled else None
    yield _row(scale, "omega_hierarchical", general, GENERAL, why=why)
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

"""How a planned sample is shared out over the strata, and what each way costs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from survey.plan.basis import Basis, Size
from survey.plan.precision import typical_icc
from survey.prepare.margins import Margin
from survey.stats.arrays import Floats
from survey.stats.power import design_effect, margin_of_share

#: Powers of the population by which a stratum's share of the sample grows.
WAYS = {"proportional": 1.0, "square root": 0.5, "equal": 0.0}


def shares(basis: Basis, margins: Iterable[Margin]) -> tuple[str, dict[str, float]] | None:
    """The strata's variable and the population of each; from a margin that holds it, else from the weights."""
    if not basis.stratum:
        return None
    name, weighted = next(iter(basis.stratum.items()))
    for margin in margins:
        if name in margin.dims:
            at = margin.dims.index(name)
            found = {key: sum(v for k, v in margin.totals.items() if k[at] == key) for key in weighted}
            if all(np.isfinite(v) and v > 0 for v in found.values()):
                return name, found
    held = {key: total for key, total in weighted.items() if total > 0}
    return name, held


def allocation(basis: Basis, size: Size, strata: tuple[str, dict[str, float]]) -> pd.DataFrame:
    """One row a stratum: respondents and margin of a share of .5 under each way; the last row is the whole sample."""
    name, population = strata
    total = np.array(list(population.values()), dtype=float)
    share = total / total.sum()
    levels = {level.key: level.label.in_language("en") for level in basis.instrument.variable(name).levels}
    columns: dict[str, list[object]] = {
        "stratum": [*population, "all"],
        "label": [*(levels.get(key, "") for key in population), ""],
        "population": [round(each) for each in (*total, total.sum())],
    }
    within = _within(basis)
    for way, power in WAYS.items():
        n = whole_numbers(total**power, round(size.n))
        kish = within * size.n * float((share**2 / np.maximum(n, 1)).sum())
        margins = [_margin(basis, size, each, within, each / size.take - 1) for each in n]
        columns[way] = [round(each) for each in (*n, n.sum())]
        columns[f"margin, {way}"] = [*margins, _margin(basis, size, size.n, kish, size.psus - len(n))]
    return pd.DataFrame(columns)


def _within(basis: Basis) -> float:
    """Kish's design effect of the weights inside the strata, where they are a grouping of the study; else of all."""
    name = next(iter(basis.stratum))
    inside = [g.kish for g in basis.groupings if g.by == name]
    return float(np.nanmean(inside[0])) if inside else basis.kish


def _margin(basis: Basis, size: Size, n: float, kish: float, df: float) -> float:
    icc = typical_icc(basis)[0]
    return margin_of_share(n / design_effect(kish, size.take, icc), df, basis.study.conf_level)


def whole_numbers(part: Floats, total: int) -> Floats:
    """`total` shared out in proportion to `part`, in whole numbers: the largest remainders are rounded up."""
    exact = part / part.sum() * total
    found = np.floor(exact)
    short = int(total - found.sum())
    up = np.argsort(found - exact, kind="stable")[:short]
    return np.asarray(found + np.isin(np.arange(len(found)), up), dtype=np.float64)

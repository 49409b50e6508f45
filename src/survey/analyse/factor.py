"""What the items of each indicator, and of all together, measure: correlations, number of factors, factor models.

Ordinal answers throughout: polychoric correlations, confirmatory models by diagonally weighted least squares.
All of it is unweighted and on complete cases, and a function of the counts of answer patterns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from survey.analyse.facets import facet_means, hypothesis
from survey.analyse.factor_models import TOGETHER, model_rows, one_factor, pair_rows
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.items import MOST_LEVELS, Battery, batteries
from survey.analyse.ordinal_items import LEAST, Items, Record
from survey.core import estimates
from survey.stats.arrays import Bools
from survey.stats.constructs import heterotrait_ratio
from survey.stats.dimensionality import DRAWS, Parallel, adequacy, ordinal_parallel, sphericity
from survey.stats.efa import exploratory
from survey.stats.ordinal_cfa import ordinal_cfa
from survey.stats.patterns import patterns
from survey.stats.polychoric import polychoric

BASE = "unweighted, complete cases"
POLYCHORIC = f"polychoric correlations, {BASE}"
ADEQUACY = f"Kaiser-Meyer-Olkin measure of {POLYCHORIC}"
SPHERICITY = f"Bartlett's test of {POLYCHORIC}; as if a simple random sample of normal variables"
PARALLEL = f"parallel analysis of {POLYCHORIC}; 95th percentile of {DRAWS} sets of unrelated items with these answers"
EXPLORATORY = f"minimum residuals, oblimin, {POLYCHORIC}"
RATIO = "heterotrait-monotrait ratio of polychoric correlations, unweighted, pairs of questions answered; n: fewest"
HEYWOOD = "an item has no variance of its own left: too many factors, or too few answers"
SINGULAR = "the correlations contradict each other: no measure of adequacy"
NOTHING = "No indicator of this wave has items."


def factor(inf: Inference) -> pd.DataFrame:
    """Dimensionality of each indicator, and of the items of all indicators (empty `measure`), for everyone.

    Of any items: `polychoric` (`contrast` "item a - item b": of these two, not a difference), `kmo` (`level` an item,
    or none), `bartlett`, `eigenvalue` and `eigenvalue_random` (`level` "1", "2", …), `factors_suggested`,
    `loading_efa` (`level` an item, `contrast` "F1", …), `factor_correlation_efa`. Of each confirmatory model (`level`
    "one_factor", "facets" or "indicators"): `chi2`, `cfi`, `tli`, `rmsea` with its 90 % interval, `srmr`; `loading`
    (`contrast` the factor), `ave`, `cr`, `factor_correlation`. Of an indicator with facets also `chi2_difference`,
    `delta_cfi`, and `one_factor`, whose `note` is supported, contradicted or undecided; and each facet's design-based
    `mean` and `score100` in every group (`level` the facet). `htmt` is that of two facets, or of two indicators
    (`measure` the first), by pairs of items that at least 50 people answered.
    """
    held = list(batteries(inf.wave))
    if not held:
        raise NotApplicable(NOTHING)
    records = [record for battery in held for record in _of_indicator(inf, battery)]
    if len(held) > 1:
        records += [*_of_all(inf, held), *_ratios(held)]
    common = {"wave": inf.respondents.name, "analysis": "factor"}
    return estimates.concat([estimates.table(pd.DataFrame(records).assign(**common)), facet_means(inf, held)])


def _of_indicator(inf: Inference, battery: Battery) -> Iterator[Record]:
    items = Items.of(battery.indicator.name, battery.names, battery.scored)
    if items.forbidden:
        yield from _forbidden(items, "one_factor")
    else:
        yield from _described(inf, items)
        yield from one_factor(items)
    if battery.indicator.facets:
        yield from hypothesis(items, battery.indicator.facets, inf.conf_level)


def _of_all(inf: Inference, held: Sequence[Battery]) -> Iterator[Record]:
    """The items of all indicators: one correlated factor an indicator."""
    column = {name: item for battery in held for name, item in zip(battery.names, battery.scored.T, strict=True)}
    items = Items.of(None, list(column), np.column_stack(list(column.values())))
    factors = [battery.indicator.name for battery in held]
    pattern = np.array([[name in battery.names for battery in held] for name in column])
    if items.forbidden:
        yield from _forbidden(items, TOGETHER)
        return
    yield from _described(inf, items)
    if _identified(pattern):
        model = ordinal_cfa(items.moments, pattern)
        yield from model_rows(items, TOGETHER, factors, pattern, model, inf.conf_level)


def _ratios(held: Sequence[Battery]) -> Iterator[Record]:
    """HTMT of every two indicators whose questions were answered together often enough; few answer all of them."""
    ordinal = [b for b in held if len(b.names) > 1 and _most_levels(b) <= MOST_LEVELS]
    if len(ordinal) < 2:
        return
    found = polychoric(patterns(np.column_stack([b.scored for b in ordinal])))
    owner = np.repeat(np.arange(len(ordinal)), [len(b.names) for b in ordinal])
    for a, first in enumerate(ordinal):
        for b, second in enumerate(ordinal[a + 1 :], start=a + 1):
            part = np.flatnonzero((owner == a) | (owner == b))
            here = np.ix_(part, part)
            n, own = found.n[here].min(), owner[part, None] == [a, b]
            ratio = heterotrait_ratio(found.correlation[here], own)[0, 1]
            if n >= LEAST and np.isfinite(ratio):
                pair = {
                    "measure": first.indicator.name,
                    "contrast": f"{first.indicator.name} - {second.indicator.name}",
                }
                yield pair | {
                    "estimand": "htmt",
                    "estimate": ratio,
                    "n": int(n),
                    "method": RATIO,
                    "unit": "correlation",
                }


def _most_levels(battery: Battery) -> int:
    return max(len(np.unique(item[np.isfinite(item)])) for item in battery.scored.T)


def _identified(pattern: Bools) -> bool:
    """Whether each factor has two items of its own."""
    alone = pattern & (pattern.sum(axis=1, keepdims=True) == 1)
    return bool((alone.sum(axis=0) > 1).all())


def _forbidden(items: Items, model: str) -> Iterator[Record]:
    why = items.forbidden or ""
    yield from (items.nothing(estimand, why) for estimand in ("kmo", "factors_suggested", "ave", "cr"))
    yield from (items.nothing(estimand, why, level=model) for estimand in ("chi2", "cfi", "tli", "rmsea", "srmr"))


def _described(inf: Inference, items: Items) -> Iterator[Record]:
    """Rows before any model is declared."""
    yield from _correlations(items)
    yield from _adequacy(items)
    seed = int(inf.random(f"factor {items.measure or ''}").integers(2**32))
    drawn = ordinal_parallel(items.patterns, seed)
    yield from _parallel(items, drawn)
    yield from _explored(items, drawn.factors)


def _correlations(items: Items) -> Iterator[Record]:
    m = items.moments
    for i, j, r, error in zip(m.first, m.second, m.correlation.tolist(), m.error.tolist(), strict=True):
        pair = {"contrast": f"{items.names[i]} - {items.names[j]}", "std_error": error}
        yield items.row("polychoric", r, POLYCHORIC, "correlation", **pair)


def _adequacy(items: Items) -> Iterator[Record]:
    found, test = adequacy(items.correlation), sphericity(items.correlation, items.n)
    why = {} if np.isfinite(found.overall) else {"note": SINGULAR}
    yield items.row("kmo", found.overall, ADEQUACY, "coefficient", **why)
    for name, value in zip(items.names, found.item.tolist(), strict=True):
        yield items.row("kmo", value, ADEQUACY, "coefficient", level=name, **why)
    if not np.isfinite(test.statistic):
        yield items.nothing("bartlett", SINGULAR)
        return
    result = {"statistic": test.statistic, "df": test.df, "p_value": test.p_value}
    base = {"measure": items.measure, "estimand": "bartlett", "n": items.n, "method": SPHERICITY, "unit": "test"}
    yield base | result


def _parallel(items: Items, found: Parallel) -> Iterator[Record]:
    yield items.row("factors_suggested", found.factors, PARALLEL, "factors")
    for estimand, values in (("eigenvalue", found.eigenvalue), ("eigenvalue_random", found.random)):
        for place, value in enumerate(values.tolist(), start=1):
            yield items.row(estimand, value, PARALLEL, "eigenvalue", level=str(place))


def _explored(items: Items, suggested: int) -> Iterator[Record]:
    """Loadings of as many factors as parallel analysis suggests, at least one and as many as are identified."""
    k, factors = len(items.names), max(suggested, 1)
    while factors > 1 and (k - factors) ** 2 < k + factors:
        factors -= 1
    found = exploratory(items.correlation, factors)
    flag = {} if found.admissible else {"status": estimates.IMPRECISE, "note": HEYWOOD}
    for f in range(factors):
        for name, value in zip(items.names, found.loading[:, f].tolist(), strict=True):
            place = {"level": name, "contrast": f"F{f + 1}"}
            yield items.row(
                "loading_efa", value if found.converged else np.nan, EXPLORATORY, "loading", **place, **flag
            )
    names = [f"F{f + 1}" for f in range(factors)]
    yield from pair_rows(items, "factor_correlation_efa", names, found.factor_correlation, EXPLORATORY, flag=flag)

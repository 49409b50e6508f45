"""Whether an indicator's declared facets are one thing or several, and the score of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from survey.analyse.factor_models import FACETS, METHOD, model_rows, pair_rows
from survey.analyse.inference import Inference
from survey.analyse.items import Battery, everyone_and_groups
from survey.analyse.means import mean_of
from survey.analyse.ordinal_items import NO_OPTIMUM, Items, Record
from survey.analyse.rows import Rows
from survey.core.instrument import Facet
from survey.stats.arrays import Bools, Floats
from survey.stats.constructs import heterotrait_ratio
from survey.stats.nested import Nested, one_against_several, one_score
from survey.stats.scores import score, score100, valid_needed

FEW_FACETS = "the wave asked fewer than two facets with two questions of their own each"
DIFFERENCE = f"{METHOD}; difference scaled and shifted (Satorra 2000)"
RULE = (
    "contradicted: the difference is significant at .05, CFI gains .010 and two facets correlate below .90, their "
    "interval too; supported: CFI at least .95 and SRMR at most .08 with one factor, and no significant difference or "
    "no two facets that correlate below .90; undecided: between"
)


def hypothesis(items: Items, facets: Sequence[Facet], conf_level: float) -> Iterator[Record]:
    """Rows of the facets' model and of the test of one factor against it; `note` of `one_factor` is the decision."""
    names, pattern = _pattern(items.names, facets)
    why = items.forbidden or (None if len(names) > 1 else FEW_FACETS)
    if why:
        yield items.nothing("one_factor", why)
        return
    used = pattern.any(axis=1)
    own = Items(items.measure, tuple(np.array(items.names)[used]), items.answers[:, used])
    pattern = pattern[used]
    found = one_against_several(own.moments, pattern)
    yield from model_rows(own, FACETS, names, pattern, found.several, conf_level)
    yield from pair_rows(own, "htmt", names, heterotrait_ratio(own.correlation, pattern), METHOD)
    yield from _decision(own, found, conf_level)


def _pattern(items: Sequence[str], facets: Sequence[Facet]) -> tuple[list[str], Bools]:
    """Facets of which the wave asked two items or more that belong to no other, and their items, (k, m)."""
    everything = np.array([[name in facet.items for facet in facets] for name in items])
    alone = everything & (everything.sum(axis=1, keepdims=True) == 1)
    kept = alone.sum(axis=0) > 1
    return [facet.name for facet, held in zip(facets, kept, strict=True) if held], everything[:, kept]


def _decision(items: Items, found: Nested, conf_level: float) -> Iterator[Record]:
    word = one_score(found, conf_level)
    if word is None:
        yield items.nothing("one_factor", NO_OPTIMUM)
        return
    test = found.difference
    result = {"statistic": test.statistic, "df": test.df, "p_value": test.p_value}
    base = {"measure": items.measure, "n": items.n, "unit": "test"}
    yield base | {"estimand": "chi2_difference", "method": DIFFERENCE} | result
    yield items.row("delta_cfi", found.delta_cfi, METHOD, "index", level=FACETS)
    yield base | {"estimand": "one_factor", "method": RULE, "note": word} | result


def facet_means(inf: Inference, held: Sequence[Battery]) -> pd.DataFrame:
    """Design-based `mean` and `score100` of every facet (`level`), for everyone and each group.

    A facet's score needs the share of its items that the indicator's needs of all.
    """
    rows = Rows(inf, "factor")
    groupings, names = everyone_and_groups(inf)
    for battery in held:
        if (ends := battery.span) is None:
            continue
        for facet, y in _scores(battery):
            scales = (
                ("mean", y, ends[1] - ends[0], "scale points"),
                ("score100", score100(y, *ends), 100.0, "points of 100"),
            )
            for estimand, values, span, unit in scales:
                found, tally = mean_of(inf, values, groupings, span)
                rows.add(battery.indicator.name, estimand, found, tally, level=[facet], unit=unit, names=names)
    return rows.table()


def _scores(battery: Battery) -> Iterator[tuple[str, Floats]]:
    indicator, scored = battery.indicator, battery.scored
    needed = valid_needed(len(indicator.items), indicator.min_valid) / len(indicator.items)
    for facet in indicator.facets:
        own = [j for j, name in enumerate(battery.names) if name in facet.items]
        if own:
            yield facet.name, score(scored[:, own], valid_needed(len(own), needed) if needed < 1 else len(own))

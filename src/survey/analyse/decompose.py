"""How much of the gap between two groups goes with what else the groups differ in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.measures import level_codes
from survey.analyse.regressors import (
    NOT_HELD,
    Record,
    answered_all,
    apart,
    covariate,
    design_df,
    estimated,
    held,
    is_share,
    number_of,
    table,
    unit_of,
    with_units,
)
from survey.core import estimates
from survey.core.instrument import Instrument
from survey.core.models import Decomposition
from survey.errors import ConvergenceError, DesignError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.binary_decomposition import yun
from survey.stats.decomposition import Decomposed, Design, oaxaca, terms_of
from survey.stats.fairlie import MOST, fairlie
from survey.stats.resampling import psu_bootstrap

NOTHING = "The study declares no `decompose` and has no two groups of which one is ordered or has two levels."
FEW = "fewer than 30 complete cases in one of the groups"
UNFIT = "a covariate does not vary, or others add up to it"
SEPARATED = "the covariates separate the answers"
NO_OWN = "a group lacks a level of a covariate, or its answers are separated: no regression of its own"
UNCLEAR = "the gap is not clear of zero: a share of it means nothing"
#: Respondents that each group's regression needs.
LEAST = 30
#: Bootstrap samples of Fairlie's decomposition: errors to about 5 per cent.
SAMPLES = 200
THREE_FOLD = ("endowments", "coefficients", "interaction")
LINEAR = "Oaxaca-Blinder, complete cases, linearised errors"
THREE = f"{LINEAR}; seen from the second group"
TWO = f"{LINEAR}; pooled coefficients with the group's dummy"
BINARY = "Oaxaca-Blinder by logit, complete cases, linearised errors"
YUN = f"{BINARY}; pooled with the group's dummy, by covariate after Yun"
FAIRLIE = "Fairlie, matched by weighted rank, mean over all orders; complete cases, one-step PSU bootstrap"
#: Where the contract of the estimates table keeps the shares of a gap.
SHARES_IN = "divide"
CONSTANT = "constant"


def decompose(inf: Inference) -> pd.DataFrame:
    """Parts of gaps between two groups' means or shares, whole and by covariate (`level`).

    `gap` = `explained` + `unexplained` (common coefficients) = `endowments` + `coefficients` +
    `interaction` (seen from the second group). `explained` says how much goes with the covariates, not
    what brings the gap about. A share has `explained_fairlie` too. Base: who answered everything.
    """
    with_units(inf)
    wanted = inf.study.decompose or _by_default(inf)
    if not wanted:
        raise NotApplicable(NOTHING)
    named = [replace(spec, groups=_groups(inf.instrument, spec)) for spec in wanted]
    records = [row for spec in named for measure in spec.measures for row in _of_measure(inf, spec, measure)]
    return table(inf, "decompose", records)


def _by_default(inf: Inference) -> list[Decomposition]:
    """First against last level of each ordered or two-level group, by the groups that it does not determine."""
    measures = tuple(i.name for i in inf.instrument.indicators)
    groups, found = [g for g in inf.study.groups if held(inf, [g])], []
    for by in groups if measures else ():
        variable = inf.instrument.variable(by)
        if variable.type != "ordinal" and len(variable.levels) != 2:
            continue
        ends = Decomposition(measures, by, None, ())
        two = _group(inf, replace(ends, groups=_groups(inf.instrument, ends))) >= 0
        if others := tuple(g for g in apart(inf, [by, *(g for g in groups if g != by)], two) if g != by):
            found.append(replace(ends, covariates=others))
    return found


def _groups(instrument: Instrument, spec: Decomposition) -> tuple[str, str]:
    """The two groups, in the instrument's order."""
    keys = [level.key for level in instrument.variable(spec.by).levels]
    a, b = sorted(spec.groups or (keys[0], keys[-1]), key=keys.index)
    return a, b


def _of_measure(inf: Inference, spec: Decomposition, measure: str) -> Iterator[Record]:
    assert spec.groups is not None
    key: Record = {"measure": measure, "by": spec.by, "contrast": " - ".join(spec.groups)}
    share = is_share(inf.instrument, measure)
    key |= {"unit": unit_of(inf, measure), "method": BINARY if share else LINEAR}
    if not held(inf, (measure, spec.by, *spec.covariates)):
        yield key | _not(NOT_HELD)
        return
    y, group = number_of(inf, measure), _group(inf, spec)
    used = answered_all(inf, y, spec.covariates) & (group >= 0)
    n = [int((used & (group == g)).sum()) for g in (0, 1)]
    key |= {"n": sum(n), "n_level": n[0], "weighted_n": float(inf.sampling.weight[used].sum())}
    if min(n) < LEAST:
        yield key | _not(FEW)
        return
    design = _design(inf, spec, used)
    try:
        found = (yun if share else oaxaca)(y, design, group, inf.sampling)
    except DesignError:
        yield key | _not(UNFIT)
        return
    except ConvergenceError:
        yield key | _not(SEPARATED)
        return
    yield from _parts(inf, key, spec, found, share)
    if share and len(design.terms) <= MOST:
        yield from _fairlie(inf, key, spec, (y, design, group), found)


def _not(note: str) -> Record:
    return {"estimand": "gap", "status": estimates.NOT_ESTIMABLE, "note": note}


def _group(inf: Inference, spec: Decomposition) -> Ints:
    """0 for the first of the two groups, 1 for the second, −1 for everyone else."""
    assert spec.groups is not None
    keys = [level.key for level in inf.instrument.variable(spec.by).levels]
    place = np.full(len(keys) + 1, -1, dtype=np.intp)
    place[[keys.index(g) for g in spec.groups]] = (0, 1)
    return place[level_codes(inf.wave, spec.by)]


def _design(inf: Inference, spec: Decomposition, used: Bools) -> Design:
    covariates = [covariate(inf, name, used) for name in spec.covariates]
    columns = np.hstack([c.columns for c in covariates])
    return Design(columns, terms_of([c.columns.shape[1] for c in covariates]))


def _parts(inf: Inference, key: Record, spec: Decomposition, found: Decomposed, share: bool) -> Iterator[Record]:
    df = design_df(inf.sampling, found.used)
    method = {"explained": YUN if share else TWO, "unexplained": YUN if share else TWO}
    if not share:
        method |= dict.fromkeys(THREE_FOLD, THREE)
    gap = None
    for part in ("gap", "explained", "unexplained", *THREE_FOLD):
        if part not in found.value:
            why = {"status": estimates.NOT_ESTIMABLE, "note": NO_OWN}
            yield key | {"estimand": part} | ({"method": method[part]} if part in method else {}) | why
            continue
        error = np.sqrt(np.maximum(np.diagonal(found.covariance[part]), 0))
        names = [*spec.covariates] if len(error) == 1 + len(spec.covariates) else [CONSTANT, *spec.covariates]
        for level, value, se in zip([None, *names], found.value[part], error, strict=False):
            row = key | {"estimand": part, "level": level} | ({"method": method[part]} if part in method else {})
            yield row | (made := estimated(inf, float(value), float(se), df))
            gap = made if part == "gap" else gap
    for part in ("explained_share", "unexplained_share"):
        row = key | {"analysis": SHARES_IN, "estimand": part, "unit": "proportion", "method": method[part[:-6]]}
        yield row | _share_of_gap(inf, found, part, df, gap)


def _share_of_gap(inf: Inference, found: Decomposed, part: str, df: int, gap: Record | None) -> Record:
    if gap is None or not gap.get("conf_low", 0) * gap.get("conf_high", 0) > 0:
        return {"status": estimates.NOT_ESTIMABLE, "note": UNCLEAR}
    return estimated(inf, float(found.value[part][0]), float(np.sqrt(found.covariance[part][0, 0])), df)


def _fairlie(
    inf: Inference, key: Record, spec: Decomposition, model: tuple[Floats, Design, Ints], found: Decomposed
) -> Iterator[Record]:
    weights = inf.sampling.weight[None]
    if inf.probability:
        seed = int(inf.random(f"decompose {key['measure']} {key['contrast']}").integers(2**31))
        weights = np.vstack([weights, psu_bootstrap(inf.sampling, SAMPLES, seed)])
    value = fairlie(*model, weights)
    error = value[1:].std(axis=0, ddof=1) if len(value) > 1 else np.full(value.shape[1], np.nan)
    df = design_df(inf.sampling, found.used)
    for level, estimate, se in zip(spec.covariates, value[0], error, strict=True):
        row = key | {"estimand": "explained_fairlie", "level": level, "method": FAIRLIE}
        yield row | estimated(inf, float(estimate), float(se), df)

"""Three variables in an order that the study declares: what goes with the first by way of the second."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.regressors import (
    NO_ERROR,
    NOT_HELD,
    Covariate,
    Record,
    answered_all,
    covariate,
    held,
    number_of,
    table,
    unit_of,
    with_units,
)
from survey.core import estimates
from survey.core.models import IndirectSpec
from survey.errors import DesignError
from survey.stats import mediation
from survey.stats.arrays import Bools, Floats
from survey.stats.mediation import Indirect
from survey.stats.resampling import percentiles, psu_bootstrap

NOTHING = "The study declares no `indirect`: the order of the variables is a supposition that only the study can make."
FEW = "fewer than 30 complete cases"
UNFIT = "a covariate does not vary, or others add up to it"
LEAST = 30
SAMPLES = 1000
METHOD = "product of least-squares coefficients in the declared order; an association; complete cases"
INTERVAL = f"{METHOD}, PSU bootstrap, percentile interval"
SENSITIVITY = "residual correlation at which the indirect association vanishes"


def indirect(inf: Inference) -> pd.DataFrame:
    """Indirect, direct and total association of the first variable with the last, by contrast of its levels.

    `level` is the variable between. `first_path` is of that variable, `second_path` its slope;
    `sensitivity_correlation` is the correlation of what is left of the last two variables at which the
    indirect association would vanish: near 0, little unmeasured in common would account for it.
    """
    with_units(inf)
    if not inf.study.indirect:
        raise NotApplicable(NOTHING)
    return table(inf, "indirect", [row for spec in inf.study.indirect for row in _of_order(inf, spec)])


def _of_order(inf: Inference, spec: IndirectSpec) -> Iterator[Record]:
    key: Record = {"measure": spec.target, "by": spec.source, "level": spec.through}
    key |= {"unit": unit_of(inf, spec.target), "method": INTERVAL if inf.probability else f"{METHOD}; {NO_ERROR}"}
    nothing = key | {"estimand": "indirect_association", "status": estimates.NOT_ESTIMABLE}
    names = (spec.source, *spec.covariates)
    if not held(inf, (spec.target, spec.through, *names)):
        yield nothing | {"note": NOT_HELD}
        return
    m, y = number_of(inf, spec.through), number_of(inf, spec.target)
    used = answered_all(inf, m + y, names)
    key |= {"n": int(used.sum()), "weighted_n": float(inf.sampling.weight[used].sum())}
    if used.sum() < LEAST:
        yield nothing | {"n": key["n"], "note": FEW}
        return
    terms = [covariate(inf, name, used) for name in names]
    try:
        found = _fitted(inf, spec, (m, y), terms, used)
    except DesignError:
        yield nothing | {"n": key["n"], "note": UNFIT}
        return
    yield from _rows(inf, key, spec, found, _bases(inf, terms[0], used))


def _contrasts(first: Covariate) -> tuple[list[str | None], Floats]:
    """Names of the contrasts of the first variable, and their weights on its columns but the first level's."""
    if not first.levels:
        return [None], np.ones((1, 1))
    a, b = np.triu_indices(len(first.levels), 1)
    names = [f"{first.levels[i]} - {first.levels[j]}" for i, j in zip(a, b, strict=True)]
    each = np.eye(len(first.levels))[:, 1:]
    return list(names), each[a] - each[b]


def _bases(inf: Inference, first: Covariate, used: Bools) -> list[Record]:
    """Contrast and base of each contrast: respondents of both levels, and of the first as `n_level`."""
    names = _contrasts(first)[0]
    if not first.levels:
        return [{"contrast": None}]
    member = (first.columns == 1) & used[:, None]
    n, size = member.sum(axis=0), inf.sampling.weight @ member
    a, b = np.triu_indices(len(first.levels), 1)
    return [
        {"contrast": name, "n": int(n[i] + n[j]), "n_level": int(n[i]), "weighted_n": float(size[i] + size[j])}
        for name, i, j in zip(names, a, b, strict=True)
    ]


def _fitted(
    inf: Inference, spec: IndirectSpec, answers: tuple[Floats, Floats], terms: list[Covariate], used: Bools
) -> Indirect:
    x = np.column_stack([np.ones(int(used.sum())), *(term.free[used] for term in terms)])
    own = _contrasts(terms[0])[1]
    contrast = np.zeros((len(own), x.shape[1]))
    contrast[:, 1 : 1 + own.shape[1]] = own
    weights = inf.sampling.weight[None]
    if inf.probability:
        seed = int(inf.random(f"indirect {spec.source} {spec.through} {spec.target}").integers(2**31))
        weights = np.vstack([weights, psu_bootstrap(inf.sampling, SAMPLES, seed)])
    m, y = (answer[used] for answer in answers)
    return mediation.indirect(m, y, x, contrast, weights[:, used])


def _rows(inf: Inference, key: Record, spec: IndirectSpec, found: Indirect, bases: list[Record]) -> Iterator[Record]:
    between = unit_of(inf, spec.through)
    parts = {
        "indirect_association": (found.indirect, key["unit"]),
        "direct_association": (found.direct, key["unit"]),
        "total_association": (found.total, key["unit"]),
        "first_path": (found.first, between),
    }
    for estimand, (values, unit) in parts.items():
        for at, base in enumerate(bases):
            yield key | base | {"estimand": estimand, "unit": unit} | _estimated(inf, values[:, at])
    yield key | {"estimand": "second_path", "unit": f"{key['unit']} a unit"} | _estimated(inf, found.second)
    row = key | {"estimand": "sensitivity_correlation", "unit": "correlation"}
    yield row | {"method": f"{key['method']}; {SENSITIVITY}"} | _estimated(inf, found.sensitivity)


def _estimated(inf: Inference, values: Floats) -> Record:
    """The first value, with error and interval from the others."""
    found: Record = {"estimate": float(values[0])}
    if len(values) == 1:
        return found
    low, high = percentiles(values[1:, None], inf.conf_level)
    error = float(values[1:].std(ddof=1))
    return found | {
        "std_error": error, "conf_low": float(low[0]), "conf_high": float(high[0]), "conf_level": inf.conf_level,
    }  # fmt: skip

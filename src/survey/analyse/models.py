"""Regressions of measures on covariates: what differs between groups that are alike in the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.measures import level_codes, scores
from survey.analyse.regressors import (
    NOT_HELD,
    Covariate,
    Record,
    answered_all,
    apart,
    covariate,
    estimated,
    estimated_share,
    held,
    is_share,
    number_of,
    table,
    unit_of,
    with_units,
)
from survey.core import estimates
from survey.core.instrument import Instrument
from survey.core.models import ModelSpec
from survey.errors import ConvergenceError, DesignError
from survey.stats.arrays import Bools, Floats, Ints
from survey.stats.contrasts import Test
from survey.stats.margins import mean_scores, predicted_margins, setting
from survey.stats.ordinal import ordinal
from survey.stats.proportionality import score_test
from survey.stats.regression import Estimated, Regression, linear, logistic

Kind = Literal["linear", "logistic", "ordinal"]

NOTHING = "The study declares no `models`, and no groups on which an indicator could be regressed."
SEPARATED = "a covariate separates the answers: its coefficient has no finite value"
UNFIT = "a covariate does not vary, others add up to it, or there are too few sampling units"
FEW = "fewer than 30 complete cases"
LEAST = 30
WORDS = {
    "linear": "least squares, weighted; linearised errors, complete cases",
    "logistic": "logit, weighted; linearised errors, complete cases",
    "ordinal": "proportional odds, weighted; linearised errors, complete cases",
}
MARGIN = "predicted margin, the other covariates as they are"
JOINT = "joint Wald test of the covariate's coefficients"
SCORE = "score test of proportional odds, Rao-Scott corrected"
NO_TEST = "too few sampling units for this test"
FIT = {"linear": linear, "logistic": logistic, "ordinal": ordinal}


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model and its covariates.

    Attributes
    ----------
    x : (n, p) float, free columns of all covariates
    columns : of `x`, for each covariate
    answer : (n,) float, the answer as the model takes it; score : (K,) float, of an ordinal answer's levels
    """

    kind: Kind
    fit: Regression = field(repr=False)
    covariates: tuple[Covariate, ...]
    x: Floats = field(repr=False)
    columns: tuple[Ints, ...]
    answer: Floats = field(repr=False)
    score: Floats | None
    levels: tuple[str, ...]

    @property
    def slopes(self) -> int:
        """Position of the first slope among the coefficients."""
        return 0 if self.kind == "ordinal" else 1


def models(inf: Inference) -> pd.DataFrame:
    """Coefficients, joint tests, predicted margins and their contrasts of regressions.

    `coefficient` is against the covariate's first level (`odds_ratio` beside it for logits); `wald` tests
    a covariate as a whole; `margin` is the mean or share expected if everyone had that level,
    `margin_difference` compares two; `proportional_odds` tests an ordinal model's assumption.
    """
    with_units(inf)
    groups = apart(inf, [g for g in inf.study.groups if held(inf, [g])], np.ones(len(inf.sampling.weight), dtype=bool))
    indicators = tuple(i.name for i in inf.instrument.indicators)
    wanted = inf.study.models or ((ModelSpec(indicators, groups),) if groups and indicators else ())
    if not wanted:
        raise NotApplicable(NOTHING)
    records = [row for spec in wanted for measure in spec.measures for row in _of_measure(inf, spec, measure)]
    return table(inf, "models", records)


def kind_of(instrument: Instrument, spec: ModelSpec, measure: str) -> Kind:
    """The kind of model that a study asks for, or that the measure's type does."""
    if spec.type is not None:
        return spec.type
    if is_share(instrument, measure):
        return "logistic"
    coded = instrument.has(measure) and bool(instrument.variable(measure).levels)
    return "ordinal" if coded else "linear"


def _of_measure(inf: Inference, spec: ModelSpec, measure: str) -> Iterator[Record]:
    kind = kind_of(inf.instrument, spec, measure)
    key: Record = {"measure": measure, "method": WORDS[kind]}
    unit = unit_of(inf, measure)
    if not held(inf, (measure, *spec.covariates)):
        yield key | {"estimand": "wald", "status": estimates.NOT_ESTIMABLE, "note": NOT_HELD}
        return
    model = _fitted(inf, spec, measure, kind)
    if isinstance(model, str):
        yield key | {"estimand": "wald", "status": estimates.NOT_ESTIMABLE, "note": model}
        return
    weights = inf.sampling.weight
    key |= {"n": model.fit.n, "weighted_n": float(weights[model.fit.used].sum())}
    yield from _constants(inf, key, model, unit)
    for c, at in zip(model.covariates, model.columns, strict=True):
        yield from _coefficients(inf, key, model, c, at, unit)
        if inf.probability:
            yield (
                key
                | {"estimand": "wald", "by": c.name, "method": f"{WORDS[kind]}; {JOINT}"}
                | _tested(model.fit.coefficients.at([int(i) + model.slopes for i in at]).wald())
            )
        if c.levels:
            yield from _margins(inf, key, model, c, at, unit)
    if kind == "ordinal" and inf.probability:
        test = score_test(model.fit, model.answer, model.x, inf.sampling)
        yield key | {"estimand": "proportional_odds", "method": f"{WORDS[kind]}; {SCORE}"} | _tested(test)


def _fitted(inf: Inference, spec: ModelSpec, measure: str, kind: Kind) -> Model | str:
    """The model, or why there is none."""
    answer, score, levels = _answer(inf, measure, kind, spec.covariates)
    used = answered_all(inf, answer, spec.covariates)
    if int(used.sum()) < LEAST:
        return FEW
    covariates = tuple(covariate(inf, name, used) for name in spec.covariates)
    sizes = np.cumsum([0, *(c.free.shape[1] for c in covariates)])
    columns = tuple(np.arange(start, end) for start, end in pairwise(sizes))
    x = np.hstack([c.free for c in covariates])
    try:
        fit = FIT[kind](answer, x, used, inf.sampling)
    except DesignError:
        return UNFIT
    except ConvergenceError:
        return SEPARATED
    return Model(kind, fit, covariates, x, columns, answer, score, levels)


def _answer(
    inf: Inference, measure: str, kind: Kind, covariates: Sequence[str]
) -> tuple[Floats, Floats | None, tuple[str, ...]]:
    """The answer as the model takes it; of an ordinal one its levels, those nobody chose left out, and their scores."""
    if kind != "ordinal":
        return number_of(inf, measure), None, ()
    code, variable = level_codes(inf.wave, measure), inf.instrument.variable(measure)
    known = answered_all(inf, np.where(code < 0, np.nan, code.astype(float)), covariates)
    present = np.unique(code[known])
    place = np.full(len(variable.levels) + 1, np.nan)
    place[present] = np.arange(len(present))
    value = scores(variable)
    keys = tuple(variable.levels[k].key for k in present)
    return place[code], None if value is None else value[present], keys


def _constants(inf: Inference, key: Record, model: Model, unit: str) -> Iterator[Record]:
    """The intercept, or an ordinal model's thresholds; `level` is the level above the threshold."""
    places: list[tuple[int, str, str | None]] = [(0, "intercept", None)]
    if model.kind == "ordinal":
        at = np.arange(model.x.shape[1], len(model.fit.coefficients.estimate))
        places = [(int(i), "threshold", level) for i, level in zip(at, model.levels[1:], strict=True)]
    of = model.fit.coefficients
    for i, estimand, level in places:
        row = key | {"estimand": estimand, "level": level, "unit": unit if model.kind == "linear" else "log odds"}
        yield row | estimated(inf, float(of.estimate[i]), float(of.std_error[i]), of.df)


def _coefficients(inf: Inference, key: Record, model: Model, c: Covariate, at: Ints, unit: str) -> Iterator[Record]:
    found = model.fit.coefficients.at([int(i) + model.slopes for i in at])
    statistic, p = found.statistic, found.p_value
    for i, value in enumerate(found.estimate.tolist()):
        row = key | {"by": c.name}
        if c.levels:
            row |= {"by_level": c.levels[i + 1]} | _base(inf, model, c.columns[:, i + 1] == 1)
        tested = {"statistic": float(statistic[i]), "p_value": float(p[i])} if inf.probability else {}
        made = estimated(inf, value, float(found.std_error[i]), found.df) | tested
        yield row | {"estimand": "coefficient", "unit": unit if model.kind == "linear" else "log odds"} | made
        if model.kind != "linear":
            ends = {name: float(np.exp(made[name])) for name in ("estimate", "conf_low", "conf_high") if name in made}
            kept = {name: made[name] for name in ("df", "conf_level", "status") if name in made}
            yield row | {"estimand": "odds_ratio", "unit": "ratio"} | kept | ends


def _base(inf: Inference, model: Model, member: Bools) -> Record:
    rows = model.fit.used & member
    return {"n": int(rows.sum()), "weighted_n": float(inf.sampling.weight[rows].sum())}


def _margins(inf: Inference, key: Record, model: Model, c: Covariate, at: Ints, unit: str) -> Iterator[Record]:
    """Margins of a covariate's levels, and the differences of every two."""
    values = np.eye(len(c.levels))[:, 1:]
    settings = [setting(np.nan_to_num(model.x), at.tolist(), value.tolist()) for value in values]
    found = predicted_margins(model.fit, settings, inf.sampling)
    if model.kind == "ordinal":
        if model.score is None:
            return
        found = mean_scores(found, model.score)
    row = key | {"by": c.name, "unit": unit, "method": f"{WORDS[model.kind]}; {MARGIN}"}
    written = estimated_share if model.kind == "logistic" else estimated
    bases = [_base(inf, model, c.columns[:, k] == 1) for k in range(len(c.levels))]
    for k, level in enumerate(c.levels):
        made = written(inf, float(found.estimate[k]), float(found.std_error[k]), found.df)
        yield row | bases[k] | {"estimand": "margin", "by_level": level} | made
    yield from _differences(inf, row, c, found, bases)


def _differences(
    inf: Inference, row: Record, c: Covariate, margins: Estimated, bases: Sequence[Record]
) -> Iterator[Record]:
    first, second = np.triu_indices(len(c.levels), 1)
    weight = np.eye(len(c.levels))[first] - np.eye(len(c.levels))[second]
    found = margins.contrast(weight)
    statistic, p = found.statistic, found.p_value
    for i, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        made = estimated(inf, float(found.estimate[i]), float(found.std_error[i]), found.df)
        tested = {"statistic": float(statistic[i]), "p_value": float(p[i])} if inf.probability else {}
        base = {"n": bases[a]["n"] + bases[b]["n"], "n_level": bases[a]["n"]}
        base |= {"weighted_n": bases[a]["weighted_n"] + bases[b]["weighted_n"]}
        contrast = f"{c.levels[a]} - {c.levels[b]}"
        yield row | base | {"estimand": "margin_difference", "contrast": contrast} | made | tested


def _tested(test: Test) -> Record:
    if not np.isfinite(test.p_value):
        return {"status": estimates.NOT_ESTIMABLE, "note": NO_TEST}
    return {"statistic": test.statistic, "df": test.df, "df2": test.df2, "p_value": test.p_value}

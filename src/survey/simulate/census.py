"""True values of a small synthetic population, counted over everyone for any instrument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.instrument import Indicator, Instrument
from survey.core.missing import DONT_KNOW, NOT_APPLICABLE
from survey.core.variables import Variable

COLUMNS = ["measure", "level", "estimand", "by", "by_level", "value", "adults"]
Row = tuple[str, str, str, str, str, float, int]


def true_values(
    instrument: Instrument,
    values: Mapping[str, pd.Series],
    kinds: Mapping[str, NDArray[np.int64]],
    groups: Sequence[str],
) -> pd.DataFrame:
    """Table of true values of questions and indicators, one row a measure, level, estimand and domain.

    Parameters
    ----------
    values, kinds : question → (adults,) answers, and negative code of missing or 0.
    groups : questions with levels over which the values are shown, beside everyone.
    """
    domains = [("", "", np.ones(len(next(iter(values.values()))), dtype=bool))]
    for by in groups:
        domains += [(by, v.key, (values[by] == v.code).to_numpy(bool)) for v in instrument.variable(by).levels]
    unasked = {m.key: m.code for m in instrument.missing}
    rows: list[Row] = []
    for by, key, inside in domains:
        for name, answers in values.items():
            found = _question(instrument.variable(name), answers[inside], kinds[name][inside], unasked)
            rows += [(name, level, estimand, by, key, value, n) for level, estimand, value, n in found]
        for indicator in instrument.indicators:
            if all(i in values for i in indicator.items):
                score = indicator_score(instrument, indicator, values)[inside]
                valid = score[np.isfinite(score)]
                if len(valid):
                    rows.append((indicator.name, "", "mean", by, key, float(valid.mean()), len(valid)))
    return pd.DataFrame(rows, columns=COLUMNS)


def indicator_score(
    instrument: Instrument, indicator: Indicator, values: Mapping[str, pd.Series]
) -> NDArray[np.float64]:
    """(adults,) mean of the valid items, reversed ones turned; NaN where too few are valid."""
    items = []
    for question in map(instrument.question, indicator.items):
        x = pd.to_numeric(values[question.name], errors="coerce").to_numpy(float)
        codes = [v.value for v in question.levels if v.value is not None]
        bounds = (min(codes), max(codes)) if codes else (question.minimum or 0.0, question.maximum or 0.0)
        items.append(bounds[0] + bounds[1] - x if question.reverse else x)
    matrix = np.array(items)
    valid = np.isfinite(matrix).sum(axis=0)
    needed = indicator.min_valid if indicator.min_valid >= 1 else ceil(indicator.min_valid * len(items))
    total = np.nansum(matrix, axis=0)
    return np.where(valid >= max(needed, 1), total / np.maximum(valid, 1), np.nan)


def _question(
    variable: Variable, answers: pd.Series, kinds: NDArray[np.int64], codes: Mapping[str, int]
) -> Iterator[tuple[str, str, float, int]]:
    known = answers.dropna()
    if len(known) and variable.type in ("ordinal", "nominal"):
        for level in variable.levels:
            yield level.key, "proportion", float((known == level.code).mean()), len(known)
    if len(known) and variable.type == "multi":
        for level in variable.levels:
            ticked = known.str.split(";").map(lambda keys, key=level.key: key in keys)
            yield level.key, "proportion", float(ticked.mean()), len(known)
    if len(known) and variable.numeric:
        yield "", "mean", float(pd.to_numeric(known).mean()), len(known)
    asked = int((kinds != codes.get(NOT_APPLICABLE, -7)).sum())
    if asked and variable.type in ("ordinal", "nominal"):
        yield "", "dont_know", float((kinds == codes.get(DONT_KNOW, -8)).sum()) / asked, asked

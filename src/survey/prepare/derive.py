"""Derived variables and indicator scores from clean answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.codes import code_text
from survey.core.instrument import Indicator, Instrument
from survey.core.missing import BLANK, NOT_APPLICABLE
from survey.core.questions import Question
from survey.core.variables import Derived
from survey.errors import InputError, Problem
from survey.prepare.columns import ANSWERED, KIND, Kinds, categorical, codes_of
from survey.stats import scores

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Variable:
    """Values of a derived variable and the kind of missing where there is none."""

    values: pd.Series = field(repr=False)
    kind: Kinds = field(repr=False)


def derive(definition: Derived, values: Mapping[str, pd.Series], kinds: Mapping[str, Kinds], length: int) -> Variable:
    """A derived variable, typed as it declares.

    Parameters
    ----------
    values, kinds : answers by name and their kinds of missing; a name that the wave did not ask is all NA

    Raises
    ------
    InputError
        If a variable declared ``integer`` comes out fractional.
    """
    source = definition.source.evaluate(values, length).reset_index(drop=True)
    kind = _inherited(definition, source, kinds)
    if definition.breaks:
        found = _broken(definition, source)
    elif definition.regroup:
        found = _regrouped(definition, source)
        left_out = found.isna().to_numpy() & source.notna().to_numpy()
        kind = np.where(left_out, KIND[NOT_APPLICABLE], kind).astype(np.int8)
    else:
        found = _computed(definition, source)
    kind = np.where(found.notna(), ANSWERED, np.where(kind == ANSWERED, KIND[BLANK], kind)).astype(np.int8)
    return Variable(found, kind)


def _inherited(definition: Derived, source: pd.Series, kinds: Mapping[str, Kinds]) -> Kinds:
    """Why the source is missing: the kind of the first name it reads that is missing there."""
    kind = np.full(len(source), ANSWERED, dtype=np.int8)
    missing = source.isna().to_numpy()
    for name in definition.source.names:
        if name in kinds:
            kind = np.where(missing & (kind == ANSWERED), kinds[name], kind).astype(np.int8)
    return kind


def _broken(definition: Derived, source: pd.Series) -> pd.Series:
    """Left-closed intervals, the last open; below the first there is none."""
    numbers = as_floats(source)
    at = np.searchsorted(np.array(definition.breaks, dtype=np.float64), numbers, side="right") - 1
    return _levels(definition, np.where(np.isnan(numbers), -1, at))


def _regrouped(definition: Derived, source: pd.Series) -> pd.Series:
    position = {level.key: i for i, level in enumerate(definition.levels)}
    if definition.ranges:
        numbers = as_floats(source)
        at = np.full(len(source), -1)
        for key, (low, high) in definition.ranges.items():
            at = np.where((at < 0) & (numbers >= low) & (numbers <= high), position[key], at)
        return _levels(definition, at)
    group = {member: position[key] for key, members in definition.members.items() for member in members}
    codes, distinct = pd.factorize(source)
    at = np.array([*(group.get(code_text(value), -1) for value in distinct), -1])
    return _levels(definition, at[codes])


def _computed(definition: Derived, source: pd.Series) -> pd.Series:
    if definition.levels or definition.type == "binary":
        codes, distinct = pd.factorize(source)
        keys = [level.key for level in definition.levels] or ["0", "1"]
        texts = [str(int(v)) if isinstance(v, bool | np.bool_) else code_text(_number(v)) for v in distinct]
        at = np.array([*(keys.index(t) if t in keys else -1 for t in texts), -1])
        return _levels(definition, at[codes])
    if definition.type == "integer":
        return _whole(definition, as_floats(source))
    if definition.type == "number":
        return pd.Series(as_floats(source))
    return source.astype("datetime64[ms]") if definition.type == "date" else source.astype("string")


def _number(value: object) -> int | float | str:
    return float(value) if isinstance(value, int | float | np.number) else str(value)


def _whole(definition: Derived, numbers: Floats) -> pd.Series:
    fractional = int((np.isfinite(numbers) & (numbers != np.round(numbers))).sum())
    if fractional:
        raise InputError(
            Problem(
                file="instrument.yaml",
                column=definition.name,
                found=f"{fractional} values of {definition.source.text!r} with a fraction",
                expected="whole numbers",
                hint="Declare type: number.",
            )
        )
    return pd.Series(numbers).astype("Int64")


def _levels(definition: Derived, at: NDArray[np.intp]) -> pd.Series:
    categories = codes_of(definition.levels) if definition.levels else [0, 1]
    return categorical(at, categories, ordered=definition.type == "ordinal")


def as_floats(values: pd.Series) -> Floats:
    """Answers as numbers; NaN where missing or where a code is text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        numbers = pd.to_numeric(pd.Series(values.cat.categories), errors="coerce").to_numpy(np.float64)
        return np.append(numbers, np.nan)[values.cat.codes.to_numpy()]
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def indicator_score(indicator: Indicator, instrument: Instrument, values: Mapping[str, pd.Series]) -> pd.Series | None:
    """Score of each respondent, in scale points; None where the wave asked none of the items.

    A share in `min_valid` is of the items that the wave asked.
    """
    items = [instrument.question(name) for name in indicator.items if name in values]
    if not items:
        return None
    answers = np.column_stack([_item(question, values[question.name]) for question in items])
    return pd.Series(scores.score(answers, indicator.min_valid))


def _item(question: Question, values: pd.Series) -> Floats:
    answers = as_floats(values)
    bounds = item_bounds(question) if question.reverse else None
    return scores.reverse(answers, *bounds) if bounds else answers


def item_bounds(question: Question) -> tuple[float, float]:
    """Lowest and highest code of an item, or its declared range.

    Raises
    ------
    InputError
        If it has neither, so that it cannot be reversed.
    """
    codes = [level.value for level in question.levels if level.value is not None]
    if codes:
        return min(codes), max(codes)
    if question.minimum is None or question.maximum is None:
        raise InputError(
            Problem(
                column=question.name, found="a reversed item without numeric codes",
                expected="numeric codes, or min and max", hint="Declare them in the instrument.",
            )
        )  # fmt: skip
    return question.minimum, question.maximum

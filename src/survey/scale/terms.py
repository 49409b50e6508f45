"""Conditions and columns of an analysis as expressions over the prepared table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add, or_

import ibis
from ibis.expr.types import BooleanValue, FloatingValue, NumericValue, Table, Value

from survey.core.counted import Answered, AnyOf, Asked, Chosen, Column, Condition, Deviation, OneOf
from survey.core.instrument import Instrument
from survey.core.missing import NOT_APPLICABLE
from survey.core.questions import Level
from survey.core.wave import MISSING


def codes(levels: Sequence[Level], column: Value) -> list[int] | list[float] | list[str]:
    """The codes of levels as a column of the prepared table holds them."""
    if column.type().is_string():
        return [level.key for level in levels]
    return [float(level.key) if column.type().is_floating() else int(level.key) for level in levels]


def number(table: Table, name: str) -> FloatingValue:
    """A number without what is no number."""
    column = table[name]
    if column.type().is_floating():
        column = ibis.ifelse(column.isnan() | column.isinf(), ibis.null(column.type()), column)
    return column.cast("float64")


def holds(table: Table, condition: Condition, instrument: Instrument) -> BooleanValue:
    """Whether a condition holds; never unknown."""
    column = table[condition.name]
    if isinstance(condition, Answered):
        return (number(table, condition.name) if column.type().is_floating() else column).notnull()
    if isinstance(condition, OneOf):
        levels = instrument.variable(condition.name).levels
        return column.isin(codes([levels[at] for at in condition.levels], column)).fill_null(False)
    if isinstance(condition, Chosen):
        return (";" + column + ";").contains(f";{condition.key};").fill_null(False)
    kind = table[condition.name + MISSING].cast("string")
    if isinstance(condition, Asked):
        return (kind != NOT_APPLICABLE).fill_null(True)
    return (kind == condition.kind).fill_null(False)


def value(table: Table, column: Column, instrument: Instrument) -> NumericValue:
    """What a respondent counts in a column."""
    if isinstance(column, Deviation):
        distance = number(table, column.name) - column.centre
        power = reduce(lambda a, b: a * b, [distance] * column.power)
        return power.fill_null(0.0)
    each = [holds(table, c, instrument) for c in column.conditions]
    if isinstance(column, AnyOf):
        return reduce(or_, each).cast("int64")
    return reduce(add, [condition.cast("int64") for condition in each])

"""Sums that do not depend on the order in which a database adds: fixed point instead of floating point.

A database adds in parallel, and floating-point sums differ in their last digit with the order of adding;
sums of decimals of 38 digits are exact whatever the order.
"""

from __future__ import annotations

import math

import ibis.expr.datatypes as dt
from ibis.expr.types import FloatingScalar, NumericColumn

#: Digits of the widest decimal that DuckDB and Spark add without error.
DIGITS = 38


def places(n: int, largest: float) -> int:
    """Decimals that are left where the sum of n numbers of at most `largest` must fit."""
    bound = n * largest
    whole = math.floor(math.log10(bound)) + 2 if bound > 0 else 0
    return min(max(DIGITS - whole, 0), DIGITS - 1)


def exact(value: NumericColumn, decimals: int) -> FloatingScalar:
    """The sum of a column, each number rounded to so many decimals first."""
    return value.cast(dt.Decimal(DIGITS, decimals)).sum().cast("float64")

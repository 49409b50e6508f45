"""What an expression says about columns: three-valued conditions, numbers, texts.

Separate from the grammar so that parsing needs no pandas. Texts are compared once for each distinct
value, never once for each respondent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property, reduce
from operator import and_, or_
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.codes import code_text
from survey.core.grammar import Call, Chain, Constant, Membership, Name, Negation, Node
from survey.errors import SurveyError, unknown_name

Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Truth: TypeAlias = pd.arrays.BooleanArray

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
_ISO_YEAR = re.compile(r"\s*(\d{4})-\d{1,2}-\d{1,2}")
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class Column:
    """Answers that can be read as numbers or, once for each distinct value, as text."""

    def __init__(self, answers: pd.Series) -> None:
        self.answers = answers

    @cached_property
    def factor(self) -> tuple[NDArray[np.intp], list[Any]]:
        """(n,) position of each answer among the distinct ones, -1 where missing; the distinct answers."""
        if isinstance(self.answers.dtype, pd.CategoricalDtype):
            return np.asarray(self.answers.cat.codes, dtype=np.intp), list(self.answers.cat.categories)
        codes, distinct = pd.factorize(self.answers)
        return np.asarray(codes, dtype=np.intp), list(distinct)

    @cached_property
    def texts(self) -> list[str]:
        """The distinct answers as text: ``1`` for 1.0, ``2025-08-01`` for a date."""
        return [_text(v) for v in self.factor[1]]

    @cached_property
    def is_text(self) -> bool:
        """Whether the answers are texts, even if they look like numbers; dates count as texts."""
        if pd.api.types.is_numeric_dtype(self.answers.dtype):
            return False
        return any(not isinstance(v, int | float | np.number) for v in self.factor[1])

    @cached_property
    def numbers(self) -> Floats:
        """(n,) float; NaN where missing or not a number."""
        if pd.api.types.is_numeric_dtype(self.answers.dtype):
            return self.answers.to_numpy(np.float64, na_value=np.nan)
        return self.spread([_number(v) for v in self.factor[1]])

    @cached_property
    def missing(self) -> Mask:
        """(n,) whether there is no answer."""
        return self.answers.isna().to_numpy(np.bool_)

    def spread(self, of_distinct: list[float]) -> Floats:
        """(n,) float: what holds for each distinct answer, given to every respondent; NaN where missing."""
        return np.array([*of_distinct, np.nan], dtype=np.float64)[self.factor[0]]


Value: TypeAlias = Column | Constant | Truth


def evaluate(tree: Node, values: Mapping[str, pd.Series], length: int) -> pd.Series:
    """The column that `tree` yields; see `Expression.evaluate`."""
    with np.errstate(all="ignore"):  # overflow becomes missing, see _numeric
        value = _Evaluator(values, length).value(tree)
    if isinstance(value, Column):
        return value.answers
    if isinstance(value, Constant):
        return pd.Series([value.value] * length, dtype="string" if isinstance(value.value, str) else "float64")
    return pd.Series(value)


class _Evaluator:
    """Values of nodes over one set of columns; a column is factorised once, whoever reads it."""

    def __init__(self, values: Mapping[str, pd.Series], length: int) -> None:
        self.values, self.length = values, length
        self.columns: dict[str, Column] = {}

    def value(self, node: Node) -> Value:
        match node:
            case Constant():
                return node
            case Name(name):
                return self.column(name)
            case Negation("not", operand):
                return ~self.truth(operand)
            case Negation("-", operand):
                return _numeric(-self.numbers(operand))
            case Membership(operand, options, negated):
                found = reduce(or_, [self.compare("==", self.value(operand), option) for option in options])
                return ~found if negated else found
            case Chain(first, rest):
                return self.chain(first, rest)
            case Call(function, arguments):
                return self.call(function, arguments)
        raise AssertionError(node)

    def column(self, name: str) -> Column:
        if name not in self.columns:
            if name not in self.values:
                raise SurveyError(unknown_name("column", name, list(self.values)))
            self.columns[name] = Column(self.values[name].reset_index(drop=True))
        return self.columns[name]

    def chain(self, first: Node, rest: tuple[tuple[str, Node], ...]) -> Value:
        operator = rest[0][0]
        if operator in ("and", "or"):
            join = and_ if operator == "and" else or_
            return reduce(join, [self.truth(n) for n in (first, *(n for _, n in rest))])
        if operator in _COMPARE:
            operands = [self.value(n) for n in (first, *(n for _, n in rest))]
            pairs = zip(rest, operands, operands[1:], strict=False)
            return reduce(and_, [self.compare(op, a, b) for (op, _), a, b in pairs])
        total = self.numbers(first)
        for op, operand in rest:
            total = _arithmetic(op, total, self.numbers(operand))
        return _numeric(total)

    def truth(self, node: Node) -> Truth:
        """A condition; a number is true unless it is zero, so that a binary variable reads as itself."""
        value = self.value(node)
        if isinstance(value, pd.arrays.BooleanArray):
            return value
        numbers = self.floats(value)
        return _truth(numbers != 0, np.isnan(numbers))

    def numbers(self, node: Node) -> Floats:
        return self.floats(self.value(node))

    def floats(self, value: Value) -> Floats:
        """(n,) float, NaN where missing; a condition counts 1 or 0."""
        if isinstance(value, Column):
            return value.numbers
        if isinstance(value, Constant):
            return np.full(self.length, _number(value.value))
        return value.to_numpy(np.float64, na_value=np.nan)

    def compare(self, operator: str, a: Value, b: Value) -> Truth:
        a, b = _comparable(a), _comparable(b)
        if isinstance(a, Constant):
            if isinstance(b, Constant):
                a = Column(pd.Series([a.value] * self.length, dtype=object))
            else:
                return self.compare(_MIRROR[operator], b, a)
        if isinstance(b, Constant):
            return _compare_constant(operator, a, b.value)
        return _compare_columns(operator, a, b)

    def call(self, function: str, arguments: tuple[Node, ...]) -> Value:
        match function:
            case "is_missing":
                return _truth(self.missing(arguments[0]), np.zeros(self.length, np.bool_))
            case "selected":
                assert isinstance(arguments[1], Constant)
                return self.selected(arguments[0], _text(arguments[1].value))
            case "startswith":
                a, b = (self.as_column(n) for n in arguments)
                return _pairwise(a, b, str.startswith)
            case "year":
                column = self.as_column(arguments[0])
                return _numeric(column.spread([_year(v) for v in column.factor[1]]))
            case "count" if len(arguments) == 1:
                column = self.as_column(arguments[0])
                return _numeric(column.spread([float(len([c for c in t.split(";") if c])) for t in column.texts]))
            case "count":
                return _numeric(np.sum([~self.missing(n) for n in arguments], axis=0).astype(np.float64))
        stacked = np.vstack([self.numbers(n) for n in arguments])
        return _numeric(getattr(np, function)(stacked, axis=0))

    def missing(self, node: Node) -> Mask:
        value = self.value(node)
        return value.missing if isinstance(value, Column) else np.isnan(self.floats(value))

    def selected(self, node: Node, key: str) -> Truth:
        column = self.as_column(node)
        chosen = column.spread([float(key in t.split(";")) for t in column.texts])
        return _truth(chosen == 1, np.isnan(chosen))

    def as_column(self, node: Node) -> Column:
        value = self.value(node)
        if isinstance(value, Constant):
            return Column(pd.Series([value.value] * self.length, dtype=object))
        return value if isinstance(value, Column) else _numeric(self.floats(value))


_MIRROR = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _comparable(value: Value) -> Column | Constant:
    return _numeric(value.to_numpy(np.float64, na_value=np.nan)) if isinstance(value, pd.arrays.BooleanArray) else value


def _compare_constant(operator: str, a: Column, b: float | str) -> Truth:
    if not a.is_text and not isinstance(b, str):
        return _truth(_COMPARE[operator](a.numbers, b), a.missing)
    verdict = [_compare_one(operator, v, b, a.is_text and isinstance(b, str)) for v in a.factor[1]]
    spread = a.spread(verdict)
    return _truth(spread == 1, np.isnan(spread))


def _compare_columns(operator: str, a: Column, b: Column) -> Truth:
    if not a.is_text and not b.is_text:
        return _truth(_COMPARE[operator](a.numbers, b.numbers), a.missing | b.missing)
    both_text = a.is_text and b.is_text
    return _pairwise(a, b, lambda x, y: _compare_one(operator, x, y, both_text), as_text=False)


def _compare_one(operator: str, x: Any, y: Any, both_text: bool) -> float:
    """1 true, 0 false, NaN unknown. Texts are equal as texts, ordered as numbers where both are numbers."""
    if both_text and operator in ("==", "!="):
        return float((_text(x) == _text(y)) == (operator == "=="))
    left, right = _number(x), _number(y)
    if not np.isnan(left) and not np.isnan(right):
        return float(_COMPARE[operator](left, right))
    if operator in ("==", "!="):
        return float(operator == "!=")
    if both_text and np.isnan(left) and np.isnan(right):
        order = (_text(x) > _text(y)) - (_text(x) < _text(y))
        return float(_COMPARE[operator](order, 0))
    return float("nan")


def _pairwise(a: Column, b: Column, verdict: Callable[[Any, Any], float | bool], as_text: bool = True) -> Truth:
    """`verdict` on each distinct pair of answers, given to every respondent; unknown where one is missing."""
    (left, left_values), (right, right_values) = a.factor, b.factor
    if as_text:
        left_values, right_values = a.texts, b.texts
    missing = (left < 0) | (right < 0)
    pairs, inverse = np.unique(np.where(missing, -1, left * len(right_values) + right), return_inverse=True)
    known = [divmod(int(p), len(right_values)) if p >= 0 else None for p in pairs]
    verdicts = np.array([float(verdict(left_values[k[0]], right_values[k[1]])) if k else np.nan for k in known])
    spread = verdicts[inverse] if len(verdicts) else np.empty(0)
    return _truth(spread == 1, np.isnan(spread))


def _arithmetic(operator: str, a: Floats, b: Floats) -> Floats:
    if operator == "/":
        b = np.where(b == 0, np.nan, b)
    operation = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[operator]
    return np.asarray(operation(a, b), dtype=np.float64)


def _truth(true: Mask, unknown: Mask) -> Truth:
    return pd.arrays.BooleanArray(np.asarray(true, np.bool_) & ~unknown, np.array(unknown, np.bool_))


def _numeric(numbers: Floats) -> Column:
    return Column(pd.Series(np.where(np.isfinite(numbers), numbers, np.nan), dtype="float64"))


def _text(value: Any) -> str:
    if isinstance(value, int | float | np.number):
        return code_text(float(value))
    return value.isoformat()[:10] if hasattr(value, "isoformat") else str(value)


def _number(value: Any) -> float:
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else float("nan")
    return float(value) if isinstance(value, int | float | np.number) else float("nan")


def _year(value: Any) -> float:
    if hasattr(value, "year"):
        return float(value.year)
    match = _ISO_YEAR.match(str(value))
    return float(match[1]) if match else float("nan")

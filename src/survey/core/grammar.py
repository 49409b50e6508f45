"""What expressions are made of: the nodes of a tree, the functions, and what each yields.

`core.parser` makes the tree of a text. A new function is one line in `FUNCTIONS` here and one in `core.evaluate`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

#: Function → fewest and most arguments; None: as many as one likes.
FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "max": (1, None),
    "min": (1, None),
    "sum": (1, None),
    "mean": (1, None),
    "count": (1, None),
    "year": (1, 1),
    "selected": (2, 2),
    "startswith": (2, 2),
    "is_missing": (1, 1),
}
CONDITIONS = frozenset({"selected", "startswith", "is_missing"})
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")

Kind = Literal["condition", "number", "text", "name"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or a text."""

    value: float | str


@dataclass(frozen=True, slots=True)
class Name:
    """A question, indicator, derived variable or column of a file."""

    name: str


@dataclass(frozen=True, slots=True)
class Negation:
    """``not x`` or ``-x``."""

    operator: Literal["not", "-"]
    operand: Node


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands joined by operators of one level: ``a - b + c``, ``a or b or c``, ``18 <= x <= 65``."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """``x in [1, 2]`` or ``x not in [1, 2]``."""

    operand: Node
    options: tuple[Constant, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `FUNCTIONS` and its arguments."""

    function: str
    arguments: tuple[Node, ...]


Node = Constant | Name | Negation | Chain | Membership | Call


def names(node: Node) -> Iterator[str]:
    """Every name that `node` reads, in order of appearance."""
    match node:
        case Name(name):
            yield name
        case Negation(_, operand) | Membership(operand):
            yield from names(operand)
        case Chain(first, rest):
            yield from names(first)
            for _, operand in rest:
                yield from names(operand)
        case Call(_, arguments):
            for argument in arguments:
                yield from names(argument)


def kind(node: Node) -> Kind:
    """What `node` yields; ``name`` where that depends on the column it names."""
    match node:
        case Name():
            return "name"
        case Constant(value):
            return "text" if isinstance(value, str) else "number"
        case Membership() | Negation("not"):
            return "condition"
        case Call(function):
            return "condition" if function in CONDITIONS else "number"
        case Chain(_, rest):
            return "condition" if rest[0][0] in (*COMPARISONS, "and", "or") else "number"
    return "number"

"""The grammar of expressions: text → tokens → a tree of nodes.

Own tokens and own parser: nothing is ever evaluated as code. A new function is one line in
`FUNCTIONS` here and one in `core.evaluate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from survey.errors import Problem, SchemaError, nearest

MAX_LENGTH = 2000
MAX_DEPTH = 50

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
WORDS = frozenset({"and", "or", "not", "in"})
#: Operators that share a level, loosest first; `not` stands between `and` and the comparisons.
LOGIC = (("or",), ("and",))
ARITHMETIC = (("+", "-"), ("*", "/"))

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


def tree(text: str) -> Node:
    """The tree of `text`; SchemaError with the position of the first thing that does not belong."""
    if len(text) > MAX_LENGTH:
        raise SchemaError(Problem(found=f"an expression of {len(text)} characters", expected=f"at most {MAX_LENGTH}"))
    return _Parser(text).whole()


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


class _Token(NamedTuple):
    kind: Literal["number", "text", "name", "quoted", "symbol", "end"]
    text: str
    position: int


_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<text>'[^']*'|"[^"]*")
    |(?P<name>[^\W\d]\w*(?:\.\w+)*)
    |`(?P<quoted>[^`]+)`
    |(?P<symbol>==|!=|<=|>=|[-+*/<>()\[\],]))""",
    re.VERBOSE,
)
_HINTS = {
    "=": "Equality is written ==.",
    "&": "Conditions are joined by `and`.",
    "|": "Conditions are joined by `or`.",
    "!": "Negation is written `not`, inequality !=.",
}


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise _unexpected(text[at], at, "a name, number, 'text' or operator", _HINTS.get(text[at], ""))
        kind = match.lastgroup
        found = match[kind]
        yield _Token(kind, found[1:-1] if kind == "text" else found, match.start(kind))  # type: ignore[arg-type]
        at = match.end()
    yield _Token("end", "", end)


def _unexpected(found: str, position: int, expected: str, hint: str = "") -> SchemaError:
    shown = repr(found) if found else "the end"
    return SchemaError(Problem(found=f"{shown} at position {position + 1}", expected=expected, hint=hint))


class _Parser:
    """Recursive descent, one method a level of the grammar, loosest first."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        tree = self.logic(0)
        if self.here.kind != "end":
            hint = _HINTS.get(self.here.text, "")
            raise _unexpected(self.here.text, self.here.position, "an operator or the end", hint)
        return tree

    @property
    def here(self) -> _Token:
        return self.tokens[self.at]

    def sees(self, *words: str) -> bool:
        """Whether the next token is one of these symbols or words, not a quoted text."""
        return self.here.kind in ("symbol", "name") and self.here.text in words

    def take(self) -> _Token:
        token = self.here
        self.at += token.kind != "end"
        return token

    def accept(self, *words: str) -> str | None:
        return self.take().text if self.sees(*words) else None

    def require(self, symbol: str, expected: str) -> None:
        if not self.accept(symbol):
            raise _unexpected(self.here.text, self.here.position, expected)

    def nested(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _unexpected(self.here.text, self.here.position, f"at most {MAX_DEPTH} levels of nesting")

    def logic(self, level: int) -> Node:
        if level == len(LOGIC):
            return self.negation()
        first, rest = self.logic(level + 1), []
        while operator := self.accept(*LOGIC[level]):
            rest.append((operator, self.logic(level + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def negation(self) -> Node:
        if not self.accept("not"):
            return self.comparison()
        self.nested()
        operand = self.negation()
        self.depth -= 1
        return Negation("not", operand)

    def comparison(self) -> Node:
        first = self.arithmetic(0)
        if self.sees("in", "not"):
            return self.membership(first)
        rest = []
        while operator := self.accept(*COMPARISONS):
            rest.append((operator, self.arithmetic(0)))
        return Chain(first, tuple(rest)) if rest else first

    def membership(self, operand: Node) -> Node:
        negated = self.accept("not") is not None
        self.require("in", "`in`")
        self.require("[", "[ and a list of codes")
        options = [self.option()]
        while self.accept(","):
            options.append(self.option())
        self.require("]", ", or ]")
        return Membership(operand, tuple(options), negated)

    def option(self) -> Constant:
        start = self.here
        sign = -1.0 if self.accept("-") else 1.0
        token = self.take()
        if token.kind == "number":
            return Constant(sign * float(token.text))
        if token.kind == "text" and sign > 0:
            return Constant(token.text)
        raise _unexpected(start.text, start.position, "a number or a 'text'")

    def arithmetic(self, level: int) -> Node:
        if level == len(ARITHMETIC):
            return self.signed()
        first, rest = self.arithmetic(level + 1), []
        while operator := self.accept(*ARITHMETIC[level]):
            rest.append((operator, self.arithmetic(level + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def signed(self) -> Node:
        if not self.accept("-"):
            return self.atom()
        self.nested()
        operand = self.signed()
        self.depth -= 1
        if isinstance(operand, Constant) and isinstance(operand.value, float):
            return Constant(-operand.value)
        return Negation("-", operand)

    def atom(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return Constant(float(token.text))
        if token.kind == "text":
            return Constant(token.text)
        if token.kind == "quoted":
            return Name(token.text)
        if token.kind == "name" and token.text not in WORDS:
            return self.call(token) if self.sees("(") else Name(token.text)
        if token.text != "(":
            raise _unexpected(token.text, token.position, "a name, a number, a 'text' or (")
        self.nested()
        inner = self.logic(0)
        self.depth -= 1
        self.require(")", "an operator or )")
        return inner

    def call(self, token: _Token) -> Node:
        if token.text not in FUNCTIONS:
            expected = f"one of the functions {', '.join(FUNCTIONS)}"
            raise _unexpected(token.text, token.position, expected, nearest(token.text, FUNCTIONS))
        self.require("(", "(")
        self.nested()
        arguments = [] if self.sees(")") else [self.logic(0)]
        while self.accept(","):
            arguments.append(self.logic(0))
        self.depth -= 1
        self.require(")", ", or )")
        _check_call(token, arguments)
        return Call(token.text, tuple(arguments))


def _check_call(token: _Token, arguments: list[Node]) -> None:
    fewest, most = FUNCTIONS[token.text]
    if len(arguments) < fewest or (most is not None and len(arguments) > most):
        wanted = f"{fewest}" if most == fewest else f"at least {fewest}"
        raise _unexpected(f"{token.text}() of {len(arguments)}", token.position, f"{wanted} argument(s)")
    if token.text == "selected" and not isinstance(arguments[1], Constant):
        raise _unexpected(token.text, token.position, "selected(question, 'code')")

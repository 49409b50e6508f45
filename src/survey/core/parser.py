"""The parser of expressions: text → tokens → a tree of nodes.

Own tokens and own parser: nothing is ever evaluated as code.
"""

from __future__ import annotations

from survey.core.grammar import COMPARISONS, FUNCTIONS, Call, Chain, Constant, Membership, Name, Negation, Node
from survey.core.tokens import HINTS, Token, tokens, unexpected
from survey.errors import Problem, SchemaError, nearest

MAX_LENGTH = 2000
MAX_DEPTH = 50

WORDS = frozenset({"and", "or", "not", "in"})
#: Operators that share a level, loosest first; `not` stands between `and` and the comparisons.
LOGIC = (("or",), ("and",))
ARITHMETIC = (("+", "-"), ("*", "/"))


def tree(text: str) -> Node:
    """The tree of `text`; SchemaError with the position of the first thing that does not belong."""
    if len(text) > MAX_LENGTH:
        raise SchemaError(Problem(found=f"an expression of {len(text)} characters", expected=f"at most {MAX_LENGTH}"))
    return _Parser(text).whole()


class _Parser:
    """Recursive descent, one method a level of the grammar, loosest first."""

    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        tree = self.logic(0)
        if self.here.kind != "end":
            hint = HINTS.get(self.here.text, "")
            raise unexpected(self.here.text, self.here.position, "an operator or the end", hint)
        return tree

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def sees(self, *words: str) -> bool:
        """Whether the next token is one of these symbols or words, not a quoted text."""
        return self.here.kind in ("symbol", "name") and self.here.text in words

    def take(self) -> Token:
        token = self.here
        self.at += token.kind != "end"
        return token

    def accept(self, *words: str) -> str | None:
        return self.take().text if self.sees(*words) else None

    def require(self, symbol: str, expected: str) -> None:
        if not self.accept(symbol):
            raise unexpected(self.here.text, self.here.position, expected)

    def nested(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise unexpected(self.here.text, self.here.position, f"at most {MAX_DEPTH} levels of nesting")

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
        raise unexpected(start.text, start.position, "a number or a 'text'")

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
            raise unexpected(token.text, token.position, "a name, a number, a 'text' or (")
        self.nested()
        inner = self.logic(0)
        self.depth -= 1
        self.require(")", "an operator or )")
        return inner

    def call(self, token: Token) -> Node:
        if token.text not in FUNCTIONS:
            expected = f"one of the functions {', '.join(FUNCTIONS)}"
            raise unexpected(token.text, token.position, expected, nearest(token.text, FUNCTIONS))
        self.require("(", "(")
        self.nested()
        arguments = [] if self.sees(")") else [self.logic(0)]
        while self.accept(","):
            arguments.append(self.logic(0))
        self.depth -= 1
        self.require(")", ", or )")
        _check_call(token, arguments)
        return Call(token.text, tuple(arguments))


def _check_call(token: Token, arguments: list[Node]) -> None:
    fewest, most = FUNCTIONS[token.text]
    if len(arguments) < fewest or (most is not None and len(arguments) > most):
        wanted = f"{fewest}" if most == fewest else f"at least {fewest}"
        raise unexpected(f"{token.text}() of {len(arguments)}", token.position, f"{wanted} argument(s)")
    if token.text == "selected" and not isinstance(arguments[1], Constant):
        raise unexpected(token.text, token.position, "selected(question, 'code')")

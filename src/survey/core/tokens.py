"""The tokens of expressions: names, numbers, texts and symbols, each with its position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from survey.errors import Problem, SchemaError


class Token(NamedTuple):
    """A piece of the text; `position` counts from 0, in characters."""

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
#: What is meant by a symbol of other languages.
HINTS = {
    "=": "Equality is written ==.",
    "&": "Conditions are joined by `and`.",
    "|": "Conditions are joined by `or`.",
    "!": "Negation is written `not`, inequality !=.",
}


def tokens(text: str) -> Iterator[Token]:
    """The pieces of `text`, then one of kind ``end``; SchemaError at the first character that begins none."""
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise unexpected(text[at], at, "a name, number, 'text' or operator", HINTS.get(text[at], ""))
        kind = match.lastgroup
        found = match[kind]
        yield Token(kind, found[1:-1] if kind == "text" else found, match.start(kind))  # type: ignore[arg-type]
        at = match.end()
    yield Token("end", "", end)


def unexpected(found: str, position: int, expected: str, hint: str = "") -> SchemaError:
    """The error that says what was found at `position`, from 0, and what should stand there."""
    shown = repr(found) if found else "the end"
    return SchemaError(Problem(found=f"{shown} at position {position + 1}", expected=expected, hint=hint))

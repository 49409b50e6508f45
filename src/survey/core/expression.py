"""Expressions of ask_if, from, rule and where: what they read, what they yield, in which order.

What they are made of is in `core.grammar`; what a tree says about columns is in `core.evaluate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.core import grammar, parser
from survey.errors import Problem, SchemaError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression.

    Attributes
    ----------
    text : as written.
    names : every name it reads, in order of appearance, each once.
    """

    text: str
    names: tuple[str, ...]
    tree: grammar.Node

    @property
    def bare(self) -> str | None:
        """The name, where the expression is nothing but a name."""
        return self.tree.name if isinstance(self.tree, grammar.Name) else None

    @property
    def kind(self) -> grammar.Kind:
        """What it yields; ``name`` where that depends on the column it names."""
        return grammar.kind(self.tree)

    def evaluate(self, values: Mapping[str, pd.Series], length: int) -> pd.Series:
        """One value a row: nullable boolean for a condition, float for a number, string for a text.

        Parameters
        ----------
        values : columns by name, aligned by position; categoricals hold codes, multi-response
            answers their canonical text (see `core.wave.selections`).
        length : number of rows, which an expression without a name cannot know.

        Returns
        -------
        pandas.Series
            Index 0..length-1. A comparison with a missing answer is unknown (NA); and, or, not are
            Kleene's; arithmetic with a missing answer and division by zero are missing. A bare name
            yields its column unchanged.

        Raises
        ------
        SurveyError
            If `values` lacks a name that the expression reads.
        """
        from survey.core import evaluate

        return evaluate.evaluate(self.tree, values, length)


def parse(text: str) -> Expression:
    """The expression that `text` spells.

    Raises
    ------
    SchemaError
        With the position (from 1) of the first thing that does not belong, and what was expected.
    """
    tree = parser.tree(text)
    return Expression(text, tuple(dict.fromkeys(grammar.names(tree))), tree)


def order(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Names so that each stands after those it needs; otherwise in the order given.

    Raises
    ------
    SchemaError
        If definitions go round in a circle; the message spells the circle out.
    """
    done: dict[str, None] = {}
    for start in needs:
        path: dict[str, Iterator[str]] = {}
        if start not in done:
            path[start] = iter(needs[start])
        while path:
            name, waiting = next(reversed(path.items()))
            needed = next((n for n in waiting if n in needs and n not in done), None)
            if needed is None:
                done[name] = None
                del path[name]
            elif needed in path:
                circle = [*list(path)[list(path).index(needed) :], needed]
                raise SchemaError(
                    Problem(
                        column=needed,
                        found=f"a circle of definitions: {' → '.join(circle)}",
                        expected="expressions that end at questions",
                    )
                )
            else:
                path[needed] = iter(needs[needed])
    return list(done)

"""Answers as the questionnaire's route allows them, each judged after the answers that it depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from survey.core.instrument import Instrument
from survey.core.missing import BLANK, DONT_KNOW, NOT_APPLICABLE, REFUSED
from survey.core.questions import Question
from survey.errors import SchemaError
from survey.prepare import derive
from survey.prepare.columns import ANSWERED, KIND, Column, Kinds, Mask


@dataclass
class Settled:
    """Everything known of the respondents: questions, derived variables, indicator scores."""

    length: int
    names: frozenset[str]
    columns: dict[str, Column] = field(default_factory=dict)
    derived: dict[str, derive.Variable] = field(default_factory=dict)
    scores: dict[str, pd.Series] = field(default_factory=dict)

    def values(self) -> Answers:
        """Every variable by name, for expressions."""
        known = {n: c.values for n, c in self.columns.items()} | {n: d.values for n, d in self.derived.items()}
        return Answers(known | self.scores, self.names, self.length)

    def kinds(self) -> dict[str, Kinds]:
        """Kinds of missing by name; a score has none of its own."""
        return {n: c.kind for n, c in self.columns.items()} | {n: d.kind for n, d in self.derived.items()}


class Answers(Mapping[str, pd.Series]):
    """Variables by name; one of the instrument's that the wave did not ask is missing for everyone."""

    def __init__(self, known: Mapping[str, pd.Series], names: frozenset[str], length: int) -> None:
        self._known, self._names, self._length = known, names, length

    def __getitem__(self, name: str) -> pd.Series:
        if name not in self._known and name in self._names:
            return pd.Series(np.full(self._length, np.nan))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def settle(columns: Mapping[str, Column], instrument: Instrument, length: int) -> Settled:
    """Answers after routing and ranges, with the variables computed from them; contract §3."""
    questions = {q.name: q for q in instrument.questions}
    derived = {d.name: d for d in instrument.derived}
    indicators = {i.name: i for i in instrument.indicators}
    settled = Settled(length, frozenset([*questions, *derived, *indicators]))
    for name in order(instrument):
        if name in columns:
            settled.columns[name] = in_range(routed(columns[name], questions[name], settled))
        elif name in derived:
            asked = settled.values()
            settled.derived[name] = derive.derive(derived[name], asked, settled.kinds(), length)
        elif name in indicators:
            score = derive.indicator_score(indicators[name], instrument, _asked_items(settled))
            settled.scores |= {name: score} if score is not None else {}
    settled.columns = {name: settled.columns[name] for name in columns}
    return settled


def order(instrument: Instrument) -> list[str]:
    """Names of questions, derived variables and indicators, each after those it is computed from."""
    needs = {q.name: q.ask_if.names if q.ask_if else () for q in instrument.questions}
    needs |= {d.name: d.source.names for d in instrument.derived}
    needs |= {i.name: i.items for i in instrument.indicators}
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as circle:
        raise SchemaError(f"instrument: {' → '.join(circle.args[1])} depend on each other in a circle.") from None


def routed(column: Column, question: Question, settled: Settled) -> Column:
    """The column after `ask_if`: what was routed past is not applicable, an answer there is removed."""
    if question.ask_if is None:
        return column
    asked = question.ask_if.evaluate(settled.values(), settled.length)
    unknown = asked.isna().to_numpy(np.bool_)
    not_asked = ~asked.fillna(True).to_numpy(np.bool_)
    found = not_asked & _says_something(column)
    column = column.without(found, NOT_APPLICABLE, "routed_past").without(not_asked & ~found, NOT_APPLICABLE)
    if question.type == "multi":
        # Nothing ticked is an answer of whoever was asked; here nobody knows whether they were.
        return column.without(unknown & column.empty, BLANK)
    return column


def _says_something(column: Column) -> Mask:
    answered = (column.kind == ANSWERED) | np.isin(column.kind, [KIND[DONT_KNOW], KIND[REFUSED]])
    if column.question.type == "multi":
        answered &= ~column.values.eq("").fillna(False).to_numpy(np.bool_)
    says: Mask = answered & ~column.empty
    return says


def in_range(column: Column) -> Column:
    """The column without numbers below `min` or above `max`."""
    question = column.question
    if question.type not in ("integer", "number") or (question.minimum is None and question.maximum is None):
        return column
    numbers = derive.as_floats(column.values)
    low = -np.inf if question.minimum is None else question.minimum
    high = np.inf if question.maximum is None else question.maximum
    return column.without((numbers < low) | (numbers > high), BLANK, "out_of_range")


def _asked_items(settled: Settled) -> dict[str, pd.Series]:
    return {name: column.values for name, column in settled.columns.items()}

"""What a reader should know of the answers before believing them: checks, nonresponse, repairs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.instrument import Check, Instrument
from survey.core.missing import MISSING_KINDS, NOT_APPLICABLE
from survey.core.wave import QUALITY_COLUMNS
from survey.errors import Problem
from survey.prepare import selections
from survey.prepare.audit import FIRST_CHANGE, RULES
from survey.prepare.columns import ANSWERED, KIND, Column, Mask
from survey.prepare.routing import Settled

#: Check, severity, item, how many cells or respondents, of how many.
Row = tuple[str, str, str, int, int]

#: Rules by which an answer was lost, not only written differently.
_LOSSES = frozenset({"unknown_code", "not_a_number", "not_a_date", "out_of_range", "routed_past", "user_missing"})
_CONTRADICTIONS = ("exclusive", "required", "pattern")
_NAMED = 50


def rows(settled: Settled, instrument: Instrument) -> list[Row]:
    """One row a check, then a question's nonresponse, repairs and contradictions; also those that do not occur."""
    found = [_check_row(check, *_violations(check, settled)) for check in instrument.checks]
    for column in settled.columns.values():
        found += [*_nonresponse(column), *_repairs(column), *_contradictions(column)]
    return found


def table(counted: Iterable[Row]) -> pd.DataFrame:
    """Counts and shares of `rows`: every check, and what occurs."""
    shared = [
        (check, severity, item, n, _share(n, base)) for check, severity, item, n, base in counted if n or not item
    ]
    return pd.DataFrame(shared, columns=list(QUALITY_COLUMNS)).astype(
        {"check": "string", "severity": "string", "item": "string", "n": "Int64", "share": "float64"}
    )


def added(parts: Iterable[Sequence[Row]], instrument: Instrument) -> list[Row]:
    """Rows of several parts of the respondents as those of all of them, in the order of `rows`."""
    total: dict[tuple[str, str, str], list[int]] = {}
    for check, severity, item, n, base in chain.from_iterable(parts):
        sums = total.setdefault((check, severity, item), [0, 0])
        sums[0], sums[1] = sums[0] + n, sums[1] + base
    items = {q.name: place for place, q in enumerate(instrument.questions, start=1)}
    order = {name: place for place, name in enumerate((*MISSING_KINDS, *RULES, *_CONTRADICTIONS))}
    names = [check.id for check in instrument.checks]

    def position(key: tuple[str, str, str]) -> tuple[int, int]:
        return (items[key[2]], order[key[0]]) if key[2] else (0, names.index(key[0]))

    return [(*key, total[key][0], total[key][1]) for key in sorted(total, key=position)]


def broken(settled: Settled, instrument: Instrument, rows: NDArray[np.int64], file: str) -> list[Problem]:
    """A problem for each check of severity ``error`` that some respondents violate, their rows named."""
    problems = []
    for check in (c for c in instrument.checks if c.severity == "error"):
        violated, _ = _violations(check, settled)
        if violated.any():
            where = rows[violated].tolist()
            named = ", ".join(map(str, where[:_NAMED])) + (" …" if len(where) > _NAMED else "")
            problems.append(
                Problem(
                    file=file, row=int(where[0]), found=f"check {check.id} violated in {len(where)} rows: {named}",
                    expected=check.rule.text, hint="Correct the source, or make the check a warning.",
                )
            )  # fmt: skip
    return problems


def _violations(check: Check, settled: Settled) -> tuple[Mask, Mask]:
    """Respondents who break a rule, and those of whom it is known; unknown is no violation."""
    holds = check.rule.evaluate(settled.values(), settled.length).reset_index(drop=True)
    known = holds.notna().to_numpy(np.bool_)
    return known & ~holds.fillna(True).to_numpy(np.bool_), known


def _check_row(check: Check, violated: Mask, known: Mask) -> Row:
    return (check.id, check.severity, "", int(violated.sum()), int(known.sum()))


def _nonresponse(column: Column) -> list[Row]:
    """Each kind of missing: of those asked, except `not_applicable`, which is of everyone."""
    asked = int((column.kind != KIND[NOT_APPLICABLE]).sum())
    rows = []
    for name in MISSING_KINDS:
        base = len(column.kind) if name == NOT_APPLICABLE else asked
        rows.append((name, "info", column.question.name, int((column.kind == KIND[name]).sum()), base))
    return rows


def _repairs(column: Column) -> list[Row]:
    counts = np.bincount(column.rule, minlength=len(RULES))
    filled = int((~column.empty).sum())
    changed = [(RULES[i], int(counts[i])) for i in range(int(FIRST_CHANGE), len(RULES))]
    return [(rule, "warning" if rule in _LOSSES else "info", column.question.name, n, filled) for rule, n in changed]


def _contradictions(column: Column) -> list[Row]:
    """Answers that the instrument allows and yet should not be: exclusive options, required blanks, patterns."""
    question, name = column.question, column.question.name
    values = column.values
    rows = []
    if question.type == "multi" and any(level.exclusive for level in question.levels):
        codes, texts = pd.factorize(values)
        hits = np.array([*selections.conflicting(question, [str(t) for t in texts]), False])[codes]
        rows.append(("exclusive", int(hits.sum()), int(values.notna().sum())))
    if question.required:
        asked = column.kind != KIND[NOT_APPLICABLE]
        rows.append(("required", int((asked & column.values.isna().to_numpy()).sum()), int(asked.sum())))
    if question.pattern:
        rows.append(("pattern", *_unlike(column, re.compile(question.pattern))))
    return [(check, "warning", name, n, base) for check, n, base in rows]


def _unlike(column: Column, pattern: re.Pattern[str]) -> tuple[int, int]:
    """Answers that do not match the question's pattern, of all its answers."""
    unlike = np.array([not pattern.search(text.strip()) for text in column.texts])
    answered = column.kind == ANSWERED
    return int((answered & unlike[column.codes]).sum()), int(answered.sum())


def _share(n: int, base: int) -> float:
    return float(n / base) if base else float("nan")

"""What in a column contradicts the instrument so plainly that reading it would be guessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.core.questions import Question
from survey.core.study import WaveSpec
from survey.core.wave import Raw
from survey.errors import Problem
from survey.prepare import answers, privacy
from survey.prepare.answers import ScaleReader, Source
from survey.prepare.audit import RULE, RULES, UNREADABLE
from survey.prepare.columns import KIND, Column, Mask, is_private, source_name
from survey.prepare.sex import p_is_ambiguous
from survey.prepare.spelling import Spellings

#: Above this share of unreadable cells a column was misunderstood, not mistyped.
MOST_UNREADABLE = 0.05
_SHOWN = 5
_LONGEST_SHOWN = 40


def problems(column: Column, raw: Raw, spec: WaveSpec, file: str) -> list[Problem]:
    """Labels that run the other way, texts that mean two things, too many values that mean nothing."""
    return of_texts(column.question, column.texts, raw, spec, file) + of_cells(
        column.question, Unreadable.of(column, raw.rows), spec, file
    )


def of_texts(question: Question, texts: Sequence[str], raw: Raw, spec: WaveSpec, file: str) -> list[Problem]:
    """Problems of a coded column's labels and distinct texts; `raw` gives the file's labels."""
    if question.type not in ("ordinal", "nominal"):
        return []
    name = source_name(question, spec)
    return _reversed_labels(question, raw, spec, file, name) + _undecided(question, texts, raw, spec, file, name)


def _undecided(
    question: Question, texts: Sequence[str], raw: Raw, spec: WaveSpec, file: str, name: str
) -> list[Problem]:
    if p_is_ambiguous(question.levels, texts):
        return [
            Problem(
                file=file, column=name, found="P beside words of both L/P and P/W",
                expected="one convention in the column: P is Perempuan beside L, Pria beside W",
                hint=f"Say what each letter means under recode of {question.name!r}.",
            )
        ]  # fmt: skip
    if ScaleReader(question, Source.of(raw, spec, (), name), texts).undecided:
        return [
            Problem(
                file=file, column=name, found="texts that are labels of some levels and codes of others",
                expected="codes or labels", hint="Set answers: codes or answers: labels for the wave.",
            )
        ]  # fmt: skip
    return []


def _reversed_labels(question: Question, raw: Raw, spec: WaveSpec, file: str, name: str) -> list[Problem]:
    """The file's own label of a code is the instrument's label of another code."""
    labels = answers.labels_of(question.levels)
    recode = Spellings(question.recode.get(spec.name, {}).items())
    levels = Spellings((v.key, v.key) for v in question.levels)
    missing = Spellings(question.missing_in(spec.name).items())
    out = []
    for code, label in raw.labels.get(name, {}).items():
        read_as, means = recode.get(code) or levels.get(code), labels.get(label)
        if code in missing or read_as is None or means is None or read_as == means:
            continue
        out.append(
            Problem(
                file=file, column=name, found=f"code {code} labelled {label!r} in the file",
                expected=f"{label!r} to be code {means}, as in the instrument",
                hint=f"If the file's codes run the other way, add recode to {question.name!r}.",
            )
        )  # fmt: skip
    return out


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Cells of a column, or of parts of it, that mean nothing.

    Attributes
    ----------
    times : distinct text → cells that hold it, in the order in which they were met.
    filled : cells that hold anything.
    row, rule : source row of the first unreadable cell and why; None where there is none.
    """

    times: Mapping[str, int]
    filled: int
    row: int | None = None
    rule: str | None = None

    @classmethod
    def of(cls, column: Column, rows: pd.Index) -> Unreadable:
        """Those of a column, whose cells lie in source rows `rows`."""
        cells = np.isin(column.rule, [RULE[r] for r in UNREADABLE])
        filled = int((~column.empty & ~_is_na(column)).sum())
        if not cells.any():
            return cls({}, filled)
        distinct = pd.unique(column.codes[cells])
        times = np.bincount(column.codes[cells])[distinct].tolist()
        first = int(np.flatnonzero(cells)[0])
        texts = [column.texts[c] for c in distinct]
        return cls(dict(zip(texts, times, strict=True)), filled, int(rows[first]), RULES[column.rule[first]])

    def __add__(self, later: Unreadable) -> Unreadable:
        times = dict(self.times)
        for text, n in later.times.items():
            times[text] = times.get(text, 0) + n
        first = self if self.row is not None else later
        return Unreadable(times, self.filled + later.filled, first.row, first.rule)


def of_cells(question: Question, cells: Unreadable, spec: WaveSpec, file: str) -> list[Problem]:
    """The problem of a column of which too many cells mean nothing."""
    count, filled = sum(cells.times.values()), cells.filled
    if not count or count <= MOST_UNREADABLE * filled:
        return []
    what = str(cells.rule).replace("_", " ")
    return [
        Problem(
            file=file, row=cells.row, column=source_name(question, spec),
            found=f"{count} of {filled} answers ({count / filled:.0%}) with {what}{_shown(question, cells.times)}",
            expected=_expected(question),
            hint=_hint(question, spec),
        )
    ]  # fmt: skip


def _is_na(column: Column) -> Mask:
    # NA is a blank unless the column declares it; a declared one is an answer or another kind.
    na = np.array([text.strip() in ("", "NA") for text in column.texts])
    blank: Mask = na[column.codes] & (column.kind == KIND["blank"])
    return blank


def _shown(question: Question, times: Mapping[str, int]) -> str:
    if is_private(question):
        return ""
    # Codes repeat; what nearly everyone writes differently may be names in a shifted column.
    if len(times) > _SHOWN and sum(n == 1 for n in times.values()) > 0.5 * len(times):
        return ""
    safe = [repr(t[:_LONGEST_SHOWN]) for t in times if not privacy.kinds(t)][:_SHOWN]
    return f": {', '.join(safe)}{' …' if len(times) > len(safe) else ''}" if safe else ""


def _hint(question: Question, spec: WaveSpec) -> str:
    if question.levels:
        labels = ", or set answers: auto for the wave" if spec.answers == "codes" else ""
        return f"Declare them under codes, synonyms, recode or missing of {question.name!r}{labels}."
    other = (
        "add their form under formats" if question.type == "date" else "set number_format: id if they are Indonesian"
    )
    return f"Declare them under missing of {question.name!r}, or {other}."


def _expected(question: Question) -> str:
    if question.levels:
        keys = [level.key for level in question.levels]
        return f"one of {', '.join(keys[:12])}{' …' if len(keys) > 12 else ''}"
    if question.type == "date":
        return f"a date as YYYY-MM-DD{''.join(f' or {f}' for f in question.formats)}"
    return "a whole number" if question.type == "integer" else "a number"

"""One question's answers on their way through cleaning: typed values, kinds of missing, rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.missing import MISSING_KINDS, MissingKind
from survey.core.questions import Level, Question
from survey.core.study import WaveSpec
from survey.core.wave import Raw
from survey.prepare import answers, selections
from survey.prepare.answers import Answer, ScaleReader, Source
from survey.prepare.audit import RULE

Mask = NDArray[np.bool_]
Kinds = NDArray[np.int8]

ANSWERED = np.int8(-1)
KIND = {name: np.int8(i) for i, name in enumerate(MISSING_KINDS)}


@dataclass(frozen=True, slots=True)
class Column:
    """Answers to one question.

    Attributes
    ----------
    texts : distinct raw texts, the empty one last; codes : (n,) which of them each cell holds.
    clean : canonical text of each distinct text, "" where it is no answer.
    values : (n,) typed answers, NA where missing.
    kind : (n,) index into `MISSING_KINDS`, -1 where there is an answer.
    rule : (n,) index into `audit.RULES`: under which rule each cell ended.
    """

    question: Question
    texts: tuple[str, ...] = field(repr=False)
    codes: NDArray[np.intp] = field(repr=False)
    clean: tuple[str, ...] = field(repr=False)
    values: pd.Series = field(repr=False)
    kind: Kinds = field(repr=False)
    rule: NDArray[np.int8] = field(repr=False)

    @property
    def empty(self) -> Mask:
        """Cells that were empty in the file."""
        return np.equal(self.codes, len(self.texts) - 1)

    def without(self, cells: Mask, kind: str, rule: str | None = None) -> Column:
        """The column without the answers of `cells`; `rule` marks them as changed."""
        if not cells.any():
            return self
        return replace(
            self,
            values=self.values.mask(cells),
            kind=np.where(cells, KIND[kind], self.kind).astype(np.int8),
            rule=self.rule if rule is None else np.where(cells, RULE[rule], self.rule).astype(np.int8),
        )

    def missing(self) -> pd.Series:
        """Kind of missing of each answer, NA where there is one."""
        return missing_kinds(self.kind)


def missing_kinds(kind: Kinds) -> pd.Series:
    """Kinds of missing as the frame holds them."""
    return categorical(kind.astype(np.intp), list(MISSING_KINDS), ordered=False)


def categorical(at: NDArray[np.intp], categories: list[int] | list[str], ordered: bool) -> pd.Series:
    """Coded answers from their positions among the categories, -1 where missing."""
    return pd.Series(pd.Categorical.from_codes(at, dtype=pd.CategoricalDtype(categories, ordered)))


def read(
    question: Question, raw: Raw, spec: WaveSpec, kinds: Sequence[MissingKind], known: Sequence[str] = ()
) -> Column:
    """Answers to a question as its column in the file says them; contract §3.

    Parameters
    ----------
    known : distinct texts of the whole column, where `raw` holds a part of the file
    """
    if question.columns:
        return _read_marks(question, raw, spec, kinds)
    name = question.column_in(spec.name)
    codes, texts = _distinct(raw.frame[name])
    source = Source.of(raw, spec, tuple(kinds), str(name))
    read_text = _reader(question, source, known or texts)
    return _column(question, texts, codes, [read_text(text) for text in texts])


def _distinct(cells: pd.Series) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    codes, texts = pd.factorize(cells)
    listed = [str(t) for t in texts]
    # An empty text in the file is the same as no text.
    empty = listed.index("") if "" in listed else -1
    return np.where((codes == -1) | (codes == empty), len(listed), codes), (*listed, "")


def _reader(question: Question, source: Source, texts: Sequence[str]) -> Callable[[str], Answer]:
    if question.type == "multi":
        return selections.cell_reader(question, source, texts)
    if question.type in ("integer", "number"):
        return answers.reader(question, source, answers.read_number(question, source))
    if question.type == "date":
        return answers.reader(question, source, answers.read_date(question))
    if question.type == "text":
        return answers.reader(question, source, answers.read_text(question))
    return answers.reader(question, source, ScaleReader(question, source, texts).read)


def _read_marks(question: Question, raw: Raw, spec: WaveSpec, kinds: Sequence[MissingKind]) -> Column:
    names = list(question.columns.values())
    parts = [_distinct(raw.frame[name]) for name in names]
    # The empty text of each option gets 0, so that a row without any mark is the zero pattern.
    marks = np.column_stack([len(texts) - 1 - codes for codes, texts in parts])
    patterns, codes = np.unique(marks, axis=0, return_inverse=True)
    cells = [tuple(parts[j][1][len(parts[j][1]) - 1 - m] for j, m in enumerate(p)) for p in patterns.tolist()]
    read_cells = selections.marks_reader(question, Source.of(raw, spec, tuple(kinds), names[0]))
    texts = [_joined(question, c) for c in cells]
    found = [read_cells(c) for c in cells]
    nothing = ("",) * len(names)
    # The empty pattern sorts first where it occurs; `Column` keeps it last.
    codes = codes.ravel()
    if cells and cells[0] == nothing:
        texts, found, codes = [*texts[1:], ""], [*found[1:], found[0]], np.where(codes == 0, len(cells) - 1, codes - 1)
    else:
        texts, found = [*texts, ""], [*found, read_cells(nothing)]
    return _column(question, tuple(texts), codes, found)


def _joined(question: Question, cells: tuple[str, ...]) -> str:
    return "; ".join(f"{key}={cell}" for key, cell in zip(question.columns, cells, strict=True) if cell)


def _column(question: Question, texts: tuple[str, ...], codes: NDArray[np.intp], found: list[Answer]) -> Column:
    kind = np.array([ANSWERED if a.kind is None else KIND[a.kind] for a in found], dtype=np.int8)
    rule = np.array([RULE[a.rule] for a in found], dtype=np.int8)
    clean = tuple(a.clean if a.kind is None and a.clean is not None else "" for a in found)
    values = _typed(question, found, codes)
    return Column(question, texts, codes, clean, values, kind[codes], rule[codes])


def codes_of(levels: Sequence[Level]) -> list[int] | list[str]:
    """Categories of a coded variable: whole numbers if all its codes are, else texts."""
    if all(isinstance(v.code, int) for v in levels):
        return [int(v.code) for v in levels]
    return [v.key for v in levels]


def _typed(question: Question, found: list[Answer], codes: NDArray[np.intp]) -> pd.Series:
    clean = [a.clean if a.kind is None else None for a in found]
    if question.type in ("ordinal", "nominal"):
        position = {level.key: i for i, level in enumerate(question.levels)}
        at = np.array([position[c] if c is not None else -1 for c in clean], dtype=np.intp)
        return categorical(at[codes], codes_of(question.levels), ordered=question.type == "ordinal")
    if question.type == "integer":
        return pd.Series(pd.array([int(c) if c is not None else None for c in clean], dtype="Int64").take(codes))
    if question.type == "number":
        return pd.Series(np.array([float(c) if c is not None else np.nan for c in clean])[codes])
    if question.type == "date":
        return pd.Series(np.array(clean, dtype="datetime64[ms]")[codes])
    return pd.Series(pd.array(clean, dtype="string").take(codes))


def source_name(question: Question, spec: WaveSpec) -> str:
    """Column of the file that a question reads, the first of several."""
    return next(iter(question.columns.values()), None) or question.column_in(spec.name) or question.name


def is_private(question: Question) -> bool:
    """Whether raw answers to a question are never repeated in an audit or a message."""
    return question.type == "text" or question.role in ("id", "identifier", "open")

"""A wave larger than memory, cleaned part by part through the same functions as a wave in memory.

What a cell means may hang on the whole column (which texts occur, how many mean nothing, whether an
id comes twice), so `look` reads everything before `cleaned` reads it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.instrument import Instrument
from survey.core.questions import Question
from survey.core.study import Exclusion, WaveSpec
from survey.core.wave import Raw
from survey.errors import InputError, Problem
from survey.prepare import clean, columns, ingest, refusals, respondents
from survey.prepare.audit import IDENTIFIER
from survey.prepare.refusals import Unreadable
from survey.prepare.repeats import Repeats

#: Gives a file's records in parts, as often as it is called.
Source = Callable[[], Iterator[Raw]]
Texts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Known:
    """What is known of the whole file before its cells are read.

    Attributes
    ----------
    texts : coded question → distinct texts of its column among the records that stay; consent : among all.
    repeated : source rows of records that repeat an earlier one, ascending.
    """

    texts: Texts = field(repr=False)
    consent: Texts = field(repr=False)
    repeated: NDArray[np.int64] = field(repr=False)


class Selected(NamedTuple):
    """Records of one part: all of this wave, those that may be read, and the source rows of the others."""

    whole: Raw
    raw: Raw
    left_out: pd.Index | None
    refused: list[int]


def look(source: Source, instrument: Instrument, spec: WaveSpec, file: str, scratch: Path, memory: str) -> Known:
    """What is known of the whole file.

    Parameters
    ----------
    source : gives the file's records in parts, as often as it is called
    scratch : folder for a database that is deleted with it; memory : the most that it may use

    Raises
    ------
    InputError
        Every problem of the file that `prepare.clean.clean` raises before it reads answers.
    """
    absent = clean.absent_columns(next(source()), instrument, spec, file)
    if not all(clean.present(q, next(source()), spec) for q in instrument.by_role("consent")):
        raise InputError(absent)
    consent = _texts(instrument.by_role("consent"), (part for part, _ in _meeting(source, spec)), spec)
    with Repeats(scratch, memory) as repeats:
        seen = _Seen(consent, repeats)
        for part in _selected(source, instrument, spec, consent):
            seen.add(part, instrument, spec)
        repeated = repeats.found()
        conflicts = repeats.conflicts()
    seen.refuse_nobody(file, spec)
    name = respondents.id_question(instrument, spec)
    problems = absent + (
        respondents.id_problems(seen.rounded, conflicts, str(name.column_in(spec.name)), file) if name else []
    )
    questions = [q for q in clean.asked(instrument, spec) if clean.present(q, next(source()), spec)]
    once = partial(_once, source, instrument, spec, consent, repeated)
    known = Known(_texts(questions, (part.raw for part in once()), spec), consent, repeated)
    if problems := problems + _unreadable(once(), questions, known, instrument, spec, file):
        raise InputError(problems)
    return known


def cleaned(
    source: Source,
    known: Known,
    instrument: Instrument,
    spec: WaveSpec,
    file: str,
    key: bytes | None,
    exclusions: Sequence[Exclusion] = (),
) -> Iterator[clean.Part]:
    """The respondents part by part, cleaned, without those whom `exclusions` leave out."""
    first = True
    for whole, raw, left_out, refused in _selected(source, instrument, spec, known.consent):
        texts = respondents.id_texts(raw, instrument, spec)
        again = np.isin(raw.rows.to_numpy(np.int64), known.repeated)
        records = respondents.once(raw, refused, again, texts, key, [])
        answers = {
            q.name: columns.read(q, records.raw, spec, instrument.missing, known.texts.get(q.name, ()))
            for q in clean.asked(instrument, spec)
        }
        part = clean.read_answers(answers, records, whole, instrument, spec, file, left_out, exclusions)
        if not first:
            part = replace(part, audit=part.audit[part.audit["rule"] != IDENTIFIER].reset_index(drop=True))
        first = False
        yield part


def _meeting(source: Source, spec: WaveSpec) -> Iterator[tuple[Raw, pd.Index | None]]:
    """Parts with the records of this wave, and the source rows of the others."""
    for raw in source():
        if spec.where is None:
            yield raw, None
            continue
        kept = ingest.meeting(raw, spec.where)
        yield respondents.subset(raw, kept), raw.rows[~kept]


def _selected(source: Source, instrument: Instrument, spec: WaveSpec, texts: Texts) -> Iterator[Selected]:
    for raw, left_out in _meeting(source, spec):
        stays = respondents.consenting(raw, instrument, spec, texts)
        yield Selected(raw, respondents.subset(raw, stays), left_out, raw.rows[~stays].astype(int).tolist())


def _once(
    source: Source, instrument: Instrument, spec: WaveSpec, texts: Texts, repeated: NDArray[np.int64]
) -> Iterator[Selected]:
    for part in _selected(source, instrument, spec, texts):
        again = np.isin(part.raw.rows.to_numpy(np.int64), repeated)
        yield part._replace(raw=respondents.subset(part.raw, ~again))


class _Seen:
    """What is counted while the records are compared."""

    def __init__(self, consent: Texts, repeats: Repeats) -> None:
        self.consent, self.repeats = consent, repeats
        self.rounded: list[int] = []
        self.records = self.meeting = self.kept = 0

    def add(self, part: Selected, instrument: Instrument, spec: WaveSpec) -> None:
        """Remember the records of a part."""
        raw, texts = part.raw, respondents.id_texts(part.raw, instrument, spec)
        self.kept += len(raw.frame)
        self.meeting += len(raw.frame) + len(part.refused)
        self.records += len(raw.frame) + len(part.refused) + (0 if part.left_out is None else len(part.left_out))
        if texts is not None:
            rounded = respondents.rounded_ids(texts)
            self.rounded += raw.rows[rounded].astype(int).tolist()
            # Their last digits are lost: that they are alike says nothing.
            texts = texts.mask(rounded)
        answers = raw.frame[respondents.answer_columns(raw, instrument, spec)]
        self.repeats.add(raw.rows, raw.frame, answers, texts)

    def refuse_nobody(self, file: str, spec: WaveSpec) -> None:
        """Refuse a file of which nobody is left."""
        if not self.meeting and spec.where is not None:
            raise ingest.none_meets(spec.where, file, self.records)
        if not self.kept:
            raise InputError(clean.nobody(self.meeting, self.meeting, file))


def _texts(questions: Iterable[Question], parts: Iterable[Raw], spec: WaveSpec) -> dict[str, tuple[str, ...]]:
    """Distinct texts of the coded questions' columns, in the order in which they are met."""
    coded = {q.name: str(q.column_in(spec.name)) for q in questions if q.type in ("ordinal", "nominal")}
    coded = {name: column for name, column in coded.items() if column != "None"}
    found: dict[str, dict[str, None]] = {name: {} for name in coded}
    for raw in parts if coded else ():
        for name, column in coded.items():
            found[name] |= dict.fromkeys(map(str, raw.frame[column].dropna().unique()))
    return {name: (*(text for text in texts if text), "") for name, texts in found.items()}


def _unreadable(
    parts: Iterable[Selected],
    questions: Iterable[Question],
    known: Known,
    instrument: Instrument,
    spec: WaveSpec,
    file: str,
) -> list[Problem]:
    """Problems of columns, over all parts."""
    cells = {q.name: Unreadable({}, 0) for q in questions}
    for _, raw, *_ in parts:
        for question in questions:
            column = columns.read(question, raw, spec, instrument.missing, known.texts.get(question.name, ()))
            cells[question.name] += Unreadable.of(column, raw.rows)
    found: list[Problem] = []
    for question in questions:
        found += refusals.of_texts(question, known.texts.get(question.name, ()), raw, spec, file)
        found += refusals.of_cells(question, cells[question.name], spec, file)
    return found

"""A wave's file as it came → typed answers, with an audit row for every repair and every loss."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey.core.instrument import Instrument
from survey.core.questions import Question
from survey.core.study import Exclusion, WaveSpec
from survey.core.wave import ID, MISSING, Cleaned, Raw
from survey.errors import InputError, Problem, nearest
from survey.prepare import audit, columns, exclude, privacy, quality, refusals, respondents, routing
from survey.prepare.columns import Column
from survey.prepare.respondents import Records, source_names
from survey.prepare.routing import Settled
from survey.prepare.sample import DesignColumns, problems_of


def clean(
    raw: Raw,
    instrument: Instrument,
    spec: WaveSpec,
    file: str,
    key: bytes | None = None,
    left_out: pd.Index | None = None,
    exclusions: Sequence[Exclusion] = (),
) -> Cleaned:
    """Typed answers of a wave; contract §3 and §6.

    Parameters
    ----------
    file : name of the source in messages
    key : secret of the respondents' pseudonyms; without it the source row stands for them
    left_out : source rows that `where` removed before
    exclusions : rules by which respondents leave after their answers are read

    Raises
    ------
    InputError
        With every problem of the file: absent columns, ids in conflict, labels that run the other
        way, columns that cannot be read; or, of readable answers, violated checks. Beside either,
        what the sampling design cannot use.
    """
    absent = absent_columns(raw, instrument, spec, file)
    if not all(present(q, raw, spec) for q in instrument.by_role("consent")):
        raise InputError(absent)
    records = respondents.select(raw, instrument, spec, file, key)
    answers = _read(records.raw, instrument, spec)
    missing = [] if records.ids else nobody(len(records.refused), len(raw.frame), file)
    _refuse_unreadable(absent + records.problems + missing, answers, records, instrument, spec, file)
    part = read_answers(answers, records, raw, instrument, spec, file, left_out, exclusions)
    if part.broken:
        raise InputError(part.broken + problems_of(part, spec.design, file))
    if not len(part.frame):
        raise InputError(exclude.nobody_left(exclusions, len(records.ids), file))
    return Cleaned(part.frame, part.design_columns, part.rows, part.audit, quality.table(part.quality), part.counts)


@dataclass(frozen=True, slots=True)
class Part:
    """Respondents after cleaning, all of a wave or some.

    Attributes
    ----------
    quality : rows of `prepare.quality`; broken : problems of checks of severity ``error``.
    The others are those of `core.wave.Cleaned`.
    """

    frame: pd.DataFrame = field(repr=False)
    design_columns: pd.DataFrame = field(repr=False)
    rows: pd.Index = field(repr=False)
    audit: pd.DataFrame = field(repr=False)
    quality: list[quality.Row] = field(repr=False)
    counts: Mapping[str, int]
    broken: list[Problem]


def read_answers(
    answers: Mapping[str, Column],
    records: Records,
    raw: Raw,
    instrument: Instrument,
    spec: WaveSpec,
    file: str,
    left_out: pd.Index | None = None,
    exclusions: Sequence[Exclusion] = (),
) -> Part:
    """Answers routed, variables derived, every change listed; `quality` counts also whom `exclusions` leave out."""
    settled = routing.settle(answers, instrument, len(records.ids))
    frame = _frame(settled, instrument, records)
    # Not every name of the frame: a column `id` of the file may be no question at all.
    known = {name: frame[name] for name in (*settled.columns, *settled.derived)}
    part = Part(
        frame=frame,
        design_columns=_design_columns(records.raw, known, spec),
        rows=records.raw.rows,
        audit=_audit(settled, records, raw, instrument, spec, left_out),
        quality=quality.rows(settled, instrument),
        counts=_counts(settled, records, raw, left_out),
        broken=quality.broken(settled, instrument, records.raw.rows.to_numpy(np.int64), file),
    )
    return _without(part, exclude.excluded(exclusions, settled, instrument), len(exclusions)) if exclusions else part


def _without(part: Part, excluded: NDArray[np.intp], rules: int) -> Part:
    """The respondents whom no rule leaves out; `excluded` is the number of the rule, 0 for who stays."""
    gone, stays = excluded > 0, excluded == 0
    ids = part.frame[ID][gone].tolist()
    removed = audit.removed_records(part.rows[gone].astype(int), audit.EXCLUDED, ids)
    by_rule = {f"{audit.EXCLUDED}:{k}": int((excluded == k).sum()) for k in range(1, rules + 1)}
    before = {name: n for name, n in part.counts.items() if name != "kept"}
    after = {"removed_excluded": int(gone.sum()), "kept": int(stays.sum())}
    return replace(
        part,
        frame=part.frame[stays].reset_index(drop=True),
        design_columns=part.design_columns[stays].reset_index(drop=True),
        rows=part.rows[stays],
        audit=audit.join([removed, part.audit]),
        counts=before | after | by_rule,
    )


def _refuse_unreadable(
    problems: list[Problem],
    answers: Mapping[str, Column],
    records: Records,
    instrument: Instrument,
    spec: WaveSpec,
    file: str,
) -> None:
    """Raise `problems` and those of columns that cannot be read, beside what the design cannot use."""
    unreadable = {name: refusals.problems(column, records.raw, spec, file) for name, column in answers.items()}
    problems = [*problems, *chain.from_iterable(unreadable.values())]
    if not problems:
        return
    # Neither routed nor derived: what follows from an answer that cannot be read is no second problem.
    sound = {n: c.values for n, c in answers.items() if not unreadable[n] and c.question.ask_if is None}
    unsure = ({q.name for q in asked(instrument, spec)} | {d.name for d in instrument.derived}) - sound.keys()
    drawn = DesignColumns(_design_columns(records.raw, sound, spec, unsure), records.raw.rows)
    raise InputError(problems + problems_of(drawn, spec.design, file))


def asked(instrument: Instrument, spec: WaveSpec) -> list[Question]:
    """Questions that the wave asked, without identifiers."""
    return [q for q in instrument.questions if q.role != "identifier" and source_names(q, spec)]


def present(question: Question, raw: Raw, spec: WaveSpec) -> bool:
    """Whether the file has every column of a question."""
    return all(name in raw.frame for name in source_names(question, spec))


def absent_columns(raw: Raw, instrument: Instrument, spec: WaveSpec, file: str) -> list[Problem]:
    """Columns that the instrument or the design names and the file does not have."""
    named = {n: f"of question {q.name!r}" for q in asked(instrument, spec) for n in source_names(q, spec)}
    computed = {d.name for d in instrument.derived} | {q.name for q in asked(instrument, spec)}
    named |= {n: "of the sampling design" for n in spec.design.columns if n not in computed and n not in named}
    known = [str(c) for c in raw.frame.columns]
    return [
        Problem(
            file=file, column=name, found=f"no column {name!r}", expected=f"the column {what}",
            hint=nearest(name, known) or "Name the column of this wave under column, or null if it was not asked.",
        )
        for name, what in named.items()
        if name not in raw.frame
    ]  # fmt: skip


def nobody(refused: int, records: int, file: str) -> list[Problem]:
    """The problem that no record of the wave may be read."""
    found = f"{refused} of {records} records without consent" if records else "no records"
    return [Problem(file=file, found=found, expected="at least one respondent", hint="Look at the consent column.")]


def _read(raw: Raw, instrument: Instrument, spec: WaveSpec) -> dict[str, Column]:
    return {
        q.name: columns.read(q, raw, spec, instrument.missing) for q in asked(instrument, spec) if present(q, raw, spec)
    }


def _frame(settled: Settled, instrument: Instrument, records: Records) -> pd.DataFrame:
    """Id, then questions with their kinds of missing, derived variables and scores in the instrument's order."""
    ids = pd.Series(records.ids, dtype="string")
    out: dict[str, pd.Series] = {ID: ids}
    for question in instrument.questions:
        if (column := settled.columns.get(question.name)) is not None:
            out[question.name] = ids if question.role == "id" else column.values
            out[question.name + MISSING] = column.missing()
    for name in (d.name for d in instrument.derived):
        out[name] = settled.derived[name].values
        out[name + MISSING] = columns.missing_kinds(settled.derived[name].kind)
    scores = {i.name: settled.scores[i.name] for i in instrument.indicators if i.name in settled.scores}
    return pd.DataFrame(out | scores)


def _design_columns(
    raw: Raw, known: Mapping[str, pd.Series], spec: WaveSpec, unsure: Collection[str] = ()
) -> pd.DataFrame:
    """What the sampling design reads: answers where they are known, else the file's text; never what is unsure."""
    names = list(spec.design.columns)
    if spec.design.replicates is not None and spec.design.replicates.columns is not None:
        pattern = re.compile(spec.design.replicates.columns)
        names += [str(c) for c in raw.frame.columns if pattern.fullmatch(str(c)) and c not in names]
    texts = {n: raw.frame[n] for n in names if n in raw.frame and n not in unsure}
    return pd.DataFrame(
        {n: known[n] if n in known else texts[n] for n in names if n in known or n in texts}, index=raw.frame.index
    )


def _audit(
    settled: Settled,
    records: Records,
    raw: Raw,
    instrument: Instrument,
    spec: WaveSpec,
    left_out: pd.Index | None,
) -> pd.DataFrame:
    identifiers = [n for q in instrument.by_role("identifier") for n in source_names(q, spec) if n in raw.frame]
    where = left_out if left_out is not None else pd.Index([])
    return audit.join(
        [
            audit.removed_records(map(int, where), audit.WHERE),
            audit.removed_records(records.refused, audit.NO_CONSENT),
            audit.removed_records(records.duplicates, audit.DUPLICATE, records.duplicate_ids),
            audit.dropped_columns(identifiers),
            *_changes(settled.columns.values(), records),
        ]
    )


def _changes(answers: Iterable[Column], records: Records) -> list[pd.DataFrame]:
    """Audit rows of every changed cell; raw texts of private questions and personal data stay out."""
    rows, ids = records.raw.rows.to_numpy(np.int64), np.array(records.ids, dtype=object)
    out = []
    for column in answers:
        changed = np.flatnonzero(column.rule >= audit.FIRST_CHANGE)
        if not len(changed):
            continue
        cells = column.codes[changed]
        private = columns.is_private(column.question)
        shown = {c: not private and not privacy.kinds(column.texts[c]) for c in np.unique(cells).tolist()}
        there = column.values.notna().to_numpy(np.bool_)[changed]
        pairs = list(zip(cells.tolist(), there.tolist(), strict=True))
        out.append(
            audit.changed_cells(
                column.question.name,
                rows[changed],
                ids[changed],
                [column.texts[c] if shown[c] else None for c, _ in pairs],
                [column.clean[c] if kept and shown[c] else "" for c, kept in pairs],
                [audit.RULES[r] for r in column.rule[changed].tolist()],
            )
        )
    return out


def _counts(settled: Settled, records: Records, raw: Raw, left_out: pd.Index | None) -> dict[str, int]:
    """Records and cells by what became of them; both sums hold: see `prepare.audit`."""
    where = 0 if left_out is None else len(left_out)
    counts = {
        "records": len(raw.frame) + where,
        "removed_where": where,
        "removed_no_consent": len(records.refused),
        "removed_duplicate": len(records.duplicates),
        "kept": len(records.ids),
    }
    by_rule = sum(
        (np.bincount(c.rule, minlength=len(audit.RULES)) for c in settled.columns.values()),
        start=np.zeros(len(audit.RULES), dtype=np.int64),
    )
    cells = {f"cells_{rule}": int(n) for rule, n in zip(audit.RULES, by_rule, strict=True) if n}
    return counts | {"cells_total": int(by_rule.sum())} | cells

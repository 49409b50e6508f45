"""Who stays: consent first, then one record a respondent, then a pseudonym for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from survey.core.codes import code_text
from survey.core.instrument import Instrument
from survey.core.questions import Question
from survey.core.study import WaveSpec
from survey.core.wave import Raw
from survey.errors import Problem
from survey.prepare import columns, privacy
from survey.prepare.columns import Mask

#: An id of many digits that a spreadsheet has rounded: several people may now share it.
_ROUNDED = r"\d[.,]\d+[eE]\+?\d+"
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one wave's file that stay, and whether each of the others was a duplicate.

    Attributes
    ----------
    raw : the records that stay.
    ids : pseudonym of each of them: HMAC of the id where there is a key, else the source row.
    refused : source rows without consent; duplicates : source rows of repeated records, `duplicate_ids` beside.
    """

    raw: Raw
    ids: list[str]
    refused: list[int]
    duplicates: list[int]
    duplicate_ids: list[str]
    problems: list[Problem]


def select(raw: Raw, instrument: Instrument, spec: WaveSpec, file: str, key: bytes | None) -> Records:
    """The records that may be read: consented, each respondent once; contract §3 Duplicates."""
    stays = consenting(raw, instrument, spec)
    refused = raw.rows[~stays].astype(int).tolist()
    raw = subset(raw, stays)
    texts = id_texts(raw, instrument, spec)
    repeated = _repeated(raw, texts, instrument, spec)
    problems = _id_problems(raw, texts, repeated, instrument, spec, file)
    return once(raw, refused, repeated, texts, key, problems)


def once(
    raw: Raw, refused: list[int], repeated: Mask, texts: pd.Series | None, key: bytes | None, problems: list[Problem]
) -> Records:
    """The records that are not `repeated`, of those who consented."""
    ids = np.array(_ids(raw, texts, key), dtype=object)
    gone = raw.rows[repeated].astype(int).tolist()
    return Records(subset(raw, ~repeated), ids[~repeated].tolist(), refused, gone, ids[repeated].tolist(), problems)


def consenting(
    raw: Raw, instrument: Instrument, spec: WaveSpec, known: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Mask:
    """Records whose every consent question is answered with code 1; one not asked in the wave binds nobody.

    `known` holds the distinct texts of whole columns, by question, where `raw` is a part of the file.
    """
    agreed = np.ones(len(raw.frame), dtype=np.bool_)
    for question in instrument.by_role("consent"):
        if question.column_in(spec.name) is None:
            continue
        values = columns.read(question, raw, spec, instrument.missing, known.get(question.name, ())).values
        yes = [code for code in values.dropna().unique() if code_text(code) == "1"]
        agreed &= values.isin(yes).to_numpy(np.bool_)
    return agreed


def subset(raw: Raw, stays: Mask) -> Raw:
    """The file with only the records that stay."""
    if stays.all():
        return replace(raw, frame=raw.frame.reset_index(drop=True))
    return replace(raw, frame=raw.frame[stays].reset_index(drop=True), rows=raw.rows[stays])


def id_question(instrument: Instrument, spec: WaveSpec) -> Question | None:
    """The question that tells respondents apart in this wave."""
    asked = [q for q in instrument.by_role("id") if q.column_in(spec.name) is not None]
    return asked[0] if asked else None


def id_texts(raw: Raw, instrument: Instrument, spec: WaveSpec) -> pd.Series | None:
    """Texts of the id, NA where blank; None where the wave has no id."""
    question = id_question(instrument, spec)
    name = question.column_in(spec.name) if question else None
    if name is None or name not in raw.frame:
        return None
    texts = raw.frame[name].astype("string").str.strip()
    return texts.mask(texts.isin(["", "NA"]))


def _repeated(raw: Raw, texts: pd.Series | None, instrument: Instrument, spec: WaveSpec) -> Mask:
    """Records that repeat an earlier one: every cell, or the id and every answer."""
    if texts is not None and not texts.duplicated(keep=False).any():
        return np.zeros(len(raw.frame), dtype=np.bool_)
    repeated: Mask = raw.frame.duplicated().to_numpy(np.bool_)
    if texts is None:
        return repeated
    answers = raw.frame[answer_columns(raw, instrument, spec)]
    same: Mask = pd.concat([answers, texts.rename(None)], axis=1).duplicated().to_numpy(np.bool_)
    return repeated | (same & texts.notna().to_numpy(np.bool_))


def answer_columns(raw: Raw, instrument: Instrument, spec: WaveSpec) -> list[str]:
    """Columns of the file that tell two records of one id apart."""
    names = [n for q in instrument.questions if q.role not in ("id", "identifier") for n in source_names(q, spec)]
    return [n for n in dict.fromkeys([*names, *spec.design.columns]) if n in raw.frame]


def source_names(question: Question, spec: WaveSpec) -> list[str]:
    """Columns of the file that a question reads in this wave; none where it was not asked."""
    name = question.column_in(spec.name)
    if name is None:
        return []
    return list(question.columns.values()) or [name]


def _id_problems(
    raw: Raw, texts: pd.Series | None, repeated: Mask, instrument: Instrument, spec: WaveSpec, file: str
) -> list[Problem]:
    question = id_question(instrument, spec)
    if texts is None or question is None:
        return []
    name, rows = str(question.column_in(spec.name)), raw.rows.to_numpy()
    rounded = rounded_ids(texts)
    conflict = texts.notna().to_numpy(np.bool_) & ~repeated & ~rounded
    conflict &= texts.where(conflict).duplicated(keep=False).to_numpy(np.bool_)
    same = pd.Series(rows[conflict]).groupby(texts[conflict].to_numpy(), sort=False)
    return id_problems(rows[rounded].tolist(), [group.tolist() for _, group in same], name, file)


def rounded_ids(texts: pd.Series) -> Mask:
    """Ids that a spreadsheet has rounded."""
    return texts.str.fullmatch(_ROUNDED).fillna(False).to_numpy(np.bool_)


def id_problems(rounded: list[int], conflicts: list[list[int]], column: str, file: str) -> list[Problem]:
    """Problems of ids, from source rows: those of rounded ids, and groups that share one with different answers."""
    problems = []
    if rounded:
        problems.append(
            Problem(
                file=file, row=int(rounded[0]), column=column,
                found=f"{len(rounded)} ids in scientific notation, their last digits lost",
                expected="whole ids", hint="Export the column again as text.",
            )
        )  # fmt: skip
    problems += [
        Problem(
            file=file, row=int(same[0]), column=column,
            found=f"the same id with different answers in rows {', '.join(map(str, same))}",
            expected="one record for each respondent", hint="Correct the ids or remove the wrong record.",
        )
        for same in conflicts[:_NAMED]
    ]  # fmt: skip
    return problems


def _ids(raw: Raw, texts: pd.Series | None, key: bytes | None) -> list[str]:
    rows = [str(int(r)) for r in raw.rows]
    if texts is None or not key:
        return rows
    known = texts.notna().tolist()
    return [
        privacy.pseudonym(text, key) if has else row for text, has, row in zip(texts.tolist(), known, rows, strict=True)
    ]

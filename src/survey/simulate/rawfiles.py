"""Questionnaires as files: CSV, XLSX with the words of the answers, SAV with value labels.

The same frame gives the same bytes: no clock, no machine.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from survey.core.instrument import Instrument
from survey.core.missing import BLANK, NOT_APPLICABLE
from survey.core.questions import Question
from survey.core.study import WaveSpec
from survey.errors import Problem, SchemaError

_SAV_STAMP = slice(92, 109)  # creation date and time in the header of an SPSS system file
#: Between the options of a multi-response answer, unless the question says otherwise.
SEPARATOR = " "
_EMPTY = (BLANK, NOT_APPLICABLE)


def write(frame: pd.DataFrame, instrument: Instrument, spec: WaveSpec) -> bytes:
    """The file of a wave in the format that its source names.

    Parameters
    ----------
    frame : texts by question name (codes, missing kinds by their negative code) and design columns.
    """
    form = file_format(spec)
    shown = frame.reindex(
        columns=[*(q.name for q in instrument.questions if q.name in frame), *_others(frame, instrument)]
    )
    if form != "sav":
        shown = _readable(shown, instrument, spec.answers == "labels")
    return WRITERS[form](_as_columns(shown, instrument, spec.name), instrument, spec)


def file_format(spec: WaveSpec) -> str:
    """csv, tsv, xlsx or sav; other sources cannot be simulated."""
    form = Path(spec.source).suffix.lstrip(".").lower() if spec.format == "auto" else spec.format
    if form not in WRITERS:
        raise SchemaError(
            Problem(
                "study.yaml", None, f"waves.{spec.name}.source", repr(spec.source),
                f"a file of one of the formats {', '.join(sorted(WRITERS))}", "Other formats cannot be simulated.",
            )
        )  # fmt: skip
    return form


def truth_names(spec: WaveSpec) -> tuple[str, str]:
    """Paths of the truth beside the source; named after the wave where it has no folder of its own."""
    folder = PurePosixPath(spec.source).parent
    stem = "truth" if folder.name == spec.name else f"truth_{spec.name}"
    return str(folder / f"{stem}.csv"), str(folder / f"{stem}.json")


def csv_bytes(frame: pd.DataFrame, delimiter: str = ",") -> bytes:
    """A table as CSV in UTF-8, lines ended by a line feed."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(frame.where(frame.notna(), "").to_numpy())
    return out.getvalue().encode()


def _others(frame: pd.DataFrame, instrument: Instrument) -> list[str]:
    return [c for c in map(str, frame.columns) if not instrument.has(c)]


def _readable(frame: pd.DataFrame, instrument: Instrument, in_words: bool) -> pd.DataFrame:
    """Cells as a form exports them: empty where not asked, words in place of codes where wanted."""
    language = instrument.languages[0] if instrument.languages else ""
    kinds = {str(m.code): m for m in instrument.missing}
    read = {code: None if m.key in _EMPTY else m.label.in_language(language) for code, m in kinds.items()}
    if not in_words:
        read = {code: None if m.key in _EMPTY else code for code, m in kinds.items()}
    out = {}
    for name in map(str, frame.columns):
        words = dict(read)
        question = instrument.question(name) if instrument.has(name) else None
        if in_words and question is not None and question.type in ("ordinal", "nominal"):
            words |= {level.key: level.label.in_language(language) for level in question.levels}
        distinct = {text: words.get(text, text) for text in frame[name].dropna().unique()}
        out[name] = [distinct.get(text) for text in frame[name]]
    return pd.DataFrame(out, dtype=object)


def _as_columns(frame: pd.DataFrame, instrument: Instrument, wave: str) -> pd.DataFrame:
    """Columns under the names of the file; a multi-response question may be one column an option."""
    out: dict[str, object] = {}
    for name in map(str, frame.columns):
        question = instrument.question(name) if instrument.has(name) else None
        if question is None:
            out[name] = frame[name]
        elif question.columns:
            out |= _one_column_an_option(frame[name], question)
        elif column := question.column_in(wave):
            out.setdefault(column, frame[name])
    return pd.DataFrame(out, dtype=object)


def _one_column_an_option(answers: pd.Series, question: Question) -> Mapping[str, list[str | None]]:
    ticked = [None if a is None else set(a.split(question.separator or SEPARATOR)) for a in answers]
    yes, no = question.selected or "1", "" if question.selected else "0"
    return {
        column: [None if t is None else yes if option in t else no for t in ticked]
        for option, column in question.columns.items()
    }


def _csv(frame: pd.DataFrame, instrument: Instrument, spec: WaveSpec) -> bytes:
    return csv_bytes(frame, spec.delimiter or ",")


def _tsv(frame: pd.DataFrame, instrument: Instrument, spec: WaveSpec) -> bytes:
    return csv_bytes(frame, "\t")


def _xlsx(frame: pd.DataFrame, instrument: Instrument, spec: WaveSpec) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1)})
    sheet = book.add_worksheet(spec.sheet or "data")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, list(frame.columns))
    for place, name in enumerate(map(str, frame.columns)):
        kind = _kind(name, instrument, spec.name)
        for row, text in enumerate(frame[name], start=1):
            if text is None or text != text:
                continue
            if kind == "date" and _is_date(text):
                sheet.write_datetime(row, place, datetime.fromisoformat(text), day)
            elif kind in ("integer", "number") and _is_number(text):
                sheet.write_number(row, place, float(text))
            else:
                sheet.write_string(row, place, text)
    book.close()
    return out.getvalue()


def _sav(frame: pd.DataFrame, instrument: Instrument, spec: WaveSpec) -> bytes:
    import pyreadstat

    language = instrument.languages[0] if instrument.languages else ""
    columns: dict[str, object] = {}
    labels: dict[str, dict[float, str]] = {}
    names: dict[str, str | None] = {}
    for name in map(str, frame.columns):
        question = _question(name, instrument, spec.name)
        kind = _kind(name, instrument, spec.name)
        columns[name] = _sav_column(frame[name], kind)
        names[name] = question.label.in_language(language)[:250] if question else name
        if question and kind == "coded":
            labels[name] = {float(v.key): v.label.in_language(language)[:110] for v in question.levels}
            labels[name] |= {float(m.code): m.label.in_language(language) for m in instrument.missing}
    codes = [m.code for m in instrument.missing]
    numeric = [
        n for n, c in columns.items() if getattr(c, "dtype", None) == np.float64 and _question(n, instrument, spec.name)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wave.sav"
        pyreadstat.write_sav(
            pd.DataFrame(columns), str(path), column_labels=names, variable_value_labels=labels, row_compress=True,
            missing_ranges={n: [{"lo": min(codes), "hi": max(codes)}] for n in numeric} if codes else None,
        )  # fmt: skip
        written = bytearray(path.read_bytes())
    written[_SAV_STAMP] = b"01 Jan 0000:00:00"
    return bytes(written)


def _sav_column(answers: pd.Series, kind: str) -> pd.Series:
    if kind in ("coded", "integer", "number"):
        return pd.to_numeric(answers, errors="coerce").astype("float64")
    if kind == "date":
        return pd.Series(
            [date.fromisoformat(a) if a is not None and _is_date(a) else None for a in answers], dtype=object
        )
    return answers.where(answers.notna(), "").astype(object)


def _question(column: str, instrument: Instrument, wave: str) -> Question | None:
    return next((q for q in instrument.questions if q.column_in(wave) == column and not q.columns), None)


def _kind(column: str, instrument: Instrument, wave: str) -> str:
    """coded (numeric codes), integer, number, date or text; a design column is a number where it can be."""
    question = _question(column, instrument, wave)
    if question is None:
        return "number"
    if question.type in ("ordinal", "nominal"):
        return "coded" if all(level.value is not None for level in question.levels) else "text"
    return question.type if question.type in ("integer", "number", "date") else "text"


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _is_date(text: str) -> bool:
    return len(text) == 10 and text[4] == "-" == text[7]


WRITERS: dict[str, Callable[[pd.DataFrame, Instrument, WaveSpec], bytes]] = {
    "csv": _csv, "tsv": _tsv, "xlsx": _xlsx, "sav": _sav,
}  # fmt: skip

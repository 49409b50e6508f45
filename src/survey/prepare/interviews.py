"""Coded interviews: codebooks and coded passages read, checked against each other, freed of personal data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from survey.core.interviews import CODEBOOK_COLUMNS, SEGMENT_COLUMNS, CodebookEntry, Interviews
from survey.core.qualitative import QualitativeSpec
from survey.core.wave import Raw
from survey.errors import InputError, Problem, SchemaError, SurveyError, nearest, unknown_name
from survey.prepare import ingest
from survey.prepare.privacy import redact
from survey.prepare.readers import refi
from survey.prepare.readers.source import LISTED

#: Variables of a document in a project that hold its stage and its year.
VARIABLES = {"stage": ("stage", "tahap"), "year": ("year", "tahun")}
_NEEDED = ("document", "code", "coder", "start", "end", "text")


def read(folder: Path, spec: QualitativeSpec, study_file: str = "study.yaml") -> Interviews:
    """The codebook and the coded passages of a study.

    Without a codebook the project's own counts, or the codes that a CSV uses.

    Raises
    ------
    SurveyError
        Every problem of the files that are read at once, each with file, row, what was found and expected.
    """
    books: list[tuple[str, Sequence[refi.Code]]] = []
    problems: list[Problem] = []
    for name in spec.codebooks:
        try:
            books.append((name, refi.codebook(ingest.document(folder / name, name, "qdc"))))
        except SurveyError as error:
            problems += error.problems
    try:
        own, passages = _coded(folder, spec.coded)
    except SurveyError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems:
        raise InputError(problems)
    entries = list(_entries(books or ([(spec.coded, own)] if own else []), problems))
    if not entries:
        entries = [CodebookEntry(code, code) for code in passages["code"].dropna().unique()]
    problems += _checked(passages, entries, spec.coded)
    if problems:
        raise InputError(problems)
    if problems := list(_unlinked(spec, entries, study_file)):
        raise SchemaError(problems)
    return Interviews(_codebook(entries), _segments(passages))


def _coded(folder: Path, name: str) -> tuple[tuple[refi.Code, ...], pd.DataFrame]:
    """The project's codes, none of a CSV, and the coded passages with the row each stands in."""
    if Path(name).suffix.lower() == ".qdpx":
        project = refi.project(ingest.document(folder / name, name, "qdpx"))
        return project.codes, _of_project(project, name)
    return (), _of_table(ingest.table(folder / name, name))


def _of_project(project: refi.Project, file: str) -> pd.DataFrame:
    if not project.passages:
        raise InputError(Problem(file, None, None, "no coded passage of a text", "a project of coded texts"))
    columns: dict[str, Sequence[object]] = {
        key: [_variable(p.variables, names) for p in project.passages] for key, names in VARIABLES.items()
    }
    columns |= {key: [getattr(p, key) for p in project.passages] for key in _NEEDED}
    frame = pd.DataFrame(columns).astype("string")
    return frame.assign(row=pd.Series(pd.NA, index=frame.index, dtype="Int64"))


def _variable(values: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((value for name, value in values.items() if name.strip().casefold() in names), None)


def _of_table(raw: Raw) -> pd.DataFrame:
    known = [str(c) for c in raw.frame.columns]
    if missing := [c for c in SEGMENT_COLUMNS if c not in known]:
        expected = f"columns {', '.join(SEGMENT_COLUMNS)}"
        raise InputError(Problem(raw.file, 1, c, "no such column", expected, nearest(c, known)) for c in missing)
    frame = raw.frame[[*SEGMENT_COLUMNS]].astype("string")
    stripped = {c: frame[c].str.strip() for c in SEGMENT_COLUMNS}
    blank = {c: text.mask(text.eq("")) for c, text in stripped.items()}
    return pd.DataFrame(blank).assign(row=pd.Series(raw.rows, dtype="Int64").to_numpy())


def _entries(books: Sequence[tuple[str, Sequence[refi.Code]]], problems: list[Problem]) -> Iterator[CodebookEntry]:
    """Codes of all codebooks, each once; a name that means two codes is a problem."""
    paths: dict[str, tuple[str, ...]] = {}
    for file, codes in books:
        for code in codes:
            if not code.name:
                problems.append(Problem(file, None, "Code", "a code without a name", "a name"))
            elif code.name not in paths:
                paths[code.name] = code.path
                parent = code.path[-1] if code.path else None
                yield CodebookEntry(code.name, (*code.path, code.name)[0], parent, code.description, code.usable)
            elif paths[code.name] != code.path:
                found = f"the code {code.name!r} under two headings"
                problems.append(Problem(file, None, "Code", found, "a name that only one code has"))


def _checked(passages: pd.DataFrame, entries: Sequence[CodebookEntry], file: str) -> list[Problem]:
    """What is wrong with the passages, kind by kind; texts are never shown."""
    usable = [entry.name for entry in entries if entry.usable]
    codes = passages["code"]
    start, end = (pd.to_numeric(passages[c].where(_whole(passages[c]))) for c in ("start", "end"))
    kinds: list[Iterable[Problem]] = [
        *(_rows(passages, passages[c].isna(), file, c, "an empty cell", f"the {c}") for c in _NEEDED),
        *(_rows(passages, passages[c].notna() & ~_whole(passages[c]), file, c, "no whole number", "a position from 0")
          for c in ("start", "end")),
        _rows(passages, (end <= start).fillna(False), file, "end", "an end not behind its start", "end > start"),
        _rows(passages, ~passages["year"].str.fullmatch(r"[12]\d{3}").fillna(True).astype(bool), file, "year",
              "no year", "a year such as 2019"),
        (_unknown(code, usable, entries, file, _row(passages["row"].iloc[at]))
         for code, at in _firsts(codes[codes.notna() & ~codes.isin(usable)])),
        *(_contradicting(passages, c, file) for c in ("stage", "year")),
        _other_text(passages, file),
    ]  # fmt: skip
    return [problem for kind in kinds for problem in list(kind)[:LISTED]]


def _whole(cells: pd.Series) -> pd.Series:
    return cells.str.fullmatch(r"\d{1,9}").fillna(False).astype(bool)


def _rows(
    passages: pd.DataFrame, wrong: pd.Series, file: str, column: str, found: str, expected: str
) -> Iterator[Problem]:
    for row in passages.loc[wrong.to_numpy(bool), "row"]:
        yield Problem(file, _row(row), column, found, expected)


def _row(cell: Any) -> int | None:
    """The row of a table; a project has none."""
    return None if pd.isna(cell) else int(cell)


def _firsts(cells: pd.Series) -> list[tuple[str, int]]:
    """Each value and where it stands first."""
    kept = cells[~cells.duplicated()]
    return list(zip(kept.astype(str), [int(at) for at in kept.index], strict=True))


def _unknown(code: str, usable: Sequence[str], entries: Sequence[CodebookEntry], file: str, at: int | None) -> Problem:
    if code in {entry.name for entry in entries}:
        return Problem(file, at, "code", f"the heading {code!r}", "a code below it", nearest(code, usable))
    problem = unknown_name("code", code, usable)
    return Problem(file, at, "code", problem.found, problem.expected, problem.hint)


def _contradicting(passages: pd.DataFrame, column: str, file: str) -> Iterator[Problem]:
    """Documents to which rows give different stages or years."""
    first = passages.groupby("document")[column].transform(lambda cells: cells.iloc[0])
    differs = passages[column].fillna("").ne(first.fillna("")) & passages["document"].notna()
    found = f"another {column} than in the document's first row"
    return _rows(passages, differs, file, column, found, f"one {column} a document, from every coder")


def _other_text(passages: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Passages of one place whose texts differ: coders who did not code the same document."""
    place = ["document", "start", "end"]
    first = passages.groupby(place)["text"].transform("first")
    differs = first.notna() & passages["text"].notna() & passages["text"].ne(first)
    found = "another text than in the first row of this place"
    return _rows(passages, differs.fillna(False), file, "text", found, "the same text for the same document and place")


def _unlinked(spec: QualitativeSpec, entries: Sequence[CodebookEntry], study_file: str) -> Iterator[Problem]:
    usable = [entry.name for entry in entries if entry.usable]
    for link in spec.links:
        if not link.statement and link.code not in usable:
            problem = unknown_name("code", link.code, usable)
            yield Problem(
                study_file, None, f"qualitative.links.{link.code}", problem.found, problem.expected, problem.hint
            )


def _codebook(entries: Sequence[CodebookEntry]) -> pd.DataFrame:
    rows = [(e.name, e.frame, e.parent, e.description, e.usable) for e in entries]
    frame = pd.DataFrame(rows, columns=[*CODEBOOK_COLUMNS])
    return frame.astype(dict.fromkeys(("code", "frame", "parent", "description"), "string"))


def _segments(passages: pd.DataFrame) -> pd.DataFrame:
    """Segments in the order of the documents and their text, each once, without personal data."""
    frame = passages.drop(columns="row").drop_duplicates(["document", "start", "end", "code", "coder"])
    coders = {name: str(number) for number, name in enumerate(sorted(frame["coder"].unique()), start=1)}
    clean = {c: {text: redact(text)[0] for text in frame[c].unique()} for c in ("document", "text")}
    frame = frame.assign(
        coder=frame["coder"].map(coders),
        start=frame["start"].astype("Int64"),
        end=frame["end"].astype("Int64"),
        year=frame["year"].astype("Int64"),
        **{c: frame[c].map(names) for c, names in clean.items()},
    )
    order = {name: at for at, name in enumerate(dict.fromkeys(frame["document"]))}
    place = frame.assign(document=frame["document"].map(order)).sort_values(
        ["document", "start", "end", "coder"], kind="stable"
    )
    sorted_frame = frame.loc[place.index, [*SEGMENT_COLUMNS]].reset_index(drop=True)
    texts = ("document", "stage", "code", "coder", "text")
    return sorted_frame.astype(dict.fromkeys(texts, "string"))

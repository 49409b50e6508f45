"""A wave's file as it came: found, recognised, read by its reader, hashed. Nothing is interpreted.

Data, margins and coded interviews all enter here. Formats live in `prepare.readers`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from survey.core.expression import Expression
from survey.core.study import WaveSpec
from survey.core.wave import Raw
from survey.errors import InputError, Problem, nearest, unknown_name
from survey.prepare.readers import PLANNED, READERS, reader, signature
from survey.prepare.readers.source import MAX_BYTES, MAX_CELL, Part, Source, Table

#: Formats whose files may be as large as the disk holds.
_UNLIMITED = frozenset({"parquet"})
_WILD = frozenset("*?[")
_HEAD = 4096


def read(path: Path, spec: WaveSpec, file: str) -> Raw:
    """Every record of a wave's source; `select` applies the wave's ``where``.

    Parameters
    ----------
    path : a file, or a folder or glob of Parquet files.
    file : the source as study.yaml names it, for messages.

    Raises
    ------
    InputError
        If the source is missing, is not what its name or its declared format says, exceeds a
        limit, or could be read in more than one way.
    """
    return table(path, file, format=spec.format, sheet=spec.sheet, encoding=spec.encoding, delimiter=spec.delimiter)


def table(
    path: Path,
    file: str,
    format: str = "auto",
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Raw:
    """Every record of a file that belongs to no wave, such as margins; otherwise as `read`."""
    paths = _found(path, file)
    source = Source(
        file=file,
        format=_format(path, paths, file, format),
        parts=(),
        sheet=sheet,
        encoding=encoding,
        delimiter=delimiter,
    )
    source = replace(source, parts=tuple(_part(p, source) for p in paths))
    signature.verify(source)
    found = reader(source.format)(source)
    _refuse_large_cells(source, found)
    return Raw(
        file=file,
        format=source.format,
        sha256=_sha256(source),
        frame=found.frame,
        rows=found.rows,
        labels=found.labels,
        missing=found.missing,
        decisions={"format": source.format, **found.decisions},
    )


def document(path: Path, file: str, format: str) -> Source:
    """A file that is no table, such as a project of coded interviews: its bytes, uninterpreted."""
    source = Source(file=file, format=format, parts=())
    return replace(source, parts=(_part(_found(path, file)[0], source),))


def select(raw: Raw, where: Expression) -> tuple[Raw, pd.Index]:
    """The records for which an expression over the file's columns is true, and the source rows left out.

    A record for which it is unknown is left out.

    Raises
    ------
    InputError
        If the file has no column of a name, or no record is left.
    """
    kept = meeting(raw, where)
    if not kept.any():
        raise none_meets(where, raw.file, len(raw.frame))
    chosen = replace(
        raw,
        frame=raw.frame[kept].reset_index(drop=True),
        rows=raw.rows[kept],
        decisions={**raw.decisions, "where": where.text, "left_out": str(int((~kept).sum()))},
    )
    return chosen, raw.rows[~kept]


def meeting(raw: Raw, where: Expression) -> np.ndarray:
    """Whether an expression over the file's columns is true of each record, (n,) bool."""
    missing = [name for name in where.names if name not in raw.frame]
    if missing:
        raise InputError(
            replace(unknown_name("column", n, list(map(str, raw.frame.columns)), raw.file), column="where")
            for n in missing
        )
    true = where.evaluate({name: raw.frame[name] for name in where.names}, len(raw.frame))
    return np.asarray(true.astype("boolean").fillna(False), dtype=bool)


def none_meets(where: Expression, file: str, records: int) -> InputError:
    """The error that a wave's ``where`` leaves no record."""
    return InputError(
        Problem(
            file=file,
            column="where",
            found=f"no record for which {where.text} is true",
            expected=f"some of the {records} records",
            hint="Compare the codes it names with those in the file.",
        )
    )


def batches(path: Path, spec: WaveSpec, file: str, size: int) -> Callable[[], Iterator[Raw]]:
    """What gives every record of a wave's source, as `read` does, in parts: Parquet by `size` records, else whole."""
    paths = _found(path, file)
    if _format(path, paths, file, spec.format) != "parquet":
        whole = read(path, spec, file)
        return lambda: iter([whole])
    source = Source(file, "parquet", tuple(Part(p.name, _head(p, file)) for p in paths))
    signature.verify(source)
    return partial(_parts, source, paths, _sha256_of_files(paths), size)


def _parts(source: Source, paths: list[Path], sha256: str, size: int) -> Iterator[Raw]:
    from survey.prepare.readers import columnar

    for found in columnar.batches(source, paths, size):
        _refuse_large_cells(source, found)
        decisions = {"format": source.format, **found.decisions}
        yield Raw(source.file, source.format, sha256, found.frame, found.rows, decisions=decisions)


def _found(path: Path, file: str) -> list[Path]:
    """The file, or the Parquet files of a folder or glob in the order of their names."""
    if _WILD & set(path.name) and not path.exists():
        parts = sorted(p for p in path.parent.glob(path.name) if not p.name.startswith((".", "_")))
        return parts or _nothing(path, file, "no file that fits the pattern")
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return _nothing(path, file, "no such file")
    except OSError as error:
        raise InputError(Problem(file=file, found=_said(error), expected="a readable file")) from None
    if stat.S_ISDIR(mode):
        parts = sorted(p for p in path.iterdir() if p.suffix == ".parquet" and not p.name.startswith((".", "_")))
        return parts or _nothing(path / "*.parquet", file, "a folder without Parquet files")
    return [path]


def _nothing(path: Path, file: str, found: str) -> list[Path]:
    folder = path.parent
    names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    expected = f"one of {', '.join(names[:8])}{' …' if len(names) > 8 else ''}" if names else "a file in that folder"
    if not folder.is_dir():
        expected = f"a folder {Path(file).parent.as_posix()} that holds it"
    raise InputError(Problem(file=file, found=found, expected=expected, hint=nearest(path.name, names)))


def _format(path: Path, paths: Iterable[Path], file: str, declared: str) -> str:
    """The declared format, or the one that the suffix names; both are verified against the content."""
    many = paths != [path]
    suffix = path.suffix.lower().removeprefix(".")
    format = ("parquet" if many else suffix) if declared == "auto" else declared
    known = ", ".join(READERS)
    if format in PLANNED:
        raise InputError(
            Problem(
                file=file,
                column="format",
                found=f"format {format}, which is not in this version",
                expected=f"one of {known}",
            )
        )
    if format not in READERS:
        found = (
            f"a file name without a known suffix ({suffix or 'none'})" if declared == "auto" else f"format {format!r}"
        )
        hint = nearest(format, READERS) or "Declare its `format`."
        raise InputError(Problem(file=file, column="format", found=found, expected=f"one of {known}", hint=hint))
    if many and format != "parquet":
        raise InputError(
            Problem(
                file=file,
                found=f"several files of format {format}",
                expected="one file; only Parquet may come in parts",
            )
        )
    return format


def _regular(path: Path, source: Source) -> os.stat_result:
    """The state of a regular file; a link, device or pipe is refused before anything is opened."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        found = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "something that is not a regular file"
        raise source.refusal(found, "a regular file", "Name the file itself in `source`.")
    return status


def _head(path: Path, file: str) -> bytes:
    """The first bytes of a file that is too large to be read whole."""
    source = Source(file, "parquet", ())
    try:
        _regular(path, source)
        with path.open("rb") as opened:
            return opened.read(_HEAD)
    except OSError as error:
        raise source.refusal(_said(error), "a readable file") from None


def _part(path: Path, source: Source) -> Part:
    """The bytes of a regular file."""
    try:
        status = _regular(path, source)
        if status.st_size > MAX_BYTES and source.format not in _UNLIMITED:
            found = f"{status.st_size / 1e6:.0f} MB"
            raise source.refusal(
                found, f"at most {MAX_BYTES // 10**6} MB", "Convert it to Parquet, which has no limit."
            )
        return Part(path.name, path.read_bytes())
    except OSError as error:
        raise source.refusal(_said(error), "a readable file") from None


def _refuse_large_cells(source: Source, found: Table) -> None:
    large = [name for name in found.frame if found.frame[name].str.len().max() > MAX_CELL]
    if large:
        raise InputError(
            source.problem(f"a cell of more than {MAX_CELL} characters", "cells of at most 1 MB", column=str(name))
            for name in large
        )


def _sha256(source: Source) -> str:
    """Of the file's bytes; of a folder, over the sorted names and hashes of its files."""
    return _combined({part.name: hashlib.sha256(part.content).hexdigest() for part in source.parts})


def _sha256_of_files(paths: Iterable[Path]) -> str:
    hashes = {}
    for path in paths:
        with path.open("rb") as opened:
            hashes[path.name] = hashlib.file_digest(opened, "sha256").hexdigest()
    return _combined(hashes)


def _combined(hashes: Mapping[str, str]) -> str:
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in hashes.items())
    return hashlib.sha256(lines.encode()).hexdigest()


def _said(error: OSError) -> str:
    return (error.strerror or "an unreadable file").lower()

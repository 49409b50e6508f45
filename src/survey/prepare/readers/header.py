"""Names of a table's columns, as its header row gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.errors import Problem
from survey.prepare.readers.source import MAX_COLUMNS, Source


@dataclass(frozen=True, slots=True)
class Header:
    """Column names, what was decided about them, and what is wrong with them."""

    names: tuple[str, ...]
    decisions: Mapping[str, str]
    problems: tuple[Problem, ...]


def read(source: Source, cells: Sequence[str | None], row: int | None = 1) -> Header:
    """Names in the order of the columns, exactly as written but for byte order marks.

    An empty header cell names its column ``unnamed_<position>``, counted from 1.
    """
    written = [(cell or "").strip("\ufeff") for cell in cells]
    names = tuple(name if name.strip() else f"unnamed_{i}" for i, name in enumerate(written, start=1))
    unnamed = [name for cell, name in zip(written, names, strict=True) if not cell.strip()]
    decisions = {
        "columns": str(len(names)),
        **({"unnamed_columns": ", ".join(unnamed)} if unnamed else {}),
    }
    return Header(names, decisions, tuple(_problems(source, names, row)))


def _problems(source: Source, names: Sequence[str], row: int | None) -> list[Problem]:
    if len(names) > MAX_COLUMNS:
        return [source.problem(f"{len(names)} columns", f"at most {MAX_COLUMNS}", row=row)]
    positions: dict[str, list[int]] = {}
    for i, name in enumerate(names, start=1):
        positions.setdefault(name, []).append(i)
    repeated = {name: at for name, at in positions.items() if len(at) > 1}
    return source.listed(
        (
            source.problem(
                f"the name {name!r} in columns {', '.join(map(str, at))}",
                "each column name once",
                "Rename or remove the columns that repeat it.",
                row=row,
            )
            for name, at in repeated.items()
        ),
        "repeated column names",
    )

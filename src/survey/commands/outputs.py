"""Where a verb's files go, and the lines that say so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from survey.writing.staging import FileSet

#: Most files of a folder that are named one by one.
LISTED = 8


def listed(paths: Sequence[str], root: Path) -> list[str]:
    """One line a folder: its files by name, or their number where they are many."""
    lines = []
    for folder, inside in groupby(sorted(paths, key=_folder_first), key=lambda path: Path(path).parent):
        names = [Path(path).name for path in inside]
        shown = ", ".join(names) if len(names) <= LISTED else f"{len(names)} files"
        lines.append(f"wrote {root / folder}: {shown}")
    return lines


def _folder_first(path: str) -> tuple[str, str]:
    return str(Path(path).parent), Path(path).name


def place(root: Path, files: FileSet) -> None:
    """Put the files below `root`: all of them or, where one may not be written, none."""
    from survey.writing.lock import locked
    from survey.writing.staging import check_places, publish

    check_places(root, list(files.files))
    with locked(root):
        publish(root, [files])

"""Sets of files that appear whole: staged beside their place, synced, moved in, manifest last.

While a set is moved its manifest is absent, so a reader can tell a set that is not whole. Nothing
that was there before disappears until its successor takes its name.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from survey.errors import OutputError, Problem
from survey.writing.signals import held_back, undoing

STAGING = ".staging-"
PRIVATE, SHARED = 0o700, 0o777

_HINTS = {
    errno.ENOSPC: "Free some space on the disk, then run again.",
    errno.EDQUOT: "Free some space on the disk, then run again.",
    errno.EFBIG: "The system limits the size of a file (ulimit -f); raise the limit, then run again.",
    errno.EROFS: "Choose a folder that can be written with --out.",
    errno.EACCES: "Choose a folder that can be written with --out.",
    errno.EPERM: "Choose a folder that can be written with --out.",
    errno.ENOTDIR: "A file stands where a folder is needed; move it away, or choose another folder with --out.",
    errno.EEXIST: "A file stands where a folder is needed; move it away, or choose another folder with --out.",
    errno.EISDIR: "A folder stands where a file is needed; move it away, or choose another folder with --out.",
}


@dataclass(frozen=True)
class FileSet:
    """Files that belong together, and the manifest that says so (an empty name: none).

    Attributes
    ----------
    files : path relative to the output root → content.
    obsolete : paths of an earlier set that this one no longer has.
    private : folders relative to the root that only their owner may read.
    """

    files: Mapping[str, bytes] = field(repr=False)
    manifest: str = ""
    content: bytes = field(default=b"", repr=False)
    obsolete: Sequence[str] = ()
    private: Sequence[str] = ()

    @property
    def contents(self) -> dict[str, bytes]:
        """Path → content of every file, the manifest last."""
        return {**self.files, self.manifest: self.content} if self.manifest else dict(self.files)


@contextmanager
def refusing(root: Path, untouched: bool = True) -> Iterator[None]:
    """Turn what the system refuses under `root` into one message that says what to do."""
    try:
        yield
    except OSError as error:
        state = "Earlier outputs are untouched." if untouched else "Files were being moved: run again."
        raise OutputError(
            Problem(
                file=str(root),
                found=os.strerror(error.errno).lower() if error.errno else str(error),
                expected="a folder this run can write",
                hint=" ".join(filter(None, (_HINTS.get(error.errno or 0), state))),
            )
        ) from error


def check_places(root: Path, paths: Sequence[str]) -> None:
    """Refuse, before any work, places where a file stands for a folder or a folder for a file."""
    with refusing(root):
        for path in paths:
            place = root / path
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, "", str(place))
            for folder in place.parents:
                if folder.exists() and not folder.is_dir():
                    raise NotADirectoryError(errno.ENOTDIR, "", str(folder))
                if folder == root:
                    break


def publish(root: Path, sets: Sequence[FileSet]) -> None:
    """Write every set, each whole or not at all; the caller holds the lock of `root`.

    Raises
    ------
    OutputError
        If the disk is full or the folder cannot be written; earlier files are then as they were.
    """
    staging = root / f"{STAGING}{os.getpid()}"
    with undoing(lambda: shutil.rmtree(staging, ignore_errors=True)):
        with refusing(root):
            _stage(staging, sets)
            for one in sets:
                _make_folders(root, one)
        with held_back(), refusing(root, untouched=False):
            for one in sets:
                _move(staging, root, one)


def _stage(staging: Path, sets: Sequence[FileSet]) -> None:
    staging.mkdir(mode=PRIVATE)
    written: list[Path] = []
    for one in sets:
        for path, content in one.contents.items():
            place = staging / path
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(place, content, mode=0o600 if _is_private(path, one) else 0o666)
            written.append(place)
    for place in written:  # after all writes, so that the disk takes them in one go
        _sync(place)
    for folder in [staging, *(p for p in staging.rglob("*") if p.is_dir())]:
        _sync(folder)


def _write(place: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(descriptor, "wb") as file:
        file.write(content)


def _is_private(path: str, one: FileSet) -> bool:
    return any(path.startswith(folder + "/") for folder in one.private)


def _make_folders(root: Path, one: FileSet) -> None:
    for path in one.contents:
        missing = [folder for folder in (root / path).parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=SHARED)
            _sync(folder.parent)
    for private in one.private:
        if (root / private).is_dir():
            (root / private).chmod(PRIVATE)


def _move(staging: Path, root: Path, one: FileSet) -> None:
    manifest = root / one.manifest
    touched = {(root / path).parent for path in [*one.files, *one.obsolete]}
    if one.manifest and touched:
        manifest.unlink(missing_ok=True)
        _sync(manifest.parent)
    for path in one.files:
        os.replace(staging / path, root / path)
    for path in one.obsolete:
        (root / path).unlink(missing_ok=True)
    for folder in sorted(folder for folder in touched if folder.is_dir()):
        _sync(folder)
    if one.manifest:
        os.replace(staging / one.manifest, manifest)
        _sync(manifest.parent)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

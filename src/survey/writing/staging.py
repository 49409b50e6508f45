"""Sets of files that appear whole: staged beside their place, synced, moved in, manifest last.

While a set is moved its manifest is absent, so a reader can tell a set that is not whole. Nothing
that was there before disappears until its successor takes its name, and where the system refuses to
go on everything that was there comes back.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from survey.errors import OutputError, Problem
from survey.writing.signals import held_back, undoing

STAGING = ".staging-"
PRIVATE, SHARED = 0o700, 0o777

#: What helps against what the system refuses, by error number.
HINTS = {
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

    @property
    def places(self) -> list[str]:
        """Every path that publishing touches, the manifest last."""
        return list(dict.fromkeys([*self.files, *self.obsolete, *self.contents]))


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
                hint=" ".join(filter(None, (HINTS.get(error.errno or 0), state))),
            )
        ) from error


def check_places(root: Path, paths: Iterable[str]) -> None:
    """Refuse places outside `root`, and those where a file stands for a folder or a folder for a file."""
    with refusing(root):
        for path in paths:
            place = root / path
            _refuse_outside(root, path)
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, "", str(place))
            for folder in place.parents:
                if folder.exists() and not folder.is_dir():
                    raise NotADirectoryError(errno.ENOTDIR, "", str(folder))
                if folder == root:
                    break


def _refuse_outside(root: Path, path: str) -> None:
    """No name and no link in a place leads out of the output folder."""
    if not (root / path).parent.resolve().is_relative_to(root.resolve()):
        raise OutputError(
            Problem(
                file=path,
                found="a place outside the output folder",
                expected=f"files below {root}",
                hint="Replace the link by a folder, or choose another folder with --out.",
            )
        )


def publish(root: Path, sets: Sequence[FileSet]) -> None:
    """Write every set, each whole or not at all; the caller holds the lock of `root`.

    Raises
    ------
    OutputError
        If the disk is full or the folder cannot be written; earlier files are then as they were.
    """
    staging = root / f"{STAGING}{os.getpid()}"
    check_places(root, [path for one in sets for path in one.places])
    with undoing(lambda: shutil.rmtree(staging, ignore_errors=True)):
        with refusing(root):
            staging.mkdir(mode=PRIVATE)
            _stage(staging / "new", sets)
            _keep(staging / "earlier", root, sets)
        with held_back(), refusing(root):
            _move_all(staging, root, sets)


def _stage(staging: Path, sets: Sequence[FileSet]) -> None:
    staging.mkdir()
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


def _keep(earlier: Path, root: Path, sets: Sequence[FileSet]) -> None:
    """A second name for every file that will be replaced or removed; a copy where links are not known."""
    for path in (path for one in sets for path in one.places):
        place, kept = root / path, earlier / path
        if not os.path.lexists(place):
            continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(place, kept, follow_symlinks=False)
        except OSError:
            shutil.copy2(place, kept, follow_symlinks=False)


def _move_all(staging: Path, root: Path, sets: Sequence[FileSet]) -> None:
    begun: list[FileSet] = []
    made: list[Path] = []
    try:
        for one in sets:
            begun.append(one)
            _make_folders(root, one, made)
            _move(staging / "new", root, one)
    except OSError:
        with refusing(root, untouched=False):  # the way back may be barred as well
            for one in reversed(begun):
                _put_back(staging / "earlier", root, one)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


def _make_folders(root: Path, one: FileSet, made: list[Path]) -> None:
    for path in one.contents:
        missing = [folder for folder in (root / path).parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=SHARED)
            made.append(folder)
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


def _put_back(earlier: Path, root: Path, one: FileSet) -> None:
    """The places of a set as they were before, its manifest away until they are."""
    if one.manifest:
        (root / one.manifest).unlink(missing_ok=True)
    for paths in ([*one.files, *one.obsolete], [one.manifest] if one.manifest else []):
        for path in paths:
            if os.path.lexists(earlier / path):
                os.rename(earlier / path, root / path)
            else:
                (root / path).unlink(missing_ok=True)
        for folder in sorted({(root / path).parent for path in paths}):
            with suppress(OSError):  # the names are in their places, whether or not the disk says so
                _sync(folder)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

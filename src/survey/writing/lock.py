"""One run at a time in an output folder, by a kernel lock that dies with its process."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from survey.errors import OutputError, Problem
from survey.writing.staging import STAGING, refusing

LOCK = ".survey.lock"


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the output folder for this process; what a killed run left there is removed.

    Raises
    ------
    OutputError
        If another run holds it (the message names its process), or it cannot be written.
    """
    made = not root.exists()
    with refusing(root):
        root.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(root / LOCK)
    try:
        with suppress(OSError):  # the name of the holder is a courtesy; a full disk shows later
            os.pwrite(descriptor, f"process {os.getpid()} on {os.uname().nodename}".encode(), 0)
        for left in root.glob(STAGING + "*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        with suppress(OSError):
            (root / LOCK).unlink()
        os.close(descriptor)
        if made:
            with suppress(OSError):  # stays where something was written
                root.rmdir()


def _acquire(path: Path) -> int:
    import fcntl

    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace")
            os.close(descriptor)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise _in_use(path, holder) from None
        # The holder before us may have removed the file between our open and our lock.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                os.ftruncate(descriptor, 0)
                return descriptor
        os.close(descriptor)


def _in_use(path: Path, holder: str) -> OutputError:
    return OutputError(
        Problem(
            file=str(path.parent),
            found=f"a folder in use by another run ({holder or 'that just started'})",
            expected="one run at a time",
            hint="Run again when it has ended, or choose another folder with --out.",
        )
    )

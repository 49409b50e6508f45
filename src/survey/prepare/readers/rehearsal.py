"""A parser's trial run in a child process, so that a damaged file cannot take the program down with it.

ReadStat crashes on some damaged files and can loop or exhaust memory on others. A fork costs some
milliseconds, where a new interpreter would cost a second; what ended well once is then run again in
the process itself, so no answers pass between the two.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
from collections.abc import Callable
from pathlib import Path

MAX_SECONDS = 60
MAX_GROWTH = 4 * 2**30
CRASHED = "the parser crashed"
_SAID = 1000


def failure(call: Callable[[], object]) -> str | None:
    """What goes wrong when `call` runs in a child process; None if it ends well.

    Where the system cannot fork, nothing is tried and nothing is known to go wrong.
    """
    if not hasattr(os, "fork"):
        return None
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _perform(call, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read().decode("utf-8", errors="replace")
    except BaseException:  # an interrupt: the child must not outlive it
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    if status == 0:
        return None
    return said if os.WIFEXITED(status) else CRASHED


def _perform(call: Callable[[], object], writing: int) -> None:
    """The child's whole life: whatever happens, it never returns into the parent's code."""
    status = 1
    try:
        _constrain()
        call()
        status = 0
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(writing, (str(error) or type(error).__name__).encode("utf-8", errors="replace")[:_SAID])
    finally:
        os._exit(status)


def _constrain() -> None:
    import resource

    faulthandler.disable()  # its report of the crash is not for the user
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # cleaning up is the parent's business
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: MAX_SECONDS}
    memory = Path("/proc/self/statm")
    if memory.exists():
        limits[resource.RLIMIT_AS] = int(memory.read_text().split()[0]) * resource.getpagesize() + MAX_GROWTH
    for kind, limit in limits.items():
        _, most = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))

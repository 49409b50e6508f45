"""How SIGINT and SIGTERM end a run: what was begun is undone, then the process ends by the signal.

Handlers end the process themselves instead of raising: an exception that falls into the import of a
C extension or into a destructor is swallowed there or comes out as another one.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)
Handler = Callable[[int, FrameType | None], object]


def end_by_signal() -> None:
    """Let SIGINT and SIGTERM end the process by that signal after one line on standard error."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # ignored by whoever started us: stays so
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    os.write(2, b"survey: interrupted; every output is whole\n")
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


@contextmanager
def undoing(undo: Callable[[], None]) -> Iterator[None]:
    """Run `undo` when the block ends: by its last line, by an error, or by a signal."""
    earlier: dict[signal.Signals, Handler] = {}

    def on_signal(number: int, frame: FrameType | None) -> None:
        undo()
        earlier[signal.Signals(number)](number, frame)

    for number in _ours():
        handler = signal.getsignal(number)
        if callable(handler):
            earlier[number] = handler
            signal.signal(number, on_signal)
    try:
        yield
    finally:
        undo()
        for number, handler in earlier.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Let a signal that arrives inside the block take effect at its end."""
    # A blocked mask would not do: another library's thread may receive the signal in our stead.
    waiting: list[int] = []
    earlier = {number: signal.getsignal(number) for number in _ours()}
    for number in earlier:
        signal.signal(number, lambda n, _: waiting.append(n))
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
        if waiting:
            signal.raise_signal(waiting[0])


def _ours() -> tuple[signal.Signals, ...]:
    """Signals this thread may handle: Python allows it to the main thread only."""
    return ENDING if threading.current_thread() is threading.main_thread() else ()

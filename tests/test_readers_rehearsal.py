"""A parser that crashes, loops or devours memory is stopped before it runs in the program itself."""

import os
import signal

import pytest

from survey.prepare.readers import rehearsal

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def loop():
    while True:
        pass


def devour():
    return [bytearray(2**20) for _ in range(10**6)]


def test_what_ends_well_has_no_failure_and_no_effect_here():
    changed = []
    assert rehearsal.failure(lambda: changed.append(1)) is None
    assert changed == []


def test_what_an_error_says_is_told():
    assert rehearsal.failure(lambda: int("x")) == "invalid literal for int() with base 10: 'x'"


def test_a_crash_is_told():
    assert rehearsal.failure(crash) == rehearsal.CRASHED


def test_an_endless_loop_is_stopped(monkeypatch):
    monkeypatch.setattr(rehearsal, "MAX_SECONDS", 1)
    assert rehearsal.failure(loop) == rehearsal.CRASHED


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the size of the process is not known here")
def test_memory_without_end_is_stopped(monkeypatch):
    monkeypatch.setattr(rehearsal, "MAX_GROWTH", 100 * 2**20)
    assert rehearsal.failure(devour) == "MemoryError"

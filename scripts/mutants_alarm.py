"""A plugin of pytest: a test that computes or waits for far longer than any does hangs, and fails.

It computes by processor time; it waits by the clock, with patience for a busy machine.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

COMPUTING, WAITING = 90, 300  # seconds


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    def ring(number: int, _: object) -> None:
        what, most = ("computes", COMPUTING) if number == signal.SIGPROF else ("takes", WAITING)
        raise TimeoutError(f"the test {what} for more than {most} s")

    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, ring)
    signal.setitimer(signal.ITIMER_PROF, COMPUTING)
    signal.alarm(WAITING)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)

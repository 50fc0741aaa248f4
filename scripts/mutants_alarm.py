"""A plugin of pytest: a test that takes a minute has hung, and fails."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

SECONDS = 90


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TimeoutError(f"the test takes longer than {SECONDS} s")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        return (yield)
    finally:
        signal.alarm(0)

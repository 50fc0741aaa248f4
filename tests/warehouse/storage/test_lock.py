"""One writer at a time: how long another one waits, and what the file of the lock says."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warehouse.errors import WarehouseBusy
from warehouse.storage import lock
from warehouse.storage.lock import PATIENCE, writer_lock


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(lock, "time", clock)
    return clock


@contextmanager
def held(path: Path, said: str) -> Iterator[None]:
    """The lock in other hands, as if of another process."""
    path.write_text(said)
    with path.open("r+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        yield


def test_ten_minutes_is_how_long_one_waits() -> None:
    assert PATIENCE == 600


def test_the_file_of_the_lock_is_private_and_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "writer" / "lock"
    with writer_lock(path):
        assert path.read_text() == str(os.getpid())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_of_the_holder_before_nothing_stays_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("999999999999")
    with writer_lock(path):
        assert path.read_text() == str(os.getpid())


@pytest.mark.parametrize(("said", "named"), [("4711", "process 4711"), ("", "process unknown")])
def test_who_waited_long_enough_is_told_who_writes(
    tmp_path: Path, clock: Clock, said: str, named: str
) -> None:
    path = tmp_path / "lock"
    words = rf"another run \({named}\) has been writing for 1 s"
    with held(path, said), pytest.raises(WarehouseBusy, match=words), writer_lock(path, 1.0):
        pytest.fail("entered")
    assert set(clock.slept) == {0.2}
    assert 1.0 <= sum(clock.slept) < 1.5
    assert path.read_text() == said


def test_who_does_not_want_to_wait_looks_once_more(tmp_path: Path, clock: Clock) -> None:
    """At the moment itself the time is not over yet."""
    path = tmp_path / "lock"
    with held(path, ""), pytest.raises(WarehouseBusy), writer_lock(path, 0.0):
        pytest.fail("entered")
    assert clock.slept == [0.2]


def test_after_an_error_the_lock_is_free(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), writer_lock(path):
        raise ZeroDivisionError
    with writer_lock(path, 0.0):
        assert clock.slept == []

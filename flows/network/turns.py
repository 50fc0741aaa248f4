"""Turns: several lanes work side by side, one at a time, and none while it waits for its host.

A collection waits far longer than it works: for the pause that a host is due, for its response, for
the next attempt. Lanes hand the turn on while they wait, and so need no other care of each other:
what akshare, polars and the warehouse keep in this process is used by one of them at a time.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace
from typing import TypeVar
from unittest.mock import patch

# Modules of akshare that pause: between pages, and before they try again.
PAUSING = ("akshare.utils.func", "akshare.utils.request", "akshare.request")
Result = TypeVar("Result")


class LaneStopped(BaseException):
    """Another lane has failed, or somebody has interrupted the run."""


@dataclass
class Turn:
    """What the lane holds that works; `stopped` ends all of them when they next wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: bool = False


_TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextmanager
def resting() -> Iterator[None]:
    """Inside, this lane waits, and others may work; without other lanes nothing happens."""
    turn = _TURN.get()
    if turn is None:
        yield
        return
    turn.lock.release()
    try:
        yield
    finally:
        turn.lock.acquire()
    if turn.stopped:
        raise LaneStopped


def side_by_side(lanes: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results of all lanes. The error of one is raised when the others have stopped."""
    turn = Turn()
    token = _TURN.set(turn)
    try:
        with pauses_rest(), ThreadPoolExecutor(max(len(lanes), 1)) as pool:
            running = [pool.submit(copy_context().run, _in_turn, turn, lane) for lane in lanes]
            try:
                wait(running, return_when=FIRST_EXCEPTION)
            finally:
                turn.stopped = True
    finally:
        _TURN.reset(token)
    errors = [error for one in running if (error := one.exception()) is not None]
    for error in sorted(errors, key=lambda e: isinstance(e, LaneStopped)):
        raise error
    return [one.result() for one in running]


def _in_turn(turn: Turn, lane: Callable[[], Result]) -> Result:
    with turn.lock:
        if turn.stopped:
            raise LaneStopped
        return lane()


@contextmanager
def pauses_rest() -> Iterator[None]:
    """Inside, lanes rest during akshare's own pauses, too."""

    def sleep(seconds: float) -> None:
        with resting():
            time.sleep(seconds)

    os.environ.setdefault("TQDM_DISABLE", "1")  # akshare's bars; read when it is imported
    with ExitStack() as stack:
        for name in PAUSING:
            clock = SimpleNamespace(sleep=sleep)
            stack.enter_context(patch.object(import_module(name), "time", clock))
        yield

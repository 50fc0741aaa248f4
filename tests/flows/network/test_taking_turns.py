"""Who waits lets others work, and no two take the same slot of a host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event, Thread
from types import SimpleNamespace

import stamina

from flows.ingestion.retry import retrying
from flows.network.rate_limit import HostPolicies, RateLimiter
from flows.network.turns import side_by_side
from flows.settings import Host

POLICIES = HostPolicies({"default": Host(min_interval_seconds=2.0, jitter_seconds=1.0)})


def test_two_threads_that_ask_at_once_take_one_slot_after_the_other() -> None:
    both = Barrier(2)

    def jitter() -> float:
        """Where nothing keeps them apart, both are here at once."""
        with suppress(BrokenBarrierError):
            both.wait(timeout=0.05)
        return 0.5

    waited: list[float] = []
    limiter = RateLimiter(POLICIES, lambda: 0.0, waited.append, jitter)
    threads = [Thread(target=limiter.wait, args=["a"]) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert limiter.free_at == {"a": 5.0}
    assert [seconds for seconds in waited if seconds] == [2.5]
    assert limiter.spent == {"a": 2}


def test_others_work_in_the_pause_before_another_attempt(monkeypatch) -> None:
    worked = Event()

    def attempts(*_given: object, **_options: object) -> Iterator[SimpleNamespace]:
        assert worked.wait(timeout=1), "the pause kept the other lane from its work"
        yield SimpleNamespace(num=1)

    monkeypatch.setattr(stamina, "retry_context", attempts)

    assert side_by_side([lambda: len([*retrying(2)]), worked.set])[0] == 1

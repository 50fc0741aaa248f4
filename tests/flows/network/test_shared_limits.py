"""Limits that several workers keep together: what the database says decides, and its silence."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("psycopg")

from flows.coordination.hosts import Hosts, Slot
from flows.network.circuit_breaker import BLOCK_PAGE
from flows.network.rate_limit import HostPolicies, RequestBlocked
from flows.network.shared_limits import SharedCircuitBreaker, SharedRateLimiter, shared_limits
from flows.settings import Host
from warehouse.errors import CoordinationLost

NOW = datetime(2026, 1, 13)
POLICIES = HostPolicies(
    {"a.cn": Host(min_interval_seconds=2, jitter_seconds=4, daily_budget=7, give_up_after=3, cool_down_seconds=60)}
)  # fmt: skip


def answering(answer: Any) -> tuple[Any, list[Any]]:
    """What workers know together, as a test says it; and what it was asked."""
    asked: list[Any] = []

    def said(*given: Any, **named: Any) -> Any:
        asked.append((*given, *named.items()))
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SimpleNamespace(book=said, note=said, open_for=said, spent=said), asked


def test_a_request_waits_for_its_slot() -> None:
    hosts, asked = answering(Slot(100.0, 1.5))
    slept: list[float] = []
    SharedRateLimiter(POLICIES, hosts, slept.append, lambda: 0.5).wait("a.cn")
    assert asked == [("a.cn", 4.0, 7)]
    assert slept == [1.5]


@pytest.mark.parametrize(
    ("answer", "said"), [(None, "a.cn"), (CoordinationLost("gone"), "a.cn: gone")]
)
def test_without_a_slot_it_is_not_sent(answer: Any, said: str) -> None:
    slept: list[float] = []
    with pytest.raises(RequestBlocked, match=said):
        SharedRateLimiter(POLICIES, answering(answer)[0], slept.append).wait("a.cn")
    assert slept == []


def test_what_is_spent_is_that_of_all_workers() -> None:
    assert SharedRateLimiter(POLICIES, answering({"a.cn": 3})[0]).spent == {"a.cn": 3}


@pytest.mark.parametrize(
    ("status", "failed", "disowned"),
    [("200", False, False), ("Timeout", True, False), (BLOCK_PAGE, True, True)],
)
def test_the_result_of_a_request_counts_for_all(
    status: str, *, failed: bool, disowned: bool
) -> None:
    hosts, asked = answering(None)
    SharedCircuitBreaker(POLICIES, hosts).note(0.0, "a.cn", status)
    assert asked == [("a.cn", ("failed", failed), ("disowned", disowned))]


def test_one_that_cannot_be_counted_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    hosts, _ = answering(CoordinationLost("gone"))
    SharedCircuitBreaker(POLICIES, hosts).note(0.0, "a.cn", "200")
    assert "a.cn: not counted: gone" in caplog.text


def test_a_circuit_that_is_open_lets_nothing_through() -> None:
    hosts, asked = answering(None)
    SharedCircuitBreaker(POLICIES, hosts).admit("a.cn", NOW)
    assert asked == [("a.cn", 3, 60)]
    for answer, said in (((4, 30.0), "a.cn"), (CoordinationLost("gone"), "a.cn: gone")):
        with pytest.raises(RequestBlocked, match=said):
            SharedCircuitBreaker(POLICIES, answering(answer)[0]).admit("a.cn", NOW)


def test_both_have_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    class Database:
        def __init__(self, address: str) -> None:
            self.address = address

        def close(self) -> None:
            closed.append(self.address)

    monkeypatch.setattr("flows.network.shared_limits.Postgres", Database)
    slept: list[float] = []
    with shared_limits("host=db", POLICIES, slept.append) as (limiter, breaker):
        assert limiter.hosts is breaker.hosts
        assert (limiter.policies, breaker.policies) == (POLICIES, POLICIES)
        limiter.sleep(3.0)
        assert (slept, closed) == ([3.0], [])
    assert closed == ["host=db"]


class Database:
    """A database whose answers a test says, one after the other."""

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, Any]]()

    def rows(self, sql: str, values: Any = None) -> list[dict[str, Any]]:
        self.asked.append((sql.split(maxsplit=1)[0], values))
        return self.answers.pop(0)

    def run(self, work: Any) -> None:
        work(
            SimpleNamespace(execute=lambda sql, values: self.asked.append((sql.split()[0], values)))
        )


def test_a_slot_of_the_past_is_one_of_now() -> None:
    hosts = Hosts(Database([{"begins": 5.0, "wait": -2.0}], [{"begins": 9.0, "wait": 4.0}], []))  # type: ignore[arg-type]
    assert hosts.book("a.cn", 1.0, 7) == Slot(5.0, 0.0)
    assert hosts.book("a.cn", 1.0, 7) == Slot(9.0, 4.0)
    assert hosts.book("a.cn", 1.0, 7) is None


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([[]], None),
        ([[{"failures": 3, "rest": 7.0}]], (3, 7.0)),
        ([[{"failures": 3, "rest": 0.0}], [{"name": "a.cn"}]], None),  # this worker probes
        ([[{"failures": 3, "rest": -1.0}], [], [{"failures": 4, "rest": 60.0}]], (4, 60.0)),
        ([[{"failures": 3, "rest": -1.0}], [], []], None),  # mended meanwhile
    ],
)
def test_one_worker_probes_a_host_and_others_wait_on(answers: list[Any], found: Any) -> None:
    database = Database(*answers)
    assert Hosts(database).open_for("a.cn", 3, 60.0) == found  # type: ignore[arg-type]
    assert database.answers == []


def test_a_result_is_a_failure_or_a_success() -> None:
    database = Database()
    Hosts(database).note("a.cn", failed=True, disowned=True)  # type: ignore[arg-type]
    Hosts(database).note("a.cn", failed=False)  # type: ignore[arg-type]
    assert database.asked == [
        ("INSERT", {"host": "a.cn", "disowned": True}),
        ("UPDATE", {"host": "a.cn", "disowned": False}),
    ]

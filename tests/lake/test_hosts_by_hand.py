"""What workers know together of a host says nothing of another, and each count is by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from flows.network.rate_limit import HostPolicies, RequestBlocked
from flows.settings import Host
from tests.lake.services import Services

pytestmark = pytest.mark.lake
NOW = datetime(2026, 1, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(services: Services) -> Iterator[Any]:
    from flows.coordination.postgres import Postgres

    with closing(Postgres(services.postgres.create("hosts_by_hand"))) as opened:
        yield opened


@pytest.fixture
def hosts(database: Any) -> Any:
    from flows.coordination.hosts import Hosts

    database.run(lambda cursor: cursor.execute("DELETE FROM briefing_workers.host"))
    return Hosts(database)


def test_slots_follow_each_other_and_each_host_has_its_own(hosts):
    first, second = hosts.book("a", 10.0, 3), hosts.book("a", 5.0, 3)
    aside = hosts.book("b", 10.0, 3)
    assert (first.wait, aside.wait) == (0.0, 0.0)
    assert second.begins == pytest.approx(first.begins + 10.0, abs=1e-3)
    assert 9.0 < second.wait < 10.0
    third = hosts.book("a", 0.0, 3)
    assert third.begins == pytest.approx(second.begins + 5.0, abs=1e-3)
    assert hosts.book("a", 0.0, 3) is None, "its quota is spent"
    assert hosts.book("a", 0.0, 4) is not None
    assert hosts.spent() == {"a": 4, "b": 1}


def test_a_host_that_was_left_alone_is_asked_at_once(hosts):
    hosts.book("a", 0.0, 3)
    late = "UPDATE briefing_workers.host SET free_at = free_at - interval '1 hour' RETURNING name"
    hosts.database.rows(late)
    slot = hosts.book("a", 1.0, 3)
    assert slot.wait == 0.0
    assert hosts.book("a", 1.0, 3).begins == pytest.approx(slot.begins + 1.0, abs=0.1)


def test_yesterdays_requests_are_not_told_and_each_day_counts_anew(hosts):
    for host in ("a", "a", "b"):
        hosts.book(host, 0.0, 9)
    hosts.database.rows(
        "UPDATE briefing_workers.host SET day = day - 1 WHERE name = 'a' RETURNING name"
    )
    assert hosts.spent() == {"b": 1}
    assert hosts.book("a", 0.0, 1) is not None
    assert hosts.spent() == {"a": 1, "b": 1}
    assert hosts.book("a", 0.0, 1) is None


def failures(hosts: Any) -> dict[str, tuple[int, int]]:
    rows = hosts.database.rows("SELECT name, failures, failures_before FROM briefing_workers.host")
    return {row["name"]: (row["failures"], row["failures_before"]) for row in rows}


def test_results_count_for_their_host_and_a_block_page_takes_its_success_back(hosts):
    for _ in range(2):
        hosts.note("a", failed=True)
    hosts.note("b", failed=True)
    assert failures(hosts) == {"a": (2, 0), "b": (1, 0)}
    hosts.note("a", failed=False)
    assert failures(hosts) == {"a": (0, 2), "b": (1, 0)}
    hosts.note("a", failed=True, disowned=True)
    assert failures(hosts)["a"] == (3, 2)
    hosts.note("a", failed=True)
    assert failures(hosts)["a"] == (4, 2)
    hosts.note("a", failed=False)
    hosts.note("a", failed=False)
    assert failures(hosts) == {"a": (0, 0), "b": (1, 0)}
    hosts.note("a", failed=True, disowned=True)
    assert failures(hosts)["a"] == (1, 0)


def test_a_circuit_is_that_of_its_host_from_so_many_failures_on(hosts):
    for host in ("a", "a", "b"):
        hosts.note(host, failed=True)
    count, rest = hosts.open_for("a", 2, 60.0)
    assert count == 2
    assert 55.0 < rest <= 60.0
    assert hosts.open_for("a", 3, 60.0) is None
    assert hosts.open_for("b", 2, 60.0) is None
    assert hosts.open_for("never asked", 1, 60.0) is None


def test_one_probes_after_the_cool_down_and_others_wait_on(hosts):
    for host in ("a", "b"):
        hosts.note(host, failed=True)
    hosts.database.rows(
        "UPDATE briefing_workers.host SET failed_at = failed_at - interval '100 s' RETURNING name"
    )
    assert hosts.open_for("a", 1, 60.0) is None
    count, rest = hosts.open_for("a", 1, 60.0)
    assert (count, rest > 55.0) == (1, True)
    assert hosts.open_for("b", 1, 60.0) is None, "another host has a probe of its own"


@pytest.mark.parametrize(
    ("status", "noted"),
    [("200", (False, False)), ("404", (False, False)), ("503", (True, False)),
     ("ReadTimeout", (True, False)), ("block page", (True, True))],
)  # fmt: skip
def test_what_a_status_counts_as_and_how_long_is_waited(
    monkeypatch: pytest.MonkeyPatch, status: str, noted: tuple[bool, bool]
) -> None:
    from flows.coordination.hosts import Slot
    from flows.network import shared_limits
    from flows.network.circuit_breaker import BLOCK_PAGE

    told: list[Any] = []
    known: Any = SimpleNamespace(
        book=lambda host, pause, quota: told.append((host, pause, quota)) or Slot(0.0, 1.5),
        note=lambda host, failed, disowned: told.append((host, failed, disowned)),
        open_for=lambda _host, most, cool_down: (most, cool_down),
    )
    policies = HostPolicies(
        {"h": Host(min_interval_seconds=2, jitter_seconds=4, daily_budget=7, give_up_after=3,
                   cool_down_seconds=120)}
    )  # fmt: skip
    slept: list[float] = []
    sleep: Callable[[float], None] = slept.append
    shared_limits.SharedRateLimiter(policies, known, sleep, lambda: 0.25).wait("h")
    breaker = shared_limits.SharedCircuitBreaker(policies, known)
    breaker.note(0.0, "h", BLOCK_PAGE if status == "block page" else status)

    assert told == [("h", 3.0, 7), ("h", *noted)]
    assert slept == [1.5]
    with pytest.raises(RequestBlocked, match=r"h: circuit open after 3 failures .* in 2 minutes"):
        breaker.admit("h", NOW)

"""The rate limit and the quota of a host, by a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flows.network.rate_limit import HostPolicies, RateLimiter, RequestBlocked
from flows.settings import Host

NOON = datetime(2025, 11, 25, 4, tzinfo=UTC)
SLOW = Host(min_interval_seconds=2, jitter_seconds=0, daily_budget=3)


class Clock:
    """Seconds that pass by sleeping alone."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def limiter(clock: Clock, **hosts: Host) -> RateLimiter:
    policies = HostPolicies({"default": SLOW, **hosts})
    return RateLimiter(policies, lambda: clock.now, clock.sleep, jitter=lambda: 0.5)


def test_the_first_request_waits_for_nothing_and_the_next_ones_for_the_interval() -> None:
    clock = Clock()
    one = limiter(clock)
    one.wait("a")
    assert clock.slept == []
    one.wait("a")
    clock.now += 0.5
    one.wait("a")
    assert clock.slept == [2.0, 1.5]


def test_who_comes_later_than_the_interval_waits_for_nothing() -> None:
    clock = Clock()
    one = limiter(clock)
    one.wait("a")
    clock.now += 2
    one.wait("a")
    assert clock.slept == []
    one.wait("a")
    assert clock.slept == [2.0], "measured from the request before, not from the first"


def test_the_quota_is_of_the_day_and_a_blocked_request_costs_nothing() -> None:
    clock = Clock()
    one = limiter(clock)
    for _ in range(3):
        one.wait("a")
    for _ in range(2):
        with pytest.raises(RequestBlocked, match=r"^a: the daily quota of 3 requests is spent"):
            one.wait("a")
    assert one.spent == {"a": 3}
    assert clock.slept == [2.0, 2.0]
    one.wait("b")


@pytest.mark.parametrize(("ago", "pause"), [(0.0, [2.0]), (1.5, [0.5]), (2.0, []), (60.0, [])])
def test_requests_of_earlier_runs_count_and_keep_their_distance(ago, pause) -> None:
    clock = Clock()
    one = limiter(clock)
    one.note((NOON - timedelta(seconds=ago)).timestamp(), "a", NOON)
    one.wait("a")
    assert clock.slept == pause
    assert one.spent == {"a": 2}


def test_a_host_has_its_own_settings_else_the_default_else_the_built_in_ones() -> None:
    own = Host(daily_budget=7)
    policies = HostPolicies({"default": SLOW, "a": own})

    assert [policies.of("a"), policies.of("b")] == [own, SLOW]
    assert HostPolicies({"a": own}).of("b") == Host()


def test_the_offline_exchange_needs_no_pause_and_no_quota_and_keeps_the_rest() -> None:
    free = HostPolicies({"a": SLOW.model_copy(update={"give_up_after": 9})}, unlimited=True).of("a")

    assert (free.min_interval_seconds, free.jitter_seconds, free.give_up_after) == (0, 0, 9)
    assert free.daily_budget >= 10**9

"""The circuit breaker by the results it is told: which count, and when the circuit is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flows.network.circuit_breaker import BLOCK_PAGE, CircuitBreaker, failed
from flows.network.rate_limit import HostPolicies, RequestBlocked
from flows.settings import Host

NOON = datetime(2025, 11, 25, 4, tzinfo=UTC)
POLICIES = HostPolicies({"default": Host(give_up_after=3, cool_down_seconds=600)})


def breaker(*results: str) -> CircuitBreaker:
    """One that was told of these results of a host at noon."""
    found = CircuitBreaker(POLICIES)
    for status in results:
        found.note(NOON.timestamp(), "a", status)
    return found


def is_open(one: CircuitBreaker, host: str = "a", after: float = 1) -> bool:
    try:
        one.admit(host, NOON + timedelta(seconds=after))
    except RequestBlocked:
        return True
    return False


@pytest.mark.parametrize(
    ("status", "expected"),
    [("200", False), ("302", False), ("399", False), ("400", True), ("403", True), ("404", False),
     ("410", False), ("500", True), ("Timeout", True), (BLOCK_PAGE, True)],
)  # fmt: skip
def test_what_is_a_failure_of_a_host(status, expected) -> None:
    assert failed(status) is expected


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["500"] * 2, False),
        (["500"] * 3, True),
        (["500", "500", "200", "500", "500"], False),
        (["500", "500", "404", "500", "500", "Timeout"], True),
        ([*["200", BLOCK_PAGE] * 3], True),
        ([*["200", BLOCK_PAGE] * 2], False),
        (["500", "500", "200", BLOCK_PAGE], True),
        (["500", "500", "200", "200", BLOCK_PAGE], False),
    ],
)
def test_the_circuit_opens_after_three_failures_in_a_row(results, expected) -> None:
    """A block page came with a success: it takes that back, and is a failure itself."""
    assert is_open(breaker(*results)) is expected


@pytest.mark.parametrize(("after", "expected"), [(0, True), (599, True), (600, False)])
def test_the_circuit_is_open_until_the_host_has_cooled_down(after, expected) -> None:
    assert is_open(breaker(*["500"] * 3), after=after) is expected


def test_one_probe_closes_or_opens_it_again_for_as_long() -> None:
    probed = breaker(*["500"] * 3)
    probed.note(NOON.timestamp() + 700, "a", "500")
    assert is_open(probed, after=1299)
    probed.note(NOON.timestamp() + 1300, "a", "200")
    assert not is_open(probed, after=1301)


def test_other_hosts_have_circuits_of_their_own() -> None:
    assert not is_open(breaker(*["500"] * 3), host="b")


def test_the_message_has_the_failures_and_the_minutes_left() -> None:
    with pytest.raises(RequestBlocked, match=r"^a: circuit open after 4 failures .* in 7 minutes$"):
        breaker(*["500"] * 4).admit("a", NOON + timedelta(seconds=180))

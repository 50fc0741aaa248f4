"""Rate limit, daily quota and circuit breaker that several workers keep together."""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from flows.coordination.hosts import Hosts
from flows.coordination.postgres import Postgres
from flows.network.circuit_breaker import BLOCK_PAGE, failed, told_open
from flows.network.rate_limit import HostPolicies, RequestBlocked, told_spent
from warehouse.errors import CoordinationLost

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class SharedRateLimiter:
    """Waits for the slot that the database has given to the next request, whoever sends it."""

    policies: HostPolicies
    hosts: Hosts
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    jitter: Callable[[], float] = random.random

    def wait(self, host: str) -> None:
        """Return when the next request may be sent.

        Raises RequestBlocked beyond the quota, and where nobody can say what is spent.
        """
        policy = self.policies.of(host)
        pause = policy.min_interval_seconds + policy.jitter_seconds * self.jitter()
        try:
            slot = self.hosts.book(host, pause, policy.daily_budget)
        except CoordinationLost as lost:
            raise RequestBlocked(f"{host}: {lost}") from lost
        if slot is None:
            raise RequestBlocked(told_spent(host, policy))
        self.sleep(slot.wait)

    @property
    def spent(self) -> Counter[str]:
        """The requests of the day to each host, of all workers."""
        return Counter(self.hosts.spent())


@dataclass(frozen=True)
class SharedCircuitBreaker:
    """The circuit breaker, its state in the database; a single request of all workers probes."""

    policies: HostPolicies
    hosts: Hosts

    def note(self, _stamp: float, host: str, status: str) -> None:
        """Count the result of a request, or that its response was a block page.

        One that cannot be counted is logged: the response is there, and the next request waits.
        """
        try:
            self.hosts.note(host, failed=failed(status), disowned=status == BLOCK_PAGE)
        except CoordinationLost as lost:
            LOG.warning("%s: not counted: %s", host, lost)

    def admit(self, host: str, _at: datetime) -> None:
        """Raise RequestBlocked while the circuit of the host is open."""
        policy = self.policies.of(host)
        try:
            found = self.hosts.open_for(host, policy.give_up_after, policy.cool_down_seconds)
        except CoordinationLost as lost:
            raise RequestBlocked(f"{host}: {lost}") from lost
        if found is not None:
            raise RequestBlocked(told_open(host, *found))


@contextmanager
def shared_limits(
    address: str, policies: HostPolicies, sleep: Callable[[float], None]
) -> Iterator[tuple[SharedRateLimiter, SharedCircuitBreaker]]:
    """Both, on one connection to the database at an address."""
    with closing(Postgres(address)) as database:
        hosts = Hosts(database)
        yield SharedRateLimiter(policies, hosts, sleep), SharedCircuitBreaker(policies, hosts)

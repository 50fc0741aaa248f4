"""Circuit breaker of each host: after failures in a row it gets no request for a while."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from flows.network.rate_limit import HostPolicies, RequestBlocked

BLOCK_PAGE = "block page"  # status in the log of a response that turned out to be no data
NOT_THERE = {404, 410}  # a page that is not there says nothing about its host


class Breaker(Protocol):
    """What blocks requests to a host that fails: of this process alone, or of all workers."""

    def note(self, stamp: float, host: str, status: str) -> None:
        """Count the result of a request at a Unix time, or that its response was a block page."""

    def admit(self, host: str, at: datetime) -> None:
        """Raise RequestBlocked while the circuit of the host is open."""


@dataclass
class CircuitBreaker:
    """Blocks requests to a host for a while after several failures in a row.

    Closed; open after `give_up_after` failures; half open when it has cooled down: then one request
    probes the host; a success closes it, a failure opens it again. Its state follows from the
    request log alone, so that it outlives the process.
    """

    policies: HostPolicies
    failures: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)  # failures up to the last success
    last: dict[str, float] = field(default_factory=dict)

    def note(self, stamp: float, host: str, status: str) -> None:
        """Count the result of a request at a Unix time, or that its response was a block page."""
        if not failed(status):
            self.before[host] = self.failures[host]
            self.failures[host] = 0
            return
        if status == BLOCK_PAGE:
            self.failures[host] = self.before[host]
        self.failures[host] += 1
        self.last[host] = stamp

    def admit(self, host: str, at: datetime) -> None:
        """Raise RequestBlocked while the circuit of the host is open."""
        policy, failures = self.policies.of(host), self.failures[host]
        rest = self.last.get(host, 0.0) + policy.cool_down_seconds - at.timestamp()
        if failures >= policy.give_up_after and rest > 0:
            raise RequestBlocked(told_open(host, failures, rest))


def failed(status: str) -> bool:
    """Whether a status in the log, a number or a class of failure, is a failure of the host."""
    return not status.isdigit() or (int(status) >= 400 and int(status) not in NOT_THERE)


def told_open(host: str, failures: int, rest: float) -> str:
    return (
        f"{host}: circuit open after {failures} failures in a row; next attempt in "
        f"{rest / 60:.0f} minutes"
    )

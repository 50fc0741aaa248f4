"""Rate limit and daily quota of each host."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import requests

from flows.settings import Host


class RequestBlocked(requests.ConnectionError):
    """A request blocked locally: quota spent, circuit open, or no network."""


@dataclass(frozen=True)
class Pace:
    """The clock that rate limits go by: seconds that only rise, and how to wait some of them."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)


@dataclass(frozen=True)
class HostPolicies:
    """The settings of each host."""

    hosts: Mapping[str, Host]
    unlimited: bool = False  # the offline exchange needs no pauses and no quota

    def of(self, host: str) -> Host:
        chosen = self.hosts.get(host) or self.hosts.get("default") or Host()
        unpaced = {"min_interval_seconds": 0, "jitter_seconds": 0, "daily_budget": 10**9}
        return chosen.model_copy(update=unpaced) if self.unlimited else chosen


class Limiter(Protocol):
    """What lets requests go: this process alone, or all workers together."""

    @property
    def policies(self) -> HostPolicies:
        """The settings of each host."""

    @property
    def spent(self) -> Mapping[str, int]:
        """The requests of the day to each host."""

    def wait(self, host: str) -> None:
        """Return when the next request may be sent; raises RequestBlocked beyond the quota."""


@dataclass
class RateLimiter:
    """A pause with jitter between requests to a host, and a daily quota.

    `free_at` is the monotonic time of the next request to a host, `spent` the requests of the day.
    """

    policies: HostPolicies
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    jitter: Callable[[], float] = random.random
    free_at: dict[str, float] = field(default_factory=dict)
    spent: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, host: str) -> None:
        """Return when the next request may be sent; raises RequestBlocked beyond the quota."""
        policy = self.policies.of(host)
        with self.lock:
            if self.spent[host] >= policy.daily_budget:
                raise RequestBlocked(told_spent(host, policy))
            self.spent[host] += 1
            now = self.monotonic()
            begin = max(now, self.free_at.get(host, now))
            pause = policy.min_interval_seconds + policy.jitter_seconds * self.jitter()
            self.free_at[host] = begin + pause
        if begin > now:
            self.sleep(begin - now)

    def note(self, stamp: float, host: str, at: datetime) -> None:
        """Count a request that an earlier run made at a Unix time."""
        self.spent[host] += 1
        owed = stamp + self.policies.of(host).min_interval_seconds - at.timestamp()
        self.free_at[host] = self.monotonic() + max(owed, 0.0)


def told_spent(host: str, policy: Host) -> str:
    return (
        f"{host}: the daily quota of {policy.daily_budget:,} requests is spent; "
        "raise hosts.<host>.daily_budget or wait until tomorrow"
    )

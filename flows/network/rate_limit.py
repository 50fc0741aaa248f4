"""Rate limit, daily quota and circuit breaker of each host; a request log outlives the process."""

from __future__ import annotations

import csv
import logging
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests

from flows.settings import Host
from warehouse.storage.atomic import FILE, private_folder

LOG = logging.getLogger(__name__)
BLOCK_PAGE = "block page"  # status in the log of a response that turned out to be no data
NOT_THERE = {404, 410}  # a page that is not there says nothing about its host


class RequestBlocked(requests.ConnectionError):
    """A request blocked locally: quota spent or circuit open."""


@dataclass(frozen=True)
class HostPolicies:
    """The settings of each host."""

    hosts: Mapping[str, Host]
    unlimited: bool = False  # the offline exchange needs no pauses and no quota

    def of(self, host: str) -> Host:
        chosen = self.hosts.get(host) or self.hosts.get("default") or Host()
        unpaced = {"min_interval_seconds": 0, "jitter_seconds": 0, "daily_budget": 10**9}
        return chosen.model_copy(update=unpaced) if self.unlimited else chosen


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
                raise RequestBlocked(
                    f"{host}: the daily quota of {policy.daily_budget} requests is spent; "
                    "raise hosts.<host>.daily_budget or wait until tomorrow"
                )
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
            raise RequestBlocked(
                f"{host}: circuit open after {failures} failures in a row; next attempt in "
                f"{rest / 60:.0f} minutes"
            )


def failed(status: str) -> bool:
    """Whether a status in the log, a number or a class of failure, is a failure of the host."""
    return not status.isdigit() or (int(status) >= 400 and int(status) not in NOT_THERE)


@dataclass(frozen=True)
class RequestLog:
    """Every request of a day, one line each: quota and circuits are rebuilt from it.

    Columns: Unix time, host, status (or the class of the failure), file of the body, address.
    """

    path: Path

    def add(self, at: datetime, host: str, status: str, body: str, url: str) -> None:
        private_folder(self.path.parent)
        self.path.touch(FILE)
        with self.path.open("a", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerow([f"{at.timestamp():.3f}", host, status, body, url])

    def lines(self) -> list[list[str]]:
        """The lines that can be read; one that was torn or overwritten counts for nothing."""
        return [fields for line in self._raw() if (fields := parsed(line)) is not None]

    def resume(self, limiter: RateLimiter, breaker: CircuitBreaker, at: datetime) -> None:
        """Bring both to where the requests so far have left them."""
        lines = self.lines()
        if lost := len(self._raw()) - len(lines):
            LOG.warning("%s: %d damaged lines are left out of the day's count", self.path, lost)
        self._end_last_line()
        for stamp, host, status, *_ in lines:
            then = min(float(stamp), at.timestamp())  # no request was sent in the future
            breaker.note(then, host, status)
            if status != BLOCK_PAGE:
                limiter.note(then, host, at)

    def _raw(self) -> list[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else []

    def _end_last_line(self) -> None:
        """What a kill has torn is a line of its own, so that the next one is whole."""
        if self.path.exists() and not self.path.read_bytes().endswith(b"\n"):
            with self.path.open("ab") as handle:
                handle.write(b"\r\n")


def parsed(line: bytes) -> list[str] | None:
    """Time, host, status, file and address of a request; None if the line is none of ours."""
    try:
        fields = next(csv.reader([line.decode("utf-8")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    ours = (r"\d{1,12}\.\d{3}", r"[\w.:-]*", r"\d{3}|[A-Za-z ]+", r"[^\0]*", r"[^\0]*")
    sound = len(fields) == len(ours) and all(
        re.fullmatch(pattern, field, re.ASCII) for pattern, field in zip(ours, fields, strict=True)
    )
    return fields if sound else None

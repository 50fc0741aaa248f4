"""Manners towards upstreams: pauses, a budget for the day, and leaving a silent host alone."""

from __future__ import annotations

import csv
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests

from flows.settings import Host
from warehouse.atomic import FILE, private_folder

BLOCK_PAGE = "block page"  # what the log says of an answer that turned out to be no data
NOT_THERE = {404, 410}  # a page that is not there says nothing about its host


class NotAsked(requests.ConnectionError):
    """A request that was not made, out of politeness."""


@dataclass(frozen=True)
class Manners:
    """What the settings say about each host."""

    hosts: Mapping[str, Host]
    hurried: bool = False  # the offline exchange needs no pauses and no budget

    def towards(self, host: str) -> Host:
        told = self.hosts.get(host) or self.hosts.get("default") or Host()
        unpaced = {"min_interval_seconds": 0, "jitter_seconds": 0, "daily_budget": 10**9}
        return told.model_copy(update=unpaced) if self.hurried else told


@dataclass
class Gate:
    """A pause with jitter between requests to a host, and a budget for the day.

    `free_at` is the moment from which a host may be asked again, `spent` the requests of the day.
    """

    manners: Manners
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    jitter: Callable[[], float] = random.random
    free_at: dict[str, float] = field(default_factory=dict)
    spent: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, host: str) -> None:
        """Return when the host may be asked again; raises NotAsked beyond the budget."""
        manners = self.manners.towards(host)
        with self.lock:
            if self.spent[host] >= manners.daily_budget:
                raise NotAsked(
                    f"{host}: the daily budget of {manners.daily_budget} requests is spent; "
                    "raise hosts.<host>.daily_budget or wait until tomorrow"
                )
            self.spent[host] += 1
            now = self.monotonic()
            begin = max(now, self.free_at.get(host, now))
            pause = manners.min_interval_seconds + manners.jitter_seconds * self.jitter()
            self.free_at[host] = begin + pause
        if begin > now:
            self.sleep(begin - now)

    def note(self, stamp: float, host: str, at: datetime) -> None:
        """Count a request that an earlier run made at a Unix time."""
        self.spent[host] += 1
        owed = stamp + self.manners.towards(host).min_interval_seconds - at.timestamp()
        self.free_at[host] = self.monotonic() + max(owed, 0.0)


@dataclass
class Breaker:
    """Leaves a host alone for a while after several requests in a row without an answer.

    Closed; open after `give_up_after` failures; half open when it has cooled down: then one request
    probes the host, whose answer closes it and whose failure opens it again. It knows nothing but
    the lines of the request log, so that it outlives the process.
    """

    manners: Manners
    failures: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)  # failures up to the last answer
    last: dict[str, float] = field(default_factory=dict)

    def note(self, stamp: float, host: str, outcome: str) -> None:
        """Learn what became of a request at a Unix time, or that its answer was a block page."""
        if not failed(outcome):
            self.before[host] = self.failures[host]
            self.failures[host] = 0
            return
        if outcome == BLOCK_PAGE:
            self.failures[host] = self.before[host]
        self.failures[host] += 1
        self.last[host] = stamp

    def admit(self, host: str, at: datetime) -> None:
        """Raise NotAsked while the host is left alone."""
        manners, failures = self.manners.towards(host), self.failures[host]
        rest = self.last.get(host, 0.0) + manners.cool_down_seconds - at.timestamp()
        if failures >= manners.give_up_after and rest > 0:
            raise NotAsked(
                f"{host}: {failures} requests in a row had no answer; it is left alone for "
                f"another {rest / 60:.0f} minutes"
            )


def failed(outcome: str) -> bool:
    """Whether an outcome in the log, a status or a class of failure, is no answer."""
    return not outcome.isdigit() or (int(outcome) >= 400 and int(outcome) not in NOT_THERE)


@dataclass(frozen=True)
class RequestLog:
    """Every request of a day, one line each, so that manners outlive the process that has them.

    Columns: Unix time, host, status (or the class of the failure), file of the body, address.
    """

    path: Path

    def add(self, at: datetime, host: str, outcome: str, body: str, url: str) -> None:
        private_folder(self.path.parent)
        self.path.touch(FILE)
        with self.path.open("a", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerow([f"{at.timestamp():.3f}", host, outcome, body, url])

    def lines(self) -> list[list[str]]:
        if not self.path.exists():
            return []
        with self.path.open(encoding="utf-8", newline="") as handle:
            return list(csv.reader(handle))

    def resume(self, gate: Gate, breaker: Breaker, at: datetime) -> None:
        """Bring both to where the requests so far have left them."""
        for stamp, host, outcome, *_ in self.lines():
            breaker.note(float(stamp), host, outcome)
            if outcome != BLOCK_PAGE:
                gate.note(float(stamp), host, at)

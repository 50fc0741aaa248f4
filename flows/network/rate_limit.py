"""Manners towards upstreams: pauses, a budget for the day, and leaving a silent host alone."""

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
        """The lines that can be read; one that was torn or overwritten counts for nothing."""
        return [fields for line in self._raw() if (fields := parsed(line)) is not None]

    def resume(self, gate: Gate, breaker: Breaker, at: datetime) -> None:
        """Bring both to where the requests so far have left them."""
        lines = self.lines()
        if lost := len(self._raw()) - len(lines):
            LOG.warning("%s: %d damaged lines are left out of the day's count", self.path, lost)
        self._end_last_line()
        for stamp, host, outcome, *_ in lines:
            then = min(float(stamp), at.timestamp())  # nobody was asked in the future
            breaker.note(then, host, outcome)
            if outcome != BLOCK_PAGE:
                gate.note(then, host, at)

    def _raw(self) -> list[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else []

    def _end_last_line(self) -> None:
        """What a kill has torn is a line of its own, so that the next one is whole."""
        if self.path.exists() and not self.path.read_bytes().endswith(b"\n"):
            with self.path.open("ab") as handle:
                handle.write(b"\r\n")


def parsed(line: bytes) -> list[str] | None:
    """Time, host, outcome, file and address of a request; None if the line is none of ours."""
    try:
        fields = next(csv.reader([line.decode("utf-8")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    ours = (r"\d{1,12}\.\d{3}", r"[\w.:-]*", r"\d{3}|[A-Za-z ]+", r"[^\0]*", r"[^\0]*")
    sound = len(fields) == len(ours) and all(
        re.fullmatch(pattern, field, re.ASCII) for pattern, field in zip(ours, fields, strict=True)
    )
    return fields if sound else None

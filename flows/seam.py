"""The one seam through which all HTTP passes: time limit, manners, archive, and the sandbox.

Every requests-based call of akshare ends in `HTTPAdapter.send`; patching it at class level catches
sessions and adapters that akshare makes for itself.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from flows.settings import Host
from flows.workspace import Workspace
from warehouse.transcripts import Heard

# Eastmoney drops connections on its numbered quote hosts; this one serves the same lists.
CLOSED = re.compile(r"^https?://(\d+\.)?push2\.eastmoney\.com/")
OPEN = "https://push2delay.eastmoney.com/"
UNHURRIED = Host(min_interval_seconds=0, jitter_seconds=0, daily_budget=10**9)


@dataclass
class Gate:
    """Manners towards hosts: a pause with jitter between requests, and a budget for the day.

    `free_at` is the moment from which a host may be asked again, `spent` the requests of the day.
    """

    hosts: dict[str, Host]
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    free_at: dict[str, float] = field(default_factory=dict)
    spent: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def manners(self, host: str) -> Host:
        return self.hosts.get(host) or self.hosts.get("default") or Host()

    def wait(self, host: str) -> None:
        """Return when the host may be asked again; raises ConnectionError beyond the budget."""
        manners = self.manners(host)
        with self.lock:
            if self.spent[host] >= manners.daily_budget:
                raise requests.ConnectionError(
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


@dataclass(frozen=True)
class RequestLog:
    """Every request of a day, one line each, so that a budget outlives the process that spends it.

    Columns: Unix time, host, status (or the class of the failure), file of the body, address.
    """

    path: Path

    def add(self, at: datetime, host: str, outcome: str, body: str, url: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerow([f"{at.timestamp():.3f}", host, outcome, body, url])

    def lines(self) -> list[list[str]]:
        if not self.path.exists():
            return []
        with self.path.open(encoding="utf-8", newline="") as handle:
            return list(csv.reader(handle))

    def resume(self, gate: Gate, at: datetime) -> Gate:
        """The gate as the requests so far have left it."""
        for stamp, host, *_ in self.lines():
            gate.spent[host] += 1
            owed = float(stamp) + gate.manners(host).min_interval_seconds - at.timestamp()
            gate.free_at[host] = gate.monotonic() + max(owed, 0.0)
        return gate


@dataclass
class Recorder:
    """Bodies of responses in the order in which they came, and where they are archived."""

    folder: Path
    clock: Callable[[], datetime]
    bodies: list[Path] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    last: requests.Response | None = None
    requests_per_host: Counter[str] = field(default_factory=Counter)

    @property
    def log(self) -> RequestLog:
        """The log of the day in Shanghai."""
        return RequestLog(self.folder / f"{self.clock():%Y-%m-%d}" / "requests.csv")

    def keep(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """The body compressed under its own hash; the same body twice is one file."""
        self.last = response
        path = self._archived(response.content)
        self.bodies.append(path)
        self.heard.append(Heard(str(request.url), response.status_code, response.content))
        self._write_down(request, str(response.status_code), str(path))

    def miss(self, request: requests.PreparedRequest, error: Exception) -> None:
        """A request that got no answer."""
        self.heard.append(Heard(str(request.url), 0, b""))
        self._write_down(request, type(error).__name__, "")

    def taken(self) -> list[str]:
        """The files recorded since the last call."""
        files, self.bodies, self.heard = [str(p) for p in self.bodies], [], []
        return files

    def _archived(self, body: bytes) -> Path:
        digest = hashlib.sha256(body).hexdigest()[:32]
        path = self.folder / f"{self.clock():%Y-%m-%d}" / f"{digest}.gz"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".tmp")
            unfinished.write_bytes(gzip.compress(body, compresslevel=6, mtime=0))
            unfinished.replace(path)
        return path.relative_to(self.folder.parent)

    def _write_down(self, request: requests.PreparedRequest, outcome: str, body: str) -> None:
        host = host_of(request)
        self.requests_per_host[host] += 1
        self.log.add(self.clock(), host, outcome, body, str(request.url))


@dataclass(frozen=True)
class Transport:
    """What stands where `HTTPAdapter.send` stood."""

    gate: Gate
    recorder: Recorder
    network: Callable[..., requests.Response]
    timeout_seconds: float

    def send(
        self, adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        """The answer, limited in time, after a pause, archived."""
        request.url = CLOSED.sub(OPEN, str(request.url))
        self.gate.wait(host_of(request))
        options["timeout"] = options.get("timeout") or self.timeout_seconds
        try:
            response = self.network(adapter, request, **options)
            self.recorder.keep(request, response)  # reads the body, which may break off
        except requests.RequestException as error:
            self.recorder.miss(request, error)
            raise
        return response


def host_of(request: requests.PreparedRequest) -> str:
    return urlsplit(str(request.url)).hostname or ""


@contextmanager
def seam(ws: Workspace) -> Iterator[Recorder]:
    """Inside, every HTTP request of this process is limited, paced, archived, or simulated."""
    recorder = Recorder(ws.settings.home / "raw", lambda: ws.now)
    gate = Gate({"default": UNHURRIED} if ws.simulated else ws.settings.hosts)
    recorder.log.resume(gate, ws.now)
    transport = Transport(gate, recorder, network(ws), ws.settings.timeout_seconds)

    def send(
        adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        return transport.send(adapter, request, **options)

    with patch.object(HTTPAdapter, "send", send):
        yield recorder


def network(ws: Workspace) -> Callable[..., requests.Response]:
    """What answers requests: the offline exchange, or the adapter that is being replaced."""
    exchange = ws.exchange
    if exchange is None:
        return HTTPAdapter.send

    def simulated(
        _adapter: HTTPAdapter, request: requests.PreparedRequest, **_options: Any
    ) -> requests.Response:
        return exchange(request)

    return simulated

"""The one transport of all HTTP: limits, rate limits, the archive, and the offline exchange."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests

from flows.network.circuit_breaker import BLOCK_PAGE, Breaker, CircuitBreaker
from flows.network.intercept import Perform, intercepted
from flows.network.payloads import insist_on_literals
from flows.network.rate_limit import HostPolicies, Limiter, Pace, RateLimiter, RequestBlocked
from flows.network.reachability import Reachability
from flows.network.request_log import RequestLog
from flows.network.response_limits import CALL, Limits, Refused, insist_on_small_workbook, whole
from flows.network.turns import resting
from flows.network.upstreams import Upstreams
from flows.workspace import Workspace
from warehouse.response import Response
from warehouse.storage.atomic import write_atomically

# Eastmoney drops connections on its numbered quote hosts; this one serves the same lists.
CLOSED = re.compile(r"^https?://(\d+\.)?push2\.eastmoney\.com/")
OPEN = "https://push2delay.eastmoney.com/"
PAGES = "the pages of one call have together"


@dataclass
class Recorder:
    """Bodies of responses in the order in which they came, and where they are archived."""

    folder: Path
    clock: Callable[[], datetime]
    subject: str = ""  # what the requests are for, in messages
    breaker: Breaker = field(default_factory=lambda: CircuitBreaker(HostPolicies({})))
    bodies: list[Path] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    last: requests.Response | None = None
    failures: dict[str, Exception] = field(default_factory=dict)
    requests_per_host: Counter[str] = field(default_factory=Counter)

    @property
    def log(self) -> RequestLog:
        """The log of the day in Shanghai."""
        return RequestLog.of_day(self.folder, self.clock())

    def keep(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """The body compressed under its own hash; the same body twice is one file."""
        self.last = response
        self.failures.pop(str(request.url), None)
        path = self._archived(response.content)
        self.bodies.append(path)
        self.responses.append(Response(str(request.url), response.status_code, response.content))
        self._write_down(request, str(response.status_code), str(path))

    def miss(self, request: requests.PreparedRequest, error: Exception) -> None:
        """A request without a response, with one that was refused, or blocked locally."""
        self.failures[str(request.url)] = error
        if isinstance(error, Refused) and error.response is not None:
            self.disown(error.response)
            return
        self.responses.append(Response(str(request.url), 0, b""))
        if not isinstance(error, RequestBlocked):
            self._write_down(request, type(error).__name__, "")

    def disown(self, response: requests.Response) -> None:
        """What looked like data is a block page, or nothing that may be handed on."""
        if response.ok:
            host = urlsplit(str(response.url)).hostname or ""
            self._log(host, BLOCK_PAGE, "", str(response.url))

    def begin(self) -> None:
        """Forget the responses to the call before."""
        self.last = None
        self.responses.clear()
        self.failures.clear()

    @property
    def failure(self) -> Exception | None:
        """Why a request since the beginning of the call had no response, not even when repeated."""
        return next(iter(self.failures.values()), None)

    @property
    def refusal(self) -> Refused | None:
        """Why a response to the call was not handed to akshare, if one was not."""
        return next((e for e in self.failures.values() if isinstance(e, Refused)), None)

    def taken(self) -> list[str]:
        """The files recorded since the last call."""
        files, self.bodies, self.responses = [str(p) for p in self.bodies], [], []
        return files

    def _archived(self, body: bytes) -> Path:
        digest = hashlib.sha256(body).hexdigest()[:32]
        path = self.folder / f"{self.clock():%Y-%m-%d}" / f"{digest}.gz"
        if not path.exists():
            write_atomically(path, gzip.compress(body, compresslevel=6, mtime=0))
        return path.relative_to(self.folder.parent)

    def _write_down(self, request: requests.PreparedRequest, status: str, body: str) -> None:
        host = host_of(request)
        self.requests_per_host[host] += 1
        self._log(host, status, body, str(request.url))

    def _log(self, host: str, status: str, body: str, url: str) -> None:
        now = self.clock()
        self.breaker.note(now.timestamp(), host, status)
        self.log.add(now, host, status, body, url)


@dataclass(frozen=True)
class Network:
    """What all requests have in common: the limits of hosts, and whether any can be reached."""

    limiter: Limiter
    breaker: Breaker
    reach: Reachability


@dataclass(frozen=True)
class Transport:
    """What stands where the network stood."""

    network: Network
    recorder: Recorder
    exchange: Callable[[requests.PreparedRequest], requests.Response] | None
    limits: Limits
    upstreams: Upstreams

    def send(self, request: requests.PreparedRequest, perform: Perform) -> requests.Response:
        """The response: after a pause, limited in time and size, archived; none of an open circuit.

        What must not reach akshare is refused: whatever it raises or returns then, the call fails.
        """
        request.url = CLOSED.sub(OPEN, str(request.url))
        try:
            self.upstreams.insist(request.url)
            response = self._response(request, perform)
            size = sum(len(h.body) for h in self.recorder.responses)
            self.limits.insist(request.url, size + len(response.content), PAGES, CALL)
            self.recorder.keep(request, response)
            self.upstreams.insist_on_redirect(response)
            insist_on_small_workbook(response, self.limits)
            insist_on_literals(response)
        except requests.RequestException as error:
            self.network.reach.note(host_of(request), error)
            self.recorder.miss(request, error)
            raise
        self.network.reach.note(host_of(request))
        return response

    def _response(self, request: requests.PreparedRequest, perform: Perform) -> requests.Response:
        """What the host sends, when it is its turn; others work while it is waited for."""
        host = host_of(request)
        self.network.reach.insist()
        self.network.breaker.admit(host, self.recorder.clock())
        with resting():
            self.network.limiter.wait(host)
            if not self.exchange:
                return perform(self.limits)
        return whole(self.exchange(request), self.limits)


def host_of(request: requests.PreparedRequest) -> str:
    return urlsplit(str(request.url)).hostname or ""


_NETWORK: ContextVar[Network | None] = ContextVar("network", default=None)
_TRANSPORT: ContextVar[Transport] = ContextVar("transport")


@contextmanager
def shared_network(
    ws: Workspace, reach: Reachability | None = None, pace: Pace | None = None
) -> Iterator[Network]:
    """Inside, every HTTP request of this process is limited and archived, or simulated.

    What opens the network inside shares its limits. pace: the clock of the rate limits; with one,
    the offline exchange, which needs none, keeps them, too.
    """
    with limits(ws, pace) as (limiter, breaker):
        network = Network(limiter, breaker, reach or Reachability())
        token = _NETWORK.set(network)
        try:
            with intercepted(lambda request, perform: _TRANSPORT.get().send(request, perform)):
                yield network
        finally:
            _NETWORK.reset(token)


@contextmanager
def limits(ws: Workspace, pace: Pace | None) -> Iterator[tuple[Limiter, Breaker]]:
    """The limits of hosts: those of all workers, or of this process from its log of the day on."""
    policies = HostPolicies(ws.settings.hosts, unlimited=ws.simulated and pace is None)
    clock = pace or Pace()
    if (address := ws.settings.coordination) and pace is None:
        from flows.network.shared_limits import shared_limits  # noqa: PLC0415 - needs a driver

        with shared_limits(address, policies, clock.sleep) as shared:
            yield shared
        return
    limiter, breaker = RateLimiter(policies, clock.monotonic, clock.sleep), CircuitBreaker(policies)
    RequestLog.of_day(raw_folder(ws), ws.now).resume(limiter, breaker, ws.now)
    yield limiter, breaker


@contextmanager
def open_network(ws: Workspace, reach: Reachability | None = None) -> Iterator[Recorder]:
    """Inside, the requests of this context are recorded; the network is opened if it is not."""
    with ExitStack() as opened:
        network = _NETWORK.get() or opened.enter_context(shared_network(ws, reach))
        recorder = recorder_of(ws, network)
        s = ws.settings
        limits = Limits(s.timeout_seconds, s.deadline_seconds, s.body_megabytes)
        upstreams = Upstreams(s.hosts.keys() - {"default"})
        transport = Transport(network, recorder, ws.exchange, limits, upstreams)
        token = _TRANSPORT.set(transport)
        try:
            yield recorder
        finally:
            _TRANSPORT.reset(token)


def recorder_of(ws: Workspace, network: Network) -> Recorder:
    return Recorder(raw_folder(ws), lambda: ws.now, breaker=network.breaker)


def raw_folder(ws: Workspace) -> Path:
    return ws.settings.home / "raw"

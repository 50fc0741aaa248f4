"""The one seam through which all HTTP passes: limits, manners, archive, and the sandbox."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests

from flows.network.intercept import Ask, intercepted
from flows.network.limits import CALL, Limits, Refused, insist_on_small_workbook, whole
from flows.network.payloads import insist_on_literals
from flows.network.rate_limit import BLOCK_PAGE, Breaker, Gate, Manners, NotAsked, RequestLog
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
    breaker: Breaker = field(default_factory=lambda: Breaker(Manners({})))
    bodies: list[Path] = field(default_factory=list)
    heard: list[Response] = field(default_factory=list)
    last: requests.Response | None = None
    unheard: dict[str, Exception] = field(default_factory=dict)
    requests_per_host: Counter[str] = field(default_factory=Counter)

    @property
    def log(self) -> RequestLog:
        """The log of the day in Shanghai."""
        return RequestLog(self.folder / f"{self.clock():%Y-%m-%d}" / "requests.csv")

    def keep(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """The body compressed under its own hash; the same body twice is one file."""
        self.last = response
        self.unheard.pop(str(request.url), None)
        path = self._archived(response.content)
        self.bodies.append(path)
        self.heard.append(Response(str(request.url), response.status_code, response.content))
        self._write_down(request, str(response.status_code), str(path))

    def miss(self, request: requests.PreparedRequest, error: Exception) -> None:
        """A request that got no answer or one that was refused, or was not made."""
        self.unheard[str(request.url)] = error
        if isinstance(error, Refused) and error.response is not None:
            self.disown(error.response)
            return
        self.heard.append(Response(str(request.url), 0, b""))
        if not isinstance(error, NotAsked):
            self._write_down(request, type(error).__name__, "")

    def disown(self, response: requests.Response) -> None:
        """What looked like an answer is a block page, or nothing that may be handed on."""
        if response.ok:
            host = urlsplit(str(response.url)).hostname or ""
            self._log(host, BLOCK_PAGE, "", str(response.url))

    def begin(self) -> None:
        """Forget the responses to the call before."""
        self.last = None
        self.heard.clear()
        self.unheard.clear()

    @property
    def silence(self) -> Exception | None:
        """Why a request since the beginning of the call got no answer, not even to a repetition."""
        return next(iter(self.unheard.values()), None)

    @property
    def refusal(self) -> Refused | None:
        """Why an answer to the call was not handed to akshare, if one was not."""
        return next((e for e in self.unheard.values() if isinstance(e, Refused)), None)

    def taken(self) -> list[str]:
        """The files recorded since the last call."""
        files, self.bodies, self.heard = [str(p) for p in self.bodies], [], []
        return files

    def _archived(self, body: bytes) -> Path:
        digest = hashlib.sha256(body).hexdigest()[:32]
        path = self.folder / f"{self.clock():%Y-%m-%d}" / f"{digest}.gz"
        if not path.exists():
            write_atomically(path, gzip.compress(body, compresslevel=6, mtime=0))
        return path.relative_to(self.folder.parent)

    def _write_down(self, request: requests.PreparedRequest, outcome: str, body: str) -> None:
        host = host_of(request)
        self.requests_per_host[host] += 1
        self._log(host, outcome, body, str(request.url))

    def _log(self, host: str, outcome: str, body: str, url: str) -> None:
        now = self.clock()
        self.breaker.note(now.timestamp(), host, outcome)
        self.log.add(now, host, outcome, body, url)


@dataclass(frozen=True)
class Transport:
    """What stands where the network stood."""

    gate: Gate
    recorder: Recorder
    exchange: Callable[[requests.PreparedRequest], requests.Response] | None
    limits: Limits
    upstreams: Upstreams

    def send(self, request: requests.PreparedRequest, ask: Ask) -> requests.Response:
        """The answer, limited in time and size, after a pause, archived; nobody asks a silent host.

        What must not reach akshare is refused: whatever it raises or returns then, the call fails.
        """
        request.url = CLOSED.sub(OPEN, str(request.url))
        try:
            self.upstreams.insist(request.url)
            self.recorder.breaker.admit(host_of(request), self.recorder.clock())
            self.gate.wait(host_of(request))
            answer = (
                whole(self.exchange(request), self.limits) if self.exchange else ask(self.limits)
            )
            heard = sum(len(h.body) for h in self.recorder.heard)
            self.limits.insist(request.url, heard + len(answer.content), PAGES, CALL)
            self.recorder.keep(request, answer)
            self.upstreams.insist_on_redirect(answer)
            insist_on_small_workbook(answer, self.limits)
            insist_on_literals(answer)
        except requests.RequestException as error:
            self.recorder.miss(request, error)
            raise
        return answer


def host_of(request: requests.PreparedRequest) -> str:
    return urlsplit(str(request.url)).hostname or ""


@contextmanager
def seam(ws: Workspace) -> Iterator[Recorder]:
    """Inside, every HTTP request of this process is limited, paced, archived, or simulated."""
    manners = Manners(ws.settings.hosts, hurried=ws.simulated)
    gate, breaker = Gate(manners), Breaker(manners)
    recorder = Recorder(ws.settings.home / "raw", lambda: ws.now, breaker)
    recorder.log.resume(gate, breaker, ws.now)
    s = ws.settings
    limits = Limits(s.timeout_seconds, s.deadline_seconds, s.body_megabytes)
    upstreams = Upstreams(s.hosts.keys() - {"default"})
    transport = Transport(gate, recorder, ws.exchange, limits, upstreams)
    with intercepted(transport.send):
        yield recorder

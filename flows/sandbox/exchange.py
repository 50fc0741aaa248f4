"""The exchange: takes a prepared request where the network would, gives back an upstream's answer.

It never meets the network, the real clock or randomness. An address that nobody serves fails as it
would without a network.
"""

import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError, ProtocolError

from flows.network.intercept import intercepted
from flows.sandbox.faults import Fault, Kind, spoil
from flows.sandbox.formats.wire import HTML, Answer, Query
from flows.sandbox.market.market import Market
from flows.sandbox.registry import Endpoint, load_endpoints
from flows.sandbox.view import View, shanghai_time

Clock = datetime | Callable[[], datetime]

BLOCKED = "<html><head><title>{0}</title></head><body><h1>{0} Forbidden</h1></body></html>"


@dataclass(frozen=True)
class Entry:
    """A request that reached the exchange."""

    at: datetime
    method: str
    host: str
    endpoint: str
    url: str
    fault: Kind | None


class Exchange:
    """The upstreams of a simulated market at a moment.

    `now` is a datetime or a function that gives one; naive means Asia/Shanghai.
    """

    def __init__(self, market: Market, now: Clock) -> None:
        self.market = market
        self._now = now
        self._endpoints = load_endpoints()
        self._faults: list[Fault] = []
        self._struck: Counter[Fault] = Counter()
        self.log: list[Entry] = []

    @property
    def now(self) -> datetime:
        """The moment the exchange lives in: naive, Asia/Shanghai."""
        return shanghai_time(self._now if isinstance(self._now, datetime) else self._now())

    @property
    def requests_per_host(self) -> Counter[str]:
        """How many requests each host has got."""
        return Counter(entry.host for entry in self.log)

    def set_now(self, now: Clock) -> None:
        """Move to another moment."""
        self._now = now

    def inject(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._faults.append(fault)

    def heal(self) -> None:
        """Switch all faults off."""
        self._faults.clear()
        self._struck.clear()

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """The upstream's answer.

        Raises requests.ConnectionError for an address nobody serves, under a reset and where a
        name is not found, requests.ReadTimeout under a hang.
        """
        url = str(request.url)
        found, query = self._find(request)
        host = str(urlsplit(url).hostname)
        fault = self._fault(host, found.name)
        kind = fault.kind if fault else None
        self.log.append(Entry(self.now, str(request.method), host, found.name, url, kind))
        if fault and fault.kind in (Kind.RESET, Kind.UNRESOLVED, Kind.HANG):
            raise _broken(fault.kind, request)
        if fault and fault.kind is Kind.HTML:
            page = BLOCKED.format(fault.status).encode()
            return _response(request, page, HTML, fault.status)
        if fault and fault.kind is Kind.FORBIDDEN:
            return _response(request, b"", HTML, 403)
        behind = fault.behind if fault else timedelta(0)
        answer = self._answer(found, query, self.now - behind)
        rows = spoil(answer, fault, query) if fault else answer.rows
        said = _response(request, answer.encode(rows), answer.content_type, answer.status)
        for name in answer.cookies:
            said.cookies.set(name, f"{name}-SIMULATED")
        return said

    @contextmanager
    def installed(self) -> Iterator["Exchange"]:
        """While this lasts, everything that akshare's clients send comes here."""
        with intercepted(lambda request, _ask: self.send(request)):
            yield self

    def _answer(self, found: Endpoint, query: Query, at: datetime) -> Answer:
        return found.answer(View(self.market, at), query)

    def _find(self, request: requests.PreparedRequest) -> tuple[Endpoint, Query]:
        parts = urlsplit(str(request.url))
        query = _query(request)
        for candidate in self._endpoints:
            matched = candidate.match(str(parts.hostname), unquote(parts.path), query)
            if matched is not None:
                return candidate, matched
        raise requests.ConnectionError(
            f"the sandbox serves no such address: {request.url}", request=request
        )

    def _fault(self, host: str, endpoint: str) -> Fault | None:
        for fault in self._faults:
            spent = fault.times is not None and self._struck[fault] >= fault.times
            if not spent and fault.strikes(host, endpoint):
                self._struck[fault] += 1
                return fault
        return None


def _query(request: requests.PreparedRequest) -> Query:
    """Parameters of the address and of a body, a form or JSON; the last one wins.

    Lists and the like in JSON stay JSON.
    """
    pairs = parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True)
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    if "json" in request.headers.get("Content-Type", ""):
        said = json.loads(str(body or "{}"))
        return dict(pairs) | {
            k: v if isinstance(v, str) else json.dumps(v) for k, v in said.items()
        }
    return dict(pairs + parse_qsl(str(body or ""), keep_blank_values=True))


def _broken(kind: Kind, request: requests.PreparedRequest) -> requests.RequestException:
    if kind is Kind.HANG:
        return requests.ReadTimeout("Read timed out.", request=request)
    if kind is Kind.UNRESOLVED:
        return _unresolved(request)
    reason = "Connection aborted: Remote end closed connection without response"
    return requests.ConnectionError(ProtocolError(reason), request=request)


def _unresolved(request: requests.PreparedRequest) -> requests.ConnectionError:
    """What requests makes of a host's name that is not found."""
    host = str(urlsplit(str(request.url)).hostname)
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    reason = NameResolutionError(host, HTTPConnection(host), unknown)
    tried = MaxRetryError(HTTPConnectionPool(host), str(request.url), reason)
    return requests.ConnectionError(tried, request=request)


def _response(
    request: requests.PreparedRequest, body: bytes, content_type: str, status: int = 200
) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.raw = BytesIO(body)
    response.headers["Content-Type"] = content_type
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.url = str(request.url)
    response.request = request
    return response

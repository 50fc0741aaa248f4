"""An upstream on loopback that answers as told, and the clients that ask it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from threading import Event

import pandas as pd
import requests
from curl_cffi import requests as curl

from flows.settings import Host
from warehouse.catalog import Source

QUICK = Host(min_interval_seconds=0, jitter_seconds=0)
SMALL = {"deadline_seconds": 20, "timeout_seconds": 20, "body_megabytes": 1.0}
SHORT = {"deadline_seconds": 0.3, "timeout_seconds": 0.25}
OURS = Source("Somebody", "127.0.0.1", frozenset(), lambda _: [], lambda rows, _: rows)
CHUNKED = ("Transfer-Encoding", "chunked")
REFUSED = (requests.RequestException, curl.exceptions.RequestException)


def by_requests(url: str) -> bytes:
    return requests.get(url).content


def by_curl(url: str) -> bytes:
    return curl.get(url).content


def by_pandas(url: str) -> bytes:
    return pd.read_csv(url, header=None).to_csv(header=False, index=False).encode().strip()


CLIENTS = [by_requests, by_curl, by_pandas]


class Upstream(BaseHTTPRequestHandler):
    """An upstream that answers each path with what the test says."""

    protocol_version = "HTTP/1.1"
    paths: dict[str, Callable[[Upstream], None]] = {}  # noqa: RUF012
    asked: list[str] = []  # noqa: RUF012
    over: Event

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.close_connection = True
        with suppress(ConnectionError):
            self.paths[self.path](self)

    def log_message(self, *_said: object) -> None:
        pass

    def begin(self, *headers: tuple[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close")  # or a client may ask again where nobody listens
        self.end_headers()

    def drip(self, piece: bytes) -> None:
        """One piece after the other, each in time, without end."""
        while not self.over.wait(0.02):
            self.wfile.write(piece)


def to(location: str, status: int = 302) -> Callable[[Upstream], None]:
    return lambda upstream: upstream.begin(
        ("Location", location), ("Content-Length", "0"), status=status
    )


def arrived(upstream: Upstream) -> None:
    upstream.begin(("Content-Length", "3"))
    upstream.wfile.write(b"1,2")

"""A web hook on loopback, and workspaces whose operator listens there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from flows.settings import Mail, Notify, Settings
from flows.workspace import Workspace
from warehouse.shanghai import SHANGHAI
from warehouse.storage.store import Warehouse

SECRET = "tok3n-of-the-operator"
SATURDAY = datetime(2026, 1, 17, 9, tzinfo=SHANGHAI)  # when the issue of 2026-W03 is due


@dataclass
class Hook:
    """A web hook on loopback: what it was sent, and what it answers."""

    port: int = 0
    status: int = 200
    then: Callable[[], None] = lambda: None  # done before it answers
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def messages(self) -> list[str]:
        """Subjects in the order in which they came."""
        return [body["title"] for _, body in self.heard if body]

    @property
    def pings(self) -> list[str]:
        return [path for path, body in self.heard if not body]

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/{SECRET}"

    @property
    def check(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping/{SECRET}"


@pytest.fixture
def hook() -> Iterator[Hook]:
    told = Hook()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.heard.append((self.path, json.loads(sent or b"{}")))
            told.then()
            with suppress(OSError):  # a client that was killed
                self.send_response(told.status)
                self.end_headers()

        do_GET = do_POST = answer  # noqa: N815 - the names that the base class calls

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def desk(
    office: Callable[[Mail], Workspace], books: Warehouse, hook: Hook
) -> Callable[..., Workspace]:
    """Workspaces whose operator listens at the hook, at a moment, with an empty ledger."""
    for table in ("meta.notification", "meta.incident"):
        books.connection.execute(f"DELETE FROM {table}")
    home = office(Mail()).settings.home

    def at(moment: datetime = SATURDAY, **chosen: Any) -> Workspace:
        told = Notify.model_validate({"urls": [hook.url]} | chosen)
        return Workspace(Settings(home=home, notify=told), clock=lambda: moment)

    return at

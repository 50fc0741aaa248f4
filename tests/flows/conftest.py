# ruff: noqa: ARG002, N802 - aiosmtpd calls its hooks by these names and arguments
"""A mail server on loopback that misbehaves as told, and workspaces that are ready to write."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from flows.settings import Mail, Settings
from flows.workspace import Workspace
from templates import publication
from templates import render as pages
from templates.sections import verdict
from tests.flows.desk import (  # noqa: F401 - rooms beside each other collect at desks
    assert_true,
    blank,
    desk,
    few_indices,
    held,
    market,
    monday,
    pytest_runtest_protocol,
    truth,
    tuesday,
)
from tests.homes import SANDBOX, copy_of
from warehouse.storage.lock import writer_lock
from warehouse.storage.store import Warehouse

NOON = datetime(2026, 1, 17, 4, 0, tzinfo=UTC)  # Saturday noon in Shanghai


@dataclass
class Post:
    """A mail server that takes everything, except where it is told otherwise.

    `taken` holds what it took, also when the client never hears of it.
    """

    data: str = "250 taken"  # the answer after the final dot; "drop" and "hang" give none
    rcpt: dict[str, str] = field(default_factory=dict)
    quit: str = "221 bye"
    mail: Mail = field(default_factory=Mail)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    visits: int = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.visits += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.rcpt.get(address, "250 ok")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        if self.data[0] in "2dh":
            self.taken.append((envelope.rcpt_tos[0], envelope.original_content))
        if self.data == "drop":
            server.transport.abort()
        if self.data == "hang":
            await asyncio.sleep(5)
        return self.data

    async def handle_QUIT(self, server, session, envelope):
        return self.quit


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def post() -> Iterator[Callable[..., Post]]:
    """Starts mail servers; `mail` of the result are the settings that reach it."""
    running: list[Controller] = []

    def start(
        server: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
        **behaviour: Any,
    ) -> Post:
        port = free_port()
        reach = {"server": "127.0.0.1", "port": port, "starttls": False, "timeout_seconds": 0.5}
        handler = Post(
            **behaviour, mail=Mail(**reach | {"sender": "desk@example.org"} | (settings or {}))
        )
        controller = Controller(handler, hostname="127.0.0.1", port=port, **(server or {}))
        controller.start()
        running.append(controller)
        return handler

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def nobody() -> Mail:
    """Settings of a mail server that is down."""
    return Mail(
        server="127.0.0.1",
        port=free_port(),
        starttls=False,
        sender="desk@example.org",
        timeout_seconds=0.5,
    )


@pytest.fixture(scope="session", autouse=True)
def trusted_once() -> Iterator[None]:
    """The certificates that a machine trusts are read once, not again for each letter."""
    make = ssl.create_default_context
    trusted = cache(make)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            ssl, "create_default_context", lambda *a, **b: make(*a, **b) if a or b else trusted()
        )
        yield


@pytest.fixture(autouse=True)
def all_loggers() -> None:
    """Prefect's set-up, whenever a test before it came to that, disables all that were there."""
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and name.startswith(("flows", "apprise")):
            logger.disabled = False


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A warehouse that stays open, because opening and closing takes most of a test's time."""
    path = tmp_path_factory.mktemp("books") / "warehouse.duckdb"
    with Warehouse.writing(path, simulated=False) as warehouse:
        yield warehouse


@pytest.fixture
def office(
    books: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Mail], Workspace]:
    """Workspaces with the mail settings given, all in one home with an empty ledger."""

    @contextmanager
    def writing(ws: Workspace, *_datasets: str) -> Iterator[Warehouse]:
        with writer_lock(ws.places.lock):
            yield books

    @contextmanager
    def reading(ws: Workspace) -> Iterator[Warehouse | None]:
        if not ws.places.writer.exists():
            yield None
            return
        with writing(ws) as warehouse:
            yield warehouse

    books.connection.execute("DELETE FROM meta.delivery")
    monkeypatch.setattr(Workspace, "writing", writing)
    monkeypatch.setattr(Workspace, "reading_writer", reading)
    ws = Workspace(Settings(home=tmp_path / "home"))
    ws.places.writer.parent.mkdir(parents=True)
    ws.places.writer.touch()
    return lambda mail: Workspace(Settings(home=ws.settings.home, mail=mail), clock=lambda: NOON)


@pytest.fixture
def real_office(tmp_path: Path) -> Callable[[Mail], Workspace]:
    """The same with a warehouse of its own on the disk, opened and closed as in a run."""
    home = tmp_path / "home"
    return lambda mail: Workspace(Settings(home=home, mail=mail), clock=lambda: NOON)


@pytest.fixture(scope="session", autouse=True)
def measured_once(evaluated_once: None) -> None:
    """Of runs that measure the same, the first evaluates it."""


@pytest.fixture
def untypeset(monkeypatch: pytest.MonkeyPatch) -> None:
    """No PDF is set, which takes most of an issue's time: its file holds the HTML of the page."""
    monkeypatch.setattr(pages, "pdf", lambda page, *_: page.encode())


@pytest.fixture
def front_page(untypeset: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an issue there is the first page only, as HTML: figures take most of the time left."""
    monkeypatch.setattr(publication, "SECTIONS", (verdict,))


@pytest.fixture
def simulated(simulated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the simulated home, and the environment that leads there."""
    home = copy_of(simulated_home, tmp_path / "home")
    for name, value in (SANDBOX | {"BRIEFING_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    return home

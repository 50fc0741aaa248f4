"""What `briefing serve` meets: ports that are taken, servers that are silent, and their end."""

from __future__ import annotations

import signal
import socket
import subprocess
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

from flows.service import launch as launching
from flows.service import server
from flows.service.launch import launch
from flows.service.server import (
    POLL_SECONDS,
    START_SECONDS,
    STOP_SECONDS,
    admits,
    answers,
    leave,
    require_free,
    served_at,
    stop,
    wait_until_up,
    watched,
)
from flows.settings import Settings
from warehouse.errors import BriefingError, InputRefused

URL = "http://127.0.0.1:4200/api"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Requests to a server: the last entry is what it answers, or the error that is met."""
    log: list[Any] = []

    def opened(request: Any, timeout: float) -> Any:
        answer = log.pop()
        log.append((request, timeout))
        if isinstance(answer, Exception):
            raise answer
        return BytesIO(answer)

    monkeypatch.setattr(server, "urlopen", opened)
    return log


@pytest.mark.parametrize(
    ("answer", "there"),
    [(b"true", True), (b"false", False), (URLError("no"), False), (OSError("no"), False)],
)
def test_a_server_is_there_that_says_so(asked: list[Any], answer: Any, *, there: bool) -> None:
    asked.append(answer)
    assert answers(URL) is there
    assert asked == [(f"{URL}/health", 2)]


def http(code: int) -> HTTPError:
    return HTTPError(URL, code, "no", {}, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "admitted"), [(b"1", True), (http(401), False), (http(404), True), (http(500), True)]
)
def test_a_login_is_refused_with_401_and_nothing_else(
    asked: list[Any], answer: Any, *, admitted: bool
) -> None:
    asked.append(answer)
    assert admits(URL, "who:what") is admitted
    ((request, timeout),) = asked
    assert (request.full_url, timeout) == (f"{URL}/admin/version", 10)
    assert request.get_header("Authorization") == "Basic d2hvOndoYXQ="


def test_without_a_login_none_is_sent_and_silence_is_told(asked: list[Any]) -> None:
    asked.append(b"1")
    admits(URL, None)
    assert asked[0][0].get_header("Authorization") is None
    asked.append(OSError("gone"))
    with pytest.raises(BriefingError, match=r"4200/api does not answer: gone"):
        admits(URL, None)


class Child:
    """A server as a process: whether it has ended, and how it bears its end."""

    def __init__(self, *, ends: bool = False, stubborn: bool = False) -> None:
        self.ends, self.stubborn, self.log = ends, stubborn, list[Any]()

    def poll(self) -> int | None:
        return 1 if self.ends else None

    def terminate(self) -> None:
        self.log.append("terminate")

    def kill(self) -> None:
        self.log.append("kill")

    def wait(self, timeout: float | None = None) -> None:
        self.log.append(timeout)
        if self.stubborn and timeout:
            raise subprocess.TimeoutExpired("server", timeout)


@pytest.mark.parametrize(
    ("stubborn", "log"),
    [(False, ["terminate", 15]), (True, ["terminate", 15, "kill", None])],
)
def test_a_server_is_asked_to_end_and_then_ended(log: list[Any], *, stubborn: bool) -> None:
    child = Child(stubborn=stubborn)
    stop(child)  # type: ignore[arg-type]
    assert child.log == log
    assert (START_SECONDS, STOP_SECONDS, POLL_SECONDS) == (120, 15, 5.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is slept; the clock goes on by nothing else."""
    slept: list[float] = []
    stand_in = SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append)
    monkeypatch.setattr(server, "time", stand_in)
    return slept


def test_a_server_is_waited_for_until_it_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: list[float]
) -> None:
    monkeypatch.setattr(server, "answers", lambda url: url == URL and len(clock) == 3)
    wait_until_up(Settings(home=tmp_path), Child())  # type: ignore[arg-type]
    assert clock == [0.2] * 3


@pytest.mark.parametrize(("ends", "least", "most"), [(True, 0, 0), (False, 119, 121)])
def test_but_not_after_its_end_nor_for_ever(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    clock: list[float],
    least: float,
    most: float,
    *,
    ends: bool,
) -> None:
    monkeypatch.setattr(server, "answers", lambda _: False)
    with pytest.raises(
        BriefingError, match=r"did not start at http://127.0.0.1:4200/api; see .*log"
    ):
        wait_until_up(Settings(home=tmp_path), Child(ends=ends))  # type: ignore[arg-type]
    assert least <= sum(clock) <= most


def test_a_port_that_is_taken_is_named_with_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputRefused, match=f"port {port} is taken by .*prefect_port"):
            require_free(port)
    require_free(0)  # any that is free


def test_a_home_is_served_at_no_address_before_and_after(tmp_path: Path) -> None:
    assert served_at(tmp_path) is None
    settings = Settings(home=tmp_path)
    with server.alone(settings):
        assert served_at(tmp_path) == server.url(settings)
    assert served_at(tmp_path) is None


def test_an_end_is_an_end_without_an_error() -> None:
    with pytest.raises(SystemExit) as left:
        leave(signal.SIGTERM, None)
    assert left.value.code == 0


def test_when_the_server_ends_first_this_process_is_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[Any] = []
    threads: list[Any] = []

    class Now:
        def __init__(self, target: Any, *, daemon: bool) -> None:
            assert daemon
            threads.append(target)

        def start(self) -> None:
            """When a test wants it."""

    monkeypatch.setattr(server.threading, "Thread", Now)
    monkeypatch.setattr(server.os, "kill", lambda _, number: sent.append(number))
    with watched(Child()):  # type: ignore[arg-type]
        threads[0]()
        assert sent == [signal.SIGINT]
    threads[0]()
    assert sent == [signal.SIGINT], "it has ended because this process has"


class Flow:
    """A flow that tells how it was run."""

    name = "weekly"

    def validate_parameters(self, given: dict[str, Any]) -> dict[str, Any]:
        if "wrong" in given:
            raise launching.ParameterTypeError("wrong: no such day")
        return {name: value * 2 for name, value in given.items()}

    def fn(self, **given: Any) -> tuple[str, Any]:
        return "plainly", given

    def __call__(self, **given: Any) -> tuple[str, Any]:
        from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL

        return PREFECT_API_URL.value(), (PREFECT_API_AUTH_STRING.value(), given)


def test_a_run_is_recorded_where_a_server_runs_and_plain_where_none_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(launching, "server", lambda: None)
    assert launch(Flow(), n=1) == ("plainly", {"n": 2})  # type: ignore[arg-type]
    monkeypatch.setattr(launching, "server", lambda: (URL, "who:what"))
    assert launch(Flow(), n=1) == (URL, ("who:what", {"n": 1}))  # type: ignore[arg-type]
    with pytest.raises(InputRefused, match="weekly: wrong: no such day"):
        launch(Flow(), wrong=1)  # type: ignore[arg-type]


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Which address this home is served at, which servers answer, and which login each admits."""
    known: dict[str, Any] = {"here": None, "up": {}, "own": "own:login"}
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    monkeypatch.setattr(launching, "settings", lambda: SimpleNamespace(home=tmp_path))
    monkeypatch.setattr(launching, "served_at", lambda _: known["here"])
    monkeypatch.setattr(launching, "known_login", lambda _: known["own"])
    monkeypatch.setattr(launching, "answers", lambda url: url in known["up"])
    monkeypatch.setattr(launching, "admits", lambda url, login: known["up"][url] == login)
    return known


@pytest.mark.parametrize(
    ("here", "named", "login", "up", "found"),
    [
        (None, None, None, {}, None),
        (URL, None, None, {}, None),  # not up yet
        (URL, None, None, {URL: "own:login"}, (URL, "own:login")),
        (URL, None, "mine", {URL: "mine"}, (URL, "mine")),
        (None, "x", None, {"x": None}, ("x", None)),
        (URL, "x", None, {URL: "own:login", "x": None}, ("x", None)),  # to no other server
        (URL, URL, None, {URL: "own:login"}, (URL, "own:login")),
        (None, "x", None, {}, "where no server answers"),
        (None, "x", "mine", {"x": "another"}, "wants another login"),
    ],
)
def test_the_server_is_the_one_that_is_named_or_else_that_of_this_home(
    servers: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *, here, named, login, up, found
) -> None:
    servers |= {"here": here, "up": up}
    for variable, value in (("PREFECT_API_URL", named), ("PREFECT_API_AUTH_STRING", login)):
        if value:
            monkeypatch.setenv(variable, value)
    if isinstance(found, str):
        with pytest.raises(InputRefused, match=found):
            launching.server()
    else:
        assert launching.server() == found

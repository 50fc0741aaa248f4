"""`briefing serve`: Prefect's server, the schedules, and the runner, in one command.

The server is a child in a session of its own, so that Ctrl-C reaches the runner first, which needs
the server to close its runs. It ends with this process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from flows.lifeline import end_with_parent
from flows.service.login import ensured_login, login_file
from flows.settings import Settings
from flows.workspace import Workspace, real_clock
from warehouse.errors import BriefingError, InputRefused

START_SECONDS = 120
STOP_SECONDS = 15
POLL_SECONDS = 5.0  # how soon after its time, or after a request, a run starts


def run_server(ws: Workspace, say: Callable[[str], None]) -> None:
    """Serve until interrupted; raises BriefingError when that is not possible."""
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells ignore it for background jobs
    with alone(ws.settings), server(ws.settings) as child:
        # prefect reads the environment once, when it is first imported
        from flows.delivery.redelivery import redelivering  # noqa: PLC0415
        from flows.service.deployments import run_what_is_due  # noqa: PLC0415
        from flows.service.recovery import tidy  # noqa: PLC0415

        wait_until_up(ws.settings, child)
        for line in (*tidy(real_clock()), *announcement(ws.settings)):
            say(line)
        with watched(child), redelivering(say) as postman:
            lake = ws.settings.warehouse.lake is not None
            if pool := ws.settings.workers.pool:
                from flows.service.pool import leave_to_workers  # noqa: PLC0415

                leave_to_workers(ws.settings.schedule, pool, lake=lake)
            else:
                run_what_is_due(ws.settings.schedule, POLL_SECONDS, lake=lake)
            if not postman.is_alive():
                raise BriefingError("letters could not be tried again, as said above; start again")
        if child.poll() is not None:
            raise BriefingError(f"the Prefect server ended; see {log_file(ws.settings)}")


def leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def environment(settings: Settings) -> dict[str, str]:
    """Prefect kept in the briefing's home, quiet towards the outside, locked, and never caching."""
    login, page = ensured_login(settings.home), url(settings).removesuffix("/api")
    return {
        **quiet(settings.home),
        "PREFECT_API_URL": url(settings),
        "PREFECT_API_AUTH_STRING": login,
        "PREFECT_SERVER_API_AUTH_STRING": login,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": page,
        "PREFECT_UI_API_URL": "/api",  # of whatever name and port the page was opened by
        "PREFECT_TASKS_DEFAULT_NO_CACHE": "true",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "flows",
        # runs of more than three months ago are forgotten; the warehouse keeps its own logs
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "BRIEFING_HOME": str(settings.home),
    }


def quiet(home: Path) -> dict[str, str]:
    """Prefect without a folder in the user's home and without a word to its makers, and with log
    lines that a terminal may show.
    """
    return {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS": "flows.service.log_lines.LogLines",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(START_SECONDS),
    }


def url(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings.prefect_port}/api"


def log_file(settings: Settings) -> Path:
    return settings.home / "prefect" / "server.log"


def address_file(home: Path) -> Path:
    """Holds the address of the server of this home, and the lock of who serves it."""
    return home / "prefect" / "serving"


def announcement(settings: Settings) -> list[str]:
    """Where the page is, and what is scheduled."""
    times = settings.schedule
    return [
        f"page for runs, logs and ad-hoc runs: {url(settings).removesuffix('/api')}",
        f"all issues: {url(settings).removesuffix('/api')}/issues/",
        f"both ask for a login, the line in {login_file(settings.home)}",
        f"collect: {'; '.join(times.collect) or 'not scheduled'} (cron, Asia/Shanghai)",
        f"weekly, with mail: {'; '.join(times.weekly) or 'not scheduled'} (cron, Asia/Shanghai)",
        f"server log: {log_file(settings)}; Ctrl-C ends it all, and schedules go on next time",
    ]


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Nobody else serves this home; others learn the address of its server."""
    file = address_file(settings.home)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            message = f"{settings.home} is being served already, at {file.read_text()}"
            raise InputRefused(message) from taken
        handle.truncate(0)
        handle.write(url(settings))
        handle.flush()
        yield
        handle.truncate(0)


def served_at(home: Path) -> str | None:
    """The address at which a home is being served; None when none is.

    A file that a killed server left behind says nothing, since anybody may listen there now.
    """
    file = address_file(home)
    if not file.exists():
        return None
    with file.open(encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return handle.read() or None
    return None


@contextmanager
def server(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The Prefect server, starting; it is gone afterwards."""
    require_free(settings.prefect_port)
    os.environ.update(environment(settings))
    listening = [str(settings.prefect_port), str(settings.home)]
    command = [sys.executable, "-m", "flows.service.page", *listening]
    with log_file(settings).open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no threads yet
        )
    try:
        yield child
    finally:
        stop(child)


def require_free(port: int) -> None:
    """Raises InputRefused when the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            raise InputRefused(
                f"port {port} is taken by another program; choose a free one with prefect_port in "
                "briefing.toml or BRIEFING_PREFECT_PORT"
            ) from taken


def wait_until_up(settings: Settings, child: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; raises BriefingError when it never does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if answers(url(settings)):
            return
        time.sleep(0.2)
    raise BriefingError(
        f"the Prefect server did not start at {url(settings)}; see {log_file(settings)}"
    )


def answers(address: str) -> bool:
    """Whether a Prefect server is there."""
    try:
        with urlopen(f"{address}/health", timeout=2) as answer:  # noqa: S310 - loopback, or set by the user
            return bool(answer.read() == b"true")
    except (URLError, OSError):
        return False


def admits(address: str, login: str | None) -> bool:
    """Whether a Prefect server lets this login in; raises BriefingError when it does not say."""
    request = Request(f"{address}/admin/version")  # noqa: S310 - loopback, or set by the user
    if login:
        request.add_header("Authorization", f"Basic {b64encode(login.encode()).decode()}")
    try:
        with urlopen(request, timeout=10):  # noqa: S310
            return True
    except HTTPError as refused:
        return refused.code != HTTPStatus.UNAUTHORIZED
    except OSError as error:
        raise BriefingError(f"the Prefect server at {address} does not answer: {error}") from error


@contextmanager
def watched(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Interrupts this process when the server ends first: a runner alone would do nothing."""
    leaving = threading.Event()

    def watch() -> None:
        child.wait()
        if not leaving.is_set():
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        leaving.set()


def stop(child: subprocess.Popen[bytes]) -> None:
    """The server is gone when this returns."""
    child.terminate()
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()

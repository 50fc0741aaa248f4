"""What a request may cost: time from its beginning to the last byte, and bytes once unpacked.

A limit of time for each read does not bound a body that drips, one byte after the other, nor a line
of a header that never ends. So at the deadline the connection is shut, whatever is being read.
"""

from __future__ import annotations

import socket
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import BytesIO
from threading import Timer
from urllib.parse import urlsplit

import requests

CHUNK = 65_536  # what is unpacked at once; all that a body beyond the limit costs
MEGABYTE = 1_000_000
CALL = 8  # an akshare call with many pages may keep so many times the largest body
ZIP = b"PK\x03\x04"  # workbooks are zip files


class Refused(requests.RequestException):
    """A response that is not handed to akshare, or an address that is not opened.

    `response` is there if it is in the archive.
    """


@dataclass(frozen=True)
class Limits:
    """The settings of the same names."""

    timeout_seconds: float
    deadline_seconds: float
    body_megabytes: float

    @property
    def body_bytes(self) -> int:
        return int(self.body_megabytes * MEGABYTE)

    def wait(self, given: object) -> object:
        """How long a read may take, if the caller wants `given`; never beyond the deadline."""
        if isinstance(given, tuple):
            return tuple(self.wait(part) for part in given)
        if given is None or isinstance(given, int | float):
            return min(given or self.timeout_seconds, self.deadline_seconds)
        return given

    def insist(self, url: str, size: int, what: str = "the body has", times: int = 1) -> None:
        """Raise Refused if so many bytes are more than so many of the largest bodies."""
        if size > times * self.body_bytes:
            raise Refused(
                f"{host_in(url)}: {what} more than {times * self.body_megabytes:g} MB "
                f"({f'{times} times ' if times > 1 else ''}the setting body_megabytes); it "
                f"was dropped. Raise the setting if files are really so large. It came from {url}"
            )


@dataclass
class Deadline:
    """The end of a request. Connections that it reads from are shut when it is reached."""

    seconds: float
    began: float = field(default_factory=time.monotonic)
    sockets: list[socket.socket] = field(default_factory=list)
    reached: bool = False

    @property
    def passed(self) -> bool:
        return self.reached or time.monotonic() - self.began > self.seconds

    def watch(self, connection: socket.socket) -> None:
        """Shut this connection at the deadline."""
        self.sockets.append(connection)
        if self.reached:
            self.shut()

    def shut(self) -> None:
        """End every read that is under way."""
        self.reached = True
        for connection in self.sockets:
            with suppress(OSError):  # it may be closed already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # of an encrypted one, too


CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(limits: Limits, url: str) -> Iterator[None]:
    """Inside, one request is made and read; raises requests.Timeout when it takes too long."""
    current = Deadline(limits.deadline_seconds)
    timer = Timer(limits.deadline_seconds, current.shut)
    timer.daemon = True
    token = CURRENT.set(current)
    timer.start()
    try:
        yield
    except requests.RequestException as error:
        if current.passed and not isinstance(error, Refused):
            raise late(limits, url) from error
        raise
    finally:
        timer.cancel()
        CURRENT.reset(token)
    if current.passed:  # a body without a length ends like any other when its connection is shut
        raise late(limits, url)


def late(limits: Limits, url: str) -> requests.ReadTimeout:
    return requests.ReadTimeout(
        f"{host_in(url)}: the response was not complete after {limits.deadline_seconds:g} s "
        "(setting deadline_seconds)"
    )


def whole(response: requests.Response, limits: Limits) -> requests.Response:
    """The response with its body read and unpacked; raises Refused beyond the limit."""
    url = str(response.url)
    if response._content is not False:  # noqa: SLF001 - somebody has read it
        limits.insist(url, len(response.content))
        return response
    declared = response.headers.get("Content-Length", "")
    body = bytearray()
    try:
        limits.insist(url, int(declared) if declared.isdecimal() else 0)
        for chunk in response.iter_content(CHUNK):
            body += chunk
            limits.insist(url, len(body))
    except requests.RequestException:
        response.close()
        raise
    response._content = bytes(body)  # noqa: SLF001 - as requests itself keeps it
    return response


def insist_on_small_workbook(response: requests.Response, limits: Limits) -> None:
    """Raise Refused if a zip file would unpack to more than a body may have.

    Python's zipfile never unpacks more than the directory says.
    """
    if not response.content.startswith(ZIP):
        return
    with suppress(zipfile.BadZipFile):  # no workbook; the reader will say so
        sizes = [entry.file_size for entry in zipfile.ZipFile(BytesIO(response.content)).infolist()]
        limits.insist(str(response.url), sum(sizes), "the workbook unpacks to")


def host_in(url: str) -> str:
    return urlsplit(url).hostname or ""

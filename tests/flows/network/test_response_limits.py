"""What a request may cost, in numbers: seconds until its deadline, bytes once unpacked."""

from __future__ import annotations

import socket
import zipfile
from io import BytesIO
from typing import Any

import pytest
import requests

from flows.network import response_limits
from flows.network.response_limits import (
    CALL,
    CURRENT,
    Deadline,
    Limits,
    Refused,
    deadline,
    host_in,
    insist_on_small_workbook,
    late,
    whole,
)

LIMITS = Limits(timeout_seconds=20, deadline_seconds=120, body_megabytes=0.0001)  # 100 bytes
URL = "https://a.cn/x"


@pytest.mark.parametrize(
    ("given", "waited"),
    [
        (None, 20), (0, 20), (5, 5), (5.5, 5.5), (500, 120),
        ((3, None), (3, 20)), ((500, 500), (120, 120)), ("as it is", "as it is"),
    ],
)  # fmt: skip
def test_no_read_waits_beyond_the_deadline(given: object, waited: object) -> None:
    assert LIMITS.wait(given) == waited


def test_a_limit_is_kept_by_what_just_fits() -> None:
    assert LIMITS.body_bytes == 100
    LIMITS.insist(URL, 100)
    LIMITS.insist(URL, 800, times=CALL)
    with pytest.raises(
        Refused, match=r"^a.cn: the body has more than 0.0001 MB \(the setting body_m"
    ):
        LIMITS.insist(URL, 101)
    with pytest.raises(Refused, match=r"pages have more than 0.0008 MB \(8 times the setting"):
        LIMITS.insist(URL, 801, "pages have", CALL)


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that are shut; a closed one says so."""
    done: list[Any] = []

    def shutdown(connection: Any, how: int) -> None:
        done.append((connection, how))
        if connection == "closed":
            raise OSError("it is closed already")

    monkeypatch.setattr(response_limits.socket.socket, "shutdown", shutdown)
    return done


def test_at_its_deadline_every_connection_of_a_request_is_shut(shut: list[Any]) -> None:
    one: Any = Deadline(60)
    for connection in ("closed", "open"):
        one.watch(connection)
    assert (one.passed, shut) == (False, [])
    one.shut()
    both = [("closed", socket.SHUT_RDWR), ("open", socket.SHUT_RDWR)]
    assert (one.passed, shut) == (True, both)
    one.watch("late")
    assert shut[-1] == ("late", socket.SHUT_RDWR)


def test_a_request_is_late_by_the_clock_too(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(response_limits.time, "monotonic", lambda: now[0])
    one = Deadline(60, began=0.0)
    for seconds, passed in ((60.0, False), (60.1, True)):
        now[0] = seconds
        assert one.passed is passed


def test_within_its_deadline_a_request_is_left_alone() -> None:
    assert CURRENT.get() is None
    with deadline(LIMITS, URL):
        current = CURRENT.get()
        assert current is not None and current.seconds == 120
    assert CURRENT.get() is None
    with pytest.raises(requests.ConnectionError, match="reset"), deadline(LIMITS, URL):
        raise requests.ConnectionError("reset")
    assert CURRENT.get() is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (None, requests.ReadTimeout),
        (requests.ConnectionError("broken"), requests.ReadTimeout),
        (Refused("too large"), Refused),
        (ZeroDivisionError(), ZeroDivisionError),
    ],
)
def test_what_breaks_at_the_deadline_is_late_whatever_it_says(
    error: Exception | None, kind: type[Exception]
) -> None:
    def broken() -> None:
        current = CURRENT.get()
        assert current is not None
        current.reached = True
        if error:
            raise error

    with pytest.raises(kind), deadline(LIMITS, URL):
        broken()
    assert str(late(LIMITS, URL)).startswith("a.cn: the response was not complete after 120 s")


class Response(requests.Response):
    """A response whose body comes in chunks."""

    def __init__(
        self, *chunks: bytes, length: str | None = None, read: bytes | None = None
    ) -> None:
        super().__init__()
        self.url, self.chunks, self.closed, self.asked = URL, chunks, False, 0
        if length is not None:
            self.headers["Content-Length"] = length
        if read is not None:
            self._content = read

    def iter_content(self, *_: Any, **__: Any) -> Any:
        for chunk in self.chunks:
            self.asked += 1
            yield chunk

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("chunks", "length", "asked"),
    [
        ([b"a" * 60, b"b" * 40], "100", 2),
        ([b"a" * 60, b"b" * 41, b"c"], None, -2),
        ([b"a"], "101", 0),
        ([b"a"], "nonsense", 1),
    ],
)
def test_a_body_is_read_as_far_as_its_limit(
    chunks: list[bytes], length: str | None, asked: int
) -> None:
    response = Response(*chunks, length=length)
    if asked > 0:
        assert whole(response, LIMITS).content == b"".join(chunks)
        assert not response.closed
    else:
        with pytest.raises(Refused):
            whole(response, LIMITS)
        assert response.closed
    assert response.asked == abs(asked)


def test_one_that_somebody_has_read_is_measured_and_not_read_again() -> None:
    read = Response(read=b"a" * 100)
    assert whole(read, LIMITS) is read
    with pytest.raises(Refused):
        whole(Response(read=b"a" * 101), LIMITS)
    assert read.asked == 0


def workbook(*sizes: int) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for number, size in enumerate(sizes):
            file.writestr(str(number), b"\0" * size)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (workbook(60, 40), False),
        (workbook(60, 41), True),
        (b"PK\x03\x04 and no zip", False),
        (b"text " * 50, False),
    ],
)
def test_a_workbook_is_measured_by_what_it_unpacks_to(content: bytes, *, refused: bool) -> None:
    response = Response(read=content)
    if refused:
        with pytest.raises(Refused, match="the workbook unpacks to more than"):
            insist_on_small_workbook(response, LIMITS)
    else:
        insist_on_small_workbook(response, LIMITS)


@pytest.mark.parametrize(
    ("url", "host"), [(URL, "a.cn"), ("https://A.cn:8443/", "a.cn"), ("x", "")]
)
def test_a_host_is_named_without_its_port(url: str, host: str) -> None:
    assert host_in(url) == host

"""A request ends at its deadline, whatever drips, whoever asked."""

from __future__ import annotations

import socket
import time

import pytest
import requests
from curl_cffi import requests as curl

from flows.ingestion.fetch import akshare, perform
from flows.network.response_limits import Limits
from tests.flows.network.upstream import (
    CHUNKED,
    CLIENTS,
    OURS,
    SHORT,
    Upstream,
    by_requests,
)
from warehouse.catalog import Call
from warehouse.errors import SourceUnavailable

pytestmark = pytest.mark.usefixtures("curl_on_loopback")


def dripping_headers(upstream: Upstream) -> None:
    upstream.wfile.write(b"HTTP/1.1 200 OK\r\nX-Endless: ")
    upstream.drip(b"x")


def dripping_body(upstream: Upstream) -> None:
    upstream.begin(("Content-Length", "100000"))
    upstream.drip(b"1,")


def dripping_without_length(upstream: Upstream) -> None:
    upstream.begin()
    upstream.drip(b"1,")


def dripping_chunks(upstream: Upstream) -> None:
    upstream.begin(CHUNKED)
    upstream.drip(b"1\r\n1\r\n")


def dripping_size_of_chunk(upstream: Upstream) -> None:
    upstream.begin(CHUNKED)
    upstream.drip(b"0")


DRIPS = [
    dripping_headers,
    dripping_body,
    dripping_without_length,
    dripping_chunks,
    dripping_size_of_chunk,
]


def silent(upstream: Upstream) -> None:
    upstream.over.wait(5)


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("drip", [*DRIPS, silent])
def test_an_answer_that_drips_ends_at_the_deadline(serve, heard, drip, ask) -> None:
    url = serve(data=drip)
    began = time.monotonic()
    late = (requests.Timeout, curl.exceptions.Timeout)
    with heard(**SHORT) as recorder, pytest.raises(late, match=r"127\.0\.0\.1|timed out"):
        ask(f"{url}data")
    assert time.monotonic() - began < 2
    assert list(recorder.folder.rglob("*.gz")) == []
    (line,) = recorder.log.lines()
    assert line[1] == "127.0.0.1" and line[2] in {"ReadTimeout", "Timeout", "ConnectionError"}


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("drip", DRIPS)
def test_an_encrypted_answer_that_drips_ends_at_the_deadline(
    encrypted, heard, trusted, drip, ask
) -> None:
    url = encrypted(data=drip)
    began = time.monotonic()
    late = (requests.Timeout, curl.exceptions.Timeout)
    with heard(**SHORT), pytest.raises(late):
        ask(f"{url}data")
    assert time.monotonic() - began < 2


def test_the_message_names_host_seconds_and_setting(serve, heard) -> None:
    url = serve(data=dripping_body)
    with heard(**SHORT), pytest.raises(requests.Timeout) as raised:
        by_requests(f"{url}data")
    assert str(raised.value) == (
        "127.0.0.1: the response was not complete after 0.3 s (setting deadline_seconds)"
    )


def test_a_session_that_keeps_its_connection_is_cut_as_well(serve, heard) -> None:
    """The connection was opened by an earlier request, and is watched for the one that drips."""

    def prompt(upstream: Upstream) -> None:
        upstream.close_connection = False
        upstream.begin(("Content-Length", "2"))
        upstream.wfile.write(b"ok")

    url = serve(prompt=prompt, drip=dripping_body)
    session = requests.Session()
    with heard(**SHORT):
        assert session.get(f"{url}prompt").content == b"ok"
        with pytest.raises(requests.Timeout):
            session.get(f"{url}drip")
        assert session.get(f"{url}prompt").content == b"ok"


def test_a_source_that_drips_is_unavailable(serve, heard, monkeypatch) -> None:
    url = serve(data=dripping_body)
    monkeypatch.setattr(akshare(), "dripping", lambda: by_requests(f"{url}data"), raising=False)
    with heard(**SHORT) as recorder, pytest.raises(SourceUnavailable, match="deadline_seconds"):
        perform(OURS, Call("dripping"), recorder, attempts=1)


def test_limits_are_set_for_every_wait() -> None:
    limits = Limits(20, 120, 1)
    assert [limits.wait(t) for t in (None, 5, 300, (3, 300))] == [20, 5, 120, (3, 120)]


def test_the_machine_has_no_connection_left_open(serve, heard) -> None:
    """What was cut is closed; warnings about open sockets are errors."""
    url = serve(data=dripping_chunks)
    with heard(**SHORT), pytest.raises(requests.Timeout):
        by_requests(f"{url}data")
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1].strip("/")))):
        pass

"""A body ends at its limit, however it is packed, whoever asked."""

from __future__ import annotations

import gzip
import io
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pandas as pd
import pytest
import requests

from flows.ingestion.fetch import akshare, perform
from flows.network.response_limits import Limits, whole
from flows.network.transport import open_network
from flows.settings import Settings
from flows.workspace import Workspace
from tests.flows.network.test_transport import NOON
from tests.flows.network.upstream import (
    CLIENTS,
    OURS,
    REFUSED,
    Upstream,
    by_requests,
)
from warehouse.catalog import Call
from warehouse.errors import SourceChanged

pytestmark = pytest.mark.usefixtures("curl_on_loopback")

ZEROS = 40  # megabytes in a bomb


def packed(encoding: str) -> bytes:
    """Forty megabytes of zeros, packed once for each encoding."""
    pressed = zlib.compressobj(9, wbits=31)
    body = b"".join(pressed.compress(bytes(1_000_000)) for _ in range(ZEROS)) + pressed.flush()
    for _ in encoding.split(",")[1:]:
        body = gzip.compress(body)
    return body


def bomb(encoding: str) -> Callable[[Upstream], None]:
    body = packed(encoding)

    def answer(upstream: Upstream) -> None:
        upstream.begin(("Content-Encoding", encoding), ("Content-Length", str(len(body))))
        upstream.wfile.write(body)

    return answer


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_a_bomb_is_dropped_at_the_limit(serve, heard, encoding, ask) -> None:
    url = serve(data=bomb(encoding))
    with heard() as recorder:
        with pytest.raises(
            REFUSED, match=r"127\.0\.0\.1: the body has more than 1 MB \(the setting"
        ):
            ask(f"{url}data")
        assert recorder.refusal is not None
    assert [line[2:4] for line in recorder.log.lines()] == [["Refused", ""]]
    assert list(recorder.folder.rglob("*.gz")) == []


def test_a_bomb_costs_no_more_memory_than_the_limit(serve, heard) -> None:
    url = serve(data=bomb("gzip"))
    with heard():
        tracemalloc.start()
        with pytest.raises(requests.RequestException):
            by_requests(f"{url}data")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 6_000_000


@pytest.mark.parametrize("ask", CLIENTS)
def test_a_length_beyond_the_limit_is_refused_before_the_body(serve, heard, ask) -> None:
    def huge(upstream: Upstream) -> None:
        upstream.begin(("Content-Length", "2000000000"))
        upstream.over.wait(5)

    url = serve(data=huge)
    with heard() as recorder:
        began = time.monotonic()
        with pytest.raises(REFUSED):
            ask(f"{url}data")
        assert time.monotonic() - began < 1
        assert "the setting body_megabytes" in str(recorder.refusal)


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("length", [True, False])
def test_an_honest_answer_comes_as_it_was_sent(serve, heard, length, ask) -> None:
    body = b"1,2,3\n" * 20_000

    def honest(upstream: Upstream) -> None:
        sent = gzip.compress(body)
        size = [("Content-Length", str(len(sent)))] if length else []
        upstream.begin(("Content-Encoding", "gzip"), *size)
        upstream.wfile.write(sent)

    url = serve(data=honest)
    with heard() as recorder:
        assert ask(f"{url}data").strip() == body.strip()
    (kept,) = recorder.folder.rglob("*.gz")
    assert gzip.decompress(kept.read_bytes()) == body


def test_a_body_that_breaks_off_is_no_answer(serve, heard) -> None:
    def torn(upstream: Upstream) -> None:
        upstream.begin(("Content-Length", "1000"))
        upstream.wfile.write(b"half")

    url = serve(data=torn)
    with heard() as recorder, pytest.raises(requests.RequestException):
        by_requests(f"{url}data")
    assert list(recorder.folder.rglob("*.gz")) == []


def test_what_the_sandbox_answers_has_the_same_limit(tmp_path) -> None:
    def exchange(request: requests.PreparedRequest) -> requests.Response:
        response = requests.Response()
        response.status_code, response.raw, response.url = 200, io.BytesIO(bytes(2_000_000)), "x"
        return response

    ws = Workspace(Settings(home=tmp_path, body_megabytes=1), lambda: NOON, exchange)
    with open_network(ws), pytest.raises(requests.RequestException, match="more than 1 MB"):
        requests.get("https://www.szse.cn/")


def test_a_workbook_that_unpacks_to_more_is_refused(serve, heard, monkeypatch) -> None:
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(5_000_000))
    body = folder.getvalue()

    def workbook(upstream: Upstream) -> None:
        upstream.begin(("Content-Length", str(len(body))))
        upstream.wfile.write(body)

    url = serve(data=workbook)
    monkeypatch.setattr(
        akshare(), "bursting", lambda: pd.read_excel(by_requests(f"{url}data")), raising=False
    )
    with heard() as recorder, pytest.raises(SourceChanged, match="workbook unpacks to more than"):
        perform(OURS, Call("bursting"), recorder, attempts=1)


def test_pages_without_end_are_refused_together(serve, heard, monkeypatch) -> None:
    def page(upstream: Upstream) -> None:
        upstream.begin(("Content-Length", "900000"))
        upstream.wfile.write(bytes(900_000))

    url = serve(data=page)

    def endless() -> None:
        while True:
            by_requests(f"{url}data")

    monkeypatch.setattr(akshare(), "endless", endless, raising=False)
    wanted = pytest.raises(SourceChanged, match="the pages of one call have together")
    with heard() as recorder, wanted:
        perform(OURS, Call("endless"), recorder, attempts=1)
    assert len(serve.asked) == 9


def test_an_answer_that_was_read_is_measured_too() -> None:
    response = requests.Response()
    response._content, response.url = bytes(1_000_001), "https://www.szse.cn/"
    with pytest.raises(requests.RequestException, match=r"www\.szse\.cn: the body has more"):
        whole(response, Limits(1, 1, 1))

"""Hostile upstreams: bodies that drip, burst and lead elsewhere end at a limit, whoever asked."""

from __future__ import annotations

import gzip
import io
import socket
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pandas as pd
import pytest
import requests
from curl_cffi import Curl, CurlOpt
from curl_cffi import requests as curl

from flows.limits import Limits, whole
from flows.seam import Recorder, seam
from flows.settings import Host, Settings
from flows.sources import akshare, perform
from flows.upstreams import MOST_REDIRECTS, Upstreams
from flows.workspace import Workspace
from tests.flows.collection.test_seam import NOON
from warehouse.catalog import Call, Source
from warehouse.errors import SourceChanged, SourceUnavailable

QUICK = Host(min_interval_seconds=0, jitter_seconds=0)
SMALL = {"deadline_seconds": 20, "timeout_seconds": 20, "body_megabytes": 1.0}
SHORT = {"deadline_seconds": 0.3, "timeout_seconds": 0.25}
OURS = Source("Somebody", "127.0.0.1", frozenset(), lambda _: [], lambda rows, _: rows)
CHUNKED = ("Transfer-Encoding", "chunked")
ZEROS = 40  # megabytes in a bomb; the test would run into memory or time if they were kept


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
        self.end_headers()

    def drip(self, piece: bytes) -> None:
        """One piece after the other, each in time, without end."""
        while not self.over.wait(0.02):
            self.wfile.write(piece)


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """`serve(path=answer)`: the address of a server on loopback."""
    over = Event()
    handler = type("Handler", (Upstream,), {"paths": {}, "asked": [], "over": over})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()

    def start(**paths: Callable[[Upstream], None]) -> str:
        handler.paths.update({f"/{name}": answer for name, answer in paths.items()})
        start.asked = handler.asked
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield start
    over.set()
    server.shutdown()
    server.server_close()
    thread.join()


PERFORM = Curl.perform  # before the tests as a whole are kept from asking through curl


@pytest.fixture(autouse=True)
def curl_on_loopback(monkeypatch) -> None:
    """curl may ask in these tests; from loopback nothing leaves the machine."""

    def perform(self: Curl, *args: object, **options: object) -> None:
        self.setopt(CurlOpt.INTERFACE, b"host!127.0.0.1")
        PERFORM(self, *args, **options)

    monkeypatch.setattr(Curl, "perform", perform)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def heard(tmp_path) -> Callable[..., object]:
    """`heard(**settings)`: inside, requests go through the seam to the server on loopback."""

    @contextmanager
    def start(**settings: object) -> Iterator[Recorder]:
        named = {"default": QUICK, "127.0.0.1": QUICK}
        chosen = Settings(**{"home": tmp_path, "hosts": named} | SMALL | settings)
        with seam(Workspace(chosen, lambda: NOON)) as recorder:
            yield recorder

    return start


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
    dripping_headers, dripping_body, dripping_without_length, dripping_chunks,
    dripping_size_of_chunk,
]  # fmt: skip


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


def test_the_message_names_host_seconds_and_setting(serve, heard) -> None:
    url = serve(data=dripping_body)
    with heard(**SHORT), pytest.raises(requests.Timeout) as raised:
        by_requests(f"{url}data")
    assert str(raised.value) == (
        "127.0.0.1: the answer was not complete after 0.3 s (setting deadline_seconds)"
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
    refused = (requests.RequestException, curl.exceptions.RequestException)
    with heard() as recorder:
        with pytest.raises(refused, match=r"127\.0\.0\.1: the body has more than 1 MB \(setting"):
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
        with pytest.raises((requests.RequestException, curl.exceptions.RequestException)):
            ask(f"{url}data")
        assert time.monotonic() - began < 1
        assert "setting body_megabytes" in str(recorder.refusal)


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
    with seam(ws), pytest.raises(requests.RequestException, match="more than 1 MB"):
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


def to(location: str, status: int = 302) -> Callable[[Upstream], None]:
    return lambda upstream: upstream.begin(
        ("Location", location), ("Content-Length", "0"), status=status
    )


def arrived(upstream: Upstream) -> None:
    upstream.begin(("Content-Length", "3"))
    upstream.wfile.write(b"1,2")


ELSEWHERE = [
    "http://evil.example/", "http://localhost:1/", "http://127.0.0.2:1/", "http://[::1]:1/",
    "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://2130706433/",
    "file:///etc/passwd", "ftp://finance.sina.com.cn/x", "gopher://finance.sina.com.cn/",
    "http://finance.sina.com.cn@evil.example/", "http://evil.example\\@finance.sina.com.cn/",
    "//evil.example/x", "http://sina.com.cn.evil.example/", "http://evilsina.com.cn/", "http://[/",
]  # fmt: skip


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_redirect_leads_away_from_the_upstreams(serve, heard, target, ask) -> None:
    url = serve(data=to(target))
    refused = (requests.RequestException, curl.exceptions.RequestException)
    with heard() as recorder:
        with pytest.raises(refused, match=r"127\.0\.0\.1 redirects to .* not opened"):
            ask(f"{url}data")
        assert recorder.refusal is not None
    assert serve.asked == ["/data"]


@pytest.mark.parametrize("ask", CLIENTS)
def test_a_redirect_within_the_upstream_passes_the_seam_at_each_hop(serve, heard, ask) -> None:
    url = serve(data=to("/onward"), onward=to("/there", 307), there=arrived)
    with heard() as recorder:
        assert ask(f"{url}data").strip() == b"1,2"
    assert [line[2] for line in recorder.log.lines()] == ["302", "307", "200"]
    assert [line[4].rsplit("/", 1)[1] for line in recorder.log.lines()] == [
        "data", "onward", "there"
    ]  # fmt: skip


@pytest.mark.parametrize("ask", CLIENTS)
def test_a_budget_holds_for_each_hop(serve, heard, ask) -> None:
    url = serve(data=to("/there"), there=arrived)
    tight = Host(min_interval_seconds=0, jitter_seconds=0, daily_budget=1)
    refused = (requests.RequestException, curl.exceptions.RequestException)
    spent = pytest.raises(refused, match="budget of 1 requests is spent")
    with heard(hosts={"127.0.0.1": tight}), spent:
        ask(f"{url}data")
    assert serve.asked == ["/data"]


@pytest.mark.parametrize("ask", CLIENTS)
def test_redirects_in_a_circle_end(serve, heard, ask) -> None:
    url = serve(data=to("/data"))
    refused = (requests.RequestException, curl.exceptions.RequestException)
    with heard(), pytest.raises(refused, match="6th time in a row"):
        ask(f"{url}data")
    assert len(serve.asked) == MOST_REDIRECTS + 1


def test_a_redirect_that_akshare_shrugs_off_fails_the_call(serve, heard, monkeypatch) -> None:
    url = serve(data=to("http://evil.example/"), good=arrived)

    def careless() -> pd.DataFrame:
        with suppress(requests.RequestException):
            by_requests(f"{url}data")
        return pd.read_csv(f"{url}good", header=None)

    monkeypatch.setattr(akshare(), "careless", careless, raising=False)
    wanted = pytest.raises(SourceChanged, match=r"redirects to 'http://evil\.example/'")
    with heard() as recorder, wanted:
        perform(OURS, Call("careless"), recorder, attempts=3)
    assert serve.asked == ["/data", "/good"]


def test_a_host_that_is_refused_five_times_is_left_alone(serve, heard) -> None:
    url = serve(data=to("http://evil.example/"))
    with heard():
        for _ in range(7):
            with pytest.raises(requests.RequestException):
                by_requests(f"{url}data")
    assert len(serve.asked) == Host().give_up_after


def test_redirects_keep_encryption() -> None:
    answer = requests.Response()
    answer.status_code, answer.url = 302, "https://www.szse.cn/x"
    answer.headers["Location"] = "https://www.szse.cn/y"
    Upstreams().insist_on_redirect(answer)
    answer.headers["Location"] = "http://www.szse.cn/y"
    with pytest.raises(requests.RequestException, match="without encryption"):
        Upstreams().insist_on_redirect(answer)


@pytest.mark.parametrize(
    "link", ["http://evil.example/", "http://127.0.0.1:1/", "https://10.0.0.1"]
)
def test_a_link_out_of_an_answer_is_not_followed_elsewhere(tmp_path, link) -> None:
    wanted = pytest.raises(requests.RequestException, match="no address of an upstream")
    with seam(Workspace(Settings(home=tmp_path), lambda: NOON)), wanted:
        requests.get(link)


def test_a_cookie_is_not_carried_to_another_host(serve, heard) -> None:
    """Baidu's cookies are a header of the request; libcurl drops it at another host, so do we."""
    seen: dict[str, str | None] = {}

    def look(upstream: Upstream) -> None:
        seen[upstream.path] = upstream.headers.get("Cookie")
        arrived(upstream)

    url = serve(there=look, same=look)
    port = url.rsplit(":", 1)[1].strip("/")
    serve(data=to(f"http://localhost:{port}/there"), near=to("/same"))
    named = {"127.0.0.1": QUICK, "localhost": QUICK}
    with heard(hosts=named):
        for path in ("data", "near"):
            curl.get(f"{url}{path}", headers={"cookie": "secret=1"})
    assert seen == {"/there": None, "/same": "secret=1"}


def test_certificates_are_verified_whatever_akshare_says(heard, monkeypatch, tmp_path) -> None:
    """Shenwan's functions ask with verify=False."""
    asked: list[object] = []

    def send(_adapter, request, **options):
        asked.append(options["verify"])
        raise requests.ConnectionError("enough")

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", send)
    monkeypatch.setattr(
        curl.Session, "request", lambda _self, _method, _url, **o: asked.append(o["verify"])
    )
    with heard(hosts={"127.0.0.1": QUICK, "default": QUICK}):
        with suppress(requests.RequestException):
            akshare().index_component_sw("801001")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ours.pem"))
        with suppress(requests.RequestException):
            akshare().index_component_sw("801001")
        with suppress(AttributeError):
            curl.get("https://finance.baidu.com/", verify=False)
    assert asked == [True, *[str(tmp_path / "ours.pem")] * 2]


def test_limits_are_set_for_every_wait() -> None:
    limits = Limits(20, 120, 1)
    assert [limits.wait(t) for t in (None, 5, 300, (3, 300))] == [20, 5, 120, (3, 120)]


def test_an_answer_that_was_read_is_measured_too() -> None:
    response = requests.Response()
    response._content, response.url = bytes(1_000_001), "https://www.szse.cn/"
    with pytest.raises(requests.RequestException, match=r"www\.szse\.cn: the body has more"):
        whole(response, Limits(1, 1, 1))


def test_the_machine_has_no_connection_left_open(serve, heard) -> None:
    """What was cut is closed; warnings about open sockets are errors."""
    url = serve(data=dripping_chunks)
    with heard(**SHORT), pytest.raises(requests.Timeout):
        by_requests(f"{url}data")
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1].strip("/")))):
        pass

"""No redirect and no link leads away from the upstreams, and each proves its name."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd
import pytest
import requests
from curl_cffi import requests as curl

from flows.ingestion.fetch import akshare, perform
from flows.network.transport import open_network
from flows.network.upstreams import MOST_REDIRECTS, Upstreams
from flows.settings import Host, Settings
from flows.workspace import Workspace
from tests.flows.network.test_transport import NOON
from tests.flows.network.upstream import (
    CLIENTS,
    OURS,
    QUICK,
    REFUSED,
    Upstream,
    arrived,
    by_requests,
    to,
)
from warehouse.catalog import Call
from warehouse.errors import SourceChanged

pytestmark = pytest.mark.usefixtures("curl_on_loopback")

ELSEWHERE = [
    "http://evil.example/", "http://localhost:1/", "http://127.0.0.2:1/", "http://[::1]:1/",
    "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://2130706433/",
    "file:///etc/passwd", "ftp://finance.sina.com.cn/x", "gopher://finance.sina.com.cn/",
    "http://finance.sina.com.cn@evil.example/", "http://evil.example\\@finance.sina.com.cn/",
    "//evil.example/x", "http://sina.com.cn.evil.example/", "http://evilsina.com.cn/", "http://[/",
]  # fmt: skip


def unverified(url: str) -> bytes:
    return requests.get(url, verify=False).content


def unverified_by_curl(url: str) -> bytes:
    return curl.get(url, verify=False).content


@pytest.mark.parametrize("ask", [unverified, unverified_by_curl])
def test_a_host_that_cannot_prove_its_name_is_not_believed(
    encrypted, heard, certificate, monkeypatch, ask
) -> None:
    """Shenwan's functions ask with verify=False; the transport does not."""
    url = encrypted(data=arrived)
    with heard(), pytest.raises(REFUSED, match=r"(?i)certificate"):
        ask(f"{url}data")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with heard():
        assert ask(f"{url}data") == b"1,2"


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_redirect_leads_away_from_the_upstreams(serve, heard, target, ask) -> None:
    url = serve(data=to(target))
    with heard() as recorder:
        with pytest.raises(REFUSED, match=r"127\.0\.0\.1 redirects to .* not opened"):
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
        "data",
        "onward",
        "there",
    ]


@pytest.mark.parametrize("ask", CLIENTS)
def test_a_budget_holds_for_each_hop(serve, heard, ask) -> None:
    url = serve(data=to("/there"), there=arrived)
    tight = Host(min_interval_seconds=0, jitter_seconds=0, daily_budget=1)
    spent = pytest.raises(REFUSED, match="quota of 1 requests is spent")
    with heard(hosts={"127.0.0.1": tight}), spent:
        ask(f"{url}data")
    assert serve.asked == ["/data"]


@pytest.mark.parametrize("ask", CLIENTS)
def test_redirects_in_a_circle_end(serve, heard, ask) -> None:
    url = serve(data=to("/data"))
    with heard(), pytest.raises(REFUSED, match="6th time in a row"):
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
    with open_network(Workspace(Settings(home=tmp_path), lambda: NOON)), wanted:
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

"""Clients other than requests keep the same rate limits,
are archived, and reach the same sandbox.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
import requests
from curl_cffi import requests as curl
from requests.adapters import HTTPAdapter

from flows.ingestion.fetch import akshare, perform
from flows.network.intercept import from_curl
from flows.network.transport import open_network
from flows.sandbox import Fault, Kind
from flows.sandbox.formats.xlsx import workbook
from flows.settings import Host, Settings
from flows.workspace import Workspace
from warehouse.catalog import Call, Source
from warehouse.errors import SourceUnavailable

NOON = datetime(2025, 11, 25, 4, tzinfo=UTC)
QUICK = {"default": Host(min_interval_seconds=0, jitter_seconds=0)}
BAIDU = Source("Baidu", "finance.pae.baidu.com", frozenset(), lambda _: [], lambda rows, _: rows)
SUSPENSIONS = Call("news_trade_notify_suspend_baidu", {"date": "20251125"})
FIELDS = (
    "exchange",
    "name",
    "start",
    "reason",
    "marketValue",
    "date",
    "time",
    "type",
    "market",
    "isSkip",
)
SUSPENDED = {"code": "600000"} | dict.fromkeys(FIELDS, "-")
COLUMNS = [
    "日期",
    "代码",
    "全称",
    "简称",
    "英文全称",
    "英文简称",
    "PE1",
    "PE2",
    "股息率1",
    "股息率2",
]
TABLE = workbook([COLUMNS, [20251124, "H30374", "甲", "乙", "A", "B", 21.5, 20.1, 1.5, 1.4]])


def response(request, body: bytes = b"", status: int = 200, **cookies: str) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer._content, answer.url = status, body, str(request.url)
    answer.headers["Content-Type"] = "application/octet-stream"
    answer.cookies = requests.cookies.cookiejar_from_dict(cookies)
    return answer


def upstreams(request: requests.PreparedRequest) -> requests.Response:
    """Baidu's calendar behind its two cookies, and a table at China Securities Index."""
    place = urlsplit(str(request.url))
    if place.hostname == "finance.baidu.com":
        page = b'<script src="https://hm.baidu.com/hm.js?abc"></script>'
        return response(request, page, BAIDUID="1", BAIDUID_BFESS="2")
    if place.hostname == "hm.baidu.com":
        return response(request, HMACCOUNT="3", HMACCOUNT_BFESS="4")
    if place.hostname == "finance.pae.baidu.com":
        assert "HMACCOUNT=3" in request.headers["cookie"]
        day = parse_qs(place.query)["start_date"][0]
        found = [{"date": day, "total": 1, "list": [SUSPENDED]}]
        return response(request, json.dumps({"Result": {"calendarInfo": found}}).encode())
    return response(request, TABLE)


@pytest.fixture
def office(tmp_path: Path):
    """`office(exchange)`: a workspace whose requests end there; without one, at the network."""

    def start(exchange=upstreams, **settings) -> Workspace:
        chosen = Settings(**{"home": tmp_path, "hosts": QUICK} | settings)
        return Workspace(chosen, lambda: NOON, exchange)

    return start


def test_baidu_is_asked_through_the_seam_with_its_cookies(office) -> None:
    with open_network(office()) as recorder:
        rows = akshare().news_trade_notify_suspend_baidu("20251125")
    assert rows["股票代码"].tolist() == ["600000"]
    hosts = ["finance.baidu.com", "hm.baidu.com", "finance.pae.baidu.com"]
    assert recorder.requests_per_host == dict.fromkeys(hosts, 1)
    assert [line[1] for line in recorder.log.lines()] == hosts
    assert len(recorder.taken()) == 3


def test_a_table_that_pandas_opens_is_asked_through_the_seam(office) -> None:
    with open_network(office()) as recorder:
        rows = akshare().stock_zh_index_value_csindex("H30374")
    assert rows["市盈率1"].tolist() == [21.5]
    assert recorder.requests_per_host == {"oss-ch.csindex.com.cn": 2}  # pandas asks twice
    assert "indicator/H30374indicator.xls" in recorder.log.lines()[0][4]


def test_compressed_text_reaches_pandas_as_text(office) -> None:
    """requests unpacks it; pandas must not be told that it is packed."""

    def packed(request):
        answer = response(request, b"a,b\n1,2\n")
        answer.headers["Content-Encoding"] = "gzip"
        return answer

    with open_network(office(packed)):
        assert pd.read_csv("https://oss-ch.csindex.com.cn/k.csv")["b"].tolist() == [2]


@pytest.mark.parametrize(
    "function", ["news_trade_notify_suspend_baidu", "stock_zh_index_value_csindex"]
)
@pytest.mark.parametrize("trouble", [requests.ReadTimeout, requests.ConnectionError, 403])
def test_no_answer_is_an_unavailable_source_whichever_client_asked(
    office, function, trouble
) -> None:
    def silent(request):
        if trouble == 403:
            return response(request, b"<html>Forbidden</html>", 403)
        raise trouble("nobody there", request=request)

    call = SUSPENSIONS if function.startswith("news") else Call(function)
    with open_network(office(silent)) as recorder, pytest.raises(SourceUnavailable):
        perform(BAIDU, call, recorder, attempts=1)
    (line,) = recorder.log.lines()
    assert line[2] == (str(trouble) if trouble == 403 else trouble.__name__)


def test_curl_gets_a_time_limit_and_its_errors_are_ours(office, monkeypatch) -> None:
    limits = []

    def browse(_session, _method, url, **options):
        limits.append(options["timeout"])
        raise curl.exceptions.DNSError(f"could not resolve {url}")

    monkeypatch.setattr(curl.Session, "request", browse)
    with open_network(office(None)) as recorder:
        for limit in ({}, {"timeout": 10}):
            with pytest.raises(curl.exceptions.ConnectionError, match="could not resolve"):
                curl.get("https://finance.baidu.com/calendar", **limit)
    assert limits == [20, 10]
    assert [line[2] for line in recorder.log.lines()] == ["ConnectionError"] * 2


def test_an_answer_of_curl_is_archived_and_handed_back(office, monkeypatch) -> None:
    def browse(_session, _method, url, **_options):
        answer = curl.Response()
        answer.content, answer.url = b'{"x": 1}', url
        answer.cookies.set("BAIDUID", "1", domain="baidu.com")
        return answer

    monkeypatch.setattr(curl.Session, "request", browse)
    with open_network(office(None)) as recorder:
        answer = curl.get("https://finance.baidu.com/calendar")
    assert (answer.json(), answer.cookies.get("BAIDUID")) == ({"x": 1}, "1")
    assert recorder.last is not None and recorder.last.content == answer.content


def test_urllib_gets_a_time_limit(office, monkeypatch) -> None:
    limits = []

    def send(_adapter, request, **options):
        limits.append(options["timeout"])
        return response(request, b"a,b\n1,2\n")

    monkeypatch.setattr(HTTPAdapter, "send", send)
    with open_network(office(None)):
        pd.read_csv("https://oss-ch.csindex.com.cn/k.csv")
    assert limits == [20]


def test_the_sandbox_answers_every_client(desk) -> None:
    evening = desk()
    url = "https://www.szse.cn/api/report/ShowReport?CATALOGID=1110&TABKEY=tab1&SHOWTYPE=xlsx"
    with evening.exchange.installed():
        bodies = [requests.get(url).content, curl.get(url).content]
        rows = pd.read_excel(url)
    assert bodies[0] == bodies[1]
    assert "A股代码" in rows.columns
    evening.break_(Fault(Kind.HANG))
    with evening.exchange.installed(), pytest.raises(curl.exceptions.Timeout):
        curl.get(url)


def test_curl_cannot_reach_the_network() -> None:
    with pytest.raises(pytest.fail.Exception, match="through curl"):
        curl.get("http://192.0.2.1/", timeout=0.2)


def test_the_clients_are_given_back(office) -> None:
    before = curl.Session.request
    with open_network(office()):
        assert curl.Session.request is not before
    assert curl.Session.request is before


def test_headers_of_curl_are_kept() -> None:
    answer = curl.Response()
    answer.headers["Content-Type"] = "text/html; charset=gbk"
    assert from_curl(answer).headers["content-type"] == "text/html; charset=gbk"

"""The transport: every request is limited, paced, counted
and archived, and none leaves the machine.
"""

from __future__ import annotations

import csv
import gzip
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter

from flows.ingestion.fetch import akshare, perform
from flows.network.circuit_breaker import CircuitBreaker
from flows.network.rate_limit import HostPolicies, RateLimiter, RequestBlocked
from flows.network.request_log import RequestLog
from flows.network.transport import Recorder, open_network
from flows.sandbox import Fault, Kind
from flows.settings import Host, Settings
from flows.workspace import Workspace
from warehouse.catalog import Call, Source
from warehouse.errors import SourceUnavailable

NOON = datetime(2025, 11, 25, 4, tzinfo=UTC)
URL = "https://query.sse.com.cn/marketdata"


def responding(body: bytes = b"body", status: int = 200):
    """A network that notes how it was asked."""
    asked = []

    def send(_adapter, request, **options):
        asked.append((request.url, options))
        response = requests.Response()
        response.status_code, response._content = status, body
        response.url, response.request = request.url, request
        return response

    return send, asked


@pytest.fixture
def network(monkeypatch):
    def install(body: bytes = b"body"):
        send, asked = responding(body)
        monkeypatch.setattr(HTTPAdapter, "send", send)
        return asked

    return install


def office(home: Path, **settings) -> Workspace:
    quick = {"default": Host(min_interval_seconds=0, jitter_seconds=0)}
    return Workspace(Settings(**{"home": home, "hosts": quick} | settings), lambda: NOON)


@pytest.mark.parametrize(("given", "used"), [(None, 20), (15, 15)])
def test_a_request_without_a_time_limit_gets_one(network, tmp_path, given, used) -> None:
    asked = network()
    with open_network(office(tmp_path)):
        requests.get(URL, timeout=given)
    assert asked[0][1]["timeout"] == used


def test_requests_to_one_host_keep_their_distance_and_hosts_do_not_wait_for_each_other() -> None:
    slept: list[float] = []
    policies = HostPolicies({"default": Host(min_interval_seconds=2, jitter_seconds=1)})
    limiter = RateLimiter(policies, monotonic=lambda: 100.0, sleep=slept.append, jitter=lambda: 0.5)
    for host in ("a", "a", "b", "a"):
        limiter.wait(host)
    assert slept == [2.5, 5.0]


def test_the_budget_of_a_day_outlives_the_run_and_ends_with_the_day(network, tmp_path) -> None:
    asked = network()
    budget = {"default": Host(min_interval_seconds=0, jitter_seconds=0, daily_budget=2)}
    ws = office(tmp_path, hosts=budget)
    for _ in range(2):
        with open_network(ws):
            requests.get(URL)
    with (
        open_network(ws),
        pytest.raises(requests.ConnectionError, match="quota of 2 requests is spent"),
    ):
        requests.get(URL)
    assert len(asked) == 2
    tomorrow = Workspace(ws.settings, lambda: NOON + timedelta(days=1))
    with open_network(tomorrow):
        requests.get(URL)
    assert len(asked) == 3


def test_the_pause_is_kept_between_runs(tmp_path) -> None:
    log = RequestLog(tmp_path / "requests.csv")
    log.add(NOON, "a", "200", "", URL)
    slept: list[float] = []
    policies = HostPolicies({"default": Host(min_interval_seconds=2, jitter_seconds=0)})
    limiter = RateLimiter(policies, lambda: 50.0, slept.append)
    log.resume(limiter, CircuitBreaker(policies), NOON + timedelta(seconds=0.5))
    limiter.wait("a")
    assert slept == [1.5]


GOOD = b'1764043200.000,a,200,raw/x.gz,"https://a/?x=1,2"'
DAMAGED = [
    b"", b"\0" * 40, b"\x80\xff\xfe\x93 binary", b"1764043200.0", b"1764043200.000,a",
    b"1764043200.000,a,200,raw/x.gz", GOOD + b",more,fields", b'1764043200.000,a,200,"raw/x',
    b"1764043200.000,a,20\xb2,raw/x.gz,https://a/", "1764043200.000,a,²,x,y".encode(),
    b"nan,a,200,x,y", b"inf,a,200,x,y", b"1e300,a,200,x,y", b"-1.000,a,200,x,y",
    b"1764043200.000,\0,200,x,y", b"1764043200.000,a,200\0,x,y", b"9" * 200_000,
    b"1764043200.000,a," + b"9" * 5_000 + b",x,y", b'"' * 99, GOOD.replace(b"https", b"x" * 140_000),
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED, ids=lambda d: ascii(d[:20]))
def test_a_damaged_line_of_the_log_costs_that_line(tmp_path, damage, caplog) -> None:
    log = RequestLog(tmp_path / "requests.csv")
    log.path.write_bytes(b"\r\n".join([GOOD, damage, GOOD]) + b"\r\n")
    policies = HostPolicies({"default": Host(daily_budget=3)}, unlimited=False)
    limiter = RateLimiter(policies, lambda: 0.0, lambda _: None)
    log.resume(limiter, CircuitBreaker(policies), NOON)
    assert limiter.spent == {"a": 2}
    assert log.lines() == [next(csv.reader([GOOD.decode()]))] * 2
    assert [r.getMessage() for r in caplog.records] == [
        f"{log.path}: 1 damaged lines are left out of the day's count"
    ]


def test_a_torn_line_does_not_spoil_the_next(tmp_path) -> None:
    """A run that was killed while it wrote."""
    for cut in range(1, len(GOOD)):
        log = RequestLog(tmp_path / f"{cut}.csv")
        log.path.write_bytes(GOOD + b"\r\n" + GOOD[:cut])
        policies = HostPolicies({})
        log.resume(RateLimiter(policies), CircuitBreaker(policies), NOON)
        log.add(NOON, "b", "200", "", URL)
        hosts = [line[1] for line in log.lines()]
        assert (hosts[0], hosts[-1]) == ("a", "b") and len(hosts) in {2, 3}


def test_a_request_dated_in_the_future_makes_nobody_wait(tmp_path) -> None:
    log = RequestLog(tmp_path / "requests.csv")
    log.path.write_bytes(b"999999999999.000,a,503,,https://a/\r\n" * 3)
    policies = HostPolicies({"default": Host(give_up_after=3, cool_down_seconds=600)})
    limiter, breaker = RateLimiter(policies, lambda: 0.0), CircuitBreaker(policies)
    log.resume(limiter, breaker, NOON)
    breaker.admit("a", NOON + timedelta(seconds=601))
    assert limiter.free_at["a"] <= 1.0


def test_a_damaged_log_does_not_stop_a_run(network, tmp_path) -> None:
    asked = network()
    with open_network(office(tmp_path)) as recorder:
        requests.get(URL)
    recorder.log.path.write_bytes(recorder.log.path.read_bytes() + b"\0\0\xff,,\x80")
    with open_network(office(tmp_path)) as recorder:
        requests.get(URL)
    assert len(asked) == len(recorder.log.lines()) == 2


POLITE = HostPolicies({"default": Host(give_up_after=3, cool_down_seconds=600)})


def answers(
    breaker: CircuitBreaker, second: float, outcome: str = "ReadTimeout", host: str = "a"
) -> str:
    """What becomes of a request to a host at a second: refused, or noted with its outcome."""
    try:
        breaker.admit(host, NOON + timedelta(seconds=second))
    except RequestBlocked:
        return "not asked"
    breaker.note(NOON.timestamp() + second, host, outcome)
    return "asked"


def test_a_host_that_is_silent_three_times_is_left_alone_and_others_are_not() -> None:
    breaker = CircuitBreaker(POLITE)
    assert [answers(breaker, s) for s in range(5)] == ["asked"] * 3 + ["not asked"] * 2
    assert answers(breaker, 5, host="b") == "asked"


def test_an_answer_in_between_begins_the_count_anew() -> None:
    breaker = CircuitBreaker(POLITE)
    outcomes = ["ReadTimeout", "503", "200", "ConnectionError", "456"]
    assert {answers(breaker, s, outcome) for s, outcome in enumerate(outcomes)} == {"asked"}
    assert answers(breaker, 5, "ReadTimeout") == "asked"
    assert answers(breaker, 6) == "not asked"


def test_after_a_while_one_request_probes_the_host() -> None:
    breaker = CircuitBreaker(POLITE)
    for second in range(3):
        answers(breaker, second)
    assert answers(breaker, 601) == "not asked"
    assert [answers(breaker, 603), answers(breaker, 604)] == ["asked", "not asked"]
    assert [answers(breaker, 1204, "200"), answers(breaker, 1205)] == ["asked", "asked"]


def test_pages_that_are_not_there_are_answers() -> None:
    breaker = CircuitBreaker(POLITE)
    assert {answers(breaker, s, "404") for s in range(5)} == {"asked"}


def test_a_silent_host_is_remembered_by_the_next_run(monkeypatch, tmp_path) -> None:
    asked = []

    def send(_adapter, request, **_options):
        asked.append(request.url)
        raise requests.ReadTimeout("Read timed out.", request=request)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    patient = {"default": Host(min_interval_seconds=0, jitter_seconds=0, give_up_after=2)}
    for _ in range(4):
        with (
            open_network(office(tmp_path, hosts=patient)),
            pytest.raises(requests.RequestException),
        ):
            requests.get(URL)
    assert len(asked) == 2


def test_a_source_that_is_left_alone_fails_at_once_and_without_a_request(network, tmp_path) -> None:
    asked = network()
    source = Source("SSE", "query.sse.com.cn", frozenset(), lambda _: [], lambda rows, _: rows)
    with open_network(office(tmp_path)) as recorder:
        for _ in range(Host().give_up_after):
            recorder.miss(requests.Request("GET", URL).prepare(), requests.ReadTimeout())
        with pytest.raises(SourceUnavailable, match="next attempt in 15 minutes"):
            perform(source, Call("stock_margin_sse"), recorder, attempts=3)
    assert asked == []


@pytest.mark.parametrize("status", [200, 456])
def test_a_host_that_answers_with_block_pages_is_left_alone(desk, status) -> None:
    evening = desk()
    evening.break_(Fault(Kind.HTML, host="www.szse.cn", status=status))
    source = Source("SZSE", "www.szse.cn", frozenset(), lambda _: [], lambda rows, _: rows)
    call = Call("stock_margin_szse", {"date": "20251121"})
    for _ in range(7):
        with open_network(evening.ws) as recorder, pytest.raises(SourceUnavailable):
            perform(source, call, recorder, attempts=1)
    assert evening.asked() == {"www.szse.cn": Host().give_up_after}


def test_an_answer_from_which_akshare_left_out_a_page_is_not_believed(desk, monkeypatch) -> None:
    """`stock_ipo_review_em` and others print what went wrong and go on with the next page."""
    evening = desk()
    evening.break_(Fault(Kind.RESET, endpoint="sina_index_history", times=1))

    def careless():
        with suppress(requests.RequestException):
            akshare().stock_zh_index_daily("sz399006")
        return akshare().stock_zh_index_daily("sh000001")

    monkeypatch.setattr(akshare(), "careless", careless, raising=False)
    source = Source("Sina", "finance.sina.com.cn", frozenset(), lambda _: [], lambda rows, _: rows)
    with (
        open_network(evening.ws) as recorder,
        pytest.raises(SourceUnavailable, match="no response"),
    ):
        perform(source, Call("careless"), recorder, attempts=1)


def test_bodies_are_archived_once_as_they_came(network, tmp_path) -> None:
    network(body := b'{"result": []}' * 100)
    with open_network(office(tmp_path)) as recorder:
        requests.get(URL)
        requests.get(URL)
    (path,) = set(recorder.taken())
    assert recorder.taken() == []
    assert gzip.decompress((tmp_path / path).read_bytes()) == body
    assert [f.suffix for f in sorted((tmp_path / "raw" / "2025-11-25").iterdir())] == [
        ".gz",
        ".csv",
    ]
    assert [line[1:4] for line in recorder.log.lines()] == [["query.sse.com.cn", "200", path]] * 2


def test_eastmoneys_closed_hosts_are_asked_under_the_open_one(network, tmp_path) -> None:
    asked = network()
    with open_network(office(tmp_path)):
        requests.get("https://82.push2.eastmoney.com/api/qt/clist/get?pn=1")
    assert asked[0][0] == "https://push2delay.eastmoney.com/api/qt/clist/get?pn=1"


def test_a_failure_is_logged_with_its_class(monkeypatch, tmp_path) -> None:
    def send(_adapter, request, **_options):
        raise requests.ReadTimeout("Read timed out.", request=request)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    with open_network(office(tmp_path)) as recorder, pytest.raises(requests.ReadTimeout):
        requests.get(URL)
    assert recorder.log.lines()[0][1:3] == ["query.sse.com.cn", "ReadTimeout"]


def test_an_address_that_the_sandbox_does_not_serve_is_an_unavailable_source(desk) -> None:
    somewhere = Source("Somebody", "cdn.jin10.com", frozenset(), lambda _: [], lambda rows, _: rows)
    call = Call("stock_sgt_reference_exchange_rate_sse")
    with (
        open_network(desk().ws) as recorder,
        pytest.raises(SourceUnavailable, match="serves no such address"),
    ):
        perform(somewhere, call, recorder, attempts=1)


def test_tests_cannot_reach_the_network(tmp_path) -> None:
    named = office(tmp_path, hosts={"192.0.2.1": Host()})
    with open_network(named), pytest.raises(UserWarning, match=r"192\.0\.2\.1"):
        requests.get("http://192.0.2.1/", timeout=0.2)


def test_the_adapter_is_given_back(tmp_path) -> None:
    before = HTTPAdapter.send
    with open_network(office(tmp_path)) as recorder:
        assert isinstance(recorder, Recorder)
        assert HTTPAdapter.send is not before
    assert HTTPAdapter.send is before

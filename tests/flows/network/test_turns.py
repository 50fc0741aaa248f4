"""Lanes side by side: one works at a time, and all wait at once."""

from __future__ import annotations

import time
from threading import Event, get_ident
from types import SimpleNamespace

import pytest
import requests
from curl_cffi import CurlECode
from curl_cffi.curl import CurlError
from urllib3.exceptions import MaxRetryError, NewConnectionError

from flows.network.frozen_clock import CLOCKED, wall_clock
from flows.network.rate_limit import RequestBlocked
from flows.network.reachability import NetworkLost, Reachability, never_connected
from flows.network.transport import Transport
from flows.network.turns import resting, side_by_side


def unreachable(host: str) -> requests.ConnectionError:
    """What requests raises where there is no way to a host."""
    reason = NewConnectionError(None, "[Errno 101] Network is unreachable")  # type: ignore[arg-type]
    return requests.ConnectionError(MaxRetryError(None, f"https://{host}/", reason))  # type: ignore[arg-type]


def test_lanes_wait_at_once_and_work_one_at_a_time() -> None:
    working: list[int] = []
    overlaps: list[bool] = []
    waiting: set[int] = set()
    at_once: list[int] = []

    def lane() -> int:
        for _ in range(3):
            overlaps.append(bool(working))
            working.append(get_ident())
            time.sleep(0.001)
            working.clear()
            with resting():
                waiting.add(get_ident())
                time.sleep(0.05)
                at_once.append(len(waiting))
                waiting.discard(get_ident())
        return get_ident()

    lanes = side_by_side([lane] * 4)
    assert max(at_once) > 1
    assert len(set(lanes)) == 4
    assert not any(overlaps)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_error_of_a_lane_stops_the_others_where_they_wait(error) -> None:
    rested: list[int] = []

    def long() -> None:
        for n in range(1_000):
            with resting():
                time.sleep(0.01)
            rested.append(n)

    def bad() -> None:
        with resting():
            time.sleep(0.03)
        raise error("of one lane")

    with pytest.raises(error, match="of one lane"):
        side_by_side([long, bad])
    assert len(rested) < 100


def test_alone_nothing_is_handed_on() -> None:
    with resting():
        pass


def test_calls_of_two_lanes_that_overlap_have_one_clock() -> None:
    import importlib
    from datetime import datetime

    module = importlib.import_module(CLOCKED[0])
    real = module.datetime
    moment = datetime(2026, 1, 13, 19)
    first, second = wall_clock(lambda: moment), wall_clock(lambda: moment)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert module.datetime.now() == moment  # the second call is under way
    second.__exit__(None, None, None)
    assert module.datetime is real


def test_three_hosts_out_of_reach_and_none_within_are_no_network() -> None:
    reach = Reachability()
    for host in ("a", "b"):
        reach.note(host, unreachable(host))
        reach.insist()
    reach.note("c", requests.ConnectTimeout())
    with pytest.raises(NetworkLost, match=r"no network: none of 3 hosts .*\(a, b, c\)"):
        reach.insist()


@pytest.mark.parametrize(
    "error",
    [
        None,
        requests.ReadTimeout(),
        requests.exceptions.SSLError(),
        requests.ConnectionError("Connection aborted: reset"),
    ],
)
def test_one_host_that_was_reached_shows_that_there_is_a_network(error) -> None:
    reach = Reachability()
    reach.note("a", error)
    for host in ("b", "c", "d"):
        reach.note(host, unreachable(host))
    reach.insist()


def test_requests_and_curl_say_that_there_was_no_connection(monkeypatch) -> None:
    """What the clients really raise where a name does not resolve."""
    with pytest.raises(requests.ConnectionError) as raised:
        requests.get("http://nowhere.invalid/", timeout=2)
    assert never_connected(raised.value)
    resolved = CurlError("no such host", CurlECode.COULDNT_RESOLVE_HOST)
    error = requests.ConnectionError("no such host")
    error.__cause__ = resolved
    assert never_connected(error)
    assert not never_connected(requests.ConnectionError("Connection aborted"))


def test_a_request_that_was_blocked_here_says_nothing_of_the_network() -> None:
    reach = Reachability()
    for host in ("a", "b", "c"):
        reach.note(host, RequestBlocked("quota"))
    reach.insist()


def test_others_work_while_a_response_is_waited_for() -> None:
    host = SimpleNamespace(insist=lambda: None, admit=lambda *_: None, wait=lambda _host: None)
    network = SimpleNamespace(reach=host, breaker=host, limiter=host)
    transport = Transport(network, SimpleNamespace(clock=lambda: None), None, None, None)
    request = requests.Request("GET", "https://a.example/").prepare()
    worked = Event()

    def asking() -> bool:
        return transport._response(request, lambda _limits: worked.wait(timeout=1))

    assert side_by_side([asking, worked.set])[0] is True

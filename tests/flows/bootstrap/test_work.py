"""What of the past a part lacks: how far back, which sources are asked, and how many requests."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from flows.bootstrap import work as works
from flows.bootstrap.work import Work, asked, kind_of, missing, requests_of, spans, weight_of
from warehouse.cadence import Daily, PerShare, Reference, SessionPage, Snapshot
from warehouse.catalog import Call, Chain, Request, Source, dataset
from warehouse.shanghai import SHANGHAI

TODAY = date(2026, 1, 20)
DAYS = [TODAY - timedelta(days=n) for n in range(30, -1, -1)]
INDICES = dataset("index_daily")
SHARES = PerShare(None, "SELECT code FROM core.security")


def source(name: str, *calls: Call, **more: Any) -> Source:
    return Source(name, f"{name}.cn", frozenset(), lambda _: calls, lambda rows, _: rows, **more)


def of(cadence: Any, *sources: Source) -> tuple[Any, Chain]:
    """The indices with another cadence, and a part with these sources."""
    chain = Chain("A", sources)
    return replace(INDICES, cadence=cadence, chains=(chain,)), chain


def run(**more: Any) -> Any:
    now = datetime(2026, 1, 20, 19, tzinfo=SHANGHAI)
    ws = SimpleNamespace(
        calendar=pl.Series("trade_date", DAYS), today=TODAY, now=now,
        now_utc=datetime(2026, 1, 20, 11), **more,
    )  # fmt: skip
    log = SimpleNamespace()
    return SimpleNamespace(ws=ws, bootstrap=True, log=lambda *_: nullcontext(log))


@pytest.mark.parametrize(
    ("cadence", "sessions", "wanted"),
    [
        (Daily(), 5, [None]),
        (Daily(), 6, [(DAYS[-6], TODAY)]),
        (Daily(), 9_999, [(DAYS[0], TODAY)]),
        (Daily(), 0, [None]),
        (SessionPage(), 250, [None]),
        (Daily(past=SHARES), 10, [None, (DAYS[-10], DAYS[-2])]),
        (SHARES, 10, [(DAYS[-10], TODAY)]),
        (Reference(), 10, [(DAYS[-10], TODAY)]),
    ],
)
def test_as_many_days_are_wanted_as_metrics_read(
    monkeypatch: pytest.MonkeyPatch, cadence: Any, sessions: int, wanted: list[Any]
) -> None:
    monkeypatch.setattr(works, "depths", lambda: {INDICES.name: sessions})
    d, chain = of(cadence)
    assert spans(run(), d, chain) == wanted


FIRST, SECOND = Call("f", days=(DAYS[0],)), Call("g", days=(DAYS[1],))


def names(d: Any, chain: Chain, request: Request) -> list[tuple[str, list[str]]]:
    return [(s.name, [c.function for c in calls]) for s, calls in asked(d, chain, request)]


@pytest.mark.parametrize(
    ("cadence", "codes", "found"),
    [
        (Daily(), (), ["one", "two"]),  # the first one lacks a day
        (Reference(), (), ["one"]),
        (Daily(), ("a",), ["one"]),
    ],
)
def test_another_source_is_asked_for_the_days_that_one_lacks(
    cadence: Any, codes: tuple[str, ...], found: list[str]
) -> None:
    d, chain = of(
        cadence,
        source("none"),
        source("one", FIRST),
        source("two", SECOND),
        source("three", SECOND),
    )
    request = Request((DAYS[0], DAYS[1]), datetime(2026, 1, 20), codes)
    assert [name for name, _ in names(d, chain, request)] == found


def test_a_call_makes_as_many_requests_as_were_measured_else_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured = {"f": {"a.cn": 2.0, "": 1.0}, "f qfq": {"b.cn": 1.5}}
    monkeypatch.setattr(works, "measured_requests", lambda: measured)
    calls = [Call("f"), Call("f"), Call("f", {"adjust": "qfq"}), Call("g")]
    assert requests_of(source("s"), calls) == {"a.cn": 4.0, "b.cn": 1.5, "s.cn": 1.0}
    assert requests_of(source("s", query="SELECT 1"), calls) == {}


@pytest.mark.parametrize(
    ("arguments", "kind"), [({}, "f"), ({"adjust": ""}, "f"), ({"adjust": "hfq"}, "f hfq")]
)
def test_bars_and_factors_of_one_function_are_told_apart(arguments: Any, kind: str) -> None:
    assert kind_of(Call("f", arguments)) == kind


def test_what_was_measured_is_by_function_and_host() -> None:
    measured = works.measured_requests()
    assert len(measured) > 20
    assert all(count > 0 for hosts in measured.values() for count in hosts.values())


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is wanted and not answered, as a test says it."""
    known: dict[str, Any] = {"codes": (), "days": (TODAY,)}

    def request_for(run_: Any, *_: Any) -> Request:
        return Request(known["days"], run_.ws.now, known["codes"])

    monkeypatch.setattr(works, "request_for", request_for)
    monkeypatch.setattr(works, "unanswered", lambda *given, **_: given[4])
    monkeypatch.setattr(works, "measured_requests", dict)
    monkeypatch.setattr(works, "EXPECTED", {(INDICES.name, "A"): 1_000})
    return known


SPAN = (DAYS[0], DAYS[-2])


def test_the_calls_of_a_part_are_counted_with_their_requests(plain: dict[str, Any]) -> None:
    d, chain = of(Daily(), source("one", FIRST, SECOND))
    (found,) = missing(run(), d, chain, SPAN, set())
    assert (found.calls, found.requests, found.estimated) == (2, {"one.cn": 2}, False)
    assert (found.span, found.weight) == (SPAN, weight_of(d.name))
    plain["days"] = ()
    assert list(missing(run(), d, chain, SPAN, set())) == []


def test_while_the_list_of_shares_is_to_come_their_usual_number_is_reckoned_with(
    plain: dict[str, Any],
) -> None:
    d, chain = of(SHARES, source("one", FIRST))
    (found,) = missing(run(), d, chain, SPAN, {"security"})
    assert (found.calls, found.requests, found.estimated) == (1_000, {"one.cn": 1_000}, True)
    assert list(missing(run(), d, chain, SPAN, set())) == [], "each has been read"
    plain["codes"] = ("a", "b")
    (listed,) = missing(run(), d, chain, SPAN, {"security"})
    assert (listed.calls, listed.estimated) == (1, False)


def test_a_list_that_is_fresh_is_no_work(plain: dict[str, Any], monkeypatch) -> None:
    cadence = Snapshot(timedelta(days=6))
    d, chain = of(cadence, source("one", FIRST))
    for fresh in (True, False):
        monkeypatch.setattr(Snapshot, "fresh", lambda *_, fresh=fresh: fresh)
        assert bool(list(missing(run(), d, chain, None, set()))) is not fresh


def work(span: Any, cadence: Any, requests: dict[str, int]) -> Work:
    d, chain = of(cadence)
    return Work(d, chain, span, 1, Counter(requests), frozenset(), 0.0)


def test_what_others_wait_for_is_the_past_and_not_the_newest_page() -> None:
    page, past = work(None, Daily(past=SHARES), {}), work(SPAN, Daily(past=SHARES), {})
    assert (page.newest_only, past.newest_only) == (True, False)
    assert work(None, Daily(), {}).newest_only is False
    assert (page.brings, past.brings) == (set(), {"index_daily", "index_daily (A)"})
    assert (page.key, past.key) == (("index_daily (A)", True), ("index_daily (A)", False))


@pytest.mark.parametrize(
    ("requests", "host"), [({"a": 1, "b": 2}, "b"), ({"a": 2, "b": 2}, "b"), ({}, "")]
)
def test_its_host_is_the_one_that_gets_most_requests(requests: dict[str, int], host: str) -> None:
    assert work(SPAN, Daily(), requests).host == host


@pytest.mark.parametrize(
    ("done", "wanted"),
    [({}, 1), ({("index_daily", "A"): DAYS[0]}, 0), ({("index_daily", "A"): DAYS[1]}, 1)],
)
def test_a_past_that_was_answered_for_is_no_work_again(
    monkeypatch: pytest.MonkeyPatch, done: Any, wanted: int
) -> None:
    d, _ = of(Daily())

    @contextmanager
    def reading() -> Any:
        yield "reader"

    monkeypatch.setattr(works, "collectable", lambda: [d.name])
    monkeypatch.setattr(works, "dataset", lambda _: d)
    monkeypatch.setattr(works, "spans", lambda *_: [SPAN])
    monkeypatch.setattr(works, "missing", lambda *given: [given[3]])
    monkeypatch.setattr(works.collection_log, "completed_past", lambda _: done)
    assert works.works(SimpleNamespace(reading=reading)) == [SPAN] * wanted  # type: ignore[arg-type]

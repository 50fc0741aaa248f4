"""One source by hand: which calls are left, how many go together, and who bears witness."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from flows.ingestion import source_run
from flows.ingestion.source_run import load_witness, run_source, unanswered
from warehouse.cadence import WEEKLY
from warehouse.catalog import Call, as_read, dataset
from warehouse.records.collection_log import Answer

NOW = datetime(2026, 1, 20, 2)
DAY = date(2026, 1, 19)
DATASET = dataset("index_daily")


def calls(number: int) -> list[Call]:
    return [Call("bars", {"symbol": str(n)}, (DAY,)) for n in range(number)]


def source(**more: Any) -> Any:
    return SimpleNamespace(**{"name": "Sina", "whole": False, "combine": as_read} | more)


def job(*, bootstrap: bool = False, since: datetime | None = NOW) -> Any:
    cadence = SimpleNamespace(resumed_since=lambda _now, **_: since)
    ws = SimpleNamespace(now_utc=NOW, now=NOW)
    run = SimpleNamespace(ws=ws, bootstrap=bootstrap, reading=lambda: nullcontext(object()))
    return SimpleNamespace(run=run, dataset=DATASET, cadence=cadence, backfill=True)


@pytest.mark.parametrize(("since", "bootstrap", "looked"), [
    (NOW - timedelta(hours=1), False, NOW - timedelta(hours=1)),
    (NOW - timedelta(hours=1), True, NOW - WEEKLY),
    (NOW - timedelta(days=60), True, NOW - timedelta(days=60)),
])  # fmt: skip
def test_what_an_earlier_run_has_loaded_is_not_asked_again(
    monkeypatch, since, bootstrap, looked
) -> None:
    moments = []

    def answered(_reader: object, _d: object, moment: datetime) -> set[tuple[str, str]]:
        moments.append(moment)
        return {("bars", '{"symbol": "1"}')}

    monkeypatch.setattr(source_run, "answered_calls", answered)
    one, without = job(bootstrap=bootstrap, since=since), Call("list", {}, (DAY,))
    given = [*calls(3), without]
    left = unanswered(one.run, DATASET, one.cadence, source(), given, backfill=True)

    assert left == [given[0], given[2], without]
    assert moments == [looked]


@pytest.mark.parametrize(
    ("since", "other"),
    [(None, {}), (NOW, {"whole": True}), (NOW, {"combine": lambda rows: rows})],
)
def test_what_belongs_together_is_asked_together_again(monkeypatch, since, other) -> None:
    monkeypatch.setattr(source_run, "answered_calls", lambda *_: pytest.fail("it was looked up"))
    one, given = job(since=since), calls(2)
    assert unanswered(one.run, DATASET, one.cadence, source(**other), given, backfill=True) == given


@pytest.mark.parametrize(
    ("number", "whole", "sizes"),
    [(0, False, []), (3, False, [3]), (200, False, [200]), (201, False, [200, 1]),
     (401, True, [401])],
)  # fmt: skip
def test_calls_are_loaded_two_hundred_at_a_time(monkeypatch, number, whole, sizes) -> None:
    done: list[int] = []
    named: list[str] = []

    def perform(_run: object, some: list[Call]) -> list[Call]:
        done.append(len(some))
        return some[:1]

    def chunk(name: str, work: Any) -> list[Call]:
        named.append(name)
        return work()

    monkeypatch.setattr(source_run, "unanswered", lambda *given, **_: given[-1])
    monkeypatch.setattr(source_run.SourceRun, "perform", perform)
    monkeypatch.setattr(source_run, "chunk", chunk)
    given = calls(number)

    failed = run_source(job(), source(whole=whole), given)

    assert done == sizes
    assert failed == given[::200][: len(sizes)]
    assert named == (["index_daily · Sina 1 of 2", "index_daily · Sina 2 of 2"] if number == 201
                     else [])  # fmt: skip


@pytest.mark.parametrize(
    ("number", "witnesses"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (10, [0, 3, 6])]
)
def test_a_few_shares_from_all_of_a_page_bear_witness(monkeypatch, number, witnesses) -> None:
    asked: list[Any] = []
    codes = [f"{600000 + n}.SH" for n in range(number)]
    page = pl.DataFrame({"code": codes[::-1], "trade_date": [DAY] * number})
    witness = SimpleNamespace(calls=lambda request: [request])
    monkeypatch.setattr(source_run, "run_source", lambda _job, _of, some: asked.extend(some))

    load_witness(job(), witness, page)

    (request,) = asked
    assert request.codes == tuple(codes[n] for n in witnesses)
    assert (request.days, request.now) == ((DAY,), NOW)


@pytest.mark.parametrize("shared", [True, False])
def test_a_call_is_made_as_often_as_the_run_says_and_a_shared_one_once(monkeypatch, shared) -> None:
    made: list[int] = []
    empty = pl.DataFrame()

    def perform(_source: object, call: Call, _recorder: object, *, attempts: int) -> Answer:
        made.append(attempts)
        return Answer(call, empty, empty, [])

    monkeypatch.setattr(source_run, "perform", perform)
    monkeypatch.setattr(source_run, "reread", lambda _source, _call, answer: answer)
    one = job()
    one.backfill, one.recorder = False, None
    one.run.attempts, one.run.answers = 7, {}
    run = source_run.SourceRun(one, source(query=None), 1, Counter())
    call = Call("bars", {"symbol": "1"}, (DAY,), shared=shared)

    answers = [run.fetched(call) for _ in range(2)]

    assert made == ([7] if shared else [7, 7])
    assert all(answer.call == call for answer in answers)

"""Chunks of a collection, the order of its parts, and one account of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from flows.collect import collectable
from flows.ingestion.results import Outcome
from flows.workspace import Workspace
from tests.conftest import workspace_at
from tests.lake.conftest import TUESDAY
from tests.lake.services import Services

pytestmark = pytest.mark.lake


@pytest.fixture
def claims(services: Services, request: pytest.FixtureRequest) -> Iterator[list]:
    """The claims of two workers over one store."""
    from flows.coordination.claims import Claims
    from flows.coordination.postgres import Postgres

    with closing(Postgres(services.postgres.create(request.node.name[:60]))) as database:
        yield [Claims(database, "store", name, silence=0.4) for name in ("one", "other")]


def run_with(claims: list, *hosts: str) -> int:
    """A run with a chunk at each of these hosts."""
    from flows.coordination.claims import Planned

    run = claims[0].begin("subject")
    claims[0].plan(run, 0, [Planned("d", f"part {n}", ("a",), h) for n, h in enumerate(hosts)])
    return run


def test_two_workers_take_different_chunks_of_different_hosts(claims):
    run = run_with(claims, "h", "h", "i")
    first, second = claims[0].claim(run), claims[1].claim()
    assert (first.number, second.number) == (0, 2), "the host on which nobody is"
    assert claims[1].claim(run).number == 1
    assert claims[0].claim(run) is None
    assert claims[0].counts(run) == (0, 3)


def test_another_store_sees_nothing(claims):
    run_with(claims, "h")
    assert replace(claims[1], store="elsewhere").claim() is None


def test_a_silent_worker_loses_its_chunk_and_cannot_end_it(claims):
    import time

    one, other = claims
    run = run_with(claims, "h")
    first = one.claim(run)
    time.sleep(0.6)
    assert one.beat(first)
    assert other.claim(run) is None, "it was heard of"
    time.sleep(0.6)
    taken = other.claim(run)
    assert (taken.number, taken.attempt) == (first.number, 2)
    assert not one.beat(first)
    assert not one.done(first, {"of": "one"})
    assert other.done(taken, {"of": "other"})
    (ended,) = one.finished(run)
    assert (ended.outcome, ended.attempts, ended.lost) == ({"of": "other"}, 2, False)


def test_a_chunk_that_ends_three_workers_is_given_up_and_told(claims):
    from flows.ingestion.chunks import account

    one, _ = claims
    run = run_with(claims, "h")
    for _ in range(3):
        assert one.release(one.claim(run), failed=True)
    assert one.claim(run) is None
    assert one.counts(run) == (1, 1)
    (outcome,) = account(one.finished(run))
    assert outcome.missing == ["1 shares from a on"]
    assert "3 workers were lost over this chunk, the last one was one" in outcome.shortfall


def test_what_is_given_back_without_fault_may_be_claimed_again_for_ever(claims):
    one, _ = claims
    run = run_with(claims, "h")
    for _ in range(5):
        assert one.release(one.claim(run))
    assert one.claim(run).attempt == 1


def test_a_run_that_was_cut_off_goes_on_and_plans_no_wave_twice(claims):
    one, other = claims
    run = run_with(claims, "h", "i")
    one.done(one.claim(run), None)
    assert run_with([other], "h", "i") == run
    assert other.counts(run) == (1, 2)
    one.end(run)
    assert run_with([other], "h") != run


def test_the_account_adds_the_chunks_of_a_part():
    from flows.coordination.claims import Finished
    from flows.ingestion.chunks import account, written

    def chunk(outcome: Outcome | None, attempts: int = 1, part: str = "A") -> Finished:
        return Finished("d", part, None, "h", written(outcome), False, "w", attempts)

    first = Outcome("d", "A", ["Sina"], 5, 4, 1, 0, [], [], Counter(h=2), {(date(2026, 1, 5), "x")})
    second = Outcome(
        "d", "A", ["Sina", "SSE"], 7, 7, 0, 2, ["000001.SZ"], ["no"], Counter(h=1, i=3)
    )
    whole, unheard = account([chunk(first), chunk(None), chunk(second), chunk(None, 2, "B")])
    assert whole == Outcome("d", "A", ["Sina", "SSE"], 12, 11, 1, 2, ["000001.SZ"], ["no"],
                            Counter(h=3, i=3), {(date(2026, 1, 5), "x")})  # fmt: skip
    assert (unheard.part, unheard.missing) == ("B", [])
    assert "loaded by a worker that was lost" in unheard.incidents[0]


def test_a_subject_is_known_again_and_its_parts_come_after_what_they_read():
    from flows.ingestion.chunks import Subject

    one = Subject(None, tuple(collectable()), False, (date(2026, 1, 5), date(2026, 1, 9)))
    assert Subject.of(one.text) == one
    place = {(p.dataset.name, p.chain.part): n for n, wave in enumerate(one.waves) for p in wave}
    assert len(place) == sum(len(p) for p in one.waves)
    assert {name for (name, _), n in place.items() if n == 0} == {"trade_calendar"}
    order = [min(n for (name, _), n in place.items() if name == d) for d in
             ("trade_calendar", "security", "stock_daily", "adjustment_factor")]  # fmt: skip
    assert order == sorted(set(order))


def test_a_chunk_is_begun_anew_when_the_warehouse_comes_back(claims, monkeypatch, ws):
    from flows import shared_collection
    from flows.coordination.claims import Planned
    from flows.ingestion.chunks import Subject
    from flows.ingestion.collection import Collection
    from flows.shared_collection import Heart, Worker
    from warehouse.errors import LakeUnreachable

    one, _ = claims
    run = one.begin(Subject(None, ("security",), True, None).text)
    one.plan(run, 0, [Planned("security", "A", None, "h")])
    answers = iter([LakeUnreachable("away"), LakeUnreachable("away"), Outcome("security", "A")])

    def perform(*_args: object) -> Outcome:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(shared_collection, "perform", perform)
    monkeypatch.setattr(shared_collection, "AWAY", 0.01)
    Worker(one, Heart(one)).finish(Collection(ws), run)
    (ended,) = one.finished(run)
    assert (ended.attempts, ended.outcome["dataset"]) == (1, "security")


def test_a_refused_key_is_told_at_once_and_the_chunk_given_back(claims, monkeypatch, ws):
    from flows import shared_collection
    from flows.coordination.claims import Planned
    from flows.ingestion.chunks import Subject
    from flows.ingestion.collection import Collection
    from flows.shared_collection import Heart, Worker
    from warehouse.errors import WarehouseUnavailable

    one, other = claims
    run = one.begin(Subject(None, ("security",), True, None).text)
    one.plan(run, 0, [Planned("security", "A", None, "h")])
    asked: list[object] = []

    def perform(*given: object) -> Outcome:
        asked.append(given)
        raise WarehouseUnavailable("S3 refuses the key")

    monkeypatch.setattr(shared_collection, "perform", perform)
    with pytest.raises(WarehouseUnavailable, match="refuses the key"):
        Worker(one, Heart(one)).finish(Collection(ws), run)
    assert len(asked) == 1
    assert other.claim(run).attempt == 1, "the chunk is not to blame"


def test_a_worker_says_that_it_waits_when_the_database_has_answered(
    services: Services, monkeypatch, ws
):
    from flows import shared_collection
    from flows.shared_collection import keep_working
    from warehouse.errors import CoordinationLost

    said: list[str] = []
    monkeypatch.setattr(shared_collection, "finished", said.append)

    def worker_of(address: str) -> Workspace:
        monkeypatch.setenv("BRIEFING_WORKERS__DATABASE", address)
        return workspace_at(ws.settings.home, *TUESDAY)

    with pytest.raises(CoordinationLost, match="cannot be reached"):
        keep_working(lambda: worker_of("host=127.0.0.1 port=1 dbname=none"))
    assert said == []

    def enough(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shared_collection.time, "sleep", enough)
    address = services.postgres.create("waits")
    with pytest.raises(KeyboardInterrupt):
        keep_working(lambda: worker_of(address))
    assert [line.split()[2:] for line in said] == [["waits", "for", "chunks"]]

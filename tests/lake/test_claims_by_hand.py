"""Each question about chunks by what it must leave alone: other runs, workers and ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.lake.services import Services

pytestmark = pytest.mark.lake


@pytest.fixture(scope="module")
def database(services: Services) -> Iterator[Any]:
    from flows.coordination.postgres import Postgres

    with closing(Postgres(services.postgres.create("claims_by_hand"))) as opened:
        yield opened


@pytest.fixture
def one(database: Any) -> Any:
    """The claims of a worker over a store in which nothing was ever begun."""
    from flows.coordination.claims import Claims

    database.run(lambda cursor: cursor.execute("DELETE FROM briefing_workers.run"))
    return Claims(database, "store", "one", silence=600.0)


def begun(claims: Any, subject: str, *hosts: str) -> int:
    """A run with a chunk at each of these hosts."""
    from flows.coordination.claims import Planned

    run: int = claims.begin(subject)
    claims.plan(run, 0, [Planned("d", f"{subject} {n}", None, h) for n, h in enumerate(hosts)])
    return run


def sql(claims: Any, statement: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = claims.database.rows(statement)
    return found


def test_a_run_is_open_for_each_store_and_subject(one):
    other = replace(one, store="another")
    runs = [one.begin("a"), one.begin("b"), other.begin("a")]
    assert len(set(runs)) == 3
    assert [one.begin("a"), one.begin("b"), other.begin("a")] == runs
    one.end(runs[0])
    assert one.begin("b") == runs[1]
    assert one.begin("a") not in runs


def test_an_end_is_of_one_run_and_stands(one):
    first, second = one.begin("a"), one.begin("b")
    one.end(first)
    ended = "SELECT run_id, ended_at FROM briefing_workers.run WHERE ended_at IS NOT NULL"
    (told,) = sql(one, ended)
    assert told["run_id"] == first
    one.end(first)
    assert sql(one, ended) == [told]
    assert one.begin("b") == second


def test_runs_that_ended_a_month_ago_are_forgotten_with_their_chunks(one):
    runs = [begun(one, subject, "h") for subject in "abc"]
    for run, days in zip(runs, (31, 29), strict=False):
        one.database.run(
            lambda cursor, run=run, days=days: cursor.execute(
                "UPDATE briefing_workers.run SET ended_at = now() - %(d)s * interval '1 day' "
                "WHERE run_id = %(r)s", {"d": days, "r": run},
            )
        )  # fmt: skip
    new = one.begin("d")
    left = sql(one, "SELECT run_id FROM briefing_workers.run ORDER BY run_id")
    assert [row["run_id"] for row in left] == [*runs[1:], new]
    chunks = sql(one, "SELECT run_id FROM briefing_workers.chunk ORDER BY run_id")
    assert [row["run_id"] for row in chunks] == runs[1:]


def test_waves_are_planned_in_turn_and_numbered_on(one):
    from flows.coordination.claims import Planned

    run, aside = begun(one, "a", "h", "i"), begun(one, "b", "h")
    assert (one.waves_planned(run), one.waves_planned(aside)) == (1, 1)
    more = [Planned("d", "later", ("x", "y"), "h")]
    one.plan(run, 0, more)
    one.plan(run, 2, more)
    assert one.counts(run) == (0, 2)
    one.plan(run, 1, more)
    assert (one.waves_planned(run), one.waves_planned(aside)) == (2, 1)
    assert (one.counts(run), one.counts(aside)) == ((0, 3), (0, 1))
    taken = [one.claim(run) for _ in range(3)]
    assert sorted(chunk.number for chunk in taken) == [0, 1, 2]
    assert next(chunk.codes for chunk in taken if chunk.number == 2) == ("x", "y")


def test_a_claim_is_of_an_open_run_of_the_store_the_oldest_first(one):
    runs = [begun(one, subject, "h") for subject in "abc"]
    elsewhere = replace(one, store="another")
    theirs = begun(elsewhere, "a", "h")
    one.end(runs[0])

    assert one.claim(runs[0]) is None
    assert one.claim(theirs) is None
    assert one.claim(runs[2]).subject == "c"
    assert one.claim().run_id == runs[1]
    assert one.claim() is None
    assert elsewhere.claim().run_id == theirs


def test_the_host_with_fewest_of_the_run_comes_first(one):
    aside = begun(one, "aside", "h", "h")
    run = begun(one, "a", "h", "h", "i", "j")
    assert [one.claim(aside) is not None for _ in range(2)] == [True, True]
    taken = [one.claim(run) for _ in range(4)]
    assert [(chunk.number, chunk.host) for chunk in taken] == [
        (0, "h"), (2, "i"), (3, "j"), (1, "h"),
    ]  # fmt: skip
    assert one.done(taken[0], None)


@pytest.mark.parametrize("verb", ["beat", "done", "release"])
def test_only_who_claimed_a_chunk_may_speak_for_it(one, verb):
    run = begun(one, "a", "h", "h")
    mine, next_one = one.claim(run), one.claim(run)
    more = [{"rows": 1}] if verb == "done" else []

    for claims, chunk in (
        (replace(one, worker="other"), mine),
        (one, replace(mine, attempt=mine.attempt + 1)),
        (one, replace(mine, number=99)),
        (one, replace(mine, run_id=run + 99)),
    ):
        assert not getattr(claims, verb)(chunk, *more)
    assert one.counts(run) == (0, 2)
    assert getattr(one, verb)(mine, *more)
    assert one.beat(next_one), "the other chunk is still claimed"
    if verb != "beat":
        assert not getattr(one, verb)(mine, *more), "it is claimed no more"


def test_a_chunk_counts_as_lost_only_after_three_silent_workers(one):
    run, aside = begun(one, "a", "h", "i"), begun(one, "b", "h")
    for attempt in range(1, 4):
        chunk = one.claim(run)
        assert (chunk.number, chunk.attempt) == (0, attempt)
        if attempt < 3:
            assert one.release(chunk, failed=True)
    assert one.counts(run) == (0, 2), "the third was heard of"
    assert one.finished(run) == []
    silent = replace(one, silence=0.0)
    assert one.claim(aside) is not None
    assert silent.counts(run) == (1, 2)
    assert silent.counts(aside) == (0, 1), "one attempt is none too many"
    (lost,) = one.finished(run)
    assert (lost.part, lost.lost, lost.attempts, lost.worker) == ("a 0", True, 3, "one")
    assert one.finished(aside) == []


def test_a_chunk_goes_to_another_when_its_worker_is_silent_and_to_nobody_after_three(one):
    run = begun(one, "a", "h")
    patient, hasty = replace(one, worker="p"), replace(one, worker="h", silence=0.0)
    assert one.claim(run).attempt == 1
    assert patient.claim(run) is None
    assert (hasty.claim(run).attempt, hasty.claim(run).attempt) == (2, 3)
    assert hasty.claim(run) is None, "three are enough"
    second = begun(one, "b", "h")
    for attempt in (1, 2, 3):
        chunk = one.claim(second)
        assert chunk.attempt == attempt
        assert one.release(chunk, failed=True)
    assert one.claim(second) is None, "given back three times"


def test_what_is_done_is_told_in_the_order_in_which_it_was_planned(one):
    run = begun(one, "a", "h", "i", "j")
    taken = [one.claim(run) for _ in range(3)]
    for chunk in (taken[2], taken[0]):
        assert one.done(chunk, {"number": chunk.number})
    told = [(chunk.part, chunk.outcome, chunk.lost) for chunk in one.finished(run)]
    assert told == [("a 0", {"number": 0}, False), ("a 2", {"number": 2}, False)]
    assert one.counts(run) == (2, 3)


def test_work_that_is_cut_off_is_repeated_and_what_is_not_a_loss_is_raised(one, monkeypatch):
    import psycopg

    from flows.coordination.postgres import Postgres
    from warehouse.errors import CoordinationLost

    pauses: list[float] = []
    database = Postgres("nowhere", patience=1.0, sleep=pauses.append)
    stand_in = SimpleNamespace(close=lambda: None)
    tries: list[int] = []

    def once(_work: object) -> str:
        tries.append(1)
        database.connection, database.known = stand_in, True
        if len(tries) < 3:
            raise psycopg.OperationalError("gone")
        return "done"

    monkeypatch.setattr(database, "_once", once)
    assert database.run(lambda _cursor: None) == "done"
    assert pauses == [0.2, 0.5]
    monkeypatch.setattr(database, "_once", lambda _work: (_ for _ in ()).throw(
        psycopg.OperationalError("gone")))  # fmt: skip
    with pytest.raises(CoordinationLost, match=r"cannot be reached for 2 s: gone"):
        database.run(lambda _cursor: None)
    assert pauses == [0.2, 0.5, 0.2, 0.5, 1.0]

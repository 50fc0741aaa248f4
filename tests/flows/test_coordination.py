"""The database in which workers agree, without one: what is tried again, and what is told."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("psycopg")

import psycopg

from flows.coordination import postgres
from flows.coordination.claims import Claimed, Claims, Finished, Planned
from flows.coordination.postgres import PAUSES, SCHEMA, Postgres, connected, make_tables
from warehouse.errors import CoordinationLost, InputRefused

LOST = psycopg.OperationalError("server closed\nhint")


class Opened:
    """A connection; each entry of `ends` is how a transaction ends."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends, self.closed = list(ends), 0

    @contextmanager
    def transaction(self) -> Any:
        yield
        if self.ends and (error := self.ends.pop(0)):
            raise error

    def cursor(self) -> Any:
        return nullcontext(SimpleNamespace(execute=lambda *_: self, fetchall=lambda: [{"a": 1}]))

    def fetchall(self) -> list[dict[str, int]]:
        return [{"a": 1}]

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Connections, or errors, in the order in which they are asked for."""
    queue: list[Any] = []

    def connect(_: str) -> Any:
        one = queue.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(postgres, "connected", connect)
    return queue


def test_one_connection_serves_until_it_is_lost(opened: list[Any]) -> None:
    first, second, slept = Opened(None, LOST), Opened(), list[float]()
    opened += [first, second]
    database = Postgres("x", sleep=slept.append)
    assert database.rows("SELECT 1") == [{"a": 1}]
    assert (slept, opened) == ([], [second])
    assert database.rows("SELECT 1") == [{"a": 1}]
    assert (slept, opened, first.closed) == ([0.2], [], 1)
    database.close()
    database.close()
    assert second.closed == 1


def test_a_lost_database_is_waited_for_and_not_for_ever(opened: list[Any]) -> None:
    slept: list[float] = []
    opened += [Opened(LOST), *[LOST] * 20]
    database = Postgres("x", patience=10, sleep=slept.append)
    with pytest.raises(CoordinationLost, match=r"cannot be reached for 12 s: server closed\. See"):
        database.rows("SELECT 1")
    assert slept == [0.2, 0.5, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]
    assert PAUSES == (0.2, 0.5, 1.0, 2.0)


def test_one_that_was_never_reached_is_told_at_once(opened: list[Any]) -> None:
    opened.append(LOST)
    with pytest.raises(CoordinationLost, match="cannot be reached: server closed"):
        Postgres("x", sleep=lambda _: pytest.fail("waited")).rows("SELECT 1")


def test_two_minutes_is_how_long_it_is_waited_for() -> None:
    assert Postgres("x").patience == 120
    assert Postgres("x").known is False


class Tables:
    """A database in which the tables are, or are not."""

    def __init__(self, *, there: bool = False, error: Exception | None = None) -> None:
        self.there, self.error, self.log = there, error, list[Any]()

    def execute(self, sql: str, _parameters: Any = ()) -> Any:
        if sql.startswith("SELECT to_regclass"):
            return SimpleNamespace(fetchall=lambda: [{"there": self.there}])
        if self.error:
            raise self.error
        self.log.append(sql.split("(", maxsplit=1)[0] if sql != SCHEMA else "make")
        return None

    @contextmanager
    def transaction(self) -> Any:
        self.log.append("begin")
        yield
        self.log.append("commit")

    def close(self) -> None:
        self.log.append("close")


def test_tables_are_made_once_and_by_one() -> None:
    new, old = Tables(), Tables(there=True)
    make_tables(new)  # type: ignore[arg-type]
    make_tables(old)  # type: ignore[arg-type]
    assert new.log == ["begin", "SELECT pg_advisory_xact_lock", "make", "commit"]
    assert old.log == []


def test_a_connection_commits_each_statement_and_notices_a_dead_peer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(
        postgres.psycopg, "connect", lambda a, **k: given.update(k, address=a) or Tables(there=True)
    )
    connected("host=db")
    assert given.pop("row_factory") is not None
    assert given == {
        "address": "host=db", "autocommit": True, "connect_timeout": 10,
        "application_name": "briefing", "options": "-c client_min_messages=warning",
        "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    }  # fmt: skip


def test_an_address_that_cannot_be_read_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any, **__: Any) -> Any:
        raise psycopg.ProgrammingError("password=geheim")

    monkeypatch.setattr(postgres.psycopg, "connect", connect)
    with pytest.raises(InputRefused, match="cannot be read; write it as libpq") as raised:
        connected("password=geheim")
    assert "geheim" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_who_may_make_no_tables_is_told_which_right_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusing = Tables(error=psycopg.errors.InsufficientPrivilege("no right"))
    monkeypatch.setattr(postgres.psycopg, "connect", lambda *_, **__: refusing)
    with pytest.raises(InputRefused, match=r"refused: no right\. Its user needs the right"):
        connected("host=db")
    assert refusing.log[-1] == "close"


class Database:
    """Answers to the questions of claims, one after the other, and what was asked."""

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        self.answers, self.asked = list(answers), list[Any]()

    def rows(self, sql: str, values: Any) -> list[dict[str, Any]]:
        self.asked.append((sql.split(maxsplit=1)[0], values))
        return self.answers.pop(0)

    def run(self, work: Any) -> None:
        def execute(sql: str, values: Any = None) -> Any:
            self.asked.append((sql.split(maxsplit=1)[0], values))
            return self

        work(SimpleNamespace(execute=execute, fetchall=self.fetchall))

    def fetchall(self) -> list[dict[str, Any]]:
        return self.answers.pop(0)


CHUNK = Claimed("d", "p", ("a",), "a.cn", 7, 2, 1, "subject")
MINE = {"run_id": 7, "number": 2, "attempt": 1, "worker": "me"}


def claims(*answers: list[dict[str, Any]]) -> tuple[Claims, Database]:
    database = Database(*answers)
    return Claims(database, "store", "me", 60.0), database  # type: ignore[arg-type]


@pytest.mark.parametrize(("codes", "found"), [(["a"], ("a",)), (None, None), ([], ())])
def test_a_chunk_that_is_claimed_has_its_codes_or_none(codes: Any, found: Any) -> None:
    row = vars(CHUNK) | {"codes": codes}
    mine, database = claims([row], [])
    chunk = mine.claim(7)
    assert chunk is not None and chunk.codes == found
    assert mine.claim() is None
    asked = {"store": "store", "run_id": 7, "worker": "me", "silence": 60.0}
    assert [values for _, values in database.asked] == [asked, asked | {"run_id": None}]


@pytest.mark.parametrize(
    ("verb", "more", "values"),
    [
        ("beat", {}, {}),
        ("release", {}, {"undo": 1}),
        ("release", {"failed": True}, {"undo": 0}),
    ],
)
def test_a_worker_speaks_for_its_own_attempt(verb: str, more: Any, values: Any) -> None:
    mine, database = claims([{"number": 2}], [])
    assert getattr(mine, verb)(CHUNK, **more) is True
    assert getattr(mine, verb)(CHUNK, **more) is False
    assert database.asked[0][1] == MINE | values


def test_what_came_of_a_chunk_is_written_as_json() -> None:
    mine, database = claims([{"number": 2}])
    assert mine.done(CHUNK, {"rows": 1})
    assert database.asked[0][1] == MINE | {"outcome": '{"rows": 1}'}


def test_chunks_of_a_wave_are_numbered_on_and_planned_once() -> None:
    mine, database = claims([{"run_id": 7}], [{"planned": 5, "done": 0}])
    mine.plan(7, 1, [Planned("d", "p", ("a", "b"), "a.cn"), Planned("d", "q", None, "b.cn")])
    added = [values for verb, values in database.asked if verb == "INSERT"]
    assert [(one["number"], one["part"], one["codes"], one["host"]) for one in added] == [
        (5, "p", ["a", "b"], "a.cn"),
        (6, "q", None, "b.cn"),
    ]
    assert all((one["run_id"], one["wave"], one["dataset"]) == (7, 1, "d") for one in added)
    other, asked = claims([])
    other.plan(7, 1, [Planned("d", "p", None, "a.cn")])
    assert [verb for verb, _ in asked.asked] == ["UPDATE"]


def test_runs_are_begun_counted_told_and_ended() -> None:
    mine, database = claims([{"run_id": 7}], [{"waves_planned": 2}], [{"done": 3, "planned": 4}])
    assert (mine.begin("s"), mine.waves_planned(7), mine.counts(7)) == (7, 2, (3, 4))
    mine.end(7)
    verbs = [verb for verb, _ in database.asked]
    assert verbs == ["DELETE", "INSERT", "SELECT", "UPDATE", "SELECT", "UPDATE"]
    done = vars(Finished("d", "p", ("a",), "a.cn", {"rows": 1}, False, "me", 1))
    told, _ = claims([done | {"codes": ["a"]}])
    assert told.finished(7) == [Finished(**done)]

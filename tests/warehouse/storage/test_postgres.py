"""Sessions of Postgres beside a lake: which locks they take, and what its errors are told as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("psycopg")

import psycopg

from warehouse.errors import LakeUnreachable, WarehouseBusy, WarehouseUnavailable
from warehouse.storage import postgres
from warehouse.storage.postgres import ALL, SESSION, Session, key, locked, refused, session


class Opened:
    """A connection that notes what it is asked, and fails or answers as a test says."""

    def __init__(self, *answers: list[tuple[Any, ...]] | Exception | None) -> None:
        self.answers, self.asked, self.closed = list(answers), list[tuple[str, Any]](), False

    def execute(self, sql: bytes, parameters: Any = None) -> Opened:
        self.asked.append((sql.decode(), parameters))
        found = self.answers.pop(0) if self.answers else []
        if isinstance(found, Exception):
            raise found
        self.found = found
        return self

    @property
    def description(self) -> object:
        return None if self.found is None else "columns"

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.found or []

    def close(self) -> None:
        self.closed = True


def of(*answers: list[tuple[Any, ...]] | Exception | None) -> tuple[Session, Opened]:
    opened = Opened(*answers)
    return Session(opened, "the lake"), opened


def test_a_lock_has_one_number_wherever_it_is_asked_for() -> None:
    assert key("index_daily") == key("index_daily") != key(ALL)
    assert all(-(2**63) <= key(str(n)) < 2**63 for n in range(50))
    assert min(key(str(n)) for n in range(50)) < 0


def test_a_session_that_ends_gives_its_locks_back() -> None:
    held, opened = of()
    with held:
        assert not opened.closed
    assert opened.closed


def test_a_statement_has_rows_a_value_or_none() -> None:
    held, opened = of([(1, 2), (3, 4)], None, [(5,)], [])
    assert held.rows("SELECT %s", [1]) == [(1, 2), (3, 4)]
    assert held.rows("SET x = 1") == []
    assert held.value("SELECT 5") == 5
    assert held.value("SELECT 1 WHERE false") is None
    assert opened.asked[0] == ("SELECT %s", [1])


ERRORS = [
    (psycopg.errors.InsufficientPrivilege("no right"), WarehouseUnavailable, "needs the right"),
    (psycopg.OperationalError("gone\nhint"), LakeUnreachable, "does not answer: gone. Of"),
    (psycopg.InterfaceError("closed"), LakeUnreachable, "does not answer: closed"),
]


@pytest.mark.parametrize(("error", "kind", "said"), ERRORS)
def test_an_error_of_a_statement_says_what_to_do(
    error: Exception, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said) as raised:
        of(error)[0].rows("SELECT 1")
    assert raised.type is kind


def test_a_lost_session_is_noticed_when_it_is_insisted_on() -> None:
    of()[0].insist()
    with pytest.raises(LakeUnreachable):
        of(psycopg.OperationalError("gone"))[0].insist()


@pytest.mark.parametrize(("seconds", "milliseconds"), [(600.0, 600_000), (1.5, 1_500), (0.0, 1)])
def test_a_lock_is_waited_for_so_long_and_not_for_ever(seconds: float, milliseconds: int) -> None:
    """0 would wait without an end."""
    held, opened = of()
    held.lock("index_daily", wait_seconds=seconds)
    assert opened.asked == [
        (f"SET lock_timeout = {milliseconds}", None),
        ("SELECT pg_advisory_lock(%s)", [key("index_daily")]),
    ]


def test_who_writes_one_dataset_shares_the_lock_of_all() -> None:
    held, opened = of()
    held.lock(ALL, shared=True)
    assert opened.asked[-1] == ("SELECT pg_advisory_lock_shared(%s)", [key(ALL)])


@pytest.mark.parametrize(
    ("name", "holders", "said"),
    [
        ("fx_rate", [("briefing a:1",), ("briefing b:2",)], r"run \(briefing a:1, briefing b:2\) has been writing fx_rate for 2 s"),
        (ALL, [], r"run \(unknown\) has been writing everything for 2 s"),
    ],
)  # fmt: skip
def test_who_waited_too_long_is_told_who_holds_the_lock(
    name: str, holders: list[tuple[str]], said: str
) -> None:
    held, opened = of([], psycopg.errors.LockNotAvailable("timeout"), holders)
    with pytest.raises(WarehouseBusy, match=said):
        held.lock(name, wait_seconds=2.0)
    high, low = opened.asked[-1][1]
    assert (high << 32 | low) == key(name) % 2**64
    assert max(high, low) < 2**32


def test_a_lock_of_a_lost_session_is_no_lock() -> None:
    with pytest.raises(LakeUnreachable):
        of([], psycopg.OperationalError("gone"))[0].lock("fx_rate")


def test_writers_are_told_by_name() -> None:
    assert of([("briefing a:1",), ("briefing b:2",)])[0].writers() == [
        "briefing a:1",
        "briefing b:2",
    ]


@pytest.mark.parametrize(
    ("names", "locks"),
    [
        ((), [(ALL, False)]),
        (("b", "a"), [(ALL, True), ("a", False), ("b", False)]),
    ],
)
def test_locks_are_taken_in_one_order_so_that_none_waits_for_the_other(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], locks: list[tuple[str, bool]]
) -> None:
    taken: list[tuple[str, bool]] = []

    class Held:
        def lock(self, name: str, *, shared: bool = False) -> None:
            taken.append((name, shared))

    @contextmanager
    def opened(dsn: str, label: str) -> Iterator[Held]:
        assert (dsn, label) == ("dbname=x", "the lake")
        yield Held()

    monkeypatch.setattr(postgres, "session", opened)
    with locked("dbname=x", "the lake", names):
        assert taken == locks


def test_a_session_commits_each_statement_and_stays_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    opened = Opened()

    def connect(dsn: str, **options: Any) -> Opened:
        asked.update(options, dsn=dsn)
        return opened

    monkeypatch.setattr(postgres.psycopg, "connect", connect)
    session("dbname=x", "the lake")
    assert asked.pop("application_name").startswith("briefing ")
    assert asked == {
        "dsn": "dbname=x",
        "autocommit": True,
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    assert [sql for sql, _ in opened.asked] == list(SESSION)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (psycopg.OperationalError("connection refused"), LakeUnreachable, "does not answer"),
        (psycopg.ProgrammingError("odd"), LakeUnreachable, "does not answer"),
        (psycopg.OperationalError('FATAL: database "x" does not exist'), WarehouseUnavailable, "refuses"),
        (psycopg.OperationalError("password authentication failed for x"), WarehouseUnavailable, "refuses"),
        (psycopg.ProgrammingError('invalid connection option "hots"'), WarehouseUnavailable, "refuses"),
    ],
)  # fmt: skip
def test_a_server_that_answers_and_lets_nobody_in_is_another_matter_than_one_that_is_away(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], said: str
) -> None:
    def connect(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(postgres.psycopg, "connect", connect)
    with pytest.raises(kind, match=f"the lake: Postgres {said}") as raised:
        session("dbname=x", "the lake")
    assert raised.type is kind


def test_who_is_refused_is_told_where_the_password_is_looked_for() -> None:
    assert "PGPASSWORD" in str(refused("the lake", ValueError("no")))

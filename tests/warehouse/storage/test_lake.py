"""A lake without its servers: what it opens once, what it forgets, and whom it lets write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import duckdb
import pytest

pytest.importorskip("psycopg")

from warehouse.errors import (
    InputRefused,
    LakeUnreachable,
    WarehouseBusy,
    WarehouseUnavailable,
)
from warehouse.storage import lake as lakes
from warehouse.storage.lake import NEWEST, Lake, lake_of, made, migrating
from warehouse.storage.place import Place
from warehouse.storage.publish import Places

PLACE = Place("dbname=x", "/srv/lake")


class Session:
    """A session of Postgres with these answers; it notes what happens to the lake's locks."""

    def __init__(self, log: list[Any], *, made: bool = True, migrating: int = 0) -> None:
        self.log, self.made, self.migrating = log, made, migrating
        self.published: list[tuple[str, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def value(self, sql: str) -> Any:
        return self.migrating if "migration" in sql else self.made

    def rows(self, sql: str, parameters: Any = ()) -> list[Any]:
        if sql.startswith("SELECT"):
            return self.published
        self.log.append((sql.split(maxsplit=1)[0], list(parameters)))
        return []

    def writers(self) -> list[str]:
        return []

    def lock(self, name: str, *, wait_seconds: float) -> None:
        self.log.append(f"lock {name} for {wait_seconds}")

    def insist(self) -> None:
        self.log.append("insist")


@pytest.fixture
def log() -> list[Any]:
    return []


@pytest.fixture
def session(log: list[Any]) -> Session:
    return Session(log)


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, log: list[Any], session: Session) -> Lake:
    """A lake whose DuckDB is one of its own in memory, and whose locks are noted."""

    def opened(_: Place, snapshot: int | None = None, *, create: bool = False) -> Any:
        log.append(f"open {snapshot}" + (" and make" if create else ""))
        found = duckdb.connect()
        found.execute("ATTACH ':memory:' AS lake")
        return found

    @contextmanager
    def locked(_: str, __: str, names: Any) -> Iterator[Session]:
        log.append(f"lock {' '.join(names) or 'all'}")
        yield session
        log.append("unlock")

    @contextmanager
    def lock_file(path: Path, wait_seconds: float = 600.0) -> Iterator[None]:
        log.append(f"lock file {path.name} for {wait_seconds}")
        yield

    monkeypatch.setattr(lakes.connection, "lake", opened)
    monkeypatch.setattr(lakes.postgres, "locked", locked)
    monkeypatch.setattr(lakes.postgres, "session", lambda *_: session)
    monkeypatch.setattr(lakes, "writer_lock", lock_file)
    monkeypatch.setattr(
        lakes.Warehouse, "prepare", lambda _, *, simulated: log.append(f"prepare {simulated}")
    )
    return Lake(PLACE, Places(tmp_path))


def test_a_process_has_one_lake_of_a_place(tmp_path: Path) -> None:
    assert lake_of(PLACE, Places(tmp_path)) is lake_of(PLACE, Places(tmp_path))


@pytest.mark.parametrize(
    ("there", "under_way", "filled"), [(True, 0, True), (True, 1, False), (False, 0, False)]
)
def test_a_lake_is_filled_once_it_was_made_and_no_migration_is_under_way(
    lake: Lake, session: Session, *, there: bool, under_way: int, filled: bool
) -> None:
    session.made, session.migrating = there, under_way
    assert (made(session), migrating(session)) == (there, bool(under_way))
    assert lake.filled() is filled
    with lake.looking() as reader:
        assert (reader is not None) is filled


@pytest.mark.parametrize(
    ("there", "under_way", "kind", "said"),
    [
        (False, 0, WarehouseUnavailable, "is not there yet"),
        (True, 2, WarehouseBusy, "is being filled"),
    ],
)
def test_nobody_writes_into_none_or_half_of_one(
    lake: Lake, session: Session, kind: type, said: str, *, there: bool, under_way: int
) -> None:
    session.made, session.migrating = there, under_way
    with pytest.raises(kind, match=rf"dbname=x\) {said}") as raised, lake.alone_with("a"):
        pytest.fail("entered")
    assert raised.type is kind


def test_who_writes_all_of_it_prepares_it_under_the_lock_and_looks_at_the_lock_again(
    lake: Lake, log: list[Any]
) -> None:
    with lake.writing(simulated=True, ready=lambda _: log.append("ready")) as warehouse:
        assert warehouse.in_lake
        warehouse.still_alone()
        log.append("written")
    assert log == [
        "lock all",
        "open None",
        "prepare True",
        "ready",
        "insist",
        "written",
        "insist",
        "unlock",
    ]


def test_who_writes_a_dataset_has_all_of_it_prepared_once_in_a_process(
    lake: Lake, log: list[Any]
) -> None:
    def write() -> None:
        log.clear()
        with lake.writing("fx_rate", simulated=False, ready=lambda _: log.append("ready")):
            log.append("written")

    write()
    first = ["lock all", "open None", "prepare False", "ready", "insist", "unlock"]
    assert log == [*first, "lock fx_rate", "written", "insist", "unlock"]
    write()
    assert log == ["lock fx_rate", "written", "insist", "unlock"]
    lake.forget()
    write()
    assert log[:2] == ["lock all", "open None"]
    log.clear()
    with lake.writing("fx_rate", simulated=True):
        pass
    assert log[:2] == ["lock all", "prepare True"], "other data than before"


def test_what_was_opened_before_a_server_was_lost_is_not_used_again(
    lake: Lake, log: list[Any]
) -> None:
    for error, opened in ((LakeUnreachable, 2), (InputRefused, 1)):
        lake.forget()
        log.clear()
        for looked in (lake.looking, lake.alone_with):
            log.clear()
            lake.forget()
            with pytest.raises(error), looked():
                raise error
            with looked():
                pass
            assert log.count("open None") == opened


def test_readers_have_the_snapshot_that_was_published_last(
    lake: Lake, session: Session, log: list[Any]
) -> None:
    assert "ORDER BY number DESC LIMIT 1" in NEWEST
    with pytest.raises(WarehouseUnavailable, match=r"nothing was published from the lake"):
        lake.published()
    assert lake.newest() is None
    session.published = [("version", 7)]
    lake.published()
    lake.published()
    assert log == ["open 7"]
    session.published = [("later", 0)]
    assert lake.newest() is not None
    assert log == ["open 7", "open 0"]
    session.made = False
    assert lake.newest() is None


def test_a_snapshot_that_nobody_answers_for_is_forgotten(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, log: list[Any]
) -> None:
    lake.at(7)
    on_lake = lakes.connection.on_lake
    monkeypatch.setattr(
        lakes.connection, "on_lake", lambda _: (_ for _ in ()).throw(LakeUnreachable)
    )
    with pytest.raises(LakeUnreachable):
        lake.at(7)
    monkeypatch.setattr(lakes.connection, "on_lake", on_lake)
    lake.at(7)
    assert log == ["open 7", "open 7"]


def test_the_same_matter_waits_on_this_machine_and_then_on_all(lake: Lake, log: list[Any]) -> None:
    with lake.alone("mailing", Path("outbox/mail"), 5):
        assert log == ["lock file mail for 5", "lock mailing alone for 5"]
    assert log[-1] == "insist"


def test_a_version_is_audited_exported_and_pinned_before_readers_are_on_it(
    lake: Lake, log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lake, "_marked", lambda _, version: log.append(f"mark {version}") or 7)
    monkeypatch.setattr(
        lakes.export,
        "exported",
        lambda _, __, version, *, whole=False: (
            log.append(f"export {version} {whole}") or Path("copy")
        ),
    )
    monkeypatch.setattr(
        lakes, "release", lambda _, copy, keep: log.append(f"release {copy} {keep}") or Path("out")
    )
    assert lake.publish("v", 5) == Path("out")
    assert log == [
        "lock file lock for 600.0",
        "lock publishing alone for 600.0",
        "mark v",
        "open 7",
        "export v False",
        ("INSERT", ["v", 7]),
        ("DELETE", [5]),
        "release copy 5",
        "insist",
    ]


@pytest.mark.parametrize("whole", [True, False])
def test_a_version_can_be_exported_again_where_readers_elsewhere_see_no_change(
    lake: Lake, log: list[Any], session: Session, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    session.published = [("v", 7)]
    monkeypatch.setattr(
        lakes.export,
        "exported",
        lambda _, __, version, *, whole: log.append(f"export {version} {whole}") or Path("copy"),
    )
    monkeypatch.setattr(lakes, "release", lambda _, copy, keep: Path(f"{copy} {keep}"))
    assert lake.export("v", 5, whole=whole) == Path("copy 5")
    assert log == ["lock file lock for 600.0", "open 7", f"export v {whole}"]


def test_a_lake_is_made_with_its_records_and_tables_under_the_lock_of_all(
    lake: Lake, log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lakes.Warehouse, "query", lambda _, sql: log.append(sql))
    lake.init()
    assert log == [
        "lock all",
        *[("CREATE", [])] * 4,
        "open None and make",
        "open None",
        "prepare None",
        "FROM meta.dataset LIMIT 1",
        "unlock",
    ]


@pytest.mark.parametrize("told", ["there", "half", "none"])
def test_an_operator_is_told_of_it_matter_by_matter(
    lake: Lake, session: Session, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    session.made, session.migrating = told != "none", 1
    session.published = [("later", 9), ("earlier", 7)]
    now = lakes.connection.on_lake(lake._instance())
    now.execute("CREATE SCHEMA meta")
    if told == "there":
        now.execute("CREATE TABLE meta.dataset (a INTEGER)")
    now.execute("CREATE SCHEMA IF NOT EXISTS lake.main")
    monkeypatch.setattr(lakes, "SIZE", "SELECT 2500000, 1234")
    now.execute("CREATE MACRO lake.main.snapshots() AS TABLE SELECT unnest([1, 2])")
    found = list(lake.account())
    begins = [("catalogue", "the lake (dbname=x)"), ("files", "/srv/lake")]
    assert (
        found
        == begins
        + {
            "none": [("state", "not there yet; `briefing lake init` makes it")],
            "half": [("state", "half made; `briefing lake init` completes it")],
            "there": [
                ("state", "a migration is under way"),
                ("size", "2.5 MB in 1,234 files"),
                ("snapshots", "2"),
                ("published", "later, snapshot 9"),
                ("published", "earlier, snapshot 7"),
                ("writing now", "nobody"),
            ],
        }[told]
    )


def test_the_commit_of_a_version_bears_its_name(lake: Lake) -> None:
    asked: list[Any] = []

    class Marked:
        @contextmanager
        def transaction(self) -> Iterator[None]:
            asked.append("begin")
            yield
            asked.append("commit")

        def set(self, name: str, value: str) -> None:
            asked.append((name, value))

        def value(self, sql: str, parameters: Any = ()) -> int:
            asked.append((sql.split("(", maxsplit=1)[0], *parameters[:1]))
            return 9

    @contextmanager
    def writing() -> Iterator[Marked]:
        yield Marked()

    lake.writing = writing  # type: ignore[method-assign, assignment]
    assert lake._marked("v") == 9
    assert asked == [
        "begin",
        ("published", "v"),
        ("CALL lake.set_commit_message", "publish v"),
        "commit",
        ("FROM lake.last_committed_snapshot",),
    ]

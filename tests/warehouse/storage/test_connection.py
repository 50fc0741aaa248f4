"""Files of DuckDB: how they are opened and made, and as what its errors are told."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import (
    InputRefused,
    LakeUnreachable,
    WarehouseDamaged,
    WarehouseUnavailable,
    WriteConflict,
)
from warehouse.storage import connection
from warehouse.storage.connection import (
    appending,
    checkpoint,
    lake_errors,
    locked,
    log_of,
    on_lake,
    query_errors,
    readable_types,
    writing_errors,
)
from warehouse.storage.place import Place

CREATE = connection._create  # other tests copy a file that was made once


def filled(path: Path) -> Path:
    with closing(appending(path)) as opened:
        opened.execute("CREATE TABLE t AS SELECT 7 AS n")
    return path


def test_a_new_file_and_its_folder_are_private_and_nothing_half_made_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_create", CREATE)
    path = tmp_path / "writer" / "w.duckdb"
    path.parent.mkdir(0o700)
    (path.parent / "w.tmp").write_text("left by a run that was killed")
    filled(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(p.name for p in path.parent.iterdir()) == ["w.duckdb", "w.duckdb.wal"]


def test_the_writer_only_appends_until_a_checkpoint_merges_its_log(tmp_path: Path) -> None:
    path = filled(tmp_path / "w.duckdb")
    before = path.read_bytes()
    assert log_of(path).exists()
    with closing(appending(path)) as opened:
        opened.execute("INSERT INTO t VALUES (8)")
    assert path.read_bytes() == before
    checkpoint(path)
    assert not log_of(path).exists()
    with closing(locked(path)) as reader:
        assert reader.execute("FROM t ORDER BY n").fetchall() == [(7,), (8,)]


def test_a_quote_in_the_name_of_a_home_is_no_end_of_it(tmp_path: Path) -> None:
    assert filled(tmp_path / "it's" / "w.duckdb").exists()


def test_a_reader_can_neither_write_nor_loosen_its_lock(tmp_path: Path) -> None:
    path = filled(tmp_path / "w.duckdb")
    checkpoint(path)
    with closing(locked(path)) as reader:
        settings = dict(reader.execute("SELECT name, value FROM duckdb_settings()").fetchall())
        for name in ("enable_external_access", "python_enable_replacements"):
            assert settings[name] == "false"
        for name in ("autoinstall_known_extensions", "autoload_known_extensions"):
            assert settings[name] == "false"
        assert settings["lock_configuration"] == "true"
        with pytest.raises(duckdb.Error, match="read-only"):
            reader.execute("INSERT INTO t VALUES (8)")


def test_what_is_no_file_of_duckdb_is_said_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseDamaged, match=r"for writing: .*briefing restore"):
        appending(path)
    with pytest.raises(WarehouseUnavailable, match=r"cannot be opened: .*Publish again"):
        locked(path)


def test_who_else_holds_the_file_is_told_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_: Path) -> None:
        raise duckdb.IOException("Could not set lock on file")

    path = filled(tmp_path / "w.duckdb")
    monkeypatch.setattr(connection, "_attached", held)
    with pytest.raises(WarehouseUnavailable, match="belongs to the flows") as raised:
        appending(path)
    assert raised.type is WarehouseUnavailable


WRITTEN = [
    (duckdb.IOException("Could not write all bytes\nadvice"), WarehouseUnavailable, "bytes. Of what"),
    (duckdb.IOException("Could not set lock on file"), WarehouseUnavailable, "End that program, and"),
    (duckdb.OutOfMemoryException("could not allocate"), WarehouseUnavailable, "Make room on the disk"),
    (duckdb.FatalException("invalidated"), WarehouseUnavailable, "cannot be written: invalidated"),
    (duckdb.InternalException("odd"), WarehouseDamaged, "is damaged: odd. `briefing restore`"),
    (duckdb.SerializationException("odd"), WarehouseDamaged, "is damaged"),
    (duckdb.IOException("Corrupt database file"), WarehouseDamaged, "is damaged"),
    (duckdb.IOException("Could not read enough bytes"), WarehouseDamaged, "is damaged"),
    (duckdb.IOException("Failure while replaying WAL"), WarehouseDamaged, "is damaged"),
    (duckdb.InternalException("No space left, Corrupt"), duckdb.InternalException, "No space"),
    (duckdb.BinderException("our own mistake"), duckdb.BinderException, "our own mistake"),
    (RuntimeError("Query interrupted"), KeyboardInterrupt, "^$"),
    (RuntimeError("another"), RuntimeError, "another"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "said"), WRITTEN)
def test_what_a_writer_meets_is_told_as_what_it_is(
    error: Exception, kind: type[BaseException], said: str
) -> None:
    with pytest.raises(kind, match=said) as raised, writing_errors(Path("w.duckdb")):
        raise error
    assert raised.type is kind


ASKED = [
    (duckdb.CatalogException("no such table"), InputRefused, "DuckDB refused the query: no such"),
    (duckdb.IOException("Corrupt block"), WarehouseDamaged, "briefing doctor"),
    (duckdb.IOException("Could not connect to server"), LakeUnreachable, "the lake does not answer"),
    (duckdb.IOException("Permission denied"), WarehouseUnavailable, "cannot be written"),
    (RuntimeError("Query interrupted"), KeyboardInterrupt, "^$"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "said"), ASKED)
def test_what_a_question_meets_is_told_as_what_it_is(
    error: Exception, kind: type[BaseException], said: str
) -> None:
    with pytest.raises(kind, match=said) as raised, query_errors():
        raise error
    assert raised.type is kind


MET = [
    (duckdb.TransactionException("Transaction conflict on update"), WriteConflict, "another writer was first"),
    (duckdb.Error("HTTP Error: 500"), LakeUnreachable, "does not answer"),
    (duckdb.IOException("HTTP code 401"), WarehouseUnavailable, "S3 refuses the key"),
    (duckdb.IOException("something else"), duckdb.IOException, "something else"),
    (duckdb.BinderException("Timed out"), duckdb.BinderException, "Timed out"),
    (duckdb.TransactionException("HTTP 404, No such file"), duckdb.TransactionException, "404"),
    (RuntimeError("Query interrupted"), KeyboardInterrupt, "^$"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "said"), MET)
def test_what_a_lake_meets_is_told_as_what_it_is(
    error: Exception, kind: type[BaseException], said: str
) -> None:
    with pytest.raises(kind, match=said) as raised, lake_errors("the lake"):
        raise error
    assert raised.type is kind


def test_types_that_frames_have_not_are_text_and_all_others_stay() -> None:
    with closing(duckdb.connect()) as opened:
        plain = opened.sql("SELECT 1 AS a")
        assert readable_types(plain) is plain
        sql = 'SELECT INTERVAL 1 DAY AS "a ""b", 2 AS n, [INTERVAL 2 DAY] AS l, 1.5::DOUBLE AS x'
        found = readable_types(opened.sql(sql))
        assert found.columns == ['a "b', "n", "l", "x"]
        assert [str(kind) for kind in found.types] == ["VARCHAR", "INTEGER", "VARCHAR", "DOUBLE"]
        assert found.fetchall() == [("1 day", 2, "[2 days]", 1.5)]


class Catalogue:
    """A lake that names files, or none."""

    def __init__(self, *found: tuple[int]) -> None:
        self.found, self.asked = list(found), list[str]()

    def execute(self, sql: str) -> Catalogue:
        self.asked.append(sql)
        return self

    def fetchall(self) -> list[tuple[int]]:
        return self.found


@pytest.mark.parametrize(
    ("data", "files", "missing"),
    [
        ("full", [(1,)], False),
        ("empty", [(1,)], True),
        ("gone", [(1,)], True),
        ("gone", [], False),
        ("s3://bucket", [(1,)], False),
    ],
)
def test_a_folder_with_files_must_be_mounted_on_this_machine(
    tmp_path: Path, data: str, files: list[tuple[int]], *, missing: bool
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.parquet").touch()
    (tmp_path / "empty").mkdir()
    place = Place("dbname=x", data if "//" in data else str(tmp_path / data))
    if missing:
        with pytest.raises(WarehouseUnavailable, match=f"{data}, is missing or empty on this"):
            connection._insist_on_folder(place, Catalogue(*files))
    else:
        connection._insist_on_folder(place, Catalogue(*files))


@pytest.mark.parametrize(("counts", "found"), [([0, 2], [(1,)]), ([0, 0], []), ([], [])])
def test_a_lake_has_files_where_a_table_has_one(counts: list[int], found: list[tuple[int]]) -> None:
    with closing(duckdb.connect()) as instance:
        instance.execute(
            "CREATE MACRO ducklake_table_info(lake) AS TABLE "
            f"SELECT unnest({counts}::BIGINT[]) AS file_count"
        )
        assert instance.execute(connection.FILES).fetchall() == found


def test_each_connection_to_a_lake_has_tables_of_its_own() -> None:
    with closing(duckdb.connect()) as instance:
        instance.execute("ATTACH ':memory:' AS lake")
        one, other = on_lake(instance), on_lake(instance)
        one.execute("CREATE TEMP TABLE mine AS SELECT 1")
        assert one.execute("SELECT current_database()").fetchone() == ("lake",)
        with pytest.raises(duckdb.CatalogException):
            other.execute("FROM mine")


def test_an_extension_that_is_not_installed_is_named_with_what_installs_it() -> None:
    with pytest.raises(
        WarehouseUnavailable, match=r"DuckDB's extension nothing for version .*lake\]"
    ):
        connection._packaged("nothing")

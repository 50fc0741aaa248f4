"""An evaluation is written whole: killed between any two
statements, readers see the old or the new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest

from flows import measure
from flows.workspace import Workspace, packaged_calendar
from transforms.evaluation import definitions
from transforms.issue.restatements import PRINTED
from warehouse.catalog import dataset
from warehouse.contract import schema
from warehouse.records import evaluations, issues
from warehouse.storage import connection
from warehouse.storage.connection import log_of
from warehouse.storage.store import Loading, Reader, Warehouse
from warehouse.tables import SYSTEM_TABLES

AS_OF, MADE = date(2026, 1, 13), datetime(2026, 1, 13, 12)
ADDED = ("mart.forecast_score", "mart.remembered")  # to what is there; all else is replaced
WRITTEN = (*evaluations.OF_A_DAY, *evaluations.DECLARED, "mart.study_event", *ADDED)
STATEMENTS = {"execute", "sql", "begin", "commit", "register", "unregister"}


class Killed(BaseException):
    """The process ends here."""


class Watched:
    """A connection to DuckDB that calls `before` ahead of each statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, before: Callable[[], None]) -> None:
        self._connection, self._before = connection, before

    def __getattr__(self, name: str) -> object:
        if name in STATEMENTS:
            self._before()
        return getattr(self._connection, name)


def drawn(number: int) -> dict[str, pl.DataFrame]:
    """Three rows of every table of an evaluation; those of each number differ in every table."""
    made: dict[object, Callable[[int], object]] = {
        pl.String: lambda row: f"[{number}, {row}]",
        pl.Date: lambda row: date(2026, 1, 1 + row),
        pl.Int64: lambda row: 10 * number + row,
        pl.Float64: lambda row: 10.0 * number + row,
        pl.Datetime: lambda row: datetime(2026, 1, 1 + row, number),
        pl.Boolean: lambda _row: number % 2 == 0,
    }
    rows = {}
    for table in WRITTEN:
        wanted = {
            n: t for n, t in schema(SYSTEM_TABLES[table]).items() if (table, n) not in NOT_GIVEN
        }
        columns = {n: [made[t.base_type()](row) for row in range(3)] for n, t in wanted.items()}
        rows[table] = pl.DataFrame(columns, schema=wanted)
    return rows | {"meta.metric": definitions().sample(number, seed=number)}


NOT_GIVEN = {(table, "as_of") for table in WRITTEN if table not in ADDED}


def state(reader: Reader) -> str:
    """A digest of all that evaluations write, with the columns of the views made of it."""
    said = hashlib.sha256()
    for table in (*WRITTEN, "mart.evaluation", "meta.metric"):
        said.update(reader.query(f"FROM {table} ORDER BY ALL").write_json().encode())
    views = (
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE schema_name = 'mart' AND table_name LIKE 'wide%' ORDER BY ALL"
    )
    said.update(reader.query(views).write_csv().encode())
    return said.hexdigest()


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> Callable[[Workspace, int], None]:
    """Runs `measure` of a day with the rows of a number as its evaluation."""

    def run(ws: Workspace, number: int) -> None:
        found = SimpleNamespace(as_of=AS_OF, facts=[number], rows=lambda: drawn(number))
        monkeypatch.setattr(measure, "evaluation", lambda *_known: found)
        assert measure.measure(ws, AS_OF) == 1

    return run


class Disk:
    """The writer file and its log as a kill would leave them, at every statement that was run."""

    def __init__(self, ws: Workspace) -> None:
        self.ws, self.statements = ws, 0
        self.left: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
        self.published: set[tuple[Path, int]] = set()

    def look(self) -> None:
        self.statements += 1
        files = self.ws.places.writer, log_of(self.ws.places.writer)
        seen = tuple((f.stat().st_size, f.stat().st_mtime_ns) if f.exists() else () for f in files)
        if seen not in self.left:
            self.left[seen] = tuple(f.read_bytes() if f.exists() else b"" for f in files)
        current = self.ws.places.current.resolve()
        self.published.add((current, current.stat().st_mtime_ns))

    @contextmanager
    def watched(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        connect = duckdb.connect

        def open_(*args: object, **options: object) -> object:
            return Watched(connect(*args, **options), self.look)

        with monkeypatch.context() as patch:
            patch.setattr(connection.duckdb, "connect", open_)
            yield
        self.look()

    def states(self, folder: Path) -> list[str]:
        """What a writer that is opened again finds, kill by kill."""
        found = []
        for number, (file, log) in enumerate(self.left.values()):
            path = folder / f"killed-{number}.duckdb"
            path.write_bytes(file)
            log_of(path).write_bytes(log) if log else None
            with Warehouse.writing(path) as again:
                found.append(state(again))
        return found


def test_killed_between_any_two_statements_it_leaves_the_old_evaluation_or_the_new_one(
    filled: Workspace,
    evaluated: Callable[[Workspace, int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk is kept at every statement of the whole step, and each of them is opened again."""
    evaluated(filled, 1)
    filled.publish()
    with Reader.open(filled.places.current) as reader:
        old = state(reader)
    disk = Disk(filled)
    with disk.watched(monkeypatch):
        evaluated(filled, 2)
    assert len(disk.published) == 1, "readers keep the file that they have"
    with Reader.open(filled.places.current) as reader:
        assert state(reader) == old
    filled.publish()
    with Reader.open(filled.places.current) as reader:
        new = state(reader)
    found = disk.states(tmp_path)
    assert disk.statements > 60
    assert old != new
    assert (found[0], found[-1]) == (old, new)
    assert set(found) == {old, new}


def test_whatever_statement_fails_the_old_evaluation_stands(tmp_path: Path) -> None:
    """Every statement of the writing fails once; the next try of the same process succeeds."""
    with Warehouse.writing(tmp_path / "warehouse.duckdb") as warehouse:
        evaluations.write(warehouse, AS_OF, MADE, drawn(1))
        old, connection, failed = state(warehouse), warehouse.connection, 0
        ended = False
        while not ended:
            left = iter(range(failed))

            def fail(left: Iterator[int] = left) -> None:
                if next(left, None) is None:
                    raise Killed

            warehouse.connection = Watched(connection, fail)  # type: ignore[assignment]
            try:
                evaluations.write(warehouse, AS_OF, MADE, drawn(2))
                ended = True
            except Killed:
                failed += 1
            warehouse.connection = connection
            assert ended or state(warehouse) == old, f"statement {failed}"
        assert failed > 30
        assert state(warehouse) != old


def test_one_that_was_overtaken_doubles_neither_scores_nor_results(tmp_path: Path) -> None:
    """Two evaluations that were begun at once score the same forecasts."""
    with Warehouse.writing(tmp_path / "warehouse.duckdb") as warehouse:
        for day in (AS_OF, date(2026, 1, 14)):
            evaluations.write(warehouse, day, MADE, drawn(1))
        for table in ADDED:
            assert warehouse.query(f"FROM {table}").height == 3


def test_twice_is_once(tmp_path: Path) -> None:
    with Warehouse.writing(tmp_path / "warehouse.duckdb") as warehouse:
        evaluations.write(warehouse, AS_OF, MADE, drawn(1))
        once = state(warehouse)
        evaluations.write(warehouse, AS_OF, MADE, drawn(1))
        assert state(warehouse) == once


def test_the_last_issue_is_read_with_what_was_loaded_since_it_was_measured(tmp_path: Path) -> None:
    """Of its own day: what it printed, the newest day of each series, what it named as missing."""
    friday, before = date(2026, 1, 16), date(2026, 1, 9)
    with Warehouse.writing(tmp_path / "warehouse.duckdb") as warehouse:
        assert measure.last_issue(warehouse, friday) is None
        evaluations.write(warehouse, before, MADE, drawn(1))
        (fact, *_) = drawn(1)["mart.fact"].to_dicts()
        printed = pl.DataFrame([fact | {"metric_version": 2}]).select(PRINTED.names()).cast(PRINTED)
        edition = dict.fromkeys(schema(SYSTEM_TABLES["mart.issue"])) | {
            "issue_id": "2026-W02", "language": "en", "revision": 1, "as_of": before,
            "content_hash": "", "headline": "", "path": "", "rendered_at": MADE,
        }  # fmt: skip
        issues.record(warehouse, edition, MADE, printed)
        for hour in (11, 13):
            fetched = MADE.replace(hour=hour)
            loading = Loading(f"load {hour}", "somewhere", "unit", fetched, 1)
            rows = pl.DataFrame({"trade_date": [date(2026, 1, hour)]})
            warehouse.load(dataset("trade_calendar"), rows, loading, rows["trade_date"])
        wanted = schema(dataset("margin_market").contract)
        for balance, days in ((1.0, [date(2026, 1, 5), before]), (2.0, [before])):
            rows = pl.DataFrame(
                {"trade_date": days, "financing_balance_cny": [balance] * len(days)}
            )
            whole = rows.match_to_schema(wanted, missing_columns="insert")
            fetched = MADE.replace(hour=14, minute=int(balance))
            loading = Loading(f"margin {balance}", "somewhere", "unit", fetched, 2)
            warehouse.load(dataset("margin_market"), whole, loading, packaged_calendar())
        last = measure.last_issue(warehouse, friday)
    assert last is not None
    assert last.as_of == before
    assert last.printed.equals(printed)
    assert last.loads.rows() == [("margin_market", 1, 1), ("trade_calendar", 0, 1)]
    assert last.newest.columns == ["metric", "entity", "since"]
    assert last.newest["since"].to_list() == drawn(1)["mart.fact"]["observation_date"].to_list()
    assert last.absent.columns == ["metric", "entity", "since"]
    assert last.absent.height == 3

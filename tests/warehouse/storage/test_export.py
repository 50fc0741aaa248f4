"""The file out of a lake: which days it has, and what it says of those that it lacks.

Where the rows come from does not matter here: another file stands for the lake.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import rows_of
from tests.warehouse.storage.moments import load
from warehouse.catalog import Dataset, dataset
from warehouse.errors import WarehouseUnavailable
from warehouse.storage import export
from warehouse.storage.export import FILE, exported, first_days, sweep_writers
from warehouse.storage.publish import Places
from warehouse.storage.store import Reader, Warehouse

VERSION = "20260120T030000-a1b2c3"
MINUTES = dataset("stock_minute")
NEWEST = date(2026, 1, 16)
FIRST = NEWEST - timedelta(days=30)
SAID = f"rows from {FIRST} on; older ones are in the lake"
WHEN, LATER = datetime(2026, 1, 16, 9), datetime(2026, 1, 17, 9)


def bars(*days: date) -> pl.DataFrame:
    """One minute bar on each of some days."""
    one = rows_of("stock_minute").head(1)
    return pl.concat(one.with_columns(trade_date=pl.lit(day)) for day in days)


class Told(Reader):
    """A lake that is asked for its days only."""

    def __init__(self, oldest: date | None, newest: date | None) -> None:
        self.span = oldest, newest

    def query(self, sql: str, _parameters: object = ()) -> pl.DataFrame:
        assert sql == "SELECT min(trade_date), max(trade_date) FROM core.stock_minute"
        return pl.DataFrame([self.span], schema=["min", "max"], orient="row")


@pytest.mark.parametrize(
    ("oldest", "newest", "cut"),
    [
        (FIRST - timedelta(days=1), NEWEST, {MINUTES: FIRST}),
        (FIRST, NEWEST, {}),
        (NEWEST, NEWEST, {}),
        (None, None, {}),
    ],
)
def test_of_minute_bars_a_file_has_a_month(
    oldest: date | None, newest: date | None, cut: dict[Dataset, date]
) -> None:
    assert first_days(Told(oldest, newest)) == cut


@pytest.mark.parametrize(
    ("whole", "cut", "audited"),
    [(False, {MINUTES: FIRST}, [MINUTES]), (True, {}, None), (None, {}, None)],
)
def test_what_is_cut_is_audited_where_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole, cut, audited
) -> None:
    """None: nothing is old enough to be cut."""
    asked: dict[str, object] = {}
    places, reader = Places(tmp_path), Told(FIRST - timedelta(days=whole is False), NEWEST)

    def fill(file: Path, _: Reader, what: object) -> None:
        file.touch()
        asked["cut"] = what

    monkeypatch.setattr(export, "_fill", fill)
    monkeypatch.setattr(export, "copied", lambda _, source, version: source.with_name(version))
    monkeypatch.setattr(
        export, "insist_on_soundness", lambda of, which: asked.update(audited=(of, which))
    )
    copy = exported(places, reader, VERSION, whole=bool(whole))
    assert copy == places.writers / VERSION
    assert asked.pop("cut") == cut
    assert asked == ({} if audited is None else {"audited": (reader, audited)})
    assert list(places.writers.iterdir()) == []


def test_what_a_killed_export_left_is_no_part_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places(tmp_path)
    places.writers.mkdir()
    places.unfinished.write_text("half")

    def fill(file: Path, *_: object) -> None:
        assert not file.exists()
        file.touch()
        raise WarehouseUnavailable("full")

    monkeypatch.setattr(export, "_fill", fill)
    with pytest.raises(WarehouseUnavailable, match="full"):
        exported(places, Told(None, None), VERSION)
    assert list(places.writers.iterdir()) == []


def test_what_is_swept_is_the_file_that_was_copied_and_what_lies_beside_it(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.writers.mkdir()
    for name in ("next.tmp", "next.tmp.wal", "warehouse-000001.duckdb", "lock"):
        (places.writers / name).touch()
    sweep_writers(places)
    left = sorted(p.name for p in places.writers.iterdir())
    assert left == ["lock", "warehouse-000001.duckdb"]


@pytest.fixture(scope="module")
def file(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A file out of a warehouse with old minute bars: made once, as it takes a second."""
    incidents = [{"kind": kind, "happened_at": WHEN} for kind in "cab"]
    known = {"dataset": "index_daily", "source": "somewhere", "message": "nothing"}
    with warehouse.transaction():
        days = (FIRST - timedelta(days=1), FIRST, NEWEST)
        load(warehouse, "stock_minute", bars(*days), WHEN)
        load(warehouse, "stock_minute", bars(*days).with_columns(pl.col("close") + 1), LATER)
        load(warehouse, "index_daily", rows_of("index_daily"), WHEN)
        warehouse.append("meta.incident", [known | one for one in incidents])
    places = Places(tmp_path_factory.mktemp("home"))
    with closing(Reader.open(exported(places, warehouse, VERSION)).connection) as opened:
        yield Reader(opened)


def test_days_before_the_first_are_left_out_and_no_others(file: Reader) -> None:
    for table in ("core.stock_minute", "core.stock_minute_superseded"):
        days = file.query(f"SELECT trade_date FROM {table} ORDER BY ALL").to_series()
        assert days.to_list() == [FIRST, NEWEST]


def test_other_datasets_are_whole(file: Reader) -> None:
    assert file.value("SELECT count(*) FROM core.index_daily") == rows_of("index_daily").height


def test_the_ledger_says_which_rows_there_are(file: Reader) -> None:
    last = file.query("FROM meta.load WHERE dataset = 'stock_minute' ORDER BY rowid").to_dicts()[-1]
    assert (last["unit"], last["rows_after"]) == (SAID, 2)
    assert last["load_id"].endswith("+exported")
    others = file.query("SELECT unit FROM meta.load WHERE dataset = 'index_daily'").to_series()
    assert others.to_list() == ["unit"]


@pytest.mark.parametrize(
    ("of", "name"),
    [
        ("duckdb_tables()", "table_name = 'stock_minute'"),
        ("duckdb_tables()", "table_name = 'stock_minute_superseded'"),
        ("duckdb_functions()", "function_name = 'stock_minute_asof'"),
    ],
)
def test_so_do_the_comments_of_the_dataset(file: Reader, of: str, name: str) -> None:
    said = file.value(f"SELECT comment FROM {of} WHERE schema_name = 'core' AND {name}")
    assert said.endswith(f" Here are {SAID}.")
    assert len(said) > len(f" Here are {SAID}.")


def test_comments_of_what_is_whole_stay_as_they_are(file: Reader) -> None:
    told = "SELECT count(*) FROM {} WHERE comment LIKE '%Here are rows%'"
    assert file.value(told.format("duckdb_tables()")) == 2
    assert file.value(told.format("duckdb_functions()")) == 1


def test_records_stand_in_the_order_in_which_they_were_written(file: Reader) -> None:
    kinds = file.query("SELECT kind FROM meta.incident ORDER BY rowid")["kind"].to_list()
    assert kinds == ["c", "a", "b"]


def test_afterwards_the_lake_is_detached_from_the_file(file: Reader, warehouse: Warehouse) -> None:
    attached = warehouse.query("SELECT database_name FROM duckdb_databases()").to_series()
    assert FILE not in attached.to_list()

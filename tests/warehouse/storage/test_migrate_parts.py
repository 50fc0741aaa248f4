"""A migration part by part: what a part is, and that none arrives as another.

Two databases in memory stand for the file and for the lake.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import duckdb
import pytest

pytest.importorskip("psycopg")

from warehouse.errors import InputRefused, WarehouseDamaged
from warehouse.storage import ddl, migrate
from warehouse.storage.migrate import Migrated, Part, _begin, _copied, _copy, _first_day, _parts
from warehouse.storage.store import Warehouse

BARS = Part("core.index_daily", ("code", "trade_date", "close"))
TABLES = [
    ("core.index_daily", {"code": 0, "trade_date": 0, "close": 0}, ""),
    ("meta.setting", {"name": 0, "value": 0}, ""),
]
JANUARY = "trade_date >= DATE '2026-01-01' AND trade_date < DATE '2026-01-01' + INTERVAL 1 MONTH"
DECEMBER = JANUARY.replace("2026-01", "2025-12")


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """The lake, empty, with the file attached; of two tables."""
    monkeypatch.setattr(ddl, "tables", lambda _: iter(TABLES))
    with closing(duckdb.connect()) as opened:
        for database in ("source", "lake"):
            opened.execute(f"ATTACH ':memory:' AS {database}")
            opened.execute(f"CREATE SCHEMA {database}.core; CREATE SCHEMA {database}.meta")
            opened.execute(
                f"CREATE TABLE {database}.core.index_daily "
                "(code VARCHAR, trade_date DATE, close DOUBLE)"
            )
            opened.execute(f"CREATE TABLE {database}.meta.setting (name VARCHAR, value VARCHAR)")
        opened.execute("USE lake")
        yield Warehouse(opened)


def put(both: Warehouse, *days: str | None, database: str = "source", close: float = 1.0) -> None:
    for day in days:
        both.connection.execute(
            f"INSERT INTO {database}.core.index_daily VALUES ('a', ?, ?)", [day, close]
        )


class Held:
    """A session of the records, in which a test looks."""

    def __init__(self, *known: tuple[str, int, str]) -> None:
        self.known, self.written = list(known), list[Any]()

    def rows(self, sql: str, parameters: Any = ()) -> list[Any]:
        if sql.startswith("SELECT"):
            return self.known
        self.written.append(list(parameters))
        return []


def test_rows_add_up_alike_in_whichever_order_they_lie_and_twice_is_not_once(
    both: Warehouse,
) -> None:
    put(both, "2026-01-12", "2026-01-13")
    put(both, "2026-01-13", "2026-01-12", database="lake")
    assert BARS.sums(both, "source") == BARS.sums(both, "lake")
    assert BARS.sums(both, "source")[0] == 2
    put(both, "2026-01-14", "2026-01-14", database="lake")  # their hashes cancel each other
    assert BARS.sums(both, "source")[1].split()[0] == BARS.sums(both, "lake")[1].split()[0]
    assert BARS.sums(both, "source")[1] != BARS.sums(both, "lake")[1]


def test_nothing_adds_up_to_nothing(both: Warehouse) -> None:
    assert BARS.sums(both, "source") == (0, "0 0")


def test_a_part_adds_up_its_own_rows(both: Warehouse) -> None:
    put(both, "2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01")
    assert Part(BARS.table, BARS.columns, JANUARY).sums(both, "source")[0] == 2


@pytest.mark.parametrize(
    ("large", "conditions"),
    [
        (3, ["true"]),
        (2, [DECEMBER, JANUARY, "trade_date IS NULL"]),
    ],
)
def test_a_large_table_goes_month_by_month(
    both: Warehouse, monkeypatch: pytest.MonkeyPatch, large: int, conditions: list[str]
) -> None:
    monkeypatch.setattr(migrate, "LARGE", large)
    monkeypatch.setattr(migrate, "_first_day", lambda _: "trade_date")
    put(both, "2026-01-12", None, "2025-12-31")
    parts = list(_parts(both, BARS))
    assert [part.where for part in parts] == conditions
    assert {(part.table, part.columns) for part in parts} == {(BARS.table, BARS.columns)}
    assert parts[0].name == f"core.index_daily where {conditions[0]}"


def test_one_without_any_day_goes_whole(both: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LARGE", 0)
    monkeypatch.setattr(migrate, "_first_day", lambda _: None)
    put(both, "2026-01-12")
    assert list(_parts(both, BARS)) == [BARS]


@pytest.mark.parametrize(
    ("table", "day"),
    [
        ("core.stock_minute", "trade_date"),
        ("meta.load", "fetched_at"),
        ("meta.setting", None),
        ("mart.metric", "as_of"),
    ],
)
def test_the_months_are_those_of_the_first_day_or_time(table: str, day: str | None) -> None:
    assert _first_day(table) == day


def test_rows_are_copied_in_the_place_of_what_a_killed_run_left(both: Warehouse) -> None:
    put(both, "2026-01-13", "2026-01-12", "2025-12-31")
    put(both, "2026-01-05", "2025-12-01", database="lake")
    part = Part(BARS.table, BARS.columns, JANUARY)
    _copy(both, part, part.sums(both, "source"))
    days = both.query("SELECT trade_date::VARCHAR AS d FROM lake.core.index_daily ORDER BY rowid")
    assert days["d"].to_list() == ["2025-12-01", "2026-01-13", "2026-01-12"]


def test_a_part_that_arrives_as_another_is_taken_back(both: Warehouse) -> None:
    put(both, "2026-01-13")
    with pytest.raises(
        WarehouseDamaged, match=r"true: 1 rows arrived .* and 1,234 are in the file"
    ):
        _copy(both, BARS, (1_234, "0 0"))
    assert both.query("FROM lake.core.index_daily").is_empty()


def test_every_part_is_copied_recorded_and_told(
    both: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_first_day", lambda _: None)
    put(both, "2026-01-13", "2026-01-12")
    both.connection.execute("INSERT INTO source.meta.setting VALUES ('a', 'b')")
    held, told = Held(), list[Any]()
    done = _copied(both, held, "home", lambda *one: told.append(one))
    assert done == Migrated(parts=2, rows=3, before=0)
    assert told == [("core.index_daily", 1, 2), ("meta.setting", 2, 2)]
    assert [line[:3] for line in held.written] == [
        ["home", "core.index_daily where true", 2],
        ["home", "meta.setting where true", 1],
    ]
    again = Held(*(tuple(line[1:]) for line in held.written))
    assert _copied(both, again, "home", lambda *_: None) == Migrated(parts=2, rows=3, before=2)
    assert again.written == []


def test_what_arrived_and_was_not_recorded_is_recorded_without_another_copy(
    both: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for database in ("source", "lake"):
        put(both, "2026-01-13", database=database)
    monkeypatch.setattr(migrate, "_first_day", lambda _: None)
    monkeypatch.setattr(migrate, "_copy", lambda *_: pytest.fail("copied"))
    held = Held()
    assert _copied(both, held, "home", lambda *_: None).before == 0
    assert len(held.written) == 2


def test_in_the_end_whole_tables_are_compared(
    both: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that was recorded is believed until then."""
    monkeypatch.setattr(migrate, "_first_day", lambda _: None)
    put(both, "2026-01-13")
    put(both, "2026-01-13", database="lake", close=2.0)
    held = Held(
        (BARS.name, *Part(BARS.table, ('"code"', '"trade_date"', '"close"')).sums(both, "source"))
    )
    with pytest.raises(WarehouseDamaged, match="or their values differ"):
        _copied(both, held, "home", lambda *_: None)


class Place:
    """A lake that is called by its label only."""

    label = "the lake (dbname=x)"
    place: Any

    def __init__(self) -> None:
        self.place = self


def test_a_lake_with_loads_of_its_own_takes_no_others(both: Warehouse) -> None:
    both.connection.execute("CREATE TABLE lake.meta.load (load_id VARCHAR)")
    held = Held()
    _begin(Place(), both, held, "home")
    assert held.written == [["home"]]
    both.connection.execute("INSERT INTO lake.meta.load VALUES ('x')")
    with pytest.raises(InputRefused, match=r"dbname=x\) has loads of its own, .* those of home"):
        _begin(Place(), both, held, "home")
    assert len(held.written) == 1

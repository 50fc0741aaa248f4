"""Tables, functions and views out of the contracts, tried on databases in memory."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime

import duckdb
import pytest

from tests.warehouse.records.books import MOMENT, books, day, put
from warehouse.cadence import Reference
from warehouse.catalog import Dataset, Publication, dataset
from warehouse.contract import Table, count, measure, text
from warehouse.contract import day as date_of
from warehouse.storage import ddl
from warehouse.storage.ddl import added, asof, create, foreign_to_lakes, freshness, partitions
from warehouse.tables.columns import Superseded
from warehouse.units import Unit


class Drawn(Table):
    """Something
    of a day.
    """

    day = date_of("Day", key=True)
    name = text("It's a name", nullable=True)
    value = measure("Value", Unit.CNY)
    number = count("Things")


INDICES = dataset("index_daily")
ONE = Dataset("drawn", "Drawn", "day", Drawn, Publication("day"), Reference())


def test_a_table_has_the_types_and_comments_of_its_contract() -> None:
    with closing(duckdb.connect()) as opened:
        opened.execute("CREATE SCHEMA core")
        for statement in create("core.drawn", Drawn.columns(), "It's said"):
            opened.execute(statement)
        sql = "SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns()"
        found = opened.execute(f"{sql} WHERE table_name = 'drawn' ORDER BY column_index").fetchall()
        assert found == [
            ("day", "DATE", False, "Day"),
            ("name", "VARCHAR", True, "It's a name"),
            ("value", "DOUBLE", False, "Value [CNY]"),
            ("number", "BIGINT", False, "Things [count]"),
        ]
        sql = "SELECT comment FROM duckdb_tables() WHERE table_name = 'drawn'"
        assert opened.execute(sql).fetchall() == [("It's said",)]


def test_each_dataset_has_its_versions_and_both_say_what_they_hold() -> None:
    core, past, *system = ddl.tables({"drawn": ONE})
    assert (core[0], core[2]) == ("core.drawn", "Something of a day. Grain: day.")
    assert list(core[1]) == [*Drawn.column_names(), "known_at", "source", "load_id"]
    assert past[0] == "core.drawn_superseded"
    assert past[2].startswith("Earlier versions of core.drawn, each with the time until")
    assert list(past[1]) == [*core[1], "superseded_at"]
    assert ddl.columns_of(ONE, Superseded) == past[1]
    assert system[0][0] == "meta.load"


EARLY, REVISED, LATE = (datetime(2026, 1, 13, hour) for hour in (8, 9, 10))


@pytest.fixture(scope="module")
def revised():
    """A close that was revised at nine; the new one was loaded by `b`, the old one by `a`."""
    made = books("core.index_daily", "core.index_daily_superseded", "meta.load")
    row = {"code": "x", "trade_date": day(12)}
    put(made, "core.index_daily", [row | {"close": 2.0, "known_at": REVISED, "load_id": "b"}])
    put(
        made,
        "core.index_daily_superseded",
        [row | {"close": 1.0, "known_at": EARLY, "load_id": "a", "superseded_at": REVISED}],
    )
    put(
        made,
        "meta.load",
        [{"load_id": "a", "fetched_at": EARLY}, {"load_id": "b", "fetched_at": LATE}],
    )
    return made


@pytest.mark.parametrize(
    ("by", "loaded", "close"),
    [
        (datetime(2026, 1, 13, 7), None, None),
        (EARLY, None, 1.0),
        (datetime(2026, 1, 13, 8, 59), None, 1.0),
        (REVISED, None, 2.0),
        (LATE, LATE, 2.0),
        (LATE, datetime(2026, 1, 13, 8, 30), 1.0),  # the new one had not been loaded by then
        (LATE, datetime(2026, 1, 13, 7, 59), None),
        (datetime(2026, 1, 13, 7), LATE, None),
        (EARLY, LATE, 1.0),
    ],
)
def test_a_value_is_known_until_its_revision_is(revised, by, loaded, close) -> None:
    moments = [ddl.stamp(one) for one in (by, loaded) if one]
    found = revised.query(asof(INDICES, *moments))
    assert found["close"].to_list() == ([] if close is None else [close])
    assert found.columns == [*INDICES.contract.column_names(), "known_at", "source"]


def test_a_dataset_reaches_as_far_as_its_rows_whatever_was_loaded_last() -> None:
    undated = replace(INDICES, name="fx_rate", publication=Publication(None), trading_day=None)
    two = {"index_daily": INDICES, "fx_rate": undated}
    made = books(*(f"core.{name}" for name in two), "meta.load")
    rows = [
        ("a", 12, "x", EARLY),
        ("b", 12, "y", EARLY),
        ("b", 12, "x", EARLY),
        ("a", 9, "z", LATE),
    ]
    put(
        made,
        "core.index_daily",
        ({"code": c, "trade_date": day(d), "source": s, "known_at": k} for c, d, s, k in rows),
    )
    put(made, "core.fx_rate", [{"source": "q"}, {"source": "p"}])
    put(made, "meta.load", [{"dataset": "index_daily", "fetched_at": at} for at in (EARLY, LATE)])
    for statement in freshness(two):
        made.connection.execute(statement)
    found = made.query("FROM meta.freshness ORDER BY dataset DESC")
    assert found.columns == ["dataset", "newest", "sources", "known_at", "fetched_at", "rows"]
    assert found.rows() == [
        ("index_daily", day(12), "x, y", LATE, LATE, 4),
        ("fx_rate", None, "p, q", MOMENT, None, 2),
    ]
    sql = "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'freshness' AND comment <> ''"
    assert made.value(sql) == len(ddl.REACH)


def test_a_file_of_before_gets_the_columns_that_it_lacks_in_tables_that_it_has() -> None:
    columns = [c for c in ddl.columns_of(INDICES) if c != "close"]
    assert list(added({"core.index_daily": columns})) == [
        "ALTER TABLE core.index_daily ADD COLUMN close DOUBLE"
    ]
    assert list(added({})) == []


def test_a_lake_lays_out_the_files_of_datasets_that_ask_for_it() -> None:
    asking = replace(ONE, layout=("year(day)", "name"))
    assert list(partitions({"a": ONE, "b": asking})) == [
        "ALTER TABLE core.drawn SET PARTITIONED BY (year(day), name)",
        "ALTER TABLE core.drawn_superseded SET PARTITIONED BY (year(day), name)",
    ]


@pytest.mark.parametrize(
    ("statement", "foreign"),
    [
        ("COMMENT ON MACRO core.cutoff IS 'x'", True),
        ("COMMENT ON MACRO TABLE core.x_asof IS 'x'", True),
        ("COMMENT ON COLUMN meta.freshness.rows IS 'x'", True),
        ("COMMENT ON COLUMN mart.wide_breadth.rose IS 'x'", True),
        ("COMMENT ON COLUMN core.index_daily.close IS 'x'", False),
        ("COMMENT ON TABLE core.index_daily IS 'x'", False),
        ("CREATE OR REPLACE MACRO core.cutoff(day) AS day", False),
    ],
)
def test_what_a_lake_refuses_is_known(statement: str, *, foreign: bool) -> None:
    assert foreign_to_lakes(statement) is foreign


def test_a_function_is_made_and_commented() -> None:
    rows = ddl.Macro("core.f", "x", "It's f", "SELECT x AS a", rows=True)
    with closing(duckdb.connect()) as opened:
        opened.execute("CREATE SCHEMA core")
        for macro in (rows, replace(rows, name="core.g", sql="x + 1", rows=False)):
            for statement in macro.statements():
                opened.execute(statement)
        assert opened.execute("FROM core.f(7)").fetchall() == [(7,)]
        assert opened.execute("SELECT core.g(7)").fetchall() == [(8,)]
        sql = "SELECT function_name, comment FROM duckdb_functions() WHERE schema_name = 'core'"
        assert sorted(opened.execute(sql).fetchall()) == [("f", "It's f"), ("g", "It's f")]


def test_views_bear_the_names_of_their_files_and_the_first_line_of_each() -> None:
    statements = list(ddl.views())
    made, told = statements[::2], statements[1::2]
    names = [one.split()[4] for one in made]
    assert names == sorted(names)
    assert "mart.metric_latest" in names
    assert [one.split()[3] for one in told] == names
    assert not any("IS '--" in one for one in told)

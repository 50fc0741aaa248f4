"""The dictionary: in the file for those who query it, in docs for those who read."""

from __future__ import annotations

from pathlib import Path

import duckdb

from flows.workspace import Workspace
from warehouse.storage import dictionary
from warehouse.storage.connection import APPENDING
from warehouse.storage.dictionary import described, markdown
from warehouse.storage.store import Reader, Warehouse

DOCS = Path(__file__).parents[3] / "docs"


def test_the_document_is_current() -> None:
    written = (DOCS / "dictionary.md").read_text(encoding="utf-8")
    assert written == markdown(), "run `make dictionary`"


def test_the_document_names_the_functions_of_the_file() -> None:
    for name in ("core.cutoff(day)", "core.moment(said)", "core.…_asof(moment)"):
        assert f"| {name} | " in markdown()


def test_every_table_and_column_of_the_file_has_a_comment(filled: Workspace) -> None:
    tables = (
        "SELECT schema_name || '.' || table_name AS t FROM duckdb_tables() WHERE comment IS NULL"
    )
    columns = (
        "SELECT schema_name || '.' || table_name || '.' || column_name AS c FROM duckdb_columns() "
        "JOIN duckdb_tables() USING (schema_name, table_name) WHERE duckdb_columns.comment IS NULL"
    )
    with Reader.open(filled.places.current) as reader:
        assert reader.query(tables)["t"].to_list() == []
        assert reader.query(columns)["c"].to_list() == []


def test_every_view_has_a_comment(filled: Workspace) -> None:
    sql = "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal"
    with Reader.open(filled.places.current) as reader:
        comments = dict(reader.query(sql).iter_rows())
    assert {"axes", "freshness", "metric_latest", "last_load"} <= set(comments)
    assert all(comments.values())


def test_units_stand_in_the_comments(filled: Workspace) -> None:
    sql = "SELECT comment FROM duckdb_columns() WHERE table_name = ? AND column_name = ?"
    with Reader.open(filled.places.current) as reader:
        comment = reader.query(sql, ["market_turnover", "amount_cny"]).item()
    assert comment == "Value of shares traded [CNY]"


def test_the_file_describes_itself_in_meta(filled: Workspace) -> None:
    with Reader.open(filled.places.current) as reader:
        there = reader.query("SELECT DISTINCT table_name AS t FROM meta.column")["t"]
    assert set(there) == {table for table, _ in described()}


def test_a_file_without_tables_gets_all_that_the_contracts_declare(tmp_path) -> None:
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path), config=APPENDING).close()
    with Warehouse.writing(path) as warehouse:
        made = set(warehouse.columns())
        sql = "SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL AND schema_name = 'core'"
        assert warehouse.query(sql).item() == 0
    assert {table for table, _ in described()} <= made


def test_a_warehouse_learns_what_is_said_anew(tmp_path, monkeypatch) -> None:
    """A gap that is worded anew reaches a file that is there already."""
    path = tmp_path / "warehouse.duckdb"
    with Warehouse.writing(path) as warehouse:
        before = warehouse.query("FROM meta.gap").height
    one = {"subject": "Another gap", "since": None, "why": "Nobody says.", "instead": "Nothing."}
    rows = [*dictionary.gap_rows(), one]
    monkeypatch.setattr(dictionary, "gap_rows", lambda: rows)
    dictionary.fingerprint.cache_clear()
    try:
        with Warehouse.writing(path) as warehouse:
            assert warehouse.query("FROM meta.gap").height == before + 1
    finally:
        dictionary.fingerprint.cache_clear()

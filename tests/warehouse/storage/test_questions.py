"""Who asks the warehouse reads it and nothing else of the machine, whatever the statement."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.workspace import Workspace
from warehouse.errors import InputRefused
from warehouse.storage.questions import answer
from warehouse.storage.store import Reader

ELSEWHERE = [
    "COPY core.index_daily TO '{there}'",
    "COPY (SELECT 1) TO '{there}' (FORMAT parquet)",
    "EXPORT DATABASE '{there}'",
    "IMPORT DATABASE '{secret}'",
    "FROM read_csv('{secret}')",
    "FROM read_text('{secret}')",
    "FROM read_blob('{secret}')",
    "FROM parquet_metadata('{secret}')",
    "FROM sniff_csv('{secret}')",
    "FROM glob('{secret}*')",
    "FROM query('FROM read_text(''{secret}'')')",
    "FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "ATTACH '{there}' AS other",
    "ATTACH '{secret}' AS other (READ_ONLY)",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{secret}'",
    "CREATE PERSISTENT SECRET s (TYPE s3)",
    "SET enable_external_access = true",
    "SET memory_limit = '1TB'",
    "RESET lock_configuration",
    "PRAGMA profiling_output = '{there}'",
    "CALL enable_logging(storage = 'file', storage_path = '{there}')",
    "FROM \"enable_logging\"(storage = 'file', storage_path = '{there}')",
    "FROM query('FROM enable_' || 'logging(storage=''file'', storage_path=''{there}'')')",
    "FROM \"query\" /* ( */ -- (\n ('FROM enable_log' || 'ging()')",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM enable_' || 'logging()'))",
    "CREATE TEMP MACRO f() AS TABLE FROM read_text('{secret}'); FROM f()",
]
CHANGING = [
    "DELETE FROM core.index_daily",
    "CREATE TABLE core.mine (a INTEGER)",
    "DROP VIEW mart.metric_latest",
    "COMMENT ON TABLE core.index_daily IS 'mine'",
]
USEFUL = [
    "SELECT count(*) FROM core.index_daily",
    "FROM mart.metric_latest",  # a view
    "DESCRIBE core.index_daily",
    "SUMMARIZE core.index_daily",
    "PIVOT core.index_daily ON code USING count(*)",
    "EXPLAIN SELECT 1",
    "CREATE TEMP MACRO twice(x) AS 2 * x; SELECT twice(21)",
    "CREATE TEMP TABLE mine AS FROM core.index_daily; FROM mine",
    "FROM duckdb_columns() WHERE schema_name = 'core'",
]


@pytest.fixture(scope="module")
def reader(filled_home: Path) -> Iterator[Reader]:
    with Reader.open(filled_home / "current.duckdb") as opened:
        yield opened


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.csv"
    file.write_text("password\nhunter2\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("statement", ELSEWHERE)
def test_nothing_else_is_read_or_written(reader: Reader, secret: Path, statement: str) -> None:
    sql = statement.format(there=secret.with_name("there"), secret=secret)
    with pytest.raises(InputRefused) as refused:
        answer(reader, sql)
    said = "\n".join([str(refused.value), *getattr(refused.value, "__notes__", [])])
    assert "reads the published warehouse and nothing else" in said
    assert "hunter2" not in said
    assert list(secret.parent.iterdir()) == [secret]


@pytest.mark.parametrize("statement", CHANGING)
def test_nothing_is_changed(reader: Reader, statement: str) -> None:
    with pytest.raises(InputRefused, match="read-only"):
        answer(reader, statement)


@pytest.mark.parametrize("statement", USEFUL)
def test_what_analysts_ask_still_works(reader: Reader, statement: str) -> None:
    assert answer(reader, statement).width > 0


def test_types_that_polars_has_not_are_text(reader: Reader) -> None:
    """How old a row is, is an INTERVAL; that was a traceback."""
    sql = 'SELECT INTERVAL 90 MINUTE AS age, [INTERVAL 1 DAY] AS "two ""words", union_value(n := 1), 2 AS b'
    assert answer(reader, sql).rows() == [("01:30:00", "[1 day]", "1", 2)]
    assert answer(reader, 'SELECT INTERVAL 1 DAY AS a, 3 AS "two ""words"').columns == [
        "a",
        'two "words',
    ]


def test_no_variable_of_this_process_is_a_table(reader: Reader) -> None:
    import polars as pl

    frame = pl.DataFrame({"password": ["hunter2"]})
    with pytest.raises(InputRefused, match="frame does not exist"):
        answer(reader, "FROM frame")
    assert frame.height == 1


def test_a_result_larger_than_memory_still_spills(filled: Workspace) -> None:
    """Beside the file lies DuckDB's own room for what does not fit; that is not locked away."""
    with Reader.open(filled.places.current) as reader:
        room = reader.query("SELECT current_setting('temp_directory')").item()
    assert room == f"{filled.places.current.resolve()}.tmp"

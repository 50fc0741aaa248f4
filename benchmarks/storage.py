"""A day's upsert and a publication, against the shortest SQL that does as much for the rows."""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from benchmarks import AS_OF
from benchmarks.alone import Task, alone
from benchmarks.ground import LATER
from benchmarks.race import MEGABYTE, Line, race
from warehouse.catalog import cutoff, dataset
from warehouse.storage.publish import Places, publish
from warehouse.storage.store import Loading, Reader, Warehouse

PUBLICATIONS = 3
DELETE = """
    DELETE FROM core.stock_daily AS c USING staged AS s
    WHERE c.code = s.code AND c.trade_date = s.trade_date
"""


def our_upserts(home: str) -> Sequence[Task]:
    """The bars of each later day, as `collect` loads them: checked keys, versions, ledger."""
    stack = ExitStack()
    file = writer_copy(home, "ours")
    warehouse = stack.enter_context(Warehouse.writing(file, simulated=True))
    atexit.register(stack.close)
    calendar = warehouse.query("SELECT trade_date FROM core.trade_calendar ORDER BY ALL")

    def load(rows: pl.DataFrame) -> float:
        day = str(rows["trade_date"].item(0))
        loading = Loading(day, "benchmark", day, cutoff(AS_OF), rows.height)
        with warehouse.transaction():
            loaded = warehouse.load(dataset("stock_daily"), rows, loading, calendar["trade_date"])
        return float(loaded.after)

    return [partial(load, rows) for rows in later_days(home)]


def plain_upserts(home: str) -> Sequence[Task]:
    """DELETE and INSERT of the same rows, in one transaction, without history and ledger."""
    connection = duckdb.connect(str(writer_copy(home, "theirs")))
    known = {"known_at": cutoff(AS_OF), "source": "benchmark", "load_id": "benchmark"}

    def load(rows: pl.DataFrame) -> float:
        staged = rows.with_columns(pl.lit(value).alias(name) for name, value in known.items())
        connection.register("staged", staged)
        connection.begin()
        connection.execute(DELETE)
        connection.execute("INSERT INTO core.stock_daily BY NAME SELECT * FROM staged")
        connection.commit()
        return bars_in(connection, "core")

    return [partial(load, rows) for rows in later_days(home)]


def bars_in(connection: duckdb.DuckDBPyConnection, schema: str) -> float:
    found = connection.execute(f"SELECT count(*) FROM {schema}.stock_daily").fetchall()
    return float(found[0][0])


def later_days(home: str) -> list[pl.DataFrame]:
    """The bars of each day after the archive."""
    columns = dataset("stock_daily").contract.column_names()
    bars = pl.read_parquet(Path(home) / LATER).select(columns).sort("trade_date", "code")
    return bars.partition_by("trade_date", maintain_order=True)


def writer_copy(home: str, owner: str) -> Path:
    """A copy of the writer file that may be spoilt."""
    target = Path(home) / owner / "warehouse.duckdb"
    target.parent.mkdir()
    return Path(shutil.copyfile(Places(Path(home)).writer, target))


def our_publication(home: str) -> Sequence[Task]:
    """Audit, copy, fsync, validation and swap; the answer is the number of bars in the copy."""

    def task(number: int) -> float:
        with Reader.open(publish(Places(Path(home)), f"20260120T030000-{number:06x}")) as reader:
            return float(reader.query("SELECT count(*) FROM core.stock_daily").item())

    return [partial(task, number) for number in range(PUBLICATIONS)]


def copied_database(home: str) -> Sequence[Task]:
    """COPY FROM DATABASE into a new file, and fsync: no audit, no validation."""
    return [partial(copied, home, number) for number in range(PUBLICATIONS)]


def copied(home: str, number: int) -> float:
    """The number of bars in the copy."""
    target = Path(home) / f"copied-{number}.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{Places(Path(home)).writer}' AS w (READ_ONLY)")
        connection.execute(f"ATTACH '{target}' AS c")
        connection.execute("COPY FROM DATABASE w TO c")
        count = bars_in(connection, "c.core")
        connection.execute("DETACH c")
    with target.open("rb") as handle:
        os.fsync(handle.fileno())
    return count


def lines(home: str, rows: int) -> Iterator[Line | str]:
    """The upsert of a day and the publication of the warehouse."""
    size = f"a day into {rows:,}"
    mine, peers = alone(our_upserts, home=home), alone(plain_upserts, home=home)
    yield race("daily upsert", size, mine, "DELETE + INSERT", peers, within=0.0)
    mine, peers = alone(our_publication, home=home), alone(copied_database, home=home)
    yield race("publish", f"{rows:,} bars", mine, "COPY FROM DATABASE", peers, within=0.0)
    files = Path(home) / "current.duckdb", Path(home) / "copied-0.duckdb"
    published, copy = (file.stat().st_size / MEGABYTE for file in files)
    yield f"publish: the file has {published:,.0f} MB, the peer's {copy:,.0f} MB"

"""Partitions of a dataset that fits in no memory, and what was measured of them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from warehouse.catalog import Dataset
from warehouse.storage.ddl import asof, stamp
from warehouse.storage.store import Reader, Warehouse

KEPT = 2  # digests of a partition whose figures stay: of the newest evaluation, and the one before

AT_ONCE = 2_000_000  # bars; a month of a bucket of all shares is 1.7 million


@dataclass(frozen=True)
class Known:
    """Up to when rows were known, and loaded, that are looked at: naive UTC."""

    by: datetime
    loaded_by: datetime | None = None

    def rows(self, d: Dataset) -> str:
        """SQL for the rows of a dataset as they were known."""
        return asof(d, stamp(self.by), stamp(self.loaded_by) if self.loaded_by else None)


@dataclass(frozen=True)
class Partition:
    """A month of a bucket of codes: how many rows were known of it, and their digest."""

    month: str
    bucket: int
    bars: int
    digest: str

    @property
    def key(self) -> str:
        return f"{self.month} {self.bucket} {self.digest}"


KEY = "month || ' ' || bucket || ' ' || digest"


def partitions(
    reader: Reader, d: Dataset, known: Known, version: int, month: str | None = None
) -> list[Partition]:
    """The partitions of the rows that were known, by month and bucket; those of one month only.

    Each row is hashed once, whoever wrote it when: equal rows have an equal digest, in any order.
    version: of the formulas that will read them.
    """
    month_, bucket = d.partitioned
    columns = ", ".join([*d.contract.column_names(), "known_at", "source"])
    within = f"WHERE {month_} = '{month}'" if month else ""
    found = reader.query(
        f"SELECT {month_} AS month, {bucket} AS bucket, count(*) AS bars, "
        f"bit_xor(hash({columns})) AS digest FROM ({known.rows(d)}) {within} "
        "GROUP BY ALL ORDER BY ALL"
    )
    return [
        Partition(of, number, bars, f"{version}:{bars}:{digest}")
        for of, number, bars, digest in found.iter_rows()
    ]


def bars(reader: Reader, d: Dataset, known: Known, *ones: Partition) -> pl.DataFrame:
    """The rows of partitions of one month that were known, with known_at, source and bucket.

    The month is told by its days, too: whole blocks of the file are passed over by them.
    """
    _, bucket = d.partitioned
    first = date.fromisoformat(f"{ones[0].month}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    buckets = ", ".join(str(one.bucket) for one in ones)
    # Written out: with bound parameters DuckDB hands a relation over row by row.
    return reader.query(
        f"SELECT *, {bucket} AS bucket FROM ({known.rows(d)}) "
        f"WHERE {d.trading_day} BETWEEN DATE '{first}' AND DATE '{last}' AND bucket IN ({buckets})"
    )


def batches(wanted: Sequence[Partition]) -> Iterator[list[Partition]]:
    """Partitions that are read at once: of one month, and no more bars than fit in memory with
    ease.
    """
    batch: list[Partition] = []
    for one in wanted:
        size = sum(other.bars for other in batch) + one.bars
        if batch and (one.month != batch[0].month or size > AT_ONCE):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def without_figures(reader: Reader, wanted: Sequence[Partition]) -> list[Partition]:
    """Those of the partitions that were not measured as they are."""
    there = set(reader.query(f"SELECT {KEY} AS key FROM mart.intraday_partition")["key"])
    return [one for one in wanted if one.key not in there]


def figures(reader: Reader, wanted: Sequence[Partition]) -> pl.DataFrame:
    """The figures of these partitions, as far as they were measured; columns of mart.intraday."""
    keys = [one.key for one in wanted]
    return reader.query(f"FROM mart.intraday WHERE list_contains(?, {KEY})", [keys])


def write(warehouse: Warehouse, one: Partition, measured: pl.DataFrame, made_at: datetime) -> None:
    """The figures of a partition, in one transaction; doing it twice changes nothing.

    made_at: naive UTC. Figures of earlier digests go, but for the newest of them.
    """
    place = {"month": one.month, "bucket": one.bucket, "digest": one.digest}
    entry = {**place, "bars": one.bars, "measured_at": made_at}
    rows = measured.with_columns(pl.lit(value).alias(name) for name, value in place.items())
    with warehouse.transaction():
        for table in ("mart.intraday", "mart.intraday_partition"):
            warehouse.connection.execute(f"DELETE FROM {table} WHERE {KEY} = ?", [one.key])
        warehouse.append("mart.intraday", rows)
        warehouse.append("mart.intraday_partition", [entry])
        _forget(warehouse, one)


def _forget(warehouse: Warehouse, one: Partition) -> None:
    here = [one.month, one.bucket]
    newest = (
        "SELECT digest FROM mart.intraday_partition WHERE month = ? AND bucket = ? "
        f"ORDER BY measured_at DESC, digest = ? DESC LIMIT {KEPT}"
    )
    kept = warehouse.query(newest, [*here, one.digest])["digest"].to_list()
    for table in ("mart.intraday", "mart.intraday_partition"):
        warehouse.connection.execute(
            f"DELETE FROM {table} WHERE month = ? AND bucket = ? AND NOT list_contains(?, digest)",
            [*here, kept],
        )

"""Partitions of a dataset that fits in no memory, and what was measured of them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from warehouse.catalog import Dataset
from warehouse.storage.ddl import asof, quoted, stamp
from warehouse.storage.store import Reader, Warehouse

KEPT = 2  # digests of a partition whose figures stay: of the newest evaluation, and the one before

AT_ONCE = 1_000_000  # bars; a month of a bucket of all shares is 0.9 million
CACHE = "300 MB"  # of what DuckDB keeps of a file that is read once from one end to the other


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
    """A month of a bucket of codes: how many rows were known of it, their digest, and the codes."""

    month: str
    bucket: int
    bars: int
    digest: str
    codes: tuple[str, ...] = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        return f"{self.month} {self.bucket} {self.digest}"


KEY = "(month, bucket, digest)"
PLACES = "SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::VARCHAR[])"


def partitions(
    reader: Reader, d: Dataset, known: Known, version: int, month: str | None = None
) -> list[Partition]:
    """The partitions of the rows that were known, by month and bucket; those of one month only.

    Each row is hashed once, whoever wrote it when: equal rows have an equal digest, in any order.
    Rows are summed up by code and month first: the text of a month and the hash of a code cost ten
    times what the digest does. version: of the formulas that will read them.
    """
    month_, bucket = d.partitioned
    columns = ", ".join([*d.contract.column_names(), "known_at", "source"])
    within = f"WHERE {_days(d, month)}" if month else ""
    found = reader.query(
        f"SELECT {month_} AS month, {bucket} AS bucket, sum(bars)::BIGINT AS bars, "
        "bit_xor(digest) AS digest, list(code ORDER BY code) AS codes FROM ("
        f"SELECT code, date_trunc('month', {d.trading_day}) AS {d.trading_day}, count(*) AS bars, "
        f"bit_xor(hash({columns})) AS digest FROM ({known.rows(d)}) {within} GROUP BY ALL"
        ") GROUP BY ALL ORDER BY month, bucket"
    )
    return [
        Partition(of, number, bars, f"{version}:{bars}:{digest}", tuple(codes))
        for of, number, bars, digest, codes in found.iter_rows()
    ]


def bars(
    reader: Reader, d: Dataset, known: Known, columns: Sequence[str], *ones: Partition
) -> pl.DataFrame:
    """Columns of the rows of partitions of one month that were known.

    The month is told by its days, and a bucket by its codes: whole blocks of the file are passed
    over by them, and no row is hashed for its bucket.
    """
    codes = ", ".join(quoted(code) for one in ones for code in one.codes)
    # Written out: with bound parameters DuckDB hands a relation over row by row.
    return reader.query(
        f"SELECT {', '.join(columns)} FROM ({known.rows(d)}) "
        f"WHERE {_days(d, ones[0].month)} AND code IN ({codes})"
    )


def _days(d: Dataset, month: str) -> str:
    first = date.fromisoformat(f"{month}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return f"{d.trading_day} BETWEEN DATE '{first}' AND DATE '{last}'"


@contextmanager
def sparing(reader: Reader) -> Iterator[None]:
    """Within, DuckDB keeps little of what it has read: it would fill the memory of the machine."""
    reader.connection.execute(f"SET memory_limit = '{CACHE}'")
    try:
        yield
    finally:
        reader.connection.execute("RESET memory_limit")


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
    there = set(
        reader.query(
            "SELECT concat_ws(' ', month, bucket, digest) AS key FROM mart.intraday_partition"
        )["key"]
    )
    return [one for one in wanted if one.key not in there]


def figures(reader: Reader, wanted: Sequence[Partition]) -> pl.DataFrame:
    """The figures of these partitions, as far as they were measured; columns of mart.intraday."""
    return reader.query(f"FROM mart.intraday WHERE {KEY} IN ({PLACES})", _places(wanted))


def write(
    warehouse: Warehouse, measured: Mapping[Partition, pl.DataFrame], made_at: datetime
) -> None:
    """The figures of partitions, all in one transaction; doing it twice changes nothing.

    made_at: naive UTC. Figures of earlier digests go, but for the newest of them.
    """
    rows, entries = [], []
    for one, frame in measured.items():
        place = {"month": one.month, "bucket": one.bucket, "digest": one.digest}
        entries.append({**place, "bars": one.bars, "measured_at": made_at})
        rows.append(frame.with_columns(pl.lit(value).alias(name) for name, value in place.items()))
    with warehouse.transaction():
        _make_room(warehouse, list(measured))
        warehouse.append("mart.intraday", pl.concat(rows))
        warehouse.append("mart.intraday_partition", entries)


def _make_room(warehouse: Warehouse, wanted: Sequence[Partition]) -> None:
    """Forget what is there of these partitions, but for the newest of other digests."""
    gone = warehouse.query(
        f"WITH wanted(month, bucket, written) AS ({PLACES}) "
        "SELECT month, bucket, digest FROM mart.intraday_partition JOIN wanted USING (month, bucket) "
        "QUALIFY digest = written OR row_number() OVER ("
        f"PARTITION BY month, bucket ORDER BY digest = written, measured_at DESC) >= {KEPT}",
        _places(wanted),
    )
    if gone.is_empty():
        return
    for table in ("mart.intraday", "mart.intraday_partition"):
        warehouse.connection.execute(
            f"DELETE FROM {table} WHERE {KEY} IN ({PLACES})", [c.to_list() for c in gone]
        )


def _places(wanted: Sequence[Partition]) -> list[list[str] | list[int]]:
    """Months, buckets and digests: what PLACES takes."""
    return [
        [one.month for one in wanted],
        [one.bucket for one in wanted],
        [one.digest for one in wanted],
    ]

"""Minute bars, measured a partition at a time: what an evaluation sees of them are daily figures.

A partition is a month of a bucket of codes. It has a digest of what was known of it, so that it is
measured once, whoever asks again, and measured anew only if something else was known. One that
stopped half-way goes on where it stopped: each partition is written by itself, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl

from flows.progress import progress
from flows.workspace import Workspace
from transforms.intraday.figures import FIGURES, VERSION, measure_partition
from warehouse.catalog import cutoff, dataset
from warehouse.records import partitions
from warehouse.records.partitions import Known, Partition
from warehouse.storage.store import Reader, Warehouse

MINUTES = "stock_minute"


def known_on(as_of: date, loaded_by: datetime | None = None) -> Known:
    """What an issue as of that day may know; loaded_by: as an evaluation of that time saw it."""
    return Known(cutoff(as_of), loaded_by)


def lacking(reader: Reader, known: Known, month: str | None = None) -> list[Partition]:
    """The partitions that nobody has measured as they were known."""
    listed = partitions.partitions(reader, dataset(MINUTES), known, VERSION, month)
    return partitions.without_figures(reader, listed)


def measure_lacking(ws: Workspace, as_of: date) -> int:
    """Measure what is lacking for an evaluation of that day; how many partitions that were.

    The writer is free between months. Memory is that of one partition.
    """
    known = known_on(as_of)
    with ws.writing() as warehouse:
        months = sorted({one.month for one in lacking(warehouse, known)})
    found = 0
    for month in months:
        with ws.writing() as warehouse:  # what is known of the month may be more than a moment ago
            wanted = lacking(warehouse, known, month)
            measure_all(warehouse, known, wanted, ws.now_utc)
        found += len(wanted)
        progress(f"measuring minute bars of {month}", months.index(month) + 1, len(months))
    return found


def measure_all(
    warehouse: Warehouse, known: Known, wanted: Sequence[Partition], made_at: datetime
) -> None:
    """Measure partitions one after the other, each written in a transaction of its own.

    made_at: naive UTC. The caller holds the writer, so that the bars are those of the digests.
    """
    for one in wanted:
        bars = partitions.bars(warehouse, dataset(MINUTES), known, one)
        partitions.write(warehouse, one, measure_partition(bars), made_at)


def figures(reader: Reader, known: Known) -> pl.DataFrame:
    """The figures of all minute bars that were known: transforms.intraday.figures.FIGURES.

    What is stored of them, and the rest measured on the way: a published version lacks those of
    an older evaluation.
    """
    listed = partitions.partitions(reader, dataset(MINUTES), known, VERSION)
    stored = partitions.figures(reader, listed).select(FIGURES.names()).cast(FIGURES)
    measured = [
        measure_partition(partitions.bars(reader, dataset(MINUTES), known, one))
        for one in partitions.without_figures(reader, listed)
    ]
    return pl.concat([stored, *measured]).sort("code", "trade_date")

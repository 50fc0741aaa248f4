"""Minute bars, measured a partition at a time: what an evaluation sees of them are daily figures.

A partition is a month of a bucket of codes. It has a digest of what was known of it, so that it is
measured once, whoever asks again, and measured anew only if something else was known. One that
stopped half-way goes on where it stopped: each partition is written by itself, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from flows.progress import progress
from flows.workspace import Workspace
from transforms.intraday.figures import BARS, FIGURES, VERSION, measure_partition
from warehouse.catalog import cutoff, dataset
from warehouse.records import partitions
from warehouse.records.partitions import Known, Partition
from warehouse.storage.atomic import private_folder
from warehouse.storage.lock import writer_lock
from warehouse.storage.store import Reader, Warehouse

if TYPE_CHECKING:
    from flows.measuring_cluster import Cluster

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
    with ws.writing() as warehouse, partitions.sparing(warehouse):
        wanted = lacking(warehouse, known)
    months = sorted({one.month for one in wanted})
    found = 0
    with spread(ws, sum(one.bars for one in wanted)) as cluster:
        for month in months:
            found += measure_month(ws, known, month, cluster)
            progress(f"measuring minute bars of {month}", months.index(month) + 1, len(months))
    return found


@contextmanager
def spread(ws: Workspace, bars: int) -> Iterator[Cluster | None]:
    """The processes that measure so many bars; None where this one does it alone."""
    measuring = ws.settings.measuring
    if not measuring.workers or bars < measuring.partitions_from:
        yield None
        return
    from flows.measuring_cluster import cluster  # noqa: PLC0415 - of the extra `lake`

    folder = ws.settings.home / "spilled"
    private_folder(folder)
    with cluster(measuring, folder) as started:
        yield started


def measure_month(ws: Workspace, known: Known, month: str, cluster: Cluster | None) -> int:
    """Measure what is lacking of a month by now; how many partitions that were."""
    if cluster is not None:
        return measure_apart(ws, known, month, cluster)
    with ws.writing() as warehouse, partitions.sparing(warehouse):
        wanted = lacking(warehouse, known, month)
        measure_all(warehouse, known, wanted, ws.now_utc)
    return len(wanted)


def measure_apart(ws: Workspace, known: Known, month: str, cluster: Cluster) -> int:
    """The same by processes, which read the lake, or the file while nobody writes it.

    Written is what is still known as it was listed. The figures of a partition of which more became
    known meanwhile are measured on the way, and stored by the next evaluation.
    """
    from flows.measuring_cluster import opened  # noqa: PLC0415 - of the extra `lake`

    place = ws.settings.warehouse.place
    source = (place, ws.places) if place else ws.places.writer
    with nullcontext() if place else writer_lock(ws.places.lock):
        with opened(source) as reader:
            wanted = lacking(reader, known, month)
        found = dict(cluster.figures(source, MINUTES, known, wanted))
    with ws.writing() as warehouse, partitions.sparing(warehouse):
        still = [one for one in lacking(warehouse, known, month) if one in found]
        if still:
            partitions.write(warehouse, {one: found[one] for one in still}, ws.now_utc)
    return len(found)


def measure_all(
    warehouse: Warehouse, known: Known, wanted: Sequence[Partition], made_at: datetime
) -> None:
    """Measure partitions; small ones of a month are read together, and written in one transaction.

    made_at: naive UTC. The caller holds the writer, so that the bars are those of the digests.
    """
    for batch in partitions.batches(wanted):
        measured = measure_partition(_bars(warehouse, known, batch))
        of = {one: measured.filter(pl.col("code").is_in(one.codes)) for one in batch}
        partitions.write(warehouse, of, made_at)


def _bars(reader: Reader, known: Known, batch: Sequence[Partition]) -> pl.DataFrame:
    return partitions.bars(reader, dataset(MINUTES), known, BARS, *batch)


def figures(reader: Reader, known: Known) -> pl.DataFrame:
    """The figures of all minute bars that were known: transforms.intraday.figures.FIGURES.

    What is stored of them, and the rest measured on the way: a published version lacks those of
    an older evaluation.
    """
    listed = partitions.partitions(reader, dataset(MINUTES), known, VERSION)
    stored = partitions.figures(reader, listed).select(FIGURES.names()).cast(FIGURES)
    measured = [
        measure_partition(_bars(reader, known, batch))
        for batch in partitions.batches(partitions.without_figures(reader, listed))
    ]
    return pl.concat([stored, *measured]).sort("code", "trade_date")

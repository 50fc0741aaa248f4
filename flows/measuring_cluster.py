"""Partitions measured side by side, by processes of Dask: each reads, reduces, forgets its own.

One process drives them: it says which partitions are wanted, and writes what comes back. One is
measured as it would be alone, so that the figures are the same to the last bit; one whose process
was killed is measured again by another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.settings import Measuring
from transforms.intraday.figures import BARS, measure_partition
from warehouse.catalog import dataset
from warehouse.errors import InputRefused, MachineRefused, WarehouseUnavailable
from warehouse.records import partitions
from warehouse.records.partitions import Known, Partition
from warehouse.storage.lake import lake_of
from warehouse.storage.place import Place
from warehouse.storage.publish import Places
from warehouse.storage.store import Reader

try:
    import dask
    from distributed import Client, LocalCluster, as_completed
    from distributed.scheduler import KilledWorker
    from distributed.security import Security
except ImportError as missing:
    told = "measuring.workers needs the extra `lake`; install `briefing[lake]`"
    raise InputRefused(told) from missing

Source = Path | tuple[Place, Places]  # a warehouse file, or a lake and the home that uses it
TASKS = 4  # of a worker; to open a file may take seconds
KILLS = 3  # workers lost over one partition are an accident; more are its fault
# Results are small: what fills a worker is the partition that it reads, and that cannot be spilled.
MEMORY = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": 0.7,
    "distributed.worker.memory.pause": 0.85,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.scheduler.allowed-failures": KILLS,
    "distributed.admin.tick.limit": "60s",  # a partition that is read keeps its process busy
}


@dataclass(frozen=True)
class Cluster:
    """Processes that measure partitions of a warehouse."""

    client: Client
    workers: int
    memory: str

    def figures(
        self, source: Source, name: str, known: Known, wanted: Sequence[Partition]
    ) -> Iterator[tuple[Partition, pl.DataFrame]]:
        """The figures of each partition, in the order in which they come.

        source: the lake, or the file, which nobody writes meanwhile. Raises MachineRefused where
        a partition is too large for a process.
        """
        size = max(len(wanted) // (TASKS * self.workers), 1)
        tasks = [wanted[start : start + size] for start in range(0, len(wanted), size)]
        asked = {
            self.client.submit(measured, source, name, known, some, pure=False): some
            for some in tasks
        }
        for future in as_completed(asked):
            try:
                yield from zip(asked[future], future.result(), strict=True)
            except KilledWorker as killed:
                most = max(asked[future], key=lambda one: one.bars)
                raise MachineRefused(
                    f"{KILLS + 1} processes were lost over partitions of {name}, the largest of "
                    f"{most.month} with {most.bars:,} rows: most likely each had less memory than it "
                    f"needs. Raise measuring.memory, which is {self.memory}."
                ) from killed


def measured(
    source: Source, name: str, known: Known, some: Sequence[Partition]
) -> list[pl.DataFrame]:
    """The figures of partitions, read one after the other by the process that this runs in."""
    with opened(source) as reader:
        return [
            measure_partition(partitions.bars(reader, dataset(name), known, BARS, one))
            for one in some
        ]


@contextmanager
def opened(source: Source) -> Iterator[Reader]:
    """What was written up to now. Raises WarehouseUnavailable."""
    if isinstance(source, Path):
        with Reader.open(source) as reader:
            yield reader
        return
    with lake_of(*source).looking() as now:
        if now is None:
            raise WarehouseUnavailable("the lake was taken away while it was read")
        yield now


@contextmanager
def cluster(measuring: Measuring, folder: Path) -> Iterator[Cluster]:
    """The processes, until the end. folder: where they may spill.

    They speak TLS with certificates of this run, since who reaches a scheduler of Dask may run what
    he likes.
    """
    settings: dict[str, Any] = {
        "n_workers": measuring.workers,
        "threads_per_worker": 1,
        "memory_limit": measuring.memory,
        "local_directory": str(folder),
        "dashboard_address": None,
        "host": "127.0.0.1",
        "security": Security.temporary(),
        "env": {"POLARS_MAX_THREADS": "1"},
    }
    with dask.config.set(MEMORY), LocalCluster(**settings) as started, Client(started) as client:
        yield Cluster(client, measuring.workers, measuring.memory)

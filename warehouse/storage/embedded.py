"""A warehouse in a file of this machine: a private writer file, and published copies of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from warehouse.storage.backend import Ready
from warehouse.storage.lock import PATIENCE, writer_lock
from warehouse.storage.publish import Places, publish, published
from warehouse.storage.store import Reader, Warehouse


@dataclass(frozen=True)
class Embedded:
    """The file below a home. One writer at a time, whatever it writes: so is DuckDB."""

    places: Places

    def filled(self) -> bool:
        """Whether there is a writer file. Raises WarehouseUnavailable where it is lost."""
        return self.places.writer.exists()

    @contextmanager
    def writing(
        self,
        *datasets: str,  # noqa: ARG002 - of whichever dataset, the file has one writer
        simulated: bool | None = None,
        ready: Ready | None = None,
    ) -> Iterator[Warehouse]:
        """The writer file, alone; it is created if need be."""
        with (
            writer_lock(self.places.lock),
            Warehouse.writing(self.places.writer, simulated=simulated) as warehouse,
        ):
            if ready is not None:
                ready(warehouse)
            yield warehouse

    @contextmanager
    def looking(
        self, *, simulated: bool | None = None, ready: Ready | None = None
    ) -> Iterator[Reader | None]:
        """The writer file, alone; None before there is one."""
        if not self.filled():
            yield None
            return
        with self.writing(simulated=simulated, ready=ready) as warehouse:
            yield warehouse

    def published(self) -> Reader:
        """`current.duckdb`, read-only and locked."""
        return Reader.open(self.places.current)

    def newest(self) -> Reader | None:
        """The newest version that opens."""
        return published(self.places)

    def publish(self, version: str, keep: int) -> Path:
        """A copy of the writer file, audited, and the link swapped onto it."""
        with writer_lock(self.places.lock):
            return publish(self.places, version, keep)

    def alone(
        self,
        matter: str,  # noqa: ARG002 - the file says it
        lock: Path,
        wait_seconds: float = PATIENCE,
    ) -> AbstractContextManager[None]:
        """The lock is a file: whoever shares this home is on this machine."""
        return writer_lock(lock, wait_seconds)

"""Where a warehouse is kept: one interface, for a file of this machine and for a lake."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from warehouse.storage.lock import PATIENCE
from warehouse.storage.store import Reader, Warehouse

Ready = Callable[[Warehouse], None]  # what must be in place before anything is written


class Store(Protocol):
    """What flows ask of the place in which a warehouse is kept.

    All of them raise WarehouseUnavailable, or one of its kinds, where it cannot be used.
    """

    def filled(self) -> bool:
        """Whether there is anything to write into or to look at."""
        ...

    def writing(
        self, *datasets: str, simulated: bool | None = None, ready: Ready | None = None
    ) -> AbstractContextManager[Warehouse]:
        """The writer, alone; in a lake alone with the datasets, if some are named.

        simulated: what will be loaded; simulated and real data never share a warehouse.
        """
        ...

    def looking(
        self, *, simulated: bool | None = None, ready: Ready | None = None
    ) -> AbstractContextManager[Reader | None]:
        """What was written up to now, for a look; None before anything was loaded."""
        ...

    def published(self) -> Reader:
        """The version that readers have."""
        ...

    def newest(self) -> Reader | None:
        """The newest version that opens, or None: for flows that go on whatever readers do."""
        ...

    def publish(self, version: str, keep: int) -> Path:
        """A new version for readers, whose newest ones are kept; the path of its file.

        Raises PublishRefused when the audit fails; readers then keep the old version.
        """
        ...

    def alone(
        self, matter: str, lock: Path, wait_seconds: float = PATIENCE
    ) -> AbstractContextManager[None]:
        """Nobody else is at the same matter meanwhile; lock: the file of it on this machine."""
        ...

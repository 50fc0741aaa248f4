"""What belongs to one collection: its workspace, its writer, and answers that are shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache

from flows.network.reachability import Reachability
from flows.workspace import Workspace
from warehouse.catalog import Chain, Dataset
from warehouse.records.collection_log import Answer, PartLog
from warehouse.storage.store import Reader, Warehouse


@dataclass
class Collection:
    """One run over some datasets.

    answers: those that several datasets read, by function and arguments. `warehouse` is the writer
    while it is kept open. reach: whether any host could be reached. bootstrap: it brings a home the
    past, over days if need be.
    """

    ws: Workspace
    bootstrap: bool = False
    reach: Reachability = field(default_factory=Reachability)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    warehouse: Warehouse | None = None

    @property
    def attempts(self) -> int:
        """How often a call is made that gets no response. The first host that cannot be reached is
        given all of them, should the network be about to come back; until any is, others are asked
        once: whether there is a network they tell at once.
        """
        return 1 if self.reach.unreached else self.ws.attempts

    @contextmanager
    def writing(self, *datasets: str) -> Iterator[Warehouse]:
        """The writer, alone; in a lake alone with the datasets, if some are named."""
        if self.warehouse is not None:
            yield self.warehouse
            return
        with self.ws.writing(*datasets) as warehouse:
            yield warehouse

    @contextmanager
    def reading(self) -> Iterator[Reader | None]:
        """The writer file for a look, alone; None before anything was loaded."""
        if self.warehouse is not None:
            yield self.warehouse
            return
        with self.ws.reading_writer() as reader:
            yield reader

    @contextmanager
    def log(self, d: Dataset, chain: Chain) -> Iterator[PartLog]:
        """The log of a part; the warehouse is opened, alone, when the log is first read."""
        with ExitStack() as opened:
            look = cache(lambda: opened.enter_context(self.reading()))
            yield PartLog(look, d, chain, self.ws.calendar)

    @contextmanager
    def keeping_open(self) -> Iterator[None]:
        """Inside, the writer is opened once; nobody else can write meanwhile."""
        with self.ws.writing() as warehouse:
            self.warehouse = warehouse
            try:
                yield
            finally:
                self.warehouse = None

"""A collection by several workers: one leads and gives the account, all work off its chunks.

The leader is whoever collects: `briefing collect`, `run` or `backfill`, or a scheduled flow. It
plans the chunks wave by wave and works like the others; alone it does everything. The others are
`briefing work`. A chunk is done after what it brought is committed; loading is by key. So a worker
may end anywhere: nothing is lost, and nothing is there twice.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from flows.coordination.claims import Claimed, Claims
from flows.coordination.postgres import Postgres
from flows.ingestion.chunks import Subject, account, perform, planned, written
from flows.ingestion.collection import Collection
from flows.ingestion.results import NetworkDown, Outcome
from flows.network.transport import shared_network
from flows.progress import finished, of_all
from flows.tasks import chunk as recorded
from flows.workspace import Workspace
from warehouse.errors import (
    CalendarEnds,
    CoordinationLost,
    InputRefused,
    LakeUnreachable,
    WarehouseBusy,
    WarehouseUnavailable,
    WriteConflict,
)
from warehouse.storage.atomic import write_atomically
from warehouse.storage.lock import writer_lock

LOG = logging.getLogger(__name__)
IDLE = 1.0  # seconds until a worker without a chunk looks again
OFFLINE = 60.0  # seconds until a worker that had no network tries again
# What ends by itself; a wrong key, a lake that was never made or a damaged file does not.
PASSING = (LakeUnreachable, WarehouseBusy, WriteConflict)
AWAY = 5.0  # seconds until the chunk is begun anew
REFUSALS = 12  # so many times in a row
BEATS = 4  # in the time after which a worker counts as lost


@dataclass
class Heart:
    """Says again and again that this worker lives on its chunk, from a thread and connection of
    its own.
    """

    claims: Claims
    chunk: Claimed | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def beat(self) -> None:
        """Until the end; while the database is away it goes on trying."""
        while not self.ended.wait(self.claims.silence / BEATS):
            if (chunk := self.chunk) is None:
                continue
            with suppress(CoordinationLost):
                if not self.claims.beat(chunk) and self.chunk is chunk:
                    LOG.warning("%s was given to another worker", said(chunk))
                    self.chunk = None

    @contextmanager
    def on(self, chunk: Claimed) -> Iterator[None]:
        """Inside, the chunk is worked on."""
        self.chunk = chunk
        try:
            yield
        finally:
            self.chunk = None


@dataclass
class Worker:
    """One process that works off chunks. refused: chunks in a row that found the warehouse away."""

    claims: Claims
    heart: Heart
    refused: int = 0

    def lead(self, run: Collection, subject: Subject, on_calendar: Callable[[], None]) -> int:
        """Plan all waves, and help until each is done; the number of the run."""
        run_id = self.claims.begin(subject.text)
        for number, wave in enumerate(subject.waves):
            if self.claims.waves_planned(run_id) <= number:
                self.claims.plan(run_id, number, planned(run, wave, subject))
            self.finish(run, run_id)
            if number == 0:
                try:
                    on_calendar()
                except CalendarEnds:
                    self.claims.end(run_id)  # tomorrow it may be longer
                    raise
        return run_id

    def finish(self, run: Collection, run_id: int) -> None:
        """Work until all chunks that are planned are done, by whomever."""
        while True:
            if (chunk := self.claims.claim(run_id)) is not None:
                self.work_on(run, chunk)
                continue
            done, planned_so_far = self.claims.counts(run_id)
            of_all(done, planned_so_far)
            if done == planned_so_far:
                return
            time.sleep(IDLE)

    def work_on(self, run: Collection, chunk: Claimed) -> None:
        """Collect a chunk, load it, and then say that it is done.

        Where the warehouse is away or busy, the chunk is given back and begun anew, a few times.
        Raises WarehouseUnavailable where waiting does not help, and NetworkDown where this machine
        has no network; the chunk is given back, too.
        """
        try:
            with self.heart.on(chunk):
                outcome = self.outcome(run, chunk)
        except PASSING as error:
            self.refused += 1
            if self.refused > REFUSALS:
                raise
            LOG.warning("%s is begun anew in %.0f s: %s", said(chunk), AWAY, error)
            time.sleep(AWAY)
            return
        self.refused = 0
        if not self.claims.done(chunk, written(outcome)):
            LOG.warning("%s was ended by another worker; rows are loaded once", said(chunk))

    def outcome(self, run: Collection, chunk: Claimed) -> Outcome | None:
        """What came of a chunk; where it raises, the chunk is given back."""
        try:
            work = partial(perform, run, chunk, Subject.of(chunk.subject))
            outcome = recorded(f"{chunk.dataset} · {chunk.part}", work)
            insist_on_network(run)
        except BaseException as error:
            blameless = isinstance(error, NetworkDown | WarehouseUnavailable)
            own = isinstance(error, Exception) and not blameless  # of the chunk, not of a Ctrl-C
            with suppress(CoordinationLost):
                self.claims.release(chunk, failed=own)
            raise
        return outcome


def insist_on_network(run: Collection) -> None:
    """Raise NetworkDown if this machine has none: what failed here another may collect."""
    if run.reach.lost:
        raise NetworkDown(run.reach.said, [])


def lead(run: Collection, subject: Subject, on_calendar: Callable[[], None]) -> list[Outcome]:
    """Collect with all workers that are there; one outcome per part, whoever collected it.

    on_calendar: raises CalendarEnds where the trading calendar, once read, does not reach far
    enough. Raises that, NetworkDown and CoordinationLost; the same collection then goes on when it
    is begun again.
    """
    with worker(run.ws) as leader, shared_network(run.ws, run.reach):
        run_id = leader.lead(run, subject, on_calendar)
        outcomes = account(leader.claims.finished(run_id))
        leader.claims.end(run_id)
    return outcomes


def keep_working(workspace: Callable[[], Workspace]) -> None:
    """Work on the chunks of whoever leads a collection of this warehouse, until interrupted.

    workspace: makes one, as each run wants its own. Raises CoordinationLost when the database
    stays away.
    """
    with worker(workspace()) as one:
        idle = False
        while True:
            if (chunk := one.claims.claim()) is None:
                if not idle:  # said once the database has answered
                    finished(f"worker {one.claims.worker} waits for chunks")
                idle = True
                time.sleep(IDLE)
                continue
            try:
                help_run(one, workspace(), chunk)
            except NetworkDown as down:
                LOG.warning("%s The next attempt is in %.0f s.", down, OFFLINE)
                time.sleep(OFFLINE)


def help_run(one: Worker, ws: Workspace, chunk: Claimed) -> None:
    """Work on a chunk, and on others of its run while there are any."""
    run = Collection(ws)
    following: Claimed | None = chunk
    with shared_network(ws, run.reach):
        while following is not None:
            one.work_on(run, following)
            following = one.claims.claim(chunk.run_id)


@contextmanager
def worker(ws: Workspace) -> Iterator[Worker]:
    """This process as a worker, with its heart beating. Raises InputRefused without a database."""
    address, silence = ws.settings.coordination, ws.settings.workers.heartbeat_seconds
    if address is None:
        raise InputRefused(
            "several workers need a Postgres in which they agree; name it in workers.database"
        )
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    ended = threading.Event()
    with ExitStack() as opened:
        database = opened.enter_context(closing(Postgres(address)))
        beats = opened.enter_context(closing(Postgres(address, silence, ended.wait)))
        store = store_of(ws)
        heart = Heart(Claims(beats, store, name, silence), ended=ended)
        thread = threading.Thread(target=heart.beat, name="heartbeat", daemon=True)
        thread.start()
        opened.callback(thread.join)
        opened.callback(ended.set)
        yield Worker(Claims(database, store, name, silence), heart)


def store_of(ws: Workspace) -> str:
    """What names a warehouse: workers of another one must not take its chunks.

    Of a lake its files do: machines may write the address of its database differently.
    """
    if (place := ws.settings.warehouse.place) is not None:
        return place.data
    file = ws.places.writers / "name"
    with writer_lock(ws.places.lock):
        if not file.exists():
            write_atomically(file, secrets.token_hex(16).encode())
        return file.read_text(encoding="ascii")


def said(chunk: Claimed) -> str:
    return f"chunk {chunk.number} of run {chunk.run_id}, {chunk.dataset} ({chunk.part}),"

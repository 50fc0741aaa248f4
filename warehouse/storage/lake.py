"""A warehouse in a lake: its catalogue in Postgres, its tables as Parquet files, many machines.

DuckLake gives every commit a snapshot, which is read as it was for as long as it is kept. What it
does not give is order between writers of the same rows: that is what the locks are for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock

from warehouse.errors import LakeUnreachable, WarehouseBusy, WarehouseUnavailable
from warehouse.storage import connection, dictionary, export, postgres
from warehouse.storage.backend import Ready
from warehouse.storage.connection import Connection, lake_errors
from warehouse.storage.lock import PATIENCE, writer_lock
from warehouse.storage.place import Place
from warehouse.storage.postgres import Session
from warehouse.storage.publish import Places, release
from warehouse.storage.store import Reader, Warehouse

PUBLISHING = "publishing"
SIZE = (
    "SELECT coalesce(sum(file_size_bytes), 0)::BIGINT, coalesce(sum(file_count), 0)::BIGINT "
    "FROM ducklake_table_info('lake')"
)
A_FILE = "meta.dataset"  # a table that is never empty; a row of it is read from a file
NEWEST = "SELECT version, snapshot FROM briefing.publication ORDER BY number DESC LIMIT 1"


@dataclass
class Lake:
    """A lake that several machines share; places: the home into which versions are exported.

    A process has one DuckDB for what is written now and one for the version that readers have. They
    are made when first needed, and again after Postgres or S3 was away.
    """

    place: Place
    places: Places
    _now: Connection | None = field(default=None, init=False)
    _pinned: tuple[int, Connection] | None = field(default=None, init=False)
    _prepared: tuple[str, bool | None] | None = field(default=None, init=False)
    _guard: Lock = field(default_factory=Lock, init=False)

    def session(self) -> Session:
        """A session of Postgres of its own."""
        return postgres.session(self.place.dsn, self.place.label)

    def init(self) -> None:
        """Make the lake, its records and the declared tables; what is there stays."""
        with postgres.locked(self.place.dsn, self.place.label, []) as held:
            for statement in postgres.RECORDS:
                held.rows(statement)
            connection.lake(self.place, create=True).close()
            with self.written(held) as warehouse:  # also where a migration was cut off
                warehouse.prepare(simulated=None)
                warehouse.query(f"FROM {A_FILE} LIMIT 1")  # the key, also of a lake that was there

    def filled(self) -> bool:
        """Whether the lake was made, and no migration into it is under way."""
        with self.session() as session:
            return made(session) and not migrating(session)

    @contextmanager
    def writing(
        self, *datasets: str, simulated: bool | None = None, ready: Ready | None = None
    ) -> Iterator[Warehouse]:
        """The lake, alone: with the datasets that are named, or, where none is, with all of it.

        What must be in place is looked at by who is alone with all of it: once in a process before
        it writes single datasets. A lock that is lost meanwhile fails the commit.
        """
        wanted = (dictionary.fingerprint(), simulated)
        if datasets and self._prepared != wanted:
            with self.writing(simulated=simulated, ready=ready):
                pass
        with self.alone_with(*datasets) as warehouse:
            if not datasets:
                warehouse.prepare(simulated=simulated)
                if ready is not None:
                    ready(warehouse)
                    self._prepared = wanted
            yield warehouse

    @contextmanager
    def alone_with(self, *datasets: str) -> Iterator[Warehouse]:
        """The lake under the locks of the datasets, or of all of it; as it is."""
        with postgres.locked(self.place.dsn, self.place.label, datasets) as held:
            self.insist_on_whole(held)
            with self.written(held) as warehouse:
                yield warehouse
            held.insist()

    @contextmanager
    def written(self, held: Session) -> Iterator[Warehouse]:
        """A connection to what is in the lake now, under locks that are held."""
        try:
            with lake_errors(self.place.label):
                opened = connection.on_lake(self._instance())
                try:
                    yield Warehouse(opened, in_lake=True, still_alone=held.insist)
                finally:
                    opened.close()
        except LakeUnreachable:
            self.forget()
            raise

    def insist_on_whole(self, session: Session) -> None:
        """Raises WarehouseUnavailable where there is no lake, WarehouseBusy where half of one."""
        if not made(session):
            message = (
                f"{self.place.label} is not there yet; `briefing lake init` makes an empty one, "
                "`briefing lake migrate` brings what this home has"
            )
            raise WarehouseUnavailable(message)
        if migrating(session):
            message = (
                f"{self.place.label} is being filled; wait until `briefing lake migrate` has ended, "
                "or run it again where it was cut off"
            )
            raise WarehouseBusy(message)

    def _instance(self) -> Connection:
        with self._guard:
            if self._now is None:
                self._now = connection.lake(self.place)
            return self._now

    def forget(self) -> None:
        """What was opened before Postgres or S3 was lost is not used again."""
        with self._guard:
            self._now = self._pinned = self._prepared = None

    @contextmanager
    def looking(
        self,
        *,
        simulated: bool | None = None,  # noqa: ARG002 - a look claims nothing
        ready: Ready | None = None,  # noqa: ARG002
    ) -> Iterator[Reader | None]:
        """What was committed up to now; nobody waits for who only looks."""
        if not self.filled():
            yield None
            return
        try:
            with lake_errors(self.place.label), Reader(connection.on_lake(self._instance())) as now:
                yield now
        except LakeUnreachable:
            self.forget()
            raise

    def published(self) -> Reader:
        """The lake at the snapshot that was published last."""
        with self.session() as session:
            found = session.rows(NEWEST) if made(session) else []
        if not found:
            message = (
                f"nothing was published from {self.place.label}; run `briefing lake migrate`, "
                "`briefing import PATH` or `briefing collect` first"
            )
            raise WarehouseUnavailable(message)
        return self.at(found[0][1])

    def at(self, snapshot: int) -> Reader:
        """The lake as it was at a snapshot; it cannot be written."""
        try:
            with lake_errors(self.place.label), self._guard:
                if self._pinned is None or self._pinned[0] != snapshot:
                    self._pinned = (snapshot, connection.lake(self.place, snapshot))
                return Reader(connection.on_lake(self._pinned[1]))
        except LakeUnreachable:
            self.forget()
            raise

    def newest(self) -> Reader | None:
        """The published version, None where there is none or nobody answers."""
        with suppress(WarehouseUnavailable):
            return self.published()
        return None

    def publish(self, version: str, keep: int) -> Path:
        """A commit that bears the version's name is audited, exported, and pinned for readers."""
        with self.alone(PUBLISHING, self.places.lock):
            snapshot = self._marked(version)
            with lake_errors(self.place.label), self.at(snapshot) as reader:
                copy = export.exported(self.places, reader, version)
            with self.session() as session:
                session.rows(
                    "INSERT INTO briefing.publication (version, snapshot) VALUES (%s, %s)",
                    [version, snapshot],
                )
                session.rows(
                    "DELETE FROM briefing.publication WHERE number NOT IN "
                    "(SELECT number FROM briefing.publication ORDER BY number DESC LIMIT %s)",
                    [keep],
                )
            return release(self.places, copy, keep)

    def export(self, version: str, keep: int, *, whole: bool = False) -> Path:
        """The file of the version that readers have, in this home; readers elsewhere see no change.

        whole: also of datasets that are large the days that a file else lacks. Raises
        WarehouseUnavailable where nothing was published.
        """
        with writer_lock(self.places.lock):
            with lake_errors(self.place.label), self.published() as reader:
                copy = export.exported(self.places, reader, version, whole=whole)
            return release(self.places, copy, keep)

    def account(self) -> Iterator[tuple[str, str]]:
        """What an operator wants to know of it, matter by matter."""
        yield "catalogue", self.place.label
        yield "files", self.place.data
        with self.session() as session:
            if not made(session):
                yield "state", "not there yet; `briefing lake init` makes it"
                return
            state = "a migration is under way" if migrating(session) else "in use"
            writing = ", ".join(session.writers()) or "nobody"
            versions = session.rows(
                "SELECT version, snapshot FROM briefing.publication ORDER BY number DESC"
            )
        with lake_errors(self.place.label), Reader(connection.on_lake(self._instance())) as now:
            if A_FILE not in now.columns():
                yield "state", "half made; `briefing lake init` completes it"
                return
            now.query(f"FROM {A_FILE} LIMIT 1")  # whether the files can be read, not only counted
            size, files = now.query(SIZE).row(0)
            yield "state", state
            yield "size", f"{size / 1e6:,.1f} MB in {files:,} files"
            yield "snapshots", f"{now.value('SELECT count(*) FROM lake.snapshots()'):,}"
        for version, snapshot in versions:
            yield "published", f"{version}, snapshot {snapshot}"
        yield "writing now", writing

    def _marked(self, version: str) -> int:
        """The snapshot of a commit that names the version in its message."""
        with self.writing() as warehouse:
            with warehouse.transaction():
                warehouse.set("published", version)
                extra = json.dumps({"version": version, "schema": dictionary.fingerprint()})
                warehouse.value(
                    "CALL lake.set_commit_message('briefing', ?, extra_info => ?)",
                    [f"publish {version}", extra],
                )
            return int(warehouse.value("FROM lake.last_committed_snapshot()"))

    @contextmanager
    def alone(self, matter: str, lock: Path, wait_seconds: float = PATIENCE) -> Iterator[None]:
        """A lock of all machines, and before it the one of this machine."""
        with writer_lock(lock, wait_seconds), self.session() as held:
            held.lock(f"{matter} alone", wait_seconds=wait_seconds)
            yield
            held.insist()


def made(session: Session) -> bool:
    """Whether the lake's records were made, which comes before the lake itself."""
    return bool(session.value("SELECT to_regclass('ducklake.ducklake_snapshot') IS NOT NULL "
                              "AND to_regclass('briefing.publication') IS NOT NULL"))  # fmt: skip


def migrating(session: Session) -> bool:
    """Whether a migration has begun and not ended."""
    return bool(session.value("SELECT count(*) FROM briefing.migration WHERE finished_at IS NULL"))


@cache
def lake_of(place: Place, places: Places) -> Lake:
    """The one of this process."""
    return Lake(place, places)

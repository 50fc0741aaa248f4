"""Postgres beside a lake: locks that end with their session, and records of what was published.

Below flows, the only place that speaks psycopg. A lock belongs to a session of its own, which holds
no transaction: where it is lost, `Session.insist` says so before anything is committed.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from warehouse.errors import LakeUnreachable, WarehouseBusy, WarehouseUnavailable
from warehouse.quoting import first_line
from warehouse.storage.lock import PATIENCE

try:
    import psycopg
except ImportError as missing:
    told = (
        "a lake needs packages that are not installed; install what requirements-lake.lock lists, "
        "or `briefing[lake]`"
    )
    raise WarehouseUnavailable(told) from missing

ALL = ""  # the lock that whoever writes everything holds alone, and who writes one dataset shares
# A machine that vanished gives its locks back within two minutes.
ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
SESSION = (
    "SET idle_session_timeout = 0",
    "SET tcp_keepalives_idle = 60",
    "SET tcp_keepalives_interval = 15",
    "SET tcp_keepalives_count = 4",
)
# Words of libpq and Postgres: a connection that is refused has no number of its error.
REFUSED = re.compile(
    r"password authentication failed|no password supplied|no pg_hba\.conf entry|"
    r'(role|database) ".*" does not exist|permission denied|invalid (connection option|dsn)'
)
RECORDS = (
    "CREATE SCHEMA IF NOT EXISTS briefing",
    (
        "CREATE TABLE IF NOT EXISTS briefing.publication ("
        " number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, version text NOT NULL UNIQUE,"
        " snapshot bigint NOT NULL, published_at timestamptz NOT NULL DEFAULT clock_timestamp())"
    ),
    (
        "CREATE TABLE IF NOT EXISTS briefing.migration ("
        " source text PRIMARY KEY, begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
        " finished_at timestamptz)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS briefing.migrated_part ("
        " source text NOT NULL, part text NOT NULL, rows bigint NOT NULL, checksum text NOT NULL,"
        " PRIMARY KEY (source, part))"
    ),
)


class Session:
    """A connection of its own to the Postgres of a lake."""

    def __init__(self, opened: psycopg.Connection[Any], label: str) -> None:
        self.opened, self.label = opened, label

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()  # and with it end its locks

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement, [] where it has none.

        Raises LakeUnreachable, and WarehouseUnavailable where the user has no right to it.
        """
        try:
            cursor = self.opened.execute(sql.encode(), parameters)
            return cursor.fetchall() if cursor.description else []
        except psycopg.errors.InsufficientPrivilege as error:
            message = (
                f"{self.label}: Postgres refused: {first_line(error)}. The user of warehouse.lake "
                "needs the right to create schemas in that database"
            )
            raise WarehouseUnavailable(message) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise unreachable(self.label, error) from error

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first value of a statement, None without a row."""
        found = self.rows(sql, parameters)
        return found[0][0] if found else None

    def insist(self) -> None:
        """Raises LakeUnreachable where the session, and with it its locks, is lost."""
        self.rows("SELECT 1")

    def lock(self, name: str, *, shared: bool = False, wait_seconds: float = PATIENCE) -> None:
        """Wait for a lock, which ends with the session.

        Raises WarehouseBusy when it was waited for too long, and names who holds it.
        """
        function = "pg_advisory_lock_shared" if shared else "pg_advisory_lock"
        try:
            patience = max(int(wait_seconds * 1000), 1)
            self.opened.execute(f"SET lock_timeout = {patience}".encode())
            self.opened.execute(f"SELECT {function}(%s)".encode(), [key(name)])
        except psycopg.errors.LockNotAvailable as error:
            message = (
                f"another run ({', '.join(self.holders(name)) or 'unknown'}) has been writing "
                f"{name or 'everything'} for {wait_seconds:.0f} s; wait for it, or stop that process"
            )
            raise WarehouseBusy(message) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise unreachable(self.label, error) from error

    def holders(self, name: str) -> list[str]:
        """Which processes hold a lock: machine and number."""
        number = key(name) & 0xFFFF_FFFF_FFFF_FFFF
        return [
            one
            for (one,) in self.rows(
                "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE granted"
                " AND locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 1",
                [number >> 32, number & 0xFFFF_FFFF],
            )
        ]

    def writers(self) -> list[str]:
        """Which processes hold a lock of this database: machine and number."""
        return [
            one
            for (one,) in self.rows(
                "SELECT DISTINCT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
                "WHERE granted AND locktype = 'advisory' AND datname = current_database() ORDER BY 1"
            )
        ]


def key(name: str) -> int:
    """The number of a lock, the same however a machine writes the address of the database.

    Postgres keeps those of each database apart, and a database holds one lake.
    """
    digest = hashlib.sha256(f"briefing {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def session(dsn: str, label: str) -> Session:
    """A new session that commits each statement.

    Raises LakeUnreachable, and WarehouseUnavailable where Postgres lets this user not in.
    """
    name = f"briefing {socket.gethostname()}:{os.getpid()}"
    try:
        opened = psycopg.connect(
            dsn, autocommit=True, connect_timeout=10, application_name=name, **ALIVE
        )
        for statement in SESSION:
            opened.execute(statement.encode())
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        if REFUSED.search(str(error)):
            raise refused(label, error) from error
        raise unreachable(label, error) from error
    return Session(opened, label)


@contextmanager
def locked(dsn: str, label: str, names: Sequence[str]) -> Iterator[Session]:
    """A session that holds the locks of the names, or the one of all; always in the same order."""
    with session(dsn, label) as held:
        held.lock(ALL, shared=bool(names))
        for name in sorted(names):
            held.lock(name)
        yield held


def refused(label: str, error: Exception) -> WarehouseUnavailable:
    """That Postgres answers, and lets this user not in, as an error of ours."""
    return WarehouseUnavailable(
        f"{label}: Postgres refuses: {first_line(error)}. Look at warehouse.lake, at the password "
        "(PGPASSWORD, the passfile= in warehouse.lake, or ~/.pgpass), and at what that user may do"
    )


def unreachable(label: str, error: Exception) -> LakeUnreachable:
    """What Postgres said, as an error of ours."""
    return LakeUnreachable(
        f"{label}: Postgres does not answer: {first_line(error)}. Of what was under way nothing was "
        "committed. Look whether it runs and takes connections, and run the same command again."
    )

"""The database in which workers agree: one connection, opened again when it is lost.

Times are those of the database's clock, so that the clocks of the workers' machines do not matter.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from warehouse.errors import CoordinationLost, InputRefused
from warehouse.quoting import first_line

try:
    import psycopg
    from psycopg.rows import dict_row
except ImportError as missing:
    told = "workers.database needs the extra `lake`; install `briefing[lake]`"
    raise InputRefused(told) from missing

Row = dict[str, Any]
Cursor: TypeAlias = "psycopg.Cursor[Row]"
Result = TypeVar("Result")

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS briefing_workers;
CREATE TABLE IF NOT EXISTS briefing_workers.host (
    name text PRIMARY KEY,
    free_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    day date NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date,
    spent bigint NOT NULL DEFAULT 0,
    failures int NOT NULL DEFAULT 0,
    failures_before int NOT NULL DEFAULT 0,
    failed_at timestamptz
);
CREATE TABLE IF NOT EXISTS briefing_workers.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store text NOT NULL,
    subject text NOT NULL,
    waves_planned int NOT NULL DEFAULT 0,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
);
CREATE UNIQUE INDEX IF NOT EXISTS one_open_run
    ON briefing_workers.run (store, subject) WHERE ended_at IS NULL;
CREATE TABLE IF NOT EXISTS briefing_workers.chunk (
    run_id bigint NOT NULL REFERENCES briefing_workers.run ON DELETE CASCADE,
    number int NOT NULL,
    dataset text NOT NULL,
    part text NOT NULL,
    codes text[],
    host text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'claimed', 'done')),
    worker text,
    attempt int NOT NULL DEFAULT 0,
    heartbeat timestamptz,
    outcome jsonb,
    PRIMARY KEY (run_id, number)
);
"""
ONE_BY_ONE = 4_815_162_342  # of the advisory lock under which the tables are made
PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds between attempts to connect again; the last one repeats


@dataclass
class Postgres:
    """Short transactions on one connection, for one thread at a time.

    address: as libpq writes it. patience: seconds for which a lost database is waited for; one that
    was never reached is not waited for.
    """

    address: str
    patience: float = 120.0
    sleep: Callable[[float], object] = field(default_factory=lambda: time.sleep)
    connection: psycopg.Connection[Row] | None = None
    known: bool = False  # whether it was ever reached
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, work: Callable[[Cursor], Result]) -> Result:
        """What `work` returns, in a transaction of its own; repeated when the connection is lost.

        A transaction whose end was not heard of may have been committed: work must bear that.
        Raises CoordinationLost.
        """
        with self.lock:
            waited = 0.0
            for attempt in range(1_000_000):
                try:
                    return self._once(work)
                except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                    self._drop()
                    if not self.known or waited >= self.patience:
                        raise CoordinationLost(self._told(error, waited)) from error
                pause = PAUSES[min(attempt, len(PAUSES) - 1)]
                self.sleep(pause)
                waited += pause
        raise AssertionError("a million attempts")

    def rows(self, sql: str, parameters: Row | None = None) -> list[Row]:
        """The rows of one statement. Raises CoordinationLost."""
        return self.run(lambda cursor: cursor.execute(sql, parameters).fetchall())

    def close(self) -> None:
        with self.lock:
            self._drop()

    def _once(self, work: Callable[[Cursor], Result]) -> Result:
        if self.connection is None:
            self.connection = connected(self.address)
            self.known = True
        with self.connection.transaction(), self.connection.cursor() as cursor:
            return work(cursor)

    def _drop(self) -> None:
        if self.connection is not None:
            with suppress(psycopg.Error):
                self.connection.close()
            self.connection = None

    def _told(self, error: Exception, waited: float) -> str:
        after = f" for {waited:.0f} s" if waited else ""
        return (
            f"the database in which workers agree cannot be reached{after}: {first_line(error)}. "
            "See that it runs, look at workers.database (without it warehouse.lake) and at the "
            "password, and give the same command again; chunks that were begun are taken up anew."
        )


def connected(address: str) -> psycopg.Connection[Row]:
    """A connection to the database, with the tables in place.

    Raises InputRefused where the address cannot be read or its user may not make tables.
    """
    try:
        opened = psycopg.connect(
            address, autocommit=True, row_factory=dict_row, connect_timeout=10,
            application_name="briefing", options="-c client_min_messages=warning",
            keepalives_idle=30, keepalives_interval=10, keepalives_count=3,
        )  # fmt: skip
    except psycopg.ProgrammingError:  # its message may show a password of the address
        told = (
            "the address of the database in which workers agree cannot be read; write it as libpq "
            "does, such as `host=db dbname=briefing`"
        )
        raise InputRefused(told) from None
    try:
        make_tables(opened)
    except psycopg.errors.InsufficientPrivilege as error:
        told = (
            f"the database in which workers agree refused: {first_line(error)}. Its user needs the "
            "right to create schemas in it"
        )
        opened.close()
        raise InputRefused(told) from error
    return opened


def make_tables(opened: psycopg.Connection[Row]) -> None:
    """The tables in which workers agree; those that are there stay."""
    there = "SELECT to_regclass('briefing_workers.chunk') IS NOT NULL AS there"
    if opened.execute(there).fetchall() == [{"there": False}]:
        with opened.transaction():
            opened.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_BY_ONE])
            opened.execute(SCHEMA)

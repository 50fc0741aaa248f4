"""A collection by three processes, of which two are killed, and the database is restarted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import polars as pl
import pytest

from flows.workspace import Workspace
from tests.lake.services import Services
from warehouse.catalog import dataset
from warehouse.storage.publish import Places
from warehouse.storage.store import Reader, Warehouse

pytestmark = pytest.mark.lake
COLLECTED = ["security", "stock_daily", "margin_market", "margin_exchange"]
SPAN = "(date(2026, 1, 8), date(2026, 1, 12))"
BEGIN = """
import logging, os, signal, sys
from datetime import date
logging.basicConfig(level="WARNING")
from flows.ingestion import chunks
from flows.ingestion.chunks import Subject
from flows.coordination.claims import Claims
from flows.machine import workspace
chunks.SHARES = 7
def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)
"""
LEADS = f"""
from pathlib import Path
from flows.collect import gather
ws, claim = workspace(), Claims.claim
Claims.claim = lambda *args: claim(*args) if Path(os.environ["GO"]).exists() else None
for o in gather(ws, {COLLECTED}, {SPAN}):
    print(o.dataset, o.part, o.state, o.received, *o.incidents, sep="|")
"""
WORKS = """
from flows.shared_collection import keep_working
keep_working(workspace)
"""
# Killed where it hurts: before anything of a chunk is loaded, and after all of it is.
BEFORE = """
from flows.ingestion import source_run
source_run.load = die
"""
AFTER = """
Claims.done = die
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a process with a home of its own, together with others or alone."""
    common = {
        "BRIEFING_SANDBOX__ENABLED": "true",
        "BRIEFING_SANDBOX__STOCKS": "30",
        "BRIEFING_WORKERS__HEARTBEAT_SECONDS": "8",
        "POLARS_MAX_THREADS": "1",
        "GO": str(tmp_path / "go"),  # the leader leaves the first chunks to the others
    }

    def started(script: str, home: str, *, together: bool = True) -> subprocess.Popen[str]:
        environment = os.environ | common | {"BRIEFING_HOME": str(tmp_path / home)}
        if not together:
            lake = [name for name in environment if name.startswith("BRIEFING_WAREHOUSE__")]
            environment = {k: v for k, v in environment.items() if k not in lake}
        command = [sys.executable, "-c", BEGIN + script]
        with (tmp_path / f"{home}.log").open("a") as log:
            one = subprocess.Popen(command, env=environment, stdout=-1, stderr=log, text=True)
        return opened.enter_context(ended(one))

    with ExitStack() as opened:
        yield started


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process is gone afterwards."""
    with process:
        yield process
        process.kill()


def rows_of(reader: Reader, name: str) -> pl.DataFrame:
    d = dataset(name)
    rows = reader.query(f"SELECT {', '.join(d.contract.column_names())} FROM core.{name}")
    return rows.sort(d.key)


def chunks(address: str) -> pl.DataFrame:
    import psycopg

    with psycopg.connect(address) as connection:
        cursor = connection.execute("SELECT dataset, state, attempt FROM briefing_workers.chunk")
        return pl.DataFrame(cursor.fetchall(), ["dataset", "state", "attempt"], orient="row")


def wait_until(ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + 200
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def account(told: str) -> dict[tuple[str, ...], str]:
    """The lines of a collection by dataset and part."""
    return {tuple(line.split("|")[:2]): line for line in told.splitlines()}


def test_two_kills_and_a_restart_lose_nothing_and_double_nothing(
    start, team: Callable[[str], Workspace], tmp_path: Path, services: Services
):
    ws = team("leader")
    ws.store.init()
    address = ws.settings.coordination
    assert address is not None
    alone = start(LEADS, "alone", together=False)
    leader = start(LEADS, "leader")
    helpers = [start(BEFORE + WORKS, "first"), start(AFTER + WORKS, "second")]
    for home, helper in zip(("first", "second"), helpers, strict=True):
        helper.communicate(timeout=300)
        assert helper.returncode == -signal.SIGKILL, (tmp_path / f"{home}.log").read_text()
    (tmp_path / "go").touch()
    wait_until(lambda: chunks(address).filter(state="done").height)
    services.postgres.restart()
    told, _ = leader.communicate(timeout=300)
    expected, _ = alone.communicate(timeout=300)
    log = (tmp_path / "leader.log").read_text()
    assert (leader.returncode, alone.returncode) == (0, 0), log
    assert "Traceback" not in log

    assert account(told).keys() == account(expected).keys()
    assert all("|complete|" in line for line in account(told).values())
    file = Places(tmp_path / "alone").writer
    with ws.store.looking() as found, Warehouse.writing(file) as wanted:
        for name in COLLECTED:
            assert rows_of(wanted, name).height, name
            assert rows_of(found, name).equals(rows_of(wanted, name)), name
        loads = found.query(
            "SELECT dataset, sum(rows_new) n, sum(rows_revised) r, max(rows_after) there "
            "FROM meta.load GROUP BY dataset"
        )
    assert loads.filter((pl.col("n") != pl.col("there")) | (pl.col("r") > 0)).is_empty()
    worked = chunks(address)
    assert worked["state"].unique().to_list() == ["done"]
    assert worked["attempt"].sum() >= worked.height + 2, "what two had begun was taken over"
    assert worked.filter(dataset="stock_daily").height > 3, "shares come in chunks"

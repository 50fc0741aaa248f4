"""A collection by three processes, of which two are killed, and the database is restarted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.lake.services import Services
from warehouse.catalog import dataset
from warehouse.storage.publish import Places
from warehouse.storage.store import Warehouse

pytestmark = pytest.mark.lake
COLLECTED = ["security", "stock_daily", "adjustment_factor", "margin_market", "index_daily",
             "market_turnover", "margin_exchange"]  # fmt: skip
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
def start(tmp_path: Path, address: str) -> Callable[..., subprocess.Popen[str]]:
    """Starts a process with a home, together with others or alone."""
    common = os.environ | {
        "BRIEFING_SANDBOX__ENABLED": "true",
        "BRIEFING_SANDBOX__STOCKS": "30",
        "BRIEFING_WORKERS__HEARTBEAT_SECONDS": "4",
        "POLARS_MAX_THREADS": "1",
        "GO": str(tmp_path / "go"),  # the leader leaves the first chunks to the others
    }

    def started(script: str, home: str, *, together: bool = True) -> subprocess.Popen[str]:
        shared = {"BRIEFING_WORKERS__DATABASE": address} if together else {}
        environment = common | {"BRIEFING_HOME": str(tmp_path / home)} | shared
        command = [sys.executable, "-c", BEGIN + script]
        with (tmp_path / f"{home}.log").open("a") as log:
            return subprocess.Popen(command, env=environment, stdout=-1, stderr=log, text=True)

    return started


@pytest.fixture
def address(services: Services) -> str:
    return services.postgres.create("collection")


def rows_of(home: Path, name: str) -> pl.DataFrame:
    d = dataset(name)
    with Warehouse.writing(Places(home).writer) as reader:
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


def test_two_kills_and_a_restart_lose_nothing_and_double_nothing(
    start, tmp_path: Path, services: Services, address: str
):
    alone = start(LEADS, "alone", together=False)
    leader = start(LEADS, "home")
    helpers = [start(BEFORE + WORKS, "home"), start(AFTER + WORKS, "home")]
    for helper in helpers:
        helper.communicate(timeout=300)
        assert helper.returncode == -signal.SIGKILL
    (tmp_path / "go").touch()
    wait_until(lambda: chunks(address).filter(state="done").height)
    services.postgres.restart()
    told, _ = leader.communicate(timeout=300)
    expected, _ = alone.communicate(timeout=300)
    log = (tmp_path / "home.log").read_text()
    assert (leader.returncode, alone.returncode) == (0, 0), log
    assert "Traceback" not in log

    account, alone_account = ({tuple(line.split("|")[:2]): line for line in text.splitlines()}
                              for text in (told, expected))  # fmt: skip
    assert set(account) == set(alone_account)
    assert all("|complete|" in line for line in account.values())
    for name in COLLECTED:
        found, wanted = rows_of(tmp_path / "home", name), rows_of(tmp_path / "alone", name)
        assert wanted.height and found.equals(wanted), name
    with Warehouse.writing(Places(tmp_path / "home").writer) as reader:
        loads = reader.query("SELECT dataset, sum(rows_new) n, sum(rows_revised) r, "
                             "last(rows_after ORDER BY rowid) there FROM meta.load GROUP BY 1")  # fmt: skip
    assert loads.filter((pl.col("n") != pl.col("there")) | (pl.col("r") > 0)).is_empty()
    worked = chunks(address)
    assert worked["state"].unique().to_list() == ["done"]
    assert worked["attempt"].sum() >= worked.height + 2, "what two had begun was taken over"
    assert worked.filter(dataset="stock_daily").height > 3, "shares come in chunks"

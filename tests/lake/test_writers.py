"""Several machines write into one lake; nothing is lost, nothing doubled, no error kept quiet."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from flows.workspace import Workspace
from tests.lake.conftest import Team
from tests.lake.services import Services
from tests.lake.writer import ROWS, load, unit
from warehouse.errors import LakeUnreachable, WarehouseUnavailable
from warehouse.storage.audit import audit, contents
from warehouse.storage.compact import compact
from warehouse.storage.lake import Lake

pytestmark = pytest.mark.lake
PATIENCE = 300  # seconds; the machine may be busy


@pytest.fixture(scope="module")
def ws(team: Team) -> Workspace:
    """A machine of a team whose lake is made."""
    machine = team("first")
    lake_of(machine).init()
    return machine


def lake_of(ws: Workspace) -> Lake:
    assert isinstance(ws.store, Lake)
    return ws.store


class Writer:
    """A program that loads units of a dataset; `said` holds what it said up to now."""

    def __init__(self, log: Path, ws: Workspace, name: str, first: int, units: int) -> None:
        self.log, home = log, str(ws.places.home)
        with log.open("ab") as out:
            self.program = subprocess.Popen(
                [sys.executable, "-m", "tests.lake.writer", home, name, str(first), str(units)],
                stdout=out,
                stderr=out,
            )

    @property
    def said(self) -> list[str]:
        return self.log.read_text().splitlines()

    @property
    def confirmed(self) -> list[str]:
        return [line for line in self.said if line.startswith("unit")]

    @property
    def failures(self) -> list[str]:
        return [line for line in self.said if not line.startswith("unit")]

    def wait_for(self, count: int) -> None:
        """Returns when so many units are confirmed, or the program has ended."""
        while len(self.confirmed) < count and self.program.poll() is None:
            time.sleep(0.02)

    def kill(self) -> None:
        self.program.kill()
        self.program.wait()

    def end(self) -> None:
        """It has loaded all its units once this returns."""
        assert self.program.wait(PATIENCE) == 0, self.log.read_text()[-2000:]


def stored(ws: Workspace, name: str) -> list[str]:
    """The units of the ledger, each as often as it stands there; the audit finds nothing."""
    with ws.reading_writer() as reader:
        assert reader is not None
        units = reader.query(
            "SELECT unit FROM meta.load WHERE dataset = ? AND source = 'test' ORDER BY rowid",
            [name],
        )["unit"].to_list()
        assert reader.value(f"SELECT count(*) FROM core.{name}") == ROWS * len(units)
        assert audit(reader) == []
    return units


def test_writers_of_two_datasets_go_side_by_side(ws: Workspace, tmp_path: Path):
    names = ("index_daily", "market_turnover")
    writers = [Writer(tmp_path / name, ws, name, 0, 10) for name in names]
    for name, writer in zip(names, writers, strict=True):
        writer.end()
        assert writer.failures == []
        assert stored(ws, name) == writer.confirmed == [unit(n) for n in range(10)]


def test_who_writes_another_dataset_does_not_wait(ws: Workspace):
    with ws.writing("fund_daily"):
        load(ws, "fund_share", 0)  # at once, or this never ends
    assert stored(ws, "fund_share") == [unit(0)]


def test_who_writes_the_same_dataset_waits_and_so_does_who_writes_all(ws: Workspace):
    order: list[str] = []

    def one() -> None:
        load(ws, "fund_daily", 1)
        order.append("the same")

    def every() -> None:
        with ws.writing():
            order.append("all")

    waiting = [threading.Thread(target=work) for work in (one, every)]
    with ws.writing("fund_daily"):
        for thread in waiting:
            thread.start()
        time.sleep(1)
        order.append("the first")
    for thread in waiting:
        thread.join(PATIENCE)
    assert order[0] == "the first"
    assert sorted(order[1:]) == ["all", "the same"]


def test_who_waits_for_too_long_is_told_for_whom(ws: Workspace):
    lake = lake_of(ws)
    with (
        ws.writing("fund_daily"),
        lake.session() as second,
        pytest.raises(WarehouseUnavailable, match=r"another run \(briefing .*:\d+\) has been"),
    ):
        second.lock("fund_daily", wait_seconds=0.05)


def test_a_lock_that_is_lost_fails_the_commit(ws: Workspace):
    lake = lake_of(ws)
    before = stored(ws, "fund_daily")

    def lose_the_lock() -> None:
        with ws.writing("fund_daily") as warehouse, warehouse.transaction():
            warehouse.connection.execute("DELETE FROM core.fund_daily")
            with lake.session() as administrator:
                administrator.rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                )

    with pytest.raises(LakeUnreachable, match="Postgres does not answer"):
        lose_the_lock()
    assert stored(ws, "fund_daily") == before


def test_what_fails_and_what_is_killed_is_neither_lost_nor_doubled(
    ws: Workspace, services: Services, tmp_path: Path
):
    name, draw = "margin_market", random.Random(7)
    first = Writer(tmp_path / "first", ws, name, 0, 12)
    for kill in range(2):  # at moments that nobody chose
        first.wait_for(1 + 2 * kill)
        time.sleep(draw.random() / 5)
        first.kill()
        first = Writer(tmp_path / "first", ws, name, 0, 12)
    second = Writer(tmp_path / "second", ws, name, 12, 8)  # the same dataset
    second.wait_for(1)
    services.postgres.restart()
    second.wait_for(3)
    services.s3.stop()
    time.sleep(2)
    services.s3.start()
    compact(lake_of(ws), ws.now_utc, lambda *_: None)
    for writer in (first, second):
        writer.end()
        for line in writer.failures:
            assert line.startswith(("failed LakeUnreachable: the lake ", "failed WriteConflict: "))
            assert "run the same command again" in line
    units = stored(ws, name)
    assert sorted(units) == sorted(unit(n) for n in range(20))
    assert set(first.confirmed) | set(second.confirmed) == set(units)


def test_compaction_changes_no_row_and_keeps_what_is_published(ws: Workspace):
    lake = lake_of(ws)
    for number in (20, 21, 22):
        load(ws, "fund_share", number)
    ws.publish()
    with ws.store.published() as reader:
        published = contents(reader)
    load(ws, "fund_share", 23)
    with ws.reading_writer() as reader:
        assert reader is not None
        written = contents(reader)
    done = compact(lake, ws.now_utc + timedelta(days=400), lambda *_: None, timedelta(0))
    assert done.expired > 0
    assert done.removed >= 4, "the files of the units, which are one now"
    lake.forget()
    with ws.store.published() as reader:
        assert contents(reader) == published
    with ws.reading_writer() as reader:
        assert reader is not None
        assert contents(reader) == written


def test_who_is_told_that_a_server_is_down_can_go_on_when_it_is_back(
    ws: Workspace, services: Services
):
    before = stored(ws, "fund_share")
    services.postgres.stop(signal.SIGINT)
    for look in (ws.store.published, lambda: load(ws, "fund_share", 9)):
        with pytest.raises(LakeUnreachable, match="Postgres"):
            look()
    services.postgres.start()
    services.s3.stop()
    with pytest.raises(LakeUnreachable, match="look whether Postgres and S3 run"):
        load(ws, "fund_share", 9)
    services.s3.start()
    assert stored(ws, "fund_share") == before
    load(ws, "fund_share", 9)
    assert stored(ws, "fund_share") == [*before, unit(9)]

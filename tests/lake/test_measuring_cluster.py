"""Minute bars measured by processes are those of one process, also when one of them is killed."""

from __future__ import annotations

import os
import signal
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from flows import partitions
from flows.partitions import known_on, measure_lacking, spread
from flows.settings import Measuring, Settings
from flows.workspace import Workspace, packaged_calendar
from tests.drawn.minutes import minute_bars
from warehouse.catalog import dataset
from warehouse.errors import MachineRefused
from warehouse.records.partitions import Partition
from warehouse.storage.store import Loading, Reader

pytestmark = pytest.mark.lake
CODES = [f"{number:06}.SZ" for number in range(1, 25)]
DAYS = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 5), date(2026, 1, 6)]
LAST = DAYS[-1]
BARS = minute_bars(1, CODES, DAYS)


def filled(home: Path, measuring: Measuring) -> Workspace:
    """A home with all bars."""
    clock = lambda: datetime(2026, 1, 6, 12, tzinfo=UTC)  # noqa: E731
    ws = Workspace(Settings(home=home, measuring=measuring), clock)
    d = dataset("stock_minute")
    loading = Loading("one", "drawn", "one", ws.now_utc, BARS.height)
    with ws.writing() as warehouse, warehouse.transaction():
        rows = BARS.select(d.contract.column_names())
        warehouse.load(d, rows, loading, packaged_calendar())
    return ws


def figures(ws: Workspace) -> pl.DataFrame:
    """What is stored, without measuring anything on the way."""
    with Reader.open(ws.places.writer) as reader:
        assert partitions.lacking(reader, known_on(LAST)) == []
        return partitions.figures(reader, known_on(LAST))


@pytest.fixture
def alone(tmp_path: Path) -> Workspace:
    ws = filled(tmp_path / "alone", Measuring())
    assert measure_lacking(ws, LAST) > 4
    return ws


@pytest.fixture
def apart(tmp_path: Path) -> Workspace:
    return filled(tmp_path / "apart", Measuring(workers=2, partitions_from=BARS.height))


def test_processes_find_the_same_figures_to_the_last_bit(alone: Workspace, apart: Workspace):
    assert measure_lacking(apart, LAST) > 4
    assert figures(apart).height == len(CODES) * len(DAYS)
    assert figures(apart).equals(figures(alone))


def test_what_a_killed_process_had_is_measured_by_another(alone: Workspace, apart: Workspace):
    known = known_on(LAST)
    with spread(apart, BARS.height) as cluster:
        assert cluster is not None
        first, *_ = cluster.client.run(os.getpid).values()
        with Reader.open(apart.places.writer) as reader:
            wanted = partitions.lacking(reader, known)
        coming = cluster.figures(apart.places.writer, "stock_minute", known, wanted)
        found = dict([next(coming)])
        os.kill(first, signal.SIGKILL)
        found |= dict(coming)
    assert set(found) == set(wanted)
    together = pl.concat(found.values()).sort("code", "trade_date")
    assert together.equals(figures(alone))


def test_few_rows_start_no_process(apart: Workspace):
    with spread(apart, BARS.height - 1) as cluster:
        assert cluster is None


def test_processes_that_are_lost_again_and_again_are_told_with_the_largest_partition(monkeypatch):
    from distributed.scheduler import KilledWorker

    from flows import measuring_cluster
    from flows.measuring_cluster import KILLS, Cluster

    class Lost:
        """What a client returns of a task whose processes were killed."""

        def result(self) -> None:
            raise KilledWorker("task", None, KILLS)

    class Client:
        def submit(self, *_given: object, **_options: object) -> Lost:
            return Lost()

    monkeypatch.setattr(measuring_cluster, "as_completed", iter)
    small = Partition("2026-01", 0, 10, "a", ("000001.SZ",))
    large = Partition("2026-02", 1, 1_700_000, "b", ("000002.SZ",))
    wanted = [small, large] * 4  # two for each task
    told = (
        f"{KILLS + 1} processes were lost over partitions of stock_minute, the largest of 2026-02 with "
        "1,700,000 rows.*Raise measuring.memory, which is 1 GB"
    )
    with pytest.raises(MachineRefused, match=told):
        list(
            Cluster(Client(), 1, "1 GB").figures(Path("x"), "stock_minute", known_on(LAST), wanted)
        )

"""Processes that measure side by side, without any: who gets what, and what is told of a kill."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("psycopg")
pytest.importorskip("distributed")

from distributed.scheduler import KilledWorker

from flows import measuring_cluster
from flows.measuring_cluster import KILLS, MEMORY, Cluster, cluster, measured, opened
from flows.settings import Measuring
from warehouse.errors import MachineRefused, WarehouseUnavailable
from warehouse.records.partitions import Partition


def parts(number: int) -> list[Partition]:
    return [Partition(f"2026-{n:02d}", 0, 1_000 * n, "", ()) for n in range(1, number + 1)]


class Future:
    """What a process made of its task."""

    def __init__(self, task: list[Partition], *, killed: bool = False) -> None:
        self.task, self.killed = task, killed

    def result(self) -> list[str]:
        if self.killed:
            raise KilledWorker("task", "worker", KILLS)  # type: ignore[arg-type]
        return [f"figures of {one.month}" for one in self.task]


class Client:
    """Hands tasks to nobody, and notes them."""

    def __init__(self, *, killed: bool = False) -> None:
        self.killed, self.sizes, self.given = killed, list[int](), list[Any]()

    def submit(
        self, work: Any, source: Any, name: str, known: Any, some: Any, *, pure: bool
    ) -> Any:
        self.sizes.append(len(some))
        self.given.append((work, source, name, known, pure))
        return Future(some, killed=self.killed)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked last comes first."""
    monkeypatch.setattr(measuring_cluster, "as_completed", lambda asked: reversed(list(asked)))


@pytest.mark.parametrize(
    ("number", "workers", "sizes"),
    [(16, 2, [2] * 8), (7, 2, [1] * 7), (17, 2, [2] * 8 + [1]), (0, 2, []), (24, 1, [6] * 4)],
)
def test_each_worker_gets_some_tasks_of_equal_size(
    number: int, workers: int, sizes: list[int]
) -> None:
    client = Client()
    wanted = parts(number)
    found = list(Cluster(client, workers, "1 GB").figures("file", "d", "known", wanted))  # type: ignore[arg-type]
    assert client.sizes == sizes
    assert {one.month: said for one, said in found} == {
        one.month: f"figures of {one.month}" for one in wanted
    }
    assert all(one == (measured, "file", "d", "known", False) for one in client.given)


def test_a_partition_that_kills_its_workers_is_told_with_the_setting() -> None:
    client = Client(killed=True)
    with pytest.raises(
        MachineRefused,
        match=r"^4 processes were lost over partitions of d, the largest of 2026-08 with 8,000 rows"
        r".*Raise measuring.memory, which is 1 GB\.$",
    ):
        list(Cluster(client, 1, "1 GB").figures("file", "d", "known", parts(8)))  # type: ignore[arg-type]


def test_a_task_is_measured_partition_by_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def reading(source: Any) -> Any:
        yield f"reader of {source}"

    def bars(*given: Any) -> Any:
        assert given[2:4] == ("known", measuring_cluster.BARS)
        return given[0], given[1].name, given[4].month

    monkeypatch.setattr(measuring_cluster, "opened", reading)
    monkeypatch.setattr(measuring_cluster.partitions, "bars", bars)
    monkeypatch.setattr(measuring_cluster, "measure_partition", lambda rows: rows)
    found = measured("x", "stock_minute", "known", parts(2))  # type: ignore[arg-type]
    assert found == [("reader of x", "stock_minute", f"2026-0{n}") for n in (1, 2)]


@pytest.mark.parametrize("now", ["reader", None])
def test_a_lake_is_looked_at_as_it_is_now(monkeypatch: pytest.MonkeyPatch, now: Any) -> None:
    @contextmanager
    def looking() -> Any:
        yield now

    asked: list[Any] = []
    monkeypatch.setattr(
        measuring_cluster, "lake_of", lambda *a: asked.append(a) or SimpleNamespace(looking=looking)
    )
    source: Any = ("place", "places")
    if now is None:
        with pytest.raises(WarehouseUnavailable, match="taken away"), opened(source):
            pytest.fail("entered")
    else:
        with opened(source) as reader:
            assert reader == now
    assert asked == [source]


def test_a_file_is_opened_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[Any] = []

    @contextmanager
    def reading(path: Path) -> Any:
        log.append(path)
        yield "reader"
        log.append("closed")

    monkeypatch.setattr(measuring_cluster.Reader, "open", reading)
    with opened(Path("file")) as reader:
        assert (reader, log) == ("reader", [Path("file")])
    assert log == [Path("file"), "closed"]


def test_processes_are_of_this_machine_speak_tls_and_end_before_they_fill_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log: list[Any] = []

    def started(name: str) -> Any:
        @contextmanager
        def start(*given: Any, **settings: Any) -> Any:
            log.append((name, given, settings))
            yield name
            log.append(f"{name} ended")

        return start

    monkeypatch.setattr(measuring_cluster, "LocalCluster", started("cluster"))
    monkeypatch.setattr(measuring_cluster, "Client", started("client"))
    monkeypatch.setattr(measuring_cluster.dask.config, "set", started("settings"))
    monkeypatch.setattr(measuring_cluster.Security, "temporary", lambda: "of this run")
    with cluster(Measuring(workers=3, memory="2 GB"), tmp_path) as found:
        assert found == Cluster("client", 3, "2 GB")
    assert log[0] == ("settings", (MEMORY,), {})
    assert log[1][2] == {
        "n_workers": 3, "threads_per_worker": 1, "memory_limit": "2 GB",
        "local_directory": str(tmp_path), "dashboard_address": None, "host": "127.0.0.1",
        "security": "of this run", "env": {"POLARS_MAX_THREADS": "1"},
    }  # fmt: skip
    assert log[2] == ("client", ("cluster",), {})
    assert log[3:] == ["client ended", "cluster ended", "settings ended"]


def test_a_worker_pauses_before_it_is_ended_and_three_lost_ones_are_an_accident() -> None:
    """Results are small, so that none is written to the disk early on."""
    worker = "distributed.worker.memory."
    steps = [MEMORY[f"{worker}{step}"] for step in ("target", "spill", "pause", "terminate")]
    assert steps == [False, 0.7, 0.85, 0.95]
    assert MEMORY["distributed.scheduler.allowed-failures"] == KILLS == 3

"""A warehouse in a file: what is done under the lock of its one writer, and what before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warehouse.errors import WarehouseUnavailable
from warehouse.storage import embedded
from warehouse.storage.embedded import Embedded
from warehouse.storage.publish import Places


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done to the lock and the files, in order; nothing is really opened."""
    log: list[str] = []

    @contextmanager
    def lock(path: Path, wait_seconds: float = 600) -> Iterator[None]:
        log.append(f"lock {path.name} for {wait_seconds}")
        yield
        log.append("free")

    class Opened:
        @staticmethod
        @contextmanager
        def writing(path: Path, *, simulated: bool | None = None) -> Iterator[str]:
            log.append(f"open {path.name}, simulated: {simulated}")
            yield "writer"
            log.append("close")

    def published(_: Places, version: str, keep: int) -> Path:
        log.append(f"publish {version}, keep {keep}")
        return Path(version)

    monkeypatch.setattr(embedded, "writer_lock", lock)
    monkeypatch.setattr(embedded, "Warehouse", Opened)
    monkeypatch.setattr(embedded, "publish", published)
    return log


@pytest.fixture
def empty(tmp_path: Path) -> Embedded:
    return Embedded(Places(tmp_path))


@pytest.fixture
def made(empty: Embedded) -> Embedded:
    empty.places.writers.mkdir()
    (empty.places.writers / "warehouse-000001.duckdb").touch()
    return empty


OPENED = ["lock lock for 600", "open warehouse-000001.duckdb, simulated: True"]


def test_a_writer_holds_the_lock_and_has_everything_ready_first(
    empty: Embedded, happened: list[str]
) -> None:
    ready = happened.append
    with empty.writing("index_daily", simulated=True, ready=lambda w: ready(f"ready: {w}")) as w:
        happened.append(f"written by {w}")
    assert happened == [*OPENED, "ready: writer", "written by writer", "close", "free"]


def test_nothing_need_be_ready(empty: Embedded, happened: list[str]) -> None:
    with empty.writing(simulated=True) as writer:
        assert (writer, happened) == ("writer", OPENED)


def test_before_anything_was_loaded_there_is_nothing_to_look_at_and_nothing_is_made(
    empty: Embedded, happened: list[str]
) -> None:
    with empty.looking() as reader:
        assert reader is None
    assert not empty.filled()
    assert happened == []
    assert list(empty.places.home.iterdir()) == []


def test_a_look_is_the_writers_alone_and_has_everything_ready_too(
    made: Embedded, happened: list[str]
) -> None:
    assert made.filled()
    ready = happened.append
    with made.looking(simulated=True, ready=lambda w: ready(f"ready: {w}")) as reader:
        assert reader == "writer"
    assert happened == [*OPENED, "ready: writer", "close", "free"]


def test_a_version_is_published_under_the_lock(made: Embedded, happened: list[str]) -> None:
    assert made.publish("20260113T110000-a1b2c3", 3) == Path("20260113T110000-a1b2c3")
    published = "publish 20260113T110000-a1b2c3, keep 3"
    assert happened == ["lock lock for 600", published, "free"]


def test_whoever_is_at_the_same_matter_waits_for_its_own_lock(
    empty: Embedded, happened: list[str]
) -> None:
    with empty.alone("mailing", Path("outbox/mail"), 5):
        assert happened == ["lock mail for 5"]
    with empty.alone("mailing", Path("outbox/mail")):
        assert happened[-1] == "lock mail for 600.0"


def test_before_the_first_publication_readers_are_told_and_flows_go_on(empty: Embedded) -> None:
    with pytest.raises(WarehouseUnavailable, match="no published warehouse at"):
        empty.published()
    assert empty.newest() is None

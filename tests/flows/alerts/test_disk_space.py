"""Whether there is room for a run: what is free, what is wanted, and where is looked."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows.alerts.disk_space import COPIES, SPARE, Room, room_of


@pytest.mark.parametrize(("free", "enough"), [(5, True), (4, False), (6, True)])
def test_as_much_as_is_wanted_is_enough(free, enough) -> None:
    assert Room(Path("home"), free, 5).enough is enough


def test_what_is_free_and_what_is_wanted_are_said_with_the_home() -> None:
    said = Room(Path("/data/x"), 1_234_500_000_000, 2_000_000_000).said

    assert said == "1,234.5 GB free at /data/x, 2.0 GB wanted"


def test_the_disk_of_a_home_to_come_is_that_of_its_nearest_folder(tmp_path, monkeypatch) -> None:
    """Three copies of the newest writer file are wanted, and some room besides."""
    asked: list[Path] = []
    older, newer = tmp_path / "1", tmp_path / "2"
    older.write_bytes(b"x" * 100)
    newer.write_bytes(b"x" * 7)
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: asked.append(path) or SimpleNamespace(free=11)
    )
    home = tmp_path / "not" / "there"
    ws = SimpleNamespace(
        settings=SimpleNamespace(home=home), places=SimpleNamespace(generations=[older, newer])
    )

    assert room_of(ws) == Room(home, 11, SPARE + COPIES * 7)
    assert asked == [tmp_path]


def test_before_there_is_a_warehouse_only_some_room_is_wanted(tmp_path) -> None:
    ws = SimpleNamespace(
        settings=SimpleNamespace(home=tmp_path), places=SimpleNamespace(generations=[])
    )
    assert room_of(ws).wanted == SPARE

"""What is done with a lake, in a sentence; without one nothing is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("psycopg")

from flows import lake
from flows.progress import progress
from warehouse.errors import InputRefused
from warehouse.storage import compact, migrate
from warehouse.storage.compact import Compacted
from warehouse.storage.lake import Lake
from warehouse.storage.migrate import Migrated
from warehouse.storage.place import Place
from warehouse.storage.publish import Places

NOW = datetime(2026, 1, 13)


class Workspace(SimpleNamespace):
    """A workspace with a lake, or with whatever else a test says."""

    def version(self) -> str:
        return "20260113T000000-abcdef"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    places = Places(tmp_path)
    there = Lake(Place("dbname=x", "/srv"), places)
    return Workspace(
        store=there, places=places, now_utc=NOW, settings=SimpleNamespace(keep_snapshots=3)
    )


def test_without_a_lake_its_settings_are_named(ws: Workspace) -> None:
    ws.store = object()
    with pytest.raises(InputRefused, match=r"no lake is set: .* warehouse.lake and warehouse.data"):
        lake.lake_here(ws)


def test_a_lake_is_made_and_what_comes_next_is_said(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(Lake, "init", lambda _: done.append("init"))
    assert lake.made(ws).startswith("the lake (dbname=x) is ready; `briefing lake migrate`")
    assert done == ["init"]


@pytest.mark.parametrize(
    ("migrated", "said"),
    [
        (None, "this home was migrated before; nothing was copied"),
        (Migrated(12, 3_456, 2), ("3,456 rows in 12 parts are in the lake (dbname=x), each table "
         "compared with the file; 2 parts were there from an earlier run")),
    ],
)  # fmt: skip
def test_a_home_is_migrated_and_published(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, migrated: Any, said: str
) -> None:
    file = ws.places.writers / "warehouse-000001.duckdb"
    file.parent.mkdir()
    file.touch()
    log: list[Any] = []

    def copied(_: Lake, of: Path, source: str, told: Any) -> Any:
        log.append(("migrate", of.name, source.endswith(f":{ws.places.home}"), told is progress))
        return migrated

    class Writer:
        @staticmethod
        def writing(of: Path) -> Any:
            log.append(("declare", of.name))
            return open("/dev/null")  # noqa: PTH123 - anything that can be entered

    monkeypatch.setattr(Lake, "init", lambda _: log.append("init"))
    monkeypatch.setattr(migrate, "migrate", copied)
    monkeypatch.setattr(lake, "Warehouse", Writer)
    monkeypatch.setattr(lake, "publish", lambda _: log.append("publish") or Path("out"))
    lines = list(lake.migrated(ws))
    assert lines == [
        said,
        "published: out",
        f"{file} stays as it is, and is not written any more",
    ]
    assert log == [
        "init",
        ("declare", file.name),
        ("migrate", file.name, True, True),
        "publish",
    ]


def test_without_a_file_there_is_nothing_to_migrate(ws: Workspace) -> None:
    with pytest.raises(InputRefused, match="there is no writer file in"):
        list(lake.migrated(ws))


def test_a_version_is_exported_with_its_newest_days_unless_it_is_said(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def export(_: Lake, *given: Any, **named: Any) -> Any:
        return given, named

    monkeypatch.setattr(Lake, "export", export)
    assert lake.exported(ws) == ((ws.version(), 3), {"whole": False})
    assert lake.exported(ws, whole=True) == ((ws.version(), 3), {"whole": True})


def test_a_compaction_is_told_in_numbers(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def done(of: Lake, now: datetime, told: Any) -> Compacted:
        assert (of, now, told) == (ws.store, NOW, progress)
        return Compacted(4_000, 30, 2, 1)

    monkeypatch.setattr(compact, "compact", done)
    assert lake.compacted(ws) == (
        "4,000 files became 30; 2 old snapshots are forgotten and 1 files without a use removed"
    )

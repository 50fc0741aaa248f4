"""A home goes into a lake and back: the same rows, the same facts, the same pages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flows import briefing
from flows.lake import lake_here, migrated
from flows.measure import measure
from flows.restore import restore_writer
from flows.workspace import Workspace
from templates import render
from tests.homes import LATER, MadeOnce, evening, tell_once
from tests.lake.conftest import Team
from tests.lake.migration import MONTHS_FROM
from warehouse.catalog import catalogue
from warehouse.errors import InputRefused, WarehouseUnavailable
from warehouse.storage import migrate
from warehouse.storage.audit import contents
from warehouse.storage.store import Reader
from warehouse.tables import SYSTEM_TABLES

pytestmark = pytest.mark.lake
COMMENTS = """
    SELECT schema_name || '.' || table_name || '.' || column_name AS name, comment
    FROM duckdb_columns() SEMI JOIN duckdb_tables() USING (database_oid, table_oid)
    WHERE NOT internal AND database_name = current_database() ORDER BY name
"""


@pytest.fixture(scope="session")
def told_once(made_once: MadeOnce) -> Path:
    """A home with a small simulated market and an evaluation; read it, and write nothing there."""

    def fill(home: Path) -> None:
        tell_once(home)
        evening(home, LATER).publish()

    return made_once("told-once", fill)


@pytest.fixture(scope="module")
def home(team: Team, told_once: Path) -> Path:
    """A home with a small simulated market and an evaluation; its settings name the lake."""
    place = team("first").places.home
    shutil.copytree(told_once, place, symlinks=True)
    return place


@pytest.fixture(scope="module")
def file(told_once: Path) -> Path:
    """The published file that it had before."""
    return told_once / "current.duckdb"


def killed_at(home: Path, part: int) -> None:
    """A migration that is killed when it has come to a part."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.lake.migration", str(home)],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        for line in program.stdout:
            if line.startswith(f"{part} of"):
                program.kill()
                return
    pytest.fail(f"the migration ended before part {part}")


def test_a_migration_that_is_killed_goes_on_and_shows_nothing_before_it_has_ended(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(migrate, "LARGE", MONTHS_FROM)
    ws = evening(home, LATER)
    killed_at(home, 120)
    assert ws.store.newest() is None
    with pytest.raises(WarehouseUnavailable, match="is being filled"), ws.writing():
        pass
    told = list(migrated(ws))
    parts, before = (int(n) for n in re.findall(r"(\d+) parts", told[0]))
    assert 119 <= before < parts
    assert parts > len(catalogue()) * 2 + len(SYSTEM_TABLES), "large tables go by month"
    with Reader.open(file) as before, ws.store.published() as after:
        assert contents(after) | {"meta.setting": ()} == contents(before) | {"meta.setting": ()}
        assert after.query(COMMENTS).equals(before.query(COMMENTS))
    with Reader.open(ws.places.current) as exported, ws.store.published() as after:
        assert contents(exported) == contents(after)


def test_it_is_migrated_once(home: Path):
    told = list(migrated(evening(home, LATER)))
    assert told[0] == "this home was migrated before; nothing was copied"


def test_no_other_home_is_mixed_in(home: Path, told_once: Path, tmp_path: Path):
    other = shutil.copytree(told_once, tmp_path / "other", symlinks=True)
    with pytest.raises(InputRefused, match="has loads of its own"):
        list(migrated(evening(other, LATER)))


def test_both_give_the_same_facts_and_pages(
    home: Path, told_once: Path, tmp_path: Path, alone: Callable[[Path], Workspace]
):
    in_lake = evening(home, LATER)
    measure(in_lake, LATER)
    in_lake.publish()
    issue = briefing.build(in_lake, LATER)
    pages = [render.html(issue, language) for language in ("en", "zh")]
    with in_lake.store.published() as reader:
        rows = contents(reader)
    copy = shutil.copytree(told_once, tmp_path / "alone", symlinks=True)
    alone(copy)
    embedded = evening(copy, LATER)
    measure(embedded, LATER)
    embedded.publish()
    with embedded.store.published() as reader:
        assert contents(reader) | {"meta.setting": ()} == rows | {"meta.setting": ()}
    again = briefing.build(embedded, LATER)
    assert [render.html(again, language) for language in ("en", "zh")] == pages


def test_the_exported_file_becomes_a_home_again(home: Path, alone: Callable[[Path], Workspace]):
    in_lake = evening(home, LATER)
    lake_here(in_lake).export(in_lake.version(), 5)
    with in_lake.store.published() as reader:
        rows = contents(reader)
    alone(home)
    back = evening(home, LATER)
    told = list(restore_writer(back, None).report())
    assert told[-1].startswith("next: ")
    with back.reading_writer() as reader:
        assert reader is not None
        assert contents(reader) == rows
    with back.writing() as warehouse, warehouse.transaction():
        warehouse.set("written", "again")
    back.publish()
    with back.store.published() as reader:
        assert reader.value("SELECT count(*) FROM meta.setting WHERE value = 'again'") == 1


def test_who_has_no_lake_is_told_how_to_get_one(tmp_path: Path, alone: Callable[[Path], Workspace]):
    with pytest.raises(InputRefused, match="no lake is set"):
        lake_here(alone(tmp_path))

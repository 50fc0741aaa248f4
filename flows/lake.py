"""A warehouse of several machines: it is made, filled, looked at and compacted."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import flow

from flows.lifeline import end_with_runner
from flows.machine import workspace
from flows.progress import progress
from flows.publishing import publish
from flows.workspace import Workspace
from warehouse.errors import InputRefused
from warehouse.storage.lock import writer_lock
from warehouse.storage.store import Warehouse

if TYPE_CHECKING:
    from warehouse.storage.lake import Lake


def lake_here(ws: Workspace) -> Lake:
    """The lake of the settings. Raises InputRefused where they name none."""
    from warehouse.storage.lake import Lake  # noqa: PLC0415 - without a lake, not its modules

    if not isinstance(store := ws.store, Lake):
        raise InputRefused(
            "no lake is set: the warehouse is a file of this home. Set warehouse.lake and "
            "warehouse.data in briefing.toml; docs/lake.md shows how"
        )
    return store


def made(ws: Workspace) -> str:
    """Make an empty lake; one that is there stays as it is. What was done, in a sentence."""
    lake = lake_here(ws)
    lake.init()
    return f"{lake.place.label} is ready; `briefing lake migrate` brings what this home has"


def migrated(ws: Workspace) -> Iterator[str]:
    """Bring all that the file of this home holds into the lake, and publish it; in sentences.

    Cut off anywhere, it goes on there when it is called again. Raises InputRefused where there is
    no file, or the lake has loads of its own.
    """
    from warehouse.storage.migrate import migrate  # noqa: PLC0415

    lake, places = lake_here(ws), ws.places
    if not places.generations:
        raise InputRefused(f"there is no writer file in {places.writers} to migrate")
    file = places.generations[-1]
    lake.init()
    with writer_lock(places.lock):
        with Warehouse.writing(file):
            pass  # what this version of the project declares is there, whoever wrote it
        done = migrate(lake, file, f"{socket.gethostname()}:{places.home}", progress)
    if done is None:
        yield "this home was migrated before; nothing was copied"
    else:
        yield (
            f"{done.rows:,} rows in {done.parts:,} parts are in {lake.place.label}, each table "
            f"compared with the file; {done.before:,} parts were there from an earlier run"
        )
    progress("publishing")
    yield f"published: {publish(ws)}"
    yield f"{file} stays as it is, and is not written any more"


def exported(ws: Workspace, *, whole: bool = False) -> Path:
    """The version that readers of the lake have, as `current.duckdb` of this home.

    whole: with all days of the datasets of which that file has the newest only.
    """
    return lake_here(ws).export(ws.version(), ws.settings.keep_snapshots, whole=whole)


@flow(name="compaction", on_running=[end_with_runner])
def compaction() -> str:
    """Merge small files of the lake, and remove what no kept version needs."""
    return compacted(workspace())


def compacted(ws: Workspace) -> str:
    """What a compaction did, in a sentence."""
    from warehouse.storage.compact import compact  # noqa: PLC0415

    done = compact(lake_here(ws), ws.now_utc, progress)
    return (
        f"{done.files_before:,} files became {done.files_after:,}; {done.expired:,} old snapshots "
        f"are forgotten and {done.removed:,} files without a use removed"
    )

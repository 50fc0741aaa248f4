"""Putting a published version in the place of a writer file that is lost or damaged.

Loads after that version are gone and can be collected or imported again. What went out into the
world cannot: the ledgers of it are gathered from every file that still opens.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl

from warehouse.contract import empty, schema
from warehouse.errors import InputRefused, PublishRefused, WarehouseUnavailable
from warehouse.storage.atomic import FILE, sync
from warehouse.storage.audit import audit, contents
from warehouse.storage.connection import checkpoint, log_of
from warehouse.storage.publish import (
    GENERATION,
    Places,
    adopt,
    copied,
    insist_on_newest,
    ours_in,
    published_sizes,
    release,
    sweep,
)
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables import SYSTEM_TABLES

LETTERS = "meta.delivery"
# Nobody can collect these again.
LEDGERS = (
    LETTERS,
    "meta.notification",
    "mart.issue",
    "mart.printed",
    "mart.correction",
    "mart.forecast",
)
PREFIX = "before-restore-"
ASIDE = re.compile(PREFIX + GENERATION.pattern)
LOG = re.compile(GENERATION.pattern + r"\.wal")


def chosen(places: Places, name: str | None) -> Path:
    """The version of that name, or the newest one, provided that it is sound.

    Raises InputRefused where there is none of that name, WarehouseUnavailable where none is sound.
    """
    versions = places.versions
    wanted = [v for v in versions if name in (None, v.name, v.stem, str(v))]
    if name is not None and not wanted:
        there = ", ".join(v.stem for v in versions) or "none"
        message = f"there is no snapshot {name} in {places.snapshots}; there are: {there}"
        raise InputRefused(message)
    sound = next((v for v in reversed(wanted) if _sound(v)), None)
    if sound is None:
        message = (
            f"{name or 'every snapshot'} in {places.snapshots} is damaged or contradicts its records; name "
            "another one or bring one from a backup. Without any, move writer/ and snapshots/ "
            "elsewhere and begin anew with `briefing import`"
        )
        raise WarehouseUnavailable(message)
    return sound


def _sound(version: Path) -> bool:
    """Whether a version can be read to the last block and agrees with its records."""
    with suppress(WarehouseUnavailable, InputRefused), Reader.open(version) as reader:
        return not audit(reader)
    return False


def remembered(places: Places) -> dict[str, pl.DataFrame]:
    """The rows of the ledgers that any file still has: versions, writers, and those set aside."""
    found = {table: [empty(SYSTEM_TABLES[table])] for table in LEDGERS}
    for file in (*places.versions, *set_aside_before(places), *places.generations):
        for table, rows in _read(file, LEDGERS):
            found[table].append(_shaped(table, rows))
    return {t: pl.concat(frames).unique(maintain_order=True) for t, frames in found.items()}


def ledgers_are_whole(places: Places) -> bool:
    """Whether the writer file itself still tells what was
    mailed, and not only what was published.
    """
    if not places.generations:
        return False
    floor = published_sizes(places)
    with (
        suppress(WarehouseUnavailable, InputRefused),
        Reader.open(places.generations[-1]) as writer,
    ):
        insist_on_newest(writer, floor)
        return LETTERS in contents(writer, [LETTERS])
    return False


def loads(file: Path) -> pl.DataFrame | None:
    """The ledger of loads of a file; None if it cannot be read."""
    return next((rows for _, rows in _read(file, ["meta.load"])), None)


def _read(file: Path, tables: Sequence[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Those of the tables that can be read in a file."""
    with suppress(WarehouseUnavailable), Reader.open(file) as reader:
        for table in tables:
            # InputRefused: a file of an earlier version has no such table.
            with suppress(WarehouseUnavailable, InputRefused):
                yield table, reader.query(f"FROM {table} ORDER BY rowid")


def _shaped(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in the columns of today."""
    wanted = schema(SYSTEM_TABLES[table])
    shaped = rows.match_to_schema(wanted, missing_columns="insert", extra_columns="ignore")
    return shaped.select(list(wanted))


def set_aside_before(places: Places) -> list[Path]:
    """Writer files that a restoration put aside, oldest first."""
    return sorted(ours_in(places.writers, ASIDE))


def restore(
    places: Places, snapshot: Path, version: str, keep: int, fill: Callable[[Warehouse], None]
) -> Path:
    """A copy of a version is the writer and the newest version, once this returns.

    Hold `writer_lock` around it. `fill` writes into the copy what has to be kept. Old writer files
    are renamed, never removed. Killed at any moment, it can be run again: until the new file bears
    its name the old one is there, or its absence stops every command.
    """
    places.writers.mkdir(parents=True, exist_ok=True)
    sweep(places)
    unfinished = places.unfinished
    try:
        shutil.copyfile(snapshot, unfinished)
        unfinished.chmod(FILE)
        with Warehouse.writing(unfinished) as warehouse, warehouse.transaction():
            fill(warehouse)
        checkpoint(unfinished)
        copy = copied(places, unfinished, version)
    except (OSError, PublishRefused, WarehouseUnavailable) as error:
        sweep(places)
        message = f"{snapshot.name} cannot be restored: {error}. Nothing was changed; free disk space, or name another snapshot"
        raise WarehouseUnavailable(message) from error
    set_aside(places)
    adopt(places)
    return release(places, copy, keep)


def set_aside(places: Places) -> None:
    """Old writer files under names that say so, the newest last: until then it is the writer."""
    for old in places.generations:
        old.rename(old.with_name(PREFIX + old.name))
    rejoin(places)


def rejoin(places: Places) -> None:
    """A log follows its file that was set aside, also where a restoration was killed in between."""
    there = {log_of(writer) for writer in places.generations}
    for log in ours_in(places.writers, LOG):
        if log not in there:
            log.rename(log.with_name(PREFIX + log.name))
    if places.writers.is_dir():
        sync(places.writers)

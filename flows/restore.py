"""`briefing restore`: a published version becomes the writer; what was mailed stays known."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from pathlib import Path

import polars as pl

from flows.workspace import Workspace
from warehouse.errors import InputRefused
from warehouse.records import issues
from warehouse.records.collection_log import cut, newest_load
from warehouse.records.deliveries import LOST, Step, restored
from warehouse.storage.lock import writer_lock
from warehouse.storage.restore import (
    chosen,
    ledgers_are_whole,
    loads,
    rejoin,
    remembered,
    restore,
    set_aside_before,
)
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.meta import State

NAME = re.compile(r"china-tech-briefing_(.+)_([a-z]+)_r(\d+)_(.+)_[0-9a-f]{8}\.eml")


@dataclass(frozen=True)
class Restored:
    """What a restoration did.

    version: that was restored; lost: rows by dataset (None: unknown); unknown: messages of which
    nobody knows whether they were sent; aside: old writer files that were kept; cut: datasets of
    which older rows stayed behind in a lake, and what the version has.
    """

    version: str
    newest_load: str
    lost: pl.DataFrame | None
    unknown: list[Step]
    aside: list[Path]
    cut: list[tuple[str, str]] = field(default_factory=list)

    def report(self) -> Iterator[str]:
        """In words, with what to do next."""
        yield f"restored {self.version}, whose newest load is of {self.newest_load} UTC"
        if self.aside:
            yield f"old writer files were kept: {', '.join(map(str, self.aside))}"
        yield from self._lost()
        for dataset, said in self.cut:
            yield (
                f"{dataset}: {said}, and what is measured from here on knows only these; for all of "
                "them run `briefing lake export --whole` with the lake's settings, and restore that"
            )
        for message in self.unknown:
            yield (
                f"{message.edition} to {message.recipient}: whether it was sent is unknown; "
                f"ask, then `briefing resend {message.issue_id} --force`"
            )
        yield (
            "next: `briefing doctor`, then `briefing collect` or `briefing import`, "
            "then `briefing run`"
        )

    def _lost(self) -> Iterator[str]:
        if self.lost is None:
            yield (
                "lost: whatever was loaded, measured or rendered after that; "
                "the old file cannot be read"
            )
        elif self.lost.is_empty():
            yield "no load was lost"
        else:
            named = (f"{d} ({n:,} rows)" for d, n in self.lost.iter_rows())
            yield f"lost loads, to be collected or imported again: {', '.join(named)}"


def restore_writer(ws: Workspace, name: str | None) -> Restored:
    """A version, the newest sound one if none is named, in the place of the writer file.

    Raises InputRefused when there is no such version and WarehouseUnavailable when none is sound.
    """
    if ws.settings.warehouse.lake is not None:
        raise InputRefused(
            "the warehouse is a lake, which `briefing restore` does not write; take warehouse.lake and "
            "warehouse.data out of the settings to go on from a published file"
        )
    places, unknown = ws.places, []
    with writer_lock(places.lock):
        rejoin(places)
        snapshot = chosen(places, name)
        ledgers, certain = remembered(places), ledgers_are_whole(places)
        gone = lost_loads(ws, snapshot)

        def fill(warehouse: Warehouse) -> None:
            for table, rows in ledgers.items():
                warehouse.refill(table, rows)
            unknown.extend(
                restored(warehouse, list(messages(ws, warehouse)), ws.now_utc, certain=certain)
            )

        before = set_aside_before(places)
        version = restore(places, snapshot, ws.version(), ws.settings.keep_snapshots, fill)
    with Reader.open(version) as reader:
        newest, left_behind = newest_load(reader), cut(reader)
    aside = [file for file in set_aside_before(places) if file not in before]
    return Restored(snapshot.name, f"{newest:%Y-%m-%d %H:%M}", gone, unknown, aside, left_behind)


def lost_loads(ws: Workspace, snapshot: Path) -> pl.DataFrame | None:
    """Rows by dataset that the writer file has and the version lacks; None if unknown."""
    if not ws.places.generations:
        return None
    there, kept = loads(ws.places.generations[-1]), loads(snapshot)
    if there is None or kept is None:
        return None
    gone = there.join(kept, on=["load_id", "dataset"], how="anti")
    rows = pl.col("rows_new", "rows_revised").sum()
    return (
        gone.group_by("dataset")
        .agg(rows)
        .select("dataset", pl.sum_horizontal("rows_new", "rows_revised"))
        .sort("dataset")
    )


def messages(ws: Workspace, warehouse: Warehouse) -> Iterator[Step]:
    """The messages of the outbox, each as if nobody knew whether it was sent."""
    home = ws.settings.home
    hashes = issues.content_hashes(warehouse)
    for file in sorted((home / "outbox").glob("*/*.eml")):
        if not (named := NAME.fullmatch(file.name)):
            continue  # not one of ours
        issue_id, language, revision, readable = named.groups()
        wire = file.read_bytes()
        head = BytesParser(policy=policy.SMTP).parsebytes(wire, headersonly=True)
        to = head["To"].addresses if head["To"] else ()
        yield Step(
            issue_id=issue_id,
            revision=int(revision),
            language=language,
            recipient=to[0].addr_spec if to else readable,
            step=1,
            state=State.UNKNOWN,
            stepped_at=ws.now_utc,
            detail=LOST,
            message_id=str(head["Message-ID"] or "").strip(),
            content_hash=hashes.get((issue_id, language, int(revision)), ""),
            eml=file.relative_to(home).as_posix(),
            eml_hash=hashlib.sha256(wire).hexdigest(),
        )

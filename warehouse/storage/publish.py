"""Publication: an audited, read-only, versioned copy, and a symlink that is swapped onto it.

Readers open `current.duckdb`. It points into `snapshots/`, and a published file is never written
again, so that a reader can neither block a flow nor see half a load, and a reader who opens it
for writing can leave a log only beside the old version.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain, count
from pathlib import Path

from warehouse.catalog import Dataset
from warehouse.errors import (
    InputRefused,
    PublishRefused,
    WarehouseDamaged,
    WarehouseUnavailable,
)
from warehouse.storage.atomic import private_folder, sync
from warehouse.storage.audit import audit
from warehouse.storage.connection import RESTORE, log_of
from warehouse.storage.store import Reader, Warehouse

KEPT = 5
# Only files of exactly these names are ours; whatever else lies beside them stays.
GENERATION = NUMBERED = re.compile(r"warehouse-(\d{6,})\.duckdb")
SNAPSHOT = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}(-\d+)?\.duckdb")
LEFTOVER = re.compile(r"(next|\d{8}T\d{6}-[0-9a-f]{6}(-\d+)?)\.tmp(\.wal)?")
ADDED_TO = ("meta.load", "meta.delivery", "mart.issue")  # records whose rows are never removed


@dataclass(frozen=True)
class Places:
    """Where the files of a warehouse lie below its home."""

    home: Path

    @property
    def writers(self) -> Path:
        return self.home / "writer"

    @property
    def generations(self) -> list[Path]:
        """The writer files, oldest first; they are numbered from 1."""
        ours = ours_in(self.writers, GENERATION)
        return sorted(ours, key=lambda p: int(p.stem.rpartition("-")[2]))

    @property
    def writer(self) -> Path:
        """The newest generation of the writer file, or the name of the first one.

        Raises WarehouseUnavailable when it is lost: a fresh one would be published over all that
        readers have.
        """
        generations = self.generations
        if generations:
            return generations[-1]
        if versions := self.versions:
            message = (
                f"the writer file in {self.writers} is gone, while {versions[-1]} was published; "
                "nothing was changed. Put the file back, or run `briefing restore [SNAPSHOT]`"
            )
            raise WarehouseUnavailable(message)
        return self.writers / "warehouse-000001.duckdb"

    @property
    def unfinished(self) -> Path:
        """The next generation, before it bears its name."""
        return self.writers / "next.tmp"

    @property
    def lock(self) -> Path:
        return self.writers / "lock"

    @property
    def snapshots(self) -> Path:
        return self.home / "snapshots"

    @property
    def versions(self) -> list[Path]:
        """The published files, oldest first; the one that readers have is the newest.

        The times alone do not tell: in a home that was copied they are those of the copy.
        """
        seen = self.current.readlink().name if self.current.is_symlink() else ""
        ours = ours_in(self.snapshots, SNAPSHOT)
        return sorted(ours, key=lambda p: (p.name == seen, p.stat().st_mtime_ns))

    @property
    def current(self) -> Path:
        return self.home / "current.duckdb"


def ours_in(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """The files of a folder that bear a name of ours."""
    there = folder.iterdir() if folder.is_dir() else ()
    return [p for p in there if name.fullmatch(p.name) and p.is_file()]


def published(places: Places) -> Reader | None:
    """The newest version that opens, or None: for flows that go on whatever readers do."""
    for version in reversed(places.versions):
        # A reader may hold a version for writing, or have spoilt it: the next publication heals it.
        with suppress(WarehouseUnavailable):
            return Reader.open(version)
    return None


def sizes(reader: Reader) -> dict[str, int]:
    """How many rows the records have that only grow."""
    counts = " UNION ALL ".join(f"SELECT '{t}', count(*) FROM {t}" for t in ADDED_TO)
    return dict(reader.query(counts).iter_rows())


def published_sizes(places: Places) -> dict[str, int]:
    """How many rows the newest version has in the records that only grow.

    {} before there is one.
    """
    for version in reversed(places.versions):
        with suppress(WarehouseUnavailable):
            return _sizes_of(version, version.stat().st_mtime_ns)
    return {}


@cache
def _sizes_of(version: Path, _modified_ns: int) -> dict[str, int]:
    """The same of one version, which is never written again: opened once by a process."""
    with Reader.open(version) as reader:
        return sizes(reader)


def insist_on_newest(writer: Reader, published: dict[str, int]) -> None:
    """Raises WarehouseUnavailable when the writer lacks what was published: it is an older file."""
    there = sizes(writer)
    lost = [
        f"{table} {there[table]:,} of {n:,}" for table, n in published.items() if there[table] < n
    ]
    if lost:
        message = (
            "the writer file is older than what was published; of the rows of its records it has "
            f"{', '.join(lost)}. Nothing was changed. Put the newest file back, or: {RESTORE}"
        )
        raise WarehouseUnavailable(message)


def publish(places: Places, version: str, keep: int = KEPT) -> Path:
    """The path of the new version, once readers can see it. Hold `writer_lock` around it.

    Raises PublishRefused when the records contradict the tables or a block is damaged; readers then
    keep the old version.
    """
    writer = places.writer
    if not writer.exists():
        message = f"nothing to publish: {writer} does not exist; import or collect first"
        raise WarehouseUnavailable(message)
    floor = published_sizes(places)
    sweep(places)
    merged = _merged(places, writer, floor)
    copy = copied(places, merged, version)
    if merged != writer:
        adopt(places)
    _remove_superseded(places)
    return release(places, copy, keep)


def _merged(places: Places, writer: Path, floor: dict[str, int]) -> Path:
    """The next generation, with the log merged into it, or the writer where there is no log.

    Either has what this version of the project declares, and no less than was published. It is
    valid from the moment it bears its name. Killed before, the old generation is still whole.
    """
    if not log_of(writer).exists():
        with Warehouse.writing(writer) as warehouse:
            insist_on_newest(warehouse, floor)
        if not log_of(writer).exists():
            return writer
    unfinished = places.unfinished
    try:
        with _nothing_left(places):
            shutil.copyfile(log_of(writer), log_of(unfinished))
            shutil.copyfile(writer, unfinished)
            with Warehouse.writing(unfinished) as warehouse:
                insist_on_newest(warehouse, floor)
                warehouse.checkpoint()
            sync(unfinished)
    except OSError as error:
        message = f"not published: {places.writers} cannot be written ({error}); make room and publish again"
        raise PublishRefused(message) from error
    except WarehouseDamaged as error:  # what is wrong with the copy is wrong with the writer
        raise WarehouseDamaged(str(error).replace(str(unfinished), str(writer))) from error
    except WarehouseUnavailable as error:
        message = f"not published: {error}. Readers keep the previous version"
        raise PublishRefused(message) from error
    return unfinished


def copied(places: Places, source: Path, version: str) -> Path:
    """A durable, audited, read-only copy that does not bear its final name yet.

    The audit reads the copy, and not the original, so that it judges what readers get. When it
    fails, neither the copy nor the next generation stays.
    """
    private_folder(places.snapshots)
    unfinished = _unused(places.snapshots, version).with_suffix(".tmp")
    try:
        with _nothing_left(places):
            shutil.copyfile(source, unfinished)
            sync(unfinished)
            with Reader.open(unfinished) as copy:
                insist_on_soundness(copy)
    except OSError as error:
        message = (
            f"not published: {unfinished} cannot be written ({error}); make room and publish again"
        )
        raise PublishRefused(message) from error
    except (WarehouseUnavailable, InputRefused) as error:
        message = f"not published: {error}. Readers keep the previous version. {RESTORE}"
        raise PublishRefused(message) from error
    unfinished.chmod(0o444)
    return unfinished


def insist_on_soundness(reader: Reader, only: Collection[Dataset] = ()) -> None:
    """Raises PublishRefused when records and tables, or those of some datasets, contradict each
    other.
    """
    if contradictions := audit(reader, only):
        message = (
            f"not published: {'; '.join(contradictions)}. Readers keep the previous version. "
            f"{RESTORE}; then import or collect what came after it"
        )
        raise PublishRefused(message)


@contextmanager
def _nothing_left(places: Places) -> Iterator[None]:
    """What cannot be finished, for want of room or by Ctrl-C, does not fill the disk either."""
    try:
        yield
    except BaseException:
        sweep(places)
        raise


def adopt(places: Places) -> None:
    """The next generation bears its name; no number is ever used twice, not even of a lost file."""
    used = (int(n) for p in places.writers.iterdir() for n in NUMBERED.findall(p.name))
    places.unfinished.replace(places.writers / f"warehouse-{max(used, default=0) + 1:06d}.duckdb")
    sync(places.writers)


def release(places: Places, copy: Path, keep: int) -> Path:
    """The copy under its final name, and readers on it."""
    target = copy.with_suffix(".duckdb")
    copy.replace(target)
    sync(target.parent)
    _point(places.current, target)
    _prune(places, target, keep)
    return target


def sweep(places: Places) -> None:
    """What a publication left that was killed or failed is removed."""
    for folder in (places.writers, places.snapshots):
        for leftover in ours_in(folder, LEFTOVER):
            leftover.unlink()


def _remove_superseded(places: Places) -> None:
    """Only the newest generation stays."""
    for superseded in places.generations[:-1]:
        log_of(superseded).unlink(missing_ok=True)
        superseded.unlink()


def _unused(folder: Path, version: str) -> Path:
    """A name that was never published: readers may hold the file of any other."""
    if not SNAPSHOT.fullmatch(f"{version}.duckdb"):
        message = f"{version!r} is no name of a version, such as 20260113T110000-a1b2c3"
        raise ValueError(message)
    names = chain([version], (f"{version}-{n}" for n in count(2)))
    return next(p for p in (folder / f"{name}.duckdb" for name in names) if not p.exists())


def _point(link: Path, target: Path) -> None:
    """The link names the target, with no moment at which it names nothing."""
    swap = link.with_suffix(".swap")
    swap.unlink(missing_ok=True)
    swap.symlink_to(target.relative_to(link.parent))
    swap.replace(link)
    sync(link.parent)


def _prune(places: Places, newest: Path, keep: int) -> None:
    """Only the newest versions stay, and no log that a reader left beside an older one."""
    for old in [v for v in places.versions if v != newest][: -(keep - 1) or None]:
        old.unlink()
        log_of(old).unlink(missing_ok=True)

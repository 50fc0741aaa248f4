"""Publication: an audited, read-only, versioned copy, and a symlink that is swapped onto it.

Readers open `current.duckdb`. It points into `snapshots/`, and a published file is never written
again, so that a reader can neither block a flow nor see half a load, and a reader who opens it
for writing can leave a log only beside the old version.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from warehouse.errors import BriefingError, PublishRefused, WarehouseUnavailable
from warehouse.store import Reader, Warehouse, checkpoint, log_of

KEPT = 5


@dataclass(frozen=True)
class Places:
    """Where the files of a warehouse lie below its home."""

    home: Path

    @property
    def writers(self) -> Path:
        return self.home / "writer"

    @property
    def writer(self) -> Path:
        """The newest generation of the writer file; they are numbered from 1."""
        generations = self.writers.glob("warehouse-*.duckdb")
        return max(generations, default=self.writers / "warehouse-000001.duckdb")

    @property
    def lock(self) -> Path:
        return self.writers / "lock"

    @property
    def snapshots(self) -> Path:
        return self.home / "snapshots"

    @property
    def current(self) -> Path:
        return self.home / "current.duckdb"


def published(places: Places) -> Reader | None:
    """The newest version that opens, or None: for flows that go on whatever readers do."""
    for version in reversed(_versions(places.snapshots)):
        # A reader may hold a version for writing, or have spoilt it: the next publication heals it.
        with suppress(WarehouseUnavailable):
            return Reader.open(version)
    return None


def publish(places: Places, version: str, keep: int = KEPT) -> Path:
    """The path of the new version, once readers can see it. Hold `writer_lock` around it.

    Raises PublishRefused when the books contradict the tables; readers then keep the old version.
    """
    if not places.writer.exists():
        message = f"nothing to publish: {places.writer} does not exist; import or collect first"
        raise WarehouseUnavailable(message)
    with Warehouse.writing(places.writer) as warehouse:
        contradictions = warehouse.audit()
        if contradictions:
            message = (
                f"not published: {'; '.join(contradictions)}. Readers keep the previous version; "
                "restore the writer file from the newest snapshot or import again."
            )
            raise PublishRefused(message)
        counts = warehouse.row_counts()
    if log_of(places.writer).exists():
        _renew(places)
    places.snapshots.mkdir(parents=True, exist_ok=True)
    for leftover in places.snapshots.glob("*.tmp*"):
        leftover.unlink()
    copy = _unused(places.snapshots, version)
    _copy(places.writer, copy, counts)
    _point(places.current, copy)
    _prune(places.snapshots, copy, keep)
    return copy


def _renew(places: Places) -> None:
    """A new generation of the writer file, with the log merged into it; older ones are removed.

    It is valid from the moment it bears its name. Killed before, the old generation is still whole.
    """
    old = places.writer
    number = int(old.stem.rpartition("-")[2]) + 1
    unfinished = places.writers / "next.tmp"
    _remove(unfinished)
    try:
        with _nothing_left_of(unfinished):
            shutil.copyfile(log_of(old), log_of(unfinished))
            shutil.copyfile(old, unfinished)
            checkpoint(unfinished)
            _sync(unfinished)
            unfinished.replace(old.with_name(f"warehouse-{number:06d}.duckdb"))
    except OSError as error:
        message = f"not published: {places.writers} cannot be written ({error}); make room and publish again"
        raise PublishRefused(message) from error
    _sync(places.writers)
    for superseded in places.writers.glob("warehouse-*.duckdb"):
        if superseded != places.writer:
            superseded.unlink()
            log_of(superseded).unlink(missing_ok=True)


def _unused(folder: Path, version: str) -> Path:
    """A name that was never published: readers may hold the file of any other."""
    names = chain([version], (f"{version}-{n}" for n in count(2)))
    return next(p for p in (folder / f"{name}.duckdb" for name in names) if not p.exists())


def _copy(source: Path, target: Path, counts: dict[str, int]) -> None:
    """A durable, validated, read-only copy under its final name."""
    unfinished = target.with_suffix(".tmp")
    try:
        with _nothing_left_of(unfinished):
            shutil.copyfile(source, unfinished)
            _sync(unfinished)
    except OSError as error:
        message = (
            f"not published: {target} cannot be written ({error}); make room and publish again"
        )
        raise PublishRefused(message) from error
    _validate(unfinished, counts)
    unfinished.chmod(0o444)
    unfinished.replace(target)
    _sync(target.parent)


def _validate(copy: Path, counts: dict[str, int]) -> None:
    """The copy opens read-only and holds as many rows as the original."""
    try:
        with Reader.open(copy) as reader:
            found = reader.row_counts()
    except BriefingError:
        copy.unlink()
        raise
    if found != counts:
        copy.unlink()
        message = f"not published: the copy {copy.name} differs from the original; check the disk"
        raise PublishRefused(message)


def _point(link: Path, target: Path) -> None:
    """The link names the target, with no moment at which it names nothing."""
    swap = link.with_suffix(".swap")
    swap.unlink(missing_ok=True)
    swap.symlink_to(target.relative_to(link.parent))
    swap.replace(link)
    _sync(link.parent)


def _versions(folder: Path) -> list[Path]:
    """The published files, oldest first."""
    return sorted(folder.glob("*.duckdb"), key=lambda p: p.stat().st_mtime_ns)


def _prune(folder: Path, newest: Path, keep: int) -> None:
    """Only the newest versions stay, and no log that a reader left beside an older one."""
    for old in [v for v in _versions(folder) if v != newest][: -(keep - 1) or None]:
        old.unlink()
        log_of(old).unlink(missing_ok=True)


@contextmanager
def _nothing_left_of(unfinished: Path) -> Iterator[None]:
    """What cannot be finished, for want of room or by Ctrl-C, does not fill the disk either."""
    try:
        yield
    except BaseException:
        _remove(unfinished)
        raise


def _remove(unfinished: Path) -> None:
    """The file and its logs."""
    for leftover in unfinished.parent.glob(f"{unfinished.name}*"):
        leftover.unlink()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

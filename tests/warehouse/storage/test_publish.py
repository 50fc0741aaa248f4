"""Publication: readers always have a whole version, whatever they or the flows do."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from flows.ingestion.import_files import import_path
from flows.workspace import Workspace
from warehouse.errors import PublishRefused, WarehouseUnavailable
from warehouse.storage.connection import checkpoint, log_of
from warehouse.storage.publish import Places, publish
from warehouse.storage.store import Reader, Warehouse

Drawn = Callable[[str], pl.DataFrame]
Folder = Callable[..., Path]


def named(number: int) -> str:
    """A name of a version."""
    return f"20260120T030000-{number:06x}"


def versions(places: Places) -> list[str]:
    return sorted(p.name for p in places.snapshots.iterdir())


def closes(path: Path) -> list[float]:
    with Reader.open(path) as reader:
        return reader.query("SELECT close FROM core.index_daily ORDER BY code, trade_date")[
            "close"
        ].to_list()


def test_the_published_copy_is_read_only_and_named_by_a_relative_link(filled: Workspace) -> None:
    target = filled.places.current.readlink()
    assert not target.is_absolute()
    assert target.parent == Path("snapshots")
    assert stat.S_IMODE(filled.places.current.stat().st_mode) == 0o444


def test_a_published_file_is_never_replaced(filled: Workspace) -> None:
    first = filled.places.current.resolve()
    before = first.stat().st_ino, first.stat().st_mtime_ns, first.read_bytes()
    again = publish(filled.places, first.stem)
    assert again != first
    assert (first.stat().st_ino, first.stat().st_mtime_ns, first.read_bytes()) == before
    assert filled.places.current.resolve() == again


def test_only_the_newest_versions_stay(filled: Workspace) -> None:
    (filled.places.snapshots / f"{filled.places.current.readlink().name}.wal").touch()
    names = [publish(filled.places, named(n), keep=2).name for n in range(4)]
    assert versions(filled.places) == names[-2:]
    assert filled.places.current.resolve().name == names[-1]


def test_a_contradiction_leaves_the_old_version_current(filled: Workspace) -> None:
    before, there = filled.places.current.readlink(), versions(filled.places)
    with Warehouse.writing(filled.places.writer) as warehouse:
        warehouse.connection.execute("UPDATE core.index_daily SET close = 1 WHERE code = 'HSI.HK'")
    with pytest.raises(PublishRefused, match=r"core.index_daily .* Readers keep the previous"):
        filled.publish()
    assert filled.places.current.readlink() == before
    assert versions(filled.places) == there
    assert 26848.0 in closes(filled.places.current)


def test_nothing_to_publish_is_said(ws: Workspace) -> None:
    with pytest.raises(WarehouseUnavailable, match=r"nothing to publish: .* import or collect"):
        ws.publish()


def test_a_full_disk_leaves_the_old_version_current(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled.places.current.readlink()

    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        with pytest.raises(PublishRefused, match=r"No space left on device.*make room"):
            filled.publish()
    assert filled.places.current.readlink() == before
    assert not list(filled.places.snapshots.glob("*.tmp"))


def test_a_copy_that_cannot_be_opened_is_not_published(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled.places.current.readlink()

    def torn(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:5000])

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", torn)
        with pytest.raises((PublishRefused, WarehouseUnavailable)):
            filled.publish()
    assert filled.places.current.readlink() == before
    assert not list(filled.places.snapshots.glob("*.tmp"))


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM core.index_daily WHERE code = 'HSI.HK'",
        "UPDATE core.index_daily SET close = 1 WHERE code = 'HSI.HK'",
    ],
)
def test_a_copy_that_is_not_what_was_copied_is_not_published(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The writer is sound, and what lies in the snapshots is not: readers would get the latter."""
    before, copyfile = filled.places.current.readlink(), shutil.copyfile

    def changed(source: Path, target: Path) -> None:
        copyfile(source, target)
        if target.parent == filled.places.snapshots:
            with Warehouse.writing(target) as warehouse:
                warehouse.connection.execute(change)
            checkpoint(target)

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", changed)
        with pytest.raises(PublishRefused, match=r"core.index_daily .* Readers keep the previous"):
            filled.publish()
    assert filled.places.current.readlink() == before
    assert not list(filled.places.snapshots.glob("*.tmp"))
    filled.publish()
    assert filled.places.current.readlink() != before


def test_of_the_generation_before_neither_file_nor_log_stays(filled: Workspace) -> None:
    with filled.writing() as warehouse:
        warehouse.set("simulated", "false")
    assert log_of(filled.places.writer).exists()
    filled.publish()
    there = [p.name for p in filled.places.writers.iterdir() if p.name != "lock"]
    assert there == [filled.places.writer.name]


def test_what_a_killed_publication_left_is_swept_by_the_next(filled: Workspace) -> None:
    (filled.places.snapshots / f"{named(1)}.tmp").write_bytes(b"half")
    filled.places.current.with_suffix(".swap").symlink_to("nowhere")
    filled.publish()
    assert not list(filled.places.home.rglob("*.tmp"))
    assert not list(filled.places.home.rglob("*.swap"))


# --- analysts in other processes, with nothing of ours -------------------------------------------

HOLDING = """
import duckdb, sys
con = duckdb.connect(sys.argv[1], read_only=True)
print(con.execute("SELECT sum(close) FROM core.index_daily").fetchone()[0], flush=True)
sys.stdin.read()
print(con.execute("SELECT sum(close) FROM core.index_daily").fetchone()[0], flush=True)
"""
REOPENING = """
import duckdb, select, sys
sums = []
while not (sums and select.select([sys.stdin], [], [], 0)[0]):
    con = duckdb.connect(sys.argv[1], read_only=True)
    rows = con.execute("SELECT count(*), sum(close) FROM core.index_daily").fetchone()
    con.close()
    sums.append(rows)
    if len(sums) == 1:
        print("reading", flush=True)
print(len(sums), len(set(sums)), set(n for n, _ in sums), flush=True)
"""
WRITING = """
import duckdb, sys
con = duckdb.connect(sys.argv[1])
con.execute("CREATE TABLE mine AS SELECT 1 AS a")
con.execute("DELETE FROM core.index_daily")
print("written", flush=True)
sys.stdin.read()
"""


@contextmanager
def analyst(script: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs the script until its input is closed."""
    command = [sys.executable, "-c", script, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_readers_and_flows_never_disturb_each_other(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    rows, current = drawn("index_daily"), filled.places.current
    with analyst(HOLDING, current) as holder, analyst(REOPENING, current) as reopener:
        held = holder.stdout.readline()
        assert reopener.stdout.readline() == "reading\n"
        for n in range(1, 5):
            moved = rows.with_columns(pl.col("close") + n)
            import_path(filled, folder({"index_daily": moved}))
        assert holder.communicate("")[0] == held  # its version did not change under it
        answer, complaint = reopener.communicate("")
    assert complaint == ""
    reads, _seen, row_counts = answer.split(maxsplit=2)
    assert int(reads) >= 4
    assert row_counts == "{3}\n"
    assert closes(current) == [c + 4 for c in (4165.0, 4139.0, 26848.0)]


def test_a_reader_who_writes_spoils_only_his_own_version(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    spoilt = filled.places.current.resolve()
    spoilt.chmod(0o644)
    with analyst(WRITING, filled.places.current) as writer:
        assert writer.stdout.readline() == "written\n"
        moved = drawn("index_daily").with_columns(pl.col("close") + 1)
        at_once = Workspace(filled.settings, filled.clock)  # a flow that starts while he writes
        import_path(at_once, folder({"index_daily": moved}))
        assert closes(filled.places.current) == [4166.0, 4140.0, 26849.0]
        os.kill(writer.pid, 9)
    assert spoilt.with_name(f"{spoilt.name}.wal").exists()
    import_path(Workspace(filled.settings, filled.clock), folder({}))
    assert closes(filled.places.current) == [4166.0, 4140.0, 26849.0]
    for n in range(5):
        publish(filled.places, named(n))
    assert not list(filled.places.snapshots.glob("*.wal"))

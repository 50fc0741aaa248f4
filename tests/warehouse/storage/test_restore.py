"""A writer file that is lost, old or damaged is noticed
before it is replaced, and can be restored.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli.commands import app
from flows.ingestion.import_files import import_path
from flows.restore import restore_writer
from flows.workspace import Workspace
from warehouse.errors import InputRefused, PublishRefused, WarehouseDamaged, WarehouseUnavailable
from warehouse.records.deliveries import Step, record, standing
from warehouse.storage import publish, restore
from warehouse.storage.audit import audit, contents
from warehouse.storage.connection import log_of
from warehouse.storage.publish import published_sizes
from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.meta import State

Drawn = Callable[[str], pl.DataFrame]
Folder = Callable[..., Path]
BLOCK = 256 * 1024
ANN, BEN, CYD = "ann@example.org", "ben@example.org", "cyd@example.org"
THEN = datetime(2026, 1, 17, 2)


@pytest.fixture
def doctor() -> ModuleType:
    """It imports all that renders: no unit test of this folder waits for it."""
    from flows.monitoring import doctor

    return doctor


def later(ws: Workspace) -> Workspace:
    """A run that starts now."""
    return Workspace(ws.settings, ws.clock)


def step(recipient: str, state: State, number: int = 1, issue_id: str = "2026-W03") -> Step:
    return Step(
        issue_id=issue_id, revision=1, language="en", recipient=recipient, step=number, state=state,
        stepped_at=THEN, detail="", message_id="<m@example.org>", content_hash="c", eml="", eml_hash="",
    )  # fmt: skip


def letter(ws: Workspace, recipient: str) -> Path:
    """A letter in the outbox."""
    file = (
        ws.places.home
        / "outbox"
        / "2026-W03"
        / f"china-tech-briefing_2026-W03_en_r1_{recipient}_0123abcd.eml"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"Message-ID: <briefing.2026-W03.en.r1.1@example.org>\r\nTo: {recipient}\r\n\r\n"
    )
    return file


def where_all_stand(ws: Workspace) -> dict[str, State]:
    with later(ws).writing() as warehouse:
        return {s.recipient: s.state for s in standing(warehouse)}


def closes(path: Path) -> list[float]:
    with Reader.open(path) as reader:
        return reader.query("SELECT close FROM core.index_daily ORDER BY code")["close"].to_list()


def moved(ws: Workspace, folder: Folder, drawn: Drawn) -> None:
    """Other closes are imported and published."""
    import_path(
        later(ws), folder({"index_daily": drawn("index_daily").with_columns(pl.col("close") + 1)})
    )


def test_without_its_writer_a_home_is_left_as_it_is_and_restored(
    filled: Workspace, folder: Folder, drawn: Drawn, doctor: ModuleType
) -> None:
    shutil.rmtree(filled.places.writers)
    before = filled.places.current.read_bytes()
    with pytest.raises(
        WarehouseUnavailable, match=r"is gone, while .*`briefing restore \[SNAPSHOT\]`"
    ):
        moved(filled, folder, drawn)
    with pytest.raises(WarehouseUnavailable, match="briefing restore"):
        filled.publish()
    assert filled.places.current.read_bytes() == before
    assert not list(filled.places.writers.glob("*.duckdb"))
    (found,) = [f for f in doctor.warehouse(later(filled)) if f.matter == "warehouse"]
    assert (found.mark, "briefing restore" in found.says) == (doctor.Mark.BAD, True)

    told = CliRunner().invoke(app, ["restore"]).output
    assert "the old file cannot be read" in told
    assert "next: `briefing doctor`" in told
    assert closes(filled.places.current) == closes(filled.places.writer)
    moved(filled, folder, drawn)
    assert closes(filled.places.current) == [4166.0, 4140.0, 26849.0]


def test_an_older_writer_put_back_is_noticed(
    filled: Workspace, folder: Folder, drawn: Drawn, tmp_path: Path
) -> None:
    old = shutil.copy(filled.places.writer, tmp_path)
    moved(filled, folder, drawn)
    shutil.rmtree(filled.places.writers)
    filled.places.writers.mkdir()
    shutil.copy(old, filled.places.writers)
    words = r"older than what was published.*meta.load \d+ of \d+.*briefing restore"
    for use in (lambda: moved(filled, folder, drawn), later(filled).publish):
        with pytest.raises(WarehouseUnavailable, match=words):
            use()
    restore_writer(later(filled), None)
    assert closes(filled.places.writer) == [4166.0, 4140.0, 26849.0]
    assert [p.name for p in filled.places.writers.glob("before-restore-*")] == [
        f"before-restore-{Path(old).name}"
    ]


def test_in_a_copied_home_the_newest_version_is_the_one_published_last(
    at: Callable[..., Workspace], filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    """A copy gives files the times at which they were copied."""
    moved(at(2026, 1, 20, 11), folder, drawn)
    for seconds, version in enumerate(reversed(filled.places.versions)):
        os.utime(version, (seconds, seconds))
    shutil.rmtree(filled.places.writers)
    restore_writer(at(2026, 1, 20, 12), None)
    assert closes(filled.places.current) == [4166.0, 4140.0, 26849.0]


def test_a_named_version_is_restored_and_what_is_lost_is_said(
    filled: Workspace, folder: Folder, drawn: Drawn
) -> None:
    first = filled.places.current.resolve()
    moved(filled, folder, drawn)
    with pytest.raises(InputRefused, match=f"no snapshot yesterday.*{first.stem}"):
        restore_writer(later(filled), "yesterday")
    told = " ".join(restore_writer(later(filled), first.stem).report())
    assert "index_daily (3 rows)" in told
    assert "before-restore-warehouse-" in told
    assert closes(filled.places.current) == [4165.0, 4139.0, 26848.0]
    with later(filled).writing() as warehouse:  # it is not taken for an older file put back
        assert audit(warehouse) == []


def test_what_was_mailed_stays_known(filled: Workspace) -> None:
    with filled.writing() as warehouse:
        record(warehouse, [step(ANN, State.PREPARED), step(BEN, State.REFUSED)])
    filled.publish()
    with filled.writing() as warehouse:  # after the last publication, and in the writer alone
        record(warehouse, [step(ANN, State.SENT, 2)])
    letter(filled, ANN)
    lost = letter(filled, CYD)
    (lost.parent / "notes.eml").write_text("somebody else's")
    done = restore_writer(later(filled), None)
    assert where_all_stand(filled) == {ANN: State.SENT, BEN: State.REFUSED, CYD: State.UNKNOWN}
    assert [s.recipient for s in done.unknown] == [CYD]
    assert "cyd@example.org" in " ".join(done.report())
    assert restore_writer(later(filled), None).unknown == []


def test_a_ledger_that_a_file_of_an_earlier_version_lacks_is_passed_over(filled: Workspace) -> None:
    wanted = ["mart.issue", "meta.of_tomorrow", "meta.load"]
    found = [table for table, _ in restore._read(filled.places.current, wanted)]
    assert found == ["mart.issue", "meta.load"]


def test_without_the_newest_ledger_nothing_is_sent_again_by_itself(filled: Workspace) -> None:
    with filled.writing() as warehouse:
        record(warehouse, [step(ANN, State.PREPARED), step(BEN, State.SENT)])
    filled.publish()
    shutil.rmtree(filled.places.writers)
    letter(filled, CYD).write_bytes(b"")
    restore_writer(later(filled), None)
    assert where_all_stand(filled) == {ANN: State.UNKNOWN, BEN: State.SENT, CYD: State.UNKNOWN}


@pytest.mark.parametrize("step_", ["copied", "set_aside", "adopt", "release"])
def test_a_restoration_that_is_killed_can_be_run_again(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, step_: str
) -> None:
    """Before each step, and in the middle of setting aside."""
    with filled.writing() as warehouse:
        record(warehouse, [step(ANN, State.SENT)])
    assert log_of(filled.places.writer).exists()

    def killed(*_: object) -> None:
        if step_ == "set_aside":
            writer = filled.places.writer
            writer.rename(writer.with_name(f"before-restore-{writer.name}"))
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(restore, step_, killed)
        with pytest.raises(KeyboardInterrupt):
            restore_writer(later(filled), None)
    restore_writer(later(filled), None)
    assert where_all_stand(filled) == {ANN: State.SENT}
    names = sorted(p.name for p in filled.places.writers.iterdir())
    assert not [n for n in names if n.endswith(".tmp") or n == "next.tmp.wal"]
    assert sum(n.startswith("before-restore-") for n in names) >= 2  # the file and its log
    assert filled.publish()


def test_foreign_files_are_left_alone(filled: Workspace, folder: Folder, drawn: Drawn) -> None:
    foreign = [
        filled.places.writers / "warehouse-old.duckdb",
        filled.places.writers / "warehouse-000099.duckdb.bak",
        filled.places.writers / "notes.tmp",
        filled.places.snapshots / "mine.duckdb",
        filled.places.snapshots / "half.tmp",
    ]
    for file in foreign:
        file.write_bytes(b"somebody else's")
    for _ in range(3):
        publish.publish(filled.places, "20260120T030000-aaaaaa", keep=1)
    moved(filled, folder, drawn)
    restore_writer(later(filled), None)
    assert [f.read_bytes() for f in foreign] == [b"somebody else's"] * len(foreign)
    assert closes(filled.places.current) == [4166.0, 4140.0, 26849.0]


def flipped(file: Path, at: int, bit: int) -> None:
    with file.open("r+b") as handle:
        handle.seek(at)
        (byte,) = handle.read(1)
        handle.seek(at)
        handle.write(bytes([byte ^ 1 << bit]))


def test_a_flipped_bit_is_found_wherever_it_is(filled: Workspace, tmp_path: Path) -> None:
    """In headers and blocks of core, raw, mart and meta: found, or the data are what they were."""
    good, bad = filled.places.current.resolve(), tmp_path / "bad.duckdb"
    with Reader.open(good) as reader:
        whole = contents(reader)
    chance, found = random.Random(20260113), 0
    blocks = good.stat().st_size // BLOCK
    for _ in range(12):
        shutil.copyfile(good, bad)
        place = 3 * 4096 + chance.randrange(blocks) * BLOCK + chance.randrange(BLOCK // 4)
        flipped(bad, place, chance.randrange(8))
        try:
            with Reader.open(bad) as reader:
                assert contents(reader) == whole, place
        except WarehouseUnavailable:  # WarehouseDamaged, or it does not even open
            found += 1
    assert found >= 6


@pytest.fixture
def spoilt(filled: Workspace) -> Workspace:
    """A home with a row of mart.issue, and the block that holds it flipped in the writer."""
    row = {
        "issue_id": "2026-W03", "revision": 1, "as_of": THEN.date(), "language": "en",
        "content_hash": "h", "headline": "a headline of this length is found in the file",
        "path": "p", "rendered_at": THEN, "requested": None, "files": None,
    }  # fmt: skip
    with filled.writing() as warehouse:
        warehouse.append("mart.issue", [row])
    filled.publish()
    writer = filled.places.writer
    flipped(writer, writer.read_bytes().index(b"a headline of this length"), 3)
    return later(filled)


def test_a_damaged_mart_is_neither_published_nor_passed_over_by_doctor(
    spoilt: Workspace, doctor: ModuleType
) -> None:
    before = spoilt.places.current.readlink()
    with pytest.raises(PublishRefused, match=r"damaged.*Readers keep.*`briefing restore`"):
        spoilt.publish()
    assert spoilt.places.current.readlink() == before
    assert len(spoilt.places.generations) == 1
    by_matter = {f.matter: f for f in doctor.warehouse(spoilt)}
    assert by_matter["warehouse"].mark == doctor.Mark.BAD
    assert "briefing restore" in by_matter["warehouse"].says
    assert by_matter["readers"].mark == doctor.Mark.GOOD
    restore_writer(spoilt, None)
    assert spoilt.publish()
    assert {f.mark for f in doctor.warehouse(spoilt)} == {doctor.Mark.GOOD}


def test_a_damaged_version_is_named_by_doctor_and_not_restored(
    spoilt: Workspace, doctor: ModuleType
) -> None:
    newest = spoilt.places.current.resolve()
    newest.chmod(0o644)
    flipped(newest, newest.read_bytes().index(b"a headline of this length"), 3)
    by_matter = {f.matter: f for f in doctor.warehouse(spoilt)}
    assert (by_matter["readers"].mark, "briefing run" in by_matter["readers"].says) == (
        doctor.Mark.BAD,
        True,
    )
    with pytest.raises(WarehouseUnavailable, match="is damaged"):
        restore_writer(spoilt, newest.stem)
    assert restore_writer(spoilt, None).version != newest.name


def test_a_damaged_block_met_while_loading_is_said_with_its_remedy(filled: Workspace) -> None:
    writer = filled.places.writer
    with filled.writing() as warehouse:
        warehouse.connection.execute("CREATE TABLE mart.long AS SELECT repeat('0123', 5000) AS t")
    filled.publish()
    writer = filled.places.writer
    flipped(writer, writer.read_bytes().index(b"0123" * 50), 3)
    with (
        pytest.raises(WarehouseDamaged, match=r"(?s)damaged.*briefing restore"),
        Warehouse.writing(writer) as warehouse,
    ):
        warehouse.connection.execute("SELECT max(t) FROM mart.long").fetchall()


def test_a_damaged_log_is_said_with_its_remedy(filled: Workspace) -> None:
    with filled.writing() as warehouse:
        record(warehouse, [step(ANN, State.SENT)])
    log = log_of(filled.places.writer)
    flipped(log, log.stat().st_size // 2, 3)
    for use in (lambda: where_all_stand(filled), later(filled).publish):
        with pytest.raises(WarehouseDamaged, match=r"cannot be opened.*briefing restore"):
            use()
    restore_writer(later(filled), None)
    assert where_all_stand(filled) == {}


def test_published_sizes_of_a_bare_home_demand_nothing(ws: Workspace) -> None:
    assert published_sizes(ws.places) == {}

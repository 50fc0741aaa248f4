"""Places and versions: which files are ours, in which order they stand, and what stays of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.errors import PublishRefused, WarehouseUnavailable
from warehouse.storage import publish as publication
from warehouse.storage.publish import (
    KEPT,
    Places,
    adopt,
    insist_on_newest,
    insist_on_soundness,
    ours_in,
    release,
    sweep,
)

V1, V2, V3 = (f"20260120T03000{n}-abcdef" for n in (1, 2, 3))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path)
    made.writers.mkdir()
    made.snapshots.mkdir()
    return made


def touched(folder: Path, *names: str) -> list[Path]:
    """Files of these names, each a second younger than the one before."""
    files = [folder / name for name in names]
    for age, file in enumerate(files):
        file.touch()
        os.utime(file, (1_000 + age, 1_000 + age))
    return files


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_generations_stand_by_their_number_and_other_files_are_not_ours(places: Places) -> None:
    touched(places.writers, "warehouse-1000000.duckdb", "warehouse-000002.duckdb", "warehouse-02.duckdb",
            "warehouse-000003.duckdb.wal", "mine.duckdb")  # fmt: skip
    (places.writers / "warehouse-000004.duckdb").mkdir()
    assert [p.stem for p in places.generations] == ["warehouse-000002", "warehouse-1000000"]
    assert places.writer.stem == "warehouse-1000000"
    assert ours_in(places.home / "nowhere", publication.GENERATION) == []


def test_the_first_writer_is_number_one_unless_a_version_was_published(places: Places) -> None:
    assert places.writer == places.writers / "warehouse-000001.duckdb"
    touched(places.snapshots, f"{V1}.duckdb")
    with pytest.raises(WarehouseUnavailable, match=rf"is gone, while .*{V1}.duckdb was published"):
        _ = places.writer


def test_versions_stand_by_their_time_and_the_one_that_readers_have_is_the_newest(
    places: Places,
) -> None:
    touched(places.snapshots, f"{V2}.duckdb", f"{V1}-2.duckdb", f"{V1}.duckdb", "mine.duckdb")
    assert [p.stem for p in places.versions] == [V2, f"{V1}-2", V1]
    places.current.symlink_to(Path("snapshots") / f"{V2}.duckdb")
    assert [p.stem for p in places.versions] == [f"{V1}-2", V1, V2]


def test_what_was_left_unfinished_is_swept_and_nothing_else(places: Places) -> None:
    touched(places.writers, "next.tmp", "next.tmp.wal", "other.tmp", "warehouse-000001.duckdb")
    touched(places.snapshots, f"{V1}.tmp", f"{V1}-3.tmp.wal", f"{V1}.duckdb")
    sweep(places)
    assert names(places.writers) == ["other.tmp", "warehouse-000001.duckdb"]
    assert names(places.snapshots) == [f"{V1}.duckdb"]


@pytest.mark.parametrize(
    ("there", "next_"),
    [
        ([], "warehouse-000001.duckdb"),
        (["warehouse-000001.duckdb"], "warehouse-000002.duckdb"),
        (["warehouse-000009.duckdb", "warehouse-000010.duckdb"], "warehouse-000011.duckdb"),
        (["before-restore-warehouse-000004.duckdb"], "warehouse-000005.duckdb"),
    ],
)
def test_no_number_is_used_twice(places: Places, there: list[str], next_: str) -> None:
    touched(places.writers, *there, "next.tmp")
    adopt(places)
    assert names(places.writers) == sorted([*there, next_])


@pytest.mark.parametrize(
    ("keep", "left"), [(1, [V3]), (2, [V2, V3]), (3, [V1, V2, V3]), (9, [V1, V2, V3])]
)
def test_readers_are_on_the_new_version_and_the_newest_ones_stay(
    places: Places, keep: int, left: list[str]
) -> None:
    touched(places.snapshots, f"{V1}.duckdb", f"{V2}.duckdb")
    touched(places.snapshots, f"{V1}.duckdb.wal", f"{V2}.duckdb.wal")
    places.current.symlink_to(Path("snapshots") / f"{V2}.duckdb")
    (copy,) = touched(places.snapshots, f"{V3}.tmp")
    target = release(places, copy, keep)
    assert target == places.snapshots / f"{V3}.duckdb"
    assert places.current.readlink() == Path("snapshots") / f"{V3}.duckdb"
    assert [
        p.stem for p in ours_in(places.snapshots, publication.SNAPSHOT) if p.stem not in left
    ] == []
    logs = [f"{v}.duckdb.wal" for v in left if v != V3]
    assert names(places.snapshots) == sorted([*(f"{v}.duckdb" for v in left), *logs])
    assert KEPT == 5


def test_a_version_whose_name_is_taken_gets_the_next_number(places: Places) -> None:
    unused = publication._unused
    assert unused(places.snapshots, V1).stem == V1
    touched(places.snapshots, f"{V1}.duckdb", f"{V1}-2.duckdb")
    assert unused(places.snapshots, V1).stem == f"{V1}-3"
    with pytest.raises(ValueError, match="is no name of a version"):
        unused(places.snapshots, "mine")


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"meta.load": 5, "mart.issue": 1}, None),
        ({"meta.load": 6, "mart.issue": 2}, None),
        ({"meta.load": 1_234, "mart.issue": 0}, r"it has mart.issue 0 of 1\. Nothing"),
        ({"meta.load": 4, "mart.issue": 0}, r"it has meta.load 4 of 5, mart.issue 0 of 1\."),
    ],
)
def test_a_writer_that_lacks_what_was_published_is_an_older_file(
    monkeypatch: pytest.MonkeyPatch, there: dict[str, int], said: str | None
) -> None:
    monkeypatch.setattr(publication, "sizes", lambda _: there)
    known = {"meta.load": 5, "mart.issue": 1}
    if said is None:
        insist_on_newest(None, known)  # type: ignore[arg-type]
        return
    with pytest.raises(WarehouseUnavailable, match=said):
        insist_on_newest(None, known)  # type: ignore[arg-type]


def test_contradictions_are_all_told_and_refuse_a_publication(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[str] = []
    monkeypatch.setattr(publication, "audit", lambda _, only: [*found, *only])
    insist_on_soundness(None)  # type: ignore[arg-type]
    found += ["one", "two"]
    with pytest.raises(PublishRefused, match=r"^not published: one; two\. Readers keep"):
        insist_on_soundness(None)  # type: ignore[arg-type]
    found.clear()
    with pytest.raises(PublishRefused, match="not published: of some"):
        insist_on_soundness(None, ["of some"])  # type: ignore[arg-type, list-item]


def test_what_cannot_be_finished_leaves_nothing_even_by_ctrl_c(places: Places) -> None:
    touched(places.writers, "next.tmp")
    with pytest.raises(KeyboardInterrupt), publication._nothing_left(places):
        raise KeyboardInterrupt
    assert names(places.writers) == []

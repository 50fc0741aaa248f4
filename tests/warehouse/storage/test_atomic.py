"""Files of a home are whole, and nobody else's, whatever the umask is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.storage import atomic
from warehouse.storage.atomic import private_folder, write_atomically


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("umask")
def test_only_the_owner_reads_what_is_written(tmp_path: Path) -> None:
    file = tmp_path / "home" / "outbox" / "letter.eml"
    write_atomically(file, b"Dear reader")
    assert file.read_bytes() == b"Dear reader"
    assert (mode(file), mode(file.parent), mode(tmp_path / "home")) == (0o600, 0o700, 0o700)


@pytest.mark.usefixtures("umask")
def test_a_mode_that_is_asked_for_is_kept(tmp_path: Path) -> None:
    write_atomically(tmp_path / "edition.pdf", b"%PDF", mode=0o444)
    write_atomically(tmp_path / "edition.pdf", b"%PDF-1.7", mode=0o444)
    assert mode(tmp_path / "edition.pdf") == 0o444
    assert (tmp_path / "edition.pdf").read_bytes() == b"%PDF-1.7"


def test_a_folder_that_is_there_is_never_changed(tmp_path: Path) -> None:
    shared = tmp_path / "home"
    shared.mkdir()
    shared.chmod(0o755)
    private_folder(shared / "raw")
    assert (mode(shared), mode(shared / "raw")) == (0o755, 0o700)


def test_a_write_that_fails_keeps_the_old_file_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "letter.eml"
    write_atomically(file, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_killed_process_left_is_not_followed(tmp_path: Path) -> None:
    """A link under the unfinished name would let the content land elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"theirs")
    (tmp_path / "letter.eml.tmp").symlink_to(elsewhere)
    write_atomically(tmp_path / "letter.eml", b"ours")
    assert elsewhere.read_bytes() == b"theirs"
    assert (tmp_path / "letter.eml").read_bytes() == b"ours"

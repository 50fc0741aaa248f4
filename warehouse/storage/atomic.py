"""Files that are whole, durable and private: there with all their bytes, or not there at all.

What lies in a home belongs to its operator, whatever umask a shell or a supervisor has.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = 0o700
FILE = 0o600


def write_atomically(path: Path, content: bytes, mode: int = FILE) -> None:
    """The file bears its name once all of it is on the disk; its folder is made if need be.

    An older file of that name stays whole until then. A write that fails leaves nothing behind.
    """
    private_folder(path.parent)
    unfinished = path.with_name(f"{path.name}.tmp")
    unfinished.unlink(missing_ok=True)  # of a process that was killed, or a link laid by somebody
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)  # the umask took bits away, or the mode is wider
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    sync(path.parent)


def private_folder(path: Path) -> None:
    """The folder, for its owner only where it has to be made; one that exists stays as it is."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(FOLDER, exist_ok=True)  # another process may have been first
        folder.chmod(FOLDER)  # whatever the umask took away


def sync(path: Path) -> None:
    """A file's content, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

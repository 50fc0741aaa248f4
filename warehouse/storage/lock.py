"""One writer at a time: a lock on a file, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import WarehouseBusy
from warehouse.storage.atomic import FILE, private_folder

PATIENCE = 600.0  # seconds


@contextmanager
def writer_lock(path: Path, wait_seconds: float = PATIENCE) -> Iterator[None]:
    """One writer at a time, on this machine; the lock ends with the process that holds it."""
    private_folder(path.parent)
    if not path.exists():
        path.touch(FILE)
    deadline = time.monotonic() + wait_seconds
    with path.open("a+", encoding="utf-8") as handle:
        while not _locked(handle.fileno()):
            if time.monotonic() > deadline:
                handle.seek(0)
                message = (
                    f"another run (process {handle.read() or 'unknown'}) has been writing for "
                    f"{wait_seconds:.0f} s; wait for it, or stop that process"
                )
                raise WarehouseBusy(message)
            time.sleep(0.2)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Room on the disk: what a weekly run needs, and what there is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from flows.workspace import Workspace

SPARE = 1_000_000_000  # bytes that a weekly run may need besides the copies of the warehouse
COPIES = 3  # of the writer file that lie side by side while it is published


@dataclass(frozen=True)
class Room:
    """Bytes at a home."""

    home: Path
    free: int
    wanted: int

    @property
    def enough(self) -> bool:
        return self.free >= self.wanted

    @property
    def said(self) -> str:
        return f"{self.free / 1e9:,.1f} GB free at {self.home}, {self.wanted / 1e9:,.1f} GB wanted"


def room_of(ws: Workspace) -> Room:
    """The room at the home, or where it will be made."""
    home = ws.settings.home
    there = next(p for p in (home, *home.parents) if p.exists())
    wanted = SPARE + COPIES * sum(file.stat().st_size for file in ws.places.generations[-1:])
    return Room(home, shutil.disk_usage(there).free, wanted)

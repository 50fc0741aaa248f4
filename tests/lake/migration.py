"""A program that migrates a home into the lake of the settings, and names each part as it comes.

python -m tests.lake.migration HOME
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from flows.lake import migrated
from flows.progress import Watcher, watched
from tests.homes import LATER, evening
from warehouse.storage import migrate


class Naming(Watcher):
    """Says what is being done."""

    def step(self, what: str, done: int, total: int, requests: Mapping[str, int]) -> None:
        print(f"{done} of {total}: {what}", flush=True)


MONTHS_FROM = 20_000  # rows; smaller tables than a team's go month by month here


if __name__ == "__main__":
    migrate.LARGE = MONTHS_FROM
    with watched(Naming()):
        for line in migrated(evening(Path(sys.argv[1]), LATER)):
            print(line, flush=True)

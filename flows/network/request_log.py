"""The log of requests: quota and circuits outlive the process that counted them."""

from __future__ import annotations

import csv
import logging
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Self

from flows.network.circuit_breaker import BLOCK_PAGE, CircuitBreaker
from flows.network.rate_limit import RateLimiter
from warehouse.storage.atomic import FILE, private_folder

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RequestLog:
    """Every request of a day, one line each: quota and circuits are rebuilt from it.

    Columns: Unix time, host, status (or the class of the failure), file of the body, address.
    """

    path: Path

    @classmethod
    def of_day(cls, folder: Path, moment: datetime) -> Self:
        """The log of a day in Shanghai, in the folder of all that was received."""
        return cls(folder / f"{moment:%Y-%m-%d}" / "requests.csv")

    def add(self, at: datetime, host: str, status: str, body: str, url: str) -> None:
        private_folder(self.path.parent)
        self.path.touch(FILE)
        with self.path.open("a", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerow([f"{at.timestamp():.3f}", host, status, body, url])

    def lines(self) -> list[list[str]]:
        """The lines that can be read; one that was torn or overwritten counts for nothing."""
        return [list(fields) for line in self._raw() if (fields := parsed(line)) is not None]

    def resume(self, limiter: RateLimiter, breaker: CircuitBreaker, at: datetime) -> None:
        """Bring both to where the requests so far have left them."""
        lines = self.lines()
        if lost := len(self._raw()) - len(lines):
            LOG.warning("%s: %d damaged lines are left out of the day's count", self.path, lost)
        self._end_last_line()
        for stamp, host, status, *_ in lines:
            then = min(float(stamp), at.timestamp())  # no request was sent in the future
            breaker.note(then, host, status)
            if status != BLOCK_PAGE:
                limiter.note(then, host, at)

    def _raw(self) -> list[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else []

    def _end_last_line(self) -> None:
        """What a kill has torn is a line of its own, so that the next one is whole."""
        if self.path.exists() and not self.path.read_bytes().endswith(b"\n"):
            with self.path.open("ab") as handle:
                handle.write(b"\r\n")


def spent_today(home: Path, now: datetime) -> Counter[str]:
    """The requests of the day in Shanghai to each host, as they count for its quota."""
    log = RequestLog.of_day(home / "raw", now)
    return Counter(host for _, host, status, *_ in log.lines() if status != BLOCK_PAGE)


@lru_cache(maxsize=50_000)  # each dataset of a run resumes from the same log
def parsed(line: bytes) -> tuple[str, ...] | None:
    """Time, host, status, file and address of a request; None if the line is none of ours."""
    try:
        fields = next(csv.reader([line.decode("utf-8")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    ours = (r"\d{1,12}\.\d{3}", r"[\w.:-]*", r"\d{3}|[A-Za-z ]+", r"[^\0]*", r"[^\0]*")
    sound = len(fields) == len(ours) and all(
        re.fullmatch(pattern, field, re.ASCII) for pattern, field in zip(ours, fields, strict=True)
    )
    return tuple(fields) if sound else None

"""Answers of a back-fill that are not loaded yet, so that none is requested again after a kill.

Rows are checked and loaded many answers at a time. Until then each lies in a file of its own; the
next run reads it from there, if it wants the same days.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import polars as pl

from flows.workspace import Workspace
from warehouse.catalog import Call, Dataset
from warehouse.records.collection_log import Answer, arguments
from warehouse.storage.atomic import write_atomically

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Pending:
    """The answers of one dataset that were received and not loaded."""

    ws: Workspace
    dataset: Dataset

    def path(self, call: Call) -> Path:
        last = max(call.days, default="")
        what = f"{self.dataset.name} {call.function} {arguments(call)} {call.label} {last}"
        digest = hashlib.sha256(what.encode()).hexdigest()[:32]
        return self.ws.settings.home / "raw" / "pending" / f"{digest}.parquet"

    def add(self, answer: Answer) -> None:
        """Keep an answer as it was published."""
        body = BytesIO()
        said = {"at": self.ws.now_utc.isoformat(), "bodies": json.dumps(answer.bodies)}
        answer.published.write_parquet(body, metadata=said)
        write_atomically(self.path(answer.call), body.getvalue())

    def find(self, call: Call) -> tuple[pl.DataFrame, list[str]] | None:
        """An answer as published, and its bodies, if a run of this day has received it."""
        path = self.path(call)
        if not path.exists():
            return None
        said = pl.read_parquet_metadata(path)
        if self.ws.now_utc.isoformat() < said["at"] or self._old(said["at"]):
            return None
        return pl.read_parquet(path), json.loads(said["bodies"])

    def _old(self, at: str) -> bool:
        return at < (self.ws.now_utc - KEPT).isoformat()

    def drop(self, calls: Iterable[Call]) -> None:
        """Forget answers that are loaded, or refused."""
        for call in calls:
            self.path(call).unlink(missing_ok=True)

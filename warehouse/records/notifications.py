"""The record of alerts: steps are only ever added, as in that of deliveries.

SENDING is committed before a service is called, so that a run that dies in between sends nothing
twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Self

from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.meta import State

INTERRUPTED = "the run ended while a service was being called; whether it accepted this is unknown"


@dataclass(frozen=True)
class Alert:
    """One row of meta.notification: how far the alert of one event is."""

    kind: str
    key: str
    step: int
    state: State
    stepped_at: datetime  # naive UTC
    subject: str
    body: str
    detail: str

    def then(self, state: State, detail: str, at: datetime) -> Self:
        """The step that follows this one."""
        return replace(self, step=self.step + 1, state=state, detail=detail, stepped_at=at)

    @property
    def attempts(self) -> int:
        """How often services were called: each attempt is SENDING and its outcome."""
        return self.step // 2


def standing(reader: Reader) -> dict[tuple[str, str], Alert]:
    """The last step of every event, by kind and key."""
    rows = reader.query("FROM meta.notification ORDER BY step, rowid").iter_rows(named=True)
    steps = (Alert(**row | {"state": State(row["state"])}) for row in rows)
    return {(step.kind, step.key): step for step in steps}


def record(warehouse: Warehouse, steps: Sequence[Alert]) -> None:
    """Adds the steps; they are on the disk when this returns, all of them or none."""
    if steps:
        with warehouse.transaction():
            warehouse.append("meta.notification", [asdict(step) for step in steps])


def settle_interrupted(warehouse: Warehouse, at: datetime) -> None:
    """What a dead run left in SENDING is UNKNOWN. Only while nobody is sending."""
    dead = [s for s in standing(warehouse).values() if s.state == State.SENDING]
    record(warehouse, [s.then(State.UNKNOWN, INTERRUPTED, at) for s in dead])

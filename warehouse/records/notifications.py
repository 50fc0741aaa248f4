"""The ledger of what the operator was told: steps are only ever added, as in that of deliveries.

SENDING is committed before a service is asked, so that a run that dies in between never tells twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Self

from warehouse.storage.store import Reader, Warehouse
from warehouse.tables.meta import State

INTERRUPTED = "the run ended while a service was being asked; whether it took this is unknown"


@dataclass(frozen=True)
class Told:
    """One row of meta.notification: how far the telling of one event is."""

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
        """How often services were asked: each attempt is SENDING and its outcome."""
        return self.step // 2


def standing(reader: Reader) -> dict[tuple[str, str], Told]:
    """The last step of every event, by kind and key."""
    rows = reader.query("FROM meta.notification ORDER BY step, rowid").iter_rows(named=True)
    steps = (Told(**row | {"state": State(row["state"])}) for row in rows)
    return {(step.kind, step.key): step for step in steps}


def record(warehouse: Warehouse, steps: Sequence[Told]) -> None:
    """Adds the steps; they are on the disk when this returns, all of them or none."""
    if steps:
        with warehouse.transaction():
            warehouse.append("meta.notification", [asdict(step) for step in steps])


def settle_interrupted(warehouse: Warehouse, at: datetime) -> None:
    """What a dead run left in SENDING is UNKNOWN. Only while nobody is telling."""
    dead = [s for s in standing(warehouse).values() if s.state == State.SENDING]
    record(warehouse, [s.then(State.UNKNOWN, INTERRUPTED, at) for s in dead])

"""The work pool and its automation: made once, however often the server starts."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.exceptions import ObjectNotFound

from flows.service import pool as of_workers
from flows.service.pool import (
    AUTOMATION,
    automation,
    ensure_automation,
    ensure_pool,
    leave_to_workers,
)
from flows.settings import Schedule


@dataclass
class Server:
    """Holds pools and automations, and answers as far as it is asked."""

    pools: list[Any] = field(default_factory=list)
    automations: dict[UUID, Any] = field(default_factory=dict)

    def read_work_pool(self, name: str) -> Any:
        found = [pool for pool in self.pools if pool.name == name]
        if not found:
            raise ObjectNotFound(http_exc=None)
        return found[0]

    def create_work_pool(self, pool: Any) -> None:
        self.pools.append(pool)

    def read_automations_by_name(self, name: str) -> list[Any]:
        held = self.automations.items()
        return [SimpleNamespace(id=key, name=one.name) for key, one in held if one.name == name]

    def create_automation(self, one: Any) -> None:
        self.automations[uuid4()] = one

    def update_automation(self, key: UUID, one: Any) -> None:
        self.automations[key] = one

    def delete_automation(self, key: UUID) -> None:
        del self.automations[key]


def test_a_pool_of_processes_is_made_once():
    server = Server()
    for _ in range(2):
        ensure_pool(server, "briefing")
    assert [(p.name, p.type) for p in server.pools] == [("briefing", "process")]


def test_the_automation_is_there_once_and_is_of_this_version():
    server = Server()
    others, old = automation(), automation()
    others.name, old.enabled = "of somebody else", False
    server.automations = {uuid4(): others, uuid4(): old, uuid4(): old}
    for _ in range(2):
        ensure_automation(server)
    assert sorted(a.name for a in server.automations.values()) == [AUTOMATION, others.name]
    (ours,) = (a for a in server.automations.values() if a.name == AUTOMATION)
    assert ours.enabled


def test_a_run_that_ends_is_not_taken_for_a_silent_one():
    trigger = automation().trigger
    assert trigger.after == {"prefect.flow-run.heartbeat"} < trigger.expect
    ends = {"Completed", "Failed", "Cancelled", "Crashed"}
    assert {e.rpartition(".")[2] for e in trigger.expect} == ends | {"heartbeat"}


@pytest.mark.parametrize("lake", [True, False])
def test_what_is_due_is_left_to_the_workers_of_a_pool_and_each_says_that_it_lives(
    monkeypatch, lake
):
    server, applied = Server(), []

    class Deployment:
        job_variables: dict[str, Any]

        def apply(self, work_pool_name: str) -> None:
            applied.append((work_pool_name, self.job_variables))

    def due(schedule: Schedule, *, lake: bool) -> list[Deployment]:
        assert schedule == Schedule()
        return [Deployment()] * (2 if lake else 1)

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(of_workers, "get_client", lambda **_: nullcontext(server))
    monkeypatch.setattr(of_workers, "deployments", due)
    monkeypatch.setattr(of_workers, "watching", nullcontext)
    event = SimpleNamespace(wait=interrupted)
    monkeypatch.setattr(of_workers, "threading", SimpleNamespace(Event=lambda: event))

    leave_to_workers(Schedule(), "briefing", lake=lake)

    beats = {"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}}
    assert applied == [("briefing", beats)] * (2 if lake else 1)
    assert [one.name for one in server.pools] == ["briefing"]
    assert [one.name for one in server.automations.values()] == [AUTOMATION]

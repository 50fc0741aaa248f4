"""The work pool and its automation: made once, however often the server starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from prefect.exceptions import ObjectNotFound

from flows.service.pool import AUTOMATION, automation, ensure_automation, ensure_pool


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

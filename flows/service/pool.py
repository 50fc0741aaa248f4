"""A Prefect work pool: process workers run the flows, and a run whose worker is gone is Crashed.

Prefect would keep the run of a worker that was killed Running for ever. Runs say every half minute
that they live; an automation of the server closes one that is silent for three times as long.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectNotFound

from flows.monitoring.watch import watching
from flows.service.deployments import deployments
from flows.settings import Schedule

BEAT = timedelta(seconds=30)  # the shortest that Prefect sends
SILENCE = 3 * BEAT
AUTOMATION = "briefing: close runs whose worker is gone"
ENDS = ("Completed", "Failed", "Cancelled", "Crashed")


def leave_to_workers(schedule: Schedule, pool: str, *, lake: bool) -> None:
    """Register what is due with a work pool, and wait until interrupted; workers run it."""
    with get_client(sync_client=True) as client:
        ensure_pool(client, pool)
        ensure_automation(client)
    for one in deployments(schedule, lake=lake):
        one.job_variables = {"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(BEAT.seconds)}}
        one.apply(work_pool_name=pool)
    with suppress(KeyboardInterrupt), watching():
        threading.Event().wait()


def ensure_pool(client: SyncPrefectClient, name: str) -> None:
    """The pool of process workers, made if there is none."""
    try:
        client.read_work_pool(name)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=name, type="process"))


def ensure_automation(client: SyncPrefectClient) -> None:
    """The automation as this version wants it: once, however often the server is started."""
    there = client.read_automations_by_name(AUTOMATION)
    if not there:
        client.create_automation(automation())
        return
    client.update_automation(there[0].id, automation())
    for double in there[1:]:
        client.delete_automation(double.id)


def automation() -> AutomationCore:
    """A run that has said once that it lives, and then neither says so nor ends, is Crashed."""
    beat = "prefect.flow-run.heartbeat"
    silent = EventTrigger(
        match={"prefect.resource.id": ["prefect.flow-run.*"]},
        after={beat},
        expect={beat, *(f"prefect.flow-run.{end}" for end in ENDS)},
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=SILENCE,
    )
    told = f"its worker was silent for {SILENCE.seconds} s"
    closed = ChangeFlowRunState(name=None, state=StateType.CRASHED, message=told, force=False)
    return AutomationCore(name=AUTOMATION, trigger=silent, actions=[closed])

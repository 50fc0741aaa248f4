"""After a crash or a pause: runs that died are closed, and of those that were missed one is left.

Prefect would keep a dead run Running for ever, and it would hold its deployment's place; and it
would execute everything that became due meanwhile, the oldest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Cancelled, Crashed

UNFINISHED = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
MANY = 200


def tidy(now: datetime) -> list[str]:
    """What was closed and what was skipped, in words. Only while no runner serves this server."""
    with get_client(sync_client=True) as client:
        return [*close_dead(client), *skip_superseded(client, now)]


def close_dead(client: SyncPrefectClient) -> list[str]:
    """Runs whose process cannot live any more are Crashed; they go on where they stopped."""
    dead = served_runs(client, UNFINISHED)
    for run in dead:
        closed: State[object] = Crashed(message="its runner ended")
        client.set_flow_run_state(run.id, closed, force=True)
    return [f"run {run.name} had died with its runner; it is closed as Crashed" for run in dead]


def skip_superseded(client: SyncPrefectClient, now: datetime) -> list[str]:
    """Of the scheduled runs that were missed, the newest of each deployment stays due."""
    missed = [r for r in served_runs(client, [StateType.SCHEDULED], now) if r.auto_scheduled]
    newest: dict[UUID | None, FlowRun] = {
        r.deployment_id: r for r in sorted(missed, key=lambda r: due(r, now))
    }
    superseded = [r for r in missed if newest[r.deployment_id].id != r.id]
    for run in superseded:
        later = due(newest[run.deployment_id], now)
        reason = f"missed, and superseded by the run of {later:%Y-%m-%d %H:%M} UTC"
        skipped: State[object] = Cancelled(message=reason)
        client.set_flow_run_state(run.id, skipped, force=True)
    return [f"run {r.name} of {due(r, now):%Y-%m-%d %H:%M} UTC is superseded" for r in superseded]


def due(run: FlowRun, otherwise: datetime) -> datetime:
    """When a run should have started (UTC)."""
    return run.expected_start_time or otherwise


def served_runs(
    client: SyncPrefectClient, states: Sequence[StateType], before: datetime | None = None
) -> list[FlowRun]:
    """The runs of deployments in one of these states, those expected before a moment."""
    expected = (
        FlowRunFilterExpectedStartTime.model_validate({"before_": before.astimezone(UTC)})
        if before
        else None
    )
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))),
            deployment_id=FlowRunFilterDeploymentId(is_null_=False),
            expected_start_time=expected,
        ),
        limit=MANY,
    )

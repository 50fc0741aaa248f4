"""After a crash or a pause: dead runs are closed, the last one cut off is run again.

Prefect would keep a dead run Running for ever, and it would hold its deployment's place; it would
execute everything that became due meanwhile, the oldest first, and forget what was cut off.

A run is made up as itself: its parameters, the time it was due, its place in the schedule and its
history stay, so it stands for the same day and cannot run twice.
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
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled, Crashed, Scheduled

from warehouse.shanghai import SHANGHAI

UNFINISHED = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
MANY = 200
MADE_UP = "MadeUp"  # the state of a run that waits to be executed once more
MAKE_UPS = 2  # a run that takes its process down each time is not tried for ever


def tidy(now: datetime) -> list[str]:
    """What was closed, skipped and made up, in words. Only while no runner serves this server."""
    with get_client(sync_client=True) as client:
        return [*close_dead(client), *skip_superseded(client, now), *make_up(client, now)]


def close_dead(client: SyncPrefectClient) -> list[str]:
    """Runs whose process cannot live any more are Crashed, or Cancelled where that was wanted.

    Those of a work pool have processes of their own, which may live; see `flows.service.pool`.
    """
    dead = [run for run in served_runs(client, UNFINISHED) if run.work_pool_name is None]
    for run in dead:
        cancelled = run.state_type == StateType.CANCELLING
        closed: State[object] = (Cancelled if cancelled else Crashed)(message="its runner ended")
        client.set_flow_run_state(run.id, closed, force=True)
    return [f"run {run.name} had died with its runner and is closed" for run in dead]


def make_up(client: SyncPrefectClient, now: datetime) -> list[str]:
    """Of each deployment the last scheduled run that was cut off is due again, if it has a use."""
    crashed = [r for r in served_runs(client, [StateType.CRASHED], now) if r.auto_scheduled]
    last = newest_of_each(crashed, now).values()
    return [again(client, run, now) for run in last if not replaced(client, run, now)]


def again(client: SyncPrefectClient, run: FlowRun, now: datetime) -> str:
    """Schedule a run that was cut off once more, as often as that is sensible; what was done."""
    what = f"run {run.name} of {due(run, now):%Y-%m-%d %H:%M} UTC was cut off"
    made_up = [s for s in client.read_flow_run_states(run.id) if s.name == MADE_UP]
    if len(made_up) >= MAKE_UPS:
        return (
            f"{what} {MAKE_UPS + 1} times and is not made up again; see its log on the page, and "
            "start its flow by hand when the cause is gone"
        )
    waiting: State[object] = Scheduled(scheduled_time=now, name=MADE_UP, message="it was cut off")
    client.set_flow_run_state(run.id, waiting, force=True)
    return f"{what}; it is made up now"


def replaced(client: SyncPrefectClient, run: FlowRun, now: datetime) -> bool:
    """Whether a later run does what this one should have done.

    That is the next scheduled one, or one with the same parameters that completed on the same day.
    """
    since = due(run, now)
    later = [r for r in runs_between(client, run.deployment_id, since, now) if r.id != run.id]
    day = since.astimezone(SHANGHAI).date()
    return any(
        (r.auto_scheduled and due(r, now) > since)
        or (
            r.state_type == StateType.COMPLETED
            and r.parameters == run.parameters
            and due(r, now).astimezone(SHANGHAI).date() == day
        )
        for r in later
    )


def skip_superseded(client: SyncPrefectClient, now: datetime) -> list[str]:
    """Of the scheduled runs that were missed, the newest of each deployment stays due."""
    missed = [r for r in served_runs(client, [StateType.SCHEDULED], now) if r.auto_scheduled]
    newest = newest_of_each(missed, now)
    superseded = [r for r in missed if newest[r.deployment_id].id != r.id]
    for run in superseded:
        later = due(newest[run.deployment_id], now)
        reason = f"missed, and superseded by the run of {later:%Y-%m-%d %H:%M} UTC"
        skipped: State[object] = Cancelled(message=reason)
        client.set_flow_run_state(run.id, skipped, force=True)
    return [f"run {r.name} of {due(r, now):%Y-%m-%d %H:%M} UTC is superseded" for r in superseded]


def newest_of_each(runs: Sequence[FlowRun], now: datetime) -> dict[UUID | None, FlowRun]:
    """The run of each deployment that was due last."""
    return {r.deployment_id: r for r in sorted(runs, key=lambda r: due(r, now))}


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
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=MANY,
    )


def runs_between(
    client: SyncPrefectClient, deployment: UUID | None, since: datetime, until: datetime
) -> list[FlowRun]:
    """The runs of a deployment that were due, or started by hand, in a span."""
    span = {"after_": since, "before_": until.astimezone(UTC)}
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId.model_validate({"any_": [deployment]}),
            expected_start_time=FlowRunFilterExpectedStartTime.model_validate(span),
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=MANY,
    )

"""After a crash: what died is closed, what was cut off is
made up once, what was missed is skipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Cancelled, Completed, Crashed, Failed, Pending, Running, Scheduled

from flows.backfill import backfill
from flows.briefing import briefing
from flows.collect import collect
from flows.lifeline import end_with_runner
from flows.service.recovery import MADE_UP, MAKE_UPS, close_dead, make_up, skip_superseded
from flows.weekly import weekly

NOW = datetime(2026, 1, 20, tzinfo=UTC)
WEEKLY, COLLECT = UUID(int=1), UUID(int=2)


@dataclass
class Books:
    """Stands for the server: holds runs with their histories, and answers as far as it is asked."""

    held: list[FlowRun]
    history: dict[UUID, list[State[Any]]] = field(default_factory=dict)

    def read_flow_runs(self, *, flow_run_filter: FlowRunFilter, **_: object) -> list[FlowRun]:
        asked, found = flow_run_filter, self.held
        if asked.state and asked.state.type:
            found = [r for r in found if r.state_type in (asked.state.type.any_ or ())]
        if asked.deployment_id and asked.deployment_id.any_:
            found = [r for r in found if r.deployment_id in asked.deployment_id.any_]
        if span := asked.expected_start_time:
            after, before = span.after_ or datetime.min.replace(tzinfo=UTC), span.before_
            found = [r for r in found if after <= r.expected_start_time <= before]
        return list(found)

    def read_flow_run_states(self, run_id: UUID) -> list[State[Any]]:
        return self.history.get(run_id, [])

    def set_flow_run_state(self, run_id: UUID, state: State[Any], *, force: bool) -> None:
        assert force
        run = next(run for run in self.held if run.id == run_id)
        run.state, run.state_type, run.state_name = state, state.type, state.name
        self.history.setdefault(run_id, []).append(state)

    @property
    def states(self) -> dict[str, str | None]:
        return {run.name: run.state_name for run in self.held}

    @property
    def client(self) -> SyncPrefectClient:
        return cast("SyncPrefectClient", self)


def flow_run(
    name: str, deployment: UUID, day: int, state: State[Any], hour: int = 1, **more: Any
) -> FlowRun:
    return FlowRun(
        flow_id=UUID(int=9),
        name=name,
        deployment_id=deployment,
        expected_start_time=datetime(2026, 1, day, hour, tzinfo=UTC),
        state_type=state.type,
        state_name=state.name,
        **{"auto_scheduled": True, "parameters": {"send": True}} | more,
    )


def tidied(books: Books) -> list[str]:
    """What `tidy` does at the start of `briefing serve`."""
    close_dead(books.client)
    skip_superseded(books.client, NOW)
    return make_up(books.client, NOW)


def test_of_missed_runs_the_newest_of_each_deployment_stays_and_asked_ones_stay_all() -> None:
    by_hand = flow_run("asked for on the 9th", COLLECT, 9, Scheduled(), auto_scheduled=False)
    books = Books(
        [
            flow_run("weekly of the 17th", WEEKLY, 17, Scheduled()),
            flow_run("weekly of the 10th", WEEKLY, 10, Scheduled()),
            flow_run("collect of the 16th", COLLECT, 16, Scheduled()),
            flow_run("collect of the 15th", COLLECT, 15, Scheduled()),
            by_hand,
        ]
    )
    assert tidied(books) == []
    cancelled = {name for name, state in books.states.items() if state == "Cancelled"}
    assert cancelled == {"weekly of the 10th", "collect of the 15th"}


@pytest.mark.parametrize("state", [Running(), Pending(), Crashed()])
def test_a_scheduled_run_that_was_cut_off_is_made_up_as_itself(state: State[Any]) -> None:
    run = flow_run("weekly", WEEKLY, 17, state)
    was_due, parameters = run.expected_start_time, dict(run.parameters)
    books = Books([run])
    assert tidied(books) == ["run weekly of 2026-01-17 01:00 UTC was cut off; it is made up now"]
    assert (run.state_type, run.state_name) == (StateType.SCHEDULED, MADE_UP)
    assert run.state is not None and run.state.state_details.scheduled_time == NOW
    assert (run.expected_start_time, run.parameters) == (was_due, parameters)
    assert tidied(books) == []  # it waits already


def test_a_made_up_run_that_is_cut_off_is_made_up_again_but_not_for_ever() -> None:
    run = flow_run("weekly", WEEKLY, 17, Running())
    books = Books([run])
    for _ in range(MAKE_UPS):
        assert "it is made up now" in tidied(books)[0]
        run.state_type = StateType.RUNNING  # and killed
    assert "was cut off 3 times and is not made up again" in tidied(books)[0]
    assert run.state_type == StateType.CRASHED


@pytest.mark.parametrize("state", [Completed(), Failed(), Cancelled()])
def test_what_ended_by_itself_is_not_made_up(state: State[Any]) -> None:
    books = Books([flow_run("weekly", WEEKLY, 17, state)])
    assert tidied(books) == []
    assert books.states == {"weekly": state.name}


def test_what_somebody_was_cancelling_is_cancelled() -> None:
    cancelling = State(type=StateType.CANCELLING, name="Cancelling")
    books = Books([flow_run("weekly", WEEKLY, 17, cancelling)])
    assert tidied(books) == []
    assert books.states == {"weekly": "Cancelled"}


def test_a_run_by_hand_is_closed_and_left_to_who_asked_for_it() -> None:
    books = Books([flow_run("backfill", WEEKLY, 17, Running(), auto_scheduled=False)])
    assert tidied(books) == []
    assert books.states == {"backfill": "Crashed"}


#  a later run of the same deployment, and whether it makes the make-up needless
LATER = [
    (flow_run("missed", WEEKLY, 18, Scheduled()), True),
    (flow_run("done", WEEKLY, 18, Completed()), True),
    (flow_run("failed by itself", WEEKLY, 18, Failed()), True),
    (flow_run("not due yet", WEEKLY, 24, Scheduled()), False),
    (flow_run("before", WEEKLY, 10, Completed()), False),
    (flow_run("another flow", COLLECT, 18, Completed()), False),
    (flow_run("by hand", WEEKLY, 17, Completed(), 3, auto_scheduled=False), True),
    (flow_run("by hand, failed", WEEKLY, 17, Failed(), 3, auto_scheduled=False), False),
    (flow_run("on another day", WEEKLY, 19, Completed(), auto_scheduled=False), False),
    (
        flow_run("not mailed", WEEKLY, 17, Completed(), 3, auto_scheduled=False, parameters={}),
        False,
    ),
]


@pytest.mark.parametrize(("later", "needless"), LATER, ids=lambda value: getattr(value, "name", ""))
def test_a_run_is_not_made_up_when_a_later_one_does_what_it_should_have_done(
    later: FlowRun, *, needless: bool
) -> None:
    run = flow_run("cut off", WEEKLY, 17, Running())
    books = Books([run, later.model_copy()])
    assert bool(tidied(books)) is not needless
    assert run.state_name == ("Crashed" if needless else MADE_UP)


def test_each_deployment_is_made_up_for_itself_and_only_its_newest() -> None:
    books = Books(
        [
            flow_run("weekly", WEEKLY, 17, Running()),
            flow_run("collect of the 19th", COLLECT, 19, Crashed()),
            flow_run("collect of the 16th", COLLECT, 16, Crashed()),
        ]
    )
    assert len(tidied(books)) == 2
    made_up = {name for name, state in books.states.items() if state == MADE_UP}
    assert made_up == {"weekly", "collect of the 19th"}


def test_a_made_up_run_gives_way_to_the_next_that_is_due() -> None:
    run = flow_run("weekly of the 10th", WEEKLY, 10, Running())
    books = Books([run])
    tidied(books)
    books.held.append(flow_run("weekly of the 17th", WEEKLY, 17, Scheduled()))
    assert tidied(books) == []
    assert books.states == {"weekly of the 10th": "Cancelled", "weekly of the 17th": "Scheduled"}


CHILD = "import time\nfrom flows.lifeline import end_with_runner\n"
ONE_RUN = f"""{CHILD}end_with_runner(None, None, None)
print("runs", flush=True)
time.sleep(10)
print("outlived it")
"""
RUNNER = f"""{CHILD}import subprocess, sys
subprocess.run([sys.executable, "-c", {ONE_RUN!r}])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_run_ends_with_the_process_that_serves_it_even_by_kill_9() -> None:
    serving = subprocess.Popen(
        [sys.executable, "-c", RUNNER],
        env=os.environ | {"PREFECT__FLOW_RUN_ID": "of a run that serve started"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    assert serving.stdout.readline() == "runs\n"
    serving.kill()
    serving.wait()
    assert serving.stdout.read() == ""  # until both are gone
    serving.stdout.close()


def test_every_flow_that_is_served_ends_with_its_runner() -> None:
    for served in (weekly, collect, briefing, backfill):
        assert end_with_runner in served.on_running_hooks

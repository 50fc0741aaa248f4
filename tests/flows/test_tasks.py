"""What a page of runs shows as a step is a task of its run, and elsewhere plain Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from prefect import Task

from flows import briefing, collect, corrections, measure, publishing, tasks

STEPS = (
    briefing.render,
    briefing.mail_out,
    collect.one_dataset,
    corrections.look_for_corrections,
    measure.measure,
    publishing.publish,
    tasks.chunk,
)


def recorded(run: Callable) -> Task:
    """The task that a step is within a run."""
    (found,) = (c.cell_contents for c in run.__closure__ if isinstance(c.cell_contents, Task))
    return found


@pytest.mark.parametrize("run", STEPS, ids=lambda run: run.__name__)
def test_a_step_is_a_task_that_keeps_no_result(run) -> None:
    task = recorded(run)

    assert (task.fn, task.persist_result) == (run.__wrapped__, False)
    assert task.cache_policy is tasks.NO_CACHE


def test_a_step_is_named_by_what_can_be_said_of_it() -> None:
    given = {"ws": object(), "as_of": date(2026, 1, 13), "language": "zh", "number": 3}

    assert recorded(measure.measure).task_run_name(given) == "measure 2026-01-13 zh"


@pytest.mark.parametrize("running", [True, False])
def test_without_a_run_a_step_is_called_as_it_is(monkeypatch, running) -> None:
    called = []

    def made(**_options):
        return lambda function: lambda *given: called.append("task") or function(*given)

    monkeypatch.setattr(tasks, "task", made)
    monkeypatch.setattr(tasks.FlowRunContext, "get", lambda: object() if running else None)

    assert tasks.step(lambda number: number + 1)(2) == 3
    assert called == ["task"] * running
